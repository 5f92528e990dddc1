"""A script plays to the real kernel: what every kind of line does, and what is said of a line that cannot be played."""

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.domain.commands import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import from_nano
from kedge.kernel import requests
from kedge.lab.script import KINDS, ORDERS_MAX, Answer, Script
from kedge.lab.script_form import ScriptError
from kedge.lab.script_reports import REPORTS

D = Decimal
S = OrderState
NEW: dict[str, Any] = {
    "kind": "new",
    "order": "A",
    "side": "buy",
    "quantity": 10,
    "type": "limit",
    "limit_price": "100.5",
}
ACK: dict[str, Any] = {"kind": "ack", "order": "A"}


def play(*lines: dict[str, Any]) -> Answer:
    """What came of the last line."""
    script = Script()
    for number, line in enumerate(lines[:-1], start=1):
        script.play(number, json.dumps(line).encode())
    return script.play(len(lines), json.dumps(lines[-1]).encode())


def about(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "order": "A", **fields}


def test_a_new_order_is_sent_with_its_terms() -> None:
    answer = play(NEW)
    (one,) = answer.standings
    assert (answer.line, answer.kind) == (1, "new")
    assert (one.order, one.state, one.filled, one.leaves, one.average_price) == (
        "A",
        S.PENDING_NEW,
        D(0),
        D(10),
        None,
    )
    (command,) = one.sends
    assert isinstance(command, SubmitOrder)
    assert (command.request.side, command.request.type, command.legs) == ("buy", "limit", ())
    assert command.request.limit_price is not None
    assert from_nano(command.request.limit_price) == D("100.5")


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(
    "prices",
    [
        {"type": "market"},
        {"type": "limit", "limit_price": 1},
        {"type": "stop", "stop_price": 1},
        {"type": "stop_limit", "stop_price": 2, "limit_price": "1.000000001"},
    ],
    ids=lambda prices: prices["type"],
)
def test_every_type_and_side_is_sent(side: str, prices: dict[str, Any]) -> None:
    (one,) = play({"kind": "new", "order": "A", "side": side, "quantity": "0.001", **prices}).standings
    assert one.state is S.PENDING_NEW
    (command,) = one.sends
    assert isinstance(command, SubmitOrder)
    assert (command.request.side, command.request.type) == (side, prices["type"])


# kind: (lines before the last one, state after it, what the engine sends)
AFTER: dict[str, tuple[list[dict[str, Any]], OrderState, tuple[type, ...]]] = {
    "replace": ([ACK, about("replace", quantity=12)], S.PENDING_REPLACE, (ReplaceOrder,)),
    "cancel": ([ACK, about("cancel")], S.PENDING_CANCEL, (CancelOrder,)),
    "ack": ([ACK], S.ACCEPTED, ()),
    "reject": ([about("reject", reason="no")], S.REJECTED, ()),
    "fill": ([about("fill", quantity=4, price=100)], S.PARTIALLY_FILLED, ()),
    "cancelled": ([ACK, about("cancelled")], S.CANCELLED, ()),
    "expired": ([ACK, about("expired", filled=0)], S.EXPIRED, ()),
    "replaced": ([ACK, about("replace", quantity=12), about("replaced")], S.ACCEPTED, ()),
    "cancel_rejected": ([ACK, about("cancel"), about("cancel_rejected")], S.ACCEPTED, (QueryOrder,)),
    "replace_rejected": (
        [ACK, about("replace", quantity=12), about("replace_rejected", reason="late")],
        S.ACCEPTED,
        (QueryOrder,),
    ),
    "showed": (
        [about("showed", state="FILLED", fills=[{"id": "x", "quantity": 10, "price": 100}])],
        S.FILLED,
        (),
    ),
    "missing": (
        [
            about("silent"),
            {"kind": "wait", "seconds": 6},
            about("missing"),
            {"kind": "wait", "seconds": 2},
            about("missing"),
        ],
        S.REJECTED,
        (),
    ),
    "silent": ([about("silent")], S.IN_DOUBT, (QueryOrder,)),
    "bust": ([about("fill", quantity=4, price=100, id="x"), about("bust", id="x")], S.ACCEPTED, ()),
    "correct": (
        [about("fill", quantity=4, price=100, id="x"), about("correct", id="x", quantity=5, price=101)],
        S.PARTIALLY_FILLED,
        (),
    ),
}


