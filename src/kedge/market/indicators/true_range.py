"""The true range of a bar: its own range, stretched to the close before it where the market has jumped."""

import msgspec

from kedge.market.indicators.feed import LARGEST, refuse


class TrueRange(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """None at the first bar, which has no close before it."""

    value: float | None = None
    last: float | None = None

    def update(self, high: float, low: float, close: float) -> float | None:
        """Take the next bar."""
        if not (-LARGEST <= low <= LARGEST and -LARGEST <= high <= LARGEST and -LARGEST <= close <= LARGEST):
            refuse("TrueRange", high, low, close)
        last, self.last = self.last, close
        if last is not None:
            # There is one zero: a range of none must not come out as -0.0.
            self.value = max(high - low + 0.0, abs(high - last), abs(low - last))
        return self.value
