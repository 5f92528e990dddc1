"""What of the book's events the tally counts."""

from kedge.domain import events as e
from kedge.domain.adaptive import MovedBy
from kedge.domain.orders import OrderRequest, Role

_BY_THE_MARKET = (MovedBy.TRAIL, MovedBy.BREAK_EVEN, MovedBy.WIDEN, MovedBy.TIGHTEN)
_ONE_EACH: dict[type[e.Event], str] = {
    e.CancelSubmitted: "cancels",
    e.ReplaceSubmitted: "replaces",
    e.RetryPlanned: "retries planned",
    e.OrderRetried: "orders tried again",
    e.TargetMoved: "targets moved",
    e.ExposureNoted: "stops missing",
    e.PositionClosed: "positions closed",
    e.TradingStateChanged: "trading state changed",
}


def counted(event: e.Event, request: OrderRequest | None) -> str | None:
    """What it is counted as, if at all; `request` is the order that it is about."""
    match event:
        case e.OrderSubmitted(request=sent) if sent.role is Role.DISASTER:
            return "disaster stops sent"
        case e.OrderFilled() if request is not None and request.role is Role.DISASTER:
            return "disaster stops that closed something"
        case e.Anomaly(kind="DISASTER_STOP_REFUSED"):
            return "disaster stops given up"
        case e.OrderReleased(request=released) if released.role is Role.STOP:
            return "engine-held stops let go"
        case e.OrderReplaced(terms=terms):
            is_stop = request is not None and request.role is Role.STOP and terms.stop_price is not None
            return "stops moved" if is_stop else None
        case e.PositionGrown(adds=True):
            return "positions added to"
        case e.StopMoved(by=by) if by in _BY_THE_MARKET:
            return "stops moved by the market"
        case _:
            return _ONE_EACH.get(type(event))
