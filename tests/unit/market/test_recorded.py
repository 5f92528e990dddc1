"""Real markets. The data are not part of the repository: KEDGE_DATA names the directory that holds them, else these
tests are skipped.
"""

import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import talib

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks, to_nano, use_exact_arithmetic
from kedge.domain.quotes import Bar, Print, Quote
from kedge.market.bars import BarBuilder, BuiltBar
from kedge.market.columns.averages import atr, ema, rsi
from kedge.market.hours import DAY, Hours, ListedHours
from kedge.market.quality import Fault, Judge, QualityTerms

DATA = Path(os.environ.get("KEDGE_DATA") or "-")
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="KEDGE_DATA names no directory with recorded market data"
)

XRPETH = Instrument(Symbol("XRPETH"), tick=Decimal("1E-8"), lot=Decimal(1))
BTCUSDT = Instrument(Symbol("BTCUSDT"), tick=Decimal("0.01"), lot=Decimal("0.00001"))
SPY = Instrument(Symbol("SPY"), tick=Decimal("0.01"))
FESX = Instrument(Symbol("FESX"), tick=Decimal(1))
FIVE_MINUTES = Span(5 * MINUTE)


def columns(name: str) -> dict[str, list[int | Decimal]]:
    """A file's columns: times in nanoseconds, numbers as they are written, exactly."""
    use_exact_arithmetic()
    table = pq.read_table(DATA / name)
    stamps = table["ts_utc"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_pylist()
    figures = {
        column: [Decimal(repr(figure)) for figure in table[column].to_pylist()]
        for column in table.column_names
        if pa.types.is_floating(table[column].type) or pa.types.is_integer(table[column].type)
    }
    return {**figures, "at": stamps}


def read_bars(instrument: Instrument, name: str) -> list[Bar]:
    read = columns(name)
    first, high, low, last = (
        [instrument.ticks(Decimal(price)) for price in read[part]]
        for part in ("open", "high", "low", "close")
    )
    return [
        Bar(
            instrument=instrument.symbol,
            at=Instant(int(at) + MINUTE),
            start=Instant(int(at)),
            open=first[row],
            high=high[row],
            low=low[row],
            close=last[row],
            volume=to_nano(Decimal(read["volume"][row])),
        )
        for row, at in enumerate(read["at"])
    ]


def read_trades(instrument: Instrument, name: str) -> list[Print]:
    read = columns(name)
    return [
        Print(instrument.symbol, Instant(int(at)), instrument.ticks(Decimal(price)), to_nano(Decimal(size)))
        for at, price, size in zip(read["at"], read["price"], read["size"], strict=True)
    ]


def read_quotes(instrument: Instrument, name: str) -> list[Quote]:
    read = columns(name)
    return [
        Quote(
            instrument.symbol,
            Instant(int(at)),
            instrument.ticks(Decimal(bid)),
            instrument.ticks(Decimal(ask)),
        )
        for at, bid, ask in zip(read["at"], read["bid"], read["ask"], strict=True)
    ]


def new_york_days(bars: list[Bar]) -> ListedHours:
    """From 9:30 to 16:00 in New York, on each day that has bars."""
    zone = ZoneInfo("America/New_York")
    days = sorted({datetime.fromtimestamp(bar.start // SECOND, zone).date() for bar in bars})
    clock = [
        (
            datetime(day.year, day.month, day.day, 9, 30, tzinfo=zone),
            datetime(day.year, day.month, day.day, 16, tzinfo=zone),
        )
        for day in days
    ]
    return ListedHours(
        Hours(Instant(int(first.timestamp()) * SECOND), Instant(int(last.timestamp()) * SECOND))
        for first, last in clock
    )


def test_minute_bars_of_trades_are_the_published_ones() -> None:
    builder = BarBuilder(XRPETH.symbol, MINUTE)
    built: list[BuiltBar] = []
    trades = read_trades(XRPETH, "XRPETH_trades_2019.parquet")
    for trade in trades:
        built += builder.on_print(trade)
    built += builder.advance(Instant(trades[-1].at + MINUTE))
    published = read_bars(XRPETH, "XRPETH_1min_2019.parquet")
    assert [each.bar for each in built] == published
    assert builder.counts.empty == (published[-1].at - published[0].start) // MINUTE - len(published)


def test_sessions_keep_their_grid_when_the_clocks_change() -> None:
    bars = read_bars(SPY, "SPY_1min_2011.parquet")
    hours_of = new_york_days(bars)
    builder = BarBuilder(SPY.symbol, FIVE_MINUTES, hours_of)
    built = [each for bar in bars for each in builder.on_bar(bar)]
    for each in built:
        hours = hours_of(each.bar.start)
        assert hours is not None
        assert (each.bar.start - hours.open) % FIVE_MINUTES == 0
    starts = [each.bar.start for each in built]
    opens = {start % DAY // MINUTE for start in starts if hours_of(Instant(start - 1)) is None}
    assert opens == {14 * 60 + 30, 13 * 60 + 30}  # in UTC: before 13 March, and after
    inside = [bar for bar in bars if hours_of(bar.start) is not None]
    assert sum(each.bar.volume for each in built) == sum(bar.volume for bar in inside)
    assert sum(each.pieces for each in built) == len(inside)
    assert builder.counts.outside == len(bars) - len(inside)


def test_five_minutes_of_a_future_say_which_of_their_minutes_are_missing() -> None:
    bars = read_bars(FESX, "FESX_1min_2006.parquet")
    builder = BarBuilder(FESX.symbol, FIVE_MINUTES)
    built = [each for bar in bars for each in builder.on_bar(bar)]
    built += builder.advance(Instant(bars[-1].at + FIVE_MINUTES))
    assert all(each.missing == FIVE_MINUTES - each.pieces * MINUTE for each in built)
    assert sum(each.pieces for each in built) == len(bars)
    assert 0 < builder.counts.incomplete < builder.counts.built


def test_quotes_and_trades_of_a_busy_market_are_all_good() -> None:
    judge = Judge()
    quotes = read_quotes(BTCUSDT, "BTCUSDT_quotes_20240808.parquet")
    trades = read_trades(BTCUSDT, "BTCUSDT_trades_20240808.parquet")
    assert [judge.quote(quote, quote.at) for quote in quotes].count(None) == len(quotes)
    assert [judge.print(trade, trade.at) for trade in trades].count(None) == len(trades)


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        pytest.param(XRPETH, "XRPETH_1min_2019.parquet", id="XRPETH"),
        pytest.param(SPY, "SPY_1min_2011.parquet", id="SPY"),
        pytest.param(FESX, "FESX_1min_2006.parquet", id="FESX"),
    ],
)
def test_recorded_bars_are_good(instrument: Instrument, name: str) -> None:
    judge = Judge(QualityTerms(jump_bps=500))
    bars = read_bars(instrument, name)
    faults: list[Fault | None] = [judge.bar(bar, bar.at) for bar in bars]
    assert faults == [None] * len(bars), judge.report


@pytest.mark.parametrize(
    ("instrument", "name"),
    [
        pytest.param(XRPETH, "XRPETH_1min_2019.parquet", id="XRPETH"),
        pytest.param(SPY, "SPY_1min_2011.parquet", id="SPY"),
        pytest.param(FESX, "FESX_1min_2006.parquet", id="FESX"),
    ],
)
def test_indicators_of_real_prices_agree_with_talib(instrument: Instrument, name: str) -> None:
    bars = read_bars(instrument, name)
    high, low, close = (
        np.array([getattr(bar, part) for bar in bars], float) for part in ("high", "low", "close")
    )
    for ours, theirs in (
        (ema(close, 20), talib.EMA(close, 20)),
        (rsi(close, 14), talib.RSI(close, 14)),
        (atr(high, low, close, 14), talib.ATR(high, low, close, 14)),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=0.0)


def test_a_slip_among_real_quotes_is_refused_and_costs_nothing() -> None:
    judge = Judge()
    quotes = read_quotes(BTCUSDT, "BTCUSDT_quotes_20240808.parquet")[:1_000]
    before = quotes[500]
    slip = Quote(BTCUSDT.symbol, before.at, Ticks(before.bid // 10), Ticks(before.ask // 10))
    judgements = [judge.quote(quote, quote.at) for quote in [*quotes[:500], slip, *quotes[500:]]]
    assert judgements == [None] * 500 + [Fault.JUMP] + [None] * 500
