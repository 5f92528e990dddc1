"""One long history out of many contracts: a continuous series, for indicators only.

A future dies every few months, and the next one trades at another price. Put end to end, their bars would jump at each
roll, and an average would take the jump for a move. So the bars before a roll are moved by the gap between the two
contracts, measured at the last moment at which both had a bar; the newest contract keeps its prices.

*Difference* (the usual way) moves by so many ticks: exact, and a move of ten points stays one of ten points. Old
prices can fall below zero. *Ratio* moves by a factor: a move of one per cent stays one per cent, and each price is
rounded to a tick once.

Moved prices were never traded. Each bar keeps its contract's own beside them; orders, fills and books use those.
A new roll moves the whole history before it, so indicators are filled again when one comes.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import NEVER, Instant, show_instant
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar


class Adjustment(StrEnum):
    """How the prices before a roll are moved."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


class Roll(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """From `at` on, bars come from `into`; those that end by then from the contract before."""

    at: Instant
    into: Symbol


class Gap(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What two contracts closed at, at one moment."""

    at: Instant
    leaving: Ticks
    joining: Ticks


class ContinuousBar(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One bar of the series: as it was traded, and as indicators see it."""

    traded: Bar
    moved: Bar


class _Move(msgspec.Struct, frozen=True, gc=False):
    """A price becomes `price * factor + shift`, rounded to a tick."""

    factor: Fraction = Fraction(1)
    shift: int = 0

    def price(self, ticks: Ticks) -> Ticks:
        return Ticks(round(ticks * self.factor) + self.shift)

    def bar(self, bar: Bar, symbol: Symbol) -> Bar:
        price = self.price
        return msgspec.structs.replace(
            bar,
            instrument=symbol,
            open=price(bar.open),
            high=price(bar.high),
            low=price(bar.low),
            close=price(bar.close),
        )


_NOT_MEASURED: Mapping[Symbol, Gap] = MappingProxyType({})


def continuous(
    symbol: Symbol,
    first: Symbol,
    rolls: Sequence[Roll],
    bars: Mapping[Symbol, Sequence[Bar]],
    adjustment: Adjustment = Adjustment.DIFFERENCE,
    measured: Mapping[Symbol, Gap] = _NOT_MEASURED,
) -> list[ContinuousBar]:
    """The series named `symbol` that begins with the contract `first`; each contract's bars in the order of time.

    `measured`: gaps that are known already, by the contract that was rolled into; the others are measured here.
    """
    for before, after in pairwise(rolls):
        if after.at <= before.at:
            raise ValueError(
                f"{symbol}: the roll into {after.into} at {show_instant(after.at)} comes before the one "
                f"into {before.into}"
            )
    contracts = [first, *(roll.into for roll in rolls)]
    for contract in contracts:
        if contract not in bars:
            raise ValueError(f"{symbol}: there are no bars of {contract}")
    ends = [*(roll.at for roll in rolls), NEVER]
    series: list[ContinuousBar] = []
    move = _Move()
    for place in range(len(contracts) - 1, -1, -1):  # from the newest back, as the moves add up
        own = bars[contracts[place]]
        if place < len(rolls):
            roll = rolls[place]
            gap = measured.get(roll.into) or gap_at(roll, own, bars[roll.into])
            if gap is None:
                raise ValueError(
                    f"{symbol}: up to the roll into {roll.into} at {show_instant(roll.at)} there is no moment at which "
                    "both contracts have a bar, so the gap between them is not known"
                )
            move = _moved_on(move, gap, adjustment, f"{symbol}: at the roll into {roll.into}")
        begin = ends[place - 1] if place else Instant(-NEVER)
        stretch = [bar for bar in own if begin < bar.at <= ends[place]]
        series += [ContinuousBar(bar, move.bar(bar, symbol)) for bar in reversed(stretch)]
    series.reverse()
    return series


def gap_at(roll: Roll, leaving: Sequence[Bar], joining: Sequence[Bar]) -> Gap | None:
    """The closes of both contracts at the last moment, up to the roll, at which both had a bar; None without one."""
    closes = {bar.at: bar.close for bar in joining if bar.at <= roll.at}
    for bar in reversed(leaving):
        if bar.at in closes:
            return Gap(bar.at, bar.close, closes[bar.at])
    return None


def _moved_on(move: _Move, gap: Gap, adjustment: Adjustment, where: str) -> _Move:
    """The move of the contract before, given that of the one after it."""
    leaving, joining = gap.leaving, gap.joining
    if adjustment is Adjustment.DIFFERENCE:
        return _Move(shift=move.shift + joining - leaving)
    if leaving <= 0 or joining <= 0:
        raise ValueError(f"{where} a price is not above zero, so there is no ratio; use the difference")
    return _Move(factor=move.factor * Fraction(joining, leaving))
