"""The JSON form of a signal: what is read, and the one clear sentence that each bad document gets."""

import json
import re
from decimal import Decimal, getcontext
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOON, nano

from kedge.domain.instants import Instant
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.protection import StopWord, WantedStop
from kedge.domain.shorthand import STOP_FORMS, TARGET_FORMS
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
        "targets": [{"price": "597.00", "pct": 50}, {"at_r": "2.5", "pct": 25}],
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
        targets=(WantedTarget(nano(597), nano(50)), WantedTarget(None, nano(25), nano("2.5"))),
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
        (b"-5", "-5"),  # of a price a gate says what is wrong with it
    ],
)
def test_a_number_is_taken_as_it_is_written(written: bytes, read_as: str) -> None:
    document = json.dumps(LEAST).encode()[:-1] + b', "expected_price": ' + written + b"}"
    assert read(document).expected_price == nano(read_as)


@pytest.mark.parametrize(
    ("stop", "wanted"),
    [
        ({"method": "atr", "value": 1.5}, WantedStop(StopWord.ATR, nano("1.5"))),
        ({"method": "ticks", "value": "20"}, WantedStop(StopWord.TICKS, nano(20))),
        ({"method": "structure", "beyond_ticks": 2}, WantedStop(StopWord.STRUCTURE, None, 2)),
        ({"method": "percent"}, WantedStop(StopWord.PERCENT)),
    ],
)
def test_a_stop_by_a_method_of_the_signal_s_own(stop: dict[str, Any], wanted: WantedStop) -> None:
    found = read(with_field(stop=stop))
    assert (found.stop, found.stop_by, found.unprotected) == (None, wanted, False)


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("588.00", {"price": "588.00"}),
        (" 588 ", {"price": 588}),
        ("none", "none"),
        ("None", "none"),
        ("atr", {"method": "atr"}),
        ("atr:1.5", {"method": "atr", "value": 1.5}),
        ("ATR: 1.5", {"method": "atr", "value": 1.5}),
        ("ticks:20", {"method": "ticks", "value": 20}),
        ("percent:2", {"method": "percent", "value": 2}),
        ("structure", {"method": "structure"}),
        ("structure:3", {"method": "structure", "beyond_ticks": 3}),
        ("opposite-range:0", {"method": "opposite_range", "beyond_ticks": 0}),
    ],
)
def test_a_stop_may_be_written_short(text: str, same_as: Any) -> None:
    assert read(with_field(id="s", stop=text)) == read(with_field(id="s", stop=same_as))


def test_break_even_is_for_what_is_open() -> None:
    for stop in ("break-even", "break_even", {"method": "break_even"}):
        read_as = read(with_field(kind="STOP_ADJUSTMENT", stop=stop)).stop_by
        assert read_as == WantedStop(StopWord.BREAK_EVEN)


@pytest.mark.parametrize(
    ("texts", "same_as"),
    [
        (["597.00"], [{"price": "597.00"}]),
        (["2R"], [{"at_r": 2}]),
        (["1.5r:50", "3R:50"], [{"at_r": 1.5, "pct": 50}, {"at_r": 3, "pct": 50}]),
        (["597:50", {"at_r": 2, "pct": 50}], [{"price": 597, "pct": 50}, {"at_r": 2, "pct": 50}]),
    ],
)
def test_a_target_may_be_written_short(texts: list[Any], same_as: list[Any]) -> None:
    assert read(with_field(id="s", targets=texts)) == read(with_field(id="s", targets=same_as))


# --- bad ones ---

