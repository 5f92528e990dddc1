"""Is the market open for this account? Where it is not, the signal waits for the open, if the account lets it."""

from kedge.domain.codes import Code
from kedge.domain.orders import TimeInForce
from kedge.gates.gate import Draft, Figures, Refusal, Wait


def session(draft: Draft) -> Figures | Refusal | Wait:
    """A phase that is over without the next one being known is no phase to trade in."""
    market, terms = draft.market, draft.account.terms
    if market.halted:
        return Refusal(Code.INSTRUMENT_HALTED, {"reason": market.halted})
    if not market.name:
        return {"market": "never closes"}
    hours = market.hours
    if hours is None or draft.at >= hours.until:
        return Refusal(Code.MARKET_UNKNOWN, {"market": market.name})
    figures: Figures = {"market": market.name, "phase": hours.phase}
    if hours.trades(premarket=terms.premarket, afterhours=terms.afterhours):
        early = terms.flatten_before_close
        if early is not None and hours.close is not None and draft.at >= hours.close - early:
            left = hours.close - draft.at
            return Refusal(Code.CLOSING_SOON, figures | {"to_close_s": left, "flatten_before_close_s": early})
        return figures
    if draft.signal.order.tif is TimeInForce.ON_OPEN:
        return figures  # it is for the open, so that it has to be at the venue before
    figures |= {"opens_in_s": hours.next_open - draft.at}
    if terms.queue_when_closed and draft.strategy is None:  # a setup is of its moment: it waits for no open
        return Wait(Code.MARKET_CLOSED, figures)
    return Refusal(Code.MARKET_CLOSED, figures)
