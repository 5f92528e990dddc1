"""Laws of strategies: a crash at the close of any bar changes nothing of what they say, and up and down are one."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies.data import (
    ES,
    FIVE,
    SHORT,
    as_it_said,
    bars,
    in_session,
    with_hole,
)

from kedge.domain.signals import Direction
from kedge.market.bars import BuiltBar
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.conditions import opposite
from kedge.strategies.idea import Enter
from kedge.strategies.memory import restore, saved
from kedge.strategies.panel import Panel
from kedge.strategies.strategy import Strategy
from kedge.strategies.trial import Spoken, play

# Short ones, so that there is something to say on few bars.
CASES: dict[str, list[dict[str, object]]] = {
    "opening_range_breakout": [
        {},
        {"again": True, "beyond_ticks": 1},
        {"range_minutes": 5, "sides": "short"},
    ],
    "ema_pullback": [{"fast": 2, "slow": 4}, {"fast": 2, "slow": 3, "back_to": "slow", "within": 2}],
    "n_bar_breakout": [{"bars": 2}, {"bars": 5, "sides": "long"}],
    "ema_cross": [{"fast": 1, "slow": 3}, {"fast": 2, "slow": 4, "reverse": True}],
    "rsi_turn": [{"length": 2}, {"length": 3, "low": 45, "high": 55}],
}
EVERY = [(name, parameters) for name, cases in CASES.items() for parameters in cases]
steps = st.lists(st.integers(-6, 6), min_size=5, max_size=25)
_DAYS = (date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10))  # the clocks change between the first two


@st.composite
def walks(draw: st.DrawFn) -> list[BuiltBar]:
    """Random walks over three sessions; now and then a bar has a hole, or lacks."""
    built: list[BuiltBar] = []
    price = 400
    for day in _DAYS:
        closes = []
        for step in draw(steps):
            price += step
            closes.append(price / 4)
        built += bars(closes, day)
    holes = draw(st.sets(st.integers(0, len(built) - 1), max_size=3))
    lacking = draw(st.sets(st.integers(0, len(built) - 1), max_size=3))
    whole = [with_hole(each) if place in holes else each for place, each in enumerate(built)]
    return [each for place, each in enumerate(whole) if place not in lacking]


def crashed(
    name: str, parameters: dict[str, object], built: Sequence[BuiltBar], cuts: set[int]
) -> list[Spoken]:
    """What is said when all is forgotten before these bars, but for what was written down."""
    strategy = build(RULES[name], parameters, FIVE)
    needs = strategy.needs()
    panel = Panel(ES, needs.values())
    said: list[Spoken] = []
    for place, each in enumerate(built):
        if place in cuts:
            state, readings = saved(strategy), panel.state()
            strategy = build(RULES[name], parameters, FIVE)
            restore(strategy, state)
            panel = Panel.resumed(ES, needs.values(), readings)
        panel.take(each, in_session(each.bar.start))
        seen = panel.read(needs)
        ideas = tuple(strategy.on_bar(seen, as_it_said(seen, said)))
        if ideas:
            said.append(Spoken(seen.end, ideas, seen))
    return said


def test_each_rule_is_among_the_cases() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize(("name", "parameters"), EVERY)
@given(built=walks(), cuts=st.sets(st.integers(0, 80), max_size=6))
def test_a_crash_at_any_bar_changes_nothing(
    name: str, parameters: dict[str, object], built: list[BuiltBar], cuts: set[int]
) -> None:
    whole = play(build(RULES[name], parameters, FIVE), ES, built, in_session, as_it_said)
    assert crashed(name, parameters, built, cuts) == whole


@pytest.mark.parametrize("name", RULES)
@given(closes=st.lists(st.integers(-6, 6), min_size=5, max_size=60))
def test_upside_down_it_says_the_same_the_other_way(name: str, closes: list[int]) -> None:
    parameters: dict[str, object] = {key: value for key, value in CASES[name][0].items() if key != "sides"}
    up, down = [100.0], [100.0]
    for step in closes:
        up.append(up[-1] + step)
        down.append(down[-1] - step)
    assert directions(build(RULES[name], parameters, FIVE), up) == [
        (at, opposite(side)) for at, side in directions(build(RULES[name], parameters, FIVE), down)
    ]


def directions(strategy: Strategy, closes: list[float]) -> list[tuple[int, Direction]]:
    spoken = play(strategy, ES, bars(closes), in_session)
    return [(each.at, idea.direction) for each in spoken for idea in each.ideas if isinstance(idea, Enter)]


@given(built=walks())
def test_the_long_and_the_short_side_together_are_both(built: list[BuiltBar]) -> None:
    for name in ("opening_range_breakout", "n_bar_breakout", "rsi_turn"):
        parameters = {key: value for key, value in CASES[name][0].items() if key != "sides"}
        said = {
            sides: [
                (each.at, idea)
                for each in play(
                    build(RULES[name], {**parameters, "sides": sides}, FIVE), ES, built, in_session
                )
                for idea in each.ideas
            ]
            for sides in ("both", "long", "short")
        }
        assert sorted(said["long"] + said["short"], key=lambda each: each[0]) == said["both"]
        assert all(isinstance(idea, Enter) and idea.direction is SHORT for _, idea in said["short"])