SHORT = 'its short form, a text (as in "stop": "atr:1.5" or "targets": ["2R"])'
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
    ({"quantity": 0}, "quantity: 0 is not above 0"),
    ({"quantity": "-0"}, "quantity: -0 is not above 0"),
    ({"quantity": "0e999999"}, "quantity: 0E+999999 is not above 0"),
    ({"quantity": -5}, "quantity: -5 is not above 0"),
    ({"quantity": "-0.000000001"}, "quantity: -1E-9 is not above 0"),
    ({"quantity": "-1e16"}, "quantity: -1E+16 is not a finite number up to 1000000000000000"),
    ({"quantity": "1_0"}, "quantity: '1_0' is not a number"),
    ({"quantity": "\u0663"}, "quantity: '\u0663' is not a number"),
    ({"quantity": "ten"}, "quantity: 'ten' is not a number"),
    ({"quantity": ""}, "quantity: '' is not a number"),
    ({"quantity": True}, "quantity: true is not a number"),
    ({"quantity": [1]}, "quantity: a list is not a number"),
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
    ({"targets": [{"price": "NaN"}]}, "targets[0].price: NaN is not a finite number up to 1000000000000000"),
    (
        {"targets": [{"price": 1, "pct": "inf"}]},
        "targets[0].pct: Infinity is not a finite number up to 1000000000000000",
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
    ({"id": 5}, "id: 5 is not text"),
    ({"account": ""}, "account: must not be empty"),
    ({"account": None}, "account: null is not text"),
    ({"account": LONG}, "account: must be at most 256 printable characters"),
    ({"instrument": "\n"}, "instrument: must not be empty"),
    ({"instrument": "SPY\n"}, "instrument: must be at most 256 printable characters"),
    ({"strategy": ""}, "strategy: must not be empty"),
    ({"reason": "two\nlines"}, "reason: must be at most 256 printable characters"),
    # words of a closed list
    ({"kind": "entry"}, "kind: 'entry' is not one of ENTRY, EXIT, STOP_ADJUSTMENT, BUY, SELL"),
    ({"kind": None}, "kind: null is not one of ENTRY, EXIT, STOP_ADJUSTMENT, BUY, SELL"),
    ({"direction": "UP"}, "direction: 'UP' is not one of LONG, SHORT"),
    (
        {"order": {"type": "lmit"}},
        "order.type: 'lmit' is not one of market, limit, stop, stop_limit, trailing_stop",
    ),
    (
        {"order": {"tif": "forever"}},
        "order.tif: 'forever' is not one of day, gtc, ioc, fok, on_open, on_close",
    ),
    (
        {"stop": "nothing"},
        f"stop: 'nothing' is not {STOP_FORMS}",
    ),
    ({"stop": "none:2"}, f"stop: 'none:2' is not {STOP_FORMS}"),
    ({"stop": "atr:"}, f"stop: 'atr:' is not {STOP_FORMS}"),
    ({"stop": "atr:x"}, f"stop: 'atr:x' is not {STOP_FORMS}"),
    ({"stop": ""}, f"stop: '' is not {STOP_FORMS}"),
    ({"stop": "1_0"}, f"stop: '1_0' is not {STOP_FORMS}"),
    ({"stop": "NaN"}, "stop.price: NaN is not a finite number up to 1000000000000000"),
    ({"stop": "ticks:2.5"}, "stop.value: must be a whole number of ticks"),
    ({"stop": "ticks"}, "stop.value: missing; ticks are counted"),
    (
        {"kind": "STOP_ADJUSTMENT", "stop": "break-even:1"},
        "stop.value: the method break_even has no use for it",
    ),
    (
        {"stop": "break-even"},
        "stop.method: break_even is for a STOP_ADJUSTMENT; an entry has cost nothing yet",
    ),
    ({"stop": "structure:-1"}, "stop.beyond_ticks: must be a whole number from 0 to 10000"),
    ({"targets": ["R"]}, f"targets[0]: 'R' is not {TARGET_FORMS}"),
    ({"targets": ["2R", "3R:"]}, f"targets[1]: '3R:' is not {TARGET_FORMS}"),
    ({"targets": ["0R"]}, "targets[0].at_r: 0 is not above 0 and below 1000"),
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
    ({"ts": 1772461860}, "ts: 1772461860 is not text"),
    # shapes
    (
        {"stop": 95},
        f"stop: 95 is not an object with price, method, value, beyond_ticks or {SHORT}",
    ),
    ({"stop": {}}, "stop: neither price nor method is given; one of them is needed"),
    (
        {"order": []},
        "order: a list is not an object with type, limit_price, stop_price, trail_amount, trail_percent, tif",
    ),
    ({"targets": {}}, "targets: an object is not a list"),
    (
        {"targets": [95]},
        f"targets[0]: 95 is not an object with price, at_r, pct or {SHORT}",
    ),
    ({"metadata": []}, "metadata: a list is not an object"),
    ({"metadata": {"note": LONG}}, "metadata.note: longer than 256 characters"),
    ({"metadata": {LONG: 1}}, "metadata: a key is longer than 256 characters"),
    # misspelt and unknown names
    ({"direcion": "LONG"}, "direcion: unknown field; did you mean direction?"),
    ({"qty": 1}, "qty: unknown field"),
    (
        {"order": {"limitprice": 1}},
        "order.limitprice: unknown field; did you mean limit_price?",
    ),
    ({"stop": {"prize": 1}}, "stop.prize: unknown field; did you mean price?"),
    (
        {"targets": [{"percent": 1}]},
        "targets[0].percent: unknown field; did you mean price?",
    ),
    # where the stop goes
    (
        {"stop": {"price": 1, "method": "atr"}},
        "stop: both price and method are given; one of them is needed",
    ),
    (
        {"stop": {"method": "magic"}},
        "stop.method: 'magic' is not one of percent, ticks, atr, structure, break_even, opposite_range",
    ),
    ({"stop": {"price": 1, "value": 2}}, "stop.value: belongs to a method, and a price is given"),
    ({"stop": {"method": "ticks"}}, "stop.value: missing; ticks are counted"),
    ({"stop": {"method": "ticks", "value": 2.5}}, "stop.value: must be a whole number of ticks"),
    (
        {"stop": {"method": "percent", "value": 100}},
        "stop.value: must be above 0 and below 100 for the method percent",
    ),
    ({"stop": {"method": "atr", "value": 0}}, "stop.value: must be above 0 and below 100 for the method atr"),
    ({"stop": {"method": "structure", "value": 1}}, "stop.value: the method structure has no use for it"),
    ({"stop": {"method": "atr", "beyond_ticks": 1}}, "stop.beyond_ticks: the method atr has no use for it"),
    (
        {"stop": {"method": "structure", "beyond_ticks": 1.5}},
        "stop.beyond_ticks: 1.5 is not a whole number",
    ),
    (
        {"stop": {"method": "structure", "beyond_ticks": -1}},
        "stop.beyond_ticks: must be a whole number from 0 to 10000",
    ),
    # and the targets
    (
        {"targets": [{"price": 1, "at_r": 2}]},
        "targets[0]: both price and at_r are given; one of them is needed",
    ),
    ({"targets": [{"pct": 50}]}, "targets[0]: neither price nor at_r is given; one of them is needed"),
    ({"targets": [{"at_r": 0}]}, "targets[0].at_r: 0 is not above 0 and below 1000"),
]


