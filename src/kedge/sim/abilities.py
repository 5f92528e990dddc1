"""What the simulated exchange can be made to do without, so that a venue that has less can be rehearsed."""

import msgspec
from msgspec.structs import replace

from kedge.domain.capabilities import Capabilities
from kedge.domain.orders import OrderRequest, OrderType, TimeInForce


class Abilities(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What it has; what it has not it refuses, and an order that is only to reduce is one like any other."""

    bracket: bool = True
    oco: bool = True
    replace: bool = True
    reduce_only: bool = True
    gtc: bool = True
    stop_orders: bool = True
    stop_limit_orders: bool = True
    trailing_orders: bool = True

    @property
    def capabilities(self) -> Capabilities:
        """The same, as the kernel plans by it."""
        return Capabilities(
            order_types=tuple(kind for kind in OrderType if self._has(kind)),
            times_in_force=tuple(tif for tif in TimeInForce if self.gtc or tif is not TimeInForce.GTC),
            bracket=self.bracket,
            oco=self.oco,
            replace=self.replace,
            reduce_only=self.reduce_only,
        )

    def fault_in(self, request: OrderRequest) -> str:
        """Why an order is not taken here, if it is not."""
        if not self._has(request.type):
            return f"there are no {request.type} orders here"
        if request.tif is TimeInForce.GTC and not self.gtc:
            return "there are no gtc orders here"
        return ""

    def as_taken(self, request: OrderRequest) -> OrderRequest:
        """The order as it works here."""
        return request if self.reduce_only else replace(request, reduce_only=False)

    def _has(self, kind: OrderType) -> bool:
        flags = {
            OrderType.STOP: self.stop_orders,
            OrderType.STOP_LIMIT: self.stop_limit_orders,
            OrderType.TRAILING_STOP: self.trailing_orders,
        }
        return flags.get(kind, True)
