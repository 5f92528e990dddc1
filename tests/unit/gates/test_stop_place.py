"""Where the stop of an entry goes by its account: beyond key levels, and what it falls back to."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import Desk, account, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.codes import Code
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role
from kedge.domain.protection import KeyLevels, Levels, LevelStop, Plan, StopMethod, StopWord, WantedStop
from kedge.domain.signals import Direction, Outcome

D = Decimal
ATR = LevelStop(StopMethod.ATR)
NEAR = KeyLevels(10, 2, D(1))


def entered(plan: Plan, levels: Levels | None = None, **wanted: Any) -> tuple[e.SignalJudged, Decimal | None]:
    """An entry at a bid of 100, asked 100.01: how it was judged, and its stop."""
    desk = Desk(account(plan=plan))
    asked = signal("s", at=desk.now, **wanted)
    desk.give(i.SignalArrived(asked, Ticks(10_000), Ticks(10_001), levels=levels, at=desk.now))
    judged = next(event for event in desk.events if isinstance(event, e.SignalJudged))
    stops = [order.stop_price for order in desk.book.state.orders.values() if order.request.role is Role.STOP]
    return judged, stops[0] if stops else None


def figures(judged: e.SignalJudged) -> dict[str, Any]:
    return next(check.figures for check in judged.checks if check.gate == "stop_plan")


# -- what it falls back to --


@pytest.mark.parametrize(
    ("direction", "stop"), [(Direction.LONG, "97.01"), (Direction.SHORT, "103.00")], ids=str
)
@pytest.mark.parametrize("method", [*StopMethod])
def test_where_the_level_is_not_known_the_stop_falls_back(
    method: StopMethod, direction: Direction, stop: str
) -> None:
    plan = Plan(level_stop=LevelStop(method), fallback_percent=D(3))
    judged, placed = entered(plan, Levels(), direction=direction)
    assert (judged.outcome, placed) == (Outcome.ORDERED, D(stop))
    assert figures(judged)["fallback_percent"] == nano(3)
    assert figures(judged)["not_known"]


def test_without_a_fallback_the_entry_is_refused() -> None:
    judged, _ = entered(Plan(level_stop=ATR), Levels())
    assert judged.code == Code.LEVEL_NOT_KNOWN


def test_where_the_level_is_known_nothing_falls_back() -> None:
    judged, placed = entered(Plan(level_stop=ATR, fallback_percent=D(3)), Levels(atr=nano(1)))
    assert placed == D("98.51")
    assert "fallback_percent" not in figures(judged)


def test_a_method_of_the_signal_s_own_falls_back_as_well() -> None:
    _, placed = entered(Plan(fallback_percent=D(3)), Levels(), stop_by=WantedStop(StopWord.ATR))
    assert placed == D("97.01")


# -- beyond key levels --


@pytest.mark.parametrize(
    ("plan", "levels", "wanted", "stop", "before"),
    [
        pytest.param(Plan(key_levels=NEAR), None, {}, "97.98", "98.01", id="by percent"),
        pytest.param(Plan(stop_ticks=D(95), key_levels=NEAR), None, {}, "98.98", "99.06", id="by ticks"),
        pytest.param(
            Plan(level_stop=ATR, key_levels=NEAR), Levels(atr=nano(2)), {}, "96.98", "97.01", id="by atr"
        ),
        pytest.param(
            Plan(key_levels=NEAR), None, {"direction": Direction.SHORT}, "102.02", "102", id="short"
        ),
        pytest.param(
            Plan(key_levels=NEAR),
            None,
            {"stop_by": WantedStop(StopWord.TICKS, nano(95))},
            "98.98",
            "99.06",
            id="by the signal's method",
        ),
        pytest.param(Plan(key_levels=NEAR), None, {"stop": "98.05"}, "98.05", None, id="a price is a price"),
        pytest.param(
            Plan(key_levels=KeyLevels(10)),
            Levels(swing_low=nano(98)),
            {},
            "97.98",
            "98.01",
            id="a swing",
        ),
        pytest.param(Plan(key_levels=KeyLevels(10)), None, {}, "98.01", None, id="nothing near"),
    ],
)
def test_a_stop_is_put_beyond_what_is_near(
    plan: Plan, levels: Levels | None, wanted: dict[str, Any], stop: str, before: str | None
) -> None:
    judged, placed = entered(plan, levels, **wanted)
    assert (judged.outcome, placed) == (Outcome.ORDERED, D(stop))
    assert figures(judged).get("stop_before") == (None if before is None else nano(before))


def test_a_stop_that_would_be_too_wide_stays_and_the_figures_say_so() -> None:
    judged, placed = entered(Plan(key_levels=KeyLevels(10, 2, D(1), D(1))))
    assert placed == D("98.01")
    told = {name: figures(judged)[name] for name in ("key_level", "max_wider_percent")}
    assert told == {"key_level": nano(98), "max_wider_percent": nano(1)}
