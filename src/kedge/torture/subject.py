"""The process that is killed: the real engine on a real journal, at the far end of a socket from its exchange, under
load. It prints a JSON line for each answer that it got, and only then; what was printed must never be lost.

    python -m kedge.torture.subject --data-dir D --exchange ADDRESS --seed S --run K [--quiet]

With `--quiet` nothing is sent in; it says so when all that was open to question is answered, and what it holds in
memory once it has ended. It ends in order on SIGTERM, and when its standard input ends, which it does when the parent
is gone.
"""

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec

from kedge import __version__
from kedge.domain.commands import command_for
from kedge.domain.ids import token
from kedge.domain.inputs import ClockTicked
from kedge.domain.instants import MINUTE, NEVER, Instant, Span
from kedge.domain.lifecycle import UNANSWERED_STATES
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.engine.errors import EngineStoppedError
from kedge.journal.sqlite import open_journal
from kedge.kernel.book import Book
from kedge.torture.producer import Document, Outbox, Producer
from kedge.torture.stage import ABLE, ACCOUNTS, BOOK, INSTRUMENTS, PATIENCE, VENUE
from kedge.venues.base import Link
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.remote import RemoteVenue

RESERVE_BYTES = 64 * 1024  # room enough for a few steps; a big one would make the first start slow
_PAUSE_SECONDS_MAX = 0.03
_LOOKS_AHEAD = 50  # more deadlines than a book has while all is quiet
_SOON = Span(2 * MINUTE)  # longer than any pause but that of a venue that is asked rarely


def say(**told: object) -> None:
    """One line to the parent, whole or not at all."""
    os.write(1, msgspec.json.encode(told) + b"\n")


class Subject:
    """One life of the engine."""

    def __init__(self, data_dir: Path, exchange: Address, seed: int, run: int) -> None:
        """Fold the journal; nothing is sent yet."""
        self._journal = open_journal(
            data_dir,
            book=BOOK,
            new_id=token(secrets.randbits(40), 8),
            program=__version__,
            reserve_bytes=RESERVE_BYTES,
        )
        self._venue = RemoteVenue(VENUE, exchange, system_clock, PATIENCE, ABLE)
        self.engine = Engine(self._journal, [self._venue], accounts=ACCOUNTS, instruments=INSTRUMENTS)
        self._random = Random(f"{seed}/{run}")
        self._outbox = Outbox(data_dir / "outbox.jsonl")
        self._prefix = f"{seed}-{run}"
        self._sending: dict[asyncio.Task[None], None] = {}
        self._linked = asyncio.Event()
        self._stepped = asyncio.Event()

    async def start(self) -> None:
        """Take the book over."""
        self.engine.subscribe(self._note_step)
        await self.engine.start()
        self._venue.watch(
            self._note_link
        )  # behind the engine's own, which has asked by the time that this is told

    async def trade(self) -> None:
        """Send signals, several at a time, without end."""
        producer = Producer(
            self._random, self._prefix, self._outbox, ACCOUNTS, INSTRUMENTS, self.engine.book.quote
        )
        while True:
            for _ in range(self._random.randrange(1, 5)):
                task = asyncio.create_task(self._send(producer.next()))
                self._sending[task] = None
                task.add_done_callback(self._sending.pop)
            await asyncio.sleep(self._random.random() * _PAUSE_SECONDS_MAX)

    async def rest(self) -> None:
        """Return when nothing is open to question and the exchange has nothing left to tell."""
        await self._linked.wait()
        while True:
            self._stepped.clear()
            if is_quiet(self.engine.book):
                for terms in ACCOUNTS:  # an answer overtakes no report: when it is here, so are they
                    await self._venue.open_orders(terms.id)
                if not self._stepped.is_set() and is_quiet(self.engine.book):
                    return
            else:
                await self._stepped.wait()

    async def stop(self) -> None:
        """End in order."""
        await self.engine.stop()
        self._outbox.close()

    async def _send(self, document: Document) -> None:
        try:
            answer = await self.engine.signal(document)
        except EngineStoppedError:
            return
        say(ack=answer, seq=self._journal.head.seq)

    def _note_step(self, _step: Step) -> None:
        self._stepped.set()

    def _note_link(self, link: Link, _why: str) -> None:
        if link is Link.UP:
            self._linked.set()


def is_quiet(book: Book) -> bool:
    """Whether no answer is owed and nothing will leave by itself, as a rejected exit does that is tried again."""
    state = book.state
    is_owed = any(
        order.state in UNANSWERED_STATES or order.asked or order.cancel_at != NEVER
        for order in state.orders.values()
        if order.id not in state.closed
    )
    return not is_owed and not _something_is_to_leave(book)


def _something_is_to_leave(book: Book) -> bool:
    """What time alone will lead to soon, tried on a copy; what only looks, again and again, sends nothing."""
    until = Instant(book.state.last_at + _SOON)
    if book.next_deadline() > until:
        return False
    ahead = Book.restored(book.snapshot())
    for _ in range(_LOOKS_AHEAD):
        if (at := ahead.next_deadline()) > until:
            return False
        if any(command_for(event) is not None for event in ahead.handle(ClockTicked(at=at))):
            return True
    return False


async def _live(options: argparse.Namespace) -> int:
    say(phase="up")
    subject = Subject(options.data_dir, Address.parse(options.exchange), options.seed, options.run)
    say(phase="folded", seq=subject.engine.book.state.seq)
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_reader(sys.stdin.fileno(), end.set)  # nothing is ever written there: it can only end
    await subject.start()
    say(phase="quieting" if options.quiet else "trading")
    work = asyncio.create_task(subject.rest() if options.quiet else subject.trade())
    ended, failed = asyncio.create_task(end.wait()), asyncio.create_task(subject.engine.wait())
    await asyncio.wait([work, ended, failed], return_when=asyncio.FIRST_COMPLETED)
    has_come_to_rest = options.quiet and work.done()
    if has_come_to_rest:
        work.result()
        say(quiet=True)
        await asyncio.wait([ended, failed], return_when=asyncio.FIRST_COMPLETED)
    work.cancel()
    ended.cancel()
    loop.remove_reader(sys.stdin.fileno())
    if failed.done():
        say(failed=repr(failed.exception()))
        return 1
    await subject.stop()
    await failed
    if has_come_to_rest:
        say(
            state=subject.engine.book.snapshot().hex()
        )  # last of all: the record is read as it is from here on
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Live until told to end, or killed; returns the exit status."""
    parser = argparse.ArgumentParser("subject", description="An engine under load, to be killed.")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--exchange", required=True, metavar="ADDRESS", help="HOST:PORT or unix:PATH")
    parser.add_argument("--seed", type=int, required=True, help="of the signals")
    parser.add_argument("--run", type=int, required=True, help="which start this is: makes its ids its own")
    parser.add_argument("--quiet", action="store_true", help="send nothing; say when all is answered")
    return asyncio.run(_live(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
