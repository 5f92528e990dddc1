"""A source of signals, as a trader might write one: it looks at prices and hands signals in by the public door.

Two rules, and neither is a way to make money. *Trend* goes with a short average that has left a longer one; *fade* bets
against the newest extreme. They share accounts and do not know of each other, so now and then the engine refuses one
because the other is in already. Each entry comes with a stop and a target at a distance that prices moved of late,
and what is still open after some seconds is closed by a signal to exit.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import NamedTuple

from kedge import Entry, Exit
from kedge.domain.accounts import AccountTerms
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks, plain
from kedge.domain.signals import Direction, Outcome
from kedge.engine.answers import SignalAnswer
from kedge.engine.clock import Clock
from kedge.engine.engine import Engine
from kedge.engine.errors import EngineStoppedError

LOOK_EVERY_SECONDS = 0.2
LONG_AVERAGE, SHORT_AVERAGE = 12, 4  # looks
HELD_MAX = Span(4 * SECOND)
_AFTER_ENTRY = Span(HELD_MAX + SECOND)  # a rule says nothing for so long after an entry of its own
_AFTER_REFUSAL = Span(4 * SECOND)
_DISTANCE_MIN = 8  # ticks


class Idea(NamedTuple):
    """What a rule would do now, and why."""

    direction: Direction
    reason: str


Rule = Callable[[Sequence[int]], Idea | None]


def trend(middles: Sequence[int]) -> Idea | None:
    """With the short average, when it is above or below the long one."""
    short = sum(middles[-SHORT_AVERAGE:]) * LONG_AVERAGE
    long = sum(middles) * SHORT_AVERAGE
    if short == long:
        return None
    if short > long:
        return Idea(Direction.LONG, "averages rise")
    return Idea(Direction.SHORT, "averages fall")


def fade(middles: Sequence[int]) -> Idea | None:
    """Against a price that is the extreme of all that was seen."""
    *before, now = middles
    if now > max(before):
        return Idea(Direction.SHORT, "new high")
    return Idea(Direction.LONG, "new low") if now < min(before) else None


class Producer:
    """Watches one instrument for one account."""

    def __init__(self, engine: Engine, account: AccountTerms, instrument: Instrument, clock: Clock) -> None:
        self._engine = engine
        self._account = account.id
        self._instrument = instrument
        self._clock = clock
        self._middles: deque[int] = deque(maxlen=LONG_AVERAGE)  # in half ticks
        self._rules: dict[str, Rule] = {"trend": trend, "fade": fade}
        self._silent_until: dict[str, Instant] = {}

    async def run(self) -> None:
        """Look and speak until cancelled, or until the engine takes nothing more."""
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                await self._look()
        except EngineStoppedError:
            return

    async def _look(self) -> None:
        bid, ask = self._engine.book.quote(self._instrument.symbol)
        if bid is None or ask is None:
            return
        self._middles.append(bid + ask)
        now = self._clock()
        await self._leave_what_is_old(now)
        if len(self._middles) < LONG_AVERAGE:
            return
        for name, rule in self._rules.items():
            if not self._may_speak(name, now):
                continue
            idea = rule(tuple(self._middles))
            if idea is not None:
                answer = await self._enter(name, idea, bid, ask)
                rest = _AFTER_ENTRY if answer.outcome is Outcome.ORDERED else _AFTER_REFUSAL
                self._silent_until[name] = Instant(now + rest)

    async def _enter(self, rule: str, idea: Idea, bid: Ticks, ask: Ticks) -> SignalAnswer:
        price, sign = (ask, 1) if idea.direction is Direction.LONG else (bid, -1)
        width = (max(self._middles) - min(self._middles)) // 2
        distance = max(width * 4 // 5, _DISTANCE_MIN)
        return await self._engine.signal(
            Entry(
                self._instrument.symbol,
                idea.direction,
                account=self._account,
                stop=self._price(price - sign * distance),
                target=self._price(price + sign * distance * 5 // 4),
                strategy=rule,
                reason=idea.reason,
            )
        )

    async def _leave_what_is_old(self, now: Instant) -> None:
        position = self._engine.book.state.position(self._account, self._instrument.symbol)
        if position is None or now - position.opened < HELD_MAX or not self._may_speak("exit", now):
            return
        self._silent_until["exit"] = Instant(now + SECOND)
        await self._engine.signal(
            Exit(self._instrument.symbol, account=self._account, reason=f"held for {HELD_MAX // SECOND} s")
        )

    def _may_speak(self, what: str, now: Instant) -> bool:
        return now >= self._silent_until.get(what, 0)

    def _price(self, ticks: int) -> str:
        return plain(self._instrument.price(Ticks(ticks)))


def producers(
    engine: Engine, traded: Sequence[tuple[AccountTerms, Instrument]]
) -> list[Coroutine[None, None, None]]:
    """One for each account with its instrument, ready to run beside the engine."""
    return [Producer(engine, account, instrument, engine.now).run() for account, instrument in traded]
