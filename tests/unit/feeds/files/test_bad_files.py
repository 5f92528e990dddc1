"""A file that cannot be trusted is refused with one error, which names the file, the row and what is wrong there."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.feeds.files.samples import BARS, QUOTES, TRADES, read, written

from kedge.feeds.errors import BadFileError
from kedge.feeds.files.form import Terms

DAY = "2026-03-02T14"
GOOD = f"{DAY}:30:00Z,591.20,591.30,591.10,591.25,100\n"
NEXT = f"{DAY}:31:00Z,591.20,591.30,591.10,591.25,100\n"
QUOTE = f"{DAY}:30:00Z,591.20,591.21,1,1\n"


@pytest.mark.parametrize(
    ("content", "row", "problem"),
    [
        pytest.param("", None, "is empty", id="an empty file"),
        pytest.param("\n\n", None, "is empty", id="empty lines"),
        pytest.param(BARS, None, "holds no rows", id="a header alone"),
        pytest.param(
            "time,open,high,low,close\n", None,
            "there is no column ts_utc; there are: time, open, high, low, close", id="no column of times",
        ),
        pytest.param(
            "ts_utc,open,high,close\n", None,
            "bars need the columns open, high, low, close; missing: low", id="a column is missing",
        ),
        pytest.param(
            "ts_utc,last\n", None,
            "the columns of no kind of data are there "
            "(bars: open, high, low, close; quotes: bid, ask; trades: price)",
            id="the columns of no kind",
        ),
        pytest.param(
            "ts_utc,bid,ask,price\n", None,
            "the columns are those of quotes and of trades; a file holds one kind", id="the columns of two kinds",
        ),
        pytest.param("ts_utc,price,Price\n", None, "the column price is there twice", id="a column twice"),
        pytest.param(
            BARS + GOOD + "2026-03-02T14:31:00Z,1,2,3\n", 2,
            "has 4 values for 6 columns: 2026-03-02T14:31:00Z,1,2,3", id="a row that is cut short",
        ),
        pytest.param(
            TRADES + f"{DAY}:30:00Z,1,234.50,10\n", 1,
            f"has 4 values for 3 columns: {DAY}:30:00Z,1,234.50,10", id="a mark between thousands",
        ),
        pytest.param(
            TRADES + f'{DAY}:30:00Z,"1,234.50",10\n', 1,
            "price '1,234.50' is not a number (write 1234.5: a decimal point, and no marks between thousands)",
            id="a mark between thousands, in quotes",
        ),
        pytest.param(
            f"ts_utc;price;size\n{DAY}:30:00Z;591,20;10\n", 1,
            "price '591,20' is not a number (write 1234.5: a decimal point, and no marks between thousands)",
            id="a decimal comma",
        ),
        pytest.param(TRADES + f"{DAY}:30:00Z,abc,10\n", 1, "price 'abc' is not a number", id="a word for a price"),
        pytest.param(TRADES + f"{DAY}:30:00Z,inf,10\n", 1, "price inf is too large", id="infinity"),
        pytest.param(TRADES + f"{DAY}:30:00Z,1e16,10\n", 1, "price 1e16 is too large", id="a price beyond sense"),
        pytest.param(TRADES + f"{DAY}:30:00Z,,10\n", 1, "price is missing", id="no price"),
        pytest.param(TRADES + f"{DAY}:30:00Z,NaN,10\n", 1, "price is missing", id="NaN for a price"),
        pytest.param(TRADES + f"{DAY}:30:00Z,-5,10\n", 1, "price -5 is not above 0", id="a negative price"),
        pytest.param(TRADES + f"{DAY}:30:00Z,0,10\n", 1, "price 0 is not above 0", id="a price of zero"),
        pytest.param(
            TRADES + f"{DAY}:30:00Z,591.205,10\n", 1, "price 591.205 is not a multiple of 0.01", id="off the grid"
        ),
        pytest.param(
            QUOTES + f"{DAY}:30:00Z,591.20,591.2001,1,1\n", 1,
            "ask 591.2001 is not a multiple of 0.01", id="a quote off the grid",
        ),
        pytest.param(
            QUOTES + QUOTE + f"{DAY}:30:01Z,-591.20,591.21,1,1\n", 2, "bid -591.20 is not above 0", id="a negative bid"
        ),
        pytest.param(
            BARS + f"{DAY}:30:00Z,0.004,0.004,0.004,0.004,1\n" + NEXT, 1,
            "open 0.004 is less than a tick", id="less than a tick",
        ),
        pytest.param(TRADES + f"{DAY}:30:00Z,591.20,-1\n", 1, "size -1 is below 0", id="a negative size"),
        pytest.param(TRADES + f"{DAY}:30:00Z,591.20,\n", 1, "size is missing", id="no size"),
        pytest.param(
            TRADES + f"{DAY}:30:00Z,591.20,0.0000000001\n", 1,
            "size 0.0000000001 is not a multiple of a billionth", id="a size finer than a billionth",
        ),
        pytest.param(
            BARS + GOOD + f"{DAY}:31:00Z,591.20,591.10,591.30,591.25,100\n", 2,
            "high 591.10 is below low 591.30", id="the high below the low",
        ),
        pytest.param(
            BARS + GOOD + f"{DAY}:31:00Z,591.40,591.30,591.10,591.25,100\n", 2,
            "open 591.40 is not between low 591.10 and high 591.30", id="the open above the high",
        ),
        pytest.param(
            BARS + GOOD + f"{DAY}:31:00Z,591.20,591.30,591.10,591.05,100\n", 2,
            "close 591.05 is not between low 591.10 and high 591.30", id="the close below the low",
        ),
        pytest.param(
            BARS + GOOD + f"{DAY}:31:00Z,591.20,,591.10,591.25,100\n", 2, "high is missing", id="half a bar"
        ),
        pytest.param(
            BARS + NEXT + f"{DAY}:32:00Z,591.20,591.30,591.10,591.25,100\n" + GOOD, 3,
            "2026-03-02T14:31:00Z comes after 2026-03-02T14:33:00Z; rows must be in the order of time",
            id="the wrong order",
        ),
        pytest.param(
            BARS + GOOD + NEXT + NEXT.replace("591.25", "591.26"), 3,
            "is a second, different bar of 2026-03-02T14:31:00Z", id="two bars of one time",
        ),
        pytest.param(
            BARS + GOOD + NEXT + f"{DAY}:31:30Z,591.20,591.30,591.10,591.25,100\n"
            + f"{DAY}:32:30Z,591.20,591.30,591.10,591.25,100\n", 3,
            "begins 30.0 s after the bar before it, which lasts 1 min 0 s", id="bars that overlap",
        ),
        pytest.param(
            BARS + GOOD, 1,
            "how long a bar is cannot be told, for there are no two of one instrument: say it", id="one bar alone",
        ),
        pytest.param(TRADES + ",591.20,1\n", 1, "ts_utc is empty", id="no time"),
        pytest.param(
            TRADES + "yesterday,591.20,1\n", 1,
            "ts_utc 'yesterday' is not a time such as 2026-03-02T14:31:00Z", id="a word for a time",
        ),
        pytest.param(
            TRADES + "03/02/2026 14:30,591.20,1\n", 1,
            "ts_utc '03/02/2026 14:30' is not a time such as 2026-03-02T14:31:00Z",
            id="a day and a month that could be swapped",
        ),
        pytest.param(
            TRADES + f"{DAY}:30:00Z,591.20,1\n{DAY}:30:01,591.20,1\n", 2,
            f"ts_utc '{DAY}:30:01' is without a zone; the rows before it are with a zone", id="mixed zones",
        ),
        pytest.param(
            TRADES + "1772461800,591.20,1\n1772461800500,591.20,1\n", 2,
            "ts_utc 1772461800500 is not in seconds since 1970, as the rows before it are", id="mixed units",
        ),
        pytest.param(
            TRADES + "20260302,591.20,1\n", 1,
            "ts_utc 20260302 is no time in s, ms, µs or ns since 1970", id="a date written as a number",
        ),
        pytest.param(
            TRADES + "1772461800.5,591.20,1\n177246180050.5,591.20,1\n", 2,
            "ts_utc 177246180050.5 is not in seconds since 1970, as the rows before it are",
            id="mixed units with fractions",
        ),
        pytest.param(
            f"ts_utc,symbol,price,size\n{DAY}:30:00Z,QQQ,591.20,1\n", None,
            "holds no row of the instruments (SPY, ES, COIN)", id="other instruments only",
        ),
        pytest.param(BARS.encode("utf-16"), None, "is not in UTF-8 but in UTF-16; save it as UTF-8", id="UTF-16"),
        pytest.param(
            TRADES.encode() + f"{DAY}:30:00Z,591.20,1\n".encode() + b"\xff\xfe,1,1\n", None,
            "is not in UTF-8 (In CSV column #0: Row #3: CSV conversion error to string: invalid UTF8 data)",
            id="bytes that are not UTF-8",
        ),
        pytest.param(
            b"\x7fELF\x00\x01\x02", None, "is neither CSV nor Parquet: there are zero bytes in it", id="a program"
        ),
        pytest.param(b"PAR1 and nothing else", None, "is damaged or cut off", id="a Parquet file cut off"),
    ],
)  # fmt: skip
def test_a_bad_file_gets_one_error_that_says_what_and_where(
    tmp_path: Path, content: str | bytes, row: int | None, problem: str
) -> None:
    path = written(tmp_path, "SPY_test.csv", content)
    with pytest.raises(BadFileError) as caught:
        read(path)
    place = f"{path}: " if row is None else f"{path}, row {row}: "
    assert str(caught.value).startswith(place)
    assert caught.value.problem.startswith(problem)
    assert caught.value.row == row
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind", "problem"),
    [
        pytest.param([True], pa.bool_(), "price holds bool, not numbers", id="truths for prices"),
        pytest.param([float("inf")], pa.float64(), "price inf is too large", id="infinity"),
        pytest.param([591.205], pa.float64(), "price 591.205 is not a multiple of 0.01", id="off the grid"),
        pytest.param([None], pa.float64(), "price is missing", id="nothing"),
    ],
)
def test_a_bad_price_in_parquet_is_told_with_its_row(
    tmp_path: Path, values: list[Any], kind: Any, problem: str
) -> None:
    times = [datetime(2026, 3, 2, 14, tzinfo=UTC)] * 2
    good = pa.array([591.2]) if kind == pa.float64() else pa.array(values, kind)
    prices = pa.concat_arrays([good, pa.array(values, kind)])
    path = tmp_path / "SPY.parquet"
    pq.write_table(pa.table({"ts_utc": times, "price": prices}), path)
    with pytest.raises(BadFileError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, row {1 if kind == pa.bool_() else 2}: {problem}"


def test_a_parquet_file_whose_times_are_truths_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "SPY.parquet"
    pq.write_table(pa.table({"ts_utc": [True], "price": [1.0]}), path)
    with pytest.raises(BadFileError, match="row 1: ts_utc holds bool, not times"):
        read(path)


def test_a_parquet_time_beyond_our_reach_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "SPY.parquet"
    times = pa.array([2**62 // 10**9 * 3], pa.timestamp("s", "UTC"))
    pq.write_table(pa.table({"ts_utc": times, "price": [1.0]}), path)
    with pytest.raises(BadFileError, match="is not between the years 1677 and 2262"):
        read(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "SPY.parquet"
    pq.write_table(
        pa.table({"ts_utc": pa.array([], pa.timestamp("ns")), "price": pa.array([], pa.float64())}), path
    )
    with pytest.raises(BadFileError, match="holds no rows"):
        read(path)


def test_a_gzip_file_that_is_cut_off_is_refused_when_its_end_is_reached(tmp_path: Path) -> None:
    rows = "".join(
        f"2026-03-02T14:30:00.{number:06d}Z,591.20,{number * 7919 % 9973}\n" for number in range(100_000)
    )
    packed = gzip.compress((TRADES + rows).encode())
    with pytest.raises(BadFileError, match="Truncated compressed stream"):
        read(written(tmp_path, "SPY.csv.gz", packed[: len(packed) // 2]))


def test_a_parquet_file_with_damaged_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "SPY.parquet"
    times = pa.array(range(10**17, 10**17 + 100_000), pa.timestamp("ns", "UTC"))
    pq.write_table(pa.table({"ts_utc": times, "price": [1.0] * 100_000}), path, use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[2000:2200] = b"z" * 200
    path.write_bytes(content)
    with pytest.raises(BadFileError):
        read(path)


def test_a_file_that_is_only_called_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="is not a Parquet file, though it is called one"):
        read(written(tmp_path, "SPY.parquet", BARS + GOOD + NEXT))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="cannot be opened: No such file or directory"):
        read(tmp_path / "SPY.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "SPY.csv", BARS)
    path.chmod(0)
    with pytest.raises(BadFileError, match="cannot be opened: Permission denied"):
        read(path)


def test_a_file_whose_name_is_of_no_instrument_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "QQQ_1min.csv", BARS + GOOD + NEXT)
    with pytest.raises(BadFileError, match=r"QQQ is not among the instruments \(SPY, ES, COIN\)"):
        read(path)


def test_a_file_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "SPY.csv", BARS + GOOD + NEXT)
    with pytest.raises(BadFileError, match="is named twice"):
        read(path, path)


def test_of_several_bad_rows_the_first_is_told_whatever_is_looked_at_first(tmp_path: Path) -> None:
    rows = TRADES + f"{DAY}:30:00Z,591.20,-1\n" + f"{DAY}:30:00Z,-591.20,1\n"
    with pytest.raises(BadFileError, match="row 1: size -1 is below 0"):
        read(written(tmp_path, "SPY.csv", rows))


def test_a_row_is_counted_from_the_header_however_far_down_it_is(tmp_path: Path) -> None:
    good = f"{DAY}:30:00Z,591.20,100\n"
    rows = TRADES + good * 150_000 + f"{DAY}:30:00Z,nothing,100\n" + good
    with pytest.raises(BadFileError, match="row 150001: price 'nothing' is not a number"):
        read(written(tmp_path, "SPY.csv", rows))


def test_an_error_does_not_name_rows_that_adjusted_data_may_have(tmp_path: Path) -> None:
    path = written(tmp_path, "SPY.csv", TRADES + f"{DAY}:30:00Z,591.2049,1\n")
    items, summary = read(path, terms=Terms(adjusted=True))
    assert (len(items), summary.rounded) == (1, 1)
