"""The simulated exchange as a process: it matches, keeps its ledger, and talks to any number of clients.

    python -m kedge.lab.exchange_server --ledger FILE [--port N | --socket PATH] [--setup FILE] …

It says where it listens in one JSON line on stdout, ends on SIGTERM and SIGINT, and with `--parent PID` when that
process is gone. What is pushed while a client is away is lost to it; it has to ask. `Faults` bend what clients hear;
the ledger always tells what happened.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kedge.domain.inputs import VenueReport
from kedge.domain.instants import Instant
from kedge.domain.quotes import Quote
from kedge.lab.client import Client
from kedge.lab.dead_man import DeadMansSwitch
from kedge.lab.desk import Change, Desk, Operation
from kedge.lab.faults import Fate, Mischief
from kedge.lab.options import Options, OptionsError, read_options
from kedge.lab.parent import parent_gone
from kedge.sim.walks import Walks
from kedge.venues.simulated import wire
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.ledger import LedgerError
from kedge.venues.simulated.ticker import Prices, Ticker

_IDLE_SECONDS = 60.0  # a client that says nothing for so long is half gone: living ones ask for signs of life
_OVERTAKEN_SECONDS = 0.05  # a report that is held back to be overtaken waits for no longer than this


class ExchangeServer:
    """One exchange and its clients."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Callable[[], Instant],
        mischief: Mischief,
        prices: Prices | None = None,
        quotes_per_second: float = 0.0,
    ) -> None:
        self.mischief = mischief
        self.failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._exchange = exchange
        self._desk = Desk(exchange, clock)
        self._ticker = Ticker(
            exchange, clock, prices, quotes_per_second, on_quotes=self._push_quotes, on_reports=self._push
        )
        self._clients: dict[Client, None] = {}
        self._visits: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._dead_man = DeadMansSwitch(self._withdraw)
        self._server: asyncio.Server | None = None
        self._pulse: asyncio.Task[None] | None = None

    async def start(self, address: Address) -> Address:
        """Listen, and let time pass; returns the address that clients can use. Raises `OSError`."""
        self._server, bound = await address.listen(self._visit)
        self._pulse = asyncio.create_task(self._beat())
        return bound

    async def close(self) -> None:
        """Hang up on everybody and stop. The exchange stays as it is and can be served again."""
        if self._server is not None:
            self._server.close()
        if self._pulse is not None:
            self._pulse.cancel()
        for timer in self._timers:
            timer.cancel()
        self._dead_man.disarm()
        for client in self._clients:
            client.cut()
        for visit in self._visits:
            visit.cancel()
        tasks = [*self._visits, *([self._pulse] if self._pulse is not None else [])]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)
        client = Client(writer)
        self._clients[client] = None
        try:
            await self._listen_to(client, reader, writer)
        finally:
            del self._clients[client]
            client.cut()

    async def _listen_to(
        self, client: Client, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # OSError: gone (a time-out too); ValueError: what it says is not of this protocol. Cancelled: we are closing.
        with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    line = await reader.readline()
                if not line.endswith(b"\n"):
                    return
                self._take(client, wire.read_ask(line))
                await writer.drain()

    def _take(self, client: Client, ask: wire.Ask) -> None:
        request = ask.request
        if isinstance(request, wire.Submit | wire.Cancel | wire.Replace):
            fate = self.mischief.fate(
                is_submit=isinstance(request, wire.Submit), is_cancel=isinstance(request, wire.Cancel)
            )
            if fate.late:
                self._later(
                    self.mischief.faults.late_seconds, self._change, client, ask.number, request, fate
                )
            else:
                self._change(client, ask.number, request, fate)
            return
        if isinstance(request, wire.Bust | wire.Correct):
            self._operate(client, ask.number, request)
            return
        if isinstance(request, wire.KeepAlive):
            self._dead_man.refresh(request.seconds)
            client.answer(ask.number, wire.Done(()))
            return
        result = self._desk.answer(request)
        if isinstance(request, wire.Hello) and isinstance(result, wire.Welcome):
            client.subscribe(request)
        client.answer(ask.number, result)

    def _operate(self, client: Client, number: int, request: Operation) -> None:
        """Who runs the exchange hears of it as it is; all others hear the reports as they hear any."""
        try:
            result, reports = self._desk.operate(request)
        except Exception as error:  # noqa: BLE001 - as in `_change`
            self._fail(error)
            return
        self._ticker.wake()
        self._push(reports)
        client.answer(number, result)

    def _withdraw(self) -> None:
        try:
            reports = self._desk.withdraw()
        except Exception as error:  # noqa: BLE001 - as in `_change`
            self._fail(error)
            return
        self._push(reports)

    def _change(self, client: Client, number: int, request: Change, fate: Fate) -> None:
        if fate.refused:
            client.answer(number, wire.Failed(wire.FailureCode.REFUSED, "the exchange cancels nothing now"))
            return
        try:
            result, reports = self._desk.change(request)
        except Exception as error:  # noqa: BLE001 - whatever it was: an exchange that may be half done must stop
            self._fail(error)
            return
        self._ticker.wake()
        if fate.lost or fate.cut:
            self._push(reports, but=client)
            if fate.cut:
                client.cut()
            return
        self._push(reports)
        if fate.delayed:
            self._later(self.mischief.faults.delay_seconds, client.answer, number, result)
        else:
            client.answer(number, result)

    def _push(self, reports: Sequence[VenueReport], but: Client | None = None) -> None:
        bent = self.mischief.bend(list(reports))
        self._send_all([wire.Pushed(report) for report in bent], but)
        if self.mischief.holds:
            self._later(_OVERTAKEN_SECONDS, self._push_held)

    def _push_held(self) -> None:
        self._send_all([wire.Pushed(report) for report in self.mischief.release()], None)

    def _push_quotes(self, quotes: Sequence[Quote]) -> None:
        lines = [wire.to_line(wire.Priced(quote)) for quote in quotes]
        for client in self._clients:
            if client.wants_quotes:
                for line in lines:
                    client.send(line)

    def _send_all(self, pushed: Sequence[wire.Pushed], but: Client | None) -> None:
        lines = [wire.to_line(message) for message in pushed]
        for client in self._clients:
            if client.wants_reports and client is not but:
                for line in lines:
                    client.send(line)

    def _later(self, seconds: float, act: Callable[..., None], *details: object) -> None:
        def run() -> None:
            self._timers.discard(timer)
            act(*details)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)

    async def _beat(self) -> None:
        try:
            await self._ticker.run()
        except Exception as error:  # noqa: BLE001 - as in `_change`
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self.failed.done():
            self.failed.set_result(error)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until it is told to end; returns the exit status."""
    try:
        options = read_options(sys.argv[1:] if arguments is None else arguments)
    except OptionsError as error:
        return _complain(str(error), 2)
    return asyncio.run(_serve(options))


async def _serve(options: Options) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        exchange = Exchange(options.terms, _now(), options.ledger, sync=options.sync)
    except (LedgerError, OSError) as error:
        return _complain(f"the exchange cannot start: {error}", 1)
    mischief = Mischief(options.faults, options.seed)
    try:
        walks = Walks(options.terms.instruments, options.prices, options.seed, exchange.market, options.walk)
        server = ExchangeServer(exchange, _now, mischief, walks, options.quotes_per_second)
        address = await server.start(options.address)
    except ValueError as error:
        exchange.close()
        return _complain(str(error), 2)
    except OSError as error:
        exchange.close()
        return _complain(f"cannot listen at {options.address}: {error}", 1)
    announcement = {"address": str(address), "pid": os.getpid(), "ledger": str(options.ledger)}
    sys.stdout.write(msgspec.json.encode(announcement).decode() + "\n")
    sys.stdout.flush()
    await _until_over(stop, server, options.parent)
    await server.close()
    exchange.close()
    if server.failed.done():
        cause = server.failed.result()
        return _complain(f"the exchange is halted: {type(cause).__name__}: {cause}", 1)
    return 0


async def _until_over(stop: asyncio.Event, server: ExchangeServer, parent: int | None) -> None:
    ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(stop.wait())]
    if parent is not None:
        ends.append(asyncio.ensure_future(parent_gone(parent)))
    await asyncio.wait([*ends, server.failed], return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()


def _now() -> Instant:
    return Instant(time.time_ns())


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"exchange_server: {text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
