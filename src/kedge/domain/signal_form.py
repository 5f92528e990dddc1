"""The JSON form of a signal, as senders write it, read into a `Signal` or refused with one clear sentence."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import Instant, parse_instant
from kedge.domain.json_document import JsonDocumentError, read_json
from kedge.domain.numbers import LARGEST, UNIT, InexactNumberError, Nano, to_nano, use_exact_arithmetic
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.protection import R_BELOW, StopWord, WantedStop
from kedge.domain.shorthand import ShorthandError, stop_fields, target_fields
from kedge.domain.signal_faults import first_fault, shown
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder, WantedTarget

TEXT_LENGTH_MAX = 256


class SignalFormError(ValueError):
    """The document is no signal; the message says which field, what it holds and what is allowed."""


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class OrderForm(_Form, frozen=True):
    """How the entry is to be sent."""

    type: OrderType = OrderType.MARKET
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY


class StopForm(_Form, frozen=True):
    """Where the stop lies: its price, or a method in place of the account's."""

    price: Decimal | None = None
    method: StopWord | None = None
    value: Decimal | None = None
    beyond_ticks: Decimal | None = None


class TargetForm(_Form, frozen=True):
    """Where a target lies: its price, or how many times the risk; and how much of the position it closes."""

    price: Decimal | None = None
    at_r: Decimal | None = None
    pct: Decimal = Decimal(100)


class SignalForm(_Form, frozen=True):
    """A signal as it is written; numbers may be JSON numbers or decimal text."""

    account: str
    kind: SignalKind
    instrument: str
    id: str | None = None
    ts: str | None = None
    direction: Direction | None = None
    strength: Decimal | None = None
    expected_price: Decimal | None = None
    quantity: Decimal | None = None
    order: OrderForm | None = None
    stop: StopForm | str | None = None  # text: short for one (`kedge.domain.shorthand`)
    targets: tuple[TargetForm | str, ...] = ()
    strategy: str | None = None
    reason: str | None = None
    metadata: dict[str, Any] = {}
    pct: Decimal | None = None
    pnl: Decimal | None = None


