"""The JSON form of a signal: what is read, and the one clear sentence that each bad document gets."""

import json
from decimal import Decimal, getcontext
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOON, nano

from kedge.domain.instants import Instant
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.signal_form import SignalFormError, read_signal
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder, WantedTarget

LEAST = {"account": "alpha", "kind": "ENTRY", "instrument": "SPY"}
LONG = "x" * 257


def read(document: Any) -> Signal:
    return read_signal(document, NOON, lambda: "minted-1")


def with_field(**fields: Any) -> bytes:
    return json.dumps(LEAST | fields).encode()


def complaint(document: Any) -> str:
    with pytest.raises(SignalFormError) as caught:
        read(document)
    return str(caught.value)


# --- good ones ---


def test_three_fields_are_enough_and_the_rest_has_its_defaults() -> None:
    assert read(with_field()) == Signal("minted-1", NOON, "alpha", SignalKind.ENTRY, "SPY")  # type: ignore[arg-type]


def test_every_field_arrives_where_it_belongs() -> None:
    document = {
        "id": "s-1",
        "ts": "2026-03-02T12:00:00Z",
        "account": "alpha",
        "kind": "ENTRY",
        "instrument": "SPY",
        "direction": "LONG",
        "strength": 82,
        "expected_price": "591.20",
        "quantity": 2.5,
        "order": {
            "type": "stop_limit",
            "limit_price": "591.25",
            "stop_price": "591.10",
            "trail_amount": 1,
            "trail_percent": "0.5",
            "tif": "gtc",
        },
        "stop": {"price": "588.00"},
        "targets": [{"price": "597.00", "pct": 50}, {"price": 600}],
        "strategy": "orb",
        "reason": "the range broke",
        "metadata": {"regime": "trend", "score": 3, "tags": ["a", "b"]},
    }
    expected = Signal(
        "s-1",  # type: ignore[arg-type]
        NOON,
        "alpha",  # type: ignore[arg-type]
        SignalKind.ENTRY,
        "SPY",  # type: ignore[arg-type]
        Direction.LONG,
        nano(82),
        nano("591.2"),
        nano("2.5"),
        WantedOrder(
            OrderType.STOP_LIMIT, nano("591.25"), nano("591.1"), nano(1), nano("0.5"), TimeInForce.GTC
        ),
        nano(588),
        unprotected=False,
        targets=(WantedTarget(nano(597), nano(50)), WantedTarget(nano(600), nano(100))),
        strategy="orb",
        reason="the range broke",
        metadata={"regime": "trend", "score": "3", "tags": '["a","b"]'},
    )
    assert read(document) == expected
    assert read(json.dumps(document)) == expected
    assert read(json.dumps(document).encode()) == expected


def test_no_stop_has_to_be_asked_for_by_name() -> None:
    assert read(with_field(stop="none")).unprotected
    assert not read(with_field(stop=None)).unprotected
    assert not read(with_field()).unprotected


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (b"0.1", "0.1"),  # JSON's own numbers are read as text: no binary fraction ever gets in
        (b'"0.1"', "0.1"),
        (b"1e3", "1000"),
        (b"12345678.123456789", "12345678.123456789"),
        (b"-0", "0"),
        (b"0e999999", "0"),
        (b"1E15", "1000000000000000"),
        (b"-5", "-5"),  # a gate says what is wrong with it
    ],
)
def test_a_number_is_taken_as_it_is_written(written: bytes, read_as: str) -> None:
    document = json.dumps(LEAST).encode()[:-1] + b', "quantity": ' + written + b"}"
    assert read(document).quantity == nano(read_as)


# --- bad ones ---

BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    # numbers
    ({"quantity": "NaN"}, "quantity: NaN is not a finite number up to 1000000000000000"),
    ({"quantity": "sNaN"}, "quantity: sNaN is not a finite number up to 1000000000000000"),
    ({"quantity": "Infinity"}, "quantity: Infinity is not a finite number up to 1000000000000000"),
    ({"quantity": "-inf"}, "quantity: -Infinity is not a finite number up to 1000000000000000"),
    ({"quantity": "1e999999"}, "quantity: 1E+999999 is not a finite number up to 1000000000000000"),
    ({"quantity": "1e16"}, "quantity: 1E+16 is not a finite number up to 1000000000000000"),
    ({"quantity": "1.0000000001"}, "quantity: 1.0000000001 has more than nine decimals"),
    ({"quantity": "1e-999999"}, "quantity: 1E-999999 has more than nine decimals"),
    ({"quantity": "ten"}, "Invalid decimal string - at `$.quantity`"),
    ({"quantity": ""}, "Invalid decimal string - at `$.quantity`"),
    ({"quantity": True}, "Expected `decimal | null`, got `bool` - at `$.quantity`"),
    ({"quantity": [1]}, "Expected `decimal | null`, got `array` - at `$.quantity`"),
    ({"strength": "NaN"}, "strength: NaN is not between 0 and 100"),
    ({"strength": "sNaN"}, "strength: sNaN is not between 0 and 100"),
    ({"strength": "-1"}, "strength: -1 is not between 0 and 100"),
    ({"strength": "100.5"}, "strength: 100.5 is not between 0 and 100"),
    ({"strength": "Infinity"}, "strength: Infinity is not between 0 and 100"),
    ({"strength": "1.0000000001"}, "strength: 1.0000000001 has more than nine decimals"),
    ({"expected_price": "NaN"}, "expected_price: NaN is not a finite number up to 1000000000000000"),
    (
        {"order": {"limit_price": "inf"}},
        "order.limit_price: Infinity is not a finite number up to 1000000000000000",
    ),
    ({"order": {"stop_price": "1e-10"}}, "order.stop_price: 1E-10 has more than nine decimals"),
    (
        {"order": {"trail_amount": "nan"}},
        "order.trail_amount: NaN is not a finite number up to 1000000000000000",
    ),
    (
        {"order": {"trail_percent": "1e99"}},
        "order.trail_percent: 1E+99 is not a finite number up to 1000000000000000",
    ),
    ({"stop": {"price": "NaN"}}, "stop.price: NaN is not a finite number up to 1000000000000000"),
    ({"targets": [{"price": "NaN"}]}, "targets.price: NaN is not a finite number up to 1000000000000000"),
    (
        {"targets": [{"price": 1, "pct": "inf"}]},
        "targets.pct: Infinity is not a finite number up to 1000000000000000",
    ),
    # text
    ({"id": ""}, "id: must not be empty"),
    ({"id": " \t"}, "id: must not be empty"),
    ({"id": "a\x00b"}, "id: must be at most 256 printable characters"),
    (
        {"id": "a\u202eb"},
        "id: must be at most 256 printable characters",
    ),  # turns the text that follows around
    ({"id": LONG}, "id: must be at most 256 printable characters"),
    ({"id": 5}, "Expected `str | null`, got `int` - at `$.id`"),
    ({"account": ""}, "account: must not be empty"),
    ({"account": None}, "Expected `str`, got `null` - at `$.account`"),
    ({"account": LONG}, "account: must be at most 256 printable characters"),
    ({"instrument": "\n"}, "instrument: must not be empty"),
    ({"instrument": "SPY\n"}, "instrument: must be at most 256 printable characters"),
    ({"strategy": ""}, "strategy: must not be empty"),
    ({"reason": "two\nlines"}, "reason: must be at most 256 printable characters"),
    # words of a closed list
    ({"kind": "entry"}, "Invalid enum value 'entry' - at `$.kind`"),
    ({"kind": None}, "Expected `str`, got `null` - at `$.kind`"),
    ({"direction": "UP"}, "Invalid enum value 'UP' - at `$.direction`"),
    ({"order": {"type": "lmit"}}, "Invalid enum value 'lmit' - at `$.order.type`"),
    ({"order": {"tif": "forever"}}, "Invalid enum value 'forever' - at `$.order.tif`"),
    ({"stop": "None"}, "Invalid enum value 'None' - at `$.stop`"),
    # times
    (
        {"ts": "2026-03-02T14:31:00"},
        "ts: '2026-03-02T14:31:00' is not a time such as 2026-03-02T14:31:00Z (the zone is needed)",
    ),
    ({"ts": ""}, "ts: '' is not a time such as 2026-03-02T14:31:00Z (the zone is needed)"),
    (
        {"ts": "2026-02-30T14:31:00Z"},
        "ts: '2026-02-30T14:31:00Z' is not a time: day is out of range for month",
    ),
    (
        {"ts": "9999-12-31T23:59:59Z"},
        "ts: '9999-12-31T23:59:59Z' is not a time between the years 1677 and 2262",
    ),
    ({"ts": 1772461860}, "Expected `str | null`, got `int` - at `$.ts`"),
    # shapes
    ({"stop": 95}, "Expected `str | object | null`, got `int` - at `$.stop`"),
    ({"stop": {}}, "Object missing required field `price` - at `$.stop`"),
    ({"order": []}, "Expected `object | null`, got `array` - at `$.order`"),
    ({"targets": {}}, "Expected `array`, got `object` - at `$.targets`"),
    ({"targets": [95]}, "Expected `object`, got `int` - at `$.targets[0]`"),
    ({"metadata": []}, "Expected `object`, got `array` - at `$.metadata`"),
    ({"metadata": {"note": LONG}}, "metadata.note: longer than 256 characters"),
    ({"metadata": {LONG: 1}}, "metadata: a key is longer than 256 characters"),
    # misspelt and unknown names
    ({"direcion": "LONG"}, "Object contains unknown field `direcion`; did you mean `direction`?"),
    ({"qty": 1}, "Object contains unknown field `qty`"),
    (
        {"order": {"limitprice": 1}},
        "Object contains unknown field `limitprice` - at `$.order`; did you mean `limit_price`?",
    ),
    ({"stop": {"prize": 1}}, "Object contains unknown field `prize` - at `$.stop`; did you mean `price`?"),
    (
        {"targets": [{"percent": 1}]},
        "Object contains unknown field `percent` - at `$.targets[0]`; did you mean `price`?",
    ),
]


