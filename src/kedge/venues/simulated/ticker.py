"""Lets time pass at an exchange: prices move at a pace, and what is delayed becomes due."""

import asyncio
from collections.abc import Callable, Sequence

from kedge.domain.inputs import VenueReport
from kedge.domain.instants import NEVER, SECOND, Instant
from kedge.domain.quotes import Quote
from kedge.venues.simulated.exchange import Exchange

_LONGEST_WAIT_SECONDS = 1.0  # clocks are set: none is trusted for longer than this

Prices = Callable[[Instant], Sequence[Quote]]


class Ticker:
    """The pulse of one exchange. Without prices, or without a pace, the market stands still and only delays pass."""

    def __init__(
        self,
        exchange: Exchange,
        clock: Callable[[], Instant],
        prices: Prices | None,
        per_second: float,
        on_quotes: Callable[[Sequence[Quote]], None],
        on_reports: Callable[[Sequence[VenueReport]], None],
    ) -> None:
        """`prices` gives the next quotes, and is asked `per_second` times; what comes of it is told first by quote."""
        self._exchange = exchange
        self._clock = clock
        self._prices = prices if per_second > 0 else None
        self._pause = round(SECOND / per_second) if per_second > 0 else 0
        self._on_quotes = on_quotes
        self._on_reports = on_reports
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something may be due earlier than what is waited for."""
        self._woken.set()

    async def run(self) -> None:
        """Let time pass until cancelled, or until the exchange can go on no longer (its error comes out here)."""
        moves_at = NEVER if self._prices is None else self._clock()
        while True:
            self._woken.clear()
            now = self._clock()
            if self._prices is not None and now >= moves_at:
                self._move(self._prices(now))
                moves_at = Instant(
                    max(moves_at, now - self._pause) + self._pause
                )  # a late one is not made up for
            if now >= self._exchange.next_due:
                self._on_reports(self._exchange.advance(now))
            await self._wait(min(moves_at, self._exchange.next_due) - self._clock())

    def _move(self, quotes: Sequence[Quote]) -> None:
        self._on_quotes(quotes)
        for quote in quotes:
            self._on_reports(self._exchange.take(quote))

    async def _wait(self, span: int) -> None:
        seconds = min(max(span, 0) / SECOND, _LONGEST_WAIT_SECONDS)
        if not seconds:
            await asyncio.sleep(0)  # nothing to wait for, but others want to run too
            return
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
