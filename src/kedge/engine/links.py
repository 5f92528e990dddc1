"""The engine's links to the world: venues are connected and listened to, feeds are connected and passed on.

    venue ──reports──► Writer            feed ──market data──► MarketIntake
          ──quotes───► MarketIntake

A venue that cannot be reached is tried again with growing pauses, for as long as the engine runs. So is a feed; one
that breaks for a reason of its own is given up with a loud word, for orders and stops at the venues go on without it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from kedge.domain.announcements import Announcement, Schedule
from kedge.domain.ids import Symbol, VenueName
from kedge.domain.inputs import VenueReconnected
from kedge.domain.instants import Instant, Span
from kedge.domain.quotes import Quote
from kedge.engine.clock import Clock
from kedge.engine.dispatch import Dispatcher
from kedge.engine.holdings import Holdings
from kedge.engine.intake import MarketIntake
from kedge.engine.venue_accounts import accounts_at, last_change_at, open_orders_at
from kedge.engine.writer import Writer
from kedge.feeds.base import BringsHistory, Feed, FeedItem
from kedge.feeds.base import Link as FeedLink
from kedge.feeds.errors import FeedError, UnreachableError
from kedge.feeds.stream import StreamFeed
from kedge.venues.base import BringsQuotes, Link, TellsAmendments, TellsChanges, Venue
from kedge.venues.errors import NotSentError, VenueError

log = logging.getLogger("kedge.engine")

RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Links:
    """All venues and feeds of one engine."""

    def __init__(
        self,
        venues: Sequence[Venue],
        feeds: Sequence[Feed],
        writer: Writer,
        intake: MarketIntake,
        dispatcher: Dispatcher,
        clock: Clock,
    ) -> None:
        """Nothing is connected before `open`."""
        self._venues = tuple(venues)
        self._feeds = tuple(feeds)
        self._writer = writer
        self._intake = intake
        self._dispatcher = dispatcher
        self._clock = clock
        self._holdings = Holdings(writer, clock)
        self._beside: dict[asyncio.Task[None], None] = {}  # what goes on beside the attending

    def open(self) -> "list[asyncio.Task[None]]":
        """Begin to attend to everything; the tasks last for as long as there is something to attend to."""
        loop = asyncio.get_running_loop()
        tasks = []
        for venue in self._venues:
            venue.watch(self._link_listener(venue))
            tasks.append(loop.create_task(self._attend_venue(venue), name=f"venue {venue.name}"))
        for feed in self._feeds:
            if isinstance(feed, BringsHistory):  # until it is there nobody knows what has been missed
                self._intake.charts.expect(feed.instruments)
            tasks.append(loop.create_task(self._attend_feed(feed), name=f"feed {feed.name}"))
        return tasks

    async def close(self) -> None:
        """Let go of all of them; to be called when the tasks have ended."""
        for task in list(self._beside):
            task.cancel()
        for feed in self._feeds:
            await feed.close()
        for venue in self._venues:
            await venue.close()

    # -- venues --

    async def _attend_venue(self, venue: Venue) -> None:
        """Connect, then pass on what the venue says for as long as it says something."""
        await _until_reached(venue.connect, NotSentError, f"venue {venue.name}")
        await self._reached(venue)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump_reports(venue))
            group.create_task(self._holdings.compare(venue))
            if isinstance(venue, BringsQuotes):
                group.create_task(self._pump_quotes(venue.quotes()))

    async def _reached(self, venue: Venue) -> None:
        """First what it changed by itself: what it shows of an order from now on is told in the terms of after it."""
        if isinstance(venue, TellsChanges):
            try:
                await self._catch_up(venue.name, venue)
            except VenueError as error:
                log.warning("venue %s does not tell what it changed by itself: %s", venue.name, error)
        if isinstance(venue, TellsAmendments):
            try:
                await self._take_amendments(venue.name, venue)
            except VenueError as error:
                log.warning("venue %s does not tell which fills it took back: %s", venue.name, error)
        self._dispatcher.reached(venue.name)
        self._holdings.look_soon(venue.name)
        self._writer.take(VenueReconnected(venue.name, at=self._clock()))

    async def _catch_up(self, name: VenueName, venue: TellsChanges) -> None:
        state = self._writer.book.state
        for account in accounts_at(state, name):
            orders = open_orders_at(state, account)
            for report in await venue.changes(account, last_change_at(state, account), orders):
                self._writer.take_report(report)

    async def _take_amendments(self, name: VenueName, venue: TellsAmendments) -> None:
        """Of orders that are over nobody asks again, so what became of their fills is asked for by itself."""
        for account in accounts_at(self._writer.book.state, name):
            for amendment in await venue.amendments(account):
                self._writer.take_report(amendment)

    async def _pump_reports(self, venue: Venue) -> None:
        async for report in venue.reports():
            self._writer.take_report(report)

    async def _pump_quotes(self, quotes: AsyncIterator[Quote]) -> None:
        """A venue that brings prices has filled by them already; the engine judges them all the same."""
        async for quote in quotes:
            self._intake.take_from_venue(quote)

    def _link_listener(self, venue: Venue) -> Callable[[Link, str], None]:
        told = False  # the first time that it comes up is seen to by `_attend_venue`

        def listen(link: Link, why: str) -> None:
            nonlocal told
            first, told = link is Link.UP and not told, True
            log.log(
                logging.INFO if first else logging.WARNING, "venue %s is %s: %s", venue.name, link.value, why
            )
            if link is Link.UP and not first:
                self._keep(asyncio.create_task(self._reached(venue)))

        return listen

    # -- feeds --

    async def _attend_feed(self, feed: Feed) -> None:
        """Connect, then pass on what the feed brings until it ends."""
        feed.watch(_feed_listener(feed.name))
        keep = isinstance(feed, StreamFeed)  # what is made up or recorded already needs no keeping
        async for told in _until_it_fails(feed, self._begin_charts):
            if isinstance(told, Announcement):
                self._intake.announce(told)
            elif isinstance(told, Schedule):
                self._intake.schedule(told)
            else:
                self._intake.take(told, keep=keep)
        self._intake.charts.give_up(feed.instruments)

    async def _begin_charts(self, feed: Feed) -> None:
        """Bars of the past come when they come: nothing waits for them."""
        if isinstance(feed, BringsHistory):
            for symbol in feed.instruments:
                self._keep(asyncio.create_task(self._intake.charts.load(feed, symbol, self._clock())))

    def mend(self, symbol: Symbol, length: Span, end: Instant) -> bool:
        """Ask the feed of an instrument for the bar that ended then; False where it brings no history."""
        for feed in self._feeds:
            if isinstance(feed, BringsHistory) and symbol in feed.instruments:
                self._keep(asyncio.create_task(self._intake.charts.mend(feed, symbol, length, end)))
                return True
        return False

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._beside[task] = None
        task.add_done_callback(self._beside.pop)


def _feed_listener(name: str) -> Callable[[FeedLink, str], None]:
    """People are told when prices are lost, and when they are there again."""
    was_up = False

    def listen(link: FeedLink, why: str) -> None:
        nonlocal was_up
        first, was_up = link is FeedLink.UP and not was_up, True
        log.log(logging.INFO if first else logging.WARNING, "feed %s is %s: %s", name, link.value, why)

    return listen


async def _until_it_fails(
    feed: Feed, connected: Callable[[Feed], Awaitable[None]]
) -> AsyncIterator[FeedItem | Schedule]:
    """A feed's own fault must not end the engine, which protects what is open; what comes of its prices may."""
    try:
        await _until_reached(feed.connect, UnreachableError, f"feed {feed.name}")
        await connected(feed)
    except FeedError as error:
        log.error("feed %s has failed, and there are no prices from it: %s", feed.name, error)  # noqa: TRY400 (known)
        return
    except Exception:
        log.exception("feed %s has failed: there are no prices from it", feed.name)
        return
    data = feed.data()
    while True:
        try:
            item = await anext(data)
        except StopAsyncIteration:
            return
        except FeedError as error:
            log.error("feed %s has failed, and there are no more prices from it: %s", feed.name, error)  # noqa: TRY400
            return
        except Exception:
            log.exception("feed %s has failed: there are no prices from it any more", feed.name)
            return
        yield item


async def _until_reached(connect: Callable[[], Awaitable[None]], refusal: type[Exception], what: str) -> None:
    attempt = 0
    while True:
        try:
            await connect()
            return
        except refusal as error:
            pause = RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)]
            log.warning("%s cannot be reached (%s); next try in %.1f s", what, error, pause)
            attempt += 1
            await asyncio.sleep(pause)
