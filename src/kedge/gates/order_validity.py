"""Would the venue take this order: its type, its time in force, and its prices on the grid?"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.numbers import Nano, from_nano, on_grid, to_nano
from kedge.domain.orders import OrderType
from kedge.domain.signals import WantedOrder
from kedge.gates.gate import Draft, Figures, Refusal

# Which prices each type of order needs; any other price is refused, for it would be silently dropped.
NEEDED: dict[OrderType, tuple[str, ...]] = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("trail",),
}


def order_validity(draft: Draft) -> Figures | Refusal:
    """Refuse here what the venue would refuse later, or worse, take in another sense."""
    wanted, instrument = draft.signal.order, draft.instrument
    able = draft.account.terms.capabilities
    if wanted.type not in able.order_types:
        return Refusal(
            Code.ORDER_TYPE_UNSUPPORTED, {"type": wanted.type, "allowed": ", ".join(able.order_types)}
        )
    if wanted.tif not in able.times_in_force:
        return Refusal(
            Code.TIME_IN_FORCE_UNSUPPORTED, {"tif": wanted.tif, "allowed": ", ".join(able.times_in_force)}
        )
    figures: Figures = {"type": wanted.type, "tif": wanted.tif, "tick": to_nano(instrument.tick)}
    return _prices_refusal(wanted, instrument.tick, figures) or figures


def _prices_refusal(wanted: WantedOrder, tick: Decimal, figures: Figures) -> Refusal | None:
    needed = NEEDED[wanted.type]
    for name, given in (
        ("limit_price", wanted.limit_price),
        ("stop_price", wanted.stop_price),
        ("trail", _trail(wanted)),
    ):
        if given is None:
            if name in needed:
                return Refusal(Code.PRICE_MISSING, figures | {"missing": name})
            continue
        price = from_nano(given)
        figures[name] = given
        if name not in needed:
            return Refusal(Code.PRICE_NOT_USED, figures)
        if price <= 0:
            return Refusal(Code.PRICE_NOT_POSITIVE, figures)
        if name == "trail" and wanted.trail_amount is not None and wanted.trail_percent is not None:
            return Refusal(Code.PRICE_NOT_USED, figures | {"trail_percent": wanted.trail_percent})
        if wanted.trail_percent is None and not on_grid(price, tick):
            return Refusal(Code.PRICE_OFF_TICK, figures)
    return None


def _trail(wanted: WantedOrder) -> Nano | None:
    return wanted.trail_amount if wanted.trail_amount is not None else wanted.trail_percent
