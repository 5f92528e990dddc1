"""A venue where orders live for the day only: a stop ends with the session, and is placed again with the next."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.builders import RESTING, SPY, Desk, account, alarms, names
from tests.unit.kernel.test_resting_stop import covered, held, rested, submitted, there

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities, Way
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.orders import TimeInForce

D = Decimal
S = OrderState
TIFS = tuple(tif for tif in TimeInForce if tif is not TimeInForce.GTC)
DAY = msgspec.structs.replace(RESTING, times_in_force=TIFS)
NIGHT = 17.5 * 60  # minutes from the close to the next open


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """The market of the account is open, for six hours more."""
    desk = open_desk(account(capabilities=DAY, calendar="XNYS"))
    desk.phase(Phase.OPEN, minutes=360, opens_in=360 + NIGHT, closes_in=360)
    return desk


def expired(desk: Desk, order: OrderId) -> list[e.Event]:
    return desk.give(i.VenueExpired(order, "the session has closed", at=desk.now))


def test_the_venue_holds_stops_of_the_day_and_no_brackets_that_would_end_with_it(desk: Desk) -> None:
    assert Capabilities(times_in_force=TIFS).way is Way.RESTING
    assert rested(desk).request.tif is TimeInForce.DAY


@pytest.mark.parametrize("first", ["the venue", "the calendar"])
def test_a_stop_that_ends_with_the_day_is_no_loss_and_a_person_is_told_once(desk: Desk, first: str) -> None:
    stop = rested(desk)
    desk.wait(360 * 60)
    told: list[str] = []
    for who in (first, "the venue" if first == "the calendar" else "the calendar"):
        if who == "the venue":
            told += alarms(expired(desk, stop.id))
        else:
            told += alarms(desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT))
    assert [order.stop_price for order in held(desk)] == [D(95)]
    assert (there(desk), covered(desk)) == ([], True)
    for _ in range(10):
        told += alarms(desk.wait(3600))
    assert told == ["OVERNIGHT_UNSTOPPED"]
    assert there(desk) == []


@pytest.mark.parametrize("phase", [Phase.PREMARKET, Phase.OPEN])
def test_it_is_placed_again_with_the_next_session(desk: Desk, phase: Phase) -> None:
    stop = rested(desk)
    desk.wait(360 * 60)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    expired(desk, stop.id)
    desk.wait(15 * 3600)
    assert there(desk) == []
    (again,) = submitted(desk.phase(phase, minutes=60, opens_in=60, closes_in=390))
    assert (desk.order(again).stop_price, desk.order(again).leaves) == (D(95), D(10))
    desk.accept(again)
    assert held(desk) == []
    desk.wait(60)
    assert alarms(desk.events) == ["OVERNIGHT_UNSTOPPED"]


def test_it_is_placed_at_the_open_although_nobody_tells_of_that(desk: Desk) -> None:
    stop = rested(desk)
    desk.wait(360 * 60)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    expired(desk, stop.id)
    hours = desk.book.state.markets["XNYS"]
    assert desk.book.next_deadline() == hours.next_open
    assert len(submitted(desk.wait(NIGHT * 60))) == 1


def test_the_next_night_is_told_again(desk: Desk) -> None:
    stop = rested(desk).id
    for _ in range(2):
        desk.phase(Phase.AFTERHOURS, minutes=240, opens_in=NIGHT)
        expired(desk, stop)
        desk.wait(16 * 3600)
        (stop,) = submitted(desk.phase(Phase.OPEN, minutes=390, opens_in=390 + NIGHT, closes_in=390))
        desk.accept(stop)
        desk.wait(390 * 60)
    assert alarms(desk.events) == ["OVERNIGHT_UNSTOPPED"] * 2


def test_one_that_is_refused_in_the_morning_is_a_loss(desk: Desk) -> None:
    stop = rested(desk)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    expired(desk, stop.id)
    (again,) = submitted(desk.phase(Phase.OPEN, minutes=390, opens_in=390 + NIGHT, closes_in=390))
    desk.reject(again)
    assert covered(desk)
    events = desk.wait(2)
    assert alarms(events) == ["STOP_LOST"]
    (third,) = submitted(events)
    desk.accept(third)
    assert held(desk) == []


def test_one_that_the_venue_ends_in_the_middle_of_the_day_is_lost(desk: Desk) -> None:
    stop = rested(desk)
    desk.cancelled(stop.id)
    assert alarms(desk.wait(2)) == ["STOP_LOST"]


def test_where_the_market_never_closes_it_is_placed_again_at_once(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=DAY))
    stop = rested(desk)
    (again,) = submitted(expired(desk, stop.id))
    assert covered(desk)
    desk.accept(again)
    assert alarms(desk.wait(60)) == []


def test_the_engine_s_own_goes_off_over_night_if_there_is_a_price(desk: Desk) -> None:
    stop = rested(desk)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    expired(desk, stop.id)
    assert "OrderReleased" in names(desk.quote("94.00", "94.01", SPY))


def test_a_restart_over_night_changes_nothing(desk: Desk) -> None:
    stop = rested(desk)
    desk.phase(Phase.CLOSED, minutes=NIGHT, opens_in=NIGHT)
    expired(desk, stop.id)
    desk.book = desk.folded()
    desk.start()
    assert alarms(desk.wait(3600)) == []
    assert len(submitted(desk.phase(Phase.OPEN, minutes=390, opens_in=390 + NIGHT, closes_in=390))) == 1
