"""Strategies at a running engine: one day of minutes, with the engine down for a while or not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.stage import ALPHA, Calls, FarVenue, HandClock, NotedJournal, terms

from kedge.domain.ids import Symbol
from kedge.domain.inputs import VenueFilled
from kedge.domain.instants import MINUTE, SECOND, Instant, Span, parse_instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import Execution, Order, Role, Side
from kedge.domain.quotes import Bar, MarketData, Quote
from kedge.domain.setups import SetupAnswered, SetupFound, SetupMissed, StrategyFailed
from kedge.domain.signals import Direction
from kedge.domain.strategies import Missed, StrategyTerms
from kedge.engine.engine import Engine
from kedge.engine.strategies.host import Hosted
from kedge.feeds.base import Link, LinkListener
from kedge.feeds.errors import UnreachableError
from kedge.market.hours import DAY
from kedge.settings.values import Bars
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.idea import Enter, Idea, Leave
from kedge.strategies.seen import Own, Seen
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
            self.engine.feed(_line(minute))
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


def _line(bar: Bar) -> bytes:
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


@pytest.mark.parametrize("make", [orb, cross, breakout, pullback])
@pytest.mark.parametrize(
    ("at", "gap"), [(7, 1), (33, 1), (35, 1), (41, 20 * 60), (60, 20 * 60), (62, 300), (34, 62)]
)
async def test_a_restart_loses_no_setup_and_trades_none_late(make: Any, at: int, gap: int) -> None:
    """The same setups as without, and the same are acted on, less those that are told to be missed."""
    day = walk(17)
    calm = await whole(day, make)
    run = Run(day, make)
    await run.begin()
    await run.play(0, at)
    down = run.clock()
    await run.restart(gap)
    up = run.clock()
    await run.play(at + (gap // 60 if gap >= 60 else 0), LAST)
    await run.engine.stop()
    assert run.found == calm.found
    assert calm.found, "a day on which nothing is found shows nothing"
    assert run.traded == [each for each in calm.traded if each not in run.missed]
    closes = {event.signal.id: event.close for event in run.events(SetupFound)}
    while_down = [id_ for id_, close in closes.items() if down < close <= up]
    assert run.missed == dict.fromkeys(while_down, Missed.DOWN)
    assert calm.missed == {}


async def test_what_was_before_the_first_start_is_known_to_indicators_and_is_nothing_that_was_missed() -> (
    None
):
    run = Run(walk(17), everything)
    await run.begin()
    await run.play(0, 10)
    await run.engine.stop()
    assert run.found, "with the indicators of the week before"
    assert all(parse_close(id_) > OPEN for id_ in run.found)
    assert run.missed == {}


@given(st.integers(0, 50), st.integers(1, LAST - 30), st.integers(1, 30 * 60))
def test_wherever_it_is_cut_the_same_is_found_and_nothing_is_acted_on_twice(
    seed: int, at: int, gap: int
) -> None:
    async def both() -> None:
        day = walk(seed)
        calm = await whole(day, everything)
        run = Run(day, everything)
        await run.begin()
        await run.play(0, at)
        await run.restart(gap)
        await run.play(at + gap // 60, LAST)
        await run.engine.stop()
        assert sorted(run.found) == sorted(calm.found)
        assert len(set(run.found)) == len(run.found)
        assert set(run.traded) == set(calm.traded) - set(run.missed)
        down, up = OPEN + at * MINUTE, OPEN + at * MINUTE + gap * SECOND
        assert list(run.missed) == [id_ for id_ in run.found if down < parse_close(id_) <= up]

    asyncio.run(both())


def everything() -> list[Hosted]:
    """All rules at once, each of its own name."""
    return [orb(), cross(), breakout(), pullback()]


async def test_a_start_in_a_session_asks_for_all_of_it_however_few_bars_the_settings_ask_for() -> None:
    run = Run(walk(17), orb)
    run.clock.now = Instant(OPEN + 100 * MINUTE)
    run.bars = Bars((M5,), history=1)
    run.start()
    await run.begin()
    assert run.found, "the range is there, and what has happened since"
    assert dict.fromkeys(run.found, Missed.DOWN) == run.missed
    await run.engine.stop()


async def test_indicators_that_cannot_be_read_begin_anew_and_the_engine_starts() -> None:
    """As of a program whose indicators keep other figures."""
    run = Run(walk(17), cross)
    await run.begin()
    await run.play(0, 40)
    await run.engine.stop()
    run.start()
    panels = run.engine.book.state.panels
    panels.update({key: msgspec.structs.replace(panel, state="{}") for key, panel in panels.items()})
    await run.begin()
    await run.play(40, LAST)
    await run.engine.stop()
    assert run.found == (await whole(walk(17), cross)).found, "history has brought them back"


async def test_indicators_go_on_from_the_record_where_there_is_no_history() -> None:
    async def day_with(restarts: tuple[int, ...]) -> list[str]:
        run = Run(walk(17), cross, knows=False)
        await run.begin()
        for begin, end in pairwise((0, *restarts, LAST)):
            if begin:
                await run.restart(1)
            await run.play(begin, end)
        await run.engine.stop()
        return run.found

    assert await day_with((40, 62)) == await day_with(()) != []


# -- what is not traded --


async def test_a_range_of_which_a_part_was_not_heard_is_void_where_history_does_not_fill_it() -> None:
    for knows in (True, False):
        run = Run(walk(17), orb, knows=knows)
        await run.begin()
        await run.play(0, 7)
        await run.restart(61)
        await run.play(8, LAST)
        await run.engine.stop()
        assert bool(run.found) is knows


async def test_a_setup_in_a_bar_with_a_hole_is_missed_where_history_does_not_fill_it() -> None:
    day = walk(17)
    found = (await whole(day, breakout)).found
    first = next(id_ for id_ in found if parse_close(id_) >= OPEN + 25 * MINUTE)
    minute = (parse_close(first) - OPEN) // MINUTE
    for knows in (True, False):
        run = Run(day, breakout, knows=knows)
        await run.begin()
        await run.play(0, minute - 3)
        await run.play(minute - 2, LAST)  # one minute was lost on the way
        await run.engine.stop()
        assert run.missed.get(first) == (None if knows else Missed.HOLE)
        assert (first in run.traded) is knows


async def test_a_bar_that_becomes_known_too_late_is_missed() -> None:
    run = Run(walk(17), orb)
    await run.begin()
    clock = run.clock
    for number, minute in enumerate(run.day):
        clock.now = max(clock.now, Instant(minute.at + 6 * SECOND))
        run.engine.on_quote(Quote(SPY.symbol, clock(), minute.close, Ticks(minute.close + 1)))
        if number:
            run.engine.feed(_line(run.day[number - 1]))
        await run.engine.recorded()
    await run.engine.stop()
    assert run.found
    assert dict.fromkeys(run.found, Missed.LATE) == run.missed
    assert run.traded == []


async def test_setups_outside_of_its_hours_are_missed() -> None:
    def early() -> Hosted:
        made = orb()
        hours = msgspec.structs.replace(made.terms, between="09:30-09:50", timezone="America/New_York")
        return Hosted(hours, made.strategy)

    run = await whole(walk(17), early)
    assert run.found
    assert dict.fromkeys(run.found, Missed.OUTSIDE_HOURS) == run.missed


@pytest.mark.parametrize("first", [list, lambda: [cross()]], ids=["the first one", "beside another one"])
async def test_a_strategy_that_is_new_in_a_session_knows_what_has_happened_and_trades_none_of_it(
    first: Any,
) -> None:
    day = walk(17)
    calm = await whole(day, orb)
    run = Run(day, first)
    await run.begin()
    await run.play(0, 60)
    run.make = lambda: [*first(), orb()]
    await run.restart(1)
    await run.play(60, LAST)
    await run.engine.stop()
    assert [id_ for id_ in run.found if id_.startswith("orb")] == calm.found
    before = [id_ for id_ in calm.found if parse_close(id_) <= OPEN + 60 * MINUTE]
    assert before
    assert run.missed == dict.fromkeys(before, Missed.DOWN)


# -- strategies of a user's own --


class Counted(msgspec.Struct):
    """How many bars there have been."""

    bars: int = 0


class Third(Strategy):
    """Goes in at each third bar, and fails where it is told to."""

    State = Counted
    state: Counted
    fails_at: Iterable[int] = ()

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        self.state.bars += 1
        if self.state.bars in self.fails_at:
            self.state.bars += 100  # half done
            raise RuntimeError("it cannot go on")
        if self.state.bars % 3 == 0 and own.position is None:
            yield Enter(Direction.LONG, "the third bar", stop=seen.close - 1, targets=(seen.close + 2,))


def _half() -> Any:
    return 1.5


def _odd(anything: Any) -> Any:
    """What no type check would let a user's code say; nobody has to run one."""
    return anything


