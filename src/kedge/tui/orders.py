"""The open orders, oldest first."""

from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState
from kedge.domain.orders import OrderType
from kedge.engine.view import OrderView
from kedge.tui.picture import Picture
from kedge.tui.sheet import Column, Row, Sheet
from kedge.wording.figures import price, quantity
from kedge.wording.phrases import spoken
from kedge.wording.text import Cell

_HOUR, _DAY = 60 * MINUTE, 24 * 60 * MINUTE


def orders(picture: Picture, now: Instant) -> Sheet:
    """The table."""
    columns = (
        Column("Order"),
        Column("Account"),
        Column("Symbol"),
        Column("Wants"),
        Column("Filled", right=True),
        Column("Price"),
        Column("Role"),
        Column("State"),
        Column("Age", right=True),
    )
    view = picture.view
    return Sheet(columns, [] if view is None else [_row(each, now) for each in view.orders])


def short(id_: str) -> str:
    """An id of an order or a position without the journal's part, which all of them share."""
    return id_.split("-", 1)[-1]


def wish(order: OrderView) -> str:
    """What an order asks for: sell 50 SPY, stop 588.10."""
    return f"{order.side} {quantity(order.quantity)} {order.instrument}, {_how(order)}"


def role(order: OrderView) -> str:
    """What an order is for, in words."""
    return order.role.replace("_", " ")


def age(span: int) -> str:
    """How long something has lasted, in one unit."""
    for unit, sign in ((_DAY, "d"), (_HOUR, "h"), (MINUTE, "min")):
        if span >= unit:
            return f"{span // unit} {sign}"
    return f"{max(span, 0) // SECOND} s"


def _row(order: OrderView, now: Instant) -> Row:
    return Row(
        order.id,
        (
            short(order.id),
            order.account,
            order.instrument,
            f"{order.side} {quantity(order.quantity)}",
            quantity(order.filled),
            _how(order),
            role(order),
            Cell(spoken(order.state), _style(order.state)),
            age(now - order.created),
        ),
    )


def _how(order: OrderView) -> str:
    if order.type is OrderType.MARKET:
        return "market"
    parts = []
    if order.stop_price is not None:
        parts.append(f"stop {price(order.stop_price)}")
    if order.limit_price is not None:
        parts.append(f"limit {price(order.limit_price)}")
    return " ".join(parts) or order.type.replace("_", " ")


def _style(state: OrderState) -> str:
    if state is OrderState.IN_DOUBT:
        return "bold red"
    return "yellow" if state in UNANSWERED_STATES else ""
