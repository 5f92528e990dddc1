"""Stops by a method and targets anew, for what is open: wherever the exits are held, and what is refused."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ALPHA, ENGINE_HELD, SPY, account, alarms, names, nano, signal
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.adaptive import MovedBy
from kedge.domain.capabilities import Capabilities
from kedge.domain.codes import Code
from kedge.domain.orders import Holder, Order, Role
from kedge.domain.protection import Levels, Plan, StopWord, TargetMethod, TargetPlan, WantedStop
from kedge.domain.signals import Direction, Outcome, SignalKind, WantedTarget

D = Decimal
LONG, SHORT = Direction.LONG, Direction.SHORT
TWO_R = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2)))
ONE_TARGET = Capabilities(bracket_targets=1)
NO_REPLACE = Capabilities(replace=False)
SEEN = Levels(
    atr=nano("0.5"), swing_high=nano(103), swing_low=nano(99), range_high=nano(104), range_low=nano("98.5")
)


def trading(
    capabilities: Capabilities,
    direction: Direction = LONG,
    plan: Plan = TWO_R,
    max_adds: int = 0,
    **wanted: Any,
) -> Pair:
    """Ten at 100.01 with a stop at 98.01 and a target at 104.01; short: at 100 with 102 and 96."""
    pair = Pair(SPY)
    terms = account(plan=plan, capabilities=capabilities, follow=Follow(), max_adds=max_adds)
    pair.give(i.AccountDeclared(terms, at=pair.desk.now))
    pair.quote("100.00", "100.01")
    stop = "98.01" if direction is LONG else "102"
    asked: dict[str, Any] = {"direction": direction, "quantity": 10, "stop": stop} | wanted
    pair.enter(**asked)
    return pair


def adjust(pair: Pair, levels: Levels | None = None, **wanted: Any) -> e.SignalJudged:
    number = sum(isinstance(event, e.SignalJudged) for event in pair.desk.events)
    asked = signal(f"a-{number}", SignalKind.STOP_ADJUSTMENT, None, at=pair.desk.now, **wanted)
    bid, ask = pair.desk.book.quote(SPY.symbol)
    before = len(pair.desk.events)
    pair.give(i.SignalArrived(asked, bid, ask, levels=levels, at=pair.desk.now))
    judged = pair.desk.events[before]
    assert isinstance(judged, e.SignalJudged)
    return judged


def exits(pair: Pair, role: Role) -> list[Order]:
    state = pair.desk.book.state
    return [order for order in state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


def targets(pair: Pair) -> list[tuple[Decimal | None, Decimal]]:
    found = [(order.limit_price, order.leaves) for order in exits(pair, Role.TARGET)]
    return sorted(found, key=lambda each: each[0] or D(0))


def by(method: StopWord, value: str | None = None, beyond: int | None = None) -> WantedStop:
    return WantedStop(method, None if value is None else nano(value), beyond)


# -- the stop by a method --


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD, NO_REPLACE])
@pytest.mark.parametrize(
    ("direction", "bid", "wanted", "stop"),
    [
        (LONG, "102.00", by(StopWord.ATR, "2"), "101.00"),
        (LONG, "102.00", by(StopWord.ATR), "101.25"),
        (LONG, "102.00", by(StopWord.TICKS, "20"), "101.80"),
        (LONG, "102.00", by(StopWord.PERCENT, "1"), "100.98"),
        (LONG, "102.00", by(StopWord.STRUCTURE, beyond=2), "98.98"),
        (LONG, "102.00", by(StopWord.OPPOSITE_RANGE), "98.49"),
        (LONG, "102.00", by(StopWord.BREAK_EVEN), "100.01"),
        (SHORT, "98.00", by(StopWord.ATR, "2"), "99.01"),
        (SHORT, "98.00", by(StopWord.TICKS, "20"), "98.21"),
        (SHORT, "98.00", by(StopWord.PERCENT, "1"), "98.99"),
        (SHORT, "98.00", by(StopWord.BREAK_EVEN), "100.00"),
    ],
    ids=str,
)
def test_a_stop_is_measured_from_the_price_of_now(
    capabilities: Capabilities, direction: Direction, bid: str, wanted: WantedStop, stop: str
) -> None:
    pair = trading(capabilities, direction)
    pair.quote(bid, str(D(bid) + SPY.tick))
    levels = SEEN if direction is LONG else msgspec.structs.replace(SEEN, swing_high=nano(101))
    judged = adjust(pair, levels, stop_by=wanted)
    assert (judged.outcome, judged.code) == (Outcome.ADJUSTED, "")
    (order,) = exits(pair, Role.STOP)
    assert order.stop_price == D(stop)
    (moved,) = (event for event in pair.desk.events if isinstance(event, e.StopMoved))
    assert (moved.by, moved.who, moved.word) == (MovedBy.SIGNAL, "signal", nano(stop))
    pair.check()
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize(
    ("bid", "levels", "wanted", "code", "figure"),
    [
        ("102.00", None, by(StopWord.ATR), Code.LEVEL_NOT_KNOWN, ("not_known", "atr")),
        ("102.00", SEEN, by(StopWord.ATR, "10"), Code.STOP_BEYOND_RISK, ("at_entry", nano("98.01"))),
        ("98.50", SEEN, by(StopWord.STRUCTURE), Code.STOP_ON_WRONG_SIDE, ("market", nano("98.50"))),
        ("99.00", SEEN, by(StopWord.BREAK_EVEN), Code.STOP_ON_WRONG_SIDE, ("market", nano(99))),
        (
            "102.00",
            SEEN,
            by(StopWord.ATR, "-1"),
            Code.PROTECTION_INVALID,
            ("stop", "value: must be above 0 and below 100 for the method atr"),
        ),
    ],
    ids=str,
)
def test_a_stop_that_cannot_lie_there_is_refused(
    bid: str, levels: Levels | None, wanted: WantedStop, code: Code, figure: tuple[str, Any]
) -> None:
    pair = trading(Capabilities())
    pair.quote(bid, str(D(bid) + SPY.tick))
    judged = adjust(pair, levels, stop_by=wanted)
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, code)
    assert judged.checks[-1].figures[figure[0]] == figure[1]
    (order,) = exits(pair, Role.STOP)
    assert order.stop_price == D("98.01")


def test_what_is_open_falls_back_to_nothing() -> None:
    pair = trading(Capabilities(), plan=Plan(fallback_percent=D(1)))
    assert adjust(pair, Levels(), stop_by=by(StopWord.ATR)).code == Code.LEVEL_NOT_KNOWN


def test_an_adjustment_that_says_nothing_is_refused() -> None:
    pair = trading(Capabilities())
    assert adjust(pair).code == Code.STOP_MISSING
    assert adjust(pair, unprotected=True, target=105).code == Code.STOP_MISSING


def test_without_a_price_there_is_nothing_to_measure_from() -> None:
    pair = trading(Capabilities())
    asked = signal("a", SignalKind.STOP_ADJUSTMENT, None, at=pair.desk.now, stop_by=by(StopWord.TICKS, "9"))
    judged = pair.desk.give(i.SignalArrived(asked, None, None, at=pair.desk.now))[0]
    assert isinstance(judged, e.SignalJudged)
    assert judged.code == Code.NO_REFERENCE_PRICE


def test_break_even_is_no_stop_for_an_entry() -> None:
    pair = Pair(SPY)
    pair.quote("100.00", "100.01")
    pair.enter(quantity=1, stop_by=by(StopWord.BREAK_EVEN))
    judged = pair.desk.events[-1]
    assert isinstance(judged, e.SignalJudged)
    assert judged.code == Code.PROTECTION_INVALID


# -- the targets --


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD, ONE_TARGET])
@pytest.mark.parametrize(
    ("direction", "wanted", "there"),
    [
        pytest.param(LONG, [WantedTarget(nano(105))], [("105", 10)], id="one, at a price"),
        pytest.param(LONG, [WantedTarget(at_r=nano(3))], [("106.01", 10)], id="at so many R"),
        pytest.param(
            LONG,
            [WantedTarget(nano(103), nano(40)), WantedTarget(nano(107), nano(60))],
            [("103", 4), ("107", 6)],
            id="two in place of one",
        ),
        pytest.param(LONG, [WantedTarget(nano(105), nano(30))], [("105", 3)], id="for a part"),
        pytest.param(SHORT, [WantedTarget(nano(95))], [("95", 10)], id="short"),
        pytest.param(
            SHORT,
            [WantedTarget(at_r=nano(1), pct=nano(50)), WantedTarget(at_r=nano(3), pct=nano(50))],
            [("94", 5), ("98", 5)],
            id="two, short",
        ),
    ],
)
def test_targets_go_where_the_signal_wants_them_and_are_filled_there(
    capabilities: Capabilities, direction: Direction, wanted: list[WantedTarget], there: list[tuple[str, int]]
) -> None:
    pair = trading(capabilities, direction)
    judged = adjust(pair, targets=tuple(wanted))
    assert (judged.outcome, judged.code) == (Outcome.ADJUSTED, "")
    assert targets(pair) == [(D(price), D(quantity)) for price, quantity in there]
    (stop,) = exits(pair, Role.STOP)
    assert stop.leaves == 10
    pair.check()
    nearest_first = there if direction is LONG else there[::-1]
    left = 10
    for price, quantity in nearest_first:
        bid = D(price) if direction is LONG else D(price) - SPY.tick
        pair.quote(str(bid), str(bid + SPY.tick))
        left -= quantity
        assert abs(pair.desk.held()) == left
        pair.check()
    if left:
        pair.quote("97.00", "97.01")
        assert pair.desk.held() == 0, "what no target closes has its stop"
    pair.wait(5)
    assert [*exits(pair, Role.STOP), *exits(pair, Role.TARGET)] == []
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD])
def test_one_in_place_of_two(capabilities: Capabilities) -> None:
    two = (WantedTarget(nano(103), nano(50)), WantedTarget(nano(107), nano(50)))
    pair = trading(capabilities, targets=two)
    assert adjust(pair, target=105).outcome is Outcome.ADJUSTED
    assert targets(pair) == [(D(105), D(10))]
    pair.quote("105.00", "105.01")
    assert pair.desk.held() == 0
    pair.check()


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD])
def test_one_for_what_two_entries_have(capabilities: Capabilities) -> None:
    pair = trading(capabilities, max_adds=1)
    pair.quote("101.00", "101.01")
    pair.enter("more", quantity=6, stop="99.00")
    assert pair.desk.held() == 16
    assert adjust(pair, target=105).outcome is Outcome.ADJUSTED
    assert {price for price, _ in targets(pair)} == {D(105)}
    pair.quote("105.00", "105.01")
    pair.wait(5)
    assert pair.desk.held() == 0
    assert [*exits(pair, Role.STOP), *exits(pair, Role.TARGET)] == []
    pair.check()
    assert alarms(pair.desk.events) == []


def test_a_position_without_a_target_gets_one_that_the_engine_holds() -> None:
    pair = trading(Capabilities(), plan=Plan())
    assert adjust(pair, target=105).outcome is Outcome.ADJUSTED
    (order,) = exits(pair, Role.TARGET)
    assert order.request.holder is Holder.ENGINE
    pair.quote("105.00", "105.01")
    assert pair.desk.held() == 0
    pair.check()


def test_stop_and_targets_go_together() -> None:
    pair = trading(Capabilities())
    judged = adjust(pair, stop=99, target=105)
    assert judged.outcome is Outcome.ADJUSTED
    assert [order.stop_price for order in exits(pair, Role.STOP)] == [D(99)]
    assert targets(pair) == [(D(105), D(10))]


def test_a_target_that_is_there_already_is_not_asked_for_again() -> None:
    pair = trading(Capabilities())
    before = len(pair.desk.events)
    adjust(pair, target="104.01")
    assert names(pair.desk.events[before:]) == ["SignalJudged"]


@pytest.mark.parametrize(
    ("wanted", "code", "figure"),
    [
        ({"target": "100"}, Code.TARGET_ON_WRONG_SIDE, ("market", nano(100))),
        ({"target": "104.005"}, Code.PRICE_OFF_TICK, ("target", nano("104.005"))),
        ({"target": "-1"}, Code.PRICE_NOT_POSITIVE, ("target", nano(-1))),
        (
            {"targets": (WantedTarget(nano(105), nano(60)), WantedTarget(nano(106), nano(50)))},
            Code.TARGETS_EXCEED,
            ("pct", nano(110)),
        ),
        ({"targets": (WantedTarget(nano(105), nano(5)),)}, Code.SIZE_ROUNDS_TO_NOTHING, ("pct", nano(5))),
        (
            {"targets": (WantedTarget(),)},
            Code.PROTECTION_INVALID,
            ("target_at_r", "neither a price nor at_r"),
        ),
        # Nothing of it is done when one half cannot be.
        ({"target": "105", "stop": "97"}, Code.STOP_BEYOND_RISK, ("at_entry", nano("98.01"))),
        ({"target": "99", "stop": "99"}, Code.TARGET_ON_WRONG_SIDE, ("market", nano(100))),
    ],
    ids=str,
)
def test_targets_that_cannot_lie_there_are_refused(
    wanted: dict[str, Any], code: Code, figure: tuple[str, Any]
) -> None:
    pair = trading(Capabilities())
    judged = adjust(pair, **wanted)
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, code)
    assert judged.checks[-1].figures[figure[0]] == figure[1]
    assert targets(pair) == [(D("104.01"), D(10))]
    assert [order.stop_price for order in exits(pair, Role.STOP)] == [D("98.01")]


def test_where_the_venue_cannot_replace_its_targets_stay() -> None:
    pair = trading(NO_REPLACE)
    assert adjust(pair, target=105).code == Code.TARGET_NOT_ADJUSTABLE
    assert targets(pair) == [(D("104.01"), D(10))]


def test_while_the_entry_still_fills_its_targets_stay(open_desk: Any) -> None:
    desk = open_desk()
    desk.enter(limit=100, filled=4)
    judged = desk.judge(signal("a", SignalKind.STOP_ADJUSTMENT, None, target=112, at=desk.now))
    assert judged.code == Code.TARGET_NOT_ADJUSTABLE


def test_a_person_s_adjustment_is_recorded_with_who_and_why() -> None:
    pair = trading(Capabilities())
    adjust(pair, stop=99, target=105, reason="news", metadata={"who": "ann"})
    moved = [event for event in pair.desk.events if isinstance(event, (e.StopMoved, e.TargetMoved))]
    assert [(event.who, event.why) for event in moved] == [("ann", "news")] * 2
