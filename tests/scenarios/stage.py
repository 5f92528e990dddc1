"""Where the scenarios are played: a book and an exchange, and what a trader wants to be true at the end."""

from decimal import Decimal

import msgspec
from tests.builders import ALPHA, SPY, account, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.capabilities import Way
from kedge.domain.ids import OrderId
from kedge.domain.instants import MINUTE, Span
from kedge.domain.instruments import Instrument
from kedge.domain.orders import Order, Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, SignalKind
from kedge.sim.abilities import Abilities

MONTH = Span(30 * 24 * 60 * MINUTE)  # an entry that rests is not withdrawn while a scenario is played


# What the exchange has not, by who holds the stops.
LACKS = {
    Way.NATIVE: Abilities(),
    Way.RESTING: Abilities(bracket=False, oco=False, reduce_only=False),
    Way.ENGINE: Abilities(
        bracket=False,
        oco=False,
        reduce_only=False,
        stop_orders=False,
        stop_limit_orders=False,
        trailing_orders=False,
    ),
}


def trading(*, held: Way = Way.NATIVE, replace: bool = True, limited: bool = False, **settings: bool) -> Pair:
    """The market stands at 100.00 to 100.01; `held` says who holds the stops, `limited` that they must have a limit."""
    abilities = msgspec.structs.replace(LACKS[held], replace=replace)
    if limited:
        abilities = msgspec.structs.replace(abilities, stop_orders=False)
    pair = Pair(SPY, abilities=abilities, **settings)
    assert abilities.capabilities.way is held
    terms = account(capabilities=abilities.capabilities, order_timeout=MONTH)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    return pair


def long(*, held: Way = Way.NATIVE) -> Pair:
    """Long ten, with a stop at 95 and a target at 110."""
    pair = trading(held=held)
    pair.enter(quantity=10, stop=95, target=110)
    assert pair.desk.held() == there(pair) == 10
    return pair


def short() -> Pair:
    """Short ten, with a stop at 105 and a target at 90."""
    pair = trading()
    pair.enter(direction=Direction.SHORT, quantity=10, stop=105, target=90)
    assert pair.desk.held() == there(pair) == -10
    return pair


def leave(pair: Pair, id_: str = "out", quantity: int | None = None) -> None:
    """A signal to close, all of it unless told."""
    pair.enter(id_, kind=SignalKind.EXIT, direction=None, quantity=quantity)


def sized(pair: Pair, bid: str, ask: str, size: int) -> None:
    """The market moves, and shows so much on either side."""
    ticks = (SPY.ticks(Decimal(bid)), SPY.ticks(Decimal(ask)))
    pair.hear(pair.exchange.on_market(Quote(SPY.symbol, pair.desk.now, *ticks, nano(size), nano(size))))
    pair.act(pair.desk.quote(bid, ask))


def calm(pair: Pair) -> None:
    """Some minutes in which nothing happens that the engine does not do."""
    for _ in range(6):
        pair.wait(30)


def there(pair: Pair, instrument: Instrument = SPY) -> Decimal:
    """What the exchange says that the account holds."""
    return pair.exchange.positions(ALPHA).get(instrument.symbol, Decimal(0))


def both(pair: Pair) -> tuple[int, int]:
    """What the engine believes to hold, and what the exchange says."""
    return int(pair.desk.held()), int(there(pair))


def of_role(pair: Pair, role: Role) -> list[Order]:
    """Those that may still trade, as the book has them."""
    return [
        order for order in pair.desk.book.state.open_orders(ALPHA, SPY.symbol) if order.request.role is role
    ]


def the_stop(pair: Pair) -> Order:
    """The one stop."""
    (found,) = of_role(pair, Role.STOP)
    return found


def made(pair: Pair) -> int:
    """How many orders there have ever been at the exchange."""
    return sum(pair.exchange.look_up(id_) is not None for id_ in pair.desk.book.state.orders)


def refused(pair: Pair) -> str:
    """Why the last signal was refused."""
    return next(event.code or "" for event in reversed(pair.desk.events) if hasattr(event, "code"))


def settled(pair: Pair, position: int, *, at_exchange: bool = True) -> None:
    """Engine and exchange agree on this position; its stops cover it, or nothing is left when it is flat."""
    pair.check()
    assert pair.desk.held() == there(pair) == position
    state = pair.desk.book.state
    if not position:
        assert state.open.get(ALPHA, {}).get(SPY.symbol, []) == []
        return
    stops = [order for order in of_role(pair, Role.STOP) if resting(pair, order.id) or not at_exchange]
    covered = sum(order.leaves for order in stops)
    # The stop of an entry that may fill on is as large as the entry; what the engine holds is cut when it leaves.
    larger = of_role(pair, Role.ENTRY) or not at_exchange
    assert covered >= abs(position) if larger else covered == abs(position)


def resting(pair: Pair, order: OrderId) -> bool:
    """Whether an order rests at the exchange."""
    return order in pair.exchange.open_orders(ALPHA)
