"""How many ticks a second become bars and indicators, for 1, 50 and 500 instruments, and what judging them costs.

Each instrument trades once a second. Each trade goes into the one-minute and the five-minute bar; each bar that becomes
known goes into an EMA, an RSI, an ATR, a VWAP and a highest of twenty. The floor is what nobody could do without: a
loop over the same trades that keeps the last price of each instrument.
"""

import tracemalloc
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from time import perf_counter_ns

import numpy as np

from bench.measure import Aim, Measured, Scale, percentile
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import UNIT, Nano, Ticks
from kedge.domain.quotes import Print, Quote
from kedge.market.bars import BarBuilder, BuiltBar
from kedge.market.columns.averages import ema as ema_column
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.vwap import Vwap, typical_price
from kedge.market.indicators.window import Highest
from kedge.market.quality import Judge

INSTRUMENTS = (1, 50, 500)
_FIRST = Instant(1_700_000_000 * SECOND)


class Watch:
    """What is kept of one instrument."""

    def __init__(self, symbol: Symbol) -> None:
        self.minute = BarBuilder(symbol, MINUTE)
        self.five = BarBuilder(symbol, Span(5 * MINUTE))
        self.ema, self.rsi, self.atr, self.vwap = Ema(20), Rsi.of(), Atr.of(), Vwap()
        self.highest = Highest(20)

    def take(self, tick: Print) -> None:
        """One trade."""
        for built in self.minute.on_print(tick):
            self.note(built)
        for built in self.five.on_print(tick):
            self.note(built)

    def note(self, built: BuiltBar) -> None:
        """One bar that has become known."""
        bar = built.bar
        high, low, close = float(bar.high), float(bar.low), float(bar.close)
        self.ema.update(close)
        self.rsi.update(close)
        self.atr.update(high, low, close)
        self.vwap.update(Instant(0), typical_price(high, low, close), bar.volume / UNIT)
        self.highest.update(high)


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Bars and indicators by the number of instruments, then the judge, then a long column."""
    count, rounds = scale.of(200_000, 50_000, 2_000), scale.of(10, 4, 1)
    figures = [_bars(instruments, count, rounds) for instruments in INSTRUMENTS]
    return [*figures, _memory(scale.of(500, 100, 5)), _quality(count, rounds), _column(count, rounds)]


def _ticks(instruments: int, count: int) -> list[Print]:
    random = Random(7)
    symbols = [Symbol(f"SYM{number}") for number in range(instruments)]
    prices = accumulate((random.randint(-3, 3) for _ in range(count)), initial=10_000)
    return [
        Print(
            symbols[number % instruments],
            Instant(_FIRST + number * SECOND // instruments),
            Ticks(price),
            Nano(UNIT),
        )
        for number, price in zip(range(count), prices, strict=False)
    ]


def _rate(count: int, work: Callable[[], object]) -> float:
    start = perf_counter_ns()
    work()
    return count * 1e9 / (perf_counter_ns() - start)


def _bars(instruments: int, count: int, rounds: int) -> Measured:
    ticks = _ticks(instruments, count)
    taken, floors = [], []
    for _ in range(rounds):
        last: dict[Symbol, Ticks] = {}
        watches = {tick.instrument: Watch(tick.instrument) for tick in ticks[:instruments]}
        floors.append(_rate(count, lambda last=last: _keep_last(ticks, last)))  # type: ignore[misc]
        taken.append(_rate(count, lambda watches=watches: _watch(ticks, watches)))  # type: ignore[misc]
    return Measured(
        key=f"bars.{instruments}",
        what=f"trades into 1- and 5-minute bars and five indicators, {instruments} instruments",
        value=percentile(taken, 50),
        unit="ticks/s",
        floor=percentile(floors, 50),
        floor_is="a loop that keeps the last price of each instrument",
        notes={"best": max(taken)},
    )


def _keep_last(ticks: Sequence[Print], last: dict[Symbol, Ticks]) -> None:
    for tick in ticks:
        if last.get(tick.instrument) != tick.price:
            last[tick.instrument] = tick.price


def _watch(ticks: Sequence[Print], watches: dict[Symbol, Watch]) -> None:
    for tick in ticks:
        watches[tick.instrument].take(tick)


def _memory(instruments: int) -> Measured:
    """Warm ones: every window is full."""
    ticks = _ticks(1, 200)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    watches = [Watch(Symbol(f"SYM{number}")) for number in range(instruments)]
    for watch in watches:
        for number, tick in enumerate(ticks):
            watch.take(Print(tick.instrument, Instant(_FIRST + number * MINUTE), tick.price, tick.size))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Measured(
        key="bars.memory",
        what="memory of one instrument: two builders and five indicators, warm",
        value=(held - before) / instruments,
        unit="bytes",
        aim=Aim(16_384),
    )


def _quality(count: int, rounds: int) -> Measured:
    ticks = _ticks(1, count)
    quotes = [Quote(tick.instrument, tick.at, tick.price, Ticks(tick.price + 1)) for tick in ticks]
    taken, floors = [], []
    for _ in range(rounds):
        judge = Judge()
        floors.append(_rate(count, lambda: _touch(quotes)))
        taken.append(_rate(count, lambda judge=judge: _judge(quotes, judge)))  # type: ignore[misc]
        assert judge.report.good == count, "the walk is sane"
    return Measured(
        key="bars.quality",
        what="good quotes judged",
        value=1e9 / percentile(taken, 50),
        unit="ns",
        floor=1e9 / percentile(floors, 50),
        floor_is="a loop that reads the three fields",
        aim=Aim(1_000),
        notes={"best": 1e9 / max(taken)},
    )


def _touch(quotes: Sequence[Quote]) -> None:
    for quote in quotes:
        quote.at, quote.bid, quote.ask  # noqa: B018 - the loop without the work


def _judge(quotes: Sequence[Quote], judge: Judge) -> None:
    of_quote = judge.quote
    for quote in quotes:
        of_quote(quote, quote.at)


def _column(count: int, rounds: int) -> Measured:
    closes = [float(tick.price) for tick in _ticks(1, count)]
    column = np.array(closes)
    taken, streamed, floors = [], [], []
    for _ in range(rounds):
        ema = Ema(20)
        floors.append(_rate(count, lambda: _step(closes)))
        streamed.append(_rate(count, lambda ema=ema: _stream(closes, ema)))  # type: ignore[misc]
        taken.append(_rate(count, lambda: ema_column(column, 20)))
    return Measured(
        key="bars.column",
        what="figures of a whole column through the EMA",
        value=percentile(taken, 50),
        unit="figures/s",
        floor=percentile(floors, 50),
        floor_is="a bare loop over the same figures that takes the EMA's step",
        notes={"best": max(taken), "streamed": percentile(streamed, 50)},
    )


def _step(closes: Sequence[float]) -> None:
    value, weight = closes[0], 2.0 / 21
    for close in closes:
        value = (close - value) * weight + value


def _stream(closes: Sequence[float], ema: Ema) -> None:
    for close in closes:
        ema.update(close)
