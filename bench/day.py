"""A day of paper trading in virtual time: whether anything goes wrong in it, and whether memory grows.

The real engine, its record on disk, the paper exchange with its ledger, the simulated feed and the demo's sources of
signals, all on an event loop whose time jumps. Two days of one seed bring the same trades.
"""

import asyncio
import gc
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import msgspec

from bench.measure import Aim, Measured, Scale
from kedge.cli.demo.market import TRADED, VENUE, demo_settings
from kedge.cli.demo.producer import producers
from kedge.cli.running.tally import Tally
from kedge.domain.ids import AccountId
from kedge.domain.instants import SECOND, Instant
from kedge.engine.listed import ledger_of
from kedge.engine.wiring import open_engine
from kedge.journal.reader import open_reader
from kedge.kernel.state import BookState
from kedge.torture.virtual_loop import VirtualClock, VirtualLoop, run_virtually
from kedge.venues.simulated.statement import Statement

BEGIN = Instant(1_772_409_600 * SECOND)  # 2026-03-02T00:00:00Z
SAMPLES = 48
SEED = 7
_MEBI = 2**20


class Day(msgspec.Struct):
    """What a day came to; `findings` is empty when nothing went wrong."""

    hours: float
    seconds: float
    signals: int
    orders: int
    fills: int
    trades: int
    events: int
    head: str
    findings: list[str]
    memory: list[tuple[float, float]]  # hour, MiB

    @property
    def slope(self) -> float:
        """MiB an hour, over the second half: by then caches and windows are full."""
        return slope(self.memory[len(self.memory) // 2 :])


def simulate(hours: float, data_dir: Path, samples: int = SAMPLES, begin: Instant = BEGIN) -> Day:
    """Live through so many hours on a data directory."""
    loop = VirtualLoop()
    return run_virtually(_live(hours, data_dir, VirtualClock(loop, begin), samples), loop)


async def _live(hours: float, data_dir: Path, clock: VirtualClock, samples: int) -> Day:
    settings = demo_settings(data_dir, SEED)
    engine = open_engine(settings, clock, draw_bits=Random(f"{SEED}/{clock()}").getrandbits)
    tally, begun = Tally(), perf_counter()
    engine.subscribe(tally.take)
    memory: list[tuple[float, float]] = []
    async with engine:
        async with asyncio.TaskGroup() as group:
            crew = [group.create_task(each) for each in producers(engine, TRADED)]
            for sample in range(samples):
                await asyncio.sleep(hours * 3600 / samples)
                memory.append((hours * (sample + 1) / samples, _resident_mebi()))
            for task in crew:
                task.cancel()
        state = engine.book.state
    return Day(
        hours,
        perf_counter() - begun,
        tally.signals,
        tally.orders,
        tally.fills,
        tally.trades,
        engine.head.seq,
        engine.head.hash.hex(),
        [*_alarms(tally), *_differences(state, data_dir), *_record(data_dir, engine.head.seq)],
        memory,
    )


def _alarms(tally: Tally) -> list[str]:
    return [f"{tally.anomalies} anomalies were recorded"] if tally.anomalies else []


def _differences(state: BookState, data_dir: Path) -> list[str]:
    """Where the engine's books differ from the exchange's own ledger."""
    ledger = Statement.of(ledger_of(data_dir, VENUE))
    found = []
    for name, account in state.accounts.items():
        theirs = ledger.accounts[AccountId(name)]
        ours = {symbol: position.quantity for symbol, position in state.positions.get(name, {}).items()}
        if (account.cash, ours) != (theirs.cash, theirs.positions):
            found.append(
                f"{name}: {account.cash} {ours} here, {theirs.cash} {theirs.positions} at the exchange"
            )
    twice = [id_ for id_, order in ledger.orders.items() if order.accepted > 1]
    return [*found, *(f"order {id_} was placed twice" for id_ in twice)]


def _record(data_dir: Path, seq: int) -> list[str]:
    with open_reader(data_dir) as reader:
        return [] if reader.head.seq == seq else [f"the record ends at {reader.head.seq}, the book at {seq}"]


def _resident_mebi() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEBI


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line that fits best."""
    count = len(points)
    if count < 2:
        return 0.0
    middle_x, middle_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Live through a day (or less) and say how it went."""
    hours = scale.of(240, 20, 1) / 10
    with TemporaryDirectory(dir=directory) as place:
        day = simulate(hours, Path(place) / "data")
    if day.findings:
        raise AssertionError("; ".join(day.findings))
    notes: dict[str, float] = {"signals": day.signals, "trades": day.trades, "events": day.events}
    an_order = day.slope * 1024 * hours / max(day.orders, 1)
    pace = hours * 3600 / day.seconds
    return [
        Measured("day.pace", f"{hours:g} hours of paper trading", pace, "s/s", notes=notes),
        # The engine's own memory is bounded; the paper exchange answers for every order that it ever had.
        Measured("day.memory", "memory, second half of the day", day.slope, "MiB/hour"),
        Measured("day.memory_per_order", "the same, for each order", an_order, "KiB", aim=Aim(1.5)),
    ]
