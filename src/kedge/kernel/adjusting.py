"""Another order for the same intent: what can be asked for when a venue has refused what was.

Nothing here asks for more risk than there was: a quantity only gets smaller, a limit only worse for the chance to
fill, a stop only nearer to the market. What it cannot do it says in words.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from msgspec.structs import replace

from kedge.domain.accounts import AccountTerms
from kedge.domain.instruments import Instrument
from kedge.domain.intents import Intent
from kedge.domain.numbers import ZERO, Nano, down_to, from_nano, plain, to_nano, up_to
from kedge.domain.orders import OrderRequest, OrderType, Role, Side
from kedge.domain.refusals import RejectKind
from kedge.protection.targets import Share, in_lots

_HUNDRED = Decimal(100)
_HALF = Decimal(2)


class Hints(NamedTuple):
    """What the venue said beside its no."""

    fits: Nano | None = None
    tick: Nano | None = None


class Asked(NamedTuple):
    """An entry with its exits, and what is other than before."""

    request: OrderRequest
    legs: tuple[OrderRequest, ...]
    changes: dict[str, str]


def adjusted(
    asked: Asked, kind: RejectKind, hints: Hints, instrument: Instrument, terms: AccountTerms, intent: Intent
) -> Asked | str:
    """What to ask for instead; or why there is nothing."""
    match kind:
        case RejectKind.FUNDS:
            return _smaller(asked, hints.fits, instrument, intent)
        case RejectKind.PRICE_GRID:
            return _on_grid(asked, hints.tick, instrument)
        case RejectKind.MARKET_ORDERS:
            return _with_limit(asked, instrument, terms, intent)
        case _:
            return "nothing about the order could be changed"


def _smaller(asked: Asked, fits: Nano | None, instrument: Instrument, intent: Intent) -> Asked | str:
    """As much as the venue would take; half, where it does not say."""
    before = from_nano(asked.request.quantity)
    room = before / _HALF if fits is None else min(from_nano(fits), before - instrument.lot)
    quantity = down_to(room, instrument.lot)
    if quantity <= ZERO:
        return "nothing is left to ask for"
    if instrument.is_too_small(quantity, None if intent.reference is None else from_nano(intent.reference)):
        return "what is left is less than the venue takes"
    return Asked(
        replace(asked.request, quantity=to_nano(quantity)),
        tuple(_resized(asked.legs, before, quantity, instrument)),
        {"quantity": f"{plain(before)} to {plain(quantity)}"},
    )


def _resized(
    legs: Sequence[OrderRequest], before: Decimal, quantity: Decimal, instrument: Instrument
) -> list[OrderRequest]:
    """The stop for all of it, each target for its share; one that would be for less than a lot is left out."""
    stops = [replace(leg, quantity=to_nano(quantity)) for leg in legs if leg.role is Role.STOP]
    targets = {leg.id: leg for leg in legs if leg.role is Role.TARGET}
    # A share goes by the place of its target: two may have one price.
    shares = [
        Share(Decimal(place), from_nano(leg.quantity) * _HUNDRED / before)
        for place, leg in enumerate(targets.values())
    ]
    parts = in_lots(shares, quantity, instrument.lot)
    known = list(targets.values())
    return stops + [replace(known[int(part.price)], quantity=to_nano(part.quantity)) for part in parts]


def _on_grid(asked: Asked, tick: Nano | None, instrument: Instrument) -> Asked | str:
    """Every price on the step that the venue goes by, or on our own when it does not say."""
    step = instrument.tick if tick is None else from_nano(tick)
    if step <= ZERO:
        return "the venue's step of prices is none"
    moved = [_moved(request, step) for request in (asked.request, *asked.legs)]
    if any(price is not None and price <= 0 for each in moved for price in _prices(each)):
        return f"a price on the step {plain(step)} would be 0"
    changes = {
        f"{before.role} {name}": f"{plain(from_nano(was))} to {plain(from_nano(now))}"
        for before, after in zip((asked.request, *asked.legs), moved, strict=True)
        for name, was, now in zip(("limit", "stop"), _prices(before), _prices(after), strict=True)
        if was is not None and now is not None and was != now
    }
    if not changes:
        return "its prices are on the grid that is known here"
    return Asked(moved[0], tuple(moved[1:]), changes)


def _prices(request: OrderRequest) -> tuple[Nano | None, Nano | None]:
    return request.limit_price, request.stop_price


def _moved(request: OrderRequest, step: Decimal) -> OrderRequest:
    """An entry pays no more and is triggered no sooner; a stop lies nearer to the market, a target to the entry."""
    buys, enters = request.side is Side.BUY, request.role is Role.ENTRY
    limit = None if request.limit_price is None else from_nano(request.limit_price)
    stop = None if request.stop_price is None else from_nano(request.stop_price)
    return replace(
        request,
        limit_price=None if limit is None else to_nano(_to_step(limit, step, up=buys is not enters)),
        stop_price=None if stop is None else to_nano(_to_step(stop, step, up=buys is enters)),
    )


def _to_step(price: Decimal, step: Decimal, *, up: bool) -> Decimal:
    return (price / step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * step


def _with_limit(asked: Asked, instrument: Instrument, terms: AccountTerms, intent: Intent) -> Asked | str:
    """In place of a market order a limit that fills at once, unless the market has gone further than the collar."""
    if asked.request.type is not OrderType.MARKET:
        return "it was no market order"
    if intent.reference is None:
        return "there is no price to put a limit by"
    if OrderType.LIMIT not in terms.capabilities.order_types:
        return "the venue takes no limit orders"
    buys = asked.request.side is Side.BUY
    reference = from_nano(intent.reference)
    distance = reference * terms.collar_percent / _HUNDRED
    limit = (
        down_to(reference + distance, instrument.tick)
        if buys
        else up_to(reference - distance, instrument.tick)
    )
    if limit <= ZERO:
        return "a limit within the collar would be 0"
    request = replace(asked.request, type=OrderType.LIMIT, limit_price=to_nano(limit))
    told = f"market to limit {plain(limit)}, {plain(terms.collar_percent)} % from {plain(reference)}"
    return Asked(request, asked.legs, {"type": told})
