"""How long it takes from a signal to the moment when its order leaves, with the record on disk in between.

Measured from the call of `Engine.signal` to the venue's `submit`, on SQLite with a full sync, with the event loop idle,
30 % busy and 100 % busy. The floor is one append and `fdatasync` of the same bytes on the same disk, in turns with it.

The engine commits inline: on the loop, which waits for the disk. The alternative, a writer thread, runs beside it here
(`asyncio.to_thread` around the append), with the interpreter's switch interval of 5 ms and with one of 0.5 ms. That
comparison is what docs/decisions/0007-commit-inline.md rests on.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, perf_counter_ns
from typing import Any, NamedTuple

from bench.desk import PAPER, bare, entry
from bench.measure import Aim, Measured, Scale, percentile, spread
from bench.stage import Stage, running
from kedge import __version__
from kedge.domain.ids import BookId, VenueName
from kedge.domain.inputs import ClockTicked, VenueReport
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import OrderRequest
from kedge.domain.signals import SignalKind
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.engine.writer import Writer
from kedge.journal.base import Head
from kedge.journal.batch import prepare
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue

LOADS = (0, 30, 100)  # percent of the loop's time
LOAD_SECONDS_MAX = 300  # a thread that is starved for good must not hang the whole run
SLICE = 0.0005  # seconds that the other work holds the loop at a time
SHORT_SWITCH = 0.0005


class NotingVenue(LocalVenue):
    """Notes when an order reaches it."""

    def __init__(self, name: VenueName, exchange: Exchange, clock: Callable[[], Instant]) -> None:
        super().__init__(name, exchange, clock)
        self.submitted: asyncio.Queue[int] = asyncio.Queue()

    async def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...] = (), expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Note the time, then trade."""
        self.submitted.put_nowait(perf_counter_ns())
        return await super().submit(request, legs, expires)


class ThreadedWriter(Writer):
    """The alternative: the append is made in a worker thread while the loop goes on."""

    async def commit_in_thread(self) -> list[Step]:
        """`commit`, except that the loop is free until the disk has answered."""
        batch = list(self._waiting)
        self._waiting.clear()
        steps = [waiting.step for waiting in batch if waiting.step is not None]
        if steps:
            await asyncio.to_thread(self._journal.append, steps, self._projection.changes())
        for waiting in batch:
            if waiting.answered is not None:
                waiting.answered()
        return steps