def exit_now() -> Any:
    raise SystemExit(3)


def failing(*bars: int) -> Any:
    def make() -> Hosted:
        third = Third()
        third.fails_at = bars
        return host(third)

    return make


async def test_what_a_strategy_had_half_done_when_it_failed_is_undone_and_it_goes_on() -> None:
    run = await whole(walk(17), failing(2))
    (failed,) = {each.error for each in run.events(StrategyFailed)}
    assert failed.startswith("RuntimeError: it cannot go on (test_strategies.py, line ")
    assert run.engine.book.state.strategies["own"].state == '{"bars":1}', (
        "it fails at its second bar for ever"
    )


async def test_after_three_failures_in_a_row_it_is_paused_until_a_person_lets_it_go_on() -> None:
    run = Run(walk(17), failing(2))
    await run.begin()
    await run.play(0, 60)
    assert [each.in_a_row for each in run.events(StrategyFailed)] == [1, 2, 3]
    pace = run.engine.book.state.paces["own"]
    assert pace.paused.startswith("it has failed 3 times in a row, the last time with: RuntimeError")
    await run.engine.operator.set_strategy("own", "kim", "looked at it", paused=False)
    await run.play(60, 65)
    assert [each.in_a_row for each in run.events(StrategyFailed)][3:] == [1]
    await run.engine.stop()


