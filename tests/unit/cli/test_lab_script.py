"""`kedge lab script` as it is typed: what it prints after each line, and how it ends on one that cannot be played."""

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.unit.cli.calls import Call, run

from kedge.cli.document import DOCUMENT_BYTES_MAX
from kedge.lab.script import KINDS

NEW = {"kind": "new", "order": "A", "side": "buy", "quantity": 10, "type": "limit", "limit_price": 100}
FILL = {"kind": "fill", "order": "A", "quantity": 3, "price": "99.5"}
LIFE: tuple[dict[str, Any], ...] = (
    NEW,
    {"kind": "cancel", "order": "A"},
    FILL,
    {"kind": "replace", "order": "A", "quantity": 12},
    FILL | {"quantity": 4, "price": 99.4},
    FILL | {"quantity": 5},
)


class Typed(NamedTuple):
    """Standard input, as the program finds it."""

    buffer: io.BytesIO


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "life.jsonl"
    path.write_text("# an order\n\n" + "".join(f"{json.dumps(line)}\n" for line in LIFE))
    return path


def test_people_get_a_line_for_each_with_what_the_engine_does(kedge: Call, written: Path) -> None:
    told = kedge("lab", "script", written)
    assert (told.status, told.err) == (0, "")
    heading, *lines = told.out.splitlines()
    assert heading.split() == [
        "line",
        "what",
        "order",
        "state",
        "filled",
        "leaves",
        "average",
        "the",
        "engine",
    ]
    assert [line.split(maxsplit=6) for line in lines] == [
        ["3", "new", "A", "PENDING_NEW", "0", "10", "sends submit: buy 10 LAB, limit 100.00"],
        ["4", "cancel", "A", "PENDING_NEW", "0", "10", "will cancel as soon as it is answered"],
        ["5", "fill", "A", "PENDING_CANCEL", "3", "7", "99.5  sends cancel"],
        [
            *("6", "replace", "A", "PENDING_CANCEL", "3", "7"),
            "99.5  refuses: an order that is PENDING_CANCEL cannot be changed",
        ],
        ["7", "fill", "A", "PENDING_CANCEL", "7", "3", "99.442857143"],
        [
            *("8", "fill", "A", "FILLED", "12", "0"),
            "99.466666667  raises OVERFILL: more was filled than was asked for (excess 2)",
        ],
    ]
    assert all(line == line.rstrip() for line in lines)


def test_programs_get_a_document_for_each(kedge: Call, written: Path) -> None:
    told = kedge("lab", "script", written, "--json")
    assert told.status == 0
    answers = [json.loads(line) for line in told.out.splitlines()]
    assert [answer["line"] for answer in answers] == [3, 4, 5, 6, 7, 8]
    blank = {"sends": [], "plans_cancel": False, "refuses": None, "raises": []}
    assert answers[0] == {
        "line": 3,
        "kind": "new",
        "orders": [
            blank
            | {
                "order": "A",
                "state": "PENDING_NEW",
                "filled": "0",
                "leaves": "10",
                "average_price": None,
                "sends": [
                    {
                        "command": "submit",
                        "side": "buy",
                        "type": "limit",
                        "quantity": "10",
                        "limit_price": "100",
                    }
                ],
            }
        ],
    }
    orders = [answer["orders"][0] for answer in answers]
    assert (orders[1]["plans_cancel"], orders[2]["sends"]) == (True, [{"command": "cancel"}])
    assert orders[3]["refuses"] == "an order that is PENDING_CANCEL cannot be changed"
    assert orders[5]["raises"] == [
        {"alarm": "OVERFILL", "detail": "more was filled than was asked for", "figures": {"excess": "2"}}
    ]


