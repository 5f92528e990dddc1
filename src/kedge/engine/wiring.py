"""The composition root: from settings to an engine that is ready to start, with its record, venues and feeds."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import assert_never

import msgspec

from kedge import __version__
from kedge.domain.ids import AccountId, BookId, Symbol, token
from kedge.domain.inputs import KillAsked
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.kill import KillMode
from kedge.domain.quotes import MarketData
from kedge.domain.steps import Step
from kedge.engine.clock import Clock, SteadyClock
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.engine.errors import LeftBehindError
from kedge.engine.kill_mark import KillMark, clear_mark, read_mark
from kedge.engine.listed import ledger_of
from kedge.engine.origin import Origin
from kedge.engine.rolls import Rolls
from kedge.engine.strategies.host import Hosted
from kedge.engine.venue_accounts import opening_cash, refuse_late_joiners
from kedge.feeds.actions import ActionsFeed
from kedge.feeds.base import Feed
from kedge.feeds.files.form import Stamps, Terms
from kedge.feeds.pace import Pace
from kedge.feeds.recorded import RecordedFeed
from kedge.feeds.recorder import Recorder
from kedge.feeds.simulated import SimulatedFeed
from kedge.feeds.socket import SocketAddress, SocketFeed
from kedge.journal.errors import DiskFullError
from kedge.journal.reserve import RESERVE_BYTES
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.kernel.state import BookState
from kedge.settings import values
from kedge.settings.compiling import compiled
from kedge.settings.values import Feed as FeedSettings
from kedge.settings.values import PaperVenue, Settings
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

log = logging.getLogger("kedge.engine")

BOOK = BookId("main")
MARKET_DATA = "market-data"  # the folder of what feeds brought
_JOURNAL_ID_LENGTH = 8


def open_engine(
    settings: Settings,
    clock: Clock | None = None,
    draw_bits: Callable[[int], int] = secrets.randbits,
    *,
    kill: KillMode | None = None,
) -> Engine:
    """Open the record and the venues, and wire them; nothing is sent and nobody is listened to before its start.

    From its start to its end the commands of `kedge` reach it by the socket in its data directory.

    `clock`: the system's own, when none is given. `kill`: it is to start with the kill switch on.
    Raises `JournalError`, `LedgerError`, `OSError`, and `LeftBehindError`.
    """
    clock = clock or SteadyClock()
    digest, mark = settings.digest(), read_mark(settings.data_dir)
    rolls = Rolls(settings.roots, clock())
    settings = _with_contracts(settings, rolls)
    with ExitStack() as opened:
        journal = _open_journal(settings.data_dir, draw_bits)
        opened.callback(journal.close)
        exchanges = []
        for venue in settings.venues.values():
            exchanges.append(_open_exchange(settings, venue, clock))
            opened.callback(exchanges[-1].close)
        market = _market(exchanges)
        engine = Engine(
            journal,
            [
                LocalVenue(name, exchange, clock, capabilities=venue.terms.abilities.capabilities)
                for (name, venue), exchange in zip(settings.venues.items(), exchanges, strict=True)
            ],
            feeds=[
                _feed(settings, number, feed, market, clock, draw_bits)
                for number, feed in enumerate(settings.feeds, 1)
            ]
            + ([] if settings.actions is None else [ActionsFeed(settings.actions)]),
            recorder=_recorder(settings, clock),
            rolls=rolls,
            bars=settings.bars,
            accounts=settings.accounts,
            owners=settings.owners,
            strategies=[Hosted(terms, compiled(terms, settings.folder)) for terms in settings.strategies],
            instruments=settings.instruments,
            origin=_origin(digest, kill, mark),
            clock=clock,
            draw_bits=draw_bits,
        )
        _refuse_what_is_left_behind(engine.book.state, settings, clock())
        _refuse_a_lost_record(engine.book.state, settings, exchanges)
        refuse_late_joiners(engine.book.state, settings.accounts)
        streamed = [
            symbol
            for feed in settings.feeds
            if isinstance(feed, values.SocketFeed)
            for symbol in feed.instruments
        ]
        engine.remember(market[symbol] for symbol in streamed if symbol in market)
        engine.open_with(ControlServer(engine, settings.data_dir))
        if mark is not None:
            engine.subscribe(_clears_the_mark(settings.data_dir))
        opened.pop_all()
    return engine


def _origin(digest: str, kill: KillMode | None, mark: KillMark | None) -> Origin:
    """The switch as far as either of the two says, the environment or who ended the last engine."""
    if mark is None:
        return Origin(digest, kill)
    return Origin(digest, mark.mode if kill is None else mark.mode.or_further(kill), mark.who, mark.why)


def _clears_the_mark(directory: Path) -> Callable[[Step], None]:
    """It has had its effect once that is durable."""

    def look(step: Step) -> None:
        if isinstance(step.cause, KillAsked):
            clear_mark(directory)

    return look


def _with_contracts(settings: Settings, rolls: Rolls) -> Settings:
    """The settings with each root replaced by the contracts that are traded now."""
    if not settings.roots:
        return settings
    feeds = [
        msgspec.structs.replace(feed, instruments=tuple(rolls.expanded(feed.instruments)))
        for feed in settings.feeds
    ]
    starts = {
        contract: price for symbol, price in settings.starts.items() for contract in rolls.expanded([symbol])
    }
    return msgspec.structs.replace(
        settings,
        instruments=(*settings.instruments, *rolls.instruments),
        feeds=tuple(feeds),
        starts=MappingProxyType(starts),
    )


def _open_journal(data_dir: Path, draw_bits: Callable[[int], int]) -> SqliteJournal:
    new_id = token(draw_bits(5 * _JOURNAL_ID_LENGTH), _JOURNAL_ID_LENGTH)
    journal = open_journal(data_dir, book=BOOK, new_id=new_id, program=__version__)
    if journal.low_on_space:
        journal.close()
        raise DiskFullError(
            f"there is too little room on the disk of {data_dir}: the engine keeps {RESERVE_BYTES // 2**20} MiB in "
            "reserve, so that exits and stops can always be recorded"
        )
    return journal


def _open_exchange(settings: Settings, venue: PaperVenue, clock: Clock) -> Exchange:
    terms = ExchangeTerms(
        instruments=settings.instruments,
        accounts=opening_cash(account for account in settings.accounts if account.venue == venue.name),
        settings=venue.terms,
        seed=venue.seed,
        name=venue.name,
    )
    return Exchange(terms, clock(), ledger_of(settings.data_dir, venue.name))


def _market(exchanges: list[Exchange]) -> dict[Symbol, MarketData]:
    """The last prices, as the exchanges remember them."""
    market: dict[Symbol, MarketData] = {}
    for exchange in exchanges:
        for symbol, data in exchange.market.items():
            if symbol not in market or market[symbol].at < data.at:
                market[symbol] = data
    return market


def _feed(
    settings: Settings,
    number: int,
    feed: FeedSettings,
    market: Mapping[Symbol, MarketData],
    clock: Clock,
    draw_bits: Callable[[int], int],
) -> Feed:
    kind = str(type(feed).__struct_config__.tag)
    name = f"{kind} {number}" if len(settings.feeds) > 1 else kind
    listed = {each.symbol: each for each in settings.instruments}
    instruments = {symbol: listed[symbol] for symbol in feed.instruments}
    match feed:
        case values.SimulatedFeed():
            return SimulatedFeed(
                name,
                tuple(instruments.values()),
                settings.starts,
                seed=feed.seed,
                per_second=feed.quotes_per_second,
                market=market,
                clock=clock,
                walk=feed.walk,
            )
        case values.RecordedFeed():
            terms = Terms(stamps=Stamps(feed.stamps))
            pace = Pace(speed=1, move_stamps=True)  # as if it were now: a quote's age is what it was
            return RecordedFeed(name, feed.paths, instruments, clock, terms=terms, pace=pace)
        case values.SocketFeed():
            chance = Random(draw_bits(64)).random
            return SocketFeed(name, instruments, SocketAddress(feed.url), clock, chance)
    assert_never(feed)


def _recorder(settings: Settings, clock: Clock) -> Recorder | None:
    """Made only where something comes that is worth keeping."""
    streamed = [feed for feed in settings.feeds if isinstance(feed, values.SocketFeed)]
    if not settings.record_market_data or not streamed:
        return None
    instruments = {each.symbol: each for each in settings.instruments}
    return Recorder(settings.data_dir / MARKET_DATA, instruments, clock, lambda why: log.warning("%s", why))


def _refuse_what_is_left_behind(state: BookState, settings: Settings, at: Instant) -> None:
    """What is open has to stay in somebody's care: an account or an instrument that vanished from the settings would
    be neither priced nor protected.
    """
    venues = {account.id: account.venue for account in settings.accounts}
    held_at = {account.id: account.held_at for account in settings.accounts}
    symbols = [instrument.symbol for instrument in settings.instruments]
    roots = [root.instrument.symbol for root in settings.roots]
    fed = [symbol for feed in settings.feeds for symbol in feed.instruments]
    for account, symbol, what in _open_things(state):
        if account not in venues:
            raise LeftBehindError(
                f"account {account} has {what} in {symbol}, and the settings name no such account. "
                "Put it back until it is flat"
            )
        before = state.accounts[account].terms.venue
        if venues[account] != before:
            raise LeftBehindError(
                f"account {account} has {what} in {symbol} at venue {before}, and the settings move it to "
                f"{venues[account]}. Move it back until it is flat"
            )
        there = state.accounts[account].terms.held_at
        if held_at[account] != there:
            raise LeftBehindError(
                f"account {account} has {what} in {symbol} in the venue account {there}, and the settings move it to "
                f"{held_at[account]}. Move it back until it is flat"
            )
        if _is_over(state.instruments[symbol], at):
            continue  # its venue settles it
        if symbol not in symbols and state.instruments[symbol].root not in roots:
            raise LeftBehindError(
                f"account {account} has {what} in {symbol}, and the settings name no such instrument. "
                "Put it back until nothing is open in it"
            )
        if symbol not in fed:
            raise LeftBehindError(
                f"account {account} has {what} in {symbol}, and no feed of the settings brings its prices: its stop "
                "would see none. Put it back into a feed until nothing is open in it"
            )


def _is_over(instrument: Instrument, at: Instant) -> bool:
    return instrument.expires is not None and instrument.expires <= at


def _refuse_a_lost_record(state: BookState, settings: Settings, exchanges: list[Exchange]) -> None:
    """A paper exchange that remembers orders belongs to a record that does, too: without it positions would be open
    that nobody knows of.
    """
    for name, exchange in zip(settings.venues, exchanges, strict=True):
        if not state.seq and exchange.orders(0, 1):
            ledger = ledger_of(settings.data_dir, name)
            raise LeftBehindError(
                f"the record is new, and venue {name} remembers orders of an earlier one ({ledger}). Restore the "
                "record that belongs to it, or begin anew in another data directory"
            )


def _open_things(state: BookState) -> Iterator[tuple[AccountId, Symbol, str]]:
    for account, held in state.positions.items():
        for symbol in held:
            yield account, symbol, "an open position"
    for account, by_instrument in state.open.items():
        for symbol, orders in by_instrument.items():
            if orders:
                yield account, symbol, "an open order"
