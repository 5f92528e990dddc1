"""What the exchange refuses by raising: only what no report could answer."""

from kedge.domain.ids import OrderId


class DuplicateOrderError(ValueError):
    """The client order id was seen before. It proves that an earlier request with this id has arrived."""

    def __init__(self, order: OrderId) -> None:
        super().__init__(f"order id {order} was used before; an id is good for one order, for ever")
        self.order = order


class AmendmentError(ValueError):
    """A trade cannot be annulled or corrected, and why; nothing was done."""
