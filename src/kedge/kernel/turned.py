"""A position that an exit has opened: was it a race, or has its entry filled without our hearing of it?

Reports come out of order. A target that is heard of before its entry has opened nothing: the entry's fill is on its
way. So the venue is asked about the entry first, and nothing is sent before it has answered: a market order against
a position that is none would open one. Proof is an answer to a question that left when the fill must have been
visible, or that the entry is over.

    heard of              ──at once──────────► the entry is asked about
    visible by then       ──visibility_delay─► asked again, when the first answer was too early to count
    no answer             ──PROVEN_WITHIN────► closed where the venue keeps an exit from opening anything; else a
                                               person is called, and the venue is asked on
"""

from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.kernel.requests import ASK_AGAIN_MAX, ask, doubt
from kedge.kernel.state import Exposure
from kedge.kernel.turn import Turn

PROVEN_WITHIN = Span(10 * SECOND)


def is_turned_over(turn: Turn, position: Position) -> bool:
    """Whether an exit has opened it, as far as is known."""
    opened_by = turn.order(position.entry_order)
    return opened_by is not None and opened_by.request.role is not Role.ENTRY


def ask_entry_first(turn: Turn, position: Position) -> Instant | None:
    """Ask about the entries that may explain it; when to look again, or None when it is to be closed."""
    in_question = _in_question(turn, position)
    if not in_question:
        return None
    able = turn.state.able(position.account)
    visible = Instant(position.opened + able.visibility_delay)
    deadline = Instant(position.opened + PROVEN_WITHIN)
    if turn.at >= deadline and able.reduce_only:
        return None  # the venue itself keeps it from doing harm
    for entry in in_question:
        if not entry.asked and (turn.at <= position.opened or turn.at >= visible):
            _ask(turn, entry)
    if turn.at < visible:
        return visible
    return deadline if turn.at < deadline else Instant(turn.at + ASK_AGAIN_MAX)


def call_for_proof(turn: Turn, position: Position, known: Exposure | None) -> bool:
    """Whether a person has been called, who is called once: what is there is not known, and nothing is sent."""
    if known is not None and known.told:
        return True
    if turn.at < position.opened + PROVEN_WITHIN:
        return False
    turn.alarm(
        "TURN_UNPROVEN",
        position.entry_order,
        "an exit seems to have opened a position, and the venue does not say what became of its entry",
        position=position.id,
        instrument=position.instrument,
    )
    return True


def _in_question(turn: Turn, position: Position) -> list[Order]:
    """The open entries of the other side that nobody has shown us since their fill must have been visible."""
    delay = turn.state.able(position.account).visibility_delay
    other_side = Side.SELL if position.quantity > ZERO else Side.BUY
    return [
        order
        for order in turn.state.open_orders(position.account, position.instrument)
        if order.request.role is Role.ENTRY
        and order.request.side is other_side
        and order.confirmed < position.opened + delay
    ]


def _ask(turn: Turn, entry: Order) -> None:
    if entry.state is OrderState.PENDING_NEW:
        doubt(turn, entry, "an exit of it has filled")
    else:
        ask(turn, entry)
