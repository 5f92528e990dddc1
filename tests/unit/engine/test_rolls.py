"""Futures by their root: which contract a signal means, and what becomes of those that end."""

from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest
from tests.builders import ES, SPY
from tests.unit.engine.stage import HandClock, exit_
from tests.unit.engine.test_wiring import PAPER, STILL, account, until

import kedge
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import NEVER, SECOND, Instant, parse_instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.domain.signals import Outcome
from kedge.engine.control.client import ControlClient
from kedge.engine.control.messages import Look, Seen
from kedge.engine.engine import Engine
from kedge.engine.errors import ContractsUnknownError
from kedge.engine.front import Front
from kedge.engine.listed import ledger_of, listed_otherwise
from kedge.engine.rolls import Rolls
from kedge.engine.wiring import open_engine
from kedge.sessions.contracts import RollTerms
from kedge.settings.values import PaperVenue, Root, Settings, SimulatedFeed
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.terms import Change, ExchangeTerms

FUTURE = Instrument(
    Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE, calendar="24/7"
)
ROOT = Root(FUTURE, RollTerms(months="HMUZ", days_before=7))
ALPHA = AccountId("alpha")
# ESH26 ends on Friday, March 20 2026; a week before is the 13th, whose session opens on the evening of the 12th.
BEFORE = parse_instant("2026-03-09T15:00:00Z")
ROLL = parse_instant("2026-03-12T22:00:00Z")
AFTER = parse_instant("2026-03-13T15:00:00Z")


def listed(at: Instant) -> list[str]:
    return [each.symbol for each in Rolls([ROOT], at).instruments]


def test_a_root_stands_for_its_front_contract_and_the_next() -> None:
    rolls = Rolls([ROOT], BEFORE)
    assert [each.symbol for each in rolls.instruments] == ["ESH26", "ESM26"]
    front = rolls.instruments[0]
    assert (front.root, front.multiplier, front.tick) == ("ES", Decimal(50), Decimal("0.25"))
    assert front.entries_until == ROLL
    assert front.expires == parse_instant("2026-03-20T13:30:00Z")
    assert rolls.expanded([SPY.symbol, Symbol("ES")]) == ["SPY", "ESH26", "ESM26"]


def test_a_contract_that_was_left_is_listed_until_it_ends_for_it_may_be_held() -> None:
    assert listed(AFTER) == ["ESH26", "ESM26", "ESU26"]
    assert listed(parse_instant("2026-03-21T15:00:00Z")) == ["ESM26", "ESU26"]


def test_the_front_is_told_once_and_again_when_it_changes() -> None:
    rolls = Rolls([ROOT], BEFORE)
    assert rolls.next_change <= BEFORE
    assert [told.contract for told in rolls.due(BEFORE)] == ["ESH26"]
    assert rolls.next_change == ROLL
    assert rolls.due(Instant(ROLL - 1)) == []
    assert [told.contract for told in rolls.due(ROLL)] == ["ESM26"]


def test_behind_the_last_contract_that_is_listed_nothing_is_told_and_nobody_is_kept_busy() -> None:
    rolls = Rolls([ROOT], BEFORE)
    rolls.due(BEFORE)
    year = Instant(BEFORE + 366 * 86_400 * SECOND)  # asleep for a year
    assert [told.contract for told in rolls.due(year)] == ["ESM26"]
    assert rolls.next_change == NEVER
    assert rolls.due(year) == []


def settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder / "data",
        venues=MappingProxyType({PAPER: PaperVenue(PAPER, 7, SimSettings())}),
        accounts=(account(),),
        instruments=(SPY,),
        feeds=(SimulatedFeed((Symbol("ES"),), Decimal(1), 7, STILL),),
        starts=MappingProxyType({Symbol("ES"): Decimal(5912)}),
        roots=(ROOT,),
    )


def price(engine: Engine, symbol: str, clock: HandClock) -> None:
    engine.on_quote(Quote(Symbol(symbol), clock(), Ticks(23_648), Ticks(23_649)))


async def enter(engine: Engine) -> str:
    """Enter by the root; the contract that was meant, or why nothing was."""
    answer = await engine.signal(kedge.Entry("ES", "LONG", account="alpha", stop="5900"))
    if answer.order is None:
        return answer.code
    return engine.book.state.orders[answer.order].request.instrument


