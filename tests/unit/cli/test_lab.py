"""`kedge lab feed` as it is typed: what is wrong is said before anything listens."""

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call, run

QUOTES = "ts_utc,bid,ask,bid_size,ask_size\n2026-03-02T14:30:00Z,591.20,591.21,1,1\n"


@pytest.fixture(autouse=True)
def _in_a_folder_with_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kedge: Call) -> None:
    monkeypatch.chdir(tmp_path)
    assert kedge("init").status == 0


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    level = logging.getLogger("aiohttp").level
    yield
    logging.getLogger("aiohttp").setLevel(level)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--fault", "dro=1"], "there is no fault 'dro'; there are: drop, double, reorder, halve"),
        (["--fault", "drop"], "'drop' is not NAME=NUMBER"),
        (["--fault", "drop=often"], "'drop=often' is not NAME=NUMBER"),
        (["--fault", "drop=2"], "drop must be between 0 and 1, not 2.0"),
        (["--fault", "drop=nan"], "drop must be between 0 and 1, not nan"),
        (["--fault", "cut=-1"], "slow, silent, dead and cut must be between 0 and 3600 seconds"),
        (["--fault", "refuse=1.5"], "a whole number"),
        (["--fault", "refuse=-1"], "refuse must be 0 or more"),
        (["--fault", "drop=0.1", "--fault", "drop=0.2"], "the fault drop is given twice"),
        (["--speed", "2"], "--speed is for recorded files, and none is named"),
        (["--speed", "0", "x.csv"], "'0' is not a number above 0, and at most 10000"),
        (["--quotes-per-second", "5", "x.csv"], "--quotes-per-second is for prices that walk"),
        (["--quotes-per-second", "nan"], "'nan' is not a number above 0, and at most 1000"),
        (["--port", "70000"], "'70000' is no port"),
        (["--stamps", "middle"], "--stamps"),
        ([""], "a file must be named"),
    ],
)
def test_wrong_usage_is_a_sentence_and_status_2(kedge: Call, words: list[str], says: str) -> None:
    told = kedge("lab", "feed", *words)
    assert (told.status, told.out) == (2, "")
    assert says in told.err
    assert "`kedge lab feed --help`" in told.err


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["--instrument", "SPX"], 1, "UNKNOWN_INSTRUMENT"),
        (["nothing.csv"], 1, "BAD_FILE"),
        (["-c", "nothing.yaml"], 3, "SETTINGS"),
    ],
)
def test_what_cannot_be_served_is_said_to_programs(
    kedge: Call, words: list[str], status: int, code: str
) -> None:
    told = kedge("lab", "feed", "--port", "0", *words, "--json")
    assert (told.status, told.document["error"]["code"]) == (status, code)


def test_a_port_that_is_taken_is_named(kedge: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = kedge("lab", "feed", "--port", port)
    assert (told.status, told.out) == (1, "")
    assert told.err == (
        f"kedge: Nothing can be served on port {port}: another program listens there. "
        "Name another one with --port; 0 takes any free one.\n"
    )


def test_it_says_where_it_listens_and_what_was_served(kedge: Call) -> None:
    told = kedge("lab", "feed", "--port", 0, "--seconds", "0.01", "--json")
    first, last = map(json.loads, told.out.splitlines())
    assert first["url"].startswith("http://127.0.0.1:")
    assert first["instruments"] == ["SPY", "ES"]
    assert {name: last[name] for name in ("told", "sent", "connections", "faults")} == {
        "told": 0,
        "sent": 0,
        "connections": 0,
        "faults": {},
    }


def test_people_get_the_line_for_their_settings(kedge: Call, tmp_path: Path) -> None:
    (tmp_path / "SPY.csv").write_text(QUOTES)
    words = [
        "--instrument",
        "SPY",
        "--speed",
        "10",
        "--fault",
        "drop=0.5",
        "--fault",
        "cut=20",
        "--fault",
        "refuse=2",
    ]
    told = kedge("lab", "feed", "SPY.csv", *words, "--port", 0, "--seconds", "0.01")
    assert (told.status, told.err) == (0, "")
    assert '{kind: socket, instruments: [SPY], url: "http://127.0.0.1:' in told.out
    assert "SPY.csv, 10 times as fast as it was" in told.out
    assert "drop 0.5, refuse 2, cut 20 s" in told.out
    assert "Told    0 quotes, trades and bars" in told.out


def test_a_bad_row_ends_it_with_one_sentence(kedge: Call, tmp_path: Path) -> None:
    (tmp_path / "SPY.csv").write_text("ts_utc,bid\n")
    told = kedge("lab", "feed", "SPY.csv", "--port", 0)
    assert told.err == "kedge: SPY.csv: quotes need the columns bid, ask; missing: ask.\n"


def test_the_group_alone_shows_what_there_is() -> None:
    told = run("lab")
    assert (told.returncode, told.stderr) == (0, "")
    assert "feed" in told.stdout
