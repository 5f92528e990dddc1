"""A market of many strategies without an engine's loop: its parts, a record on disk and the simulated exchange."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from time import perf_counter_ns, thread_time_ns
from typing import NamedTuple

from msgspec.structs import replace

from bench.desk import CASH, PAPER, account, instruments
from bench.recording import BOOK, open_recording
from kedge import __version__
from kedge.domain.announcements import Action
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder, command_for
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import (
    AccountDeclared,
    ClockTicked,
    EngineStarted,
    InstrumentDeclared,
    StrategiesDeclared,
    VenueReport,
)
from kedge.domain.instants import MILLISECOND, MINUTE, SECOND, Instant
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Quote
from kedge.domain.setups import SetupAnswered
from kedge.domain.steps import Step
from kedge.domain.strategies import StrategyTerms
from kedge.engine.charts import Charts
from kedge.engine.intake import MarketIntake
from kedge.engine.levels import MarketLevels
from kedge.engine.recovery import state_schema
from kedge.engine.strategies.host import Hosted, Strategists
from kedge.engine.writer import Writer
from kedge.kernel.book import Book
from kedge.market.hours import HoursOf, utc_day
from kedge.settings.values import Bars
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings
from kedge.strategies.catalogue import RULES, build, shown

MIDNIGHT = Instant(
    1_772_409_600 * SECOND
)  # 2026-03-02T00:00:00Z: sessions are days, and this one has just begun
STRATEGIES_OF_A_USER = 10
_MOVE = 15  # ticks that a price moves in a minute, as a standard deviation
_FIRST_PRICE = 10_000


class Walk:
    """Prices of all instruments by chance: a minute at a time, the same ones for the same seed."""

    def __init__(self, count: int) -> None:
        self._chance = Random(7)
        self._symbols = [instrument.symbol for instrument in instruments(count)]
        self._prices = [float(_FIRST_PRICE)] * count
        self._next = MIDNIGHT

    def minute(self, quotes: int) -> list[Quote]:
        """So many quotes of each instrument, one of each in turn; the first ones come when the minute begins."""
        step, gap = _MOVE / quotes**0.5, MINUTE // quotes
        made = []
        for number in range(quotes):
            for place, symbol in enumerate(self._symbols):
                price = self._prices[place] = self._prices[place] + self._chance.gauss(0, step)
                at = Instant(self._next + number * gap + place * min(gap // len(self._symbols), MILLISECOND))
                made.append(Quote(symbol, at, Ticks(round(price)), Ticks(round(price) + 1)))
        self._next = Instant(self._next + MINUTE)
        return made


class Closes(NamedTuple):
    """All instruments' bars of one minute have closed."""

    setups: list[int]  # nanoseconds from the first quote after the minute until each was durable
    own: int  # of the thread's own, for all of it


class _Venue:
    """The simulated exchange as a venue that is followed; what it reports is asked for."""

    name = PAPER

    def __init__(self, exchange: SimExchange) -> None:
        self.exchange = exchange
        self.reports: list[VenueReport] = []

    def follow(self, data: MarketData) -> list[VenueReport]:
        self.reports += self.exchange.on_market(data)
        return []

    def announce(self, action: Action) -> list[VenueReport]:
        return []

    def carry_out(self, command: Command, now: Instant) -> list[VenueReport]:
        match command:
            case SubmitOrder(request=request, legs=legs):
                return self.exchange.submit(request, legs, now)
            case CancelOrder(order=order):
                return self.exchange.cancel(order, now)
            case ReplaceOrder(order=order, terms=terms):
                return self.exchange.replace(order, terms, now)
            case QueryOrder(order=order):
                showed = self.exchange.look_up(order, now)
                return [] if showed is None else [showed]


