"""While a kill switch has something to take away, the venues are asked again and again what is still open there.

What they say is handed in; whether it is over is the kernel's word. A start of the engine goes on where the last one
was stopped, for what is asked for is part of the book.
"""

import asyncio
import logging

from kedge.domain.ids import AccountId
from kedge.domain.inputs import VenueListed
from kedge.domain.numbers import to_nano, use_exact_arithmetic
from kedge.engine.clock import Clock
from kedge.engine.venue_accounts import accounts_at
from kedge.engine.writer import Writer
from kedge.kernel.state import BookState
from kedge.venues.base import Venue
from kedge.venues.errors import VenueError

log = logging.getLogger("kedge.engine")

PAUSE_SECONDS_FIRST = 0.1
PAUSE_SECONDS_MAX = 5.0
REST_SECONDS_MAX = 0.5  # also when something happens all the time


class KillWatch:
    """Asks the venues of one engine."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        """Nobody is asked before `attend`."""
        self._writer = writer
        self._clock = clock
        self._woken: list[asyncio.Event] = []

    def wake(self) -> None:
        """Something has happened: look again soon."""
        for woken in self._woken:
            woken.set()

    async def attend(self, venue: Venue) -> None:
        """Ask one venue whenever there is something to ask it for."""
        woken = asyncio.Event()
        self._woken.append(woken)
        pause = PAUSE_SECONDS_FIRST
        while True:
            woken.clear()
            wanted = [each for each in accounts_at(self._state, venue.name) if is_wanted(self._state, each)]
            for account in wanted:
                await self._ask(venue, account)
            if not wanted:
                await woken.wait()
                pause = PAUSE_SECONDS_FIRST
                continue
            await asyncio.sleep(min(pause / 2, REST_SECONDS_MAX))
            try:
                async with asyncio.timeout(pause):
                    await woken.wait()
            except TimeoutError:
                pass
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _ask(self, venue: Venue, account: AccountId) -> None:
        """Without an answer nothing is said: the next one will do."""
        asked = self._clock()
        try:
            orders = await venue.open_orders(account)
            held = await venue.positions(account)
        except VenueError as error:
            log.info("venue %s does not say what is open in account %s: %s", venue.name, account, error)
            return
        except Exception:  # an adapter's own fault must not end the engine, which protects what is open
            log.exception("the adapter of venue %s failed", venue.name)
            return
        use_exact_arithmetic()
        there = {symbol: to_nano(quantity) for symbol, quantity in held.items()}
        self._writer.take_listing(
            VenueListed(venue.name, account, tuple(orders), there, asked, at=self._clock())
        )

    @property
    def _state(self) -> BookState:
        return self._writer.book.state


def is_wanted(state: BookState, venue_account: AccountId) -> bool:
    """Whether a kill switch waits for a word on an account at a venue."""
    return any(not kill.confirmed and venue_account in kill.held_at for kill in state.kills.values())
