"""Stops that follow the market, and positions that are closed by the clock."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALPHA, ENGINE_HELD, SPY, Desk, account, alarms, names, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Role
from kedge.domain.signals import Direction
from kedge.kernel.book import Book

D = Decimal
S = OrderState
TRAILS = Follow(trail_percent=D(1), after_r=D(1))


VENUE_HELD = Capabilities()


def trading(follow: Follow, *, capabilities: Capabilities = VENUE_HELD) -> Pair:
    pair = Pair(SPY)
    pair.give(i.AccountDeclared(account(follow=follow, capabilities=capabilities), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    return pair


def stop_of(pair: Pair) -> Order:
    state = pair.desk.book.state
    (found,) = (order for order in state.open_orders(ALPHA, SPY.symbol) if order.request.role is Role.STOP)
    return found


def enter(pair: Pair, direction: Direction = Direction.LONG) -> None:
    """Ten at 100, with a risk of two: a long one at 100.01 with its stop at 98.01, a short one at 100 with 102."""
    long = direction is Direction.LONG
    pair.enter(direction=direction, quantity=10, stop="98.01" if long else "102")
    assert abs(pair.desk.held()) == 10


# -- trailing --


@pytest.mark.parametrize("capabilities", [VENUE_HELD, ENGINE_HELD, Capabilities(replace=False)])
@pytest.mark.parametrize(
    ("direction", "walk"),
    [
        # The price, and where the stop is then.
        pytest.param(
            Direction.LONG,
            [
                ("102.00", "98.01"),  # not worth one R yet
                ("102.01", "100.98"),  # one R: one percent behind
                ("102.05", "100.98"),  # not worth a step
                ("103.00", "101.97"),
                ("102.20", "101.97"),  # it never goes back
                ("110.00", "108.90"),
            ],
            id="long",
        ),
        pytest.param(
            Direction.SHORT,
            [
                ("98.00", "102"),  # the ask is a tick above
                ("97.99", "98.98"),
                ("97.95", "98.98"),
                ("97.00", "97.99"),
                ("97.80", "97.99"),
                ("90.00", "90.92"),
            ],
            id="short",
        ),
    ],
)
def test_a_stop_trails_the_price_in_steps_and_never_goes_back(
    direction: Direction, walk: list[tuple[str, str]], capabilities: Capabilities
) -> None:
    pair = trading(TRAILS, capabilities=capabilities)
    enter(pair, direction)
    for bid, stop in walk:
        pair.quote(bid, str(D(bid) + SPY.tick))
        assert stop_of(pair).stop_price == D(stop), bid
        pair.check()
    assert alarms(pair.desk.events) == []


def test_it_trails_by_an_amount() -> None:
    pair = trading(Follow(trail_amount=D("1.5"), after_r=D(0)))
    enter(pair)
    pair.quote("100.60", "100.61")
    assert stop_of(pair).stop_price == D("99.10")


def test_the_stop_that_has_trailed_closes_the_position_where_it_is() -> None:
    pair = trading(TRAILS)
    enter(pair)
    pair.quote("105.00", "105.01")
    pair.quote("103.90", "103.91")
    assert pair.desk.held() == 0
    (closed,) = (event for event in pair.desk.events if isinstance(event, e.PositionClosed))
    assert closed.exit_reason == "stop"
    assert closed.pnl > 0
    pair.check()


def test_why_a_stop_moved_is_recorded() -> None:
    pair = trading(Follow(trail_percent=D(1), after_r=D(1), break_even_r=D("0.5")))
    enter(pair)
    pair.quote("101.20", "101.21")
    pair.quote("104.00", "104.01")
    asked = [event for event in pair.desk.events if isinstance(event, e.ReplaceSubmitted)]
    assert [(event.who, event.why) for event in asked] == [
        ("engine", "the trade has earned it: to what the entry cost"),
        ("engine", "trails 104.00"),
    ]


# -- break-even --


@pytest.mark.parametrize(
    ("direction", "before", "at", "stop"),
    [(Direction.LONG, "102.00", "102.01", "100.01"), (Direction.SHORT, "98.00", "97.99", "100.00")],
)
def test_a_stop_goes_to_what_the_entry_cost(direction: Direction, before: str, at: str, stop: str) -> None:
    pair = trading(Follow(break_even_r=D(1)))
    enter(pair, direction)
    first = stop_of(pair).stop_price
    pair.quote(before, str(D(before) + SPY.tick))
    assert stop_of(pair).stop_price == first
    pair.quote(at, str(D(at) + SPY.tick))
    assert stop_of(pair).stop_price == D(stop)
    pair.quote(
        "120.00" if direction is Direction.LONG else "80.00",
        "120.01" if direction is Direction.LONG else "80.01",
    )
    assert stop_of(pair).stop_price == D(stop), "it stays there"


# -- what it must not do --


def test_without_a_wish_for_it_nothing_moves() -> None:
    pair = trading(Follow())
    enter(pair)
    pair.quote("150.00", "150.01")
    assert stop_of(pair).stop_price == D("98.01")


def test_a_stop_that_a_person_moved_nearer_is_not_moved_back() -> None:
    pair = trading(TRAILS)
    enter(pair)
    pair.quote("101.90", "101.91")
    pair.act(pair.desk.ask_replace(stop_of(pair).id, stop_price="101.50"))
    pair.quote("102.30", "102.31")
    assert stop_of(pair).stop_price == D("101.50")
    pair.quote("104.00", "104.01")
    assert stop_of(pair).stop_price == D("102.96")


def test_a_venue_that_has_not_answered_is_not_asked_again(open_desk: Any) -> None:
    desk = open_desk(account(follow=TRAILS))
    _, stop, _ = desk.enter(filled=10, stop=98, target=130)
    assert names(desk.quote("103.00", "103.01")) == ["StopMoved", "ReplaceSubmitted"]
    assert names(desk.quote("105.00", "105.01")) == []
    assert names(desk.replaced(stop, stop_price="101.97")) == ["OrderReplaced"]
    assert names(desk.quote("105.00", "105.02")) == ["StopMoved", "ReplaceSubmitted"]
    desk.refused(stop, i.Request.REPLACE)
    assert desk.order(stop).stop_price == D("101.97")


def test_a_price_that_was_overtaken_moves_nothing_back() -> None:
    pair = trading(TRAILS)
    enter(pair)
    pair.quote("105.00", "105.01")
    assert stop_of(pair).stop_price == D("103.95")
    late = i.MilestoneReached(ALPHA, SPY.symbol, nano(103), at=pair.desk.now)
    assert pair.desk.give(late) == []


def test_it_goes_on_after_a_restart_and_with_other_settings() -> None:
    pair = trading(TRAILS)
    enter(pair)
    pair.quote("103.00", "103.01")
    pair.desk.book = Book.restored(pair.desk.book.snapshot())
    pair.quote("104.00", "104.01")
    assert stop_of(pair).stop_price == D("102.96")
    pair.give(i.AccountDeclared(account(follow=Follow(trail_percent=D("0.5"))), at=pair.desk.now))
    pair.quote("104.01", "104.02")
    assert stop_of(pair).stop_price == D("103.48")


def test_it_goes_on_in_new_shares_and_under_a_new_symbol() -> None:
    pair = trading(TRAILS)
    enter(pair)
    pair.split(4)
    pair.quote("25.60", "25.61")
    assert stop_of(pair).stop_price == D("25.34")
    pair.check()


@given(
    prices=st.lists(st.integers(9_000, 12_000), min_size=1, max_size=30),
    long=st.booleans(),
    percent=st.sampled_from(["0.5", "1", "3"]),
    after=st.sampled_from(["0", "1", "2"]),
    even=st.sampled_from([None, "0.5", "1"]),
)
def test_a_stop_never_goes_away_from_the_market_nor_beyond_it(
    prices: list[int], long: bool, percent: str, after: str, even: str | None
) -> None:
    follow = Follow(
        trail_percent=D(percent), after_r=D(after), break_even_r=None if even is None else D(even)
    )
    pair = trading(follow)
    enter(pair, Direction.LONG if long else Direction.SHORT)
    last = stop_of(pair).stop_price
    for price in prices:
        pair.quote(str(D(price) / 100), str(D(price + 1) / 100))
        if pair.desk.held() == 0:
            break
        now = stop_of(pair).stop_price
        assert now is not None
        assert last is not None
        assert now >= last if long else now <= last
        assert now < D(price) / 100 if long else now > D(price + 1) / 100
        last = now
    pair.check()


# -- time --


def test_a_position_is_closed_once_its_time_is_over() -> None:
    desk = Desk(account(follow=Follow(time_exit=Span(30 * MINUTE))))
    desk.enter(filled=10)
    opened = desk.position()
    assert opened is not None
    assert desk.book.next_deadline() <= Instant(opened.opened + 30 * MINUTE)
    assert not any(isinstance(event, e.SignalJudged) for event in desk.wait(29 * 60))
    events = desk.wait(61)
    assert names(events) == ["SignalTaken", "SignalJudged", "OrderSubmitted"]
    (submitted,) = (event for event in events if isinstance(event, e.OrderSubmitted))
    assert submitted.request.role is Role.EXIT
    desk.accept(submitted.request.id)
    assert names(desk.wait(3600)) == [], "once"
    desk.fill(submitted.request.id, 10, 101)
    assert desk.held() == 0


def test_an_exit_by_the_clock_that_is_refused_leaves_the_stop_and_is_tried_again(open_desk: Any) -> None:
    desk = open_desk(account(follow=Follow(time_exit=Span(MINUTE))))
    _, stop, _ = desk.enter(filled=10)
    desk.wait(55)
    told, tried = [], 0
    for _ in range(200):
        events = desk.wait(1)
        told += alarms(events)
        for event in events:
            if isinstance(event, e.OrderSubmitted):
                tried += 1
                told += alarms(desk.reject(event.request.id))
    assert desk.state(stop) is S.ACCEPTED
    assert (tried, told) == (20, ["NOT_CLOSED"]), "every five seconds, and not for ever"


@pytest.mark.parametrize(
    "wrong",
    [
        {"trail_percent": D(1), "trail_amount": D(1)},
        {"trail_percent": D(0)},
        {"trail_percent": D(100)},
        {"trail_amount": D("NaN")},
        {"after_r": D(-1)},
        {"break_even_r": D(0)},
        {"time_exit": Span(0)},
    ],
)
def test_terms_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)) if len(wrong) == 1 else "not by both"):
        Follow(**wrong)