@pytest.mark.parametrize(("fields", "said"), BAD_FIELDS, ids=lambda value: str(value)[:40])
def test_a_bad_field_is_named_with_what_it_holds(fields: dict[str, Any], said: str) -> None:
    assert complaint(with_field(**fields)) == said
    assert complaint(LEAST | fields) == said


BAD_DOCUMENTS: list[tuple[Any, str]] = [
    (b"", "Input data was truncated"),
    (b"{", "Input data was truncated"),
    (b"null", "Expected `object`, got `null`"),
    (b"[]", "Expected `object`, got `array`"),
    (b"5", "Expected `object`, got `int`"),
    (b'"s-1"', "Expected `object`, got `str`"),
    (b"{}", "Object missing required field `account`"),
    (b"{'account': 1}", "JSON is malformed: object keys must be strings (byte 1)"),
    (with_field() + b" {}", "JSON is malformed: trailing characters (byte 60)"),
    (with_field().replace(b"}", b", }"), "JSON is malformed: trailing comma in object (byte 59)"),
    (b'{"account": NaN}', "JSON is malformed: invalid character (byte 12)"),
    (b"\xff\xfe{", "JSON is malformed: invalid character (byte 0)"),
    (b"\xef\xbb\xbf" + with_field(), "JSON is malformed: invalid character (byte 0)"),
    (
        with_field(id="a").replace(b'"a"', b'"\xff"'),
        "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    (with_field(id="a").replace(b'"a"', b'"\\ud800"'), "Input data was truncated"),
    (
        with_field().decode().replace("SPY", "\ud800"),
        "'utf-8' codec can't encode character '\\ud800' in position 53: surrogates not allowed",
    ),
    (
        with_field(metadata={"a": 1}).replace(b"1", b"[" * 100_000 + b"]" * 100_000),
        "the document is nested too deeply",
    ),
    (with_field(metadata={"a": 1}).replace(b"1", b"[" * 100_000), "the document is nested too deeply"),
    (
        with_field(metadata={"a": 1}).replace(b"1", b"7" * 5_000),
        "Integer value out of range - at `$.metadata[...]`",
    ),
    (with_field(strength=1).replace(b"1", b"7" * 400), f"strength: {'7' * 400} is not between 0 and 100"),
    (b'{"metadata": ' * 100_000, "the document is nested too deeply"),
    # two keys of one name: nobody can tell which one was meant
    (with_field(quantity=1)[:-1] + b', "quantity": 2}', "Object contains the field `quantity` twice"),
    (with_field()[:-1] + b', "account": "beta"}', "Object contains the field `account` twice"),
    (
        with_field(stop={"price": 1}).replace(b"1}", b'1, "price": 2}'),
        "Object contains the field `price` twice",
    ),
    # a mapping can hold what JSON cannot
    (LEAST | {"metadata": {"a": object()}}, "metadata.'a': Encoding objects of type object is unsupported"),
    (LEAST | {"strength": float("nan")}, "strength: NaN is not between 0 and 100"),
    (LEAST | {"quantity": float("inf")}, "quantity: Infinity is not a finite number up to 1000000000000000"),
    (LEAST | {"quantity": Decimal("NaN")}, "quantity: NaN is not a finite number up to 1000000000000000"),
    (LEAST | {"id": b"s-1"}, "Expected `str | null`, got `bytes` - at `$.id`"),
    ({1: 2}, "Expected `str` - at `key` in `$`"),
]


@pytest.mark.parametrize(("document", "said"), BAD_DOCUMENTS, ids=lambda value: repr(value)[:40])
def test_a_bad_document_gets_one_sentence(document: Any, said: str) -> None:
    assert complaint(document) == said


def test_a_mapping_that_holds_itself_or_half_a_letter_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert "recursion" in complaint(LEAST | {"metadata": {"a": circle}})
    assert "surrogates not allowed" in complaint(LEAST | {"metadata": {"a": "\ud800"}})
    assert "surrogates not allowed" in complaint(LEAST | {"metadata": {"\ud800": "a"}})


# --- laws ---

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["NaN", "1e999999", "none"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = (
    "id ts account kind instrument direction strength expected_price quantity order stop targets strategy reason",
    "metadata price pct type tif limit_price",
)
_FIELD = st.sampled_from(" ".join(_NAMES).split())


@given(st.dictionaries(_FIELD, _JSON | st.dictionaries(_FIELD, _JSON, max_size=3)), st.booleans())
def test_any_document_is_a_signal_or_one_error_and_a_signal_can_be_written_down(
    fields: dict[str, Any],
    valid: bool,
) -> None:
    document = fields | LEAST if valid else fields
    for form in (document, json.dumps(document), json.dumps(document).encode(errors="surrogatepass")):
        try:
            signal = read(form)
        except SignalFormError:
            continue
        assert msgspec.json.decode(msgspec.json.encode(signal), type=Signal) == signal


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(SignalFormError):
        read(garbage)


def test_the_thread_s_own_decimal_context_changes_no_number() -> None:
    getcontext().prec = 5
    assert read(with_field(quantity="123456.789")).quantity == 123456789000000
    assert read(
        with_field(quantity="123456.789"),
    ).ts == Instant(NOON)
