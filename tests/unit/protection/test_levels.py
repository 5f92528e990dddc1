"""Where stops and targets go: named cases for both directions, and what holds for any price."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import nano

from kedge.domain.orders import Side
from kedge.domain.protection import (
    Levels,
    LevelStop,
    Plan,
    StopMethod,
    TargetMethod,
    TargetPart,
    TargetPlan,
)
from kedge.protection.stops import market_stop, percent_away, ticks_away
from kedge.protection.targets import Share, in_lots, planned

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
CENT = D("0.01")
HALVES = (TargetPart(D(1), D(50)), TargetPart(D(2), D(50)))


@pytest.mark.parametrize(
    ("side", "reference", "percent", "stop"),
    [
        (BUY, "100.00", "2", "98.00"),
        (SELL, "100.00", "2", "102.00"),
        (BUY, "99.99", "2", "98.00"),  # 97.9902: nearer to the entry
        (SELL, "99.99", "2", "101.98"),
        (BUY, "0.03", "1", "0.02"),  # a tick away at the least
        (SELL, "0.03", "1", "0.04"),
    ],
)
def test_a_stop_so_many_percent_away(side: Side, reference: str, percent: str, stop: str) -> None:
    assert percent_away(D(reference), D(percent), side, CENT) == D(stop)


@pytest.mark.parametrize(("side", "stop"), [(BUY, "4998.00"), (SELL, "5002.00")])
def test_a_stop_so_many_ticks_away(side: Side, stop: str) -> None:
    assert ticks_away(D(5000), D(8), side, D("0.25")) == D(stop)


@pytest.mark.parametrize(
    ("side", "reference", "ticks", "stop"),
    [
        (BUY, "99.905", 1, "99.90"),
        (SELL, "99.905", 1, "99.91"),
        (BUY, "99.905", 3, "99.88"),
        (SELL, "99.905", 3, "99.93"),
        (BUY, "99.90", 1, "99.89"),
        (SELL, "99.90", 1, "99.91"),
    ],
)
def test_from_between_two_ticks_no_more_is_at_risk_than_was_asked_for(
    side: Side, reference: str, ticks: int, stop: str
) -> None:
    placed = ticks_away(D(reference), D(ticks), side, CENT)
    assert placed == D(stop)
    assert abs(placed - D(reference)) <= ticks * CENT


@pytest.mark.parametrize(
    ("plan", "side", "stop", "prices"),
    [
        pytest.param(Plan(), BUY, "98", [], id="none"),
        pytest.param(Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2))), BUY, "98", ["104"], id="2 R"),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2))), SELL, "102", ["96"], id="2 R, short"
        ),
        pytest.param(Plan(target=TargetPlan(TargetMethod.TICKS, D(40))), BUY, "98", ["100.40"], id="ticks"),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.TICKS, D(40))), SELL, None, ["99.60"], id="ticks, no stop"
        ),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2))), BUY, None, [], id="R without a stop"
        ),
        pytest.param(Plan(parts=HALVES), BUY, "98", ["102", "104"], id="halves"),
        pytest.param(Plan(parts=HALVES), SELL, "102", ["98", "96"], id="halves, short"),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2)), parts=HALVES),
            BUY,
            "98",
            ["102", "104"],
            id="halves leave nothing to the target",
        ),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(3)), parts=HALVES[:1]),
            BUY,
            "98",
            ["102", "106"],
            id="a half, and the target for the other",
        ),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.RESISTANCE, D(1)), parts=HALVES),
            BUY,
            "98",
            ["102", "104"],
            id="a level that is not needed need not be known",
        ),
        pytest.param(
            Plan(target=TargetPlan(TargetMethod.TICKS, D(40)), parts=HALVES),
            BUY,
            None,
            ["100.40"],
            id="parts without a stop: all of it to the target",
        ),
    ],
)
def test_the_targets_of_a_plan(plan: Plan, side: Side, stop: str | None, prices: list[str]) -> None:
    found = planned(plan, Levels(), D(100), None if stop is None else D(stop), side, CENT)
    assert found is not None
    assert [share.price for share in found] == [D(price) for price in prices]


SEEN = Levels(
    atr=nano("1.237"),
    swing_high=nano(104),
    swing_low=nano(97),
    range_high=nano(101),
    range_low=nano("98.5"),
    highs=(nano(104), nano(100), nano(102), nano(99)),
    lows=(nano(97), nano(100), nano("98.5"), nano(101)),
)


@pytest.mark.parametrize(
    ("method", "side", "stop"),
    [
        pytest.param(StopMethod.ATR, BUY, "98.15", id="1.5 ranges: 1.8555, nearer to the entry"),
        pytest.param(StopMethod.ATR, SELL, "101.85", id="1.5 ranges, short"),
        pytest.param(StopMethod.STRUCTURE, BUY, "96.98", id="two ticks below the swing"),
        pytest.param(StopMethod.STRUCTURE, SELL, "104.02", id="two ticks above the swing, short"),
        pytest.param(StopMethod.OPPOSITE_RANGE, BUY, "98.48", id="two ticks below the range"),
        pytest.param(StopMethod.OPPOSITE_RANGE, SELL, "101.02", id="two ticks above the range, short"),
    ],
)
def test_a_stop_that_the_market_places(method: StopMethod, side: Side, stop: str) -> None:
    plan = LevelStop(method, beyond_ticks=2)
    assert market_stop(plan, SEEN, D(100), side, CENT) == D(stop)
    assert market_stop(plan, Levels(), D(100), side, CENT) is None


@pytest.mark.parametrize(
    ("method", "side", "target"),
    [
        pytest.param(TargetMethod.RANGE, BUY, "106.00", id="two heights of 2.50 above the range"),
        pytest.param(TargetMethod.RANGE, SELL, "93.50", id="two heights below it, short"),
        pytest.param(TargetMethod.RESISTANCE, BUY, "102.00", id="the nearest high above, not the last"),
        pytest.param(TargetMethod.RESISTANCE, SELL, "98.50", id="the nearest low below, short"),
    ],
)
def test_a_target_that_the_market_places(method: TargetMethod, side: Side, target: str) -> None:
    plan = Plan(target=TargetPlan(method, D(2)))
    assert planned(plan, SEEN, D(100), None, side, CENT) == [Share(D(target), D(100), adjusts=True)]
    assert planned(plan, Levels(), D(100), None, side, CENT) is None


def test_what_the_parts_leave_goes_to_the_target() -> None:
    plan = Plan(
        target=TargetPlan(TargetMethod.RISK_REWARD, D(3)),
        parts=(TargetPart(D(1), D(50)), TargetPart(D(2), D(20))),
    )
    found = planned(plan, Levels(), D(100), D(98), BUY, CENT)
    assert found == [
        Share(D(102), D(50)),
        Share(D(104), D(20)),
        Share(D(106), D(30), adjusts=True),
    ]
    assert [target.quantity for target in in_lots(found, D(10), D(1))] == [5, 2, 3]


@pytest.mark.parametrize(("side", "reference"), [(BUY, D(104)), (SELL, D(97))])
def test_what_the_price_has_passed_is_not_in_the_way(side: Side, reference: Decimal) -> None:
    plan = Plan(target=TargetPlan(TargetMethod.RESISTANCE, D(1)))
    assert planned(plan, SEEN, reference, None, side, CENT) is None


@pytest.mark.parametrize(
    ("pcts", "quantity", "lot", "quantities"),
    [
        pytest.param(["50", "50"], "10", "1", ["5", "5"], id="halves"),
        pytest.param(["50", "50"], "7", "1", ["3", "4"], id="the last takes what was rounded off"),
        pytest.param(["50", "50"], "1", "1", ["1"], id="too small to be divided: the last target"),
        pytest.param(["33.3", "33.3", "33.4"], "3", "1", ["1", "1", "1"], id="thirds of three"),
        pytest.param(["33.3", "33.3", "33.4"], "2", "1", ["1", "1"], id="thirds of two"),
        pytest.param(["33.333"] * 3, "3000000", "1", ["1000000"] * 3, id="thirds that are meant to be all"),
        pytest.param(["40", "40", "20"], "4", "1", ["1", "2", "1"], id="to those that lost most"),
        pytest.param(["30", "30"], "10", "1", ["3", "3"], id="the rest runs on"),
        pytest.param(["30", "30"], "1", "1", [], id="nothing of it is a lot"),
        pytest.param(["33.3", "33.3", "33.4"], "1", "0.001", ["0.333", "0.333", "0.334"], id="fractions"),
        pytest.param(["100"], "10", "1", ["10"], id="all"),
    ],
)
def test_parts_in_whole_lots(pcts: list[str], quantity: str, lot: str, quantities: list[str]) -> None:
    shares = [Share(D(100 + number), D(pct)) for number, pct in enumerate(pcts)]
    assert [target.quantity for target in in_lots(shares, D(quantity), D(lot))] == [
        D(text) for text in quantities
    ]


@given(
    pcts=st.lists(st.integers(1, 60), min_size=1, max_size=5),
    lots=st.integers(1, 10_000),
    lot=st.sampled_from(["1", "0.001", "100"]),
)
def test_parts_are_never_more_than_the_whole(pcts: list[int], lots: int, lot: str) -> None:
    total = sum(pcts)
    shares = [Share(D(100), D(pct) * 100 / total if total > 100 else D(pct)) for pct in pcts]
    quantity = lots * D(lot)
    found = in_lots(shares, quantity, D(lot))
    assert sum((target.quantity for target in found), D(0)) <= quantity
    if sum((share.pct for share in shares), D(0)) == 100:
        assert sum((target.quantity for target in found), D(0)) == quantity
        exact = [quantity * share.pct / 100 for share in shares]
        assert len(found) == len(shares) or min(exact) < D(lot)
    assert all(target.quantity > 0 and target.quantity % D(lot) == 0 for target in found)


@given(
    cents=st.integers(100, 10**7),
    tick=st.sampled_from(["0.01", "0.05", "0.25"]),
    percent=st.decimals("0.01", "50", places=2),
    rr=st.decimals("0.1", "10", places=1),
)
def test_every_level_lies_on_its_side_and_on_the_grid_for_both_directions(
    cents: int, tick: str, percent: Decimal, rr: Decimal
) -> None:
    step = D(tick)
    reference = D(cents) * step
    plan = Plan(target=TargetPlan(TargetMethod.RISK_REWARD, rr))
    for side, away in ((BUY, 1), (SELL, -1)):
        stop = percent_away(reference, percent, side, step)
        found = planned(plan, Levels(), reference, stop, side, step)
        assert found is not None
        (target,) = found
        assert (reference - stop) * away > 0
        assert (target.price - reference) * away > 0
        assert stop % step == target.price % step == 0
        assert abs(reference - stop) <= max(reference * percent / 100, step)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stop_ticks": D(0)},
        {"target": TargetPlan(TargetMethod.TICKS, D("NaN"))},
        {"parts": (TargetPart(D(1), D(60)), TargetPart(D(2), D(50)))},
        {"parts": (TargetPart(D(0), D(60)),)},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"stop must|target must|add up to 110|both must"):
        Plan(**wrong)
