"""What dashboards cost the engine: decisions and answers with three attached, and with none, in turns.

The engine holds a position in each of twenty instruments while its prices move, and is sent entries and exits in one
more. The dashboards are the real ones, each in a process and on a terminal of its own.
"""

import asyncio
import os
import pty
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from decimal import Decimal
from fcntl import ioctl
from pathlib import Path
from tempfile import TemporaryDirectory
from termios import TIOCSWINSZ
from time import perf_counter_ns, thread_time_ns
from types import MappingProxyType

from bench.desk import ALPHA, PAPER, account, instruments
from bench.measure import Aim, Measured, Scale, percentile, spread
from kedge import Entry, Exit
from kedge.domain.signals import Direction
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.engine.wiring import open_engine
from kedge.settings.values import PaperVenue, Settings, SimulatedFeed
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms

HELD = 20
ATTACHED = 3
PAUSE_SECONDS = 0.02  # between two signals: the engine is neither idle nor pressed
SETTLE_SECONDS = 60.0


class Samples:
    """What was measured with so many dashboards attached, in nanoseconds."""

    def __init__(self) -> None:
        self.decisions: list[
            float
        ] = []  # the thread's own time: without what other programs took of the machine
        self.answers: list[float] = []


def run(scale: Scale, directory: Path) -> list[Measured]:
    """With and without, in turns."""
    with TemporaryDirectory(dir=directory) as place:
        found = asyncio.run(_measure(Path(place) / "data", scale.of(4, 2, 1), scale.of(500, 200, 5)))
    without, attached = found[0], found[ATTACHED]
    return [
        _figure(
            "dashboards.decision",
            "decision on a signal, own time, p99",
            without.decisions,
            attached.decisions,
            Aim(1.1, times_floor=True),
        ),
        # No aim: on few cores the dashboards' own drawing takes the machine from the engine now and then.
        _figure("dashboards.answer", "signal to durable answer, p99", without.answers, attached.answers),
    ]


def _figure(
    key: str, what: str, without: list[float], attached: list[float], aim: Aim | None = None
) -> Measured:
    return Measured(
        key,
        f"{what}, {ATTACHED} dashboards attached",
        percentile(attached, 99) / 1_000,
        "us",
        floor=percentile(without, 99) / 1_000,
        floor_is="the same with none attached",
        aim=aim,
        notes=spread(attached) | {f"without_{name}": value for name, value in spread(without).items()},
    )


async def _measure(data_dir: Path, rounds: int, signals: int) -> dict[int, Samples]:
    found = {0: Samples(), ATTACHED: Samples()}
    async with _running(data_dir) as (engine, control):
        for number in range(rounds):
            for count, samples in found.items():
                with _dashboards(count, data_dir):
                    async with asyncio.timeout(SETTLE_SECONDS):
                        while len(control._watchers) != count:  # noqa: ASYNC110, SLF001 (they come and go by themselves)
                            await asyncio.sleep(0.1)
                    await _trade(engine, f"{number}-{count}", signals, samples)
    return found


@asynccontextmanager
async def _running(data_dir: Path) -> AsyncIterator[tuple[Engine, ControlServer]]:
    """An engine on moving prices, with its positions open, and its control socket."""
    listed = instruments(HELD + 1)
    settings = Settings(
        data_dir=data_dir,
        venues=MappingProxyType({PAPER: PaperVenue(PAPER, 7, SimSettings(check_cash=False))}),
        accounts=(account(),),
        instruments=tuple(listed),
        feeds=(SimulatedFeed(tuple(each.symbol for each in listed), Decimal(5), 7, WalkTerms()),),
    )
    async with open_engine(settings) as engine:
        (control,) = engine._doors  # noqa: SLF001 (its callers are counted)
        assert isinstance(control, ControlServer)
        await asyncio.sleep(0.5)  # every instrument gets a price
        for each in listed[:HELD]:
            await engine.signal(Entry(each.symbol, Direction.LONG, account=ALPHA, stop="50"))
        yield engine, control


async def _trade(engine: Engine, name: str, signals: int, samples: Samples) -> None:
    symbol, writer = f"I{HELD:03}", engine._writer  # noqa: SLF001 (the decision itself is timed)
    decide = writer.book.step

    def timed(input_: object) -> object:
        start = thread_time_ns()
        step = decide(input_)  # type: ignore[arg-type]
        if type(input_).__name__ == "SignalArrived":
            samples.decisions.append(thread_time_ns() - start)
        return step

    writer.book.step = timed  # type: ignore[method-assign,assignment]
    try:
        for number in range(signals):
            one = (
                Entry(symbol, Direction.LONG, account=ALPHA, stop="50", id=f"e-{name}-{number}")
                if number % 2 == 0
                else Exit(symbol, account=ALPHA, id=f"x-{name}-{number}")
            )
            start = perf_counter_ns()
            await engine.signal(one)
            samples.answers.append(perf_counter_ns() - start)
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        writer.book.step = decide  # type: ignore[method-assign]


@contextmanager
def _dashboards(count: int, data_dir: Path) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(_dashboard(data_dir))
        yield


@contextmanager
def _dashboard(data_dir: Path) -> Iterator[None]:
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    program = subprocess.Popen(
        [sys.executable, "-m", "kedge", "dash", "--data-dir", str(data_dir)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    os.close(theirs)
    reader = threading.Thread(target=_read_all, args=(ours,), daemon=True)
    reader.start()
    try:
        yield
    finally:
        program.terminate()
        program.wait(SETTLE_SECONDS)
        reader.join(SETTLE_SECONDS)
        os.close(ours)


def _read_all(terminal: int) -> None:
    """As somebody who looks at it: a terminal that nobody reads would hold the dashboard up."""
    try:
        while os.read(terminal, 65_536):
            pass
    except OSError:  # so Linux says that the other end is closed
        return
