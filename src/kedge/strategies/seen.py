"""What a strategy looks at when a bar is known: the bar, its session, and the indicators that it has asked for."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.signals import Direction
from kedge.market.hours import Hours

Reading = (
    float | Decimal | None
)  # averages are floats; what is a price of the market is exact; None: not known yet


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One bar at its close. Prices are exact, on the tick of the instrument."""

    instrument: Symbol
    tick: Decimal
    start: Instant
    end: Instant
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    missing: Span  # of its time, that nobody can vouch for
    session: Hours | None  # the one that it lies in
    before: "Seen | None"  # the bar before it, in whichever session that was
    readings: Mapping[str, Reading]  # by the name of a `Need`, this bar counted

    def number(self, need: str) -> float | None:
        """An average."""
        reading = self.readings[need]
        return None if reading is None else float(reading)

    def price(self, need: str) -> Decimal | None:
        """A level."""
        reading = self.readings[need]
        assert not isinstance(reading, float), f"{need} is an average, and no price"
        return reading


class Own(NamedTuple):
    """How the strategy itself stands at the close of the bar."""

    position: Direction | None  # what its account has open in the instrument
    entries: int  # of this session: setups of which an order was sent
    trades: int  # of this session, closed
    wins: int
