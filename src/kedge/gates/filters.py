"""Is this a market to enter now: at this time of day, on a quote of now, with this spread, at about this price?"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.limits import Filters
from kedge.domain.numbers import ZERO, from_nano, to_nano
from kedge.domain.orders import Side, TimeInForce
from kedge.gates.gate import Draft, Figures, Refusal

_TEN_THOUSAND = Decimal(10_000)
_NONE = Filters()


def filters(draft: Draft) -> Figures | Refusal:
    """What is waited for at the venue until its auction is not for the market of now."""
    terms, window = draft.account.terms.filters, draft.account.governed.window
    if window is not None and not window.opens <= draft.at < window.closes:
        return Refusal(
            Code.OUTSIDE_WINDOW,
            {"opens_in_s": window.opens - draft.at, "closes_in_s": window.closes - draft.at},
        )
    if terms == _NONE:
        return {"filters": "none"}
    if draft.signal.order.tif in (TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE):
        return {"filters": "not for an auction"}
    if draft.bid is None or draft.ask is None:
        return Refusal(Code.NO_QUOTE, {"bid": "none", "ask": "none"})
    figures: Figures = {"bid": to_nano(draft.bid), "ask": to_nano(draft.ask)}
    return (
        _too_old(draft, terms, figures)
        or _wide(draft, terms, figures)
        or _slipped(draft, terms, figures)
        or figures
    )


def _too_old(draft: Draft, terms: Filters, figures: Figures) -> Refusal | None:
    if terms.max_quote_age is None:
        return None
    figures["max_quote_age_s"] = terms.max_quote_age
    if draft.quoted_at is None:
        return Refusal(Code.QUOTE_TOO_OLD, figures | {"quote_age": "unknown"})
    age = max(draft.at - draft.quoted_at, 0)
    figures["quote_age_s"] = age
    return Refusal(Code.QUOTE_TOO_OLD, figures) if age > terms.max_quote_age else None


def _wide(draft: Draft, terms: Filters, figures: Figures) -> Refusal | None:
    if terms.max_spread_bps is None or draft.bid is None or draft.ask is None:
        return None
    figures |= {"spread": to_nano(draft.ask - draft.bid), "max_spread_bps": to_nano(terms.max_spread_bps)}
    middle = (draft.bid + draft.ask) / 2
    wide = (draft.ask - draft.bid) * _TEN_THOUSAND > middle * terms.max_spread_bps
    return Refusal(Code.SPREAD_TOO_WIDE, figures) if wide else None


def _slipped(draft: Draft, terms: Filters, figures: Figures) -> Refusal | None:
    """Only what is worse than expected counts."""
    expected, now = draft.signal.expected_price, draft.market_price
    if terms.max_slippage_bps is None or expected is None or now is None:
        return None
    wanted = from_nano(expected)
    worse = now - wanted if draft.side is Side.BUY else wanted - now
    figures |= {
        "expected": expected,
        "slippage": to_nano(max(worse, ZERO)),
        "max_slippage_bps": to_nano(terms.max_slippage_bps),
    }
    too_much = worse * _TEN_THOUSAND > wanted * terms.max_slippage_bps
    return Refusal(Code.SLIPPAGE_TOO_LARGE, figures) if too_much else None
