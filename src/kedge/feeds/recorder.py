"""Keeps what feeds bring, so that it can be played again exactly as it came (`kedge.feeds.parts` says in what form).

`record` only puts aside; a thread writes, at intervals, and a crash loses no more than what was put aside since. The
recorder never holds up or breaks what it listens to: when the thread does not keep up items are dropped and counted,
and when the disk fails recording stops, says so once, and trading goes on.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import MarketData
from kedge.feeds.pace import Clock
from kedge.feeds.parts import Arrival, lanes, last_arrival, write_part
from kedge.feeds.sieve import can_be_true

StopListener = Callable[[str], None]


class RecorderTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often is written, and how much may wait for it."""

    write_seconds: float = 60.0
    write_rows: int = 50_000  # or as soon as so many wait
    waiting_max: int = 1_000_000


class RecorderCounters(msgspec.Struct):
    """For dashboards and metrics."""

    received: int = 0
    written: int = 0
    refused: int = (
        0  # of no declared instrument, or that cannot be true: a reader would refuse the whole file for it
    )
    dropped: int = 0  # the disk was too slow, or recording has stopped
    parts: int = 0


class Recorder:
    """Records into one directory, from `start` to `close`."""

    def __init__(
        self,
        directory: Path,
        instruments: Mapping[Symbol, Instrument],
        clock: Clock,
        on_stop: StopListener,
        terms: RecorderTerms | None = None,
    ) -> None:
        """`on_stop` hears, in the event loop, why recording has stopped by itself."""
        self.counters = RecorderCounters()
        self.stopped = ""  # why, once it has
        self._directory = directory
        self._instruments = instruments
        self._clock = clock
        self._on_stop = on_stop
        self._terms = terms or RecorderTerms()
        self._waiting: deque[Arrival] = deque()
        self._wishes: deque[Future[None]] = deque()  # of those who wait until all is written
        self._wake = threading.Event()
        self._closing = False
        self._number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="kedge-recorder", daemon=True)

    async def start(self) -> None:
        """Go on after what the directory holds."""
        self._loop = asyncio.get_running_loop()
        try:
            self._number = await asyncio.to_thread(last_arrival, self._directory)
        except OSError as error:
            self._stop(f"{self._directory} cannot be read: {error.strerror or error}")
        self._thread.start()

    def record(self, item: MarketData) -> None:
        """Put one item aside; never waits."""
        self.counters.received += 1
        if item.instrument not in self._instruments or not can_be_true(item):
            self.counters.refused += 1
            return
        if self.stopped or self._closing or len(self._waiting) >= self._terms.waiting_max:
            self.counters.dropped += 1
            return
        self._number = max(self._number + 1, self._clock())  # when it came, and after all that came before
        self._waiting.append(Arrival(self._number, item))
        if len(self._waiting) >= self._terms.write_rows:
            self._wake.set()

    async def flush(self) -> None:
        """Return when all that was put aside is on the disk, or recording has stopped."""
        if not self._thread.is_alive():
            return
        wish: Future[None] = Future()
        self._wishes.append(wish)
        self._wake.set()
        await asyncio.wrap_future(wish)

    async def close(self) -> None:
        """Write what waits, and end. Closing twice is no fault."""
        await self.flush()
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(self._terms.write_seconds)
            self._wake.clear()
            self._serve()
        self._serve()

    def _serve(self) -> None:
        wishes = [self._wishes.popleft() for _ in range(len(self._wishes))]
        self._write_all()
        for wish in wishes:
            if wish.set_running_or_notify_cancel():  # who waited may have given up
                wish.set_result(None)

    def _write_all(self) -> None:
        arrivals = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            for lane, own in () if self.stopped else lanes(arrivals).items():
                write_part(self._directory, lane, own, self._instruments)
                self.counters.parts += 1
                self.counters.written += len(own)
        except OSError as error:
            self._stop(f"recording has stopped: {error.strerror or error} ({self._directory})")
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be lost with the thread
            self._stop(f"recording has stopped: {type(error).__name__}: {error}")

    def _stop(self, why: str) -> None:
        self.stopped = why
        assert self._loop is not None, "the recorder was started"
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_stop, why)
