"""Calling the program: what is offered, what is refused and how, and what never shows."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.calls import Call, Filled, run

from kedge import __version__
from kedge.cli import main as program
from kedge.cli.commands import journal

COMMANDS = [str(command.name) for command in program.app.registered_commands]
JOURNAL_COMMANDS = [
    command.name or command.callback.__name__
    for command in journal.app.registered_commands
    if command.callback
]


def test_the_commands_are_those_of_the_interface() -> None:
    reading = [
        "status",
        "orders",
        "order",
        "positions",
        "portfolio",
        "trades",
        "signals",
        "explain",
        "strategies",
    ]
    acting = ["adjust", "approve", "cancel", "close", "decline", "flatten", "halt", "pause", "resume"]
    assert sorted(COMMANDS) == sorted(
        ["init", "check", "profiles", "doctor", "demo", "run", "dash", "accounts", *reading, *acting]
    )
    assert sorted(JOURNAL_COMMANDS) == ["check-limits", "export", "rebuild", "show", "stats", "verify"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["journal"],
        ["signal"],
        ["signal", "send"],
        ["kill"],
        ["kill", "on"],
        ["kill", "off"],
        *([name] for name in COMMANDS),
        *(["journal", name] for name in JOURNAL_COMMANDS),
    ],
)
def test_every_command_explains_itself_with_examples(words: list[str], kedge: Call) -> None:
    told = kedge(*words, "--help")
    assert told.status == 0
    assert told.out.startswith(f"Usage: {' '.join(['kedge', *words])} ")
    assert "  Examples:\n    kedge " in told.out
    assert told.out == kedge(*words, "-h").out
    assert [line for line in told.out.splitlines() if len(line) > 80 or _is_cut(line)] == []


def _is_cut(line: str) -> bool:
    return line.endswith("...") and not line.startswith("Usage:")


@pytest.mark.parametrize("words", [[], ["journal"], ["signal"], ["kill"]])
def test_without_a_command_the_help_is_shown(words: list[str], kedge: Call) -> None:
    told = kedge(*words)
    assert (told.status, told.err) == (0, "")
    assert told.out == kedge(*words, "--help").out


def test_the_version(kedge: Call) -> None:
    assert kedge("--version") == (0, f"kedge {__version__}\n", "")


WRONG: list[tuple[list[str], str, str]] = [
    (["orderz"], "No such command 'orderz'. Did you mean 'order', 'orders'?", "kedge"),
    (["staus"], "No such command 'staus'. Did you mean 'status', 'pause'?", "kedge"),
    (["journal", "verif"], "No such command 'verif'. Did you mean 'verify'?", "kedge journal"),
    (["order"], "Missing argument 'ORDER'.", "kedge order"),
    (["explain"], "Missing argument 'SIGNAL'.", "kedge explain"),
    (["orders", "--data-dir"], "Option '--data-dir' requires an argument.", "kedge orders"),
    (["journal", "show", "--about"], "Option '--about' requires an argument.", "kedge journal show"),
    (
        ["orders", "--data-dir", ""],
        "Invalid value for '--data-dir' (env var: 'KEDGE_DATA_DIR'): a directory must be named.",
        "kedge orders",
    ),
    (
        ["orders", "--limit", "0"],
        "Invalid value for '--limit': '0' is not a whole number of 1 or more.",
        "kedge orders",
    ),
    (
        ["orders", "--limit", "ten"],
        "Invalid value for '--limit': 'ten' is not a whole number of 1 or more.",
        "kedge orders",
    ),
    (
        ["orders", "--limit", "9" * 100],
        f"Invalid value for '--limit': '{'9' * 40}…' is too large; a number has at most 18 digits.",
        "kedge orders",
    ),
    (
        ["orders", "--limit", "1_0"],
        "Invalid value for '--limit': '1_0' is not a whole number of 1 or more.",
        "kedge orders",
    ),
    *(
        (
            ["demo", "--seconds", seconds],
            f"Invalid value for '--seconds': '{seconds}' is not a number of seconds above 0, and at most a year.",
            "kedge demo",
        )
        for seconds in ("1_0", "\u0663", "inf", "-1", "1e999", "0x1p3", "1 0", "")
    ),
    (
        ["trades", "--since", "2x"],
        (
            "Invalid value for '--since': '2x' is no time; give an RFC 3339 time (2026-03-02T14:31:00Z), "
            "a date, a span back from now (30m, 2h, 3d), today or yesterday."
        ),
        "kedge trades",
    ),
    (
        ["journal", "show", "--after", "-1"],
        "Invalid value for '--after': '-1' is not a whole number of 0 or more.",
        "kedge journal show",
    ),
    (
        ["demo", "--seconds", "0"],
        "Invalid value for '--seconds': '0' is not a number of seconds above 0, and at most a year.",
        "kedge demo",
    ),
    (
        ["demo", "--seconds", "nan"],
        "Invalid value for '--seconds': 'nan' is not a number of seconds above 0, and at most a year.",
        "kedge demo",
    ),
    (
        ["demo", "--seed", "x"],
        "Invalid value for '--seed': 'x' is not a whole number of 0 or more.",
        "kedge demo",
    ),
    (["demo", "now"], "Got unexpected extra argument(s) (now).", "kedge demo"),
    (["trades", "--acount", "a"], "No such option: --acount (Possible options: --account).", "kedge trades"),
]


@pytest.mark.parametrize(
    ("words", "message", "command"), WRONG, ids=[" ".join(words) for words, _, _ in WRONG]
)
def test_a_wrong_call_is_answered_in_a_sentence_with_status_2(
    words: list[str], message: str, command: str, kedge: Call
) -> None:
    whole = f"{message} `{command} --help` tells what can be asked."
    assert kedge(*words) == (2, "", f"kedge: {whole}\n")
    if words[-1].startswith("--") or words[0] not in COMMANDS:
        return  # --json would be read as the option's value, or has no command to belong to
    told = kedge(*words, "--json")
    assert (told.status, told.err) == (2, "")
    assert told.document == {"error": {"code": "USAGE", "message": whole, "facts": {"command": command}}}


def test_behind_two_dashes_json_is_a_name_like_any_other(kedge: Call, tmp_path: Path) -> None:
    told = kedge("order", "--data-dir", tmp_path, "--", "--json")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("kedge: There is no journal in ")


def breaking(error: BaseException) -> Any:
    def command(*_: object, **__: object) -> None:
        raise error

    return command


def test_a_fault_of_the_program_is_told_without_a_traceback(
    kedge: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_run", breaking(RuntimeError("loose screw")))
    told = kedge("status")
    assert (told.status, told.out) == (1, "")
    assert told.err == (
        "kedge: This is a fault in kedge: RuntimeError: loose screw. Please report it; with KEDGE_DEBUG=1 the same "
        "command says where it happened.\n"
    )
    assert kedge("status", "--json").document["error"]["code"] == "FAULT"


def test_whoever_looks_for_a_fault_gets_the_traceback(kedge: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_run", breaking(RuntimeError("loose screw")))
    monkeypatch.setenv("KEDGE_DEBUG", "1")
    with pytest.raises(RuntimeError, match="loose screw"):
        kedge("status")


def test_ctrl_c_ends_it_quietly(kedge: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_run", breaking(KeyboardInterrupt()))
    assert kedge("status") == (130, "", "")


INTERRUPTING = """
import os, signal, sys

