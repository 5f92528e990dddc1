"""A signal that waits for the open, from outside: what people see while it waits, and after."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import SPY
from tests.unit.engine.stage import FarVenue, HandClock, entry, terms

from kedge.cli.main import main
from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, BookId
from kedge.domain.instants import SECOND, Instant, parse_instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.engine.engine import Engine
from kedge.journal.sqlite import open_journal

SUNDAY = parse_instant("2026-03-01T15:00:00Z")
OPEN = parse_instant("2026-03-02T14:30:00Z")


@pytest.fixture
def kedge(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*words: object) -> str:
        capsys.readouterr()
        assert main([str(word) for word in words]) == 0
        return capsys.readouterr().out

    return call


def engine_on(data_dir: Path, clock: HandClock, account: AccountTerms) -> Engine:
    journal = open_journal(data_dir, book=BookId("main"), new_id="journal1", program="t", reserve_bytes=4096)
    spy = Instrument(SPY.symbol, SPY.tick, calendar="XNYS")
    return Engine(journal, [FarVenue([])], accounts=[account], instruments=[spy], clock=clock)


async def test_a_signal_of_the_weekend_is_told_of_while_it_waits_and_when_it_has_gone(
    tmp_path: Path, kedge: Callable[..., str]
) -> None:
    data, clock = tmp_path / "data", HandClock(SUNDAY)
    account: AccountTerms = terms()
    async with engine_on(data, clock, account) as engine:
        await engine.signal(entry("w-1", ts="2026-03-01T15:00:00Z", stop={"price": "95"}))
    told = kedge("explain", "w-1", "--data-dir", data)
    assert "Outcome    QUEUED MARKET_CLOSED" in told
    assert "Waits      for the open since 2026-03-01 15:00:00 UTC" in told
    assert "session         waits        market XNYS, phase CLOSED, opens in 23 h 30 min" in told

    clock.now = Instant(OPEN + SECOND)  # a restart in between, and the open
    async with engine_on(data, clock, account) as engine:
        engine.on_quote(Quote(SPY.symbol, clock(), Ticks(10_000), Ticks(10_001)))
        await engine.recorded()
        assert engine.book.state.open_orders(AccountId("alpha"), SPY.symbol)
    document = json.loads(kedge("explain", "w-1", "--data-dir", data, "--json"))
    assert document["outcome"] == "ORDERED"
    assert {gate["verdict"] for gate in document["gates"]} == {"passed"}
    assert [order["role"] for order in document["orders"]] == ["entry", "stop"]
    assert document["signal"]["instrument"] == "SPY"
    assert "Waited     for the open, 23 h 30 min" in kedge("explain", "w-1", "--data-dir", data)