@pytest.mark.parametrize("kind", AFTER)
def test_every_kind_of_line_reaches_the_kernel(kind: str) -> None:
    lines, state, sends = AFTER[kind]
    assert lines[-1]["kind"] == kind
    (one,) = play(NEW, *lines).standings
    assert (one.state, tuple(type(each) for each in one.sends)) == (state, sends)


def test_every_kind_that_is_known_is_tried_above() -> None:
    assert set(AFTER) == set(REPORTS)
    assert {*AFTER, "new", "wait"} <= set(KINDS)


def test_figures_are_exact_and_what_has_ended_leaves_nothing() -> None:
    fills = [about("fill", quantity="0.1", price="100.1"), about("fill", quantity="0.2", price="100.4")]
    (one,) = play(NEW, *fills).standings
    assert (one.filled, one.leaves, one.average_price) == (D("0.3"), D("9.7"), D("100.3"))
    (one,) = play(NEW, *fills, about("cancelled")).standings
    assert (one.state, one.filled, one.leaves) == (S.CANCELLED, D("0.3"), D(0))


def test_a_fill_counts_once_by_its_id_and_gets_a_free_one_without() -> None:
    twice = [about("fill", quantity=1, price=100, id="fill-1")] * 2
    assert play(NEW, *twice).standings[0].filled == D(1)
    assert play(NEW, *twice, about("fill", quantity=1, price=100)).standings[0].filled == D(2)


def test_what_the_engine_refuses_plans_and_raises_is_told() -> None:
    (one,) = play(NEW, about("replace", quantity=12)).standings
    assert one.refuses == "an order that is PENDING_NEW cannot be changed"
    (one,) = play(NEW, about("cancel")).standings
    assert (one.sends, one.plans_cancel) == ((), True)
    (one,) = play(NEW, about("fill", quantity=11, price=100)).standings
    assert [(alarm.kind, alarm.figures) for alarm in one.raises] == [("OVERFILL", {"excess": "1"})]


def test_a_confirmation_without_terms_is_of_those_asked_for_and_with_terms_of_its_own() -> None:
    asked = [NEW, ACK, about("replace", quantity=12, limit_price=99)]
    assert play(*asked, about("replaced")).standings[0].leaves == D(12)
    assert play(*asked, about("replaced", quantity=11)).standings[0].leaves == D(11)
    (one,) = play(NEW, ACK, about("replaced")).standings
    assert (one.state, one.leaves, one.raises) == (S.ACCEPTED, D(10), ())


