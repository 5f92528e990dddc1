"""Market data on its way in: kept as it came, judged, and only then acted on."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.builders import ES, NOON, SPY
from tests.unit.engine.stage import HandClock
from tests.unit.engine.test_feeds import FollowingVenue

from kedge.domain.announcements import Halt, Split
from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.engine.charts import CandleClosed, Charts, HistoricalBarsLoaded, Notice
from kedge.engine.hours import sessions_of
from kedge.engine.intake import MarketIntake
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.feeds.errors import UnreachableError
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.recorder import Recorder
from kedge.journal.memory import MemoryJournal
from kedge.kernel.book import Book
from kedge.market.hours import HoursOf, utc_day
from kedge.market.quality import Fault
from kedge.settings.values import Bars


def at(seconds: float) -> Instant:
    return Instant(NOON + round(seconds * SECOND))


def quote(bid: int, ask: int, seconds: float = 0) -> Quote:
    return Quote(SPY.symbol, at(seconds), Ticks(bid), Ticks(ask))


class Stage:
    """An intake with all that hangs on it."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self.clock = HandClock()
        self.book = Book.empty(BookId("main"))
        self.book.state.instruments[SPY.symbol] = SPY
        self.venue = FollowingVenue()
        self.charts = Charts(Bars((Span(MINUTE),)))
        self.charts.open([(SPY.symbol, utc_day)], self.clock())
        self.notices: list[Notice] = []
        self.charts.listen(self.notices.append)
        self.writer = Writer(self.book, MemoryJournal(BookId("main"), "journal1"), state_schema())
        self.intake = MarketIntake(self.writer, [self.venue], self.clock, _all_day, self.charts, recorder)

    def take(self, data: MarketData, *, keep: bool = False) -> bool:
        self.clock.now = max(self.clock.now, data.at)
        return self.intake.take(data, keep=keep)


def test_what_is_announced_of_an_instrument_that_nobody_here_trades_is_of_no_concern() -> None:
    stage = Stage()  # whose venue takes no action
    stage.intake.announce(Split(ES.symbol, stage.clock(), 4))
    stage.intake.announce(Halt(ES.symbol, stage.clock(), "news"))
    assert stage.book.state.halted == {}


def _all_day(_: Symbol) -> HoursOf:
    return utc_day


BAD = [
    pytest.param(quote(10_001, 10_000, 1), Fault.CROSSED, id="crossed"),
    pytest.param(quote(0, 10_001, 1), Fault.NOT_POSITIVE, id="a price of nothing"),
    pytest.param(quote(20_000, 20_001, 1), Fault.JUMP, id="twice the price"),
    pytest.param(quote(10_000, 10_001, -1), Fault.BACKWARD, id="backward in time"),
    pytest.param(quote(10_000, 10_001, -60), Fault.STALE, id="a minute old"),
    pytest.param(quote(10_000, 10_001), Fault.DOUBLED, id="told twice"),
]


@pytest.mark.parametrize(("bad", "fault"), BAD)
def test_what_cannot_be_true_reaches_nobody_and_is_counted(bad: Quote, fault: Fault) -> None:
    stage = Stage()
    assert stage.take(quote(10_000, 10_001))
    assert not stage.take(bad)
    assert stage.book.quote(SPY.symbol) == (10_000, 10_001)
    assert stage.venue.followed == [quote(10_000, 10_001)]
    report = stage.intake.reports[SPY.symbol]
    assert {f: n for f, n in report.refused.items() if n} == {fault: 1}
    assert report.good == 1


def test_a_stop_that_the_engine_holds_is_not_released_by_a_slip() -> None:
    stage = Stage()
    for second, (bid, ask) in enumerate([(10_000, 10_001), (5_000, 5_001), (10_000, 10_002)]):
        stage.take(quote(bid, ask, second))
    assert [each.bid for each in stage.venue.followed if isinstance(each, Quote)] == [10_000, 10_000]


def test_a_price_that_a_venue_brings_is_judged_and_not_given_back_to_it() -> None:
    stage = Stage()
    stage.intake.take_from_venue(quote(10_000, 10_001))
    stage.intake.take_from_venue(quote(10_002, 10_001))
    assert stage.book.quote(SPY.symbol) == (10_000, 10_001)
    assert stage.venue.followed == []


def kept(directory: Path) -> list[MarketData]:
    """What was recorded, in the order in which it came."""
    return list(RecordedData(sorted(directory.rglob("*.parquet")), {SPY.symbol: SPY}))


async def test_everything_is_kept_as_it_came_the_bad_too_where_it_can_be_read(tmp_path: Path) -> None:
    instruments = {SPY.symbol: SPY}
    clock = HandClock()
    recorder = Recorder(tmp_path, instruments, clock, pytest.fail)
    await recorder.start()
    stage = Stage(recorder)
    came = [quote(10_000, 10_001), quote(20_000, 20_001, 1), quote(10_000, 10_001)]
    for each in came:
        stage.take(each, keep=True)
    stage.take(quote(10_000, 10_001, 2))  # of a feed that is not to be kept
    await recorder.close()
    assert kept(tmp_path) == came


# -- charts --


