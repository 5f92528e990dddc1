"""Events and inputs as bytes. The form is JSON as msgspec writes it: fields in the order of the class, defaults
left out, nothing between the tokens; the same value gives the same bytes, and people can read them.

A kind and version (`OrderFilled`, 1) name a form for ever. An event of a kind that is not in the union was written
by a newer program.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, get_args

import msgspec

from kedge.domain import changes as ch
from kedge.domain import disasters as ds
from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain import kill as kl
from kedge.domain import setups as st
from kedge.domain.events import Event
from kedge.domain.inputs import Input
from kedge.domain.orders import Order
from kedge.journal.errors import CorruptError, NewerJournalError

Subject = Callable[[Any], str | None]


def _nothing(_event: Event) -> None:
    return None


def _order_or_instrument(event: ev.PositionReduced | ev.PositionClosed) -> str:
    return event.instrument if event.order is None else event.order


# What a look-up finds an event by: the order it is about, else the signal, the account or the instrument.
_SUBJECTS: dict[type, Subject] = {
    ev.RunStarted: _nothing,
    ev.InstrumentDefined: attrgetter("instrument.symbol"),
    ev.AccountDefined: attrgetter("terms.id"),
    ev.TradingStateChanged: attrgetter("account"),
    ev.FrontChanged: attrgetter("root"),
    ev.MarketPhaseChanged: attrgetter("market"),
    ev.HaltChanged: attrgetter("instrument"),
    ev.ClosingBegan: attrgetter("account"),
    ev.SignalQueued: attrgetter("signal.id"),
    ev.SignalTaken: attrgetter("signal.id"),
    ev.SignalJudged: attrgetter("signal"),
    ev.SignalRepeated: attrgetter("signal"),
    ev.OrderHeld: attrgetter("request.id"),
    ev.OrderSubmitted: attrgetter("request.id"),
    ev.OrderReleased: attrgetter("request.id"),
    ev.OrderRestored: attrgetter("order.request.id"),
    ev.PositionReduced: _order_or_instrument,
    ev.PositionClosed: _order_or_instrument,
    ev.RoomNoted: attrgetter("instrument"),
    ev.DustLeft: attrgetter("instrument"),
    ev.ExposureNoted: attrgetter("instrument"),
    ev.ExposureEnded: attrgetter("instrument"),
    ev.ProtectionWaived: attrgetter("instrument"),
    ds.DisasterStopNoted: attrgetter("instrument"),
    ds.DisasterStopEnded: attrgetter("instrument"),
    ch.ContractSettled: attrgetter("instrument"),
    ch.SharesSplit: attrgetter("instrument"),
    ch.SymbolChanged: attrgetter("instrument"),
    ch.InstrumentChanged: attrgetter("instrument"),
    ch.DustRescaled: attrgetter("instrument"),
    ch.PositionRescaled: attrgetter("instrument"),
    **dict.fromkeys(
        (
            gv.DayBegan,
            gv.PeakRaised,
            gv.LimitBreached,
            gv.LockReleased,
            gv.ReleaseRefused,
            gv.CooldownStarted,
        ),
        attrgetter("account"),
    ),
    gv.OwnersDefined: _nothing,
    **dict.fromkeys(get_args(kl.Killing), attrgetter("account")),
    gv.PositionMarked: attrgetter("instrument"),
    gv.SignalHeld: attrgetter("signal.id"),
    gv.ApprovalRefused: attrgetter("signal"),
    gv.StrategyRefused: attrgetter("strategy"),
    gv.StrategyPaused: attrgetter("strategy"),
    gv.StrategyResumed: attrgetter("strategy"),
    **dict.fromkeys(
        (st.StrategyDropped, st.SessionBegan, st.StrategyMoved, st.StrategyFailed), attrgetter("strategy")
    ),
    **dict.fromkeys((st.SetupMissed, st.SetupAnswered), attrgetter("signal")),
    st.StrategyDefined: attrgetter("terms.id"),
    st.SetupFound: attrgetter("signal.id"),
    st.PanelNoted: attrgetter("instrument"),
    ch.UnallocatedChanged: attrgetter("instrument"),
    ev.Anomaly: attrgetter("subject"),
}
_ABOUT_AN_ORDER: Subject = attrgetter("order")


class Form(NamedTuple):
    """How events of one class are stored."""

    kind: str
    version: int
    subject: Subject


def _form(event_type: type[msgspec.Struct]) -> Form:
    kind, _, version = str(event_type.__struct_config__.tag).rpartition(".")
    return Form(kind, int(version), _SUBJECTS.get(event_type, _ABOUT_AN_ORDER))


FORMS: dict[type, Form] = {event_type: _form(event_type) for event_type in get_args(Event)}
KNOWN = frozenset((form.kind, form.version) for form in FORMS.values())
INPUT_KINDS = frozenset(str(input_type.__struct_config__.tag) for input_type in get_args(Input))

_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_input_decoder: msgspec.json.Decoder[Input] = msgspec.json.Decoder(Input)

encode_event: Callable[[Event], bytes] = _encoder.encode
encode_input: Callable[[Input], bytes] = _encoder.encode
decode_payload: Callable[[bytes], Event] = _event_decoder.decode  # raises msgspec.DecodeError


encode_order: Callable[[Order], bytes] = msgspec.json.Encoder().encode
_order_decoder = msgspec.json.Decoder(Order)


def decode_order(stored: object) -> Order:
    """An order out of the readable tables, where it stands whole beside its columns."""
    assert isinstance(stored, bytes)
    try:
        return _order_decoder.decode(stored)
    except (msgspec.MsgspecError, ValueError) as error:
        raise CorruptError(f"an order in the readable tables cannot be read: {error}") from error


def undecodable(seq: int, kind: str, version: int, error: Exception) -> NewerJournalError | CorruptError:
    """Why a row could not be decoded: a newer program wrote it, or it is damaged."""
    if (kind, version) not in KNOWN:
        return NewerJournalError(
            f"event {seq} is a {kind}.{version}, which this program does not know: use the newer one that wrote it"
        )
    return CorruptError(f"event {seq} ({kind}.{version}) cannot be read: {error}", seq)


def decode_event(seq: int, kind: str, version: int, payload: bytes) -> Event:
    """The event of a row; it must be of the kind and version that the row names."""
    try:
        event = decode_payload(payload)
    except (msgspec.MsgspecError, ValueError) as error:
        raise undecodable(seq, kind, version, error) from error
    form = FORMS[type(event)]
    if (form.kind, form.version) != (kind, version):
        raise CorruptError(f"event {seq} says {kind}.{version} and holds {form.kind}.{form.version}", seq)
    return event


def decode_cause(seq: int, cause: bytes | None) -> Input | None:
    """The input that led to a row's step, where it was recorded."""
    if cause is None:
        return None
    try:
        return _input_decoder.decode(cause)
    except (msgspec.MsgspecError, ValueError) as error:
        kind = _kind_of_input(cause)
        if kind is not None and kind not in INPUT_KINDS:
            raise NewerJournalError(
                f"the cause of event {seq} is a {kind}, which this program does not know: "
                "use the newer one that wrote it"
            ) from error
        raise CorruptError(f"the cause of event {seq} cannot be read: {error}", seq) from error


class _Tagged(msgspec.Struct):
    type: str


def _kind_of_input(cause: bytes) -> str | None:
    try:
        return msgspec.json.decode(cause, type=_Tagged).type
    except (msgspec.MsgspecError, ValueError):
        return None
