"""How long the kill switch takes: from the command to the moment when the last cancel is confirmed and recorded.

So many entries rest at an exchange in a process of its own. The floor is the same number of cancels sent by hand, all
at once, over the same kind of connection to the same exchange: from the first that leaves to the last answer. Beside
it: until the venue has been asked and has said that nothing is left.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import NamedTuple

import msgspec

from bench.desk import ALPHA, CASH, PAPER, account, instruments
from bench.measure import Aim, Measured, Scale, percentile, spread
from kedge import __version__
from kedge.domain.accounts import TradingState
from kedge.domain.events import OrderAccepted, OrderEnded
from kedge.domain.ids import BookId, OrderId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.kill import KillConfirmed, KillMode
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import OrderRequest, OrderType, Side
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.journal.sqlite import open_journal
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.remote import RemoteVenue

PRICE = Nano(90_000_000_000)
PATIENCE_SECONDS = 120.0


class Taken(NamedTuple):
    """Nanoseconds from the command."""

    cancelled: float
    confirmed: float


class _Watch:
    """Notes when the entries rest, when the last of them has ended, and when that is confirmed."""

    def __init__(self) -> None:
        self.resting = 0
        self.cancelled = self.confirmed = 0
        self._stepped = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when a durable step has made it true."""
        while not condition():
            self._stepped.clear()
            await self._stepped.wait()

    def __call__(self, step: Step) -> None:
        now = perf_counter_ns()
        for event in step.events:
            if isinstance(event, OrderAccepted):
                self.resting += 1
            elif isinstance(event, OrderEnded):
                self.cancelled = now
            elif isinstance(event, KillConfirmed):
                self.confirmed = now
        self._stepped.set()


def run(scale: Scale, directory: Path) -> list[Measured]:
    """In turns: by hand, by the kill switch."""
    orders, rounds = scale.of(500, 200, 5), scale.of(9, 3, 1)
    with TemporaryDirectory(dir=directory) as place:
        return asyncio.run(_run(Path(place), orders, rounds))


async def _run(place: Path, orders: int, rounds: int) -> list[Measured]:
    floors: list[float] = []
    taken: list[Taken] = []
    symbols = [each.symbol for each in instruments(orders)]
    async with _exchange(place, symbols) as address, asyncio.timeout(PATIENCE_SECONDS):
        for number in range(rounds):  # one after the other: who is connected hears of everything
            floors.append(await _floor(address, number, symbols))
            taken.append(await _kill(place / "data", address, number, symbols))
    floor = percentile(floors, 50) / 1e6
    return [
        _measured(
            "cancelled", "to the last cancel confirmed", [each.cancelled for each in taken], floor, orders
        ),
        _measured(
            "confirmed",
            "to the venue's word that none is left",
            [each.confirmed for each in taken],
            floor,
            orders,
        ),
    ]


def _measured(name: str, what: str, samples: list[float], floor: float, orders: int) -> Measured:
    shown = spread(samples, 1e6)
    return Measured(
        key=f"kill.{name}",
        what=f"kill switch with {orders} entries resting, {what}, p50",
        value=shown["p50"],
        unit="ms",
        floor=floor,
        floor_is=f"{orders} cancels sent by hand, all at once, to the last answer",
        aim=Aim(5, times_floor=True),
        notes=shown,
    )


async def _floor(address: Address, number: int, symbols: list[Symbol]) -> float:
    ids = [OrderId(f"hand-{number}-{symbol}") for symbol in symbols]
    requests = [
        OrderRequest(id_, ALPHA, symbol, Side.BUY, OrderType.LIMIT, to_nano(Decimal(10)), limit_price=PRICE)
        for id_, symbol in zip(ids, symbols, strict=True)
    ]
    venue = RemoteVenue(PAPER, address, system_clock)
    await venue.connect()
    try:
        await asyncio.gather(*[venue.submit(request) for request in requests])
        start = perf_counter_ns()
        await asyncio.gather(*[venue.cancel(id_) for id_ in ids])
        return perf_counter_ns() - start
    finally:
        await venue.close()


async def _kill(data_dir: Path, address: Address, number: int, symbols: list[Symbol]) -> Taken:
    journal = open_journal(data_dir, book=BookId("bench"), new_id="jbench00", program=__version__)
    venue = RemoteVenue(PAPER, address, system_clock)
    engine = Engine(journal, [venue], accounts=[account()], instruments=instruments(len(symbols)))
    watch = _Watch()
    engine.subscribe(watch)
    async with engine:
        await asyncio.sleep(0.2)  # it connects
        engine.set_trading(TradingState.ACTIVE, "bench", "next round")
        now = system_clock()
        await asyncio.gather(
            *[engine.signal(_entry(f"k{number}-{symbol}", symbol, now)) for symbol in symbols]
        )
        await watch.until(lambda: watch.resting == len(symbols))
        start = perf_counter_ns()
        engine.kill(KillMode.CANCEL, "bench", "measured")
        await watch.until(lambda: bool(watch.confirmed))
    return Taken(watch.cancelled - start, watch.confirmed - start)


def _entry(name: str, symbol: Symbol, now: Instant) -> Signal:
    return Signal(
        SignalId(name),
        now,
        ALPHA,
        SignalKind.ENTRY,
        symbol,
        Direction.LONG,
        unprotected=True,
        order=WantedOrder(OrderType.LIMIT, limit_price=PRICE),
        expected_price=PRICE,
    )


@asynccontextmanager
async def _exchange(place: Path, symbols: list[Symbol]) -> AsyncIterator[Address]:
    """In a process of its own; its market stands still, far above what is bid."""
    file = place / "setup.json"
    setup = {
        "instruments": [{"symbol": symbol, "tick": "0.01"} for symbol in symbols],
        "accounts": {ALPHA: str(CASH)},
    }
    file.write_bytes(msgspec.json.encode(setup))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "kedge.lab.exchange_server", "--ledger", str(place / "ledger"), "--setup", str(file)),
        *("--quotes-per-second", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        yield Address.parse(msgspec.json.decode(line)["address"])
    finally:
        process.terminate()
        await process.wait()
