"""The kill switch against a lab server: one that answers slowly, one that refuses, and an engine that is killed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.unit.cli.calls import run
from tests.unit.engine.kill_subject import CASH, instruments
from tests.unit.engine.stage import ALPHA

from kedge.domain.ids import OrderId
from kedge.domain.orders import Role
from kedge.domain.quotes import Quote
from kedge.engine.clock import system_clock
from kedge.lab.exchange_server import ExchangeServer
from kedge.lab.faults import Faults, Mischief
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.terms import ExchangeTerms

PATIENCE_SECONDS = 60.0
ENTRIES = 14


class Lab(NamedTuple):
    """A server in this process, whose market stands still."""

    server: ExchangeServer
    exchange: Exchange
    address: Address

    def errs(self, **faults: float) -> None:
        self.server.mischief.faults = Faults(**faults)

    def open(self, role: Role) -> list[OrderId]:
        """The account's open orders of this kind, as the exchange has them."""
        ids = self.exchange.open_orders(ALPHA)
        return [id_ for id_ in ids if self.exchange._requests[id_].role is role]


@asynccontextmanager
async def lab(entries: int = ENTRIES) -> AsyncIterator[Lab]:
    listed = instruments(entries)
    exchange = Exchange(ExchangeTerms(listed, {ALPHA: CASH}, SimSettings()), system_clock())
    for each in listed:
        exchange.take(
            Quote(each.symbol, system_clock(), each.ticks(Decimal(100)), each.ticks(Decimal("100.01")))
        )
    server = ExchangeServer(exchange, system_clock, Mischief(Faults(), seed=1))
    try:
        yield Lab(server, exchange, await server.start(Address(host="127.0.0.1")))
    finally:
        await server.close()
        exchange.close()


@asynccontextmanager
async def engine(
    data_dir: Path, at: Lab, entries: int = ENTRIES
) -> AsyncIterator[asyncio.subprocess.Process]:
    """In a process of its own, ready, and killed at the end."""
    words = ("-m", "tests.unit.engine.kill_subject", str(data_dir), str(at.address), str(entries))
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def kedge(data_dir: Path, *words: str) -> tuple[int, Any]:
    """A command's status and its document."""
    ended = await asyncio.to_thread(run, *words, "--data-dir", data_dir, "--json")
    return ended.returncode, json.loads(ended.stdout)


async def until_confirmed(data_dir: Path) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            _, status = await kedge(data_dir, "status")
            (found,) = status["kills"]
            if found["confirmed"]:
                return dict(found)


async def test_what_a_venue_will_not_cancel_is_named_and_goes_when_it_will(tmp_path: Path) -> None:
    async with lab() as at, engine(tmp_path, at):
        at.errs(refuse_cancel=0.3)
        status, told = await kedge(tmp_path, "kill", "on", "--cancel", "--timeout", "0.5")
        left = at.open(Role.ENTRY)
        assert (status, told["error"]["code"]) == (1, "NOT_CONFIRMED_BY_VENUE")
        facts = told["error"]["facts"]
        named = {each["id"]: each["why"] for each in facts["orders"]["left"]}
        assert set(left) <= set(named), "whatever is still open there is named"
        assert 0 < len(named) < ENTRIES
        assert facts["orders"]["cancelled"] == ENTRIES - len(named)
        assert set(named.values()) == {"the venue refuses: the exchange cancels nothing now"}
        assert all(id_ in told["error"]["message"] for id_ in list(named)[:10])
        at.errs()
        found = await until_confirmed(tmp_path)
        assert (found["orders"]["cancelled"], found["orders"]["left"]) == (ENTRIES, [])
        assert at.open(Role.ENTRY) == []
        assert len(at.open(Role.STOP)) == 1, "what is open keeps its stop"


async def test_it_waits_for_a_venue_that_answers_slowly(tmp_path: Path) -> None:
    async with lab() as at, engine(tmp_path, at):
        at.errs(delay_answer=1, drop_report=1, delay_seconds=1.5)
        status, told = await kedge(tmp_path, "kill", "on", "--flatten")
        assert (status, told["confirmed"]) == (0, True)
        assert (told["orders"]["cancelled"], told["positions"]["closed"]) == (ENTRIES, 1)
        assert at.exchange.open_orders(ALPHA) == []
        assert not any(at.exchange.positions(ALPHA).values())


async def test_an_engine_that_is_killed_while_it_cancels_goes_on_when_it_is_started(tmp_path: Path) -> None:
    async with lab() as at:
        async with engine(tmp_path, at) as process:
            at.errs(refuse_cancel=0.5, delay_answer=1, drop_report=1, delay_seconds=30)
            asked = asyncio.create_task(kedge(tmp_path, "kill", "on", "--flatten"))
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(at.open(Role.ENTRY)) == ENTRIES:  # noqa: ASYNC110 - an exchange gives no sign
                    await asyncio.sleep(0.01)
            process.kill()
            status, told = await asked
            assert (status, told["error"]["code"]) == (1, "NOT_CONFIRMED_BY_VENUE")
        assert at.open(Role.ENTRY), "it was in the middle of it"
        at.errs()
        async with engine(tmp_path, at):
            found = await until_confirmed(tmp_path)
            assert (found["orders"]["left"], found["positions"]["left"]) == ([], [])
            assert at.exchange.open_orders(ALPHA) == []
            assert not any(at.exchange.positions(ALPHA).values())
            status, told = await kedge(tmp_path, "status")
            assert told["trading"] == "HALTED"


async def test_a_venue_out_of_reach_has_confirmed_nothing(tmp_path: Path) -> None:
    async with lab() as at, engine(tmp_path, at):
        await at.server.close()
        status, told = await kedge(tmp_path, "halt", "alpha", "--flatten", "--timeout", "0.5")
        assert (status, told["error"]["code"]) == (1, "NOT_CONFIRMED_BY_VENUE")
        assert told["error"]["facts"]["silent"] == ["alpha"]
        assert len(told["error"]["facts"]["orders"]["left"]) == ENTRIES
        assert "Its venue has not said what is open in account alpha." in told["error"]["message"]
        _, seen = await kedge(tmp_path, "status")
        assert (seen["trading"], seen["accounts"][0]["state"]) == ("ACTIVE", "HALTED")
        assert [each["account"] for each in seen["kills"]] == ["alpha"]
