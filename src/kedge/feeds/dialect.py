"""What a broker's adapter has to know of its stream: where it is, how to begin, and what its messages mean.

Everything else (connecting, reconnecting, silence, order, queues) is the same for all and lives in `StreamFeed`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import aiohttp
import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.quotes import MarketData
from kedge.feeds.base import FeedItem
from kedge.feeds.line import Line


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One item of a message, with its number where the source counts them by instrument."""

    data: FeedItem
    number: int | None = None


class Dialect(Protocol):
    """One source's words."""

    @property
    def url(self) -> str:
        """Where the stream is."""

    @property
    def numbers_persist(self) -> bool:
        """Whether the source goes on counting over connections."""

    async def greet(self, line: Line) -> None:
        """Authenticate and subscribe, and wait for the answer; raises `RefusedError`. Done anew for each connection."""

    def read(self, message: str | bytes) -> Sequence[Heard]:
        """What a message holds; nothing where it is a mere sign of life. Raises `GarbledError`."""

    async def missed(
        self, session: aiohttp.ClientSession, since: Mapping[Symbol, Instant]
    ) -> Sequence[MarketData]:
        """What happened after these instants, in the order of time, from history; raises a `FeedError`."""
