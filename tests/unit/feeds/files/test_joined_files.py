"""Files of one instrument and kind are played as one recording: nothing twice, and no contradiction passed over."""

import re
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.feeds.files.samples import BARS, INSTRUMENTS, QUOTES, SPY, TRADES, read, written

from kedge.domain.instants import SECOND, Instant
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Print
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.parts import Arrival, lanes, recordings, write_part

DAY = "2026-03-02T14"


def trades(*rows: str) -> str:
    """Each is a second and a price: `1=591.20`."""
    return TRADES + "".join(f"{DAY}:30:0{row[0]}Z,{row[2:]},1\n" for row in rows)


def quotes(*rows: str) -> str:
    return QUOTES + "".join(f"{DAY}:30:0{row[0]}Z,{row[2:]},700,1,1\n" for row in rows)


def bars(*rows: str) -> str:
    return BARS + "".join(f"{DAY}:3{row[0]}:00Z,5,9,1,{row[2:]},1\n" for row in rows)


def prices(directory: Path, *contents: str) -> tuple[list[str], dict[str, int]]:
    """The rows as they were written, and what was dropped."""
    paths = [written(directory, f"SPY_{number}.csv", content) for number, content in enumerate(contents)]
    played, summary = read(*paths)
    rows = []
    for item in played:
        number = item.price if isinstance(item, Print) else getattr(item, "bid", getattr(item, "close", None))
        assert number is not None
        rows.append(f"{SPY.price(number):f}".removesuffix(".00"))
    assert sum(summary.kept.values()) == len(played)
    assert sum(summary.kept.values()) + sum(summary.dropped.values()) == summary.rows
    return rows, summary.dropped


TWICE = "told by two files"


@pytest.mark.parametrize(
    ("contents", "played", "doubled"),
    [
        pytest.param([trades("1=1", "2=2"), trades("3=3")], "1 2 3", 0, id="one behind the other"),
        pytest.param([trades("3=3"), trades("1=1", "2=2")], "1 2 3", 0, id="named in the wrong order"),
        pytest.param([trades("1=1", "2=2"), trades("2=2", "3=3")], "1 2 3", 1, id="one row in both"),
        pytest.param(
            [trades("1=1", "2=2", "3=3"), trades("2=2", "3=3", "4=4")], "1 2 3 4", 2, id="several rows in both"
        ),
        pytest.param([trades("1=1", "2=2"), trades("1=1", "2=2")], "1 2", 2, id="all rows in both"),
        pytest.param([trades("1=1", "2=2", "3=3"), trades("2=2")], "1 2 3", 1, id="one within the other"),
        pytest.param([trades("1=1"), trades("1=1", "2=2"), trades("1=1")], "1 2", 2, id="three of them"),
        pytest.param([trades("1=1", "1=1"), trades("1=1", "1=1")], "1 1", 2, id="equal trades are two trades"),
        pytest.param([trades("1=1", "2=2"), trades("2=3", "3=4")], "1 2 3 4", 0, id="cut within a stamp"),
        pytest.param(
            [trades("2=3", "3=4"), trades("1=1", "2=2")], "1 2 3 4", 0, id="cut within a stamp, the later one first"
        ),
        pytest.param(
            [trades("1=1", "2=2"), trades("1=1", "2=2", "2=3", "3=4")], "1 2 3 4", 2, id="the first ends at a cut"
        ),
        pytest.param(
            [trades("1=1", "2=2", "2=3", "3=4"), trades("2=3", "3=4")], "1 2 3 4", 2, id="the second begins at a cut"
        ),
        pytest.param([quotes("1=1", "2=2"), quotes("2=2", "3=3")], "1 2 3", 1, id="quotes"),
        pytest.param([bars("1=2", "2=3", "3=4"), bars("3=4", "4=5")], "2 3 4 5", 1, id="bars"),
    ],
)  # fmt: skip
def test_what_two_files_tell_alike_is_played_once(
    tmp_path: Path, contents: list[str], played: str, doubled: int
) -> None:
    rows, dropped = prices(tmp_path, *contents)
    assert rows == played.split()
    assert dropped == ({TWICE: doubled} if doubled else {})


