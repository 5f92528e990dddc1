"""`kedge lab feed` at work: what is offered, where, to whom, and what came of it."""

import asyncio
import errno
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec

from kedge import __version__
from kedge.cli import output
from kedge.cli.errors import Problem
from kedge.cli.output import OutputError, ReaderGoneError
from kedge.cli.running.ending import asked_to_end, wait_for
from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND
from kedge.domain.instruments import Instrument
from kedge.engine.clock import system_clock
from kedge.engine.rolls import Rolls
from kedge.feeds.base import Feed
from kedge.feeds.files.form import Stamps, Terms
from kedge.feeds.pace import Pace
from kedge.feeds.recorded import RecordedFeed
from kedge.feeds.simulated import SimulatedFeed
from kedge.lab.feed_faults import FeedFaults, short_name
from kedge.lab.feed_service import FeedService, Served
from kedge.settings.values import BarStamps, Settings
from kedge.wording.text import clean
from kedge.wording.times import show_clock

_NAME = "lab"


class Offer(NamedTuple):
    """What was asked for."""

    settings: Settings
    symbols: Sequence[str]  # none: all that the settings name
    paths: Sequence[Path]  # none: prices walk at random
    speed: float
    stamps: BarStamps
    quotes_per_second: Decimal
    faults: FeedFaults
    seed: int
    port: int
    seconds: float | None


async def serve(offer: Offer, *, as_json: bool) -> None:
    """Serve until the time is over or a signal comes; what failed is raised after the stop."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # what a client says wrongly is no news of ours
    ending = asyncio.Event()
    words = _Words(ending, wanted=not as_json)
    feed = _source(offer)
    service = FeedService(feed, offer.faults, offer.seed, words.take)
    begun = system_clock()
    try:
        with asked_to_end(ending):
            url = await _open(service, offer.port)
            _say_heading(offer, feed, url, as_json=as_json)
            await service.run(wait_for(ending), offer.seconds)
    finally:
        words.end()
        await service.close()
    words.raise_what_failed()
    _say_summary(service.served, feed, (system_clock() - begun) / SECOND, as_json=as_json)


class _Words:
    """Says what happens while it happens. A reader who has gone ends the program, from wherever that is noticed."""

    def __init__(self, ending: asyncio.Event, *, wanted: bool) -> None:
        self._ending = ending
        self._wanted = wanted
        self._failure: Exception | None = None

    def take(self, word: str) -> None:
        if not self._wanted:
            return
        try:
            output.say(f"{show_clock(system_clock())}  {clean(word)}")
        except (ReaderGoneError, OutputError) as error:
            self._failure = error
            self.end()
            self._ending.set()

    def end(self) -> None:
        """Who hangs up after this is no news."""
        self._wanted = False

    def raise_what_failed(self) -> None:
        if self._failure is not None:
            raise self._failure


async def _open(service: FeedService, port: int) -> str:
    try:
        return await service.open(port)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = (
            "another program listens there" if error.errno == errno.EADDRINUSE else "that port is not for us"
        )
        raise Problem(
            "CANNOT_LISTEN",
            f"Nothing can be served on port {port}: {why}. Name another one with --port; 0 takes any free one.",
            facts={"port": port},
        ) from None


def _source(offer: Offer) -> Feed:
    rolls = Rolls(offer.settings.roots, system_clock())
    instruments = _instruments(offer, rolls)
    if offer.paths:
        return RecordedFeed(
            _NAME,
            offer.paths,
            instruments,
            system_clock,
            terms=Terms(stamps=Stamps(offer.stamps)),
            pace=Pace(offer.speed, move_stamps=True),
        )
    starts = {
        contract: price
        for symbol, price in offer.settings.starts.items()
        for contract in rolls.expanded([symbol])
    }
    return SimulatedFeed(
        _NAME,
        tuple(instruments.values()),
        starts,
        seed=offer.seed,
        per_second=offer.quotes_per_second,
        market={},
        clock=system_clock,
    )


def _instruments(offer: Offer, rolls: Rolls) -> Mapping[Symbol, Instrument]:
    listed = {each.symbol: each for each in (*offer.settings.instruments, *rolls.instruments)}
    if not offer.symbols:
        return listed
    wanted = rolls.expanded([Symbol(symbol) for symbol in offer.symbols])
    for symbol in wanted:
        if symbol not in listed:
            raise Problem(
                "UNKNOWN_INSTRUMENT",
                f"The settings name no instrument {symbol}; there are: {', '.join(listed)}.",
                facts={"instrument": symbol},
            )
    return {symbol: listed[symbol] for symbol in wanted}


def _say_heading(offer: Offer, feed: Feed, url: str, *, as_json: bool) -> None:
    symbols = list(feed.instruments)
    if as_json:
        output.emit({"url": url, "instruments": symbols, "pid": os.getpid()})
        return
    output.say(f"kedge {__version__} lab feed", "bold")
    output.show_pairs(
        (
            ("Listens at", url),
            ("Settings", f'{{kind: socket, instruments: [{", ".join(symbols)}], url: "{url}"}}'),
            ("Tells", _told(offer)),
            ("Faults", ", ".join(_faults_set(offer.faults)) or "none"),
            ("Ends", "at Ctrl-C" if offer.seconds is None else f"after {offer.seconds:g} s, or at Ctrl-C"),
        )
    )
    output.say()


def _told(offer: Offer) -> str:
    if not offer.paths:
        return f"a random walk, {offer.quotes_per_second} quotes a second of each, seed {offer.seed}"
    names = ", ".join(map(str, offer.paths[:3]))
    more = f" and {len(offer.paths) - 3} more" if len(offer.paths) > 3 else ""
    return f"{names}{more}, " + (
        "as fast as it was" if offer.speed == 1 else f"{offer.speed:g} times as fast as it was"
    )


def _faults_set(faults: FeedFaults) -> Iterator[str]:
    for field, value in msgspec.to_builtins(faults).items():
        yield f"{short_name(field)} {value:g}" + (" s" if field.endswith("_seconds") else "")


def _say_summary(served: Served, feed: Feed, seconds: float, *, as_json: bool) -> None:
    if as_json:
        output.emit({**msgspec.to_builtins(served), "seconds": round(seconds, 3)})
        return
    output.say()
    output.say(f"Ended in order after {seconds:.1f} s.", "bold")
    output.show_pairs(
        (
            ("Told", f"{served.told:,} quotes, trades and bars"),
            ("Sent", f"{served.sent:,} messages over {served.connections:,} connections"),
            (
                "Struck",
                ", ".join(f"{name} {count:,}" for name, count in sorted(served.faults.items())) or "none",
            ),
            ("Files", "; ".join(feed.summary.lines()) if isinstance(feed, RecordedFeed) else ""),
        )
    )
