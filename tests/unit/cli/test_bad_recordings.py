"""Bad files of a recorded feed, as a user meets them: one sentence that names the file, and the row if there is one."""

import gzip
import os
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call

QUOTES = "ts_utc,bid,ask,bid_size,ask_size\n"
TRADES = "ts_utc,price,size\n"
BARS = "ts_utc,open,high,low,close,volume\n"
AT = "2026-03-02T14:3"
CUT_OFF = gzip.compress((TRADES + f"{AT}0:00Z,1,1\n" * 20_000).encode())[:-40]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kedge: Call) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KEDGE_")]:
        monkeypatch.delenv(name)
    assert kedge("init").status == 0


def settings_with(path: str) -> str:
    """A settings file whose feed is recorded there."""
    before, _, rest = Path("kedge.yaml").read_text().partition("feeds:\n")
    _, mark, after = rest.partition("record_market_data:")
    feed = f"  - {{kind: recorded, instruments: [SPY], paths: [{path}]}}\n"
    Path("recorded.yaml").write_text(f"{before}feeds:\n{feed}{mark}{after}")
    return "recorded.yaml"


def put(name: str, content: str | bytes) -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("command", [["check"], ["run", "--seconds", "1"]])
@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        pytest.param("SPY.csv", "", "is empty", id="an empty file"),
        pytest.param(
            "SPY.csv", b"\0\1\2" * 99, "is neither CSV nor Parquet: there are zero bytes in it", id="a binary file"
        ),
        pytest.param(
            "SPY.csv", "time,last\n", "there is no column ts_utc; there are: time, last", id="wrong columns"
        ),
        pytest.param(
            "SPY.parquet", "no parquet", "is not a Parquet file, though it is called one", id="no Parquet"
        ),
        pytest.param(
            "MSFT.csv", QUOTES, "MSFT is not among the instruments (SPY)", id="an instrument that is not listed"
        ),
        pytest.param("SPY.csv", None, "cannot be opened: No such file or directory", id="no file"),
        pytest.param(
            "folder", "folder/notes.txt", "holds no recorded files (.csv, .csv.gz, .parquet)", id="no recordings"
        ),
        pytest.param(
            "folder", "folder/MSFT.csv", "holds 1 recorded files, and none of SPY", id="recordings of others"
        ),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_played_starts_nothing(
    kedge: Call, command: list[str], name: str, content: str | bytes | None, problem: str
) -> None:
    if name == "folder":
        put(str(content), TRADES)
    elif content is not None:
        put(name, content)
    file = settings_with(name)
    assert kedge(*command, "-c", file) == (3, "", f"kedge: {name}: {problem}.\n")
    error = kedge(*command, "-c", file, "--json").document["error"]
    assert (error["code"], error["facts"]) == ("BAD_FILE", {"file": name})
    assert not Path("kedge-data").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"{TRADES}{AT}0:00Z,nan,1\n", "SPY.csv, row 1: price is missing"),
        (
            f"{TRADES}{AT}0:00Z,1,1\n{AT}0:01,1,1\n",
            f"SPY.csv, row 2: ts_utc '{AT}0:01' is without a zone; the rows before it are with a zone",
        ),
        (f"{QUOTES}{AT}0:00Z,1,2,1,1\n{AT}0:01Z,-1,2,1,1\n", "SPY.csv, row 2: bid -1 is not above 0"),
        (
            f"{QUOTES}{AT}0:05Z,1,2,1,1\n{AT}0:01Z,1,2,1,1\n",
            f"SPY.csv, row 2: {AT}0:01Z comes after {AT}0:05Z; rows must be in the order of time",
        ),
        (CUT_OFF, "SPY.csv: is damaged or cut off (Truncated compressed stream)"),
    ],
    ids=["NaN", "mixed zones", "a negative price", "the wrong order", "cut off"],
)
def test_a_bad_row_ends_the_prices_with_one_sentence_and_not_the_engine(
    kedge: Call, content: str | bytes, problem: str
) -> None:
    put("SPY.csv", content)
    told = kedge("run", "-c", settings_with("SPY.csv"), "--headless", "--seconds", "2")
    assert told.status == 0
    assert told.err == f"kedge: feed recorded has failed, and there are no more prices from it: {problem}\n"


def test_what_is_missing_rounded_or_left_out_is_counted_and_shown(kedge: Call) -> None:
    rows = "".join(f"{AT}0:00.0{number}Z,5,6,4,5.001,1\n" for number in (0, 1, 1, 2, 5))
    put("SPY.csv", f"{BARS}{rows}{AT}0:00.06Z,,,,,0\n")
    told = kedge("run", "-c", settings_with("SPY.csv"), "--headless", "--seconds", "2")
    assert told.status == 0
    assert told.err == (
        "kedge: feed recorded is down: the recording is over, and there are no more prices: 6 rows read: 4 bars; from "
        f"{AT}0:00.010000Z to {AT}0:00.060000Z; 1 gaps between bars, the longest 30 ms; 4 rows rounded to the grid; "
        "1 rows dropped: a bar without prices; 1 rows dropped: a bar told twice\n"
    )
