"""The clumsy and the hostile user: what is typed or written wrongly, what is said then, and the exit status.

Each table is read from left to right: what is wrong, how it is typed, and what comes back. Whatever it is, it ends in
a sentence and never in a traceback, programs get the same in one JSON document, and the engine goes on.
"""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from tests.story.test_run import asked, running
from tests.story.test_run import kedge as kedge_in
from tests.unit.cli.calls import Outcome
from tests.unit.settings.builders import GOOD, changed

from kedge.cli.main import main

SPY_LONG = {"account": "alpha", "kind": "ENTRY", "instrument": "SPY", "direction": "LONG"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KEDGE_")]:
        monkeypatch.delenv(name)


def typed(capfd: pytest.CaptureFixture[str], *words: str) -> Outcome:
    """One call as the program's script makes it; what differs from run to run is replaced."""
    capfd.readouterr()
    status = main(words)
    out, err = (re.sub(r"process \d+ since \S+Z", "process N since T", text) for text in capfd.readouterr())
    assert "Traceback" not in out + err
    return Outcome(int(status), out, err)


def assert_it_ends(capfd: pytest.CaptureFixture[str], words: list[str], status: int, *lines: str) -> None:
    """People get these lines and nothing else; programs get one document that says the same as the last of them."""
    *faults, ending = lines
    told = "".join(f"{line}\n" for line in (*faults, f"kedge: {ending}"))
    assert typed(capfd, *words) == (status, "", told)
    if words[0] in ("dash", "init"):  # they are for people only
        return
    for_programs = typed(capfd, *words, "--json")
    assert (for_programs.status, for_programs.err) == (status, "")
    error = for_programs.document["error"]
    assert error["message"] == ending
    assert [fault["message"] for fault in error["facts"].get("errors", [])] == faults


# -- settings --

MONEY = "a number of 0 or more is needed"
A_NAME = (
    "a name (1 to 36 letters, digits, dots, dashes or underscores, the first a letter or digit) is needed"
)
WRONG_CASH = {
    "a word": ("plenty", "'plenty' is not a number"),
    "with its unit": ("5 USD", "'5 USD' is not a number"),
    "with a thousands mark": ("1,000", "'1,000' is not a number"),
    "not a number": (".nan", "'.nan' is not a number"),
    "without an end": (".inf", "'.inf' is not a number"),
    "in another script": ("٣", "'٣' is not a number"),
    "a list": ("[1]", "a list is not a number"),
    "a giant": ("1e99", "'1e99' is too large"),
    "a crumb": ("1e-10", "'1e-10' has more than nine decimals"),
    "a debt": ("-1", "-1 is out of range"),
    "nothing": ("~", "has no value"),
}
WRONG_SETTINGS = {
    "a basis point too many": (
        "slippage_bps: 1",
        "slippage_bps: 10000",
        "3:47: venues.paper.slippage_bps: 10000 is out of range; a number of 0 or more and below 10000 is needed",
    ),
    "a stop below nothing": (
        "value: 2.0",
        "value: 200",
        (
            "11:38: accounts.alpha.protection.stop.value: 200 is out of range; "
            "a number above 0 and below 100 is needed for a percentage"
        ),
    ),
    "seconds with their unit": (
        "timeout_seconds: 30",
        "timeout_seconds: 30s",
        (
            "12:31: accounts.alpha.orders.timeout_seconds: '30s' is not a number; "
            "a number above 0 and up to 31622400 is needed"
        ),
    ),
    "a tick of nothing": (
        "tick: 0.01",
        "tick: 0",
        "19:25: instruments.SPY.tick: 0 is out of range; a number above 0 is needed",
    ),
    "a fraction of a seed": (
        "seed: 7",
        "seed: 7.5",
        "3:30: venues.paper.seed: '7.5' is not a whole number; a whole number from 0 to 9223372036854775807 is needed",
    ),
    "a name with a blank": (
        "id: alpha",
        "id: al pha",
        f"5:9: accounts.al pha.id: 'al pha' is not a name; {A_NAME}",
    ),
    "a name that a terminal would obey": (
        "id: alpha",
        r'id: "\e[2J"',
        rf"5:9: accounts[0].id: '\x1b[2J' is not a name; {A_NAME}",
    ),
    "a venue that is not there": (
        "venue: paper",
        "venue: papr",
        "6:12: accounts.alpha.venue: 'papr' is not among the venues; did you mean paper?",
    ),
    "a venue that is not built": (
        "kind: paper",
        "kind: alpaca",
        "3:17: venues.paper.kind: 'alpaca' is not built yet; paper is what there is",
    ),
    "two accounts of one name": (
        "id: beta",
        "id: alpha",
        "13:9: accounts[1].id: 'alpha' is given twice; the first time at kedge.yaml:5:9",
    ),
    "a currency that nothing is quoted in": (
        "cash: 100000",
        "cash: 100000\n    currency: EUR",
        (
            "8:15: accounts.alpha.currency: no instrument is quoted in 'EUR', "
            "so that the account could trade nothing; they are quoted in 'USD'"
        ),
    ),
    "prices of nobody": (
        "instruments: [SPY]",
        "instruments: [SPY, NQ]",
        "17:42: feeds.simulated.instruments[1]: 'NQ' is not among the instruments; there are: SPY, ES",
    ),
    "a misspelt key": ("feeds:", "fees: 1\nfeeds:", "16:1: fees: unknown key; did you mean feeds?"),
    "a key that is not built": ("feeds:", "api: 1\nfeeds:", "16:1: api: not built yet; remove it"),
    "a key twice": (
        "feeds:",
        "data_dir: x\nfeeds:",
        "16:1: data_dir: is given twice; the first time at kedge.yaml:1:1",
    ),
    "a home that nobody has": (
        "./data",
        "~no-such-user/x",
        "1:11: data_dir: '~no-such-user/x' begins with a home that nobody has; a path is needed",
    ),
    "an object": (
        "cash: 100000",
        "cash: !!python/name:os.abort",
        "7:11: the tag 'tag:yaml.org,2002:python/name:os.abort' is not allowed; values need none",
    ),
    "a second document": ("feeds:", "---\nfeeds:", "16:1: a second document begins here; one is read"),
}
WRONG_FILES = {
    "of numbers only": (b"7", "kedge.yaml:1:1: a text stands here; a section is needed"),
    "of bytes": (bytes(range(256)), "kedge.yaml:2: is not text in UTF-8"),
    "of another encoding": (GOOD.encode("utf-16"), "kedge.yaml:1: is not text in UTF-8"),
    "with a zero byte": (b"data_dir: a\0b", "kedge.yaml:1:12: holds a character that cannot be printed"),
    "without an end": (b"#" * 5_000_000, "kedge.yaml: is longer than 1000000 characters"),
    "without a bottom": (b"a: " + b"[" * 5000, "kedge.yaml:1:27: is nested more than 24 levels deep"),
}
WRONG_VARIABLES = {
    "a word for money": (
        "KEDGE_ACCOUNTS__ALPHA__CASH=plenty",
        f"KEDGE_ACCOUNTS__ALPHA__CASH: accounts.alpha.cash: 'plenty' is not a number; {MONEY}",
    ),
    "an account that is not there": (
        "KEDGE_ACCOUNTS__GAMMA__CASH=5",
        "KEDGE_ACCOUNTS__GAMMA__CASH: accounts.gamma: there is no such entry; there are: ALPHA, BETA",
    ),
    "a misspelt key": (
        "KEDGE_ACCOUNTS__ALPHA__CSH=5",
        "KEDGE_ACCOUNTS__ALPHA__CSH: accounts.alpha.csh: unknown key; did you mean cash?",
    ),
    "a list without a value": (
        "KEDGE_FEEDS=",
        "KEDGE_FEEDS: feeds: has no value; a list of sections is needed",
    ),
    "small letters": ("KEDGE_data_dir=x", "KEDGE_data_dir: is not written in capitals"),
}


def at(table: dict[str, tuple[Any, ...]]) -> Any:
    return [pytest.param(*case, id=name) for name, case in table.items()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


ONE_FAULT = "The settings in kedge.yaml have 1 fault; nothing was started."


@pytest.mark.parametrize(("written", "problem"), at(WRONG_CASH))
def test_money_that_is_none_is_told_with_its_place(
    written: str, problem: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "kedge.yaml").write_text(changed("cash: 100000", f"cash: {written}"), "utf-8")
    assert_it_ends(
        capfd, ["check"], 3, f"kedge.yaml:7:11: accounts.alpha.cash: {problem}; {MONEY}", ONE_FAULT
    )


@pytest.mark.parametrize(("old", "new", "fault"), at(WRONG_SETTINGS))
def test_a_wrong_setting_is_told_with_its_place(
    old: str, new: str, fault: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "kedge.yaml").write_text(changed(old, new), "utf-8")
    assert_it_ends(capfd, ["check"], 3, f"kedge.yaml:{fault}", ONE_FAULT)


@pytest.mark.parametrize(("content", "fault"), at(WRONG_FILES))
def test_what_is_no_settings_file_is_told_so(
    content: bytes, fault: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "kedge.yaml").write_bytes(content)
    assert_it_ends(capfd, ["run", "--headless"], 3, fault, ONE_FAULT)
    assert [file.name for file in here.iterdir()] == ["kedge.yaml"]


@pytest.mark.parametrize("is_file", [True, False], ids=["in .env", "in the environment"])
@pytest.mark.parametrize(("line", "fault"), at(WRONG_VARIABLES))
def test_a_wrong_variable_is_told_with_its_name(
    line: str,
    fault: str,
    is_file: bool,
    here: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (here / "kedge.yaml").write_text(GOOD, "utf-8")
    if is_file:
        (here / ".env").write_text(f"# mine\n{line}\n", "utf-8")
    else:
        monkeypatch.setenv(*line.split("=", 1))
    place = ".env:2: " if is_file else "environment variable "
    assert_it_ends(capfd, ["check"], 3, f"{place}{fault}", ONE_FAULT)


def test_a_directory_is_no_settings_file(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "kedge.yaml").mkdir()
    assert_it_ends(capfd, ["check"], 3, "kedge.yaml: Is a directory", ONE_FAULT)


# -- commands where nothing runs --

NOBODY = "No engine is running on kedge-data: start one, or name another directory with --data-dir."
NO_REASON = "Invalid value for '--why': a reason has 1 to 256 printable characters."
DATA_DIR = "Invalid value for '--data-dir' (env var: 'KEDGE_DATA_DIR'):"
ONE_WAY = "Give the signal in one way: by options, as a document, or with --file."
WRONG_WORDS = {
    "no such command": (["ordrs"], 2, "No such command 'ordrs'. Did you mean 'orders', 'order'?", "kedge"),
    "no such option": (["orders", "--foo"], 2, "No such option: --foo.", "kedge orders"),
    "a word too many": (["trades", "x"], 2, "Got unexpected extra argument(s) (x).", "kedge trades"),
    "a word too few": (["close"], 2, "Missing argument 'POSITION'.", "kedge close"),
    "no number": (
        ["orders", "--limit", "ten"],
        2,
        "Invalid value for '--limit': 'ten' is not a whole number of 1 or more.",
        "kedge orders",
    ),
    "no time": (
        ["orders", "--since", "yesterdy"],
        2,
        (
            "Invalid value for '--since': 'yesterdy' is no time; give an RFC 3339 time (2026-03-02T14:31:00Z), "
            "a date, a span back from now (30m, 2h, 3d), today or yesterday."
        ),
        "kedge orders",
    ),
    "seconds that are no number": (
        ["run", "--seconds", "nan"],
        2,
        "Invalid value for '--seconds': 'nan' is not a number of seconds above 0, and at most a year.",
        "kedge run",
    ),
    "no reason": (["kill", "on", "--why", ""], 2, NO_REASON, "kedge kill on"),
    "a reason of two lines": (["kill", "on", "--why", "a\nb"], 2, NO_REASON, "kedge kill on"),
    "a reason as long as a book": (["kill", "on", "--why", "x" * 257], 2, NO_REASON, "kedge kill on"),
    "a variable that is not set": (
        ["status", "--data-dir", ""],
        2,
        f"{DATA_DIR} a directory must be named.",
        "kedge status",
    ),
    "a home that nobody has": (
        ["status", "--data-dir", "~no-such-user/x"],
        2,
        f"{DATA_DIR} '~no-such-user/x' begins with a home that nobody has.",
        "kedge status",
    ),
    "one order and all of them": (
        ["cancel", "x", "--all"],
        2,
        "Name one order, or give --all.",
        "kedge cancel",
    ),
    "a signal in no way": (["signal", "send"], 2, ONE_WAY, "kedge signal send"),
    "a signal in two ways": (["signal", "send", "{}", "--account", "alpha"], 2, ONE_WAY, "kedge signal send"),
    "a kill without an engine": (["kill", "on"], 4, NOBODY, ""),
    "a flatten without an engine": (["flatten", "--yes"], 4, NOBODY, ""),
    "a signal without an engine": (["signal", "send", json.dumps(SPY_LONG)], 4, NOBODY, ""),
    "a dashboard without an engine": (["dash"], 4, NOBODY, ""),
    "a file for a directory": (
        ["kill", "on", "--data-dir", "/dev/null"],
        1,
        "/dev/null is a file; --data-dir takes a directory.",
        "",
    ),
    "a file that is not there": (
        ["signal", "send", "--file", "none.json"],
        1,
        "none.json: No such file or directory.",
        "",
    ),
    "settings that are not there": (
        ["init", "/dev/null"],
        1,
        "/dev/null is a file; kedge init takes a directory.",
        "",
    ),
}


@pytest.mark.parametrize(("words", "status", "message", "command"), at(WRONG_WORDS))
@pytest.mark.usefixtures("here")
def test_a_command_that_cannot_be_carried_out_says_why(
    words: list[str], status: int, message: str, command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    help_ = f" `{command} --help` tells what can be asked." if command else ""
    assert_it_ends(capfd, words, status, message + help_)


@pytest.mark.usefixtures("here")
def test_a_file_whose_name_is_no_text_is_named_to_programs_too(capfd: pytest.CaptureFixture[str]) -> None:
    told = typed(capfd, "check", "-c", "\udcff.yaml", "--json")
    assert (told.status, told.err) == (3, "")
    assert told.document["error"]["facts"]["file"] == "?.yaml"


# -- against a running engine --


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An engine on the files of `kedge init`. All that comes in has to leave it unharmed: nothing was ordered, nothing
    was switched, the record is whole, and it ends in order.
    """
    folder = tmp_path_factory.mktemp("trading")
    kedge_in(folder, "init")
    with running(folder):
        yield folder
        assert asked(folder, "orders")["items"] == []
        assert asked(folder, "status")["trading"] == "ACTIVE"
    assert asked(folder, "journal", "verify")["ok"]


@pytest.fixture
def beside(trading: Path) -> Iterator[None]:
    """In the folder of the running engine."""
    with chdir(trading):
        yield


TOO_LONG = "must be at most 256 printable characters."
NO_SIGNALS: dict[str, tuple[bytes | dict[str, object], str]] = {
    "no JSON": (b"buy!", "The signal is no JSON document: it cannot be read at byte 0."),
    "a number that JSON has not": (
        b'{"strength": NaN}',
        "The signal is no JSON document: it cannot be read at byte 13.",
    ),
    "two documents": (
        b"{} {}",
        "The signal is no JSON document: it cannot be read at byte 4.",
    ),
    "half a megabyte": (b"[" * 600_000, "The signal is longer than 524288 bytes."),
    "a field twice": (
        b'{"account": "a", "account": "b", "kind": "EXIT", "instrument": "SPY"}',
        "account: is given twice.",
    ),
    "a misspelt field": ({"stopp": "5"}, "stopp: unknown field; did you mean stop?"),
    "an empty account": ({"account": ""}, "account: must not be empty."),
    "an id that a terminal would obey": ({"id": "\x1b[2J"}, f"id: {TOO_LONG}"),
    "an id as long as a book": ({"id": "x" * 257}, f"id: {TOO_LONG}"),
    "a reason of two lines": ({"reason": "a\nb"}, f"reason: {TOO_LONG}"),
    "more than sure": ({"strength": 101}, "strength: 101 is not between 0 and 100."),
    "not a number of shares": (
        {"quantity": "nan"},
        "quantity: NaN is not a finite number up to 1000000000000000.",
    ),
    "a word for a number": ({"quantity": "ten"}, "quantity: 'ten' is not a number."),
    "a slip of the finger": ({"quantity": "1_0"}, "quantity: '1_0' is not a number."),
    "a list for a number": ({"quantity": [1]}, "quantity: a list is not a number."),
    "nothing of it": ({"quantity": 0}, "quantity: 0 is not above 0."),
    "less than nothing": ({"quantity": "-5"}, "quantity: -5 is not above 0."),
    "without an end": (
        {"quantity": "-inf"},
        "quantity: -Infinity is not a finite number up to 1000000000000000.",
    ),
    "a number for a name": ({"id": 5}, "id: 5 is not text."),
    "a kind in small letters": (
        {"kind": "entry"},
        "kind: 'entry' is not one of ENTRY, EXIT, STOP_ADJUSTMENT, BUY, SELL.",
    ),
    "a bare price": (
        {"stop": 95},
        (
            "stop: 95 is not an object with price, method, value, beyond_ticks or its short form, a text "
            '(as in "stop": "atr:1.5" or "targets": ["2R"]).'
        ),
    ),
    "a target without a price": (
        {"targets": [{"pct": 50}]},
        "targets[0]: neither price nor at_r is given; one of them is needed.",
    ),
    "nothing but a list": (b"[]", "The document: a list is not an object with account, kind, instrument."),
    "a giant": ({"quantity": "1e99"}, "quantity: 1E+99 is not a finite number up to 1000000000000000."),
    "a crumb": ({"quantity": "1e-10"}, "quantity: 1E-10 has more than nine decimals."),
    "a price without an end": (
        {"stop": {"price": "inf"}},
        "stop.price: Infinity is not a finite number up to 1000000000000000.",
    ),
    "a time without a zone": (
        {"ts": "2026-03-02T14:31:00"},
        "ts: '2026-03-02T14:31:00' is not a time such as 2026-03-02T14:31:00Z (the zone is needed).",
    ),
    "a time before time": (
        {"ts": "0001-01-01T00:00:00Z"},
        "ts: '0001-01-01T00:00:00Z' is not a time between the years 1677 and 2262.",
    ),
    "a note as long as a book": ({"metadata": {"x": "y" * 257}}, "metadata.x: longer than 256 characters."),
}
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "an account of nobody": ({"account": "nobody"}, "UNKNOWN_ACCOUNT"),
    "small letters": ({"instrument": "spy"}, "UNKNOWN_INSTRUMENT"),
    "neither long nor short": ({"direction": None}, "DIRECTION_MISSING"),
    "both long and short": ({"kind": "BUY", "direction": "SHORT"}, "DIRECTION_CONTRADICTS"),
    "from long ago": ({"ts": "2020-01-01T00:00:00Z"}, "SIGNAL_EXPIRED"),
    "from the future": ({"ts": "2200-01-01T00:00:00Z"}, "SIGNAL_FROM_FUTURE"),
    "more than allowed": ({"quantity": "1e9"}, "SIZE_TOO_LARGE"),
    "half a share": ({"quantity": "1.5"}, "QUANTITY_OFF_LOT"),
    "a stop on the side of the gain": ({"stop": {"price": "100000"}}, "STOP_ON_WRONG_SIDE"),
    "a stop below nothing": ({"stop": {"price": "-5"}}, "PRICE_NOT_POSITIVE"),
    "a stop between two ticks": ({"stop": {"price": "500.005"}}, "PRICE_OFF_TICK"),
    "no stop at all": ({"stop": "none"}, "UNPROTECTED_NOT_ALLOWED"),
    "a target on the side of the loss": ({"targets": [{"price": "1"}]}, "TARGET_ON_WRONG_SIDE"),
    "a limit without its price": ({"order": {"type": "limit"}}, "PRICE_MISSING"),
    "an exit of nothing": ({"kind": "EXIT", "direction": None}, "NO_POSITION"),
}
IN_USE = (
    "Data directory kedge-data is in use by process N since T. "
    "Stop that process first, or name another directory with --data-dir."
)
PLAINLY = "`kedge status` tells the same in plain lines."
NO_TERMINAL = f"The dashboard needs a terminal, and a TERM other than dumb. {PLAINLY}"
ON_TOP = "kedge.yaml is there already and stays as it is; nothing was written. Name another directory."
NO_CONFIRMATION = "Nothing was done: there is nobody to ask. Give --yes."
WRONG_ACTS = {
    "an order of nobody": (["order", "nope"], 1, "There is no order nope. There are no orders yet."),
    "an account of nobody": (
        ["pause", "nope"],
        1,
        "There is no account or strategy nope. Accounts: alpha, futures.",
    ),
    "an account in capitals": (
        ["flatten", "--account", "alphA"],
        1,
        "There is no account alphA. Did you mean alpha?",
    ),
    "a word that is no text": (["explain", "\udcff"], 2, "A word of the command is not text in UTF-8."),
    "trading again without a word": (["kill", "off"], 2, NO_CONFIRMATION),
    "all stops without a word": (["cancel", "--all", "--including-stops"], 2, NO_CONFIRMATION),
    "a dashboard without a terminal": (
        ["dash"],
        2,
        NO_TERMINAL,
    ),
    "a second engine": (
        ["run", "--headless", "--seconds", "1"],
        1,
        IN_USE,
    ),
    "a demo on top": (
        ["demo", "--headless", "--seconds", "1"],
        1,
        IN_USE,
    ),
    "settings on top": (
        ["init"],
        1,
        ON_TOP,
    ),
}


@pytest.mark.parametrize(("document", "message"), at(NO_SIGNALS))
@pytest.mark.usefixtures("beside")
def test_what_is_no_signal_is_told_what_is_wrong_with_it(
    document: bytes | dict[str, object], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = document if isinstance(document, bytes) else json.dumps({**SPY_LONG, **document}).encode()
    (tmp_path / "signal.json").write_bytes(content)
    assert_it_ends(capfd, ["signal", "send", "--file", str(tmp_path / "signal.json")], 2, message)


@pytest.mark.parametrize(("fields", "code"), at(REFUSED))
@pytest.mark.usefixtures("beside")
def test_a_signal_that_asks_for_the_impossible_is_refused_with_its_reason(
    fields: dict[str, object], code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = typed(capfd, "signal", "send", json.dumps({**SPY_LONG, **fields}), "--json")
    assert (told.status, told.err) == (0, "")
    assert (told.document["outcome"], told.document["code"], told.document["order"]) == (
        "REFUSED",
        code,
        None,
    )
    assert told.document["meaning"].endswith(".")


@pytest.mark.usefixtures("beside")
def test_an_id_with_another_content_is_a_conflict(capfd: pytest.CaptureFixture[str]) -> None:
    first = {**SPY_LONG, "id": "twice", "instrument": "NQ"}
    for _ in range(2):
        assert typed(capfd, "signal", "send", json.dumps(first)).status == 0
    conflict = "Signal twice is known with another content (it ended as REFUSED): nothing was done."
    assert_it_ends(capfd, ["signal", "send", json.dumps({**first, "quantity": 1})], 1, conflict)


@pytest.mark.parametrize(("words", "status", "message"), at(WRONG_ACTS))
@pytest.mark.usefixtures("beside")
def test_an_act_that_cannot_be_done_says_why(
    words: list[str], status: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_it_ends(capfd, words, status, message)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_behind_the_output_is_told(trading: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "kedge", "status"],
            cwd=trading,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "kedge: The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("term", ["dumb", ""], ids=["dumb", "unknown"])
def test_nothing_is_drawn_on_a_terminal_that_cannot_show_it(term: str, trading: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "kedge", "dash"],
            cwd=trading,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            check=False,
            timeout=20,
            env={**os.environ, "TERM": term},
        )
        said = os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert (ended.returncode, said) == (2, f"kedge: {NO_TERMINAL}\r\n")
