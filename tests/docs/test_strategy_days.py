"""The page on real days says what comes out: cell by cell, by the rules and once more by hand."""

import ast
import operator
import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from tests.docs.by_hand import BY_HAND, LONG, SHORT
from tests.docs.strategy_page import (
    INSTRUMENTS,
    PAGE,
    PLACES,
    READINGS,
    Day,
    Setup,
    days,
    follows,
    shown_close,
    started,
    summary_of_the_trade,
)

from kedge.domain.signals import Direction
from kedge.strategies.catalogue import RULES
from kedge.strategies.figures import rounded
from kedge.strategies.idea import Enter, Idea, Leave
from kedge.strategies.seen import Own, Reading, Seen
from kedge.strategies.trial import FLAT, Spoken, play

DAYS = days()
each_day = pytest.mark.parametrize("day", DAYS, ids=lambda day: day.title)


def bold(side: Direction) -> str:
    return LONG if side is Direction.LONG else SHORT


# -- what is on the page at all --


def test_every_rule_goes_both_ways_and_every_file_has_a_day() -> None:
    sides = {(day.rule, row["the rule"]) for day in DAYS for row in day.rows}
    assert {(rule, side) for rule in RULES for side in (LONG, SHORT)} <= sides
    assert {str(day.instrument.symbol) for day in DAYS} == {*INSTRUMENTS}


def test_the_session_opens_at_the_same_local_time_on_either_side_of_the_change_of_clocks() -> None:
    opened = {line.opened for day in DAYS for line in day.lines() if "SPY" in day.title}
    assert {f"{each:%m-%d %H:%M}" for each in opened} >= {"03-11 14:30", "03-14 13:30"}
    assert {f"{each.astimezone(PLACES['New York']):%H:%M}" for each in opened} == {"09:30"}


@each_day
def test_bars_follow_each_other_and_the_local_clock_shows_the_same_moment(day: Day) -> None:
    assert all(follows(day, *pair) for pair in zip(day.rows, day.rows[1:], strict=False))
    for row in day.rows:
        for place in PLACES.keys() & row.keys():
            assert row[place] == f"{started(row).astimezone(PLACES[place]):%H:%M}"


# -- what the rules say --


@each_day
def test_the_rule_reads_and_says_what_the_page_says(day: Day) -> None:
    seens: list[Seen] = []

    def own(seen: Seen, said: Sequence[Spoken]) -> Own:
        seens.append(seen)
        return FLAT

    said = {each.at: each for each in play(day.strategy(), day.instrument, day.bars(), day.hours_of, own)}
    assert len(seens) == len(day.rows)
    for seen, row in zip(seens, day.rows, strict=True):
        for column in day.columns:
            name = READINGS.get(column, column)
            assert _shown(name, seen.readings[name], seen.tick) == row[column], row
        ideas = said[seen.end].ideas if seen.end in said else ()
        assert [bold(idea.direction) for idea in ideas if isinstance(idea, Enter)] == _sides(row), row
        for idea in ideas:
            _check_figures(idea, row)
    assert day.setups == [
        Setup(shown_close(each.at, day.length), bold(idea.direction), idea.reason)
        for each in said.values()
        for idea in each.ideas
        if isinstance(idea, Enter)
    ]


def _sides(row: dict[str, str]) -> list[str]:
    return [row["the rule"]] if row["the rule"] in (LONG, SHORT) else []


def _check_figures(idea: Idea, row: dict[str, str]) -> None:
    """What is kept with a setup are the figures of its row."""
    assert isinstance(idea, Enter)
    assert set(idea.figures) - {"close"}
    for name, figure in idea.figures.items():
        assert figure == _like(Decimal(row[name.replace("_", " ")]), str(figure))


def _shown(name: str, reading: Reading, tick: Decimal) -> str:
    if reading is None:
        return ""
    if name == "rsi":
        return f"{reading:.2f}"
    return str(rounded(reading, tick)) if isinstance(reading, float) else str(reading)


@each_day
def test_by_hand_the_same_comes_out(day: Day) -> None:
    worked_out = BY_HAND[day.rule](day.lines(), **day.parameters)
    for row, verdict in zip(day.rows, worked_out, strict=True):
        assert row["the rule"] == verdict.says, row
        for column, reading in zip(day.columns, verdict.readings, strict=True):
            assert row[column] == ("" if reading is None else str(_like(reading, row[column]))), row


def test_a_cross_against_what_is_open_only_closes_it() -> None:
    (day,) = (each for each in DAYS if each.rule == "ema_cross")

    def own(seen: Seen, said: Sequence[Spoken]) -> Own:
        return FLAT._replace(position=Direction.LONG if said else None)

    said = play(day.strategy(), day.instrument, day.bars(), day.hours_of, own)
    second = next(each for each in said[1:])
    assert [shown_close(each.at, day.length) for each in said[:2]] == [setup.at for setup in day.setups]
    assert [type(idea) for idea in second.ideas] == [Leave]


# -- the sums --

_SUM = re.compile(r"^([\d.()+*/ -]+) = ([\d.]+)$", re.MULTILINE)
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def worked(text: str) -> Decimal:
    """An expression of numbers."""

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return Decimal(_OPERATORS[type(node.op)](value(node.left), value(node.right)))
        return Decimal(ast.get_source_segment(text, node) or "")

    return value(ast.parse(text, mode="eval").body)


def _like(number: Decimal, shown: str, rounding: str = ROUND_HALF_UP) -> Decimal:
    """With as many places as what is shown."""
    return number.quantize(Decimal(shown or "1"), rounding)


def test_every_sum_is_right_and_its_figure_stands_in_a_table() -> None:
    cells = {cell for day in DAYS for row in day.rows for cell in row.values()}
    sums = _SUM.findall(PAGE)
    assert len(sums) == 10
    for left, right in sums:
        assert str(_like(worked(left), right)) == right, left
        assert right in cells


def test_each_step_of_the_trade_is_reckoned_right() -> None:
    steps = summary_of_the_trade()
    assert len(steps) == 11
    for step, (left, right) in steps.items():
        rounding = ROUND_DOWN if step == "quantity" else ROUND_HALF_UP
        assert str(_like(worked(left), right, rounding)) == right, step
