"""The last minutes of prices, so that a chart has something to show as soon as somebody looks.

The book is looked at once a second, whatever the market does: its price is compared with the last one, and kept when
it is another.
"""

import asyncio
from collections import deque

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Ticks
from kedge.engine.clock import Clock
from kedge.engine.control.messages import Sample
from kedge.kernel.book import Book

SAMPLES_KEPT = 300
SAMPLE_SECONDS = 1.0


class Tape:
    """Prices of every instrument of a book, oldest first."""

    def __init__(self, book: Book, clock: Clock) -> None:
        """The book is only looked at."""
        self._book = book
        self._clock = clock
        self._samples: dict[Symbol, deque[tuple[Instant, Ticks]]] = {}  # twice the middle, in ticks

    async def keep(self) -> None:
        """Look once a second until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(SAMPLE_SECONDS)

    def look(self) -> None:
        """Keep the prices that have changed."""
        now = self._clock()
        for symbol in self._book.state.instruments:
            bid, ask = self._book.quote(symbol)
            if bid is None or ask is None:
                continue
            samples = self._samples.get(symbol)
            if samples is None:
                samples = self._samples[symbol] = deque(maxlen=SAMPLES_KEPT)
            double = Ticks(bid + ask)
            if not samples or samples[-1][1] != double:
                samples.append((now, double))

    def prices(self) -> dict[Symbol, tuple[Sample, ...]]:
        """What is kept, as prices."""
        instruments = self._book.state.instruments
        return {
            symbol: tuple(Sample(at, instruments[symbol].price(double) / 2) for at, double in samples)
            for symbol, samples in self._samples.items()
        }
