"""What leaves the program, and in which form."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cli.calls import Filled, run

from kedge.cli import output
from kedge.cli.output import Column
from kedge.wording.text import Cell, clean

COLUMNS, LINES = 80, 24


def on_terminal(*arguments: object, environment: dict[str, str] | None = None, columns: int = COLUMNS) -> str:
    """What the program writes to a terminal of this width."""
    near, far = pty.openpty()
    settings = {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(LINES), "TZ": "UTC"}
    inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    program = subprocess.Popen(
        [sys.executable, "-m", "kedge", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=far,
        stderr=subprocess.DEVNULL,
        env={**inherited, **settings, **(environment or {})},
    )
    os.close(far)
    try:
        return b"".join(_read(near)).decode().replace("\r\n", "\n")
    finally:
        os.close(near)
        assert program.wait(timeout=30) == 0


def _read(near: int) -> Iterator[bytes]:
    while select.select([near], [], [], 30)[0]:
        try:
            chunk = os.read(near, 65_536)
        except OSError:  # Linux says so when the far end is closed
            return
        if not chunk:
            return
        yield chunk


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ½ ✓", "plain – ½ ✓"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}"),
        ("\u202eturned", "\N{REPLACEMENT CHARACTER}turned"),
    ],
)
def test_nothing_reaches_a_terminal_that_it_would_obey(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_table_without_a_terminal_is_plain_and_whole(capfd: pytest.CaptureFixture[str]) -> None:
    output.show_table(
        [Column("Name"), Column("Size", right=True), Column("Why", flexible=True)],
        [("a", "1", "x" * 200), (Cell("[b]", "bold red"), "1,000", "")],
    )
    assert capfd.readouterr().out == f"Name   Size  Why\na         1  {'x' * 200}\n[b]   1,000\n"


def test_pairs_without_a_value_are_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    output.show_pairs([("Order", "o-1"), ("Reason", ""), ("State", Cell("filled", "green"))])
    assert capfd.readouterr().out == "Order  o-1\nState  filled\n"


def test_json_is_one_line_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    output.emit({"items": [], "next": None, "sign": "–"})
    assert capfd.readouterr().out == '{"items":[],"next":null,"sign":"–"}\n'


COMMANDS = [
    "status",
    "orders",
    "trades",
    "positions",
    "signals",
    "journal show",
    "journal stats",
    "journal verify",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_table_fits_eighty_columns(command: str, filled: Filled) -> None:
    shown = on_terminal(*command.split(), "--data-dir", filled.directory, environment={"NO_COLOR": "1"})
    assert shown.count("\n") >= 2
    assert [line for line in shown.splitlines() if len(line) > COLUMNS] == []
    assert "…" not in shown


def test_a_terminal_gets_colours(filled: Filled) -> None:
    assert "\x1b[" in on_terminal("status", "--data-dir", filled.directory)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_are_left_out_where_they_are_not_wanted(environment: dict[str, str], filled: Filled) -> None:
    assert "\x1b" not in on_terminal("status", "--data-dir", filled.directory, environment=environment)


def test_json_is_indented_on_a_terminal(filled: Filled) -> None:
    shown = on_terminal("orders", "--limit", 1, "--json", "--data-dir", filled.directory)
    assert shown.startswith('{\n  "items": [\n')
    assert len(json.loads(shown)["items"]) == 1


def test_a_narrow_terminal_cuts_no_line_in_two(filled: Filled) -> None:
    shown = on_terminal("orders", "--data-dir", filled.directory, environment={"NO_COLOR": "1"}, columns=50)
    assert [line for line in shown.splitlines() if len(line) > 50] == []


@pytest.mark.parametrize(
    "words",
    [
        "orders",
        "orders --json",
        "trades",
        "signals --limit 1",
        "status",
        "journal show",
        "journal export",
        "--help",
    ],
)
def test_a_reader_who_goes_away_ends_it_quietly(words: str, filled: Filled) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "kedge", *words.split()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "KEDGE_DATA_DIR": str(filled.directory)},
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize(
    "arguments", [["orders"], ["orders", "--json"], ["orders", "--limit", "0", "--json"]]
)
def test_a_full_disk_behind_the_output_is_told(arguments: list[str], filled: Filled) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "kedge", *arguments, "--data-dir", str(filled.directory)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "kedge: The output cannot be written: No space left on device.\n"


def test_signs_that_the_output_cannot_hold_are_replaced(filled: Filled) -> None:
    ended = run(
        "status", "--data-dir", filled.directory, environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    )
    assert ended.returncode == 0
    assert ended.stdout.isascii()
