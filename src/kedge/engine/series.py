"""One series for a future's root, out of the charts of its contracts: continuous and back-adjusted, for indicators.

How bars are joined and moved is `kedge.market.continuous`; since when each contract was the front one is told by the
record (`FrontChanged`), so a restart joins them as the run before did. The series is made anew at each question, out
of what the charts hold: a roll, or history that came late, is in it at once.

Where two contracts have no bar that ends at one moment up to their roll, the gap between them is not known. Then the
older one is left out, with all before it: a jump that nobody traded would be taken for a move. The first contract of
a series stands in it with all of its bars, also those from before it was the front one.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import NEVER, Instant, Span, show_instant
from kedge.domain.quotes import Bar
from kedge.market.continuous import ContinuousBar, Gap, Roll, continuous, gap_at

log = logging.getLogger("kedge.charts")

OwnBars = Callable[[Symbol], Sequence[Bar]]  # the known bars of a contract, of the length that is asked for


class Series:
    """The contracts of one root in the order in which they were the front one."""

    def __init__(self, root: Symbol, contracts: Iterable[Symbol], since: Mapping[Symbol, Instant]) -> None:
        """`contracts` are those that have charts; `since`: when a contract became the front one."""
        self.root = root
        self._charted = dict.fromkeys(contracts)
        self._fronts: list[Roll] = []
        self._gaps: dict[tuple[Span, Symbol], Gap] = {}  # charts forget bars; what was measured is kept
        self._missed: dict[tuple[Span, Symbol], None] = {}
        self.roll(since)

    def roll(self, since: Mapping[Symbol, Instant]) -> bool:
        """Be told when each contract became the front one; whether that changes the series."""
        fronts = sorted(
            (Roll(at, contract) for contract, at in since.items() if contract in self._charted),
            key=lambda roll: roll.at,
        )
        ends = [*(roll.at for roll in fronts[1:]), NEVER]
        fronts = [
            roll for roll, end in zip(fronts, ends, strict=False) if roll.at < end
        ]  # else for no time at all
        changed = fronts != self._fronts
        self._fronts = fronts
        return changed

    @property
    def contracts(self) -> tuple[Symbol, ...]:
        """Those that have been the front one, oldest first."""
        return tuple([roll.into for roll in self._fronts])

    @property
    def newest(self) -> Symbol | None:
        """The contract that its newest bars are of; None where none was the front one yet."""
        return self._fronts[-1].into if self._fronts else None

    def has(self, contract: Symbol) -> bool:
        """Whether bars of this contract are part of it."""
        return any(roll.into == contract for roll in self._fronts)

    def bars(self, length: Span, own: OwnBars, *, is_settled: bool = True) -> list[Bar]:
        """The bars, oldest first, under the name of the root; those of the newest contract as they were traded.

        `is_settled`: no history is on its way, so a gap that is not known now is worth a word.
        """
        made = [each.moved for each in self._made(length, own)]
        if is_settled:
            self._tell_gaps(length, own)
        return made

    def candle(self, length: Span, bar: Bar, own: OwnBars) -> Bar | None:
        """A contract's bar that has just become known, as it stands in the series; None where it does not."""
        if not self.has(bar.instrument):
            return None
        first, newest = self._fronts[0], self._fronts[-1]
        if bar.instrument == newest.into and (newest is first or bar.at > newest.at):
            return msgspec.structs.replace(bar, instrument=self.root)
        if bar.at > newest.at:
            return None  # of a contract that was left
        # It ended before the roll and became known after it: rare enough to look through all of them.
        return next((each.moved for each in reversed(self._made(length, own)) if each.traded == bar), None)

    def is_moved_by(self, bar: Bar) -> bool:
        """Whether a contract's bar that has just become known may tell a newer gap: it ended before the last roll."""
        return len(self._fronts) > 1 and bar.at <= self._fronts[-1].at and self.has(bar.instrument)

    def _made(self, length: Span, own: OwnBars) -> list[ContinuousBar]:
        if not self._fronts:
            return []
        bars = {roll.into: own(roll.into) for roll in self._fronts}
        joined = [self._fronts[-1]]
        for before, roll in reversed(list(pairwise(self._fronts))):
            if not self._measure(length, roll, bars[before.into], bars[roll.into]):
                break
            joined.insert(0, before)
        first, *rolls = joined
        gaps = {roll.into: self._gaps[length, roll.into] for roll in rolls}
        return continuous(self.root, first.into, rolls, bars, measured=gaps)

    def _measure(self, length: Span, roll: Roll, leaving: Sequence[Bar], joining: Sequence[Bar]) -> bool:
        """Whether the gap at a roll is known, now or from before."""
        gap = gap_at(roll, leaving, joining)
        if gap is not None:
            self._gaps[length, roll.into] = gap
        return (length, roll.into) in self._gaps

    def _tell_gaps(self, length: Span, own: OwnBars) -> None:
        """Say once where bars are left out because a gap is not known."""
        for before, roll in pairwise(self._fronts):
            if (length, roll.into) in self._gaps or (length, roll.into) in self._missed or not own(roll.into):
                continue
            if any(bar.at <= roll.at for bar in own(before.into)):
                self._missed[length, roll.into] = None
                log.warning(
                    "%s: up to the roll into %s at %s no bars of both contracts end at one moment: the gap is not "
                    "known, and the continuous series goes without the bars of %s",
                    self.root,
                    roll.into,
                    show_instant(roll.at),
                    before.into,
                )