class ThreadedEngine(Engine):
    """The engine on a `ThreadedWriter`; all else is as it is."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._writer.__class__ = ThreadedWriter

    async def _work(self) -> None:
        writer = self._writer
        assert isinstance(writer, ThreadedWriter)
        while not self._stopping:
            await writer.arrived(self._seconds_to_deadline())
            now = self._clock()
            if self.book.is_due(now):
                writer.take(ClockTicked(at=now))
            steps = await writer.commit_in_thread()
            if steps:
                self._act(steps)
            else:
                writer.tidy()


class Way(NamedTuple):
    """A way to commit."""

    name: str
    engine: type[Engine]
    switch_interval: float | None  # None: as the interpreter sets it


WAYS = (
    Way("inline", Engine, None),
    Way("thread", ThreadedEngine, None),
    Way("thread_0.5ms", ThreadedEngine, SHORT_SWITCH),
)


def run(scale: Scale, directory: Path) -> list[Measured]:
    """All ways at all loads, in turns."""
    with TemporaryDirectory(dir=directory) as place:
        # At the tiniest size the loop is left idle: a busy one starves the threaded ways for seconds at a time.
        loads = (0,) if scale is Scale.TINY else LOADS
        return asyncio.run(_run(Path(place), scale.of(200, 20, 2), loads))


async def _run(place: Path, rounds: int, loads: Sequence[int]) -> list[Measured]:
    measured = []
    async with AsyncExitStack() as stack:
        stages = {
            way: await stack.enter_async_context(
                running(_journal(place / way.name), 1, make_venue=_noting_venue, make_engine=way.engine)
            )
            for way in WAYS
        }
        size = await _bytes_of_a_step(stages[WAYS[0]])
        with (place / "floor").open("wb", buffering=0) as file:
            for load in loads:
                async with asyncio.timeout(LOAD_SECONDS_MAX):
                    measured += await _at_load(load, stages, rounds, file.fileno(), size)
    return measured


async def _at_load(load: int, stages: dict[Way, Stage], rounds: int, file: int, size: int) -> list[Measured]:
    taken: dict[Way, list[float]] = {way: [] for way in stages}
    floors: list[float] = []
    async with _burning(load / 100) as burner:
        for number in range(rounds):
            for way, stage in stages.items():
                with _switching(way.switch_interval):
                    taken[way].append(await _one(stage, f"{load}-{number}"))
            floors.append(_append_and_sync(file, size))
    floor = percentile(floors, 50) / 1_000
    floor_is = f"append of {size:,} bytes and fdatasync"
    measured = []
    for way, samples in taken.items():
        shown = spread(samples) | {
            "busy_percent": burner.share * 100,
            "floor_p5": percentile(floors, 5) / 1_000,
            "floor_p99": percentile(floors, 99) / 1_000,
        }
        aim = Aim(2, times_floor=True) if way.name == "inline" and not load else None
        measured.append(
            Measured(
                key=f"durable.{way.name}.{load}",
                what=f"signal to command, committed {way.name}, loop {load} % busy, p50",
                value=shown["p50"],
                unit="us",
                floor=floor,
                floor_is=floor_is,
                aim=aim,
                notes=shown,
            )
        )
    return measured


async def _one(stage: Stage, name: str) -> float:
    """One entry from flat, timed until its order reaches the venue; then the position is closed again."""
    venue, symbol = stage.venue, stage.symbols[0]
    assert isinstance(venue, NotingVenue)
    signal = entry(f"e{name}", symbol, system_clock())
    start = perf_counter_ns()
    await stage.engine.signal(signal)
    taken = await venue.submitted.get() - start
    await stage.until_open(1)
    await stage.engine.signal(bare(f"x{name}", symbol, system_clock(), SignalKind.EXIT))
    await stage.until_open(0)
    await venue.submitted.get()
    await asyncio.sleep(0.002)
    return taken


async def _bytes_of_a_step(stage: Stage) -> int:
    """What the record keeps of one entry: the rows that its step becomes, with their hashes."""
    steps: list[Step] = []
    stage.engine.subscribe(steps.append)
    await _one(stage, "size")
    rows = prepare([steps[0]._replace(number=1)], Head(0, 0, b"")).rows
    return sum(len(cell) if isinstance(cell, bytes | str) else 8 for row in rows for cell in row)


def _append_and_sync(file: int, size: int) -> float:
    data = os.urandom(size)
    start = perf_counter_ns()
    os.write(file, data)
    os.fdatasync(file)
    return perf_counter_ns() - start


class _Burner:
    """Work that holds the loop for a slice at a time, and a share of the time in all."""

    def __init__(self, wanted: float) -> None:
        self._wanted = wanted
        self._busy = 0.0
        self._since = perf_counter()

    @property
    def share(self) -> float:
        """How much of the time it has held the loop."""
        return self._busy / (perf_counter() - self._since)

    async def run(self) -> None:
        """Burn until cancelled; sleep whenever it is ahead of its share."""
        while True:
            start = perf_counter()
            while perf_counter() - start < SLICE:
                pass
            self._busy += perf_counter() - start
            ahead = self._busy / self._wanted - (perf_counter() - self._since)
            await asyncio.sleep(max(0.0, ahead))


@asynccontextmanager
async def _burning(share: float) -> AsyncIterator[_Burner]:
    burner = _Burner(share)
    task = asyncio.create_task(burner.run()) if share else None
    try:
        yield burner
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextmanager
def _switching(interval: float | None) -> Iterator[None]:
    before = sys.getswitchinterval()
    if interval is not None:
        sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _journal(place: Path) -> SqliteJournal:
    return open_journal(place, book=BookId("bench"), new_id="jbench00", program=__version__)


def _noting_venue(exchange: Exchange) -> LocalVenue:
    return NotingVenue(PAPER, exchange, system_clock)