def read_signal(document: bytes | str | Mapping[str, Any], now: Instant, mint: Callable[[], str]) -> Signal:
    """A signal from JSON text or a mapping; without an id it gets a minted one, without a time the present one."""
    use_exact_arithmetic()
    written = document if isinstance(document, Mapping) else _parsed(document)
    try:
        fault = first_fault(written, SignalForm)
        form = None if fault else _form(document)
    except RecursionError:
        raise SignalFormError("the document is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeError):
        fault, form = "the document has not the form of a signal", None
    if form is None:
        raise SignalFormError(fault)
    return _signal(form, now, mint)


def as_recorded(signal: Signal) -> Signal:
    """A signal that a program has put together, as the record will tell it.

    It may hold what no signal holds: the record would take that in, and nothing could be read from it any more.
    """
    try:
        return _read(_write(signal))
    except (msgspec.MsgspecError, TypeError) as error:
        raise SignalFormError(f"it is no signal that could be recorded: {error}") from None


def _form(document: bytes | str | Mapping[str, Any]) -> SignalForm:
    return (
        msgspec.convert(document, SignalForm) if isinstance(document, Mapping) else _DECODER.decode(document)
    )


def _parsed(document: bytes | str) -> object:
    try:
        return read_json(document)
    except JsonDocumentError as error:
        raise SignalFormError(str(error)) from None


def _signal(form: SignalForm, now: Instant, mint: Callable[[], str]) -> Signal:
    for name, text in (
        ("id", form.id),
        ("account", form.account),
        ("instrument", form.instrument),
        ("strategy", form.strategy),
        ("reason", form.reason),
    ):
        _check_text(name, text)
    strength = form.strength
    if strength is not None and not (strength.is_finite() and 0 <= strength <= 100):
        raise SignalFormError(f"strength: {shown(strength)} is not between 0 and 100")
    quantity = _nano("quantity", form.quantity)
    if quantity is not None and quantity <= 0:
        raise SignalFormError(f"quantity: {form.quantity} is not above 0")
    order = form.order or OrderForm()
    stop, unprotected = _stop_form(form.stop)
    _check_exit(form)
    return Signal(
        id=SignalId(form.id if form.id is not None else mint()),
        ts=now if form.ts is None else _instant(form.ts),
        account=AccountId(form.account),
        kind=form.kind,
        instrument=Symbol(form.instrument),
        direction=form.direction,
        strength=_nano("strength", strength),
        expected_price=_nano("expected_price", form.expected_price),
        quantity=quantity,
        order=WantedOrder(
            type=order.type,
            limit_price=_nano("order.limit_price", order.limit_price),
            stop_price=_nano("order.stop_price", order.stop_price),
            trail_amount=_nano("order.trail_amount", order.trail_amount),
            trail_percent=_nano("order.trail_percent", order.trail_percent),
            tif=order.tif,
        ),
        stop=None if stop is None else _nano("stop.price", stop.price),
        unprotected=unprotected,
        targets=tuple(_target(f"targets[{place}]", target) for place, target in enumerate(form.targets)),
        stop_by=None if stop is None else _stop_by(stop, form.kind),
        strategy=form.strategy,
        reason=form.reason,
        metadata={name: _metadata_text(name, value) for name, value in form.metadata.items()},
        pct=_nano("pct", form.pct),
        pnl=_nano("pnl", form.pnl),
    )


def _stop_form(stop: StopForm | str | None) -> tuple[StopForm | None, bool]:
    """The stop that is asked for, and whether none is."""
    if not isinstance(stop, str):
        return stop, False
    try:
        fields = stop_fields(stop)
    except ShorthandError as error:
        raise SignalFormError(f"stop: {shown(stop)} {error}") from None
    return (msgspec.convert(fields, StopForm), False) if fields else (None, True)


def _check_exit(form: SignalForm) -> None:
    """What only an exit can say: how much of the position it closes, and what its sender thinks that has made."""
    for name in ("pct", "pnl"):
        if getattr(form, name) is not None and form.kind not in (SignalKind.EXIT, SignalKind.SELL):
            raise SignalFormError(f"{name}: belongs to an EXIT or a SELL, not to {form.kind}")
    if form.pct is None:
        return
    if form.quantity is not None:
        raise SignalFormError("pct: quantity is given too; one of them says how much is closed")
    if not (form.pct.is_finite() and 0 < form.pct <= 100):
        raise SignalFormError(f"pct: {shown(form.pct)} is not above 0 and at most 100")


def _stop_by(form: StopForm, kind: SignalKind) -> WantedStop | None:
    """The method that is asked for; None where a price is given."""
    _one_of("stop", price=form.price, method=form.method)
    if form.method is None:
        for name in ("value", "beyond_ticks"):
            if getattr(form, name) is not None:
                raise SignalFormError(f"stop.{name}: belongs to a method, and a price is given")
        return None
    if form.method is StopWord.BREAK_EVEN and kind is not SignalKind.STOP_ADJUSTMENT:
        raise SignalFormError(
            "stop.method: break_even is for a STOP_ADJUSTMENT; an entry has cost nothing yet"
        )
    beyond = _nano("stop.beyond_ticks", form.beyond_ticks)
    if beyond is not None and beyond % UNIT:
        raise SignalFormError(f"stop.beyond_ticks: {shown(form.beyond_ticks)} is not a whole number")
    value = _nano("stop.value", form.value)
    wanted = WantedStop(form.method, value, None if beyond is None else beyond // UNIT)
    if wanted.fault:
        raise SignalFormError(f"stop.{wanted.fault}")
    return wanted


def _target(name: str, target: TargetForm | str) -> WantedTarget:
    form = _target_form(name, target) if isinstance(target, str) else target
    _one_of(name, price=form.price, at_r=form.at_r)
    at_r = _nano(f"{name}.at_r", form.at_r)
    if at_r is not None and not 0 < at_r < R_BELOW * UNIT:
        raise SignalFormError(f"{name}.at_r: {shown(form.at_r)} is not above 0 and below {R_BELOW}")
    return WantedTarget(_nano(f"{name}.price", form.price), _needed(f"{name}.pct", form.pct), at_r)


def _target_form(name: str, text: str) -> TargetForm:
    try:
        return msgspec.convert(target_fields(text), TargetForm)
    except ShorthandError as error:
        raise SignalFormError(f"{name}: {shown(text)} {error}") from None


def _one_of(name: str, **given: object) -> None:
    one, other = given
    count = sum(value is not None for value in given.values())
    if count == 0:
        raise SignalFormError(f"{name}: neither {one} nor {other} is given; one of them is needed")
    if count > 1:
        raise SignalFormError(f"{name}: both {one} and {other} are given; one of them is needed")


def _check_text(name: str, text: str | None) -> None:
    if text is None:
        return
    if not text.strip():
        raise SignalFormError(f"{name}: must not be empty")
    if len(text) > TEXT_LENGTH_MAX or not text.isprintable():
        raise SignalFormError(f"{name}: must be at most {TEXT_LENGTH_MAX} printable characters")


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise SignalFormError(f"ts: {error}") from None


def _nano(name: str, number: Decimal | None) -> Nano | None:
    return None if number is None else _needed(name, number)


def _needed(name: str, number: Decimal) -> Nano:
    if not number.is_finite() or abs(number) > LARGEST:
        raise SignalFormError(f"{name}: {shown(number)} is not a finite number up to {LARGEST}")
    try:
        return to_nano(number)
    except InexactNumberError as error:
        raise SignalFormError(f"{name}: {error}") from None


def _metadata_text(name: str, value: object) -> str:
    try:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        f"{name}{text}".encode()
    except (TypeError, ValueError, RecursionError):
        raise SignalFormError(f"metadata.{shown(name)[1:-1]}: cannot be written as JSON") from None
    if len(name) > TEXT_LENGTH_MAX:
        raise SignalFormError(f"metadata: a key is longer than {TEXT_LENGTH_MAX} characters")
    if len(text) > TEXT_LENGTH_MAX:
        raise SignalFormError(f"metadata.{name}: longer than {TEXT_LENGTH_MAX} characters")
    return text


_DECODER = msgspec.json.Decoder(SignalForm)
_write = msgspec.json.Encoder().encode
_read: Callable[[bytes], Signal] = msgspec.json.Decoder(Signal).decode