def closed(stage: Stage) -> list[tuple[int, int, int]]:
    """Start (seconds from noon), open and close of the bars that were told."""
    return [
        ((notice.bar.start - NOON) // SECOND, notice.bar.open, notice.bar.close)
        for notice in stage.notices
        if isinstance(notice, CandleClosed)
    ]


def test_a_candle_is_told_when_it_is_known() -> None:
    stage = Stage()
    for second, price in [(0, 100), (30, 110), (59, 105)]:
        stage.take(quote(price, price, second))
    assert closed(stage) == []
    stage.take(quote(106, 106, 61))
    assert closed(stage) == [(0, 100, 105)]
    assert [bar.close for bar in stage.charts.bars(SPY.symbol, Span(MINUTE))] == [105]


def test_a_candle_ends_by_the_clock_when_no_tick_comes() -> None:
    stage = Stage()
    stage.take(quote(100, 100, 30))
    stage.charts.pass_time(at(60))  # what is on its way may still belong to it
    assert closed(stage) == []
    stage.charts.pass_time(at(60.5))
    assert closed(stage) == [(0, 100, 100)]
    stage.charts.pass_time(at(600))
    assert len(closed(stage)) == 1


def test_bars_are_made_of_trades_where_there_are_any() -> None:
    stage = Stage()
    stage.take(quote(100, 102, 1))
    for second, price in [(2, 107), (3, 108)]:
        stage.take(Print(SPY.symbol, at(second), Ticks(price), Nano(10**9)))
    stage.take(quote(100, 102, 4))
    stage.charts.pass_time(at(120))
    [bar] = stage.charts.bars(SPY.symbol, Span(MINUTE))
    assert (bar.high, bar.close, bar.volume) == (108, 108, 2 * 10**9)


class Past:
    """A source that knows so many minutes before noon."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        if not self.minutes:
            raise UnreachableError("nobody there")
        return [
            Bar(symbol, at(-60 * (n - 1)), at(-60 * n), Ticks(n), Ticks(n), Ticks(n), Ticks(n))
            for n in range(min(self.minutes, count), 0, -1)
        ]


@pytest.mark.parametrize(("minutes", "loaded"), [(500, 200), (3, 3), (0, 0)])
async def test_history_comes_before_what_was_built_since(minutes: int, loaded: int) -> None:
    stage = Stage()
    stage.take(quote(100, 100, 30))
    stage.charts.pass_time(at(61))  # a bar is there before its history is
    await stage.charts.load(Past(minutes), SPY.symbol, at(61))
    assert stage.notices[-1] == HistoricalBarsLoaded(SPY.symbol, Span(MINUTE), loaded)
    bars = stage.charts.bars(SPY.symbol, Span(MINUTE))
    assert len(bars) == loaded + 1
    assert [bar.start for bar in bars] == sorted(bar.start for bar in bars)
    assert bars[-1].open == 100


def test_every_length_of_the_settings_is_made() -> None:
    charts = Charts(Bars((Span(MINUTE), Span(5 * MINUTE))))
    charts.open([(SPY.symbol, utc_day), (ES.symbol, utc_day)], at(0))
    for second in (30, 90, 301):
        for symbol in (SPY.symbol, ES.symbol):
            charts.take(Print(symbol, at(second), Ticks(second), Nano(10**9)))
    for symbol in (SPY.symbol, ES.symbol):
        assert [bar.close for bar in charts.bars(symbol, Span(MINUTE))] == [30, 90]
        assert [bar.close for bar in charts.bars(symbol, Span(5 * MINUTE))] == [90]
        assert charts.bars(symbol) == charts.bars(symbol, Span(MINUTE)), "without a length: the first"


def test_a_length_of_which_no_bars_are_made_is_refused_with_those_that_are() -> None:
    charts = Charts(Bars((Span(MINUTE), Span(60 * MINUTE))))
    charts.open([(SPY.symbol, utc_day)], at(0))
    with pytest.raises(ValueError, match="no bars of 5m are made, but of 1m, 1h"):
        charts.bars(SPY.symbol, Span(5 * MINUTE))


async def test_as_many_bars_of_the_past_are_asked_for_as_the_settings_say() -> None:
    for history, loaded in [(0, 0), (7, 7), (800, 800)]:
        charts = Charts(Bars((Span(MINUTE),), history))
        charts.open([(SPY.symbol, utc_day)], at(0))
        await charts.load(Past(1000), SPY.symbol, at(0))
        assert len(charts.bars(SPY.symbol)) == loaded


def test_a_listener_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()

    def fails(_: Notice) -> None:
        raise ZeroDivisionError

    stage.charts.listen(fails)
    stage.take(quote(100, 100, 30))
    stage.take(quote(100, 101, 61))
    assert len(closed(stage)) == 1
    assert "a listener to charts failed" in caplog.text


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        pytest.param("", (0, 24 * 3600), id="no calendar"),
        pytest.param("24/7", (0, 24 * 3600), id="never closes"),
        pytest.param("XNYS", (14.5 * 3600, 21 * 3600), id="New York"),
    ],
)
def test_the_sessions_that_bars_are_cut_by(name: str, bounds: tuple[float, float]) -> None:
    midnight = Instant(NOON - 12 * 3600 * SECOND)
    hours = sessions_of(name)(Instant(midnight + 15 * 3600 * SECOND))
    assert hours is not None
    assert ((hours.open - midnight) / SECOND, (hours.close - midnight) / SECOND) == bounds


def test_beyond_a_calendar_there_are_no_sessions() -> None:
    far: Mapping[str, Instant] = {"far": Instant(NOON + 100 * 366 * 86_400 * SECOND)}
    assert sessions_of("XNYS")(far["far"]) is None
