"""Stakes: what an account has in one instrument, or in all of them, everything that is under way counted at its worst.

At its worst means: each side by itself, as if every entry filled and nothing of the other side did. An order that the
venue has not answered for counts, and so does one that is being withdrawn; one that is being made larger counts as
large.
"""

from decimal import Decimal

import msgspec

from kedge.domain.instruments import Instrument
from kedge.domain.limits import Counted
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Side


class Stake(msgspec.Struct, frozen=True, gc=False):
    """Quantities are unsigned, money is in the account's currency."""

    buys: Decimal = ZERO  # what is held long, and what entries may still buy
    sells: Decimal = ZERO  # the same of the other side
    exposure: Decimal = ZERO  # of the larger side
    risk: Decimal = ZERO  # from the entries to their stops, of the larger side
    tied: Decimal = (
        ZERO  # cash that entries under way may take, and that open futures and short sales hold back
    )
    worth: Decimal = ZERO  # what is open adds to the cash to make the equity
    gain: Decimal = ZERO  # of what is open, where it was last marked
    unsettled: Decimal = ZERO  # the part of it that is paid in cash day by day: that of futures
    orders: int = 0  # at the venue, or on their way to it
    used: int = 0  # instruments in which something is open or may become so

    def changed(self, before: "Stake", now: "Stake") -> "Stake":
        """With one part of it in place of what that part was before."""
        return Stake(
            self.buys - before.buys + now.buys,
            self.sells - before.sells + now.sells,
            self.exposure - before.exposure + now.exposure,
            self.risk - before.risk + now.risk,
            self.tied - before.tied + now.tied,
            self.worth - before.worth + now.worth,
            self.gain - before.gain + now.gain,
            self.unsettled - before.unsettled + now.unsettled,
            self.orders - before.orders + now.orders,
            self.used - before.used + now.used,
        )

    def of(self, side: Side) -> Decimal:
        """How much there may be on this side."""
        return self.buys if side is Side.BUY else self.sells


NO_STAKE = Stake()


def exposure_of(instrument: Instrument, quantity: Decimal, price: Decimal, counted: Counted) -> Decimal:
    """What so much counts for: its value, or of a future the margin that it ties up, where the account counts so."""
    if instrument.margin is not None and counted is Counted.MARGIN:
        return quantity * instrument.margin
    return instrument.value(quantity, price)


def tied_by(instrument: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
    """The cash that it takes to open so much: the margin of a future, else the full value."""
    if not instrument.settles_in_full and instrument.margin is not None:
        return quantity * instrument.margin
    return instrument.value(quantity, price)


def risk_between(
    instrument: Instrument, side: Side, quantity: Decimal, price: Decimal, stop: Decimal | None
) -> Decimal:
    """What is lost from a price to a stop; without a stop all of it."""
    if stop is None:
        return instrument.value(quantity, price)
    return instrument.value(quantity, max(side.sign * (price - stop), ZERO))
