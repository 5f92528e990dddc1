"""All strategies of one engine: woken by the charts, heard at the close of their bars, handed to the book.

    charts ──a bar is known──► ChartGroup ──► Runner ──► BarJudged ──► book

What a bar leads to is one input: what the strategies know now, what they have found and what is done about it become
durable together. So a crash can neither lose a setup nor act on it twice.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from kedge.domain.ids import SignalId, Symbol
from kedge.domain.inputs import BarJudged
from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.protection import Levels
from kedge.domain.strategies import Missed, StrategyTerms, chart_key
from kedge.engine.charts import BarsMoved, CandleClosed, Charts, Notice
from kedge.engine.levels import MarketLevels
from kedge.engine.strategies.chart_group import ChartGroup
from kedge.engine.strategies.runner import Runner
from kedge.kernel.book import Book
from kedge.market.bars import BuiltBar
from kedge.market.hours import HoursOf
from kedge.strategies.strategy import Strategy

MENDED_WITHIN = Span(2 * SECOND)
Mend = Callable[[Symbol, Span, Instant], bool]  # ask for a bar of the past; whether there is anybody to ask


class Hosted(NamedTuple):
    """A strategy and what the settings say of it."""

    terms: StrategyTerms
    strategy: Strategy


class Strategists:
    """Begun once the book knows the strategies; asked for what there is to hand in whenever bars may have ended."""

    def __init__(
        self,
        hosted: Sequence[Hosted],
        charts: Charts,
        levels: MarketLevels,
        book: Book,
        hours_for: Callable[[Symbol], HoursOf],
    ) -> None:
        self.terms = tuple(each.terms for each in hosted)
        self._hosted = tuple(hosted)
        self._charts = charts
        self._levels = levels
        self._book = book
        self._hours_for = hours_for
        self._groups: dict[tuple[Symbol, Span], ChartGroup] = {}
        self._ended: dict[tuple[Symbol, Span], None] = {}  # charts that have something new
        self._mending: dict[tuple[Symbol, Span], Instant] = {}  # until when a bar with a hole is waited for
        self._asked: dict[tuple[Symbol, Span], Instant] = {}  # the last bar that was asked for
        self._began = Instant(0)
        self.mend: Mend = _nobody

    def begin(self, at: Instant) -> None:
        """Know again what the record knows."""
        self._began = at
        together: dict[tuple[Symbol, Span], list[Hosted]] = {}
        for each in self._hosted:
            together.setdefault((each.terms.instrument, each.terms.bar), []).append(each)
        for key, members in together.items():
            self._groups[key] = self._group(*key, members)
        if self._groups:
            self._charts.listen(self._note)
            self._charts.cover_sessions()
            self._ended = dict.fromkeys(self._groups)

    @property
    def next_look(self) -> Instant:
        """When the next bar is known, if no tick comes before; nothing is looked at where there are no strategies."""
        return self._charts.next_end if self._groups else NEVER

    def due(self, now: Instant) -> Iterable[BarJudged]:
        """What strategies have said since; to be handed in one by one, in this order. Hardly ever anything."""
        if not self._ended:
            return
        for key in list(self._ended):
            group = self._groups[key]
            if self._charts.is_awaited(group.name) or self._waits_for_a_bar(key, now):
                continue
            del self._ended[key]
            yield from self._heard(group, now)

    def _heard(self, group: ChartGroup, now: Instant) -> Iterable[BarJudged]:
        bars = self._charts.built(group.name, group.length)
        if not group.is_warm:
            past = [built for built in bars if built.bar.at <= self._began]
            for judged in group.warm_up(past, now):
                yield self._ready(judged, now)
        for built in bars:
            if built.bar.at <= group.at:
                continue
            if self._is_to_be_mended(group, built, now):
                self._ended[group.name, group.length] = None
                return
            said = group.take(built, self._why_missed(built), now)
            if said is not None:
                yield self._ready(said, now)

    def _why_missed(self, built: BuiltBar) -> Missed | None:
        if built.bar.at <= self._began:
            return Missed.DOWN
        return Missed.HOLE if built.missing else None

    def _ready(self, judged: BarJudged, now: Instant) -> BarJudged:
        """With the market as it is now, which is what its signals are judged by."""
        signals = [setup for told in judged.told if told.missed is None for setup in told.setups]
        signals += [leave for told in judged.told for leave in told.exits]
        if not signals:
            return msgspec.structs.replace(judged, at=now)
        state = self._book.state
        contract = state.contract_of(signals[0].account, judged.instrument)
        bid, ask = self._book.quote(contract)
        levels: dict[SignalId, Levels] = {}
        for signal in signals:
            told = self._levels.for_signal(signal, state, now)
            if told is not None:
                levels[signal.id] = told
        return msgspec.structs.replace(
            judged,
            bid=bid,
            ask=ask,
            levels=levels,
            quoted_at=self._book.quoted_at(contract),
            jumped_from=self._book.jumped_from(contract),
            at=now,
        )

    # -- bars with a hole --

    def _is_to_be_mended(self, group: ChartGroup, built: BuiltBar, now: Instant) -> bool:
        """Whether a bar is asked for once more: the feed's own may have what was not heard here."""
        key = (group.name, group.length)
        if not built.missing or self._asked.get(key, Instant(0)) >= built.bar.at:
            return False
        self._asked[key] = built.bar.at
        if not self.mend(self._charts.traded(group.name), group.length, built.bar.at):
            return False
        self._mending[key] = Instant(now + MENDED_WITHIN)
        return True

    def _waits_for_a_bar(self, key: tuple[Symbol, Span], now: Instant) -> bool:
        until = self._mending.get(key)
        if until is None:
            return False
        if now < until and self._charts.is_mending(self._charts.traded(key[0])):
            return True
        del self._mending[key]
        return False

    # -- what charts tell --

    def _note(self, notice: Notice) -> None:
        instrument = notice.bar.instrument if isinstance(notice, CandleClosed) else notice.instrument
        key = (instrument, notice.length)
        group = self._groups.get(key)
        if group is None:
            return
        self._ended[key] = None
        if isinstance(notice, BarsMoved):
            group.rebuild(self._charts.built(*key))

    def _group(self, name: Symbol, length: Span, members: Sequence[Hosted]) -> ChartGroup:
        state = self._book.state
        runners = [Runner(each.terms, each.strategy, state) for each in members]
        contract = state.fronts.get(name, name)
        group = ChartGroup(state.instruments[contract], name, length, runners, self._hours_for(contract))
        known = state.panels.get(chart_key(name, length))
        group.resume(None if known is None else known.state)
        return group


def _nobody(symbol: Symbol, length: Span, before: Instant) -> bool:
    return False