def held(engine: Engine) -> list[str]:
    return list(engine.book.state.positions.get(ALPHA, {}))


async def test_a_signal_for_the_root_means_the_front_contract(tmp_path: Path) -> None:
    clock = HandClock(BEFORE)
    async with open_engine(settings(tmp_path), clock) as engine:
        price(engine, "ESH26", clock)
        assert await enter(engine) == "ESH26"
        await until(engine, lambda: held(engine) == ["ESH26"])
        clock.now = AFTER
        price(engine, "ESH26", clock)
        # The front has changed and the position has not: what is held is meant until it is closed.
        assert await enter(engine) in ("POSITION_OPEN", "CONTRACT_EXPIRING")
        changed = [row for row in engine._journal.rows() if row.kind == "FrontChanged"]
        assert b'"holders":["alpha"]' in changed[-1].payload
        left = await engine.signal(exit_("out") | {"instrument": "ES"})
        assert left.outcome is Outcome.ORDERED
        await until(engine, lambda: not held(engine))
        price(engine, "ESM26", clock)
        assert await enter(engine) == "ESM26"


async def test_who_looks_at_the_engine_sees_what_a_root_means(tmp_path: Path) -> None:
    async with (
        open_engine(settings(tmp_path), HandClock(BEFORE)),
        await ControlClient.connect(tmp_path / "data") as caller,
    ):
        seen = await caller.ask(Look())
    assert isinstance(seen, Seen)
    assert seen.view.fronts == (Front(Symbol("ES"), Symbol("ESH26"), ROLL, is_last=False),)


async def test_a_contract_that_was_left_takes_no_entries_by_its_own_name_either(tmp_path: Path) -> None:
    clock = HandClock(AFTER)
    async with open_engine(settings(tmp_path), clock) as engine:
        price(engine, "ESH26", clock)
        answer = await engine.signal(kedge.Entry("ESH26", "LONG", account="alpha", stop="5900"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "CONTRACT_EXPIRING")


async def test_what_is_held_in_a_contract_that_was_left_is_still_priced_after_a_restart(
    tmp_path: Path,
) -> None:
    clock = HandClock(BEFORE)
    async with open_engine(settings(tmp_path), clock) as engine:
        price(engine, "ESH26", clock)
        await enter(engine)
        await until(engine, lambda: held(engine) == ["ESH26"])
    clock.now = AFTER
    async with open_engine(settings(tmp_path), clock) as engine:
        assert "ESH26" in [symbol for feed in engine._links._feeds for symbol in feed.instruments]
        assert held(engine) == ["ESH26"]


def test_beyond_the_calendar_nothing_is_guessed() -> None:
    with pytest.raises(ContractsUnknownError, match="sessions are known from"):
        Rolls([ROOT], parse_instant("2040-01-01T00:00:00Z"))


@pytest.mark.parametrize("symbol", [ES.symbol, SPY.symbol])
def test_without_a_roll_a_symbol_means_itself(symbol: Symbol) -> None:
    assert Rolls((), BEFORE).expanded([symbol]) == [symbol]


def test_a_contract_that_was_traded_on_another_grid_is_told_of_under_its_root(tmp_path: Path) -> None:
    before = Rolls([ROOT], BEFORE).instruments
    Exchange(ExchangeTerms(tuple(before), {}), BEFORE, ledger_of(tmp_path, PAPER)).close()
    cheaper = msgspec.structs.replace(FUTURE, multiplier=Decimal(5))
    settings = Settings(
        data_dir=tmp_path,
        venues=MappingProxyType({PAPER: PaperVenue(PAPER, 7, SimSettings())}),
        accounts=(),
        instruments=(),
        feeds=(),
        starts=MappingProxyType({}),
        roots=(Root(cheaper, ROOT.roll),),
    )
    told = ("ES", Change("multiplier", "50", "5"))
    assert list(listed_otherwise(settings, BEFORE)) == [told, told]
    last_end = before[-1].expires
    assert last_end is not None
    assert list(listed_otherwise(settings, last_end)) == []  # they have ended, and come no more