@pytest.mark.parametrize(("fields", "said"), BAD_FIELDS, ids=lambda value: str(value)[:40])
def test_a_bad_field_is_named_with_what_it_holds(fields: dict[str, Any], said: str) -> None:
    assert complaint(with_field(**fields)) == said
    assert complaint(LEAST | fields) == said


BAD_DOCUMENTS: list[tuple[Any, str]] = [
    (b"", "the document is no JSON: it ends too early, or holds half a letter"),
    (b"{", "the document is no JSON: it ends too early, or holds half a letter"),
    (b"null", "the document: null is not an object with account, kind, instrument"),
    (b"[]", "the document: a list is not an object with account, kind, instrument"),
    (b"5", "the document: 5 is not an object with account, kind, instrument"),
    (b'"s-1"', "the document: 's-1' is not an object with account, kind, instrument"),
    (b"{}", "account: missing; text is needed"),
    (b"{'account': 1}", "the document is no JSON: it cannot be read at byte 1"),
    (with_field() + b" {}", "the document is no JSON: it cannot be read at byte 60"),
    (with_field().replace(b"}", b", }"), "the document is no JSON: it cannot be read at byte 59"),
    (b'{"account": NaN}', "the document is no JSON: it cannot be read at byte 12"),
    (b"\xff\xfe{", "the document is no JSON: it cannot be read at byte 0"),
    (b"\xef\xbb\xbf" + with_field(), "the document is no JSON: it cannot be read at byte 0"),
    (
        with_field(id="a").replace(b'"a"', b'"\xff"'),
        "the document is no JSON: it is not text in UTF-8",
    ),
    (
        with_field(id="a").replace(b'"a"', b'"\\ud800"'),
        "the document is no JSON: it ends too early, or holds half a letter",
    ),
    (
        with_field().decode().replace("SPY", "\ud800"),
        "the document is no JSON: it is not text in UTF-8",
    ),
    (
        with_field(metadata={"a": 1}).replace(b"1", b"[" * 100_000 + b"]" * 100_000),
        "the document is nested too deeply",
    ),
    (with_field(metadata={"a": 1}).replace(b"1", b"[" * 100_000), "the document is nested too deeply"),
    (
        with_field(metadata={"a": 1}).replace(b"1", b"7" * 5_000),
        "metadata.a: 7777777777777777777777777777777777777777… has more than 4000 digits",
    ),
    (with_field(strength=1).replace(b"1", b"7" * 400), f"strength: {'7' * 40}… is not between 0 and 100"),
    (b'{"metadata": ' * 100_000, "the document is nested too deeply"),
    # two keys of one name: nobody can tell which one was meant
    (with_field(quantity=1)[:-1] + b', "quantity": 2}', "quantity: is given twice"),
    (with_field()[:-1] + b', "account": "beta"}', "account: is given twice"),
    (
        with_field(stop={"price": 1}).replace(b"1}", b'1, "price": 2}'),
        "price: is given twice",
    ),
    # a mapping can hold what JSON cannot
    (LEAST | {"metadata": {"a": object()}}, "metadata.a: cannot be written as JSON"),
    (LEAST | {"strength": float("nan")}, "strength: NaN is not between 0 and 100"),
    (LEAST | {"quantity": float("inf")}, "quantity: Infinity is not a finite number up to 1000000000000000"),
    (LEAST | {"quantity": Decimal("NaN")}, "quantity: NaN is not a finite number up to 1000000000000000"),
    (LEAST | {"id": b"s-1"}, "id: a value of type bytes is not text"),
    ({1: 2}, "the document: 1 is not the name of a field"),
]


