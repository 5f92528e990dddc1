"""The hours of markets as the kernel is told them: by hand-picked moments, and as a chain without gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOON, SPY
from tests.unit.engine.stage import FarVenue, HandClock, entry, terms

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import BookId
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, parse_instant
from kedge.domain.instruments import Instrument
from kedge.domain.markets import Phase
from kedge.domain.signals import Outcome
from kedge.engine.engine import Engine
from kedge.engine.hours import Hours, hours_at
from kedge.journal.memory import MemoryJournal
from kedge.sessions.markets import calendar

MOMENTS = [
    # market, moment, phase, since, until, next open, close
    ("XNYS", "2026-03-02T15:00", "OPEN", "03-02T14:30", "03-02T21:00", "03-03T14:30", "03-02T21:00"),
    ("XNYS", "2026-03-02T13:00", "PREMARKET", "03-02T09:00", "03-02T14:30", "03-02T14:30", None),
    ("XNYS", "2026-03-02T22:00", "AFTERHOURS", "03-02T21:00", "03-03T01:00", "03-03T14:30", None),
    ("XNYS", "2026-03-03T02:00", "CLOSED", "03-03T01:00", "03-03T09:00", "03-03T14:30", None),
    ("XNYS", "2026-03-07T12:00", "CLOSED", "03-07T01:00", "03-09T08:00", "03-09T13:30", None),
    ("XNYS", "2026-11-27T17:30", "OPEN", "11-27T14:30", "11-27T18:00", "11-30T14:30", "11-27T18:00"),
    ("CMES", "2026-03-02T15:00", "OPEN", "03-01T23:00", "03-02T22:00", "03-02T23:00", "03-02T22:00"),
    ("CMES", "2026-03-02T22:30", "CLOSED", "03-02T22:00", "03-02T23:00", "03-02T23:00", None),
]


def moment(text: str) -> Instant:
    return parse_instant(f"{text}:00Z" if text.startswith("2026") else f"2026-{text}:00Z")


@pytest.mark.parametrize(
    ("market", "at", "phase", "since", "until", "next_open", "close"),
    MOMENTS,
    ids=[f"{m[0]} {m[1]}" for m in MOMENTS],
)
def test_the_hours_at_a_moment(
    market: str, at: str, phase: str, since: str, until: str, next_open: str, close: str | None
) -> None:
    hours = hours_at(calendar(market), moment(at))
    assert hours.phase is Phase(phase)
    assert (hours.since, hours.until) == (moment(since), moment(until))
    assert hours.next_open == moment(next_open)
    assert hours.close == (None if close is None else moment(close))


def test_what_never_closes_is_told_once() -> None:
    hours = Hours(["24/7"])
    [told] = hours.due(NOON)
    assert (told.hours.phase, told.hours.until) == (Phase.OPEN, NEVER)
    assert hours.next_change == NEVER
    assert hours.due(Instant(NOON + 10**18)) == []


@given(st.sampled_from(["XNYS", "CMES", "FOREX", "XETR"]), st.integers(0, 60 * 24 * 300))
def test_one_phase_follows_the_other_without_a_gap(market: str, minute: int) -> None:
    now = Instant(NOON + minute * MINUTE)
    hours = Hours([market])
    [first] = hours.due(now)
    assert first.hours.since <= now < first.hours.until == hours.next_change
    assert hours.due(now) == []
    [second] = hours.due(first.hours.until)
    assert second.hours.since == first.hours.until
    assert second.hours.phase is not first.hours.phase
    if second.hours.phase is Phase.OPEN and first.hours.phase is not Phase.BREAK:
        assert first.hours.next_open == second.hours.since


def test_a_market_whose_calendar_has_ended_is_told_of_no_more(caplog: pytest.LogCaptureFixture) -> None:
    hours = Hours(["XNYS", "24/7"])
    far = parse_instant("2100-01-01T00:00:00Z")
    assert [told.market for told in hours.due(far)] == ["24/7"]
    assert "no new positions there" in caplog.text
    assert hours.next_change == NEVER


def test_a_clock_that_is_set_back_brings_the_phase_of_then() -> None:
    hours = Hours(["XNYS"])
    hours.due(moment("2026-03-02T15:00"))
    [again] = hours.due(moment("2026-03-02T13:00"))
    assert again.hours.phase is Phase.PREMARKET


def engine_at(clock: HandClock, account: AccountTerms) -> Engine:
    spy = Instrument(SPY.symbol, SPY.tick, calendar="XNYS")
    journal = MemoryJournal(BookId("main"), "journal1")
    return Engine(journal, [FarVenue([])], accounts=[account], instruments=[spy], clock=clock)


async def test_an_engine_knows_the_hours_from_its_start_and_at_every_signal() -> None:
    clock = HandClock(moment("2026-03-02T20:59"))
    async with engine_at(clock, terms()) as engine:
        assert engine.book.state.markets["XNYS"].phase is Phase.OPEN
        assert (await engine.signal(entry("s-1", ts="2026-03-02T20:59:00Z"))).outcome is Outcome.ORDERED
        clock.now = Instant(moment("2026-03-02T21:00") + SECOND)  # nothing has woken the engine since
        late = await engine.signal(entry("s-2", ts="2026-03-02T21:00:00Z"))
        assert (late.outcome, late.code) == (Outcome.QUEUED, "MARKET_CLOSED")


async def test_a_halt_of_the_exchange_holds_entries_back_until_it_is_lifted() -> None:
    async with engine_at(HandClock(moment("2026-03-02T15:00")), terms()) as engine:
        engine.set_halt(SPY.symbol, "volatility pause")
        refused = await engine.signal(entry("s-1", ts="2026-03-02T15:00:00Z"))
        assert (refused.outcome, refused.code) == (Outcome.REFUSED, "INSTRUMENT_HALTED")
        engine.set_halt(SPY.symbol)
        assert (await engine.signal(entry("s-2", ts="2026-03-02T15:00:00Z"))).outcome is Outcome.ORDERED
