"""The days of the page are in the recorded files, and what rules say to all of their bars is what comes out by hand.

The files are not part of the repository: `KEDGE_DATA` names their directory.
"""

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.docs.by_hand import BY_HAND, LONG, SHORT, Line
from tests.docs.strategy_page import INSTRUMENTS, Day, days, line_of, moment

from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.quotes import Bar, Print
from kedge.domain.signals import Direction
from kedge.engine.hours import sessions_of
from kedge.feeds.files.recorded_data import RecordedData
from kedge.market.bars import BarBuilder, BuiltBar
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.idea import Enter
from kedge.strategies.trial import play

DATA = os.environ.get("KEDGE_DATA", "")
pytestmark = pytest.mark.skipif(
    not (DATA and Path(DATA).is_dir()), reason="KEDGE_DATA names no directory with recorded market data"
)
FILES = {
    "SPY": ("SPY_1min_2011.parquet", Span(5 * MINUTE)),
    "FESX": ("FESX_1min_2006.parquet", Span(5 * MINUTE)),
    "BTCUSDT": ("BTCUSDT_trades_20240808.parquet", Span(10 * SECOND)),
}
SHORTER = {
    "n_bar_breakout": {"bars": 3},
    "rsi_turn": {"length": 3},
    "ema_cross": {"fast": 3, "slow": 7},
    "ema_pullback": {"fast": 3, "slow": 7},
}


class Tally(NamedTuple):
    """How many setups of either side there are."""

    long: int
    short: int


@cache
def bars_of(symbol: str) -> tuple[BuiltBar, ...]:
    """All that the file makes."""
    instrument, (name, length) = INSTRUMENTS[symbol], FILES[symbol]
    builder = BarBuilder(instrument.symbol, length, sessions_of(instrument.calendar))
    made: list[BuiltBar] = []
    last = Instant(0)
    for piece in RecordedData([Path(DATA) / name], {instrument.symbol: instrument}):
        assert isinstance(piece, Bar | Print)
        made += builder.on_bar(piece) if isinstance(piece, Bar) else builder.on_print(piece)
        last = piece.at
    return (*made, *builder.advance(Instant(last + length)))


@pytest.mark.parametrize("day", days(), ids=lambda day: day.title)
def test_the_bars_of_the_page_are_those_of_the_file(day: Day) -> None:
    recorded = {built.bar.start: built for built in bars_of(str(day.instrument.symbol))}
    for shown in day.bars():
        bar = recorded[shown.bar.start]
        assert bar.is_complete
        assert _prices(bar) == _prices(shown)


def _prices(built: BuiltBar) -> tuple[int, int, int, int]:
    return built.bar.open, built.bar.high, built.bar.low, built.bar.close


@pytest.mark.parametrize(
    ("symbol", "rule", "tally"),
    [
        ("SPY", "opening_range_breakout", Tally(32, 29)),
        ("FESX", "opening_range_breakout", Tally(36, 32)),
        ("SPY", "n_bar_breakout", Tally(138, 109)),
        ("FESX", "n_bar_breakout", Tally(184, 153)),
        ("BTCUSDT", "n_bar_breakout", Tally(1, 4)),
        ("SPY", "ema_cross", Tally(71, 72)),
        ("FESX", "ema_cross", Tally(146, 147)),
        ("BTCUSDT", "ema_cross", Tally(1, 1)),
        ("SPY", "ema_pullback", Tally(111, 66)),
        ("FESX", "ema_pullback", Tally(219, 128)),
        ("BTCUSDT", "ema_pullback", Tally(0, 6)),
        ("SPY", "rsi_turn", Tally(43, 56)),
        ("FESX", "rsi_turn", Tally(67, 98)),
        ("BTCUSDT", "rsi_turn", Tally(4, 2)),
    ],
)
def test_over_the_whole_file_a_rule_says_what_comes_out_by_hand(symbol: str, rule: str, tally: Tally) -> None:
    instrument, bars = INSTRUMENTS[symbol], bars_of(symbol)
    hours_of = sessions_of(instrument.calendar)
    parameters = SHORTER.get(rule, {}) if symbol == "BTCUSDT" else {}
    strategy = build(RULES[rule], parameters, FILES[symbol][1])
    said = [
        (moment(each.seen.start), LONG if idea.direction is Direction.LONG else SHORT)
        for each in play(strategy, instrument, bars, hours_of)
        for idea in each.ideas
        if isinstance(idea, Enter)
    ]
    lines = [line_of(instrument, built, hours_of) for built in bars]
    assert said == _by_hand(rule, lines, parameters)
    assert Tally(*(sum(side == each for _, each in said) for side in (LONG, SHORT))) == tally


def _by_hand(rule: str, lines: list[Line], parameters: dict[str, int]) -> list[tuple[object, str]]:
    verdicts = zip(lines, BY_HAND[rule](lines, **parameters), strict=True)
    return [(line.start, verdict.says) for line, verdict in verdicts if verdict.says in (LONG, SHORT)]