ONE = f"{DAY}:30:01Z"
TWO = f"{DAY}:30:02Z"


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        pytest.param(
            [trades("1=1", "2=2", "3=3"), trades("2=9", "3=3")],
            f"SPY_0.csv: goes on, but lacks the print of SPY at {TWO}, told by SPY_1.csv", id="another price",
        ),
        pytest.param(
            [trades("1=1", "2=2"), trades("1=1", "2=9")],
            f"SPY_1.csv: tells otherwise of the print of SPY at {TWO} than SPY_0.csv", id="another price at the end",
        ),
        pytest.param(
            [trades("1=1", "3=3"), trades("1=1", "2=2", "3=3")],
            f"SPY_0.csv: goes on, but lacks the print of SPY at {TWO}, told by SPY_1.csv", id="a row too few",
        ),
        pytest.param(
            [trades("1=1", "2=2", "3=3"), trades("1=1", "3=3", "4=4")],
            f"SPY_1.csv: goes on, but lacks the print of SPY at {TWO}, told by SPY_0.csv", id="a hole in the second",
        ),
        pytest.param(
            [trades("1=1", "1=2", "2=3"), trades("1=1", "2=3")],
            f"SPY_1.csv: goes on, but lacks the print of SPY at {ONE}, told by SPY_0.csv", id="a doubled stamp halved",
        ),
        pytest.param(
            [bars("1=2", "2=3"), bars("2=4", "3=4")],
            f"SPY_1.csv: tells otherwise of the bar of SPY at {DAY}:33:00Z than SPY_0.csv", id="another bar",
        ),
    ],
)  # fmt: skip
def test_files_that_contradict_each_other_are_refused(
    tmp_path: Path, contents: list[str], problem: str
) -> None:
    rule = "; files of one instrument and kind must tell the same where they overlap"
    with pytest.raises(BadFileError) as refused:
        prices(tmp_path, *contents)
    assert str(refused.value).replace(f"{tmp_path}/", "") == problem + rule


def test_other_instruments_kinds_and_lengths_are_no_parts_of_each_other(tmp_path: Path) -> None:
    five = BARS + f"{DAY}:30:00Z,5,9,1,3,1\n{DAY}:35:00Z,5,9,1,4,1\n"
    both = "symbol," + TRADES + f"ES,{DAY}:30:01Z,2,1\nSPY,{DAY}:30:03Z,3,1\n"
    paths = [
        written(tmp_path, "SPY_minutes.csv", bars("0=2", "1=3", "5=4")),
        written(tmp_path, "SPY_five.csv", five),
        written(tmp_path, "all.csv", both),
        written(tmp_path, "SPY_trades.csv", trades("1=1", "2=2")),
        written(tmp_path, "ES_trades.csv", trades("1=2", "4=5")),
    ]
    played, summary = read(*paths)
    assert (len(played), summary.dropped) == (3 + 2 + 2 + 2 + 1, {TWICE: 1})


# -- folders --


def test_a_folder_is_played_as_the_files_below_it_that_are_ours(tmp_path: Path) -> None:
    (tmp_path / "march" / ".hidden").mkdir(parents=True)
    written(tmp_path / "march", "SPY_2.csv", trades("2=2"))
    written(tmp_path, "SPY_1.csv", trades("1=1"))
    written(tmp_path, "MSFT_1.csv", "what another program wrote\n")
    written(tmp_path, "notes.txt", "nothing to play")
    written(tmp_path / "march", ".SPY_3.csv", "half a file")
    written(tmp_path / "march" / ".hidden", "SPY_3.csv", "of no concern")
    assert [SPY.price(item.price) for item in read(tmp_path)[0] if isinstance(item, Print)] == [1, 2]


def test_a_folder_and_a_file_in_it_are_each_file_once(tmp_path: Path) -> None:
    path = written(tmp_path, "SPY_1.csv", trades("1=1"))
    played, summary = read(path, tmp_path)
    assert (len(played), summary.rows) == (1, 1)


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match=re.escape("holds no recorded files (.csv, .csv.gz, .parquet)")):
        read(tmp_path)
    written(tmp_path, "MSFT.csv", trades("1=1"))
    with pytest.raises(BadFileError, match="holds 1 recorded files, and none of SPY, ES, COIN"):
        read(tmp_path)


# -- recordings of our own --


def parts(directory: Path, *numbers: range, price: int = 0) -> None:
    """Trades with these numbers of arrival, each range in a part of its own."""
    for each in numbers:
        arrivals = [
            Arrival(number, Print(SPY.symbol, Instant(number * SECOND), Ticks(price or number), Nano(1)))
            for number in each
        ]
        for lane, own in lanes(arrivals).items():
            write_part(directory, lane, own, INSTRUMENTS)


