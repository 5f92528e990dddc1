"""The commands that talk to a running engine, called against a demo in a process of its own.

The demo trades SPY for `alpha` and ES for `futures`; what is traded here is ES for `alpha`, so nobody is in the way.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.calls import Call, run

from kedge.cli import live
from kedge.domain.codes import MEANING, Code
from kedge.engine.control.address import SOCKET_NAME
from kedge.journal.lock import DirectoryLock

PATIENCE_SECONDS = 30.0
SEND = ["signal", "send", "--account", "alpha", "--instrument", "ES"]
ENTER = [*SEND, "--kind", "entry", "--direction", "long", "--quantity", "1"]


@contextmanager
def demo(directory: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo that has taken its first price; it is asked to end at the end."""
    program = subprocess.Popen(
        [sys.executable, "-m", "kedge", "demo", "--headless", "--data-dir", str(directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(program.stdout or ()), daemon=True)
    reader.start()
    try:
        until(lambda: program.poll() is not None or (directory / SOCKET_NAME).exists())
        assert program.poll() is None, program.stderr and program.stderr.read()
        yield program
    finally:
        program.terminate()
        program.wait(PATIENCE_SECONDS)
        reader.join(PATIENCE_SECONDS)
        err = program.stderr.read() if program.stderr else ""
        for stream in (program.stdout, program.stderr):
            if stream is not None:
                stream.close()
    assert (program.returncode, err) == (0, "")
    assert any("Ended in order after " in line for line in said)


def until(condition: Callable[[], object]) -> None:
    """Look again and again, for a process of its own gives no sign."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The directory of a running demo, and its process."""
    directory = tmp_path_factory.mktemp("live") / "data"
    with demo(directory) as program:
        yield directory, program.pid


@pytest.fixture
def at(engine: tuple[Path, int], kedge: Call) -> list[object]:
    """The options that name the engine; trading is active and `alpha` is flat in ES."""
    where: list[object] = ["--data-dir", engine[0]]
    assert kedge("kill", "off", "--yes", *where).status == 0
    assert kedge("resume", "alpha", *where).status == 0
    kedge("cancel", "--all", "--account", "alpha", *where)
    for position in es_positions(kedge, where):
        kedge("close", position["id"], *where)
    until(lambda: not es_positions(kedge, where))
    until(lambda: all(quote["bid"] for quote in document(kedge, "status", *where)["quotes"]))
    return where


def document(kedge: Call, *words: object, status: int = 0) -> Any:
    told = kedge(*words, "--json")
    assert told.status == status, told
    return told.document


def es_positions(kedge: Call, at: list[object]) -> list[dict[str, Any]]:
    found = document(kedge, "positions", "--account", "alpha", *at)["items"]
    return [each for each in found if each["instrument"] == "ES" and each["state"] != "PENDING_ENTRY"]


def es_orders(kedge: Call, at: list[object]) -> list[dict[str, Any]]:
    found = document(kedge, "orders", "--open", "--account", "alpha", *at)["items"]
    return [order for order in found if order["instrument"] == "ES"]


def entered(kedge: Call, at: list[object]) -> dict[str, Any]:
    """A position of one ES, protected."""
    assert document(kedge, *ENTER, *at)["outcome"] == "ORDERED"
    until(lambda: es_positions(kedge, at) and [o for o in es_orders(kedge, at) if o["role"] == "stop"])
    return es_positions(kedge, at)[0]


def waiting(kedge: Call, at: list[object]) -> str:
    """An entry far from the market."""
    order = document(kedge, *ENTER, "--limit", "5700", "--stop", "5650", *at)["order"]
    until(lambda: [o for o in es_orders(kedge, at) if o["id"] == order and o["state"] == "ACCEPTED"])
    return str(order)


# -- signals --


def test_a_signal_is_sent_by_options_and_told_how_it_ended(kedge: Call, at: list[object]) -> None:
    told = kedge(*ENTER, "--stop", "5850", "--target", "9000", "--strength", "80", "--reason", "try", *at)
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines] == ["Signal", "Outcome", "Order"]
    assert lines[1] == "Outcome  ORDERED"
    order = document(kedge, "order", lines[2].split()[1], *at)["order"]
    assert (order["account"], order["instrument"], order["quantity"]) == ("alpha", "ES", "1")


def test_a_refusal_is_an_answer_with_its_code_and_meaning(kedge: Call, at: list[object]) -> None:
    told = kedge(*SEND, "--kind", "exit", *at)
    assert (told.status, told.err) == (0, "")
    assert "Outcome  REFUSED NO_POSITION\n" in told.out
    assert told.out.endswith(f"{MEANING[Code.NO_POSITION]}\n")
    item = document(kedge, *SEND, "--kind", "exit", *at)
    assert (item["code"], item["meaning"]) == ("NO_POSITION", MEANING[Code.NO_POSITION])
    assert (item["outcome"], item["repeat"], item["order"]) == ("REFUSED", "new", None)


def test_the_same_id_is_answered_again_and_another_content_is_a_conflict(
    kedge: Call, at: list[object]
) -> None:
    exit_ = [*SEND, "--kind", "exit", "--id", f"once-{time.monotonic_ns()}"]
    first = document(kedge, *exit_, *at)
    again = document(kedge, *exit_, *at)
    assert (first["repeat"], again["repeat"]) == ("new", "same")
    assert "(sent before: nothing was done again)" in kedge(*exit_, *at).out
    told = kedge(*exit_, "--reason", "another", *at)
    assert (told.status, told.out) == (1, "")
    assert told.err == (
        f"kedge: Signal {first['signal']} is known with another content (it ended as REFUSED): nothing was done.\n"
    )
    error = document(kedge, *exit_, "--reason", "another", *at, status=1)["error"]
    assert error["code"] == "SIGNAL_CONFLICT"


def test_a_signal_comes_as_a_document_in_a_file_or_on_standard_input(
    kedge: Call, at: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"account": "alpha",\n "kind": "EXIT",\n "instrument": "ES"}\n'
    (tmp_path / "signal.json").write_text(text, "utf-8")
    assert document(kedge, "signal", "send", text, *at)["code"] == "NO_POSITION"
    assert document(kedge, "signal", "send", "--file", tmp_path / "signal.json", *at)["code"] == "NO_POSITION"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert document(kedge, "signal", "send", "--file", "-", *at)["code"] == "NO_POSITION"


WRONG_SIGNALS: list[tuple[list[str], int, str, str]] = [
    (["--account", "alpha"], 2, "BAD_SIGNAL", "kind: missing; one of ENTRY, "),
    (["{"], 2, "BAD_SIGNAL", "The signal is no JSON document: "),
    (["--file", "/nowhere/signal.json"], 1, "SYSTEM", "/nowhere/signal.json: No such file or directory."),
    ([], 2, "USAGE", "Give the signal in one way: by options, as a document, or with --file. "),
    (["{}", "--account", "alpha"], 2, "USAGE", "Give the signal in one way"),
    (["{}", "--file", "-"], 2, "USAGE", "Give the signal in one way"),
    (['{"account": "a", "account": "b"}'], 2, "BAD_SIGNAL", "account: is given twice."),
    ([*SEND[2:], "--kind", "dance"], 2, "BAD_SIGNAL", "kind: 'DANCE' is not one of ENTRY, "),
    ([*SEND[2:], "--kind", "exit", "--strength", "101"], 2, "BAD_SIGNAL", "strength: 101 is not between"),
    ([*SEND[2:], "--kind", "exit", "--quantity", "0"], 2, "BAD_SIGNAL", "quantity: 0 is not above 0."),
    ([*SEND[2:], "--kind", "exit", "--quantity", "-5"], 2, "BAD_SIGNAL", "quantity: -5 is not above 0."),
    ([*SEND[2:], "--kind", "exit", "--quantity", "nan"], 2, "BAD_SIGNAL", "quantity: NaN is not a finite"),
    ([*SEND[2:], "--kind", "exit", "--quantity", "1e99"], 2, "BAD_SIGNAL", "quantity: 1E+99 is not a finite"),
    (
        [*SEND[2:], "--kind", "buy", "--target", "2X"],
        2,
        "BAD_SIGNAL",
        "targets[0]: '2X' is not a price or so",
    ),
    (
        [*SEND[2:], "--kind", "exit", "--stop", "low"],
        2,
        "BAD_SIGNAL",
        "stop: 'low' is not a price, none, or a method",
    ),
]


@pytest.mark.parametrize(
    ("words", "status", "code", "message"),
    WRONG_SIGNALS,
    ids=[" ".join(w) or "none" for w, *_ in WRONG_SIGNALS],
)
def test_a_signal_that_is_none_is_refused_in_a_sentence(
    words: list[str], status: int, code: str, message: str, kedge: Call, at: list[object]
) -> None:
    told = kedge("signal", "send", *words, *at)
    assert (told.status, told.out, told.err.count("\n")) == (status, "", 1)
    assert told.err.startswith(f"kedge: {message}")
    assert document(kedge, "signal", "send", *words, *at, status=status)["error"]["code"] == code


# -- cancel, close, flatten --


LINES = """# a comment, and an empty line

{"id": "l-1", "account": "alpha", "instrument": "ES", "kind": "EXIT"}
{"id": "l-1", "account": "alpha", "instrument": "ES", "kind": "EXIT"}
{"id": "l-1", "account": "alpha", "instrument": "SPY", "kind": "EXIT"}
this is none
{"id": "l-2", "account": "alpha", "kind": "DANCE"}
{"id": "l-3", "account": "nobody", "instrument": "ES", "kind": "EXIT"}
"""


def test_signals_are_loaded_line_by_line_and_a_bad_line_holds_up_none(
    kedge: Call, at: list[object], tmp_path: Path
) -> None:
    file = tmp_path / "signals.jsonl"
    file.write_text(LINES)
    told = document(kedge, "signal", "load", file, *at, status=1)["items"]
    assert [(item["line"], item.get("outcome"), item.get("repeat")) for item in told] == [
        (3, "REFUSED", "new"),
        (4, "REFUSED", "same"),
        (5, None, None),
        (6, None, None),
        (7, None, None),
        (8, "REFUSED", "new"),
    ]
    assert [item["error"]["code"] for item in told if "error" in item] == [
        "SIGNAL_CONFLICT",
        "BAD_SIGNAL",
        "BAD_SIGNAL",
    ]
    again = kedge("signal", "load", file, *at)
    assert again.status == 1
    assert again.out.splitlines()[0] == "line 3: l-1 REFUSED NO_POSITION (sent before)"
    assert again.out.splitlines()[-1] == "3 lines could not be handed in."


def test_what_another_program_writes_is_loaded_as_it_comes(engine: tuple[Path, int]) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "kedge", "signal", "load", "-", "--data-dir", str(engine[0])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    for number in (1, 2):  # the second is written when the first one has been answered
        signal = {"id": f"p-{number}", "account": "alpha", "instrument": "NONE", "kind": "EXIT"}
        program.stdin.write(json.dumps(signal) + "\n")
        program.stdin.flush()
        assert program.stdout.readline() == f"line {number}: p-{number} REFUSED UNKNOWN_INSTRUMENT\n"
    out, err = program.communicate(timeout=PATIENCE_SECONDS)
    assert (program.returncode, out, err) == (0, "", "")


def test_a_file_that_is_not_there_is_told_of(kedge: Call, at: list[object], tmp_path: Path) -> None:
    told = kedge("signal", "load", tmp_path / "none.jsonl", *at)
    assert told == (1, "", f"kedge: {tmp_path / 'none.jsonl'}: No such file or directory.\n")


def test_an_order_is_cancelled_by_the_end_of_its_id(kedge: Call, at: list[object]) -> None:
    order = waiting(kedge, at)
    told = kedge("cancel", order.split("-", 1)[1], "--why", "second thoughts", *at)
    assert told == (0, f"Asked to cancel 1 order:\n  {order}\n", "")
    until(lambda: not es_orders(kedge, at))
    history = document(kedge, "order", order, *at)["history"]
    assert [line for line in history if "second thoughts" in line["text"]]


def test_an_order_that_has_ended_is_told_apart_from_one_that_never_was(kedge: Call, at: list[object]) -> None:
    order = waiting(kedge, at)
    kedge("cancel", order, *at)
    until(lambda: not es_orders(kedge, at))
    ending = order.split("-", 1)[1]
    for name in (order, ending):
        told = kedge("cancel", name, *at)
        assert (told.status, told.out) == (1, "")
        assert re.fullmatch(
            rf"kedge: Order {order} has ended: cancelled \([a-z ]+\), \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \S+\. "
            r"There is nothing to cancel\.\n",
            told.err,
        ), told.err
    error = document(kedge, "cancel", ending, *at, status=1)["error"]
    assert (error["code"], error["facts"]["order"], error["facts"]["state"]) == (
        "NOT_OPEN",
        order,
        "CANCELLED",
    )
    never = kedge("cancel", "no-such-order", *at)
    assert (never.status, never.out) == (1, "")
    assert never.err.startswith("kedge: There is no order no-such-order.")
    assert document(kedge, "cancel", "no-such-order", *at, status=1)["error"]["code"] == "UNKNOWN_ORDER"


def test_a_filled_order_cannot_be_cancelled_any_more(kedge: Call, at: list[object]) -> None:
    entered(kedge, at)
    filled = next(o for o in document(kedge, "orders", *at)["items"] if o["state"] == "FILLED")
    told = kedge("cancel", filled["id"], *at)
    assert told.status == 1
    how = f"filled, {filled['quantity']} of {filled['quantity']}, "
    assert told.err.startswith(f"kedge: Order {filled['id']} has ended: {how}")


def test_a_stop_is_cancelled_only_when_that_is_meant(kedge: Call, at: list[object]) -> None:
    entered(kedge, at)
    (stop,) = [order["id"] for order in es_orders(kedge, at) if order["role"] == "stop"]
    told = kedge("cancel", stop, *at)
    message = f"Order {stop} protects a position; close the position, or ask again with --including-stops."
    assert told == (1, "", f"kedge: {message}\n")
    unasked = kedge("cancel", stop, "--including-stops", *at)
    assert (unasked.status, unasked.err) == (
        2,
        "kedge: Nothing was done: there is nobody to ask. Give --yes.\n",
    )
    assert stop not in document(kedge, "cancel", "--all", "--account", "alpha", *at)["cancelling"]
    assert document(kedge, "cancel", stop, "--including-stops", "--yes", *at) == {"cancelling": [stop]}
    until(lambda: stop not in [order["id"] for order in es_orders(kedge, at)])


def test_all_entries_of_an_account_are_cancelled(kedge: Call, at: list[object]) -> None:
    order = waiting(kedge, at)
    assert order in document(kedge, "cancel", "--all", "--account", "alpha", *at)["cancelling"]
    until(lambda: not es_orders(kedge, at))


def test_stop_and_targets_are_typed_short(kedge: Call, at: list[object]) -> None:
    targets = ["--target", "1R:50", "--target", "3R:50"]
    sent = [*SEND, "--kind", "buy", "--quantity", "2", "--stop", "ticks:400", *targets]
    assert document(kedge, *sent, *at)["outcome"] == "ORDERED"
    until(lambda: es_positions(kedge, at) and len(es_orders(kedge, at)) == 3)
    orders = es_orders(kedge, at)
    (stop,) = (Decimal(order["stop_price"]) for order in orders if order["role"] == "stop")
    near, far = sorted(Decimal(order["limit_price"]) for order in orders if order["role"] == "target")
    assert [near - stop, far - stop] == [200, 400], "400 ticks of 0.25 are one R"


def test_a_person_moves_the_stop_and_the_target_of_a_position(kedge: Call, at: list[object]) -> None:
    position = entered(kedge, at)["id"]
    (first,) = (Decimal(order["stop_price"]) for order in es_orders(kedge, at) if order["role"] == "stop")
    asked = ["adjust", "ES", "--account", "alpha", "--stop", str(first + 5), "--target", "9000"]
    told = kedge(*asked, "--why", "news at two", *at)
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith(f"Adjusted position {position} (signal s-")

    def prices() -> set[Decimal]:
        orders = es_orders(kedge, at)
        return {Decimal(order["stop_price"] or order["limit_price"]) for order in orders}

    until(lambda: prices() == {first + 5, Decimal(9000)})
    (stop,) = (order["id"] for order in es_orders(kedge, at) if order["role"] == "stop")
    history = document(kedge, "order", stop, *at)["history"]
    (moved,) = (event["text"] for event in history if event["event"] == "StopMoved.1")
    assert moved.startswith(f"stop goes to {first + 5:.2f}, from {first:.2f} (")
    assert moved.endswith(": news at two)")
    told_json = document(kedge, "adjust", position, "--target", "9100", *at)
    assert told_json["adjusted"] == position
    until(lambda: Decimal(9100) in prices())


def test_a_stop_that_cannot_lie_there_is_not_moved(kedge: Call, at: list[object]) -> None:
    position = entered(kedge, at)["id"]
    told = kedge("adjust", position, "--stop", "1", *at)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith(
        f"kedge: Nothing was moved: {MEANING[Code.STOP_BEYOND_RISK]} `kedge explain s-"
    )
    error = document(kedge, "adjust", position, "--stop", "9000", *at, status=1)["error"]
    assert (error["code"], error["facts"]["code"]) == ("NOT_ADJUSTED", "STOP_ON_WRONG_SIDE")
    for words, status, code in [
        (["adjust", position], 2, "USAGE"),
        (["adjust", position, "--stop", "low"], 2, "BAD_SIGNAL"),
        (["adjust", "nobody", "--stop", "1"], 1, "UNKNOWN_POSITION"),
    ]:
        assert document(kedge, *words, *at, status=status)["error"]["code"] == code


def test_a_position_is_closed(kedge: Call, at: list[object]) -> None:
    position = entered(kedge, at)["id"]
    told = kedge("close", position, "--why", "seen enough", *at)
    assert told == (0, f"Sent exits for 1 position:\n  {position}\n", "")
    until(lambda: not es_positions(kedge, at))
    assert [s for s in document(kedge, "signals", *at)["items"] if s["reason"] == "seen enough"]


def test_an_account_is_flattened(kedge: Call, at: list[object]) -> None:
    position = entered(kedge, at)["id"]
    told = document(kedge, "flatten", "--account", "alpha", *at)
    assert position in told["closing"]
    until(lambda: not es_positions(kedge, at))


# -- the kill switch --


def test_the_kill_switch_halts_entries_and_lets_exits_through(kedge: Call, at: list[object]) -> None:
    position = entered(kedge, at)["id"]
    told = kedge("kill", "on", "--why", "drill", *at)
    assert told == (0, "Trading is halted.\n", "")
    assert kedge("kill", "on", *at).out == "Trading was halted already.\n"
    assert document(kedge, "status", *at)["trading"] == "HALTED"
    assert document(kedge, *ENTER, *at)["code"] == "TRADING_HALTED"
    assert document(kedge, "close", position, *at)["closing"] == [position]
    unasked = kedge("kill", "off", *at)
    assert (unasked.status, unasked.out) == (2, "")
    assert kedge("kill", "off", "--yes", *at) == (0, "Trading is active.\n", "")
    assert kedge("kill", "off", "--yes", *at).out == "Trading was active already.\n"


def test_kill_withdraws_entries_and_closes_positions_and_the_venues_confirm_it(
    kedge: Call, at: list[object]
) -> None:
    entered(kedge, at)
    told = document(kedge, "kill", "on", "--flatten", *at)
    assert (told["trading"], told["changed"], told["mode"]) == ("HALTED", True, "flatten")
    assert told["confirmed"]
    assert told["positions"]["closed"] == told["positions"]["asked"] >= 1
    assert (told["positions"]["left"], told["orders"]["left"]) == ([], [])
    assert not es_positions(kedge, at), "when it has answered it is done"
    assert document(kedge, "positions", *at)["items"] == []
    (kept,) = document(kedge, "status", *at)["kills"]
    assert (kept["mode"], kept["confirmed"]) == ("flatten", True)
    assert "Kill switch  flatten (" in kedge("status", *at).out
    kedge("kill", "off", "--yes", *at)
    assert document(kedge, "status", *at)["kills"] == []
    order = waiting(kedge, at)
    said = kedge("kill", "on", "--cancel", *at)
    assert said.status == 0
    assert said.out.startswith("Trading is halted.\n")
    assert said.out.endswith(" cancelled.\nThe venues have confirmed it.\n")
    assert order not in [each["id"] for each in es_orders(kedge, at)]


def test_kill_says_what_still_rests_where_nothing_is_withdrawn(kedge: Call, at: list[object]) -> None:
    order = waiting(kedge, at)
    told = document(kedge, "kill", "on", *at)
    assert order in told["resting"]
    said = kedge("kill", "on", *at).out
    assert said.startswith("Trading was halted already.\n")
    assert "can still fill: --cancel withdraws them" in said


def test_one_account_is_halted_and_resumed(kedge: Call, at: list[object]) -> None:
    entered(kedge, at)
    told = document(kedge, "halt", "alpha", "--flatten", *at)
    assert (told["account"], told["confirmed"], told["positions"]["left"]) == ("alpha", True, [])
    found = {each["id"]: each["state"] for each in document(kedge, "accounts", *at)["items"]}
    assert (found["alpha"], found["futures"]) == ("HALTED", "ACTIVE")
    assert document(kedge, *ENTER, *at)["code"] == "TRADING_HALTED"
    assert kedge("halt", "alpha", *at).out == "Account alpha was halted already.\n"
    assert kedge("resume", "alpha", *at).out == "Account alpha is ACTIVE.\n"
    assert kedge("halt", "nobody", *at).status == 1


def test_one_account_is_paused_and_resumed(kedge: Call, at: list[object]) -> None:
    assert kedge("pause", "alpha", *at) == (0, "Account alpha is REDUCING.\n", "")
    assert kedge("pause", "alpha", *at).out == "Account alpha was already REDUCING.\n"
    assert document(kedge, *ENTER, *at)["code"] == "REDUCING_ONLY"
    kedge("kill", "on", *at)
    told = kedge("resume", "alpha", *at)
    assert told.out == (
        "Account alpha is ACTIVE.\nTrading of all accounts is HALTED: `kedge kill off` ends that.\n"
    )


def test_the_kill_switch_survives_a_restart(kedge: Call, tmp_path: Path) -> None:
    where = ["--data-dir", tmp_path]
    with demo(tmp_path):
        assert kedge("kill", "on", *where).status == 0
    with demo(tmp_path):
        assert document(kedge, "status", *where)["trading"] == "HALTED"
        assert document(kedge, *ENTER, *where)["code"] == "TRADING_HALTED"
        assert kedge("kill", "off", "--yes", "--why", "drill is over", *where).status == 0
    assert document(kedge, "status", *where)["trading"] == "ACTIVE"


def test_the_environment_halts_before_anything_is_done(kedge: Call, tmp_path: Path) -> None:
    with demo(tmp_path, KEDGE_KILL="1"):
        assert document(kedge, *ENTER, "--data-dir", tmp_path)["code"] == "TRADING_HALTED"
    assert document(kedge, "orders", "--data-dir", tmp_path)["items"] == []
    outcomes = {s["outcome"] for s in document(kedge, "signals", "--data-dir", tmp_path)["items"]}
    assert outcomes == {"REFUSED"}


def test_the_environment_closes_what_the_last_process_has_left(kedge: Call, tmp_path: Path) -> None:
    where: list[object] = ["--data-dir", tmp_path]
    with demo(tmp_path):
        until(lambda: all(quote["bid"] for quote in document(kedge, "status", *where)["quotes"]))
        entered(kedge, where)
        assert kedge("kill", "on", *where).status == 0
    with demo(tmp_path, KEDGE_KILL="flatten"):
        until(lambda: [each["confirmed"] for each in document(kedge, "status", *where)["kills"]] == [True])
        assert document(kedge, "positions", *where)["items"] == []


# -- looking --


def test_status_has_prices_and_open_results_while_an_engine_runs(
    kedge: Call, at: list[object], engine: tuple[Path, int]
) -> None:
    position = entered(kedge, at)["id"]
    told = document(kedge, "status", *at)
    assert told["engine"] == {"running": True, "pid": engine[1]}
    assert [quote["instrument"] for quote in told["quotes"]] == ["SPY", "ES"]
    (held,) = [each for each in told["positions"] if each["id"] == position]
    bid = Decimal(next(quote["bid"] for quote in told["quotes"] if quote["instrument"] == "ES"))
    assert Decimal(held["price"]) == bid
    assert Decimal(held["unrealised"]) == 50 * (bid - Decimal(held["entry_price"]))
    alpha = told["accounts"][0]
    assert Decimal(alpha["equity"]) > 90_000
    shown = kedge("status", *at).out
    assert "Prices   SPY " in shown
    assert "Equity  Unrealised" in shown
    assert [account["id"] for account in document(kedge, "accounts", *at)["items"]] == ["alpha", "futures"]
    assert kedge("accounts", *at).out.split()[0] == "Account"


def test_without_an_engine_accounts_come_out_of_the_record(kedge: Call, flat: Path) -> None:
    told = document(kedge, "accounts", "--data-dir", flat)
    assert [(a["id"], a["cash"], a["equity"]) for a in told["items"]] == [
        ("alpha", "100000", None),
        ("futures", "50000", None),
    ]
    assert "Equity" not in kedge("accounts", "--data-dir", flat).out


# -- nobody there, and wrong calls --

ACTING = [
    ["signal", "send", "{}"],
    ["cancel", "x"],
    ["cancel", "--all"],
    ["close", "x"],
    ["flatten"],
    ["kill", "on"],
    ["kill", "off"],
    ["kill", "on", "--flatten"],
    ["halt", "alpha"],
    ["pause", "alpha"],
    ["resume", "alpha"],
    ["approve", "x"],
    ["decline", "x"],
]


@pytest.mark.parametrize("words", ACTING, ids=[" ".join(words) for words in ACTING])
def test_without_an_engine_it_says_so_with_status_4(words: list[str], kedge: Call, tmp_path: Path) -> None:
    message = f"No engine is running on {tmp_path}: start one, or name another directory with --data-dir."
    assert kedge(*words, "--data-dir", tmp_path) == (4, "", f"kedge: {message}\n")
    error = document(kedge, *words, "--data-dir", tmp_path, status=4)["error"]
    assert error == {"code": "NO_ENGINE", "message": message, "facts": {"data_dir": str(tmp_path)}}
    assert not list(tmp_path.iterdir())


def test_an_engine_without_a_socket_is_told_apart(kedge: Call, tmp_path: Path) -> None:
    lock = DirectoryLock.acquire(tmp_path)
    try:
        told = kedge("flatten", "--data-dir", tmp_path)
    finally:
        lock.release()
    assert told.status == 4
    assert told.err == (
        f"kedge: An engine has {tmp_path} (process {os.getpid()}), but commands cannot reach it: nobody listens at its "
        "control socket.\n"
    )


WRONG: list[tuple[list[str], int, str]] = [
    (["cancel"], 2, "Name one order, or give --all."),
    (["cancel", "x", "--all"], 2, "Name one order, or give --all."),
    (["cancel", "x", "--account", "alpha"], 2, "--account goes with --all."),
    (["cancel", "zzz"], 1, "There is no order zzz."),
    (["cancel", "--all", "--account", "beta"], 1, "There is no account beta. There are alpha and futures."),
    (["close"], 2, "Missing argument 'POSITION'."),
    (["close", "zzz"], 1, "There is no position zzz."),
    (["flatten", "--account", "beta"], 1, "There is no account beta. There are alpha and futures."),
    (["kill", "maybe"], 2, "No such command 'maybe'."),
    (
        ["kill", "on", "--why", ""],
        2,
        "Invalid value for '--why': a reason has 1 to 256 printable characters.",
    ),
    (["pause"], 2, "Missing argument 'NAME'."),
    (["pause", "beta"], 1, "There is no account or strategy beta. Accounts: alpha, futures."),
    (["resume", "beta", "--account"], 1, "There is no account beta. Accounts: alpha, futures."),
]


@pytest.mark.parametrize(("words", "status", "message"), WRONG, ids=[" ".join(words) for words, *_ in WRONG])
def test_a_wrong_call_does_nothing(
    words: list[str], status: int, message: str, kedge: Call, at: list[object]
) -> None:
    told = kedge(*words, *at)
    assert (told.status, told.out) == (status, "")
    assert told.err.startswith(f"kedge: {message}")


# -- questions --


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "done"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False), ("yellow\n", False)],
)
def test_on_a_terminal_it_asks_first(
    answer: str, done: bool, kedge: Call, at: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", asked)
    told = kedge("flatten", "--account", "alpha", *at)
    assert asked.getvalue().startswith("Close ")
    assert " of alpha at the market? [y/N] " in asked.getvalue()
    assert told.status == (0 if done else 1)
    assert done or asked.getvalue().endswith("kedge: Nothing was done.\n")


def test_an_engine_that_falls_silent_leaves_it_open_what_was_done(
    kedge: Call, at: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kedge.engine.control.client import ControlClient, NoAnswerError

    async def silent(*_: object) -> None:
        raise NoAnswerError("the engine has hung up")

    monkeypatch.setattr(ControlClient, "ask", silent)
    told = kedge("kill", "on", *at)
    assert told == (
        1,
        "",
        "kedge: The engine has hung up. What was asked may have been done, or not: look with `kedge status`.\n",
    )


def test_a_socket_that_cannot_be_made_is_a_warning(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    (directory / SOCKET_NAME).mkdir(parents=True)  # something else is in its place
    ended = run("demo", "--seconds", 0.5, "--data-dir", directory, "--json", cwd="/")
    assert ended.returncode == 0
    assert ended.stderr.startswith("kedge: the control socket cannot be made (")
    assert ended.stderr.count("\n") == 1
    assert json.loads(ended.stdout)["data_dir"] == str(directory)
    assert live.seen(directory) is None


def test_an_entry_that_waits_is_a_position_that_is_pending(kedge: Call, at: list[object]) -> None:
    order = waiting(kedge, at)
    listed = document(kedge, "positions", "--account", "alpha", *at)["items"]
    found = [each for each in listed if each["entry_order"] == order]
    assert [(each["state"], each["id"], each["direction"]) for each in found] == [
        ("PENDING_ENTRY", None, "LONG")
    ]
    told = document(kedge, "cancel", order, *at)
    assert told["cancelling"] == [order]


def test_a_position_is_told_with_what_is_known_of_it(kedge: Call, at: list[object]) -> None:
    known = {"reason": "gap", "strength": "82", "metadata": {"regime": "trend"}, "strategy": "orb"}
    sent = {
        "account": "alpha",
        "instrument": "ES",
        "kind": "ENTRY",
        "direction": "LONG",
        "quantity": "1",
        **known,
    }
    assert document(kedge, "signal", "send", json.dumps(sent), *at)["outcome"] == "ORDERED"
    until(lambda: es_positions(kedge, at) and [o for o in es_orders(kedge, at) if o["role"] == "stop"])
    position = es_positions(kedge, at)[0]
    assert {name: position[name] for name in known} == known
    assert (position["state"], position["protection"]["uncovered"]) == ("OPEN", "0")
    assert Decimal(position["risk"]) > 0
    assert Decimal(position["result"]) == Decimal(position["unrealised"]) - Decimal(position["fees"])
    assert document(kedge, "positions", position["id"], *at)["signal"] == position["signal"]
    told = kedge("positions", position["id"], *at)
    assert "strength 82" in told.out
    assert "regime trend" in told.out
    document(kedge, "close", position["id"], *at)
    until(lambda: not es_positions(kedge, at))
    trade = document(kedge, "trades", "--instrument", "ES", "--strategy", "orb", *at)["items"][0]
    assert {name: trade[name] for name in known} == known
    closed = document(kedge, "positions", "--closed", "--instrument", "ES", *at)["items"][0]
    for name in ("id", "pnl", "r_multiple", "return_pct", "holding_seconds", "exit_reason", "risk"):
        assert closed[name] == trade[name]
    assert closed["state"] == "CLOSED"


def test_a_part_of_a_position_is_closed_and_the_rest_stays_covered(kedge: Call, at: list[object]) -> None:
    assert document(kedge, *SEND, "--kind", "entry", "--direction", "long", "--quantity", "3", *at)["order"]
    until(lambda: [p for p in es_positions(kedge, at) if p["quantity"] == "3"])
    position = es_positions(kedge, at)[0]["id"]
    told = document(kedge, "close", position, "--pct", "50", *at)
    assert (told["closing"], told["quantities"]) == ([position], {position: "1"})
    until(lambda: [p for p in es_positions(kedge, at) if (p["quantity"], p["state"]) == ("2", "OPEN")])
    assert es_positions(kedge, at)[0]["protection"]["uncovered"] == "0"
    refused = kedge("close", position, "--pct", "30", *at)
    assert refused.status == 1
    assert "Rounded down to the instrument's lot, nothing is left to trade." in refused.err
    told = kedge("close", position, "--quantity", "1", "--why", "half of the rest", *at)
    assert f"{position}, 1 of 2" in told.out
    until(lambda: [p for p in es_positions(kedge, at) if (p["quantity"], p["state"]) == ("1", "OPEN")])
    sent = {"account": "alpha", "instrument": "ES", "kind": "EXIT", "pnl": "12.50"}
    assert document(kedge, "signal", "send", json.dumps(sent), *at)["outcome"] == "ORDERED"
    until(lambda: not es_positions(kedge, at))
    trade = next(t for t in document(kedge, "trades", *at)["items"] if t["id"] == position)
    assert trade["signalled_pnl"] == "12.5"
    assert Decimal(trade["pnl_difference"]) == Decimal(trade["pnl"]) - Decimal("12.5")
    assert (
        "The sender of the exit says +12.50; the record says"
        in kedge("explain", trade["exit_signal"], *at).out
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--pct", "0"], "'0' is not a percentage above 0."),
        (["--pct", "101"], "'101' is more than all of it."),
        (["--quantity", "-1"], "'-1' is not a quantity above 0."),
        (["--quantity", "1e3"], "'1e3' is not a quantity above 0."),
        (["--quantity", "1", "--pct", "5"], "Give --quantity or --pct, not both."),
    ],
)
def test_a_part_that_is_none_is_wrong_usage(
    words: list[str], told: str, kedge: Call, at: list[object]
) -> None:
    refused = kedge("close", "whatever", *words, *at)
    assert refused.status == 2
    assert told in refused.err


def test_a_signal_that_moved_a_stop_tells_what_it_did_to_it(kedge: Call, at: list[object]) -> None:
    stop = Decimal(entered(kedge, at)["stop_price"])
    wanted = str(stop + Decimal("0.25"))
    told = document(kedge, *SEND, "--kind", "stop_adjustment", "--stop", wanted, *at)
    assert told["outcome"] == "ADJUSTED"
    story = document(kedge, "explain", told["signal"], *at)["exits"]
    assert story[0]["role"] == "stop"
    assert story[0]["text"].startswith("change to stop ")
    assert told["signal"] in story[0]["text"]
    assert "What became of it" in kedge("explain", told["signal"], *at).out