@pytest.mark.parametrize(("document", "said"), BAD_DOCUMENTS, ids=lambda value: repr(value)[:40])
def test_a_bad_document_gets_one_sentence(document: Any, said: str) -> None:
    assert complaint(document) == said


def test_a_mapping_that_holds_itself_or_half_a_letter_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert complaint(LEAST | {"metadata": {"a": circle}}) == "metadata.a: cannot be written as JSON"
    assert complaint(LEAST | {"metadata": {"a": "\ud800"}}) == "metadata.a: cannot be written as JSON"
    assert complaint(LEAST | {"metadata": {"\ud800": "a"}}) == "metadata.\\ud800: cannot be written as JSON"


# --- laws ---


def assert_in_our_words(error: SignalFormError) -> None:
    """What the decoder says for itself is for programmers; and the walk beside the form finds all that it refuses."""
    told = str(error)
    assert not re.search(r"- at `|^Expected |^Object |^Invalid |^JSON is |codec|has not the form", told)


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
        except SignalFormError as error:
            assert_in_our_words(error)
            continue
        assert msgspec.json.decode(msgspec.json.encode(signal), type=Signal) == signal


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_words(garbage: bytes) -> None:
    with pytest.raises(SignalFormError) as caught:
        read(garbage)
    assert_in_our_words(caught.value)


def test_the_thread_s_own_decimal_context_changes_no_number() -> None:
    getcontext().prec = 5
    assert read(with_field(quantity="123456.789")).quantity == 123456789000000
    assert read(
        with_field(quantity="123456.789"),
    ).ts == Instant(NOON)


def part(**more: object) -> dict[str, object]:
    return {"account": "alpha", "kind": "EXIT", "instrument": "SPY", **more}


def test_an_exit_may_say_how_much_in_per_cent_and_what_it_made() -> None:
    signal = read_signal(part(pct="50", pnl="-12.50"), NOON, lambda: "m-1")
    assert (signal.pct, signal.pnl) == (50_000_000_000, -12_500_000_000)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"pct": 0}, "pct: 0 is not above 0 and at most 100"),
        ({"pct": "100.1"}, "pct: 100.1 is not above 0 and at most 100"),
        ({"pct": -5}, "pct: -5 is not above 0 and at most 100"),
        ({"pct": 50, "quantity": 1}, "pct: quantity is given too; one of them says how much is closed"),
        ({"pct": 50, "kind": "ENTRY"}, "pct: belongs to an EXIT or a SELL, not to ENTRY"),
        ({"pnl": 5, "kind": "BUY"}, "pnl: belongs to an EXIT or a SELL, not to BUY"),
    ],
)
def test_a_part_that_is_none_is_refused_in_words(more: dict[str, object], told: str) -> None:
    with pytest.raises(SignalFormError) as caught:
        read_signal(part(**more), NOON, lambda: "m-1")
    assert str(caught.value) == told