@pytest.mark.parametrize(
    ("idea", "error"),
    [
        (
            lambda seen: Enter(Direction.LONG, "no number", stop=Decimal("NaN")),
            "IdeaError: stop has to be a number",
        ),
        (
            lambda seen: Enter(Direction.LONG, "below", targets=(Decimal(-1),)),
            "IdeaError: target has to be a number",
        ),
        (lambda seen: Enter(Direction.LONG, "a float", stop=_half()), "IdeaError: stop has to be a Decimal"),
        (lambda seen: Enter(_odd("UP"), "no side"), "IdeaError: direction has to be LONG or SHORT, not 'UP'"),
        (lambda seen: Enter(_odd(7), "no side"), "IdeaError: direction has to be LONG or SHORT, not 7"),
        (lambda seen: Enter(Direction.LONG, _odd(5)), "IdeaError: reason: "),
        (lambda seen: Enter(Direction.LONG, "x" * 257), "IdeaError: reason: must be at most 256"),
        (lambda seen: Enter(Direction.LONG, "\x1b[2J"), "IdeaError: reason: must be at most 256"),
        (lambda seen: Enter(Direction.LONG, "a key", metadata=_odd({2: "b"})), "IdeaError: metadata"),
        (lambda seen: Enter(Direction.LONG, "no JSON", metadata=_odd({"a": {1j}})), "IdeaError: metadata"),
        (
            lambda seen: Enter(Direction.LONG, "a float", figures=_odd({"a": 0.5})),
            "IdeaError: a has to be a Dec",
        ),
        (lambda seen: Enter(Direction.LONG, "strong", strength=Decimal(101)), "IdeaError: strength: 101"),
        (lambda seen: exit_now(), "SystemExit: 3"),
        (lambda seen: "buy", "TypeError: on_bar has to give Enter and Leave, not 'buy'"),
    ],
)
async def test_an_idea_that_no_order_can_be_made_of_is_a_failure_of_the_strategy(
    idea: Any, error: str
) -> None:
    class Odd(Strategy):
        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            yield idea(seen)

    run = await whole(walk(17), lambda: host(Odd()))
    told = run.events(StrategyFailed)[0].error
    assert told.startswith(error)
    assert "as_signals" not in told, "that file is none of the user's"
    assert run.found == []


