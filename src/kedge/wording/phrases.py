"""Phrases that events are told with: what an order or a signal asks for, why something ended, how it is called."""

from decimal import Decimal

from kedge.domain.codes import MEANING, Code
from kedge.domain.events import SignalJudged
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.numbers import Nano, from_nano
from kedge.domain.orders import OrderRequest, OrderType, Terms
from kedge.domain.refusals import MEANING as REFUSAL_MEANING
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Outcome, Signal, SignalKind
from kedge.wording.figures import nano_price, nano_quantity, quantity

_REASONS = {
    "oco": "the other exit was filled",
    "entry cancelled": "its entry was cancelled",
    "entry rejected": "its entry was rejected",
    "entry expired": "its entry expired",
    "order timeout": "it did not fill in time",
}


_PHASES = {
    Phase.CLOSED: "closed",
    Phase.PREMARKET: "in its pre-market",
    Phase.OPEN: "open",
    Phase.BREAK: "in a break",
    Phase.AFTERHOURS: "in its after-hours",
}


def wish(request: OrderRequest) -> str:
    """What an order asks for: sell 20 SPY, stop 590.10."""
    return f"{request.side} {nano_quantity(request.quantity)} {request.instrument}, {_how(request)}"


def ask(signal: Signal) -> str:
    """What a signal asks for: LONG, exit, stop to 590.10."""
    if signal.kind is SignalKind.STOP_ADJUSTMENT:
        return _adjustment(signal)
    if signal.kind is SignalKind.ENTRY and signal.direction is not None:
        return signal.direction
    return " ".join([signal.kind.lower(), *([signal.direction] if signal.direction is not None else [])])


def _adjustment(signal: Signal) -> str:
    parts = []
    if signal.stop is not None:
        parts.append(f"stop to {nano_price(signal.stop)}")
    elif signal.stop_by is not None:
        value = "" if signal.stop_by.value is None else f" {quantity(from_nano(signal.stop_by.value))}"
        parts.append(f"stop by {signal.stop_by.method.replace('_', '-')}{value}")
    places = [
        nano_price(target.price)
        if target.price is not None
        else f"{quantity(from_nano(target.at_r or Nano(0)))} R"
        for target in signal.targets
    ]
    if places:
        parts.append(f"target{'' if len(places) == 1 else 's'} to {' and '.join(places)}")
    return ", ".join(parts) or "stop"


def meaning(code: str) -> str:
    """What a code of refusal means; empty for a code that this program does not know."""
    return MEANING[Code(code)] if code in Code.__members__ else ""


def judged(event: SignalJudged, signal: Signal | None) -> str:
    """How a signal ended, with what it asked for where that is known."""
    asked = "signal" if signal is None else f"signal {ask(signal)}"
    why = f" ({signal.reason})" if signal is not None and signal.reason else ""
    ended = f"refused, {event.code}" if event.outcome is Outcome.REFUSED else event.outcome.lower()
    return f"{asked}{why}: {ended}"


def _how(request: OrderRequest) -> str:
    if request.type is OrderType.MARKET:
        return "at the market"
    return level(request)


def spoken_role(order: OrderRequest) -> str:
    """Why it was sent, as people say it."""
    return order.role.replace("_", " ")


def way_out(leg: OrderRequest) -> str:
    """An exit by its role and price: stop at 590.10."""
    price = leg.stop_price if leg.limit_price is None else leg.limit_price
    return f"{leg.role} {level(leg)}" if price is None else f"{leg.role} at {nano_price(price)}"


def level(request: OrderRequest) -> str:
    """The prices that an order waits for."""
    parts = []
    if request.stop_price is not None:
        parts.append(f"stop {nano_price(request.stop_price)}")
    if request.limit_price is not None:
        parts.append(f"limit {nano_price(request.limit_price)}")
    if request.trail_amount is not None:
        parts.append(f"trailing by {nano_price(request.trail_amount)}")
    if request.trail_percent is not None:
        parts.append(f"trailing by {quantity(from_nano(request.trail_percent))} %")
    return " ".join(parts) or str(request.type)


def new_terms(terms: Terms) -> str:
    """What a change asks for."""
    parts = []
    if terms.quantity is not None:
        parts.append(f"quantity {nano_quantity(terms.quantity)}")
    if terms.stop_price is not None:
        parts.append(f"stop {nano_price(terms.stop_price)}")
    if terms.limit_price is not None:
        parts.append(f"limit {nano_price(terms.limit_price)}")
    return ", ".join(parts) or "the same terms"


def holding(signed: Decimal) -> str:
    """A position by its side and size."""
    return f"{'LONG' if signed > 0 else 'SHORT'} {quantity(signed)}"


def spoken(state: OrderState) -> str:
    """A state as a word."""
    return state.lower().replace("_", " ")


def spoken_phase(phase: Phase) -> str:
    """What a market is doing, as a word."""
    return _PHASES[phase]


def refusal(kind: RejectKind) -> str:
    """What a venue's no means."""
    return REFUSAL_MEANING[kind]


def because(reason: str) -> str:
    """A reason, put behind what it explains."""
    return f": {_REASONS.get(reason, reason)}" if reason else ""