def numbers_of(data: RecordedData) -> list[int]:
    return [item.at // SECOND for item in data]


def test_parts_of_a_folder_are_one_recording_and_a_copy_changes_nothing(tmp_path: Path) -> None:
    parts(tmp_path / "one", range(1, 5), range(5, 9))
    parts(tmp_path / "copy", range(3, 9))
    data = RecordedData([tmp_path], INSTRUMENTS)
    assert numbers_of(data) == list(range(1, 9))
    assert data.summary.dropped == {TWICE: 6}


def test_parts_of_other_instruments_are_not_even_opened(tmp_path: Path) -> None:
    parts(tmp_path, range(1, 5))
    [part] = recordings(tmp_path)
    part.with_name("A%2FB_7-9.parquet").write_text("not ours")
    assert numbers_of(RecordedData([tmp_path], INSTRUMENTS)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("others", "price", "problem"),
    [
        (range(3, 4), 7, "tells otherwise of the print of SPY at 1970-01-01T00:00:03Z than"),
        (range(2, 9, 2), 0, "goes on, but lacks the print of SPY at 1970-01-01T00:00:03Z, told by"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(
    tmp_path: Path, others: range, price: int, problem: str
) -> None:
    parts(tmp_path / "one", range(1, 9))
    parts(tmp_path / "other", others, price=price)
    with pytest.raises(BadFileError, match=problem):
        numbers_of(RecordedData([tmp_path], INSTRUMENTS))


def test_parts_of_two_days_may_take_turns(tmp_path: Path) -> None:
    at = [Instant(86_400 * SECOND + shift * SECOND) for shift in (-2, 0, -1, 1, 2)]
    arrivals = [
        Arrival(number, Print(SPY.symbol, stamp, Ticks(number), Nano(1)))
        for number, stamp in enumerate(at, 1)
    ]
    for lane, own in lanes(arrivals).items():
        write_part(tmp_path, lane, own, INSTRUMENTS)
    assert [item.at for item in RecordedData([tmp_path], INSTRUMENTS)] == at


# -- laws --

_seconds = st.lists(st.integers(0, 9), min_size=1, max_size=12).map(sorted)


@given(_seconds, st.data())
def test_however_a_recording_is_cut_with_overlaps_it_is_played_as_it_was(
    seconds: list[int], draw: st.DataObject
) -> None:
    rows = [f"{second}={number + 1}" for number, second in enumerate(seconds)]
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    bounds = [0, *cuts, len(rows)]
    pieces = []
    for begin, end in pairwise(bounds):
        reach = draw.draw(st.integers(0, begin))  # how far a piece repeats what came before it
        if end > begin:
            pieces.append(rows[begin - reach : end])
    with TemporaryDirectory() as name:
        played, dropped = prices(Path(name), *(trades(*piece) for piece in pieces))
    assert played == [str(number + 1) for number in range(len(rows))]
    assert sum(dropped.values()) == sum(map(len, pieces)) - len(rows)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9, unique=True).map(sorted), st.data())
def test_files_may_be_named_in_any_order_where_no_stamp_is_cut(
    seconds: list[int], draw: st.DataObject
) -> None:
    rows = [f"{second}={second}" for second in seconds]
    cut = draw.draw(st.integers(0, len(rows) - 1))
    reach = draw.draw(st.integers(0, cut))
    pieces = [piece for piece in (rows[:cut], rows[cut - reach :]) if piece]
    with TemporaryDirectory() as name:
        played, _ = prices(Path(name), *(trades(*piece) for piece in draw.draw(st.permutations(pieces))))
    assert played == [str(second) for second in seconds]


@given(st.integers(3, 9), st.data())
def test_whatever_differs_within_an_overlap_is_found(count: int, draw: st.DataObject) -> None:
    rows = [f"{second}={second + 1}" for second in range(count)]
    begin = draw.draw(st.integers(0, count - 3))
    copy = rows[begin:]
    place = draw.draw(st.integers(1, len(copy) - 2))
    if draw.draw(st.booleans()):
        copy[place] += ".50"
    else:
        del copy[place]
    with (
        TemporaryDirectory() as name,
        pytest.raises(BadFileError, match="must tell the same where they overlap"),
    ):
        prices(Path(name), *draw.draw(st.permutations([trades(*rows), trades(*copy)])))
