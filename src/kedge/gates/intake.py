"""Is this a signal that anything can be done with: known account, known instrument, a side, and not yesterday's?"""

from kedge.domain.codes import Code
from kedge.domain.instants import MINUTE
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, Role, Side
from kedge.domain.signals import Direction, SignalKind
from kedge.gates.gate import Draft, Figures, Refusal

CLOCK_TOLERANCE = MINUTE
_CLOSES = {SignalKind.SELL: Direction.LONG, SignalKind.BUY: Direction.SHORT}  # what was bought, what was sold


def entry_intake(draft: Draft) -> Figures | Refusal:
    """The intake of signals that take risk."""
    signal = draft.signal
    unknown = _unknown(draft)
    if unknown is not None:
        return unknown
    if draft.instrument.currency != draft.account.terms.currency:
        return Refusal(
            Code.CURRENCY_MISMATCH,
            {"instrument": draft.instrument.currency, "account": draft.account.terms.currency},
        )
    direction = Direction.LONG if signal.kind is SignalKind.BUY else signal.direction
    if direction is None:
        return Refusal(Code.DIRECTION_MISSING, {"kind": signal.kind})
    if signal.direction is not None and signal.direction is not direction:
        return Refusal(Code.DIRECTION_CONTRADICTS, {"kind": signal.kind, "direction": signal.direction})
    draft.side = Side.BUY if direction is Direction.LONG else Side.SELL
    waited_until = draft.market.waited_until
    # What waited for the open counts from there: it must not be acted on long after, when the engine was away.
    age = draft.at - signal.ts if waited_until is None else max(draft.at - waited_until, 0)
    ttl = draft.account.terms.signal_ttl
    if age > ttl:
        return Refusal(Code.SIGNAL_EXPIRED, {"age_s": age, "signal_ttl_s": ttl})
    if age < -CLOCK_TOLERANCE:
        return Refusal(Code.SIGNAL_FROM_FUTURE, {"ahead_s": -age, "tolerance_s": CLOCK_TOLERANCE})
    return _outdated(draft) or {"age_s": age, "direction": direction}


def reducing_intake(draft: Draft) -> Figures | Refusal:
    """The intake of exits and stop adjustments: late ones count too, for they only take risk away."""
    unknown = _unknown(draft)
    if unknown is not None:
        return unknown
    position = draft.position
    if position is None:
        return Refusal(Code.NO_POSITION, {"instrument": draft.instrument.symbol})
    held = Direction.LONG if position.quantity > 0 else Direction.SHORT
    wanted = draft.signal.direction
    closes = _CLOSES.get(draft.signal.kind)
    if closes is not None:
        if wanted not in (None, closes):
            return Refusal(Code.DIRECTION_CONTRADICTS, {"kind": draft.signal.kind, "direction": str(wanted)})
        wanted = closes
    if wanted is not None and wanted is not held:
        return Refusal(Code.DIRECTION_CONTRADICTS, {"signal": wanted, "position": held})
    draft.side = Side.SELL if held is Direction.LONG else Side.BUY
    if draft.signal.kind is not SignalKind.STOP_ADJUSTMENT:
        for order in draft.open_orders:
            released = order.request.holder is Holder.ENGINE and order.state is not OrderState.NEW
            if order.request.role is Role.EXIT or released:
                return Refusal(Code.ALREADY_EXITING, {"order": order.id, "state": order.state})
    elif outdated := _outdated(draft):
        return outdated
    return {"position": held}


def _outdated(draft: Draft) -> Refusal | None:
    """Prices and quantities of before a split are of other shares."""
    changed_at = draft.market.changed_at
    if changed_at is None or draft.signal.ts >= changed_at:
        return None
    return Refusal(Code.INSTRUMENT_CHANGED, {"before_s": changed_at - draft.signal.ts})


def _unknown(draft: Draft) -> Refusal | None:
    if draft.known_account is None:
        return Refusal(Code.UNKNOWN_ACCOUNT, {"account": draft.signal.account})
    if draft.known_instrument is None:
        return Refusal(Code.UNKNOWN_INSTRUMENT, {"instrument": draft.signal.instrument})
    draft.account = draft.known_account
    draft.instrument = draft.known_instrument
    return None
