"""What was built side by side, together: each case joins parts that have their own tests elsewhere."""

from collections.abc import Callable
from decimal import Decimal

from tests.builders import (
    ALPHA,
    Desk,
    account,
    alarms,
    names,
    nano,
)
from tests.unit.kernel.test_coins import BTC
from tests.unit.kernel.test_day_stops import DAY, NIGHT, expired
from tests.unit.kernel.test_resting_stop import rested, there

from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.ids import OrderId, Symbol, VenueName
from kedge.domain.instants import SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.orders import OrderType, Role, TimeInForce
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import WantedOrder

D, S, K = Decimal, OrderState, RejectKind
NEWS = Instrument(Symbol("NEWS"), D("0.01"))


def exits(desk: Desk) -> list[OrderId]:
    """The exits that were sent or wait to be, oldest first."""
    orders = desk.book.state.orders.values()
    return [order.id for order in orders if order.request.role is Role.EXIT]


# --- an exit that is rejected, and ---


# --- and the rest ---


def test_the_time_of_a_position_was_over_long_before_its_resting_exit_could_be_withdrawn(
    open_desk: Callable[..., Desk],
) -> None:
    follow = Follow(time_exit=Span(60 * SECOND))
    desk = open_desk(account(follow=follow, order_timeout=Span(3600 * SECOND)))
    desk.enter(filled=10)
    (exit_,) = desk.exit(order=WantedOrder(OrderType.LIMIT, limit_price=nano(120)))
    desk.accept(exit_)
    desk.wait(600)  # the engine was away
    desk.cancelled(exit_)
    desk.wait(5)
    (out,) = [order for order in exits(desk) if order != exit_]
    assert desk.order(out).request.type is OrderType.MARKET


def test_a_venue_that_holds_stops_over_night_by_now(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=DAY, calendar="XNYS"))
    desk.phase(Phase.OPEN, minutes=360, opens_in=360 + NIGHT, closes_in=360)
    stop = rested(desk)
    desk.wait(360 * 60)
    expired(desk, stop.id)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    desk.give(i.AccountDeclared(account(calendar="XNYS"), at=desk.now))
    desk.wait(NIGHT * 60 + 1)
    assert desk.book.next_deadline() > desk.now
    assert [desk.order(order.id).request.tif for order in there(desk)] == [TimeInForce.GTC]


def test_dust_is_no_difference_to_what_the_venue_holds() -> None:
    desk = Desk(account(quantity=1), (BTC,))
    entry, stop, target = desk.enter(instrument="BTC", quantity="1")
    desk.fill(entry, 1, 100, fee_base="0.0005")
    desk.fill(target, "0.999", 110)
    desk.cancelled(stop)
    desk.cancelled(target)
    assert desk.book.state.dust
    desk.wait(120)
    rest = {BTC.symbol: nano("0.0005")}
    assert names(desk.give(i.VenueHeld(VenueName("paper"), ALPHA, rest, desk.now, at=desk.now))) == []
    assert alarms(desk.give(i.VenueHeld(VenueName("paper"), ALPHA, {}, desk.now, at=desk.now))) == [
        "BOOKS_DIFFER"
    ]
