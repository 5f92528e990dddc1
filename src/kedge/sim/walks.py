"""Random walks of several instruments: a market that is made up, open at any hour."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import up_to, use_exact_arithmetic
from kedge.domain.quotes import MarketData, Quote
from kedge.sim.prices import pair_of
from kedge.sim.walk import RandomWalk, WalkTerms

START = Decimal(100)  # where a walk begins that nobody gave a price for


class Walks:
    """The next quote of each instrument, every time it is called."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        starts: Mapping[Symbol, Decimal],
        seed: int,
        market: Mapping[Symbol, MarketData],
        terms: WalkTerms | None = None,
    ) -> None:
        """Begin at `starts`, or where the `market` of an exchange that was restarted stands; raises `ValueError`."""
        use_exact_arithmetic()
        self._terms = terms if terms is not None else WalkTerms()
        self._now = max((data.at for data in market.values()), default=Instant(0))
        self._walks = [
            self._begin(instrument, starts.get(instrument.symbol), seed, market.get(instrument.symbol))
            for instrument in instruments
        ]

    def __call__(self, at: Instant) -> Sequence[Quote]:
        """One quote for each instrument; when the clock was set back they stay at the time they have reached."""
        self._now = max(self._now, at)
        return [walk.quote(self._now) for walk in self._walks]

    def _begin(
        self, instrument: Instrument, start: Decimal | None, seed: int, last: MarketData | None
    ) -> RandomWalk:
        if last is None:
            first = up_to(START, instrument.tick) if start is None else start
            return RandomWalk(instrument, first, seed, self._terms)
        bid, ask = pair_of(last, 0)
        middle = instrument.tick * ((bid + ask) // 2 or 1)
        # Another seed for each leg, lest every one of them repeats the first.
        return RandomWalk(instrument, middle, seed + last.at, self._terms)