def test_time_passes_for_all_orders_and_every_deadline_on_the_way_is_kept() -> None:
    other = NEW | {"order": "B"}
    answer = play(NEW, other, about("ack"), {"kind": "wait", "seconds": requests.ANSWER_WITHIN // 10**9 + 4})
    first, second = answer.standings
    assert (first.order, first.state, first.sends) == ("A", S.ACCEPTED, ())
    assert (second.order, second.state) == ("B", S.IN_DOUBT)
    assert [type(each) for each in second.sends] == [QueryOrder] * 3  # after 10, 11 and 13 seconds


def test_orders_do_not_stand_in_each_others_way() -> None:
    lines = [NEW, ACK, about("fill", quantity=10, price=100), NEW | {"order": "B", "side": "sell"}]
    (one,) = play(*lines).standings
    assert (one.order, one.state, one.raises) == ("B", S.PENDING_NEW, ())


def test_an_order_that_is_not_filled_in_time_is_cancelled_as_in_an_engine() -> None:
    (one,) = play(NEW, ACK, {"kind": "wait", "seconds": 60}).standings
    assert (one.state, [type(each) for each in one.sends]) == (S.PENDING_CANCEL, [CancelOrder])


# --- what cannot be played ---

LONG = "x" * 37


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("nonsense", None, "the document is no JSON: it cannot be read at byte 1"),
        ('{"kind": "ack"', None, "the document is no JSON: it ends too early"),
        ("[" * 5000, None, "the document is "),
        ('{"kind": "ack", "kind": "fill"}', "kind", "kind: is given twice"),
        ("[]", None, "a list is not an object with a kind"),
        ("{}", "kind", "kind: missing; one of new, replace, cancel, ack"),
        ('{"kind": "sing"}', "kind", "kind: 'sing' is not one of new, replace, cancel, ack"),
        ('{"kind": 7}', "kind", "kind: 7 is not one of new"),
        ('{"kind": []}', "kind", "kind: a list is not one of new"),
        ('{"kind": "bust", "order": "A"}', "id", "id"),
        ('{"kind": "correct", "order": "A", "id": "x", "price": 1}', "quantity", "quantity"),
        ('{"kind": "ack"}', "order", "order: missing; text is needed"),
        ('{"kind": "ack", "order": "B"}', "order", "order: there is no order 'B'; known so far: A"),
        ('{"kind": "ack", "order": ""}', "order", "order: '' has not 1 to 36 printable characters"),
        ('{"kind": "ack", "order": "A", "prise": 1}', "prise", "prise: unknown field"),
        ('{"kind": "fill", "order": "A", "quantity": 1}', "price", "price: missing; a number is needed"),
        (
            '{"kind": "fill", "order": "A", "quantity": "ten", "price": 1}',
            "quantity",
            "quantity: 'ten' is not a number",
        ),
        (
            '{"kind": "fill", "order": "A", "quantity": 0, "price": 1}',
            "quantity",
            "quantity: 0 is not above 0",
        ),
        ('{"kind": "fill", "order": "A", "quantity": -1, "price": 1}', "quantity", "-1 is not above 0"),
        (
            '{"kind": "fill", "order": "A", "quantity": "nan", "price": 1}',
            "quantity",
            "is not a number up to",
        ),
        (
            '{"kind": "fill", "order": "A", "quantity": 1e999, "price": 1}',
            "quantity",
            "is not a number up to",
        ),
        (
            '{"kind": "fill", "order": "A", "quantity": 1, "price": 0.0000000001}',
            "price",
            "with at most nine decimals",
        ),
        (
            '{"kind": "fill", "order": "A", "quantity": 1, "price": 1, "id": " "}',
            "id",
            "printable characters",
        ),
        (
            '{"kind": "replace", "order": "A", "limit_price": -2}',
            "limit_price",
            "limit_price: -2 is not above 0",
        ),
        (
            '{"kind": "cancelled", "order": "A", "filled": -1}',
            "filled",
            "filled: -1 is not 0 or more",
        ),
        ('{"kind": "reject", "order": "A", "reason": "a\\nb"}', "reason", "printable characters"),
        ('{"kind": "showed", "order": "A", "state": "NEW"}', "state", "state: 'NEW' is not 'ACCEPTED'"),
        (
            '{"kind": "showed", "order": "A", "state": "FILLED", "fills": [{"id": "x", "quantity": 0, "price": 1}]}',
            "fills[0].quantity",
            "fills[0].quantity: 0 is not above 0",
        ),
        ('{"kind": "wait"}', "seconds", "seconds: missing; a number is needed"),
        ('{"kind": "wait", "seconds": 86401}', "seconds", "86401 is more than a day (86400)"),
        ('{"kind": "wait", "seconds": 1, "order": "A"}', "order", "order: unknown field"),
        (json.dumps(NEW), "order", "order: 'A' is the name of an earlier order"),
        (json.dumps(NEW | {"order": LONG}), "order", "has not 1 to 36 printable characters"),
        (json.dumps(NEW | {"order": "B", "side": "up"}), "side", "side: 'up' is not one of buy, sell"),
        (
            json.dumps(NEW | {"order": "B", "type": "iceberg"}),
            "type",
            "type: 'iceberg' is not 'limit' or 'market' or 'stop' or 'stop_limit'",
        ),
        (
            json.dumps(NEW | {"order": "B", "type": "stop_limit"}),
            "stop_price",
            "stop_price: missing; a stop_limit order needs it",
        ),
        (
            json.dumps(NEW | {"order": "B", "type": "market"}),
            "limit_price",
            "limit_price: a market order has none",
        ),
    ],
)
def test_a_line_that_cannot_be_played_is_named_with_its_field(
    line: str, field: str | None, says: str
) -> None:
    script = Script()
    script.play(1, json.dumps(NEW).encode())
    with pytest.raises(ScriptError) as error:
        script.play(2, line.encode())
    assert (error.value.number, error.value.field) == (2, field)
    assert str(error.value).startswith("line 2: ")
    assert says in str(error.value)
    assert script.play(3, json.dumps(ACK).encode()).standings[0].state is S.ACCEPTED, "nothing had happened"


