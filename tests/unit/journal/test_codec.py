"""Events and inputs as bytes: all of them come back as they were, and what cannot be read is told apart."""

from typing import Any

import msgspec
import pytest
from tests.unit.journal.samples import EVENTS, INPUTS, sample

from kedge.domain import events as ev
from kedge.journal.codec import (
    FORMS,
    decode_cause,
    decode_event,
    decode_order,
    encode_event,
    encode_input,
    encode_order,
)
from kedge.journal.errors import CorruptError, NewerJournalError


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_as_it_was(kind: Any) -> None:
    event = sample(kind)
    form = FORMS[kind]
    payload = encode_event(event)
    assert decode_event(1, form.kind, form.version, payload) == event
    assert encode_event(decode_event(1, form.kind, form.version, payload)) == payload
    assert msgspec.json.decode(payload)["type"] == f"{form.kind}.{form.version}"


@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.__name__)
def test_every_input_comes_back_as_it_was(kind: Any) -> None:
    told = sample(kind)
    assert decode_cause(1, encode_input(told)) == told


def test_no_cause_is_no_cause() -> None:
    assert decode_cause(1, None) is None


def test_an_order_comes_back_whole() -> None:
    order = sample(ev.OrderRestored).order
    assert decode_order(encode_order(order)) == order


# What each event is found by; the rest are about an order.
SUBJECTS = {
    "RunStarted": None,
    "InstrumentDefined": "symbol",
    "AccountDefined": "id",
    "OwnersDefined": None,
    "TradingStateChanged": "account",
    "FrontChanged": "root",
    "MarketPhaseChanged": "market",
    "HaltChanged": "instrument",
    "ClosingBegan": "account",
    "SignalQueued": "id",
    "SignalTaken": "id",
    "SignalJudged": "signal",
    "SignalRepeated": "signal",
    "OrderHeld": "id",
    "OrderSubmitted": "id",
    "OrderReleased": "id",
    "OrderRestored": "id",
    "RoomNoted": "instrument",
    "DustLeft": "instrument",
    "DustRescaled": "instrument",
    "ExposureNoted": "instrument",
    "DisasterStopNoted": "instrument",
    "DisasterStopEnded": "instrument",
    "ExposureEnded": "instrument",
    "ProtectionWaived": "instrument",
    "ContractSettled": "instrument",
    "SharesSplit": "instrument",
    "SymbolChanged": "instrument",
    "InstrumentChanged": "instrument",
    "PositionRescaled": "instrument",
    "DayBegan": "account",
    "PositionMarked": "instrument",
    "PeakRaised": "account",
    "LimitBreached": "account",
    "LockReleased": "account",
    "ReleaseRefused": "account",
    "CooldownStarted": "account",
    "SignalHeld": "id",
    "ApprovalRefused": "signal",
    "StrategyPaused": "strategy",
    "StrategyRefused": "strategy",
    "StrategyResumed": "strategy",
    "KillOrdered": "account",
    "KillExtended": "account",
    "KillChecked": "account",
    "KillConfirmed": "account",
    "UnallocatedChanged": "instrument",
    "Anomaly": "subject",
}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_is_found_by_what_it_is_about(kind: Any) -> None:
    assert FORMS[kind].subject(sample(kind)) == SUBJECTS.get(kind.__name__, "order")


@pytest.mark.parametrize(
    ("kind", "version", "payload", "error"),
    [
        ("OrderTeleported", 1, b'{"type":"OrderTeleported.1"}', NewerJournalError),
        ("OrderAccepted", 2, b'{"type":"OrderAccepted.2"}', NewerJournalError),
        ("OrderAccepted", 1, b'{"type":"OrderAccepted.1"}', CorruptError),
        ("OrderAccepted", 1, b"", CorruptError),
        ("OrderAccepted", 1, b"\xff\xfe", CorruptError),
        ("OrderEnded", 1, encode_event(sample(ev.OrderAccepted)), CorruptError),
    ],
    ids=["unknown kind", "unknown version", "fields missing", "nothing", "no text", "another kind"],
)
def test_what_cannot_be_read_is_named(
    kind: str, version: int, payload: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match="event 12"):
        decode_event(12, kind, version, payload)


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (b'{"type":"MoonRose","at":1}', NewerJournalError),
        (b'{"type":"ClockTicked"}', CorruptError),
        (b'{"at":1}', CorruptError),
        (b"", CorruptError),
        (b"\xff", CorruptError),
    ],
    ids=["unknown kind", "fields missing", "no kind", "nothing", "no text"],
)
def test_a_cause_that_cannot_be_read_is_named(cause: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match="event 12"):
        decode_cause(12, cause)


@pytest.mark.parametrize("stored", [b"", b"\x00", b"\xff\xff"])
def test_an_order_that_cannot_be_read_is_an_error_of_ours(stored: bytes) -> None:
    with pytest.raises(CorruptError, match="order"):
        decode_order(stored)
