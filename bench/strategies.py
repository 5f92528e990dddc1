"""What a thousand strategies cost beside the market that they look at, how late they decide, and what ten thousand do.

A hundred users have an account and ten strategies each: the four rules with parameters by chance, on bars of a minute.
Fifty instruments bring a hundred quotes a second each, and all their bars close at once. Market time runs as fast as it
can. The real parts are at work without the engine's loop: the judge, charts, strategies, the book, and a record on disk
that is committed after each quote that leads to something; orders go to the simulated exchange.

The floor of the share is the same market without strategies, in turns with the others minute by minute. Beyond it is
everything that comes of a setup, from the gates to the exchange's fills. A decision is counted from the first quote
after the minute, so it is late by the bars of others that come before its own; its floor is the bare disk: as many
syncs, one after the other, as there are bars. Memory has in it what the book remembers of setups, signals and orders.
"""

import gc
import os
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import NamedTuple

from bench.measure import Measured, Scale, percentile
from bench.strategy_market import Market, Walk
from kedge.domain.instants import MINUTE
from kedge.domain.quotes import Quote

WARM_MINUTES = 60  # before any is measured, with few quotes
WARM_QUOTES = 10  # a minute
PAGE = bytes(4096)


class Size(NamedTuple):
    """How much there is of everything."""

    instruments: int
    users: int
    quotes: int  # of each instrument, a minute
    minutes: int


class Costs:
    """Of one market, minute by minute; in nanoseconds."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.minutes: list[int] = []  # of the thread's own, all in all
        self.closes: list[int] = []  # the part of it in which all bars close
        self.setups: list[int] = []  # from the first quote after the minute until each was durable
        self._before: dict[str, float] = {}

    def begin(self) -> None:
        """What was until now does not count."""
        self._before = self.market.fates()

    def take(self, quotes: Sequence[Quote], instruments: int) -> None:
        """One minute; its first quotes close the bars of the one before it."""
        closes = self.market.close(quotes[:instruments])
        second = max(instruments, len(quotes) // 60)
        own = closes.own
        for first in range(instruments, len(quotes), second):
            own += self.market.play(quotes[first : first + second])
            own += self.market.look_up()
        self.minutes.append(own)
        self.closes.append(closes.own)
        self.setups += closes.setups

    @property
    def strategies(self) -> int:
        """So many are there."""
        return len(self.market.strategies)

    @property
    def share(self) -> float:
        """Percent of one core."""
        return 100 * sum(self.minutes) / len(self.minutes) / MINUTE

    def of_one(self, bare: "Costs") -> float:
        """What a bar costs for each strategy, beyond what it costs anyway; in microseconds."""
        closes = (sum(each.closes) / len(each.closes) for each in (self, bare))
        return (next(closes) - next(closes)) / self.strategies / 1_000

    def fates(self) -> dict[str, float]:
        """What became of the setups of the minutes that count."""
        return {name: count - self._before[name] for name, count in self.market.fates().items()}


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Without strategies, with a thousand, with ten thousand, in turns; then what one of them takes of memory."""
    size = Size(scale.of(50, 50, 2), scale.of(100, 20, 2), scale.of(6_000, 600, 60), scale.of(10, 5, 10))
    with TemporaryDirectory(dir=directory) as name:
        place = Path(name)
        bare, usual, tenfold, syncs = _played(place, size)
        sync = percentile(syncs, 50) / 1_000_000
        return [
            *_figures("strategies", usual, bare, sync),
            *_figures("strategies.tenfold", tenfold, bare, sync),
            _growth(usual, tenfold, bare),
            _memory(place, size),
        ]


def _played(place: Path, size: Size) -> tuple[Costs, Costs, Costs, list[int]]:
    """The same quotes to the bare market, to one with strategies, and to one with ten times as many."""
    bare, usual, tenfold = (
        Costs(Market(place / f"of{users}", size.instruments, users))
        for users in (0, size.users, 10 * size.users)
    )
    walk = Walk(size.instruments)
    _warm((bare.market, usual.market, tenfold.market), walk)
    syncs = []
    for each in (bare, usual, tenfold):
        each.begin()
    for _ in range(size.minutes):
        quotes = walk.minute(size.quotes)
        syncs.append(_synced(place, size.instruments))
        for each in (bare, usual, tenfold):
            each.take(quotes, size.instruments)
    for each in (bare, usual, tenfold):
        each.market.end()
    return bare, usual, tenfold, syncs


def _warm(markets: Sequence[Market], walk: Walk) -> None:
    for _ in range(WARM_MINUTES):
        quotes = walk.minute(WARM_QUOTES)
        for market in markets:
            market.play(quotes)
            market.look_up()


def _synced(place: Path, times: int) -> int:
    """Nanoseconds for so many pages, each of them durable before the next."""
    with (place / "pages").open("ab", buffering=0) as file:
        begun = perf_counter_ns()
        for _ in range(times):
            file.write(PAGE)
            os.fdatasync(file.fileno())
        return perf_counter_ns() - begun


def _figures(key: str, costs: Costs, bare: Costs, sync: float) -> list[Measured]:
    late = [nanoseconds / 1_000_000 for nanoseconds in costs.setups]
    return [
        Measured(
            key=f"{key}.share",
            what=f"{costs.strategies:,} strategies and their market, share of one core",
            value=costs.share,
            unit="%",
            floor=bare.share,
            floor_is="the same market without strategies",
            notes={"us_a_bar_and_strategy": costs.of_one(bare)} | costs.fates(),
        ),
        Measured(
            key=f"{key}.p99",
            what=f"{costs.strategies:,} strategies, from the close of all bars to a durable decision, p99",
            value=percentile(late, 99),
            unit="ms",
            floor=sync,
            floor_is="a page written and synced for each bar",
            notes={"p50": percentile(late, 50), "max": max(late), "setups": len(late)},
        ),
    ]


def _growth(usual: Costs, tenfold: Costs, bare: Costs) -> Measured:
    return Measured(
        key="strategies.growth",
        what=f"what a bar costs one of {tenfold.strategies:,} strategies, against one of {usual.strategies:,}",
        value=tenfold.of_one(bare) / usual.of_one(bare),
        unit="x",
    )


def _memory(place: Path, size: Size) -> Measured:
    """What as many again cost, after the warm-up and what was traded in it."""
    declared, warm, counts = [], [], []
    for users in (size.users, 2 * size.users):
        tracemalloc.start()
        market = Market(place / f"held{users}", size.instruments, users)
        declared.append(_held())
        _warm([market], Walk(size.instruments))
        warm.append(_held())
        tracemalloc.stop()
        counts.append(len(market.strategies))
        market.end()
    more = (counts[1] - counts[0]) * 1024
    return Measured(
        key="strategies.memory",
        what=f"memory of each strategy that {counts[0]:,} are joined by, {WARM_MINUTES} bars later",
        value=(warm[1] - warm[0]) / more,
        unit="KiB",
        notes={"at_the_start": (declared[1] - declared[0]) / more},
    )


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
