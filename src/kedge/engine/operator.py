"""What a person asks of a running engine beside orders: yes or no to a signal that waits, an account or a strategy that
is to go on or to pause, and what would come of a signal.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kedge.domain.governing import ApprovalRefused, ReleaseRefused
from kedge.domain.ids import AccountId, SignalId
from kedge.domain.inputs import MarkReached, ReleaseAsked, StrategyAsked
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.signal_form import read_signal
from kedge.domain.signals import Signal
from kedge.domain.steps import Step
from kedge.engine.answers import Repeat, SignalAnswer, answer_for
from kedge.engine.clock import Clock
from kedge.engine.errors import NotDoneError
from kedge.engine.levels import MarketLevels
from kedge.engine.preview import Preview, preview_of
from kedge.engine.waiting import Waited, Waiting
from kedge.engine.writer import Writer


class Operator:
    """The doors for people of one engine; `ready` also brings its calendars up to now."""

    def __init__(
        self,
        writer: Writer,
        levels: MarketLevels,
        waiting: Waiting,
        clock: Clock,
        ready: Callable[[], None],
        check_running: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._levels = levels
        self._waiting = waiting
        self._clock = clock
        self._ready = ready
        self._check_running = check_running

    async def approve(self, signal: SignalId, who: str, why: str, *, approved: bool = True) -> SignalAnswer:
        """Say yes or no to a signal that waits; raises `NotDoneError` where it does not wait (any more)."""
        self._ready()
        waited: Waited[None] = self._waiting.open()
        step = self._writer.take_approval(
            signal, who, why, self._clock(), lambda: waited.answer(None), approved=approved
        )
        judged = self._writer.book.state.signals.get(signal)  # of now: what comes later is another's answer
        await waited.future
        _refuse(step, ApprovalRefused)
        assert judged is not None, "what waited was judged when it came"
        return SignalAnswer(signal, judged.outcome, Repeat.NEW, judged.code, judged.order)

    async def release(self, account: AccountId, code: str, who: str, why: str) -> None:
        """Let an account go on that a limit has locked; raises `NotDoneError` while it is still beyond that limit.

        What it holds is valued at the prices of now first: far from its limits that is done now and then only.
        """
        self._ready()
        self._value(account)
        _refuse(await self._take(ReleaseAsked(account, code, who, why, at=self._clock())), ReleaseRefused)

    async def set_strategy(self, strategy: str, who: str, why: str, *, paused: bool) -> bool:
        """Pause a strategy, or let it go on; whether that changed anything."""
        self._ready()
        pace = self._writer.book.state.paces.get(strategy)
        was = pace is not None and bool(pace.paused)
        await self._take(StrategyAsked(strategy, paused, who, why, at=self._clock()))
        return was is not paused

    def what_if(self, signal: Signal | Mapping[str, Any] | bytes | str) -> Preview:
        """What would come of a signal now: nothing is recorded, and nothing leaves. Raises `SignalFormError`."""
        self._check_running()
        now, book = self._clock(), self._writer.book
        if not isinstance(signal, Signal):
            signal = read_signal(signal, now, lambda: f"s-{book.state.journal_id}-{book.state.nonce}-0")
        known = self._writer.known_signal(signal.id)
        if known is not None:
            return Preview(answer_for(signal, known, None))
        levels = self._levels.for_signal(signal, book.state, now)
        return preview_of(book, signal, self._writer.arrival(signal, now, levels))

    def _value(self, account: AccountId) -> None:
        book = self._writer.book
        for position in list(book.state.positions.get(account, {}).values()):
            symbol = position.instrument
            bid, ask = book.quote(symbol)
            price = bid if position.quantity > ZERO else ask
            if price is not None:
                worth = to_nano(book.state.instruments[symbol].price(price))
                self._writer.take(MarkReached(account, symbol, worth, at=self._clock()))

    async def _take(self, input_: ReleaseAsked | StrategyAsked) -> Step | None:
        """What it led to, once that is durable."""
        waited: Waited[None] = self._waiting.open()
        step = self._writer.handle(input_, lambda: waited.answer(None))
        await waited.future
        return step


def _refuse(step: Step | None, kind: type[ApprovalRefused] | type[ReleaseRefused]) -> None:
    for event in () if step is None else step.events:
        if isinstance(event, kind):
            raise NotDoneError(event.reason)
