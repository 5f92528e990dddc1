"""All strategies that look at the bars of one chart: one panel of indicators, and what they say to each bar.

What a restart has to make good is done here. The panel and the states of strategies go on from the record; bars that
ended since, as history has them, are played in their order; setups in them were missed.
"""

import logging
from collections.abc import Sequence

from msgspec.structs import replace

from kedge.domain.ids import Symbol
from kedge.domain.inputs import BarJudged
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.strategies import Missed, Told
from kedge.engine.strategies.runner import Runner
from kedge.market.bars import BuiltBar
from kedge.market.hours import Hours, HoursOf
from kedge.strategies.panel import Panel

log = logging.getLogger("kedge.strategies")

_NO_SESSION = Hours(Instant(0), Instant(1))


class ChartGroup:
    """One instrument, one length of bars."""

    def __init__(
        self, instrument: Instrument, name: Symbol, length: Span, runners: Sequence[Runner], hours_of: HoursOf
    ) -> None:
        """`name`: what the strategies call the instrument, which for a future may be its root."""
        self.name = name
        self.length = length
        self.runners = tuple(runners)
        self._instrument = instrument
        self._hours_of = hours_of
        self._needs = [need for runner in runners for need in runner.needs.values()]
        self._panel = Panel(instrument, self._needs)
        self.is_warm = False

    @property
    def at(self) -> Instant:
        """The close of the last bar that was judged."""
        return self._panel.at

    def resume(self, state: str | None) -> None:
        """Go on from the record, where there is something to go on from; what cannot be read is made anew."""
        if state is not None:
            try:
                self._panel = Panel.resumed(self._instrument, self._needs, state)
            except ValueError as error:
                log.warning("%s: its indicators begin anew: %s", self.name, error)
        for runner in self.runners:
            runner.begin()

    def rebuild(self, bars: Sequence[BuiltBar]) -> None:
        """All prices of the chart have moved, as by a roll: the indicators are made anew of what it shows now."""
        known, self._panel = self._panel.at, Panel(self._instrument, self._needs)
        for built in bars:
            if built.bar.at <= known:
                self._panel.take(built, self._hours_of(built.bar.start))

    def warm_up(self, bars: Sequence[BuiltBar], now: Instant) -> list[BarJudged]:
        """Once, with all that is known of the past: who has seen nothing of it sees it now.

        Of this session a strategy that is new is told, so that it knows what has happened already; what it would have
        done was missed. Who has seen a part of the past goes on with the bars that follow it, by `take`.
        """
        self.is_warm = True
        session = self._hours_of(now)
        if self._has_moved(bars):
            self.rebuild(bars)
        if self.at < 0:
            for runner in self.runners:
                runner.begin_anew()
            return self._play(self._panel, self.runners, bars, session, now)
        new = [runner for runner in self.runners if runner.is_new(self.at)]
        for runner in new:
            runner.begin_anew()  # it sees this session from its first bar on
        needs = [*self._panel.cold, *(need for runner in new for need in runner.needs.values())]
        if not needs and not new:
            return []
        beside = Panel(self._instrument, needs)
        said = self._play(beside, new, [built for built in bars if built.bar.at <= self.at], session, now)
        self._panel.adopt(beside)
        return said

    def take(self, built: BuiltBar, missed: Missed | None, now: Instant) -> BarJudged | None:
        """The next bar; None where it is known already."""
        if built.bar.start < self.at:
            return None
        hours = self._hours_of(built.bar.start)
        self._panel.take(built, hours)
        told = self._told(self._panel, self.runners, missed, now)
        return self._judged(built, hours, told)

    def _play(
        self,
        panel: Panel,
        runners: Sequence[Runner],
        bars: Sequence[BuiltBar],
        session: Hours | None,
        now: Instant,
    ) -> list[BarJudged]:
        said = []
        for built in bars:
            hours = self._hours_of(built.bar.start)
            panel.take(built, hours)
            if session is None or hours != session:
                continue
            told = tuple([replace(each, exits=()) for each in self._told(panel, runners, Missed.DOWN, now)])
            if told:
                said.append(self._judged(built, hours, told))
        return said

    def _has_moved(self, bars: Sequence[BuiltBar]) -> bool:
        """Whether a root has rolled since: its prices of then are others now."""
        if self.name == self._instrument.symbol or self._panel.close is None:
            return False
        return any(built.bar.at == self.at and built.bar.close != self._panel.close for built in bars)

    def _told(
        self, panel: Panel, runners: Sequence[Runner], missed: Missed | None, now: Instant
    ) -> tuple[Told, ...]:
        heard = [runner.hear(panel, missed, now) for runner in runners]
        return tuple([told for told in heard if told is not None])

    def _judged(self, built: BuiltBar, hours: Hours | None, told: tuple[Told, ...]) -> BarJudged:
        hours = hours or _NO_SESSION
        return BarJudged(
            self.name,
            self.length,
            built.bar.at,
            hours.open,
            hours.close,
            self._panel.state(),
            told,
            at=built.bar.at,
        )
