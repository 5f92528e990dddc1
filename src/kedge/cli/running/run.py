"""One run of an engine, from opening the record to letting go of it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from typing import NamedTuple

from kedge.cli.errors import Problem
from kedge.cli.running.ending import asked_to_end, wait_for
from kedge.cli.running.tally import Summary, Tally
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.instants import SECOND
from kedge.domain.kill import KillMode
from kedge.domain.steps import Step
from kedge.engine.clock import system_clock
from kedge.engine.engine import Engine
from kedge.engine.wiring import open_engine
from kedge.kernel.state import BookState
from kedge.settings.values import Settings
from kedge.venues.base import Link
from kedge.venues.simulated.local import LocalVenue

Subscriber = Callable[[Step], None]
Crew = Callable[[Engine], Sequence[Coroutine[None, None, None]]]


def alone(_engine: Engine) -> Sequence[Coroutine[None, None, None]]:
    """Nobody works beside the engine."""
    return ()


class Plan(NamedTuple):
    """What was asked for; the `crew` works beside the engine for as long as it runs."""

    settings: Settings
    seconds: float | None = None
    crew: Crew = alone
    kill: KillMode | None = None  # start with the kill switch on
    ends_unheard: bool = (
        False  # a show is over when nobody watches; an engine guards what is open all the same
    )


class Run:
    """An opened engine; `run` runs it to its end, `close` lets go of one that never ran."""

    def __init__(self, plan: Plan) -> None:
        """Open the record and the venues; raises what `open_engine` raises."""
        self._plan = plan
        self._ending = asyncio.Event()
        self._trouble: Problem | None = None
        self._tally = Tally()
        self._engine = open_engine(plan.settings, kill=plan.kill)
        self._engine.subscribe(self._tally.take)
        for venue in self._engine.venues:
            if isinstance(venue, LocalVenue):
                venue.watch(self._watch)

    @property
    def state(self) -> BookState:
        """The engine's book, to be read only."""
        return self._engine.book.state

    @property
    def journal_id(self) -> str:
        """Whose record it is."""
        return self._engine.journal_id

    def cash(self, terms: AccountTerms) -> Decimal:
        """What an account has: as its trades left it, or what it is to begin with."""
        known = self.state.accounts.get(terms.id)
        return terms.cash if known is None else known.cash

    @property
    def trading(self) -> TradingState:
        """What all accounts may do from the start on."""
        return TradingState.HALTED if self._plan.kill else self.state.trading

    def end(self) -> None:
        """Stop in order, as soon as can be."""
        self._ending.set()

    async def close(self) -> None:
        """Let go of an engine that never ran."""
        await self._engine.stop()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Be told of every step."""
        self._engine.subscribe(subscriber)

    async def run(self) -> Summary:
        """Run until the time is over, a signal comes or something fails; what failed is raised after the stop."""
        begun = system_clock()
        with asked_to_end(self._ending):
            await self._engine.start()
            try:
                await self._until_over()
            finally:
                await self._engine.stop()
        if self._trouble is not None:
            raise self._trouble
        return Summary(self._tally, self.state, self._engine.head, (system_clock() - begun) / SECOND)

    async def _until_over(self) -> None:
        tasks = [
            asyncio.create_task(self._engine.wait(), name="engine's end"),
            asyncio.create_task(wait_for(self._ending), name="asked to end"),
            *map(asyncio.create_task, self._plan.crew(self._engine)),
        ]
        try:
            done, _ = await asyncio.wait(
                tasks, timeout=self._plan.seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()  # raises what made it fail
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _watch(self, link: Link, why: str) -> None:
        if link is Link.DOWN:
            self._trouble = Problem("EXCHANGE_HALTED", f"The simulated exchange stopped: {why}.")
            self._ending.set()
