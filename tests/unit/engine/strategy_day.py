"""One day of minutes, and an engine with strategies that plays it, with the engine down for a while or not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from tests.unit.engine.stage import ALPHA, Calls, FarVenue, HandClock, NotedJournal, terms

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Instant, Span, parse_instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, MarketData, Quote
from kedge.domain.setups import SetupAnswered, SetupFound, SetupMissed
from kedge.domain.strategies import Missed, StrategyTerms
from kedge.engine.engine import Engine
from kedge.engine.strategies.host import Hosted
from kedge.feeds.base import Link, LinkListener
from kedge.feeds.errors import UnreachableError
from kedge.market.hours import DAY
from kedge.settings.values import Bars
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.strategy import Strategy

SPY = Instrument(Symbol("SPY"), Decimal("0.01"), calendar="XNYS")
OPEN = parse_instant("2026-03-02T14:30:00Z")
M5 = Span(5 * MINUTE)
LAST = 120  # minutes of the day that are played


def walk(seed: int, minutes: int = LAST) -> list[Bar]:
    """A day by chance, in bars of a minute."""
    chance, close, made = Random(seed), 60_000, []
    for minute in range(minutes):
        opened, close = close, close + chance.randint(-40, 40)
        high, low = max(opened, close) + chance.randint(0, 9), min(opened, close) - chance.randint(0, 9)
        start = Instant(OPEN + minute * MINUTE)
        made.append(
            Bar(
                SPY.symbol,
                Instant(start + MINUTE),
                start,
                Ticks(opened),
                Ticks(high),
                Ticks(low),
                Ticks(close),
                Nano(10**9),
            )
        )
    return made


def joined(minutes: Sequence[Bar], length: Span) -> list[Bar]:
    """Larger bars out of whole groups of these."""
    made, count = [], length // MINUTE
    for at in range(0, len(minutes) - count + 1, count):
        part = minutes[at : at + count]
        prices = (
            part[0].open,
            Ticks(max(each.high for each in part)),
            Ticks(min(each.low for each in part)),
            part[-1].close,
        )
        made.append(
            Bar(SPY.symbol, part[-1].at, part[0].start, *prices, Nano(sum(each.volume for each in part)))
        )
    return made


# A session of the week before, in which every rule would have found something.
EARLIER = [
    msgspec.structs.replace(bar, at=Instant(bar.at - 3 * DAY), start=Instant(bar.start - 3 * DAY))
    for bar in joined(walk(17), M5)
]


class Past:
    """A feed that tells what has been of a day when it is asked; what comes is handed in by the test."""

    name = "past"
    instruments: Mapping[Symbol, Instrument] = {SPY.symbol: SPY}

    def __init__(self, day: Sequence[Bar], clock: HandClock) -> None:
        self.day = day
        self.clock = clock
        self.knows = True
        self.asked = 0
        self.told: list[MarketData] = []
        self._over = asyncio.Event()

    async def connect(self) -> None:
        """It is there."""

    async def data(self) -> AsyncIterator[MarketData]:
        await self._over.wait()
        for told in self.told:
            yield told

    def watch(self, listener: LinkListener) -> None:
        listener(Link.UP, "told by the test")

    async def close(self) -> None:
        self._over.set()

    async def history(self, symbol: Symbol, length: Span, count: int, before: Instant) -> list[Bar]:
        self.asked += 1
        if not self.knows:
            raise UnreachableError("nobody there")
        known = [each for each in self.day if each.at <= self.clock.now]
        return [each for each in (*EARLIER, *joined(known, length)) if each.at <= before][-count:]


def hosted(rule: str = "opening_range_breakout", of: str = "orb", **parameters: Any) -> Hosted:
    return host(build(RULES[rule], parameters, M5), of, rule)


def host(strategy: Strategy, of: str = "own", rule: str = "own.py:Own", **others: Any) -> Hosted:
    wanted: dict[str, Any] = {"bar": M5, "quantity": Decimal(10), "stop_percent": Decimal(1)} | others
    return Hosted(StrategyTerms(of, ALPHA, SPY.symbol, rule, **wanted), strategy)


class Run:
    """A journal and a venue that outlive the engines on them."""

    def __init__(self, day: Sequence[Bar], make: Any = hosted, *, knows: bool = True) -> None:
        self.day = day
        self.clock = HandClock(Instant(OPEN - MINUTE))
        self.make = make
        calls: Calls = []
        self.journal = NotedJournal(calls)
        self.calls = calls
        self.knows = knows
        self.bars = Bars((M5,))
        self.engine = self.start()

    def start(self) -> Engine:
        made = self.make()
        self.venue = FarVenue(self.calls)
        self.past = Past(self.day, self.clock)
        self.past.knows = self.knows
        self.engine = Engine(
            self.journal,
            [self.venue],
            feeds=[self.past],
            accounts=[terms()],
            instruments=[SPY],
            strategies=made if isinstance(made, list) else [made],
            bars=self.bars,
            clock=self.clock,
            draw_bits=lambda bits: self.journal.head.seq + 1,
        )
        return self.engine

    async def begin(self) -> None:
        await self.engine.start()
        await self.settled(lambda: bool(self.past.asked) and not self.engine.charts.is_awaited(SPY.symbol))
        await self.engine.recorded()

    async def play(self, begin: int, end: int) -> None:
        """The minutes of the day from one up to another one, each with its last quote."""
        for minute in self.day[begin:end]:
            self.clock.now = max(self.clock.now, minute.at)
            self.engine.on_quote(Quote(SPY.symbol, self.clock(), minute.close, Ticks(minute.close + 1)))
            self.engine.feed(line(minute))
            await self.settled(lambda: not self.engine.charts.is_mending(SPY.symbol))
            await self.engine.recorded()

    async def settled(self, condition: Callable[[], bool]) -> None:
        """Let everything else on the loop go on until it holds."""
        for _ in range(1_000):
            if condition():
                return
            await asyncio.sleep(0)
        pytest.fail("it did not come about")

    async def restart(self, gap: float) -> None:
        """The engine ends, and another one begins so many seconds later on the same record."""
        await self.engine.stop()
        self.clock.pass_seconds(gap)
        self.start()
        await self.begin()

    def events(self, *kinds: type) -> list[Any]:
        return [event for step in self.journal.steps() for event in step.events if isinstance(event, kinds)]

    @property
    def found(self) -> list[str]:
        return [event.signal.id for event in self.events(SetupFound)]

    @property
    def missed(self) -> dict[str, Missed]:
        return {event.signal: event.why for event in self.events(SetupMissed)}

    @property
    def traded(self) -> list[str]:
        """Those that were judged, whatever came of it."""
        return list(dict.fromkeys(event.signal for event in self.events(SetupAnswered)))


def line(bar: Bar) -> bytes:
    return msgspec.json.encode(bar) + b"\n"


async def whole(day: Sequence[Bar], make: Any) -> Run:
    run = Run(day, make)
    await run.begin()
    await run.play(0, LAST)
    await run.engine.stop()
    return run


def cross() -> Hosted:
    return hosted("ema_cross", "cross", fast=2, slow=5)


def breakout() -> Hosted:
    return hosted("n_bar_breakout", "break", bars=3)


def pullback() -> Hosted:
    return hosted("ema_pullback", "pull", fast=2, slow=4)


def orb() -> Hosted:
    return hosted(again=True)


def parse_close(id_: str) -> Instant:
    """The close of the bar that a setup's id tells."""
    text = id_.split("-")[1]
    return parse_instant(f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{text[13:15]}Z")
