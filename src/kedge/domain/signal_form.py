"""The JSON form of a signal, as senders write it, read into a `Signal` or refused with one clear sentence."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Literal

import msgspec

from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import Instant, parse_instant
from kedge.domain.numbers import LARGEST, InexactNumberError, Nano, to_nano, use_exact_arithmetic
from kedge.domain.orders import OrderType, TimeInForce
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
    """The stop's price."""

    price: Decimal


class TargetForm(_Form, frozen=True):
    """A target's price, and how much of the position it closes."""

    price: Decimal
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
    stop: StopForm | Literal["none"] | None = None
    targets: tuple[TargetForm, ...] = ()
    strategy: str | None = None
    reason: str | None = None
    metadata: dict[str, Any] = {}


def read_signal(document: bytes | str | Mapping[str, Any], now: Instant, mint: Callable[[], str]) -> Signal:
    """A signal from JSON text or a mapping; without an id it gets a minted one, without a time the present one."""
    use_exact_arithmetic()
    try:
        if isinstance(document, Mapping):
            form = msgspec.convert(document, SignalForm)
        else:
            form = _DECODER.decode(document)
            json.loads(document, object_pairs_hook=_refuse_doubles, parse_int=str, parse_float=str)
    except RecursionError:
        raise SignalFormError("the document is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SignalFormError(_explain(error)) from None
    return _signal(form, now, mint)


def _refuse_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Of two keys of one name the decoder keeps the last, and nobody can tell which one the sender meant.
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise SignalFormError(f"Object contains the field `{double}` twice")
    return found


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
        raise SignalFormError(f"strength: {strength} is not between 0 and 100")
    order = form.order or OrderForm()
    return Signal(
        id=SignalId(form.id if form.id is not None else mint()),
        ts=now if form.ts is None else _instant(form.ts),
        account=AccountId(form.account),
        kind=form.kind,
        instrument=Symbol(form.instrument),
        direction=form.direction,
        strength=_nano("strength", strength),
        expected_price=_nano("expected_price", form.expected_price),
        quantity=_nano("quantity", form.quantity),
        order=WantedOrder(
            type=order.type,
            limit_price=_nano("order.limit_price", order.limit_price),
            stop_price=_nano("order.stop_price", order.stop_price),
            trail_amount=_nano("order.trail_amount", order.trail_amount),
            trail_percent=_nano("order.trail_percent", order.trail_percent),
            tif=order.tif,
        ),
        stop=_nano("stop.price", form.stop.price) if isinstance(form.stop, StopForm) else None,
        unprotected=form.stop == "none",
        targets=tuple(
            WantedTarget(_needed("targets.price", target.price), _needed("targets.pct", target.pct))
            for target in form.targets
        ),
        strategy=form.strategy,
        reason=form.reason,
        metadata={name: _metadata_text(name, value) for name, value in form.metadata.items()},
    )


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
        raise SignalFormError(f"{name}: {number} is not a finite number up to {LARGEST}")
    try:
        return to_nano(number)
    except InexactNumberError as error:
        raise SignalFormError(f"{name}: {error}") from None


def _metadata_text(name: str, value: object) -> str:
    try:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        f"{name}{text}".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SignalFormError(f"metadata.{name!r}: {error}") from None
    if len(name) > TEXT_LENGTH_MAX:
        raise SignalFormError(f"metadata: a key is longer than {TEXT_LENGTH_MAX} characters")
    if len(text) > TEXT_LENGTH_MAX:
        raise SignalFormError(f"metadata.{name}: longer than {TEXT_LENGTH_MAX} characters")
    return text


def _explain(error: Exception) -> str:
    """The decoder's words, with the likeliest meaning of a misspelt key."""
    text = str(error)
    if "unknown field `" not in text:
        return text
    unknown = text.partition("unknown field `")[2].partition("`")[0]
    part = text.partition("`$.")[2].partition("`")[0].partition("[")[0]
    close = get_close_matches(unknown, _FORMS.get(part, SignalForm).__struct_fields__, n=1)
    return f"{text}; did you mean `{close[0]}`?" if close else text


_DECODER = msgspec.json.Decoder(SignalForm)
_FORMS: dict[str, type[_Form]] = {"order": OrderForm, "stop": StopForm, "targets": TargetForm}
