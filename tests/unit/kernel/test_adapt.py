"""Stops and targets that follow what the market is like, at the close of each bar."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALPHA, ENGINE_HELD, SPY, account, alarms, maybe, names, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.adaptive import Adapt, Adjust, AdjustBy, MovedBy, Tighten, Widen
from kedge.domain.capabilities import Capabilities
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Order, Role
from kedge.domain.protection import Levels, Plan, TargetMethod, TargetPart, TargetPlan
from kedge.domain.signals import Direction, SignalKind, WantedTarget
from kedge.kernel.book import Book

D = Decimal
LONG, SHORT = Direction.LONG, Direction.SHORT
TRAILS = Follow(trail_percent=D(1), after_r=D(1))
WIDENS = Adapt(widen=Widen(D(2)))
GIVES_BACK = Adapt(widen=Widen(D(2), give_back=True))
TIGHTENS = Adapt(tighten=Tighten(D(80), D(10)))
TWO_R = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2)))
EVERYWHERE = [Capabilities(), ENGINE_HELD, Capabilities(replace=False)]
CAN_REPLACE = EVERYWHERE[:2]


def trading(
    adapt: Adapt,
    follow: Follow = TRAILS,
    *,
    plan: Plan | None = None,
    capabilities: Capabilities = EVERYWHERE[0],
    direction: Direction = LONG,
    max_adds: int = 0,
    **wanted: Any,
) -> Pair:
    """Ten at 100, with a risk of two: a long one at 100.01 with its stop at 98.01, a short one at 100 with 102."""
    pair = Pair(SPY)
    terms = account(
        follow=follow, adapt=adapt, plan=plan or Plan(), capabilities=capabilities, max_adds=max_adds
    )
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    stop = "98.01" if direction is LONG else "102"
    asked: dict[str, Any] = {"direction": direction, "quantity": 10, "stop": stop} | wanted
    pair.enter(**asked)
    assert abs(pair.desk.held()) == 10
    return pair


def close_bar(pair: Pair, atr: str | None = None, **levels: Any) -> list[e.Event]:
    """A bar ends at the price of now."""
    bid, ask = pair.desk.book.quote(SPY.symbol)
    assert bid is not None
    assert ask is not None
    before = len(pair.desk.events)
    seen = Levels(atr=maybe(atr), **levels)
    pair.give(i.LevelsSeen(ALPHA, SPY.symbol, bid, ask, seen, at=pair.desk.now))
    return pair.desk.events[before:]


def go(pair: Pair, bid: str) -> None:
    pair.quote(bid, str(D(bid) + SPY.tick))


def orders(pair: Pair, role: Role) -> list[Order]:
    state = pair.desk.book.state
    return [order for order in state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


def stop_of(pair: Pair) -> Decimal | None:
    (found,) = orders(pair, Role.STOP)
    return found.stop_price


def target_of(pair: Pair) -> Decimal | None:
    (found,) = orders(pair, Role.TARGET)
    return found.limit_price


def moves(pair: Pair) -> list[e.StopMoved]:
    return [event for event in pair.desk.events if isinstance(event, e.StopMoved)]


# -- widen --


@pytest.mark.parametrize("capabilities", EVERYWHERE)
@pytest.mark.parametrize(
    ("direction", "walk"),
    [
        # The bid, the average true range of the bar that ends there, and where the stop is then.
        pytest.param(
            LONG,
            [
                ("103.00", None, "101.97"),  # it trails one percent behind
                ("103.00", "0.40", "101.97"),  # 0.80 is less than that: nothing changes
                ("103.00", "1.25", "101.97"),  # 2.50 wanted: what trailing has gained is kept
                ("104.00", None, "101.97"),  # and from here on it is 2.50 behind: no move before 104.48
                ("105.00", None, "102.50"),
                ("105.00", "0.40", "102.50"),  # calm again
                ("105.10", None, "104.04"),
            ],
            id="long",
        ),
        pytest.param(
            SHORT,
            [
                ("97.00", None, "97.99"),
                ("97.00", "0.40", "97.99"),
                ("97.00", "1.25", "97.99"),
                ("96.00", None, "97.99"),
                ("95.00", None, "97.51"),
                ("95.00", "0.40", "97.51"),
                ("94.90", None, "95.86"),
            ],
            id="short",
        ),
    ],
)
def test_in_a_volatile_market_the_stop_trails_further_behind_and_keeps_what_it_has_gained(
    direction: Direction, walk: list[tuple[str, str | None, str]], capabilities: Capabilities
) -> None:
    pair = trading(WIDENS, direction=direction, capabilities=capabilities)
    for bid, atr, stop in walk:
        go(pair, bid)
        if atr is not None:
            close_bar(pair, atr)
        assert stop_of(pair) == D(stop), (bid, atr)
        pair.check()
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize("capabilities", EVERYWHERE)
@pytest.mark.parametrize(
    ("direction", "follow", "bid", "trailed", "atr", "stop", "why"),
    [
        (LONG, TRAILS, "103.00", "101.97", "1.25", "100.50", "the market is volatile: 2.50 behind 103.00"),
        (
            LONG,
            TRAILS,
            "103.00",
            "101.97",
            "4",
            "98.01",
            "the market is volatile: 8.00 behind 103.00, as far as the stop at entry allows",
        ),
        (
            LONG,
            Follow(trail_percent=D(1), break_even_r=D(1)),
            "103.00",
            "101.97",
            "4",
            "100.01",
            "the market is volatile: 8.00 behind 103.00, as far as what the entry cost allows",
        ),
        (SHORT, TRAILS, "97.00", "97.99", "1.25", "99.51", "the market is volatile: 2.50 behind 97.01"),
        (
            SHORT,
            TRAILS,
            "97.00",
            "97.99",
            "4",
            "102",
            "the market is volatile: 8.00 behind 97.01, as far as the stop at entry allows",
        ),
    ],
    ids=str,
)
def test_it_moves_away_where_that_is_allowed_and_never_beyond_the_risk_at_entry(
    direction: Direction,
    follow: Follow,
    bid: str,
    trailed: str,
    atr: str,
    stop: str,
    why: str,
    capabilities: Capabilities,
) -> None:
    pair = trading(GIVES_BACK, follow, direction=direction, capabilities=capabilities)
    go(pair, bid)
    assert stop_of(pair) == D(trailed)
    close_bar(pair, atr)
    assert stop_of(pair) == D(stop)
    moved = moves(pair)[-1]
    assert (moved.by, moved.who, moved.why) == (MovedBy.WIDEN, "engine", why)
    assert moved.before == nano(trailed)
    assert {"price", "room", "floor"} <= set(moved.figures)
    go(pair, str(D(bid) + SPY.tick))
    assert stop_of(pair) == D(stop), "trailing does not take it back at the next price"
    assert close_bar(pair, atr) == [], "once"
    pair.check()


@pytest.mark.parametrize("capabilities", EVERYWHERE)
def test_of_several_entries_each_stop_goes_back_to_where_its_own_was(capabilities: Capabilities) -> None:
    pair = trading(GIVES_BACK, capabilities=capabilities, max_adds=1)
    go(pair, "104.00")
    pair.enter("more", quantity=5, stop="103.00")
    assert pair.desk.held() == 15
    go(pair, "107.00")
    go(pair, "107.01")  # where a second stop is there before the first one goes, one goes after the other
    assert [order.stop_price for order in orders(pair, Role.STOP)] == [D("105.93")] * 2
    close_bar(pair, "20")
    close_bar(pair, "20")
    stops = {order.leaves: order.stop_price for order in orders(pair, Role.STOP)}
    assert stops == {D(10): D("98.01"), D(5): D("103.00")}
    pair.check()
    assert alarms(pair.desk.events) == []


def test_a_stop_at_entry_is_not_widened() -> None:
    pair = trading(GIVES_BACK)
    events = close_bar(pair, "5")
    assert names(events) == ["RoomNoted"]
    assert stop_of(pair) == D("98.01")


def test_a_bar_without_a_range_changes_nothing_and_is_not_recorded() -> None:
    pair = trading(GIVES_BACK)
    go(pair, "103.00")
    assert close_bar(pair) == []


# -- tighten --


@pytest.mark.parametrize("capabilities", EVERYWHERE)
@pytest.mark.parametrize(
    ("direction", "target", "walk"),
    [
        # Eighty percent of the way from 100.01 to 110.01 is made at 108.01; ten percent of it is 1.00.
        pytest.param(
            LONG,
            "110.01",
            [("108.00", "98.01"), ("108.01", "107.01"), ("107.50", "107.01"), ("109.00", "108.00")],
            id="long",
        ),
        pytest.param(
            SHORT,
            "90",
            [("92.00", "102"), ("91.99", "93.00"), ("92.50", "93.00"), ("91.00", "92.01")],
            id="short",
        ),
    ],
)
def test_near_the_target_the_stop_comes_closer_at_the_close_of_a_bar(
    direction: Direction, target: str, walk: list[tuple[str, str]], capabilities: Capabilities
) -> None:
    pair = trading(TIGHTENS, Follow(), direction=direction, capabilities=capabilities, target=target)
    for bid, stop in walk:
        before = stop_of(pair)
        go(pair, bid)
        assert stop_of(pair) == before, "not at a price"
        close_bar(pair)
        assert stop_of(pair) == D(stop), bid
        pair.check()
    assert alarms(pair.desk.events) == []


def test_why_it_came_closer_is_recorded_with_its_figures() -> None:
    pair = trading(TIGHTENS, Follow(), target="110.01")
    go(pair, "109.00")
    close_bar(pair)
    (moved,) = moves(pair)
    assert moved.why == "89 % of the way to the target 110.01 is made: within 10 % of it"
    assert moved.figures == {"price": nano(109), "target": nano("110.01")}


def test_a_position_without_a_target_has_no_way_to_one() -> None:
    pair = trading(TIGHTENS, Follow())
    go(pair, "150.00")
    assert close_bar(pair) == []


def test_a_stop_that_came_closer_is_given_room_again_when_the_market_turns_volatile() -> None:
    pair = trading(Adapt(Widen(D(2)), Tighten(D(80), D(10))), Follow(), target="110.01")
    go(pair, "108.50")
    close_bar(pair, "2")
    assert stop_of(pair) == D("107.50"), "near the target it is not widened"
    go(pair, "107.60")
    close_bar(pair, "2")
    assert stop_of(pair) == D("103.60")


# -- the target --


@pytest.mark.parametrize("capabilities", CAN_REPLACE)
@pytest.mark.parametrize(
    ("rule", "direction", "levels", "target"),
    [
        # At entry two R: 104.01, and 96 for a short one.
        pytest.param(Adjust(AdjustBy.ATR), LONG, {"atr": "2"}, "106.01", id="further, with the ranges"),
        pytest.param(Adjust(AdjustBy.ATR), LONG, {"atr": "0.9"}, "102.71", id="nearer"),
        pytest.param(Adjust(AdjustBy.ATR), LONG, {"atr": "0.1"}, "102.01", id="one R at the least"),
        pytest.param(Adjust(AdjustBy.ATR, min_r=D("1.5")), LONG, {"atr": "0.1"}, "103.01", id="as is set"),
        pytest.param(Adjust(AdjustBy.ATR), LONG, {"atr": "1.35"}, "104.01", id="not worth a step"),
        pytest.param(Adjust(AdjustBy.ATR), LONG, {}, "104.01", id="not known"),
        pytest.param(Adjust(AdjustBy.ATR), SHORT, {"atr": "2"}, "94", id="further, short"),
        pytest.param(Adjust(AdjustBy.ATR), SHORT, {"atr": "0.1"}, "98", id="one R at the least, short"),
        pytest.param(
            Adjust(AdjustBy.RANGE, D(2)),
            LONG,
            {"range_high": nano(101), "range_low": nano(99)},
            "105",
            id="two heights above the range",
        ),
        pytest.param(
            Adjust(AdjustBy.RANGE, D(2)),
            SHORT,
            {"range_high": nano(101), "range_low": nano(99)},
            "95",
            id="two heights below it, short",
        ),
        pytest.param(
            Adjust(AdjustBy.RESISTANCE),
            LONG,
            {"highs": (nano(107), nano(101), nano(105))},
            "105",
            id="the nearest swing that is far enough",
        ),
        pytest.param(Adjust(AdjustBy.RESISTANCE), SHORT, {"lows": (nano(95), nano(99))}, "95", id="short"),
        pytest.param(Adjust(AdjustBy.RESISTANCE), LONG, {"highs": (nano(101),)}, "104.01", id="none"),
    ],
)
def test_the_target_is_placed_anew(
    rule: Adjust, direction: Direction, levels: dict[str, Any], target: str, capabilities: Capabilities
) -> None:
    pair = trading(Adapt(target=rule), Follow(), plan=TWO_R, direction=direction, capabilities=capabilities)
    first = target_of(pair)
    close_bar(pair, **levels)
    assert target_of(pair) == D(target)
    told = [event for event in pair.desk.events if isinstance(event, e.TargetMoved)]
    assert [event.price for event in told] == ([] if D(target) == first else [nano(target)])
    assert all(event.who == "engine" and event.why and event.figures for event in told)
    go(pair, target if direction is LONG else str(D(target) - SPY.tick))
    assert pair.desk.held() == 0
    pair.check()
    assert alarms(pair.desk.events) == []


def test_a_target_that_the_price_has_passed_by_its_rule_stays() -> None:
    pair = trading(Adapt(target=Adjust(AdjustBy.ATR)), Follow(), plan=TWO_R)
    go(pair, "103.50")
    assert close_bar(pair, "0.5") == []
    assert target_of(pair) == D("104.01")


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"target": "104.01"}, id="by the signal's price"),
        pytest.param({"targets": (WantedTarget(at_r=nano(2)),)}, id="by the signal's R"),
    ],
)
def test_a_target_that_the_signal_has_named_stays(wanted: dict[str, Any]) -> None:
    pair = trading(Adapt(target=Adjust(AdjustBy.ATR)), Follow(), plan=TWO_R, **wanted)
    assert close_bar(pair, "2") == []


def test_a_target_that_a_person_has_moved_stays() -> None:
    pair = trading(Adapt(target=Adjust(AdjustBy.ATR)), Follow(), plan=TWO_R)
    (order,) = orders(pair, Role.TARGET)
    pair.act(pair.desk.ask_replace(order.id, limit_price="103"))
    assert close_bar(pair, "2") == []
    assert target_of(pair) == D(103)


def test_only_the_target_for_what_the_parts_leave_is_placed_anew() -> None:
    plan = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(3)), parts=(TargetPart(D(1), D(50)),))
    pair = trading(Adapt(target=Adjust(AdjustBy.ATR)), Follow(), plan=plan)
    close_bar(pair, "3")
    assert sorted(order.limit_price or D(0) for order in orders(pair, Role.TARGET)) == [
        D("102.01"),
        D("109.01"),
    ]


# -- whose word holds --


@pytest.mark.parametrize("capabilities", CAN_REPLACE)
@pytest.mark.parametrize("how", ["person", "signal"])
def test_a_stop_that_was_given_more_room_stays_until_the_market_is_at_a_new_price(
    how: str, capabilities: Capabilities
) -> None:
    pair = trading(Adapt(), capabilities=capabilities)
    go(pair, "105.00")
    assert stop_of(pair) == D("103.95")
    _say(pair, how, "103")
    for bid in ("104.90", "105.00", "104.00", "105.10"):
        go(pair, bid)
        assert stop_of(pair) == D(103), bid
    late = i.MilestoneReached(ALPHA, SPY.symbol, nano(105), at=pair.desk.now)
    assert pair.desk.give(late) == [], "a price that was on its way when the word was said"
    go(pair, "105.11")  # where the stop would have moved next: a step of a tenth of its distance
    assert stop_of(pair) == D("104.05")
    go(pair, "106.00")
    assert stop_of(pair) == D("104.94")
    pair.check()


@pytest.mark.parametrize("how", ["person", "signal"])
def test_a_stop_that_was_moved_away_from_break_even_stays(how: str) -> None:
    pair = trading(Adapt(), Follow(break_even_r=D(1)))
    go(pair, "102.50")
    assert stop_of(pair) == D("100.01")
    _say(pair, how, "99")
    go(pair, "130.00")
    assert stop_of(pair) == D(99)


def test_a_word_that_follows_a_word_holds_until_the_later_price() -> None:
    pair = trading(Adapt())
    go(pair, "105.00")
    _say(pair, "person", "103")
    _say(pair, "person", "102")
    for bid in ("104.90", "105.10"):
        go(pair, bid)
        assert stop_of(pair) == D(102), bid
    go(pair, "105.11")
    assert stop_of(pair) == D("104.05")


def test_at_the_close_of_a_bar_a_word_holds_too() -> None:
    pair = trading(Adapt(Widen(D(1), give_back=True), Tighten(D(80), D(10))), target="110.01")
    go(pair, "105.00")
    _say(pair, "person", "104.50")
    close_bar(pair, "2")
    assert stop_of(pair) == D("104.50"), "it is not widened"
    go(pair, "108.50")
    close_bar(pair, "0.1")
    assert stop_of(pair) == D("107.50"), "what was ahead of it then is done"


def test_what_is_kept_of_a_stop_counts_in_new_shares_after_a_split() -> None:
    pair = trading(GIVES_BACK)
    go(pair, "105.00")
    close_bar(pair, "0.4")
    _say(pair, "person", "102")
    pair.split(4)
    position = pair.desk.position()
    assert position is not None
    assert (position.locked, position.room) == (D("25.9875"), D("0.2"))
    assert position.word is not None
    assert (position.word.stop, position.word.until) == (D("25.5"), D("26.2775"))
    pair.quote("26.27", "26.28")
    assert stop_of(pair) == D("25.50")
    pair.quote("26.50", "26.51")
    assert stop_of(pair) == D("26.23")
    pair.check()


def test_what_is_kept_of_a_stop_stays_when_a_fill_is_corrected() -> None:
    pair = trading(GIVES_BACK)
    go(pair, "105.00")
    close_bar(pair, "0.4")
    _say(pair, "person", "102")
    before = pair.desk.position()
    assert before is not None
    kept = (before.locked, before.room, before.word)
    assert None not in kept
    (order, execution), *_ = pair.trades()
    pair.correct(order, execution.id, price=nano("100.02"))
    after = pair.desk.position()
    assert after is not None
    assert after.cost == D("1000.20")
    assert (after.locked, after.room, after.word) == kept
    pair.check()


def test_it_goes_on_after_a_restart() -> None:
    pair = trading(WIDENS)
    go(pair, "103.00")
    close_bar(pair, "1.25")
    pair.desk.book = Book.restored(pair.desk.book.snapshot())
    go(pair, "105.00")
    assert stop_of(pair) == D("102.50")


def _say(pair: Pair, how: str, stop: str) -> None:
    if how == "person":
        (order,) = orders(pair, Role.STOP)
        pair.act(pair.desk.ask_replace(order.id, stop_price=stop))
    else:
        now = pair.desk.now
        pair.enter("move", kind=SignalKind.STOP_ADJUSTMENT, direction=None, stop=stop)
        assert pair.desk.now > now
    assert stop_of(pair) == D(stop)


# -- what holds for any market --

BARS = st.lists(
    st.tuples(st.integers(9_600, 10_900), st.integers(0, 500), st.booleans()), min_size=1, max_size=25
)


@given(
    bars=BARS,
    direction=st.sampled_from([*Direction]),
    give_back=st.booleans(),
    even=st.sampled_from([None, D(1)]),
    trail=st.sampled_from([None, D(1), D(3)]),
    capabilities=st.sampled_from(EVERYWHERE),
)
def test_the_engine_never_moves_a_stop_beyond_the_risk_at_entry_nor_into_the_market(
    bars: list[tuple[int, int, bool]],
    direction: Direction,
    give_back: bool,
    even: Decimal | None,
    trail: Decimal | None,
    capabilities: Capabilities,
) -> None:
    adapt = Adapt(Widen(D(2), give_back), Tighten(D(70), D(20)), Adjust(AdjustBy.ATR))
    follow = Follow(trail_percent=trail, break_even_r=even)
    plan = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(3)))
    pair = trading(adapt, follow, plan=plan, direction=direction, capabilities=capabilities)
    sign = 1 if direction is LONG else -1
    first = stop_of(pair)
    assert first is not None
    for cents, atr, ends in bars:
        go(pair, str(D(cents) / 100))
        if pair.desk.held() == 0:
            break
        if ends:
            close_bar(pair, str(D(atr) / 100))
        price = D(cents) / 100 + (SPY.tick if sign < 0 else 0)
        (stop,) = (order.stop_price for order in orders(pair, Role.STOP))
        assert stop is not None
        assert sign * stop >= sign * first
        assert sign * stop < sign * price
        position = pair.desk.position()
        assert position is not None
        if position.locked is not None and not give_back:
            assert sign * stop >= sign * position.locked
        for target in orders(pair, Role.TARGET):
            assert target.limit_price is not None
            assert sign * target.limit_price >= sign * (
                position.cost / 10 + sign * abs(position.cost / 10 - first)
            )
    for moved in moves(pair):
        assert moved.who == "engine"
        assert moved.why
        assert from_nano(moved.price) % SPY.tick == 0
    pair.check()
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Widen(D(0)), "some room"),
        (lambda: Tighten(D(100), D(1)), "at_percent"),
        (lambda: Tighten(D(80), D(0)), "to_percent"),
        (lambda: Adjust(AdjustBy.ATR, D(0)), "some way"),
        (lambda: Adjust(AdjustBy.ATR, min_r=D("NaN")), "some way"),
    ],
)
def test_terms_that_make_no_sense_are_refused(wrong: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wrong()
