"""One run of the demo, from opening the record to letting go of it."""

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from kedge import __version__
from kedge.cli.demo.market import ACCOUNTS, BOOK, INSTRUMENTS, TRADED, VENUE, open_exchange
from kedge.cli.demo.producer import Producer
from kedge.cli.demo.tally import Summary, Tally
from kedge.cli.errors import Problem
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.ids import token
from kedge.domain.instants import SECOND
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.journal.errors import NoJournalError
from kedge.journal.reader import open_reader
from kedge.journal.reserve import RESERVE_BYTES
from kedge.journal.sqlite import SqliteJournal, open_journal
from kedge.kernel.state import BookState
from kedge.venues.base import Link
from kedge.venues.simulated.local import LocalVenue

log = logging.getLogger("kedge.demo")

_JOURNAL_ID_LENGTH = 8
KILL_VARIABLE = "KEDGE_KILL"
_NO = ("", "0", "false", "no", "off")
Subscriber = Callable[[Step], None]


class Plan(NamedTuple):
    """What was asked for."""

    data_dir: Path
    seconds: float | None
    seed: int


class Demo:
    """An opened demo; `run` runs it to its end, `close` lets go of one that never ran."""

    def __init__(self, plan: Plan) -> None:
        """Open the record and the exchange; raises what they raise, and `Problem` for a record that is not a demo's."""
        self._plan = plan
        self._ending = asyncio.Event()
        self._trouble: Problem | None = None
        _refuse_foreign(plan.data_dir)
        self.journal = _open_journal(plan.data_dir)
        try:
            self._venue = open_exchange(plan.data_dir, plan.seed, system_clock)
            self._engine = self._make_engine(self._venue)
        except BaseException:
            self.journal.close()
            raise

    @property
    def state(self) -> BookState:
        """The engine's book, to be read only."""
        return self._engine.book.state

    def cash(self, terms: AccountTerms) -> Decimal:
        """What an account has: as its trades left it, or what it is to begin with."""
        known = self.state.accounts.get(terms.id)
        return terms.cash if known is None else known.cash

    @property
    def trading(self) -> TradingState:
        """What all accounts may do from the start on."""
        return TradingState.HALTED if _is_killed() else self.state.trading

    def end(self) -> None:
        """Stop in order, as soon as can be."""
        self._ending.set()

    async def close(self) -> None:
        """Let go of a demo that never ran."""
        await self._venue.close()
        self.journal.close()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Be told of every step."""
        self._engine.subscribe(subscriber)

    async def run(self) -> Summary:
        """Run until the time is over, a signal comes or something fails; what failed is raised after the stop."""
        tally, begun = Tally(), system_clock()
        self._engine.subscribe(tally.take)
        with _signals(self._ending):
            await self._engine.start()
            if _is_killed():  # nothing has been awaited since the start, so nothing comes before it
                self._engine.set_trading(TradingState.HALTED, "environment", f"{KILL_VARIABLE} is set")
            control = ControlServer(self._engine, self._plan.data_dir)
            try:
                await _open(control)
                await self._until_over()
            finally:
                await control.close()
                await self._engine.stop()
        if self._trouble is not None:
            raise self._trouble
        return Summary(tally, self.state, self.journal.head, (system_clock() - begun) / SECOND)

    async def _until_over(self) -> None:
        engine = asyncio.create_task(self._engine.wait(), name="engine's end")
        ending = asyncio.create_task(self._ending.wait(), name="asked to end")
        producers = [
            asyncio.create_task(Producer(self._engine, account, instrument, system_clock).run())
            for account, instrument in TRADED
        ]
        try:
            done, _ = await asyncio.wait(
                (engine, ending, *producers), timeout=self._plan.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()  # raises what made it fail
        finally:
            tasks = (engine, ending, *producers)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _make_engine(self, venue: LocalVenue) -> Engine:
        venue.watch(self._watch)
        return Engine(self.journal, [venue], accounts=ACCOUNTS, instruments=INSTRUMENTS)

    def _watch(self, link: Link, why: str) -> None:
        if link is Link.DOWN:
            self._trouble = Problem("EXCHANGE_HALTED", f"The simulated exchange stopped: {why}.")
            self._ending.set()


async def _open(control: ControlServer) -> None:
    """The engine trades and protects also where nobody can talk to it."""
    try:
        await control.start()
    except OSError as error:
        log.warning(
            "the control socket cannot be made (%s): commands cannot reach this engine",
            error.strerror or error,
        )


def _is_killed() -> bool:
    """Whether the environment asks for a halt; what is not clearly a no is a yes."""
    return os.environ.get(KILL_VARIABLE, "").strip().lower() not in _NO


def _open_journal(data_dir: Path) -> SqliteJournal:
    new_id = token(secrets.randbits(5 * _JOURNAL_ID_LENGTH), _JOURNAL_ID_LENGTH)
    journal = open_journal(data_dir, book=BOOK, new_id=new_id, program=__version__)
    if journal.low_on_space:
        journal.close()
        raise Problem(
            "DISK_FULL",
            f"There is too little room on the disk of {data_dir}: the engine keeps {RESERVE_BYTES // 2**20} MiB in "
            "reserve, so that exits and stops can always be recorded. Make room and start again.",
        )
    return journal


def _refuse_foreign(data_dir: Path) -> None:
    """A record with other accounts than the demo's belongs to somebody's own engine."""
    try:
        with open_reader(data_dir) as reader:
            found = reader.accounts()
    except NoJournalError:
        return
    own = {account.id for account in ACCOUNTS}
    foreign = [
        str(account["id"]) for account in found if account["id"] not in own or account["venue"] != VENUE
    ]
    if foreign:
        raise Problem(
            "NOT_A_DEMO",
            f"{data_dir} holds the record of another engine (account {foreign[0]}), which the demo leaves alone. "
            "Name another directory with --data-dir.",
            facts={"accounts": foreign},
        )


@contextmanager
def _signals(ending: asyncio.Event) -> Iterator[None]:
    """Let the signals that ask a program to end ask for an end in order."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it stays ignored
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, ending.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
