"""The port to a source of market data: what the engine asks, and what comes back. It knows no vendor.

Rules that every feed keeps (`tests/conformance/feed_exam.py` examines them):

- Of each instrument and kind of data, time never goes backward, and nothing is told twice.
- Nothing is told of an instrument that the feed did not declare.
- A listener hears when data cannot be trusted (`DOWN`, `SILENT`) and when it can again (`UP`), with a word on why.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable

from kedge.domain.announcements import Announcement, Schedule
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.quotes import Bar, MarketData


class Link(StrEnum):
    """Whether data flows. `SILENT`: there is a connection and nothing comes over it, so the last prices are stale."""

    UP = "up"
    DOWN = "down"
    SILENT = "silent"


LinkListener = Callable[[Link, str], None]
FeedItem = MarketData | Announcement


class Feed(Protocol):
    """A source of market data."""

    @property
    def name(self) -> str:
        """What the settings call the feed."""

    @property
    def instruments(self) -> Mapping[Symbol, Instrument]:
        """What it tells of; the grid of each is how its prices are counted."""

    async def connect(self) -> None:
        """Open the way to the data; raises a `FeedError`, and may then be called again."""

    def data(self) -> AsyncIterator[FeedItem | Schedule]:
        """Everything, as it comes; ends when there is no more or the feed is closed. For one reader."""

    def watch(self, listener: LinkListener) -> None:
        """Tell this listener each time data can no longer be trusted, or can again."""

    async def close(self) -> None:
        """Let go of everything; the data ends. Closing twice is no fault."""


@runtime_checkable
class BringsHistory(Protocol):
    """A feed that can be asked for what was."""

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        """The last `count` bars of this length that had ended by `before`, oldest first; fewer if there are no more."""
