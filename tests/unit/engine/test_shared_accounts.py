"""Accounts that share one at their venue: what leaves, what is asked, and what is held against each other."""

import asyncio
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.builders import SPY
from tests.unit.engine.stage import PATIENCE_SECONDS, FarVenue, House, house, terms
from tests.unit.engine.test_wiring import PAPER, account, bought, settings, until

import kedge
from kedge.domain.changes import UnallocatedChanged
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest, OrderType, Side
from kedge.domain.signals import Outcome
from kedge.engine import holdings
from kedge.engine.engine import Engine
from kedge.engine.errors import LeftBehindError
from kedge.engine.listed import ledger_of
from kedge.engine.wiring import open_engine
from kedge.journal.reader import open_reader
from kedge.settings.values import Settings
from kedge.venues.base import Link
from kedge.venues.errors import UnknownOutcomeError
from kedge.venues.simulated.statement import Statement

ALPHA, BETA, MAIN = AccountId("alpha"), AccountId("beta"), AccountId("main")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Venues are asked what they hold without pauses."""
    monkeypatch.setattr(holdings, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(holdings, "TWICE_WITHIN_SECONDS", 0.0)


def shared(folder: Path, **others: object) -> Settings:
    """Two accounts on one account of a paper venue."""
    accounts = tuple(
        msgspec.structs.replace(account(name), venue_account="main") for name in ("alpha", "beta")
    )
    return msgspec.structs.replace(settings(folder, accounts=accounts), **others)


def holdings_of(engine: Engine) -> dict[AccountId, Decimal]:
    positions = engine.book.state.positions
    return {name: held[SPY.symbol].quantity for name, held in positions.items() if held}


async def test_each_has_its_own_of_one_account_at_the_venue_over_a_restart(tmp_path: Path) -> None:
    async with open_engine(shared(tmp_path)) as engine:
        await bought(engine, "alpha")
        await bought(engine, "beta")
        short = await engine.signal(kedge.Entry("SPY", "SHORT", account="beta"))
        assert short.outcome is Outcome.REFUSED
    async with open_engine(shared(tmp_path)) as engine:
        assert holdings_of(engine) == {ALPHA: 10, BETA: 10}
        await engine.signal(kedge.Exit("SPY", account="alpha"))
        await until(engine, lambda: holdings_of(engine) == {BETA: 10})
        cash = sum(each.cash for each in engine.book.state.accounts.values())
    told = Statement.of(ledger_of(tmp_path / "data", PAPER)).accounts
    assert list(told) == [MAIN]
    assert told[MAIN].positions == {SPY.symbol: 10}
    assert told[MAIN].cash == cash


async def test_what_somebody_trades_past_the_engine_is_nobody_s(tmp_path: Path, often: None) -> None:
    async with open_engine(shared(tmp_path)) as engine:
        await bought(engine, "alpha")
        by_hand = OrderRequest(OrderId("hand"), MAIN, SPY.symbol, Side.BUY, OrderType.MARKET, Nano(7 * 10**9))
        await engine.venues[0].submit(by_hand)
        state = engine.book.state
        await until(engine, lambda: bool(state.unallocated.get(MAIN)))
        assert state.unallocated == {MAIN: {SPY.symbol: Decimal(7)}}
        assert holdings_of(engine) == {ALPHA: 10}
        refused = await engine.signal(kedge.Entry("SPY", "SHORT", account="beta"))
        assert refused.code == "NET_OPPOSITE"
    with open_reader(tmp_path / "data") as reader:
        (row,) = reader.unallocated()
        assert (row["venue"], row["account"], row["quantity"], row["held"]) == ("paper", "main", "7", "17")


async def test_an_account_does_not_leave_its_venue_account_while_something_is_open(tmp_path: Path) -> None:
    apart = tuple(
        msgspec.structs.replace(account(name), venue_account=where)
        for name, where in (("alpha", "own"), ("beta", "main"))
    )
    async with open_engine(shared(tmp_path)) as engine:
        await bought(engine, "alpha")
    with pytest.raises(LeftBehindError) as refused:
        open_engine(shared(tmp_path, accounts=apart))
    assert str(refused.value) == (
        "account alpha has an open position in SPY in the venue account main, and the settings move it to own. "
        "Move it back until it is flat"
    )
    async with open_engine(shared(tmp_path)) as engine:
        await engine.signal(kedge.Exit("SPY", account="alpha"))
        await until(engine, lambda: not holdings_of(engine))
    async with open_engine(shared(tmp_path, accounts=apart)) as engine:
        assert engine.book.state.sharers == {MAIN: [BETA], AccountId("own"): [ALPHA]}


async def test_who_joins_a_paper_account_later_brings_no_money(tmp_path: Path) -> None:
    async with open_engine(shared(tmp_path)):
        pass
    late = msgspec.structs.replace(account("late"), venue_account="main")
    more = (*shared(tmp_path).accounts, late)
    with pytest.raises(LeftBehindError) as refused:
        open_engine(shared(tmp_path, accounts=more))
    assert str(refused.value) == (
        "account late is new and would share the venue account main with alpha, beta, but a paper venue has given that "
        "its money already and adds no 100000 to it. Give late a venue_account of its own, or let it begin with cash: 0"
    )
    poor = (*more[:2], msgspec.structs.replace(late, cash=Decimal(0)))
    async with open_engine(shared(tmp_path, accounts=poor)) as engine:
        assert engine.book.state.sharers == {MAIN: [ALPHA, BETA, AccountId("late")]}


# -- asking what is held --


class Holder(FarVenue):
    """Says what it holds by a script: each answer once, the last one for ever."""

    def __init__(self, *answers: dict[str, int] | Exception, enough: int | None = None) -> None:
        super().__init__([])
        self.answers = list(answers)
        self.asked: list[AccountId] = []
        self.asked_often = asyncio.Event()
        self.enough = len(answers) + 6 if enough is None else enough

    async def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        self.asked.append(account)
        if len(self.asked) >= self.enough:
            self.asked_often.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return {Symbol(symbol): Decimal(quantity) for symbol, quantity in answer.items()}


def changed(opened: House) -> list[int]:
    events = [event for step in opened.steps for event in step.events]
    return [event.quantity // 10**9 for event in events if isinstance(event, UnallocatedChanged)]


async def asked_often(venue: Holder) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await venue.asked_often.wait()


ANSWERS: dict[str, tuple[tuple[dict[str, int] | Exception, ...], list[int]]] = {
    "the same twice": (({"SPY": 5},), [5]),
    "once only": (({"SPY": 5}, {}), []),
    "ever another": (({"SPY": 5}, {"SPY": 6}, {"SPY": 7}, {"SPY": 8}, {}), []),
    "no answer, then one": ((UnknownOutcomeError("?"), {"SPY": 5}), [5]),
    "an adapter that breaks, then an answer": ((RuntimeError("a fault of its own"), {"SPY": 5}), [5]),
    "gone again": (({"SPY": 5}, {"SPY": 5}, {}), [5, 0]),
}


@pytest.mark.parametrize(("answers", "told"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_counts_that_is_given_twice(
    often: None, answers: tuple[dict[str, int] | Exception, ...], told: list[int]
) -> None:
    venue = Holder(*answers)
    shared = msgspec.structs.replace(terms(), venue_account="main")
    async with house(venue=venue, account=shared) as opened:
        await asked_often(venue)
        await opened.engine.recorded()
        assert changed(opened) == told
        assert set(venue.asked) == {MAIN}


async def test_a_venue_that_is_back_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "TWICE_WITHIN_SECONDS", 0.0)
    monkeypatch.setattr(holdings, "EVERY_SECONDS", 10_000.0)
    venue = Holder({}, {}, {"SPY": 5}, enough=2)
    async with house(venue=venue) as opened:
        await asked_often(venue)
        venue.link(Link.DOWN)
        venue.link(Link.UP)
        await opened.until(lambda: changed(opened) == [5])
