"""The exchange as a process: started, killed, started again, left alone, and asked in ways it does not understand."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from tests.conformance.far_end import (
    IMPATIENT,
    FarEnd,
    ServerProcess,
    client_of,
    far_end,
    server_process,
    spawn,
    within,
)
from tests.conformance.stage import ALPHA, nano, order, quote

from kedge.domain.inputs import (
    VenueAccepted,
    VenueBusted,
    VenueCancelled,
    VenueCorrected,
    VenueFilled,
    VenueShowed,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.lab.faults import Faults
from kedge.venues.base import Link
from kedge.venues.errors import UnknownOutcomeError
from kedge.venues.simulated import wire
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.statement import Statement


@pytest.fixture
async def far(tmp_path: Path) -> AsyncIterator[FarEnd]:
    async with far_end(tmp_path / "ledger") as end:
        yield end


async def operate(address: Address, request: wire.Request) -> wire.Result:
    """What the exchange answers to who runs it."""
    reader, writer = await address.open()
    try:
        writer.write(wire.to_line(wire.Ask(1, request)))
        answer = wire.read_reply(await within(reader.readline()))
    finally:
        writer.close()
    assert isinstance(answer, wire.Answer)
    return answer.result


class TestProcess:
    async def test_it_fills_orders_at_prices_that_move_and_ends_when_told_to(self, tmp_path: Path) -> None:
        ledger = tmp_path / "ledger"
        wild: dict[str, object] = {"walk": {"volatility_bps": "1000"}}
        async with server_process(ledger, "--quotes-per-second", "100", setup=wild) as server:
            async with client_of(server.address) as client:
                quotes = [await within(anext(client.venue.quotes())) for _ in range(20)]
                assert len({quote.bid for quote in quotes}) > 1
                request = order()
                await client.venue.submit(request)
                await client.hears(VenueFilled, request.id)
            assert await server.stop() == 0
        assert Statement.of(ledger).orders[request.id].accepted == 1

    async def test_who_runs_it_takes_a_trade_back_and_all_clients_hear_of_it(self, tmp_path: Path) -> None:
        ledger = tmp_path / "ledger"
        async with server_process(ledger) as server:
            async with client_of(server.address) as client:
                request = order()
                await client.venue.submit(request)
                (filled,) = await client.hears(VenueFilled, request.id)
                trade = filled.execution.id
                told = await operate(server.address, wire.Correct(request.id, trade, price=nano("99")))
                assert isinstance(told, wire.Done)
                (corrected,) = await client.hears(VenueCorrected, request.id)
                assert corrected.corrected == msgspec.structs.replace(filled.execution, price=nano("99"))
                await operate(server.address, wire.Bust(request.id, trade, "erroneous"))
                (busted,) = await client.hears(VenueBusted, request.id)
                assert (busted.execution, busted.reason) == (trade, "erroneous")
                assert await client.venue.amendments(ALPHA) == [corrected, busted]
                assert await client.venue.executions(ALPHA) == []
                showed = await client.venue.query(request.id)
                assert isinstance(showed, VenueShowed)
                assert showed.amended == (corrected, busted)
                refused = await operate(server.address, wire.Bust(request.id, trade))
                assert isinstance(refused, wire.Failed)
                assert refused.code is wire.FailureCode.REFUSED
            assert await server.stop() == 0
        assert Statement.of(ledger).accounts[ALPHA].positions == {}

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_it_ends_cleanly_with_clients_connected(
        self, tmp_path: Path, number: signal.Signals
    ) -> None:
        async with server_process(tmp_path / "ledger") as server, client_of(server.address):
            server.process.send_signal(number)
            assert await within(server.process.wait()) == 0
            assert server.process.stderr is not None
            assert await within(server.process.stderr.read()) == b""

    async def test_it_goes_on_after_it_was_killed_and_the_client_comes_back_and_is_told(
        self, tmp_path: Path
    ) -> None:
        ledger = tmp_path / "ledger"
        async with server_process(ledger) as first, client_of(first.address) as client:
            filled, resting = order(), order(limit="50")
            await client.venue.submit(filled)
            await client.hears(VenueFilled, filled.id)
            await client.venue.submit(resting)
            held, money = await client.venue.positions(ALPHA), await client.venue.balances(ALPHA)
            await first.kill()
            await client.until(lambda: client.links == [Link.UP, Link.DOWN])
            async with server_process(ledger, "--port", str(first.address.port)):
                await client.until(lambda: client.links == [Link.UP, Link.DOWN, Link.UP])
                assert await client.venue.positions(ALPHA) == held
                assert await client.venue.balances(ALPHA) == money
                assert await client.venue.open_orders(ALPHA) == [resting.id]
                await client.venue.cancel(resting.id)
                await client.hears(VenueCancelled, resting.id)
        orders = Statement.of(ledger).orders
        assert [orders[each.id].accepted for each in (filled, resting)] == [1, 1]
        assert orders[resting.id].ended is OrderState.CANCELLED

    async def test_killed_in_the_middle_of_many_orders_it_has_each_of_them_once_or_not_at_all(
        self, tmp_path: Path
    ) -> None:
        ledger = tmp_path / "ledger"
        requests = [order("1", limit="50") for _ in range(200)]
        async with server_process(ledger) as first, client_of(first.address) as client:
            sending = [asyncio.create_task(client.venue.submit(request)) for request in requests]
            await client.hears(VenueAccepted, requests[20].id)
            await first.kill()
            answers = await asyncio.gather(*sending, return_exceptions=True)
            async with server_process(ledger, "--port", str(first.address.port)):
                await client.until(lambda: client.links[-1] is Link.UP and len(client.links) == 3)
                known = [
                    isinstance(await client.venue.query(request.id), VenueShowed) for request in requests
                ]
        accepted = [not isinstance(answer, BaseException) for answer in answers]
        assert all(isinstance(a, list | UnknownOutcomeError) for a in answers)
        assert all(found for found, sure in zip(known, accepted, strict=True) if sure)
        orders = Statement.of(ledger).orders
        assert [orders[request.id].accepted if request.id in orders else 0 for request in requests] == known

    async def test_a_client_that_is_killed_does_not_disturb_it(self, tmp_path: Path) -> None:
        async with server_process(tmp_path / "ledger") as server, client_of(server.address) as client:
            script = (
                "import socket, sys, time\n"
                f"s = socket.create_connection(({server.address.host!r}, {server.address.port}))\n"
                's.sendall(b\'{"number":1,"request":{"type":"Hello"}}\\n{"number":2,"req\')\n'
                "s.recv(1); print('in', flush=True); time.sleep(60)\n"
            )
            visitor = await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
            )
            assert visitor.stdout is not None
            assert await within(visitor.stdout.readline()) == b"in\n"
            visitor.kill()
            await within(visitor.wait())
            request = order()
            await client.venue.submit(request)
            await client.hears(VenueFilled, request.id)

    async def test_a_frozen_server_is_found_out_and_does_late_what_has_not_expired(
        self, tmp_path: Path
    ) -> None:
        hasty = msgspec.structs.replace(IMPATIENT, heartbeat_seconds=0.2)
        async with (
            server_process(tmp_path / "ledger") as server,
            client_of(server.address, settings=hasty) as client,
        ):
            os.kill(server.process.pid, signal.SIGSTOP)
            request, expired = order(limit="50"), order(limit="50")
            asks = [
                client.venue.submit(request),
                client.venue.submit(expired, expires=Instant(time.time_ns())),
            ]
            answers = await asyncio.gather(*asks, return_exceptions=True)
            assert [type(answer) for answer in answers] == [UnknownOutcomeError] * 2
            await client.until(lambda: client.links[-1] is Link.DOWN)
            os.kill(server.process.pid, signal.SIGCONT)
            await client.until(lambda: client.links[-1] is Link.UP)
            async with client_of(server.address) as patient:
                assert isinstance(await patient.venue.query(request.id), VenueShowed)
                assert isinstance(await patient.venue.query(expired.id), list)

    async def test_it_ends_when_its_parent_is_gone(self, tmp_path: Path) -> None:
        async with server_process(tmp_path / "first"):
            pass
        parent = await asyncio.create_subprocess_exec("sleep", "60")
        server = await ServerProcess.start(tmp_path / "ledger", "--parent", str(parent.pid))
        try:
            parent.kill()
            await within(parent.wait())
            assert await within(server.process.wait()) == 0
        finally:
            if server.process.returncode is None:
                await server.kill()

    async def test_it_listens_on_a_socket_in_the_file_system_and_takes_the_place_of_a_dead_one(
        self, tmp_path: Path
    ) -> None:
        with TemporaryDirectory(dir="/tmp") as folder:  # a socket's path has to be short
            for _ in range(2):
                async with server_process(tmp_path / "ledger", "--socket", f"{folder}/here") as server:
                    assert server.address == Address(path=f"{folder}/here")
                    async with client_of(server.address) as client:
                        assert await client.venue.open_orders(ALPHA) == []
                    await server.kill()

    @pytest.mark.parametrize(
        ("options", "status", "message"),
        [
            (["--instrument", "{}"], 2, "--instrument: Object missing required field `symbol`"),
            (["--account", "alpha"], 2, "--account 'alpha': NAME=NUMBER is expected"),
            (["--account", "alpha=x"], 2, "--account 'alpha=x': 'x' is not a number"),
            (["--account", "alpha=-1"], 2, "account alpha: cash must be"),
            (["--price", "IBM=5"], 2, "prices: IBM is not among the instruments"),
            (["--price", "SPY=0"], 2, "SPY must start at a tick or more"),
            (["--faults", '{"lose": 1}'], 2, "--faults: Object contains unknown field `lose`"),
            (["--faults", '{"lose_answer": 2}'], 2, "lose_answer is out of range"),
            (["--setup", "nowhere"], 2, "the setup file nowhere cannot be read: No such file"),
            (["--quotes-per-second", "nan"], 2, "--quotes-per-second must be 0 or more"),
            (["--port", "x"], 2, "invalid int value"),
            (["--ledger", "/nowhere/ledger"], 1, "the exchange cannot start"),
            (["--host", "203.0.113.1"], 1, "cannot listen at 203.0.113.1:0"),
        ],
    )
    async def test_what_cannot_be_is_refused_in_a_sentence(
        self, tmp_path: Path, options: list[str], status: int, message: str
    ) -> None:
        instrument = '{"symbol":"SPY","tick":"0.01"}'
        base = ["--ledger", str(tmp_path / "ledger"), "--instrument", instrument, "--account", "alpha=1"]
        process = await spawn(*base, *options)
        output, errors = await within(process.communicate())
        assert (process.returncode, output) == (status, b"")
        assert message in errors.decode()
        assert "Traceback" not in errors.decode()

    async def test_a_second_one_on_the_same_ledger_is_refused(self, tmp_path: Path) -> None:
        ledger = tmp_path / "ledger"
        async with server_process(ledger):
            process = await spawn("--ledger", str(ledger), "--setup", str(tmp_path / "setup.json"))
            _, errors = await within(process.communicate())
            assert process.returncode == 1 and b"in use by another exchange" in errors

    async def test_faults_come_from_the_command_line(self, tmp_path: Path) -> None:
        faults = msgspec.json.encode(Faults(lose_answer=1)).decode()
        async with server_process(tmp_path / "ledger", "--faults", faults) as server:
            async with client_of(server.address, settings=IMPATIENT) as hasty:
                request = order(limit="50")
                with pytest.raises(UnknownOutcomeError):
                    await hasty.venue.submit(request)
            async with client_of(server.address) as client:
                assert isinstance(await client.venue.query(request.id), VenueShowed)


class TestConversation:
    async def test_lines_that_nobody_can_read_end_the_connection_and_no_other(self, far: FarEnd) -> None:
        async with client_of(far.address) as client:
            for words in (b"hello?\n", b'{"number":1}\n', b"x" * (wire.LINE_BYTES_MAX + 1)):
                reader, writer = await far.address.open()
                writer.write(words)
                assert await within(_rest(reader)) == b""
                writer.close()
            assert await client.venue.open_orders(ALPHA) == []

    async def test_another_version_is_refused(self, far: FarEnd) -> None:
        reader, writer = await far.address.open()
        writer.write(wire.to_line(wire.Ask(1, wire.Hello(version=2))))
        reply = wire.read_reply(await within(reader.readline()))
        assert reply == wire.Answer(
            1, wire.Failed(wire.FailureCode.REFUSED, "version 1 is spoken here, not 2")
        )
        writer.close()

    async def test_who_did_not_ask_for_reports_gets_none(self, far: FarEnd) -> None:
        reader, writer = await far.address.open()
        writer.write(wire.to_line(wire.Ask(1, wire.Hello(reports=False, quotes=False))))
        writer.write(wire.to_line(wire.Ask(2, wire.Submit(order()))))
        writer.write(wire.to_line(wire.Ask(3, wire.Ping())))
        replies = [wire.read_reply(await within(reader.readline())) for _ in range(3)]
        assert [reply.number for reply in replies if isinstance(reply, wire.Answer)] == [1, 2, 3]
        writer.close()

    async def test_a_client_that_says_nothing_for_long_is_cut_off(
        self, far: FarEnd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kedge.lab.exchange_server._IDLE_SECONDS", 0.05)
        reader, writer = await far.address.open()
        assert await within(_rest(reader)) == b""
        writer.close()

    async def test_a_long_listing_comes_in_pages(self, far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wire, "LISTING_PAGE", 3)
        async with client_of(far.address) as client:
            ids = []
            for _ in range(6):
                request = order(limit="50")
                ids.append(request.id)
                await client.venue.submit(request)
            assert await client.venue._list_orders() == ids

    async def test_a_client_that_does_not_read_is_cut_off(
        self, far: FarEnd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kedge.lab.client._BACKLOG_BYTES_MAX", 10_000)
        async with client_of(far.address) as client:
            with socket.create_connection((far.address.host, far.address.port)) as deaf:
                deaf.sendall(wire.to_line(wire.Ask(1, wire.Hello(reports=False))))
                flood = [quote("99.99", "100.01")] * 1_000
                connected = [2]
                async with asyncio.timeout(10):
                    while connected[-1] == 2:
                        far.server._push_quotes(flood)
                        await client.venue.open_orders(ALPHA)
                        connected.append(len(far.server._clients))
            assert connected[-1] == 1
            assert client.links == [Link.UP]

    async def test_an_exchange_that_cannot_go_on_says_so_and_answers_nobody(
        self, far: FarEnd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        async with client_of(far.address, settings=IMPATIENT) as client:
            with monkeypatch.context() as patch:
                patch.setattr("kedge.venues.simulated.record.Record.enter", fail)
                with pytest.raises(UnknownOutcomeError):
                    await client.venue.submit(order())
            assert isinstance(await within(far.server.failed), OSError)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""
