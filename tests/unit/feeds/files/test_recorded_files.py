"""Good files become exactly the market data that they hold; what is changed or left out is counted."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.feeds.files.samples import BARS, COIN, ES, INSTRUMENTS, QUOTES, SPY, TRADES, at, read, written

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.feeds.files.amounts import Grid, Rounding, read_prices, read_sizes
from kedge.feeds.files.faults import Faults
from kedge.feeds.files.form import Kind, Stamps, Terms, symbol_of
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.files.summary import Summary

ONE = Nano(10**9)
TWO_BARS = (
    "2026-03-02T14:30:00Z,591.20,591.30,591.10,591.25,100\n"
    "2026-03-02T14:31:00Z,591.25,591.40,591.20,591.30,50.5\n"
)


def bar(start: str, end: str, prices: tuple[int, int, int, int], volume: int) -> Bar:
    opened, high, low, closed = map(Ticks, prices)
    return Bar(SPY.symbol, at(end), at(start), opened, high, low, closed, Nano(volume))


BAR_1 = bar("14:30:00", "14:31:00", (59120, 59130, 59110, 59125), 100 * 10**9)
BAR_2 = bar("14:31:00", "14:32:00", (59125, 59140, 59120, 59130), 50_500_000_000)


def trades(*times: str) -> str:
    return TRADES + "".join(f"{time},591.20,1\n" for time in times)


def test_bars_are_known_at_their_end(tmp_path: Path) -> None:
    items, summary = read(written(tmp_path, "SPY_1min.csv", BARS + TWO_BARS))
    assert items == [BAR_1, BAR_2]
    assert summary == Summary(rows=2, kept={Kind.BARS: 2}, first=at("14:31:00"), last=at("14:32:00"))


def test_bars_may_be_stamped_at_their_end(tmp_path: Path) -> None:
    items, _ = read(written(tmp_path, "SPY.csv", BARS + TWO_BARS), terms=Terms(stamps=Stamps.END))
    assert [(item.start, item.at) for item in items if isinstance(item, Bar)] == [
        (at("14:29:00"), at("14:30:00")),
        (at("14:30:00"), at("14:31:00")),
    ]


def test_one_bar_alone_needs_its_length_said(tmp_path: Path) -> None:
    path = written(tmp_path, "SPY.csv", BARS + TWO_BARS.splitlines()[0])
    items, _ = read(path, terms=Terms(bar_length=Span(MINUTE)))
    assert items == [BAR_1]


def test_quotes_have_sizes_where_the_file_has_them(tmp_path: Path) -> None:
    rows = QUOTES + "2026-03-02T14:30:00Z,591.20,591.21,0.000000001,12\n"
    bare = "ts_utc,bid,ask\n2026-03-02T14:30:00Z,591.20,591.21\n"
    quote = Quote(SPY.symbol, at("14:30:00"), Ticks(59120), Ticks(59121), Nano(1), Nano(12 * ONE))
    assert read(written(tmp_path, "SPY.csv", rows))[0] == [quote]
    [without] = read(written(tmp_path, "SPY.bare.csv", bare))[0]
    assert without == Quote(SPY.symbol, at("14:30:00"), Ticks(59120), Ticks(59121))


def test_trades_of_several_instruments_share_a_file_each_on_its_own_grid(tmp_path: Path) -> None:
    rows = (
        "ts_utc,symbol,price,size,side\n"
        "2026-03-02T14:30:00Z,SPY,591.20,1,buy\n"
        "2026-03-02T14:30:00Z,ES,5912.25,2,sell\n"
        "2026-03-02T14:30:01Z,QQQ,100.12345,3,sell\n"
        "2026-03-02T14:30:02Z,COIN,0.00141342,1482,buy\n"
    )
    items, summary = read(written(tmp_path, "all.csv", rows))
    assert items == [
        Print(SPY.symbol, at("14:30:00"), Ticks(59120), ONE),
        Print(ES.symbol, at("14:30:00"), Ticks(23649), Nano(2 * ONE)),
        Print(COIN.symbol, at("14:30:02"), Ticks(141342), Nano(1482 * ONE)),
    ]
    assert summary.dropped == {"of other instruments": 1}


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        pytest.param("2026-03-02T14:30:00Z", at("14:30:00"), id="UTC"),
        pytest.param("2026-03-02 09:30:00-05:00", at("14:30:00"), id="another zone"),
        pytest.param("2026-03-02T14:30:00.123456789Z", at("14:30:00.123456789"), id="nanoseconds"),
        pytest.param("2026-03-02 14:30:00", at("14:30:00"), id="no zone, which is UTC"),
        pytest.param("2026-03-02", at("00:00:00"), id="a day"),
        pytest.param("1772461800", at("14:30:00"), id="seconds"),
        pytest.param("1772461800123", at("14:30:00.123"), id="milliseconds"),
        pytest.param("1772461800123456", at("14:30:00.123456"), id="microseconds"),
        pytest.param("1772461800123456789", at("14:30:00.123456789"), id="nanoseconds since 1970"),
        pytest.param("1772461800.25", at("14:30:00.250"), id="seconds with a fraction"),
        pytest.param("1772461800123.5", at("14:30:00.1235"), id="milliseconds with a fraction"),
    ],
)
def test_a_time_in_csv_is_read_without_guessing(tmp_path: Path, time: str, instant: Instant) -> None:
    [item] = read(written(tmp_path, "SPY.csv", trades(time)))[0]
    assert item.at == instant


def test_offsets_may_change_within_a_file_as_clocks_do(tmp_path: Path) -> None:
    times = ("2026-03-08T01:59:00-05:00", "2026-03-08T03:01:00-04:00")
    first, second = read(written(tmp_path, "SPY.csv", trades(*times)))[0]
    assert second.at - first.at == 2 * MINUTE


MOMENT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "instant"),
    [
        pytest.param(lambda: pa.array([MOMENT], pa.timestamp("s", "UTC")), at("14:30:00"), id="seconds, UTC"),
        pytest.param(
            lambda: pa.array([MOMENT], pa.timestamp("ms", "America/New_York")),
            at("14:30:00"),
            id="another zone",
        ),
        pytest.param(
            lambda: pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("us")), at("14:30:00"), id="no zone"
        ),
        pytest.param(
            lambda: pa.array([1772461800123456789], pa.timestamp("ns")),
            at("14:30:00.123456789"),
            id="nanoseconds",
        ),
        pytest.param(
            lambda: pa.array([1772461800123], pa.int64()), at("14:30:00.123"), id="a count of milliseconds"
        ),
        pytest.param(
            lambda: pa.array([1772461800.5], pa.float64()), at("14:30:00.5"), id="a fraction of a second"
        ),
        pytest.param(lambda: pa.array([date(2026, 3, 2)], pa.date32()), at("00:00:00"), id="a day"),
        pytest.param(
            lambda: pa.array(["2026-03-02T14:30:00Z"], pa.large_string()), at("14:30:00"), id="text"
        ),
        pytest.param(
            lambda: pa.array(["2026-03-02T14:30:00Z"]).dictionary_encode(),
            at("14:30:00"),
            id="text from a list",
        ),
    ],
)
def test_a_time_in_parquet_is_what_its_type_says(
    tmp_path: Path, column: Callable[[], Any], instant: Instant
) -> None:
    path = tmp_path / "SPY.parquet"
    pq.write_table(pa.table({"ts_utc": column(), "price": [591.2]}), path)
    [item] = read(path)[0]
    assert item.at == instant


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(lambda: pa.array([591.20, 591.21]), id="doubles"),
        pytest.param(lambda: pa.array([591.20, 591.21], pa.float32()), id="short floats"),
        pytest.param(lambda: pa.array([Decimal("591.20"), Decimal("591.21")]), id="decimals"),
        pytest.param(lambda: pa.array(["591.20", "591.21"]), id="texts"),
    ],
)
def test_a_price_in_parquet_is_the_decimal_that_was_meant(tmp_path: Path, column: Callable[[], Any]) -> None:
    path = tmp_path / "SPY.parquet"
    pq.write_table(pa.table({"ts_utc": [MOMENT, MOMENT], "price": column()}), path)
    assert [item.price for item in read(path)[0] if isinstance(item, Print)] == [59120, 59121]


@pytest.mark.parametrize(
    ("size", "billionths"),
    [
        pytest.param("123456789.123456789", 123456789123456789, id="more digits than a double has"),
        pytest.param("98765432109876", 98765432109876 * 10**9, id="more than fits into 64 bits"),
        pytest.param("24999999.999999999", 24999999999999999, id="what a double takes for a whole number"),
        pytest.param("25000000", 25 * 10**15, id="a large whole number"),
        pytest.param("0.1", 10**8, id="a tenth"),
        pytest.param("0", 0, id="nothing"),
    ],
)
def test_sizes_are_exact(tmp_path: Path, size: str, billionths: int) -> None:
    [item] = read(written(tmp_path, "SPY.csv", TRADES + f"2026-03-02T14:30:00Z,591.20,{size}\n"))[0]
    assert item == Print(SPY.symbol, at("14:30:00"), Ticks(59120), Nano(billionths))


def test_bars_off_the_grid_are_rounded_and_counted(tmp_path: Path) -> None:
    rows = BARS + "2026-03-02T14:30:00Z,591.204,591.306,591.10,591.25,1e-10\n" + TWO_BARS.splitlines()[1]
    items, summary = read(written(tmp_path, "SPY.csv", rows))
    assert items[0] == bar("14:30:00", "14:31:00", (59120, 59131, 59110, 59125), 0)
    assert summary.rounded == 1


def test_adjusted_quotes_are_rounded_against_us_and_counted(tmp_path: Path) -> None:
    rows = QUOTES + "2026-03-02T14:30:00Z,591.206,591.204,1,1\n2026-03-02T14:30:00Z,591.20,591.21,1,1\n"
    items, summary = read(written(tmp_path, "SPY.csv", rows), terms=Terms(adjusted=True))
    assert [(item.bid, item.ask) for item in items if isinstance(item, Quote)] == [
        (59120, 59121),
        (59120, 59121),
    ]
    assert summary.rounded == 1


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**17)), min_size=1, max_size=20), st.data())
def test_any_price_on_any_grid_and_any_size_come_back_exactly(
    rows: list[tuple[int, int]], data: st.DataObject
) -> None:
    tick = data.draw(st.sampled_from(["0.01", "0.25", "0.00000001", "5", "0.03125", "0.0005"]))
    instrument = Instrument(Symbol("SPY"), Decimal(tick))
    faults = Faults(Path("SPY.csv"), range(1, 100))
    codes = np.zeros(len(rows), np.intp)
    texts = pa.array([str(ticks * instrument.tick) for ticks, _ in rows])
    sizes = pa.array([f"{size // 10**9}.{size % 10**9:09d}" for _, size in rows])
    for prices in (texts, texts.cast(pa.float64())):
        read_back = read_prices("price", prices, Grid([instrument], codes), Rounding.REFUSED, faults)
        faults.refuse_any()
        assert read_back.counts.tolist() == [ticks for ticks, _ in rows]
    assert read_sizes("size", sizes, Rounding.REFUSED, faults).counts.tolist() == [size for _, size in rows]
    faults.refuse_any()


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_price_is_on_its_grid_just_when_decimals_say_so(price: int, tick: int) -> None:
    number, step = Decimal(price).scaleb(-6), Decimal(tick).scaleb(-6)
    grid = Grid([Instrument(Symbol("SPY"), step)], np.zeros(1, np.intp))
    amounts = read_prices("price", pa.array([str(number)]), grid, Rounding.NEAREST, Faults(Path("x"), [1]))
    assert bool(amounts.rounded[0]) is bool(number % step)
    assert abs(int(amounts.counts[0]) * step - number) <= step / 2


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    bars = (
        BARS
        + TWO_BARS
        + TWO_BARS.splitlines()[1]
        + "\n2026-03-02T14:32:00Z,,,,,\n2026-03-02T14:34:00Z,591.25,591.40,591.20,591.30,1\n"
    )
    quotes = QUOTES + (
        "2026-03-02T14:30:00Z,0,591.21,0,1\n"
        "2026-03-02T14:30:00Z,591.20,NaN,1,\n"
        "2026-03-02T14:30:01Z,591.22,591.21,1,1\n"
    )
    items, summary = read(written(tmp_path, "SPY.csv", bars), written(tmp_path, "SPY.q.csv", quotes))
    assert [type(item) for item in items] == [Quote, Bar, Bar, Bar]
    assert summary == Summary(
        rows=8,
        kept={Kind.BARS: 3, Kind.QUOTES: 1},
        first=at("14:30:01"),
        last=at("14:35:00"),
        gaps=1,
        largest_gap=Span(3 * MINUTE),
        crossed=1,
        dropped={"a bar told twice": 1, "a bar without prices": 1, "a quote without bid or ask": 2},
    )
    assert summary.lines() == [
        "8 rows read: 3 bars, 1 quotes",
        "from 2026-03-02T14:30:01Z to 2026-03-02T14:35:00Z",
        "1 gaps between bars, the longest 3 min 0 s",
        "1 quotes crossed",
        "1 rows dropped: a bar without prices",
        "1 rows dropped: a bar told twice",
        "2 rows dropped: a quote without bid or ask",
    ]


def test_a_bar_told_twice_is_left_out_where_two_batches_meet_too(tmp_path: Path) -> None:
    starts = np.arange(40_000, dtype=np.int64) * MINUTE + at("00:00:00")
    stamps = np.insert(starts, 32_768, starts[32_767])
    table = pa.table({"ts_utc": pa.array(stamps, pa.timestamp("ns", "UTC"))} | dict.fromkeys(
        ("open", "high", "low", "close"), pa.array(np.full(40_001, 591.2))
    ))  # fmt: skip
    path = tmp_path / "SPY.parquet"
    pq.write_table(table, path)
    items, summary = read(path)
    assert len(items) == 40_000
    assert (summary.dropped, summary.gaps) == ({"a bar told twice": 1}, 0)


def test_days_that_begin_at_local_midnight_may_be_an_hour_shorter(tmp_path: Path) -> None:
    days = ["06T05:00:00Z", "07T05:00:00Z", "08T05:00:00Z", "09T04:00:00Z", "10T04:00:00Z"]
    rows = BARS + "".join(f"2026-03-{day},591.20,591.30,591.10,591.25,1\n" for day in days)
    items, summary = read(written(tmp_path, "SPY.csv", rows))
    assert (len(items), summary.gaps) == (5, 0)


def test_several_files_are_merged_by_time_then_by_file_then_by_row(tmp_path: Path) -> None:
    spy = written(
        tmp_path, "SPY.csv", trades("2026-03-02T14:30:00Z", "2026-03-02T14:30:02Z", "2026-03-02T14:30:02Z")
    )
    es = written(
        tmp_path, "ES.csv", TRADES + "2026-03-02T14:30:01Z,5912.25,7\n2026-03-02T14:30:02Z,5912.50,8\n"
    )
    bars = written(tmp_path, "SPY_1min.csv", BARS + TWO_BARS)
    whole = read(spy, es, bars)[0]
    assert [(item.instrument, item.at - at("14:30:00")) for item in whole] == [
        ("SPY", 0),
        ("ES", SECOND),
        ("SPY", 2 * SECOND),
        ("SPY", 2 * SECOND),
        ("ES", 2 * SECOND),
        ("SPY", MINUTE),
        ("SPY", 2 * MINUTE),
    ]
    assert read(spy, es, bars)[0] == whole
    assert read(es, spy, bars)[0][2].instrument == "ES"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("SPY_1min.csv", (BARS + TWO_BARS).encode(), id="plain"),
        pytest.param("SPY.csv.gz", gzip.compress((BARS + TWO_BARS).encode()), id="gzip"),
        pytest.param("SPY.data", gzip.compress((BARS + TWO_BARS).encode()), id="gzip under another name"),
        pytest.param("SPY.csv", b"\xef\xbb\xbf" + (BARS + TWO_BARS).encode(), id="with a byte order mark"),
        pytest.param("SPY.csv", (BARS + TWO_BARS).replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param("SPY.csv", (BARS + TWO_BARS).replace(",", ";").encode(), id="semicolons"),
        pytest.param("SPY.csv", (BARS + TWO_BARS).replace(",", "\t").encode(), id="tabs"),
        pytest.param(
            "SPY.csv", (BARS.replace("open", " Open ") + "\n" + TWO_BARS + "\n").encode(), id="sloppy"
        ),
    ],
)
def test_the_same_rows_are_the_same_data_in_any_dress(tmp_path: Path, name: str, content: bytes) -> None:
    assert read(written(tmp_path, name, content))[0] == [BAR_1, BAR_2]


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("SPY_1min_2011.parquet", "SPY"), ("ES.csv.gz", "ES"), ("BTC-USD.csv", "BTC-USD"), ("QQQ", "QQQ")],
)
def test_the_symbol_is_the_name_before_the_first_mark(name: str, symbol: str) -> None:
    assert symbol_of(Path("/somewhere/else.d") / name) == symbol


def test_the_kinds_are_known_before_a_row_is_read(tmp_path: Path) -> None:
    paths = [written(tmp_path, "SPY.csv", BARS + TWO_BARS), written(tmp_path, "ES.csv", TRADES)]
    assert RecordedData(paths, INSTRUMENTS).kinds == (Kind.BARS, Kind.TRADES)


REAL = Path(os.environ.get("KEDGE_DATA", ""))
REAL_INSTRUMENTS = {
    symbol: Instrument(Symbol(symbol), Decimal(tick))
    for symbol, tick in (("SPY", "0.01"), ("FESX", "1"), ("BTCUSDT", "0.01"), ("XRPETH", "0.00000001"))
}


@pytest.mark.skipif("KEDGE_DATA" not in os.environ, reason="KEDGE_DATA names no directory with real data")
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("SPY_1min_2011.parquet", 31_757),
        ("FESX_1min_2006.parquet", 30_889),
        ("BTCUSDT_quotes_20240808.parquet", 28_040),
        ("BTCUSDT_trades_20240808.parquet", 9_757),
        ("XRPETH_1min_2019.parquet", 2_469),
        ("XRPETH_trades_2019.parquet", 12_477),
    ],
)
def test_real_data_is_read_row_by_row_and_lies_on_its_grid(name: str, rows: int) -> None:
    data = RecordedData([REAL / name], {Symbol(key): value for key, value in REAL_INSTRUMENTS.items()})
    assert sum(1 for _ in data) == rows
    assert (data.summary.rounded, data.summary.dropped) == (0, {})


@pytest.mark.skipif("KEDGE_DATA" not in os.environ, reason="KEDGE_DATA names no directory with real data")
def test_real_bars_are_what_their_real_trades_make() -> None:
    instruments = {Symbol(key): value for key, value in REAL_INSTRUMENTS.items()}
    bars = [
        item
        for item in RecordedData([REAL / "XRPETH_1min_2019.parquet"], instruments)
        if isinstance(item, Bar)
    ]
    made: dict[int, list[Print]] = {}
    for item in RecordedData([REAL / "XRPETH_trades_2019.parquet"], instruments):
        assert isinstance(item, Print)
        made.setdefault(item.at // MINUTE, []).append(item)
    for bar in bars:
        prints = made[bar.start // MINUTE]
        prices = [one.price for one in prints]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert bar.volume == sum(one.size for one in prints)