MODULE = sys.argv.pop()

class Hand:  # presses Ctrl-C when a module is about to be loaded
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Hand())
from kedge.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    "module", ["kedge.cli", "typer", "kedge.cli.commands.orders", "kedge.journal.reader", "apsw"]
)
def test_ctrl_c_ends_it_quietly_while_it_is_still_loading(module: str, filled: Filled) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTING, "orders", "--data-dir", str(filled.directory), module],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize("command", ["check", "doctor", "run"])
def test_ctrl_c_is_not_taken_for_a_fault_of_the_settings(command: str, tmp_path: Path) -> None:
    """What builds their form catches all that is raised meanwhile, so Ctrl-C waits until it is built."""
    looking = INTERRUPTING.replace(
        "os.kill(", "print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])); os.kill("
    )
    ended = subprocess.run(
        [sys.executable, "-c", looking, command, "kedge.settings.form"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "True\n", "")


def test_a_program_that_is_to_ignore_ctrl_c_ignores_it_while_loading_too() -> None:
    ignoring = INTERRUPTING.replace(
        "class Hand", "signal.signal(signal.SIGINT, signal.SIG_IGN)\n\nclass Hand"
    )
    ended = subprocess.run(
        [sys.executable, "-c", ignoring, "--version", "typer"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"kedge {__version__}\n", "")


def test_the_module_is_the_same_program_as_the_script() -> None:
    ended = run("--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"kedge {__version__}\n", "")
    wrong = run("statis", "--json")
    assert (wrong.returncode, wrong.stderr) == (2, "")
    assert json.loads(wrong.stdout)["error"]["code"] == "USAGE"
