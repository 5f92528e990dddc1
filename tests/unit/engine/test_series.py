"""Continuous bars under a future's root: moved by the gap at each roll, and real under the contract's own name."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.futures import (
    ES,
    FIVE,
    JUNE,
    MARCH,
    SEPT,
    VOLUMES,
    Lake,
    Running,
    bar,
    minutes,
    running,
)
from tests.unit.engine.stage import HandClock, entry, exit_
from tests.unit.engine.test_rolls import AFTER, BEFORE, ROLL, settings
from tests.unit.engine.test_wiring import until

from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import Instant, Span, parse_instant
from kedge.domain.numbers import UNIT, Nano, Ticks
from kedge.domain.quotes import Bar, Print
from kedge.engine.charts import CandleClosed, Charts, HistoricalBarsLoaded
from kedge.engine.series import Series
from kedge.engine.wiring import open_engine
from kedge.journal.memory import MemoryJournal
from kedge.market.hours import utc_day
from kedge.settings.values import Bars

GAP = 200  # June trades so many ticks above March


async def rolled(run: Running) -> None:
    """Three bars of both contracts, the roll, and three of both after it."""
    for number in range(3):
        at = minutes(ROLL, 5 * number - 14)
        run.trade(at, ESH26=23_600 + number, ESM26=23_600 + GAP + 2 * number)
    await run.pass_until(minutes(ROLL, 0.5))
    assert run.front() == JUNE
    for number in range(3):
        at = minutes(ROLL, 5 * number + 1)
        run.trade(at, ESH26=23_610 + number, ESM26=23_900 + number)
    await run.pass_until(minutes(ROLL, 16))


async def test_at_a_roll_all_that_was_before_it_moves_by_the_gap() -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        await rolled(run)
        gap = GAP + 2  # June's last close before the roll is 23804, March's 23602
        assert run.closes() == [23_600 + gap, 23_601 + gap, 23_602 + gap, 23_900, 23_901, 23_902]
        assert run.closes(MARCH) == [23_600, 23_601, 23_602, 23_610, 23_611, 23_612]
        assert run.closes(JUNE) == [23_800, 23_802, 23_804, 23_900, 23_901, 23_902]
        made = run.engine.charts.bars(ES)
        assert {each.instrument for each in made} == {ES}
        assert [each.at for each in made] == sorted({each.at for each in made})


async def test_before_a_roll_the_series_is_the_front_contract_as_it_trades() -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        for number in range(2):
            run.trade(minutes(ROLL, 5 * number - 14), ESH26=23_600 + number, ESM26=23_800)
        await run.pass_until(minutes(ROLL, -1))
        assert run.front() == MARCH
        assert run.closes() == run.closes(MARCH) == [23_600, 23_601]


async def test_who_listens_hears_each_candle_of_the_root_once_and_of_the_move_at_the_roll() -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        await rolled(run)
        candles = [
            each.bar for each in run.told if isinstance(each, CandleClosed) and each.bar.instrument == ES
        ]
        assert [each.at for each in candles] == [each.at for each in run.engine.charts.bars(ES)]
        # As they stood when they were told: three before the roll, unmoved.
        assert [each.close for each in candles][:3] == [23_600, 23_601, 23_602]
        assert [each.close for each in candles][3:] == [23_900, 23_901, 23_902]
        moves = [
            each for each in run.told if isinstance(each, HistoricalBarsLoaded) and each.instrument == ES
        ]
        assert moves == [HistoricalBarsLoaded(ES, FIVE, 3)], "three bars had moved"


async def test_a_bar_that_becomes_known_after_the_roll_is_still_the_old_contract_s() -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        run.trade(minutes(ROLL, -6), ESH26=23_600, ESM26=23_800)
        run.trade(minutes(ROLL, -1), ESH26=23_610, ESM26=23_850)
        run.clock.now = ROLL
        await run.engine.signal(exit_("x-0") | {"instrument": "NONE"})
        await run.engine.recorded()
        assert run.front() == JUNE
        assert run.closes() == [23_800]  # its gap is that of the only bar so far: 200
        await run.pass_until(minutes(ROLL, 1))
        assert run.closes() == [23_840, 23_850]  # and of the last one: 240
        candles = [
            each.bar.at for each in run.told if isinstance(each, CandleClosed) and each.bar.instrument == ES
        ]
        assert candles == [minutes(ROLL, -5), ROLL], "each once"
        assert run.told[-1] == HistoricalBarsLoaded(ES, FIVE, 2), "who counted on the first gap counts anew"


async def test_a_restart_joins_them_as_the_run_before_did() -> None:
    """Charts are gone with the process: the record says when it rolled, and the feed what was traded."""
    journal, clock = MemoryJournal(BookId("main"), "journal1"), HandClock(minutes(ROLL, -20))
    async with running(clock, journal) as run:
        await rolled(run)
        before = run.engine.charts.bars(ES)
        past = [*run.engine.charts.bars(MARCH), *run.engine.charts.bars(JUNE)]
    clock.now = minutes(ROLL, 17)
    async with running(clock, journal, past) as again:
        assert again.engine.charts.bars(ES) == before
        again.trade(minutes(ROLL, 18), ESH26=1_000, ESM26=23_950)
        await again.pass_until(minutes(ROLL, 26))
        assert again.closes()[-2:] == [23_902, 23_950]


async def test_a_contract_that_has_ended_is_left_out_after_a_restart() -> None:
    journal, clock = MemoryJournal(BookId("main"), "journal1"), HandClock(minutes(ROLL, -20))
    async with running(clock, journal) as run:
        await rolled(run)
        past = [*run.engine.charts.bars(MARCH), *run.engine.charts.bars(JUNE)]
    clock.now = parse_instant("2026-03-21T15:00:00Z")  # March is over
    async with running(clock, journal, past) as again:
        assert MARCH not in [each.symbol for each in again.engine._almanac.rolls.instruments]
        assert again.closes() == again.closes(JUNE) == [23_800, 23_802, 23_804, 23_900, 23_901, 23_902]


async def test_without_a_moment_that_both_know_the_old_contract_is_left_out_until_there_is_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        for number in range(3):
            run.trade(minutes(ROLL, 5 * number - 14), ESH26=23_600 + number)
        await run.pass_until(minutes(ROLL, 0.5))
        for number in range(2):
            run.trade(minutes(ROLL, 5 * number + 1), ESM26=23_900 + number)
        await run.pass_until(minutes(ROLL, 11))
        assert run.closes() == [23_900, 23_901], "no jump that nobody traded"
        run.closes()
        [said] = [each.getMessage() for each in caplog.records if "the gap is not known" in each.getMessage()]
        assert said.startswith("ES: up to the roll into ESM26 at 2026-03-12T22:0")
        assert said.endswith("goes without the bars of ESH26")
        late = Lake([bar(JUNE, minutes(ROLL, -5), 23_801)])
        await run.engine.charts.load(late, JUNE, minutes(ROLL, 0))
        assert run.closes() == [23_800, 23_801, 23_802, 23_900, 23_901]  # 23801 against 23601
        assert run.told[-1] == HistoricalBarsLoaded(ES, FIVE, 5)


class SlowLake(Lake):
    """History of June comes when it is let go."""

    def __init__(self, past: Sequence[Bar]) -> None:
        super().__init__(past)
        self.let_go = asyncio.Event()

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        if symbol == JUNE:
            await self.let_go.wait()
        return await super().history(symbol, length, count, before)


async def test_while_history_is_on_its_way_a_gap_that_is_not_known_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    charts = Charts(Bars((FIVE,)))
    charts.open([(MARCH, utc_day), (JUNE, utc_day)], minutes(ROLL, 10))
    charts.open_series(ES, (MARCH, JUNE), {MARCH: minutes(ROLL, -9_000), JUNE: ROLL})
    charts.take(Print(JUNE, minutes(ROLL, 11), Ticks(23_950)))
    charts.pass_time(minutes(ROLL, 16))
    lake = SlowLake([bar(MARCH, minutes(ROLL, -5), 23_600), bar(JUNE, minutes(ROLL, -5), 23_800)])
    coming = asyncio.create_task(charts.load(lake, JUNE, minutes(ROLL, 10)))
    await asyncio.sleep(0)
    await charts.load(lake, MARCH, minutes(ROLL, 10))
    assert [each.close for each in charts.bars(ES)] == [23_950]
    lake.let_go.set()
    await coming
    assert [each.close for each in charts.bars(ES)] == [23_800, 23_950]
    assert not caplog.records


async def test_orders_use_what_is_traded() -> None:
    async with running(HandClock(minutes(ROLL, -20))) as run:
        await rolled(run)
        document = entry("s-1", instrument="ES", quantity="1", expected_price="5975", stop={"price": "5900"})
        answer = await run.engine.signal(document)
        assert answer.order is not None
        assert run.engine.book.state.orders[answer.order].request.instrument == JUNE


async def test_out_of_settings_the_root_has_a_series_too(tmp_path: Path) -> None:
    clock = HandClock(BEFORE)
    async with open_engine(settings(tmp_path), clock) as engine:
        engine.feed(msgspec.json.encode(Print(MARCH, clock(), Ticks(23_600), Nano(UNIT))))
        clock.now = minutes(BEFORE, 6)
        engine.charts.pass_time(clock())
        assert [each.instrument for each in engine.charts.bars(ES)] == [ES]
        clock.now = AFTER
        await until(engine, lambda: engine.book.state.fronts[ES] == JUNE)
        told = engine.book.state.front_since
        assert list(told[ES].items()) == [(MARCH, BEFORE), (JUNE, AFTER)]
    async with open_engine(settings(tmp_path), clock) as again:  # from the snapshot that the stop left
        assert again.book.state.front_since == told


# -- laws --

TEN = range(1, 61)


def _ends(draw: st.DrawFn) -> list[Instant]:
    return [minutes(ROLL, 5 * number) for number in sorted(draw(st.sets(st.sampled_from(TEN), max_size=40)))]


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[Symbol, Instant], dict[Symbol, list[Bar]]]:
    """Bars of three contracts, with holes, and when each became the front one."""
    bars = {
        contract: [bar(contract, end, draw(st.integers(-500, 500))) for end in _ends(draw)]
        for contract in (MARCH, JUNE, SEPT)
    }
    turns = sorted(draw(st.sets(st.sampled_from(TEN), min_size=2, max_size=2)))
    since = [minutes(ROLL, -10), *(minutes(ROLL, 5 * turn) for turn in turns)]
    return dict(zip((MARCH, JUNE, SEPT), since, strict=True)), bars


@given(histories())
def test_every_move_within_a_contract_is_one_that_was_traded(
    history: tuple[dict[Symbol, Instant], dict[Symbol, list[Bar]]],
) -> None:
    since, bars = history
    made = Series(ES, bars, since).bars(FIVE, bars.__getitem__)
    assert [each.at for each in made] == sorted({each.at for each in made})
    shifts: dict[Symbol, set[int]] = {contract: set() for contract in bars}
    for each in made:
        contract = next(name for name, volume in VOLUMES.items() if volume == each.volume)
        real = next(one for one in bars[contract] if one.at == each.at)
        shifts[contract] |= {
            moved - traded
            for moved, traded in zip(
                (each.open, each.high, each.low, each.close),
                (real.open, real.high, real.low, real.close),
                strict=True,
            )
        }
    assert all(len(found) <= 1 for found in shifts.values())
    assert shifts[SEPT] <= {0}


@given(histories(), st.integers(0, 40))
def test_bars_that_a_chart_forgets_leave_the_others_where_they_were(
    history: tuple[dict[Symbol, Instant], dict[Symbol, list[Bar]]], forgotten: int
) -> None:
    """The gap is kept when the bars that it was measured on have gone."""
    since, bars = history
    series = Series(ES, bars, since)
    whole = series.bars(FIVE, bars.__getitem__)
    kept = {contract: own[forgotten:] for contract, own in bars.items()}
    after = series.bars(FIVE, kept.__getitem__)
    there = {(VOLUMES[contract], each.at) for contract, own in kept.items() for each in own}
    assert after == [each for each in whole if (each.volume, each.at) in there]


def test_a_contract_that_was_the_front_one_for_no_time_has_no_part() -> None:
    series = Series(ES, (MARCH, JUNE), {MARCH: ROLL, JUNE: ROLL})
    assert not series.has(MARCH)
    own = {MARCH: [bar(MARCH, ROLL, 100)], JUNE: [bar(JUNE, ROLL, 300)]}
    assert [each.close for each in series.bars(FIVE, own.__getitem__)] == [300]


def test_before_a_root_has_a_front_it_has_no_bars() -> None:
    assert Series(ES, (MARCH,), {}).bars(FIVE, lambda _: [bar(MARCH, ROLL, 100)]) == []
