"""A roll by volume: at the close of the first whole session in which the next contract was traded more."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.futures import ES, FIVE, JUNE, MARCH, SEPT, Lake, Running, minutes, running
from tests.unit.engine.stage import HandClock, entry
from tests.unit.engine.test_rolls import AFTER, ROLL, ROOT

from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import SECOND, Instant, parse_instant
from kedge.domain.numbers import UNIT, Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.domain.signals import Outcome
from kedge.engine.charts import Charts
from kedge.engine.rolls import SETTLE, Rolls
from kedge.journal.memory import MemoryJournal
from kedge.market.hours import utc_day
from kedge.sessions import calendar
from kedge.sessions.contracts import Chain
from kedge.settings.values import Bars, RollBy

BY_VOLUME = msgspec.structs.replace(ROOT, by=RollBy.VOLUME)
CONTRACTS = (MARCH, JUNE, SEPT)
# Globex trades Monday the 9th from Sunday, 22:00 UTC, to 21:00. By days March is left on the 12th, at 22:00.
EVE = parse_instant("2026-03-08T21:50:00Z")
OPEN = parse_instant("2026-03-08T22:00:00Z")
CLOSE = parse_instant("2026-03-09T21:00:00Z")
NEXT_CLOSE = parse_instant("2026-03-10T21:00:00Z")


async def session(run: Running, close: Instant, sizes: Mapping[Symbol, int]) -> None:
    """An hour before the close so much is traded; then it closes."""
    for contract, size in sizes.items():
        run.trade(minutes(close, -60), size, **{contract: 23_600})
    await run.pass_until(minutes(close, 1))


async def test_the_next_contract_is_the_front_once_it_was_traded_more() -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:
        assert list(run.engine.charts._charts) == [MARCH, JUNE, SEPT]
        run.trade(minutes(CLOSE, -60), 5, ESH26=23_600)
        run.trade(minutes(CLOSE, -59), 6, ESM26=23_800)
        await run.pass_until(Instant(CLOSE - SECOND))
        assert run.front() == MARCH, "the session is not over"
        await run.pass_until(Instant(CLOSE + SETTLE))
        assert run.front() == JUNE
        assert run.engine.book.state.front_since[ES][JUNE] == CLOSE + SETTLE


async def test_what_is_traded_just_before_the_close_counts() -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:
        run.trade(minutes(CLOSE, -60), 5, ESH26=23_600)
        run.trade(Instant(CLOSE - SECOND), 6, ESM26=23_800)
        run.clock.now = Instant(CLOSE + SETTLE)  # nobody has told the charts of the close before
        await run.engine.signal(entry("s-1", instrument="NONE"))
        assert run.front() == JUNE


@pytest.mark.parametrize(("front", "following"), [(5, 5), (5, 4), (0, 0), (1, 0)])
async def test_as_much_is_not_more(front: int, following: int) -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: front, JUNE: following})
        assert run.front() == MARCH


async def test_half_a_session_decides_nothing_and_the_next_whole_one_does() -> None:
    async with running(HandClock(minutes(OPEN, 60)), root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: 1, JUNE: 9})
        assert run.front() == MARCH
        await session(run, NEXT_CLOSE, {MARCH: 1, JUNE: 9})
        assert run.front() == JUNE


def history(sizes: Mapping[Symbol, int], *starts: Instant) -> list[Bar]:
    """Bars that begin at these times, with so much volume each."""
    price = Ticks(23_600)
    return [
        Bar(contract, minutes(at, 5), at, price, price, price, price, Nano(size * UNIT))
        for contract, size in sizes.items()
        for at in starts
    ]


@pytest.mark.parametrize(("reach", "front"), [(0, JUNE), (5, MARCH)])
async def test_history_that_reaches_back_to_the_open_makes_a_session_whole(reach: int, front: Symbol) -> None:
    """The engine starts in the middle; `reach`: minutes from the open to where history begins."""
    past = history({MARCH: 1, JUNE: 4}, minutes(OPEN, reach), minutes(OPEN, 100))
    async with running(HandClock(minutes(OPEN, 600)), past=past, root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: 5, JUNE: 0})  # in all 7 and 8
        assert run.front() == front


async def test_history_of_one_contract_alone_decides_nothing() -> None:
    past = history({JUNE: 9}, OPEN, minutes(OPEN, 100))
    async with running(HandClock(minutes(OPEN, 600)), past=past, root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: 1})
        assert run.front() == MARCH


async def test_history_that_comes_late_is_counted_once_and_beside_what_was_heard() -> None:
    async with running(HandClock(minutes(OPEN, 600)), root=BY_VOLUME) as run:
        run.trade(minutes(OPEN, 610), 1, ESH26=23_600)
        run.trade(minutes(OPEN, 611), 4, ESM26=23_600)
        await run.pass_until(minutes(OPEN, 620))
        late = Lake([*history({MARCH: 6, JUNE: 2}, OPEN), *history({MARCH: 1, JUNE: 4}, minutes(OPEN, 610))])
        for contract in (MARCH, JUNE):
            await run.engine.charts.load(late, contract, minutes(OPEN, 620))
        await run.pass_until(minutes(CLOSE, 1))
        assert run.front() == MARCH  # 7 against 6
        volumes = run.engine._almanac.rolls._roots[ES].volumes
        assert volumes is not None
        whole = GLOBEX.previous_session(minutes(CLOSE, 1))
        assert [volumes.of(each, whole) for each in (MARCH, JUNE)] == [7 * UNIT, 6 * UNIT]


async def test_a_session_that_closed_before_the_start_counts_once_history_tells_of_it() -> None:
    past = history({MARCH: 1, JUNE: 4}, OPEN, minutes(OPEN, 100))
    async with running(HandClock(minutes(CLOSE, 30)), past=past, root=BY_VOLUME) as run:
        await run.pass_until(minutes(CLOSE, 31))
        assert run.front() == JUNE


async def test_quotes_carry_no_volume_so_it_rolls_by_days() -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:
        for close in (CLOSE, NEXT_CLOSE):
            run.clock.now = minutes(close, -60)
            for contract in (MARCH, JUNE):
                run.engine.on_quote(Quote(contract, run.clock(), Ticks(23_600), Ticks(23_601)))
            await run.pass_until(minutes(close, 1))
        assert run.front() == MARCH
        await run.pass_until(ROLL)
        assert run.front() == JUNE


async def test_it_rolls_by_days_at_the_latest() -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: 9, JUNE: 1})
        await run.pass_until(Instant(ROLL - 1))
        assert run.front() == MARCH
        await run.pass_until(ROLL)
        assert run.front() == JUNE


async def test_it_never_goes_back_over_a_restart_either() -> None:
    journal, clock = MemoryJournal(BookId("main"), "journal1"), HandClock(EVE)
    async with running(clock, journal, root=BY_VOLUME) as run:
        await session(run, CLOSE, {MARCH: 1, JUNE: 9})
        assert run.front() == JUNE
        await session(run, NEXT_CLOSE, {MARCH: 9, JUNE: 1})
        assert run.front() == JUNE, "more is traded in March again"
    async with running(clock, journal, root=BY_VOLUME) as again:
        await again.engine.recorded()
        assert again.front() == JUNE, "the new run has heard of no volume, and by days it would be March"
        assert [row.kind for row in journal.rows()].count("FrontChanged") == 2
        await session(again, parse_instant("2026-03-11T21:00:00Z"), {JUNE: 1, SEPT: 9})
        assert again.front() == SEPT, "it counts from where it stood"


async def test_a_contract_that_was_left_early_takes_no_entries_by_its_own_name_either() -> None:
    async with running(HandClock(EVE), root=BY_VOLUME) as run:

        async def enter(id_: str, symbol: str) -> str:
            wanted = entry(
                id_,
                instrument=symbol,
                quantity="1",
                expected_price="5900",
                stop={"price": "5800"},
                order={"type": "market"},
            )
            answer = await run.engine.signal(wanted)
            if answer.outcome is Outcome.ORDERED:
                assert answer.order is not None
                return run.engine.book.state.orders[answer.order].request.instrument
            return answer.code

        await session(run, CLOSE, {MARCH: 1, JUNE: 9})
        assert await enter("s-1", "ESH26") == "CONTRACT_EXPIRING"
        assert await enter("s-2", "ES") == "ESM26"
        assert await enter("s-3", "ESU26") == "ESU26", "one behind the front is none that was left"


async def test_the_last_contract_that_is_listed_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async with running(HandClock(EVE)) as run:  # by days: two contracts
        assert [(each.contract, each.is_last) for each in run.engine.fronts] == [(MARCH, False)]
        assert not caplog.records
        await run.pass_until(AFTER)
        assert [(each.contract, each.is_last) for each in run.engine.fronts] == [(JUNE, True)]
        [said] = [each.getMessage() for each in caplog.records if "the last contract" in each.getMessage()]
        assert said.startswith("ES means ESM26 now")
        assert "before 2026-06-1" in said


# -- a law --

GLOBEX = calendar("CMES")
BEGIN = parse_instant("2026-02-24T21:30:00Z")


class Day(NamedTuple):
    """What is traded of each contract in a session, and whether the engine is started anew in the middle of it."""

    sizes: tuple[int, int, int]
    restart: bool


DAYS = st.lists(st.builds(Day, st.tuples(*[st.integers(0, 3)] * 3), st.booleans()), min_size=1, max_size=24)


@given(DAYS)
def test_it_moves_on_by_whole_sessions_and_days_and_never_back(days: list[Day]) -> None:
    chain = Chain("ES", ROOT.roll)
    now, recorded = BEGIN, MARCH

    def start() -> tuple[Rolls, Charts]:
        rolls, charts = Rolls([BY_VOLUME], now), Charts(Bars((FIVE,)))
        rolls.follow(charts, {ES: recorded}, now)
        charts.open([(each.symbol, utc_day) for each in rolls.instruments], now)
        return rolls, charts

    rolls, charts = start()
    for day in days:
        one = GLOBEX.next_session(now)
        now, is_whole = minutes(one.open, 600), not day.restart
        if day.restart:
            rolls, charts = start()
        for contract, size in zip(CONTRACTS, day.sizes, strict=True):
            charts.take(Print(contract, now, Ticks(100), Nano(size * UNIT)))
        before = recorded
        by_days = Symbol(chain.front(one.close).symbol(2))
        at_close = [each for each in _told(rolls, charts, one.close) if each != recorded]
        assert at_close in ([], [by_days]), "by volume only when the last bars are known"
        assert rolls.next_change > one.close, "it does not ask again and again"
        now = Instant(one.close + SETTLE)
        for told in (*at_close, *_told(rolls, charts, now)):
            recorded = told
        expected = before
        if _place(by_days) > _place(expected):
            expected = by_days
        sizes = dict(zip(CONTRACTS, day.sizes, strict=True))
        behind = CONTRACTS[min(_place(expected) + 1, 2)]
        if is_whole and sizes[behind] > sizes[expected]:
            expected = behind
        assert recorded == expected
        assert _place(recorded) >= _place(before)


def _told(rolls: Rolls, charts: Charts, now: Instant) -> list[Symbol]:
    charts.pass_time(now)
    assert rolls.next_change <= now or not rolls.due(now), "what is due is announced"
    return [each.contract for each in rolls.due(now)]


def _place(contract: Symbol) -> int:
    return CONTRACTS.index(contract)
