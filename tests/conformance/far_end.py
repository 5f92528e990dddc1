"""An exchange server on the loopback, in this process or in one of its own, and clients for it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
from tests.conformance.stage import START, TERMS, HandClock, quote

from kedge.domain.ids import OrderId, VenueName
from kedge.domain.inputs import VenueReport
from kedge.lab.exchange_server import ExchangeServer
from kedge.lab.faults import Faults, Mischief
from kedge.venues.base import Link
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.remote import RemoteSettings, RemoteVenue
from kedge.venues.simulated.terms import ExchangeTerms

R = TypeVar("R")
PATIENCE_SECONDS = 10.0
QUICK = RemoteSettings(
    answer_seconds=10.0, heartbeat_seconds=30.0, pause_seconds_first=0.01, pause_seconds_max=0.05
)
WATCHFUL = msgspec.structs.replace(QUICK, heartbeat_seconds=0.2)
IMPATIENT = msgspec.structs.replace(QUICK, answer_seconds=0.1)
NOWHERE = Address(host="127.0.0.1", port=1)


@dataclass
class Client:
    """A connected venue, with what its stream and its link have told."""

    venue: RemoteVenue
    told: list[VenueReport] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        self.venue.watch(self._note_link)
        await self.venue.connect()
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        await self.venue.close()
        await self._listener

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something that was told makes the condition true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def hears(self, kind: type[R], order: OrderId, times: int = 1) -> list[R]:
        """So many reports of this kind on this order, from the stream."""
        await self.until(lambda: len(self.heard(kind, order)) >= times)
        return self.heard(kind, order)

    def heard(self, kind: type[R], order: OrderId) -> list[R]:
        return [
            told for told in self.told if isinstance(told, kind) and getattr(told, "order", None) == order
        ]

    def _note_link(self, link: Link, why: str) -> None:
        self.links.append(link)
        self.changed.set()

    async def _listen(self) -> None:
        async for report in self.venue.reports():
            self.told.append(report)
            self.changed.set()


@asynccontextmanager
async def client_of(
    address: Address, clock: HandClock | None = None, settings: RemoteSettings = QUICK
) -> AsyncIterator[Client]:
    client = Client(RemoteVenue(VenueName("far"), address, clock or HandClock(), settings))
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


@dataclass
class FarEnd:
    """A server in this process. Its market stands at 99.99 to 100.01 until the test moves it."""

    server: ExchangeServer
    exchange: Exchange
    address: Address
    clock: HandClock

    def errs(self, **faults: float) -> None:
        """From now on these things go wrong."""
        self.server.mischief.faults = Faults(**faults)


@asynccontextmanager
async def far_end(path: Path | None = None, terms: ExchangeTerms = TERMS) -> AsyncIterator[FarEnd]:
    clock = HandClock()
    exchange = Exchange(terms, START, path)
    exchange.take(quote("99.99", "100.01"))
    server = ExchangeServer(exchange, clock, Mischief(Faults(), seed=1))
    try:
        yield FarEnd(server, exchange, await server.start(Address(host="127.0.0.1")), clock)
    finally:
        await server.close()
        exchange.close()


SETUP = {
    "instruments": [{"symbol": "SPY", "tick": "0.01"}],
    "accounts": {"alpha": "100000"},
    "prices": {"SPY": "100"},
}


class ServerProcess:
    """A server in a process of its own, which ends with this one."""

    def __init__(self, process: asyncio.subprocess.Process, address: Address) -> None:
        self.process = process
        self.address = address

    @classmethod
    async def start(
        cls, ledger: Path, *options: str, setup: dict[str, object] | None = None
    ) -> "ServerProcess":
        file = ledger.with_name("setup.json")
        file.write_bytes(msgspec.json.encode(SETUP | (setup or {})))
        process = await spawn("--ledger", str(ledger), "--setup", str(file), *options)
        assert process.stdout is not None
        line = await within(process.stdout.readline())
        return cls(process, Address.parse(msgspec.json.decode(line)["address"]))

    async def kill(self) -> None:
        """End it at once, wherever it is."""
        self.process.kill()
        await within(self.process.wait())

    async def stop(self) -> int:
        """Ask it to end; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return await within(self.process.wait())


async def spawn(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "kedge.lab.exchange_server", "--parent", str(os.getpid()), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def server_process(
    ledger: Path, *options: str, setup: dict[str, object] | None = None
) -> AsyncIterator[ServerProcess]:
    server = await ServerProcess.start(ledger, *options, setup=setup)
    try:
        yield server
    finally:
        if server.process.returncode is None:
            await server.kill()


async def within(wanted: Awaitable[R], seconds: float = PATIENCE_SECONDS) -> R:
    async with asyncio.timeout(seconds):
        return await wanted
