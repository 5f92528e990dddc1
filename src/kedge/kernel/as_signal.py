"""An entry as the signal that would bring it about: what gates judge when it is sent again, or made larger."""

from kedge.domain.ids import SignalId
from kedge.domain.instants import Instant
from kedge.domain.orders import OrderRequest, Side
from kedge.domain.signals import Direction, Signal, SignalKind, WantedOrder


def as_signal(request: OrderRequest, at: Instant) -> Signal:
    """The order's own terms, asked for at that time."""
    return Signal(
        request.signal or SignalId(request.id),
        at,
        request.account,
        SignalKind.ENTRY,
        request.instrument,
        Direction.LONG if request.side is Side.BUY else Direction.SHORT,
        quantity=request.quantity,
        order=WantedOrder(
            request.type,
            request.limit_price,
            request.stop_price,
            request.trail_amount,
            request.trail_percent,
            request.tif,
        ),
        strategy=request.strategy,
    )