def test_before_any_order_that_is_said() -> None:
    with pytest.raises(ScriptError, match="known so far: none"):
        play(ACK)


def test_a_script_has_no_more_orders_than_a_book_remembers() -> None:
    script = Script()
    for number in range(ORDERS_MAX):
        script.play(number, json.dumps(NEW | {"order": f"o{number}"}).encode())
        script.play(number, json.dumps({"kind": "reject", "order": f"o{number}"}).encode())
    with pytest.raises(ScriptError, match="at most 1000 orders"):
        script.play(0, json.dumps(NEW).encode())
    assert script.play(0, b'{"kind": "ack", "order": "o0"}').standings[0].state is S.ACCEPTED


NUMBERS = st.one_of(
    st.integers(-1, 15),
    st.sampled_from(["1e15", "1e-9", "0.5", "nan", "-0", "1e99999999", "1_0", "x", None, True]),
)
FIELDS = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS)},
    optional={
        "order": st.sampled_from(["A", "B", "", 3]),
        "side": st.sampled_from(["buy", "sell"]),
        "type": st.sampled_from(["market", "limit", "stop"]),
        "quantity": NUMBERS,
        "price": NUMBERS,
        "limit_price": NUMBERS,
        "stop_price": NUMBERS,
        "filled": NUMBERS,
        "seconds": NUMBERS,
        "id": st.sampled_from(["f", "g"]),
        "state": st.sampled_from(["ACCEPTED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED"]),
    },
)
FITTING = st.one_of(
    st.sampled_from(["ack", "reject", "cancel", "cancelled", "expired", "replaced", "missing", "silent"]).map(
        about
    ),
    st.sampled_from(["cancel_rejected", "replace_rejected"]).map(about),
    st.builds(lambda number: about("fill", quantity=number, price=1), st.integers(1, 12)),
    st.builds(lambda number: about("replace", quantity=number), st.integers(1, 15)),
    st.builds(lambda number: about("replaced", quantity=number), st.integers(1, 15)),
    st.builds(lambda state: about("showed", state=state), st.sampled_from(["ACCEPTED", "FILLED", "EXPIRED"])),
    st.builds(lambda seconds: {"kind": "wait", "seconds": seconds}, st.integers(1, 90)),
)


@settings(max_examples=60)
@given(st.lists(st.one_of(FIELDS, FITTING), max_size=14))
def test_any_line_is_played_or_refused_in_words(lines: list[dict[str, Any]]) -> None:
    script = Script()
    script.play(0, json.dumps(NEW).encode())
    for number, line in enumerate(lines, start=1):
        with contextlib.suppress(ScriptError):
            assert script.play(number, json.dumps(line).encode()).line == number
