"""Plays a strategy over bars without an engine: for tests, a user's own too, and for the examples of the guide.

The strategy sees what it would see live. What it would have open is for the caller to say: there are no fills here.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import to_nano, use_exact_arithmetic
from kedge.domain.quotes import Bar
from kedge.market.bars import BuiltBar
from kedge.market.hours import HoursOf, utc_day
from kedge.strategies.idea import Idea
from kedge.strategies.panel import Panel
from kedge.strategies.seen import Own, Seen
from kedge.strategies.strategy import Strategy

FLAT = Own(position=None, entries=0, trades=0, wins=0)
Row = tuple[str, str, str, str] | tuple[str, str, str, str, str]  # open, high, low, close, and volume


class Spoken(NamedTuple):
    """What a strategy said at the close of a bar."""

    at: Instant
    ideas: tuple[Idea, ...]
    seen: Seen


Stand = Callable[[Seen, Sequence[Spoken]], Own]  # how the strategy stands, by what it has said so far


def always_flat(seen: Seen, said: Sequence[Spoken]) -> Own:
    """Nothing is ever open."""
    return FLAT


def play(
    strategy: Strategy,
    instrument: Instrument,
    bars: Iterable[BuiltBar],
    hours_of: HoursOf = utc_day,
    own: Stand = always_flat,
) -> list[Spoken]:
    """Hand it one bar after the other; the bars at which it said something, and what."""
    needs = strategy.needs()
    panel = Panel(instrument, needs.values())
    said: list[Spoken] = []
    for built in bars:
        panel.take(built, hours_of(built.bar.start))
        seen = panel.read(needs)
        ideas = tuple(strategy.on_bar(seen, own(seen, said)))
        if ideas:
            said.append(Spoken(seen.end, ideas, seen))
    return said


def bars_of(instrument: Instrument, first: Instant, length: Span, rows: Iterable[Row]) -> list[BuiltBar]:
    """Bars one after the other from `first` on, of prices as people write them. Raises `ValueError`."""
    use_exact_arithmetic()
    built = []
    for count, (opened, high, low, close, *volume) in enumerate(rows):
        start = Instant(first + count * length)
        bar = Bar(
            instrument=instrument.symbol,
            at=Instant(start + length),
            start=start,
            open=instrument.ticks(Decimal(opened)),
            high=instrument.ticks(Decimal(high)),
            low=instrument.ticks(Decimal(low)),
            close=instrument.ticks(Decimal(close)),
            volume=to_nano(Decimal(volume[0] if volume else 0)),
        )
        if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            raise ValueError(
                f"bar {count + 1}: {opened} {high} {low} {close} are not open, high, low and close"
            )
        built.append(BuiltBar(bar, 1))
    return built