class Market:
    """What an engine does with quotes, as fast as it can; time is that of the quotes."""

    def __init__(self, place: Path, traded: int, users: int) -> None:
        """Each user has an account and ten strategies; with no users it is the bare market."""
        self.now = MIDNIGHT
        self.taken = self.refused = 0
        listed = instruments(traded)
        accounts = [replace(account(), id=AccountId(f"a{number:04}")) for number in range(users)]
        self.strategies = list(_hosted([terms.id for terms in accounts], [each.symbol for each in listed]))
        book = Book.empty(BOOK)
        self._journal = open_recording(place)
        self._writer = Writer(book, self._journal, state_schema())
        self._venue = _Venue(
            SimExchange(listed, {terms.id: CASH for terms in accounts}, SimSettings(), seed=1)
        )
        self._charts = Charts(Bars((MINUTE,)))
        levels = MarketLevels(self._charts, _days)
        self._writer.levels_of = levels.for_signal
        self._intake = MarketIntake(self._writer, [self._venue], lambda: self.now, _days, self._charts)
        strategists = Strategists(self.strategies, self._charts, levels, book, _days)
        self._intake.strategists = strategists
        self._writer.take(EngineStarted("jbench00", "n000", 1, __version__, "bench", at=self.now))
        for instrument in listed:
            self._writer.take(InstrumentDeclared(instrument, at=self.now))
        for terms in accounts:
            self._writer.take(AccountDeclared(terms, at=self.now))
        self._writer.take(StrategiesDeclared(strategists.terms, at=self.now))
        self._charts.open([(each.symbol, utc_day) for each in listed], self.now)
        strategists.begin(self.now)
        self._settle(self._writer.commit())

    def play(self, quotes: Sequence[Quote]) -> int:
        """What they have cost, in nanoseconds of the thread's own."""
        begun = thread_time_ns()
        for quote in quotes:
            steps = self._take(quote)
            if steps or self._venue.reports:
                self._settle(steps)
        return thread_time_ns() - begun

    def close(self, quotes: Sequence[Quote]) -> Closes:
        """The first quote of each instrument after a minute: by it the bar of that minute is known."""
        setups: list[int] = []
        own, begun = thread_time_ns(), perf_counter_ns()
        for quote in quotes:
            steps = self._take(quote)
            if steps:
                taken = perf_counter_ns() - begun
                setups += [taken] * sum(
                    type(event) is SetupAnswered for step in steps for event in step.events
                )
            self._settle(steps)
        return Closes(setups, thread_time_ns() - own)

    def look_up(self) -> int:
        """What the engine's loop does when nothing comes: deadlines, and checkpoints of the database."""
        begun = thread_time_ns()
        self._charts.pass_time(self.now)
        self._intake.look_at_bars()
        if self._writer.book.is_due(self.now):
            self._writer.take(ClockTicked(at=self.now))
        self._settle(self._writer.commit())
        self._writer.tidy()
        return thread_time_ns() - begun

    def fates(self) -> dict[str, float]:
        """What has become of the setups of all strategies so far, and of the trades."""
        totals = [known.total for known in self._writer.book.state.strategies.values()]
        names = ("found", "taken", "refused", "missed", "trades")
        return {name: sum(getattr(total, name) for total in totals) for name in names}

    def end(self) -> None:
        """Let go of the record."""
        self._journal.close()

    def _take(self, quote: Quote) -> list[Step]:
        self.now = quote.at
        self._intake.take(quote)
        return self._writer.commit()

    def _settle(self, steps: list[Step]) -> None:
        """Carry out what is durable, take what comes back, until nothing is left to do."""
        while steps or self._venue.reports:
            for step in steps:
                for event in step.events:
                    command = command_for(event)
                    if command is not None:
                        self._venue.reports += self._venue.carry_out(command, self.now)
            reports, self._venue.reports = self._venue.reports, []
            for report in reports:
                self._writer.take_report(report)
            steps = self._writer.commit()


def _days(symbol: Symbol) -> HoursOf:
    return utc_day


def _hosted(accounts: Sequence[AccountId], symbols: Sequence[Symbol]) -> Iterator[Hosted]:
    """Ten for each account, of all rules in turn; which parameters they have is chance."""
    chance = Random(11)
    rules = list(RULES.items())
    for user, account_id in enumerate(accounts):
        for own in range(STRATEGIES_OF_A_USER):
            number = user * STRATEGIES_OF_A_USER + own
            rule, made = rules[number % len(rules)]
            strategy = build(made, _parameters(rule, chance), MINUTE)
            terms = StrategyTerms(
                f"s{number:05}",
                account_id,
                symbols[number % len(symbols)],
                rule,
                bar=MINUTE,
                parameters=shown(strategy),
                quantity=Decimal(10),
                stop_percent=Decimal("0.5"),
            )
            yield Hosted(terms, strategy)


def _parameters(rule: str, chance: Random) -> dict[str, object]:
    match rule:
        case "opening_range_breakout":
            return {
                "range_minutes": chance.randint(5, 30),
                "again": True,
                "beyond_ticks": chance.randint(0, 5),
            }
        case "ema_pullback":
            return {"fast": chance.randint(5, 20), "slow": chance.randint(21, 50)}
        case "n_bar_breakout":
            return {"bars": chance.randint(5, 40)}
        case _:
            return {"fast": chance.randint(3, 10), "slow": chance.randint(11, 30)}
