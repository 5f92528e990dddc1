"""What the exchange checks before it takes an order. Each check returns the reason for a refusal, or nothing."""

from collections.abc import Sequence

from kedge.domain.ids import ID_LENGTH_MAX
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, from_nano, plain, to_nano
from kedge.domain.orders import OrderRequest, OrderType, TimeInForce

_NEEDS = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("limit_price", "stop_price"),
    OrderType.TRAILING_STOP: (),
}
_MAY = {OrderType.TRAILING_STOP: ("stop_price", "trail_amount", "trail_percent")}
_PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")
_LEG_TIFS = (TimeInForce.DAY, TimeInForce.GTC)
_STOP_TIFS = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
_WHOLE_PERCENT = Nano(100_000_000_000)


def fault_in_order(request: OrderRequest, instrument: Instrument) -> str:
    """What is wrong with an order's terms, if anything."""
    return (
        _fault_in_id(request)
        or fault_in_quantity(request.quantity, instrument)
        or _fault_in_prices(request, instrument)
        or _fault_in_trail(request)
        or _fault_in_time(request)
    )


def fault_in_legs(entry: OrderRequest, legs: Sequence[OrderRequest]) -> str:
    """What is wrong with the exits of a bracket, if anything."""
    return next(filter(None, (_fault_in_leg(leg, entry) for leg in legs)), "")


def fault_in_pair(first: OrderRequest, second: OrderRequest) -> str:
    """What keeps two orders from being one-cancels-other, if anything."""
    if (first.account, first.instrument) != (second.account, second.instrument):
        return "the two orders of a pair must be for one account and instrument"
    if first.quantity != second.quantity:
        return "the two orders of a pair must have one quantity"
    for request in (first, second):
        if request.type is OrderType.MARKET or request.tif not in _LEG_TIFS:
            return f"{request.id} cannot be one of a pair: it must rest, as a limit or a stop, day or gtc"
    return ""


def fault_in_quantity(quantity: int, instrument: Instrument) -> str:
    """What is wrong with a quantity, if anything."""
    if quantity <= 0:
        return f"quantity must be above 0, not {plain(from_nano(Nano(quantity)))}"
    if quantity % to_nano(instrument.lot):
        return f"quantity {plain(from_nano(Nano(quantity)))} is not a multiple of the lot {plain(instrument.lot)}"
    return ""


def fault_in_price(name: str, price: int, instrument: Instrument) -> str:
    """What is wrong with a price, if anything."""
    if price <= 0:
        return f"{name} must be above 0, not {plain(from_nano(Nano(price)))}"
    if price % to_nano(instrument.tick):
        return f"{name} {plain(from_nano(Nano(price)))} is not on the tick {plain(instrument.tick)}"
    return ""


def _fault_in_leg(leg: OrderRequest, entry: OrderRequest) -> str:
    if leg.parent != entry.id:
        return f"leg {leg.id} names {leg.parent} as its parent, not the entry {entry.id}"
    if (leg.account, leg.instrument) != (entry.account, entry.instrument):
        return f"leg {leg.id} is for another account or instrument than its entry"
    if leg.side is entry.side:
        return f"leg {leg.id} is on the side of its entry; an exit trades the other way"
    if leg.type is OrderType.MARKET:
        return f"leg {leg.id} is a market order; an exit of a bracket is a limit or a stop"
    if leg.tif not in _LEG_TIFS:
        return f"leg {leg.id} is {leg.tif}; an exit of a bracket is day or gtc"
    if leg.quantity > entry.quantity:
        return f"leg {leg.id} is larger than its entry"
    if entry.reduce_only:
        return f"entry {entry.id} is reduce-only and so cannot have exits"
    return ""


def _fault_in_id(request: OrderRequest) -> str:
    if not request.id or len(request.id) > ID_LENGTH_MAX:
        return f"order id must have 1 to {ID_LENGTH_MAX} characters"
    return ""


def _fault_in_prices(request: OrderRequest, instrument: Instrument) -> str:
    needed = _NEEDS[request.type]
    allowed = _MAY.get(request.type, needed)
    for name in _PRICES:
        price: int | None = getattr(request, name)
        if price is None:
            if name in needed:
                return f"a {request.type} order needs a {name}"
        elif name not in allowed:
            return f"a {request.type} order takes no {name}"
        elif name == "trail_percent":
            if not 0 < price < _WHOLE_PERCENT:
                return f"trail_percent must lie between 0 and 100, not {plain(from_nano(Nano(price)))}"
        elif fault := fault_in_price(name, price, instrument):
            return fault
    return ""


def _fault_in_trail(request: OrderRequest) -> str:
    given = (request.trail_amount is not None) + (request.trail_percent is not None)
    if request.type is OrderType.TRAILING_STOP and given != 1:
        return "a trailing_stop order needs either trail_amount or trail_percent"
    return ""


def _fault_in_time(request: OrderRequest) -> str:
    if request.type in _STOPS and request.tif not in _STOP_TIFS:
        return f"a {request.type} order cannot be {request.tif}"
    return ""
