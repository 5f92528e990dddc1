"""The volume-weighted average price of a session: what was paid in all, for each unit of what was traded."""

import msgspec

from kedge.domain.instants import Instant
from kedge.market.indicators.feed import LARGEST, refuse


def typical_price(high: float, low: float, close: float) -> float:
    """The price that stands for a bar where the trades inside it are not known."""
    return (high + low + close) / 3.0


class Vwap(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """None until something has been traded in the session; a new session begins from nothing."""

    value: float | None = None
    opened: Instant | None = None  # the session, by its open
    paid: float = 0.0
    volume: float = 0.0

    def update(self, opened: Instant, price: float, volume: float) -> float | None:
        """Take a trade or a bar of the session that opened at `opened`."""
        if not (-LARGEST <= price <= LARGEST and -LARGEST <= volume <= LARGEST):
            refuse("Vwap", price, volume)
        if volume < 0.0:
            raise ValueError(f"Vwap: a volume cannot be {volume}")
        if opened != self.opened:
            self.opened, self.value, self.paid, self.volume = opened, None, 0.0, 0.0
        self.paid += price * volume
        self.volume += volume
        if self.volume:
            self.value = self.paid / self.volume
        return self.value
