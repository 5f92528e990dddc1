"""How many market orders a second go all the way: signal, submitted, accepted, filled, recorded.

Through the real engine and the simulated exchange in this process, with the record in memory and in SQLite (where each
commit is synced). In bursts of a hundred: an entry in each of a hundred instruments, then an exit of each. The floor
is what asyncio alone takes for one task and one future an order, which is the least that the port to a venue needs.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns

from bench.desk import bare
from bench.measure import Measured, Scale, percentile, spread
from bench.stage import Stage, running
from kedge import __version__
from kedge.domain.events import OrderFilled
from kedge.domain.ids import BookId
from kedge.domain.signals import SignalKind
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.journal.base import Journal
from kedge.journal.memory import MemoryJournal
from kedge.journal.sqlite import open_journal

BURST = 100
_KINDS = (SignalKind.ENTRY, SignalKind.EXIT)


class _Fills:
    """Counts fills as subscribers are told of them: when they are durable."""

    def __init__(self) -> None:
        self.count = 0
        self._awaited = 0
        self._done: asyncio.Future[int] | None = None

    def __call__(self, step: Step) -> None:
        for event in step.events:
            if isinstance(event, OrderFilled):
                self.count += 1
        if self._done is not None and self.count >= self._awaited and not self._done.done():
            self._done.set_result(perf_counter_ns())

    async def reach(self, count: int) -> int:
        """When so many were there."""
        self._awaited = count
        if self.count >= count:
            return perf_counter_ns()
        self._done = asyncio.get_running_loop().create_future()
        return await self._done


def run(scale: Scale, directory: Path) -> list[Measured]:
    """The same bursts on both journals."""
    bursts = scale.of(60, 10, 2)
    measured = []
    with TemporaryDirectory(dir=directory) as place:
        journals: dict[str, Journal] = {
            "memory": MemoryJournal(BookId("bench"), "jbench00"),
            "sqlite": open_journal(Path(place), book=BookId("bench"), new_id="jbench00", program=__version__),
        }
        for name, journal in journals.items():
            measured += asyncio.run(_run(name, journal, bursts))
    return measured


async def _run(name: str, journal: Journal, bursts: int) -> list[Measured]:
    async with running(journal, BURST) as stage:
        fills = _Fills()
        stage.engine.subscribe(fills)
        rates: list[float] = []
        floors: list[float] = []
        for number in range(bursts):
            floors.append(await _floor())
            rates.append(await _burst(stage, fills, number))
        single = [float(await _one(stage, fills, number)) for number in range(2 * bursts)]
    shown = spread(single)
    return [
        Measured(
            key=f"burst.{name}.rate",
            what=f"market orders, signal to fill, in bursts of {BURST}, journal in {name}",
            value=percentile(rates, 50),
            unit="orders/s",
            floor=percentile(floors, 50),
            floor_is="one task and one future of asyncio for each",
            notes={"best": max(rates)},
        ),
        Measured(
            key=f"burst.{name}.single",
            what=f"one market order, signal to recorded fill, journal in {name}, p50",
            value=shown["p50"],
            unit="us",
            notes=shown,
        ),
    ]


async def _burst(stage: Stage, fills: _Fills, number: int) -> float:
    stage.show_prices()
    await asyncio.sleep(0)
    kind, now = _KINDS[number % 2], system_clock()
    signals = [bare(f"b{number}-{symbol}", symbol, now, kind) for symbol in stage.symbols]
    target = fills.count + len(signals)
    start = perf_counter_ns()
    await stage.send(signals)
    end = await fills.reach(target)
    return len(signals) * 1e9 / (end - start)


async def _one(stage: Stage, fills: _Fills, number: int) -> int:
    signal = bare(f"o{number}", stage.symbols[0], system_clock(), _KINDS[number % 2])
    await asyncio.sleep(0.001)
    target = fills.count + 1
    start = perf_counter_ns()
    await stage.engine.signal(signal)
    return await fills.reach(target) - start


async def _floor(count: int = BURST) -> float:
    loop = asyncio.get_running_loop()

    async def carry(future: "asyncio.Future[None]") -> None:
        future.set_result(None)

    start = perf_counter_ns()
    futures: Sequence[asyncio.Future[None]] = [loop.create_future() for _ in range(count)]
    tasks = [loop.create_task(carry(future)) for future in futures]
    await asyncio.gather(*futures)
    await asyncio.gather(*tasks)
    return count * 1e9 / (perf_counter_ns() - start)
