"""What venues say that they hold, asked for when they come into reach and from then on at intervals.

An answer can be older than a fill that has been told of, or newer than one that has not. So each is asked for twice,
and handed in only when both say the same and nothing was changed there in between. While an order is under way the
kernel leaves its instrument for the next time.
"""

import asyncio
import logging

from kedge.domain.ids import AccountId, Symbol, VenueName
from kedge.domain.inputs import VenueHeld
from kedge.domain.numbers import Nano, to_nano, use_exact_arithmetic
from kedge.engine.clock import Clock
from kedge.engine.venue_accounts import accounts_at, last_change_at
from kedge.engine.writer import Writer
from kedge.venues.base import Venue
from kedge.venues.errors import VenueError

log = logging.getLogger("kedge.engine")

EVERY_SECONDS = 30.0
TWICE_WITHIN_SECONDS = 1.0


class Holdings:
    """Asks the venues of one engine."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        """Nobody is asked before `compare`."""
        self._writer = writer
        self._clock = clock
        self._sooner: dict[VenueName, asyncio.Event] = {}

    def look_soon(self, venue: VenueName) -> None:
        """Do not wait for the interval to end: the venue has come into reach."""
        self._sooner.setdefault(venue, asyncio.Event()).set()

    async def compare(self, venue: Venue) -> None:
        """Ask as long as there is somebody to ask. Without an answer nothing is said: the next one will do."""
        sooner = self._sooner.setdefault(venue.name, asyncio.Event())
        while True:
            sooner.clear()
            for account in accounts_at(self._writer.book.state, venue.name):
                try:
                    await self._look(venue, account)
                except VenueError as error:
                    log.info("venue %s does not say what account %s holds: %s", venue.name, account, error)
                except (
                    Exception
                ):  # an adapter's own fault must not end the engine, which protects what is open
                    log.exception("the adapter of venue %s failed", venue.name)
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await sooner.wait()
            except TimeoutError:
                pass

    async def _look(self, venue: Venue, account: AccountId) -> None:
        state = self._writer.book.state
        known = last_change_at(state, account)
        first = await self._held(venue, account)
        await asyncio.sleep(TWICE_WITHIN_SECONDS)
        asked = self._clock()
        held = await self._held(venue, account)
        if held == first and last_change_at(state, account) == known:
            self._writer.take(VenueHeld(venue.name, account, held, asked, at=self._clock()))

    async def _held(self, venue: Venue, account: AccountId) -> dict[Symbol, Nano]:
        held = await venue.positions(account)
        use_exact_arithmetic()
        return {symbol: to_nano(quantity) for symbol, quantity in held.items()}