def test_replaces_and_questions_are_spelt_out(kedge: Call, tmp_path: Path) -> None:
    path = tmp_path / "life.jsonl"
    lines = (
        NEW,
        {"kind": "ack", "order": "A"},
        {"kind": "replace", "order": "A", "quantity": 12, "limit_price": 99},
        {"kind": "silent", "order": "A"},
    )
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    told = kedge("lab", "script", path)
    assert "sends replace: quantity 12, limit 99.00\n" in told.out
    assert told.out.endswith("sends query\n")
    told = kedge("lab", "script", path, "--json")
    sent = [json.loads(line)["orders"][0]["sends"] for line in told.out.splitlines()]
    assert sent[2:] == [
        [{"command": "replace", "quantity": "12", "limit_price": "99"}],
        [{"command": "query"}],
    ]


def test_a_wait_shows_every_order_and_without_any_nothing(kedge: Call, tmp_path: Path) -> None:
    path = tmp_path / "life.jsonl"
    wait = {"kind": "wait", "seconds": 1}
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (wait, NEW, NEW | {"order": "B"}, wait)))
    told = kedge("lab", "script", path)
    assert [line.split()[:3] for line in told.out.splitlines()[1:]] == [
        ["2", "new", "A"],
        ["3", "new", "B"],
        ["4", "wait", "A"],
        ["4", "wait", "B"],
    ]


def test_standard_input_is_read(kedge: Call, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typed(io.BytesIO(written.read_bytes())))
    assert kedge("lab", "script", "-").out == kedge("lab", "script", written).out


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ({"kind": "sing"}, "kind", "Line 2: kind: 'sing' is not one of new, replace,"),
        ({"kind": "bust", "order": "A"}, "id", "Line 2: id"),
        ({"kind": "ack", "order": "B"}, "order", "Line 2: order: there is no order 'B'; known so far: A."),
        (
            {"kind": "fill", "order": "A", "quantity": 1},
            "price",
            "Line 2: price: missing; a number is needed.",
        ),
        (FILL | {"quantity": "ten"}, "quantity", "Line 2: quantity: 'ten' is not a number."),
    ],
)
def test_a_line_that_cannot_be_played_ends_it_with_one_sentence_and_status_2(
    kedge: Call, tmp_path: Path, line: dict[str, Any], field: str, says: str
) -> None:
    path = tmp_path / "life.jsonl"
    path.write_text(f"{json.dumps(NEW)}\n{json.dumps(line)}\n{json.dumps(FILL)}\n")
    told = kedge("lab", "script", path)
    assert told.status == 2
    assert told.err.startswith(f"kedge: {says}")
    assert told.err.count("\n") == 1
    assert len(told.out.splitlines()) == 2, "the heading, and the line before it"
    told = kedge("lab", "script", path, "--json")
    error = json.loads(told.out.splitlines()[-1])["error"]
    assert (told.status, told.err) == (2, "")
    assert (error["code"], error["facts"]) == ("BAD_SCRIPT", {"line": 2, "field": field})


def test_a_line_that_is_too_long_is_none(kedge: Call, tmp_path: Path) -> None:
    path = tmp_path / "life.jsonl"
    path.write_bytes(b"x" * (DOCUMENT_BYTES_MAX * 2) + b"\n")
    told = kedge("lab", "script", path)
    assert (told.status, told.out) == (2, "")
    assert told.err == f"kedge: Line 1: the line is longer than {DOCUMENT_BYTES_MAX} bytes.\n"


def test_a_file_that_is_not_there_or_not_named_is_said(kedge: Call, tmp_path: Path) -> None:
    told = kedge("lab", "script", tmp_path / "nothing.jsonl")
    assert (told.status, told.err) == (
        1,
        f"kedge: {tmp_path / 'nothing.jsonl'}: No such file or directory.\n",
    )
    for words, says in (([], "Missing argument 'FILE'"), ([""], "a file must be named")):
        told = kedge("lab", "script", *words)
        assert told.status == 2
        assert says in told.err
        assert "`kedge lab script --help`" in told.err


def test_the_help_names_every_kind_that_can_be_played() -> None:
    told = " ".join(run("lab", "script", "--help").stdout.split())
    listed = told.partition("Kinds of line: ")[2].partition(".")[0].replace(";", ",").split(", ")
    assert sorted(listed) == sorted(KINDS)