async def test_a_side_in_plain_text_is_that_side() -> None:
    class Plain(Strategy):
        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            yield Enter(_odd("LONG"), "the third bar", stop=seen.close - 1)

    run = Run(walk(17), lambda: host(Plain()))
    await run.begin()
    await run.play(0, 6)
    (entry,) = entries(run)
    assert (entry.request.side, entry.request.strategy) == (Side.BUY, "own")
    await run.engine.stop()


async def test_a_state_that_could_not_be_read_again_is_a_failure_and_not_forgotten() -> None:
    class Weighed(msgspec.Struct):
        weight: float = 1.0

    class Spoilt(Strategy):
        State = Weighed

        def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
            self.state.weight *= 2 if self.state.weight < 4 else float("nan")
            return ()

    run = await whole(walk(17), lambda: host(Spoilt()))
    assert run.events(StrategyFailed)[0].error.startswith("ValidationError: Expected `float`, got `null`")
    assert run.engine.book.state.strategies["own"].state == '{"weight":4.0}'


async def test_its_setups_become_orders_with_their_stop_and_it_knows_its_position() -> None:
    run = Run(walk(17), lambda: host(Third()))
    await run.begin()
    await run.play(0, 16)
    (order,) = entries(run)
    close = run.day[14].close
    assert order.request.strategy == "own"
    assert order.request.expected == run.day[14].close * 10_000_000 + 10_000_000  # the ask at the close
    stop = next(each for each in run.engine.book.state.orders.values() if each.request.role is Role.STOP)
    assert stop.stop_price == SPY.price(close) - 1
    done = Execution("x-1", order.request.quantity, Nano(close * 10_000_000))
    run.venue.stream.put(VenueFilled(order.id, done, at=run.clock()))
    await run.play(16, 61)
    assert len(run.found) == 1, "nothing more while it holds something"
    await run.engine.stop()


class Out(Strategy):
    """Wants out at every bar."""

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        yield Leave("out")


async def holding(run: Run) -> None:
    """Ten are held that `Third` has bought, after sixteen minutes."""
    await run.begin()
    await run.play(0, 16)
    (entry,) = entries(run)
    done = Execution("x-1", entry.request.quantity, Nano(run.day[14].close * 10_000_000))
    run.venue.stream.put(VenueFilled(entry.id, done, at=run.clock()))
    await run.settled(lambda: run.engine.book.state.position(ALPHA, SPY.symbol) is not None)


def entries(run: Run) -> list[Order]:
    return [each for each in run.engine.book.state.orders.values() if each.request.role is Role.ENTRY]


def ways_out(run: Run) -> list[str | None]:
    state = run.engine.book.state
    return [each.request.strategy for each in state.orders.values() if each.request.role is Role.EXIT]


async def test_what_a_strategy_holds_it_can_leave_and_what_another_one_has_opened_it_cannot() -> None:
    run = Run(walk(17), lambda: [host(Third()), host(Out(), "out")])
    await holding(run)
    await run.play(16, 31)
    assert ways_out(run) == []
    await run.engine.stop()


async def test_an_exit_of_bars_before_the_rule_was_changed_closes_nothing_and_one_of_now_does() -> None:
    run = Run(walk(17), lambda: host(Third()))
    await holding(run)
    run.make = lambda: host(Out(), rule="own.py:Out")
    await run.restart(1)
    assert ways_out(run) == []
    await run.play(16, 21)
    assert ways_out(run) == ["own"]
    await run.engine.stop()


def parse_close(id_: str) -> Instant:
    """The close of the bar that a setup's id tells."""
    text = id_.split("-")[1]
    return parse_instant(f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{text[13:15]}Z")
