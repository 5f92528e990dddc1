"""Where is the way out? An entry without a stop does not leave the engine unless the account allows it."""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.numbers import UNIT, Nano, down_to, from_nano, on_grid, to_nano, up_to
from kedge.domain.orders import Side
from kedge.gates.gate import Draft, Figures, Refusal

_HUNDRED = Decimal(100)


def stop_plan(draft: Draft) -> Figures | Refusal:
    """Settle the stop (the signal's, or the account's percentage) and the target, each on its right side."""
    signal = draft.signal
    reference = _reference(draft)
    figures: Figures = {"reference": "none" if reference is None else to_nano(reference)}
    if signal.unprotected:
        if not draft.account.terms.allow_unprotected:
            return Refusal(Code.UNPROTECTED_NOT_ALLOWED, figures | {"allow_unprotected": "false"})
        figures["stop"] = "none"
    elif signal.stop is not None:
        draft.stop = from_nano(signal.stop)
    elif reference is None:
        return Refusal(Code.NO_REFERENCE_PRICE, figures)
    else:
        draft.stop = _default_stop(draft, reference)
        figures["stop_percent"] = to_nano(draft.account.terms.stop_percent)
    if len(signal.targets) > 1 or any(target.pct != 100_000_000_000 for target in signal.targets):
        return Refusal(Code.ONE_TARGET_ONLY, figures | {"targets": len(signal.targets) * UNIT})
    if signal.targets:
        draft.target = from_nano(signal.targets[0].price)
    return _wrong_price(draft, reference, figures) or figures


def _reference(draft: Draft) -> Decimal | None:
    """The price at which the entry is expected to fill: the market's, as far as the order lets it.

    A limit beyond the market fills at the market, and so does a stop behind it: a stop loss measured from the sender's
    own price would lie far away, or already be reached. Without a market the sender's price has to do.
    """
    order, buys = draft.signal.order, draft.side is Side.BUY
    market = draft.ask if buys else draft.bid
    limit, trigger = _price(order.limit_price), _price(order.stop_price)
    if market is None:
        return limit or trigger or _price(draft.signal.expected_price)
    if trigger is not None:
        market = max(market, trigger) if buys else min(market, trigger)
    if limit is not None:
        market = min(market, limit) if buys else max(market, limit)
    return market


def _price(number: Nano | None) -> Decimal | None:
    return None if number is None else from_nano(number)


def _default_stop(draft: Draft, reference: Decimal) -> Decimal:
    """So many percent away, rounded towards the entry so that the risk is never above what was asked for."""
    tick = draft.instrument.tick
    distance = reference * draft.account.terms.stop_percent / _HUNDRED
    if draft.side is Side.BUY:
        return min(up_to(reference - distance, tick), down_to(reference, tick) - tick)
    return max(down_to(reference + distance, tick), up_to(reference, tick) + tick)


def _wrong_price(draft: Draft, reference: Decimal | None, figures: Figures) -> Refusal | None:
    loss_is_below = draft.side is Side.BUY
    for name, price, code, wants_below in (
        ("stop", draft.stop, Code.STOP_ON_WRONG_SIDE, loss_is_below),
        ("target", draft.target, Code.TARGET_ON_WRONG_SIDE, not loss_is_below),
    ):
        if price is None:
            continue
        figures[name] = to_nano(price)
        if price <= 0:
            return Refusal(Code.PRICE_NOT_POSITIVE, figures)
        if not on_grid(price, draft.instrument.tick):
            return Refusal(Code.PRICE_OFF_TICK, figures | {"tick": to_nano(draft.instrument.tick)})
        if reference is not None and (price >= reference if wants_below else price <= reference):
            return Refusal(code, figures)
    return None
