"""The order state change matrices of FIX, played to the kernel by the door that `kedge lab script` has.

Left out is what no line of a script can say: D18 (an order that was given by telephone is none of ours), D28 (a split
is no report about an order; see tests/unit/kernel/test_changes.py) and D37 (a guarantee before the execution). A cancel
of an order that nobody knows (B.1.f) is told before it gets to the kernel; see tests/unit/lab/test_script.py.
"""

import json
from collections.abc import Iterator

import pytest
from tests.lifecycle.fix_amendments import AMENDMENTS
from tests.lifecycle.fix_case import ORDER, Case, Row, read_cases, seen
from tests.lifecycle.fix_fills_and_cancels import CANCELS, FILLS
from tests.lifecycle.fix_replaces import REPLACES
from tests.lifecycle.fix_unsolicited import QUESTIONS, REINSTATED, SEVERAL_DAYS, STRAY, UNSOLICITED

from kedge.domain.lifecycle import OrderState
from kedge.lab.script import KINDS, Script

CASES = (
    *FILLS,
    *CANCELS,
    *REPLACES,
    *UNSOLICITED,
    *QUESTIONS,
    *SEVERAL_DAYS,
    *REINSTATED,
    *STRAY,
    *AMENDMENTS,
)
NOT_SCRIPTED = {18, 28, 37}


def cases() -> Iterator[object]:
    for case in CASES:
        marks = [pytest.mark.xfail(strict=True, reason=case.fault)] if case.fault else []
        yield pytest.param(case, id=case.name, marks=marks)


def played(case: Case) -> list[tuple[str, str]]:
    script = Script()
    answers = [script.play(number, row.line) for number, row in enumerate(case.rows, start=1)]
    return [seen(standing) for answer in answers for standing in answer.standings]


@pytest.mark.parametrize("case", cases())
def test_the_order_stands_as_the_table_says_after_every_line(case: Case) -> None:
    assert played(case) == [(row.after, row.engine) for row in case.rows]


def test_every_matrix_has_a_case_or_a_reason_to_have_none() -> None:
    numbers = {int(case.name.split()[0][1:]) for case in CASES if case.name.split()[0][1:].isdigit()}
    assert numbers | NOT_SCRIPTED == set(range(1, 38))
    assert not numbers & NOT_SCRIPTED


def test_every_state_and_every_kind_of_line_comes_up() -> None:
    rows = [row for case in CASES for row in case.rows]
    assert {row.after.split()[0] for row in rows} == {*OrderState} - {
        OrderState.NEW
    }  # NEW never left the engine
    assert {json.loads(row.line)["kind"] for row in rows} == set(KINDS)


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_table_reads_as_it_is_written() -> None:
    (case,) = read_cases("""
D4 a name
FAULT: a fault
new 10 @100         | PENDING_NEW 0 10 -   | submit
FIX: something else,
     and why
showed FILLED 10 +x:1@2 +y:3@4.5 | FILLED  4 0  1.5
cancelled =3        | CANCELLED 3 0 1
""")
    assert (case.name, case.fault) == ("D4 a name", "a fault")
    first, second, third = case.rows
    assert first == Row(
        b'{"kind": "new", "order": "A", "side": "buy", "type": "limit", "quantity": "10", "limit_price": "100"}',
        "PENDING_NEW 0 10 -",
        "submit",
        "something else, and why",
    )
    assert (second.after, second.engine) == ("FILLED 4 0 1.5", "")
    assert json.loads(second.line) == {
        "kind": "showed",
        "order": ORDER,
        "state": "FILLED",
        "quantity": "10",
        "fills": [{"id": "x", "quantity": "1", "price": "2"}, {"id": "y", "quantity": "3", "price": "4.5"}],
    }
    assert json.loads(third.line)["filled"] == "3"
    with pytest.raises(AssertionError, match="says not which case it is"):
        read_cases("a name without a number")
