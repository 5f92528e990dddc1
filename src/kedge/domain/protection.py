"""Where the stop and the targets of an entry go, as an account's settings say it; R is the risk from entry to stop."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.instants import MINUTE, Span
from kedge.domain.numbers import UNIT, Nano

_WHOLE = Decimal(100)


class StopMethod(StrEnum):
    """By what of the market a stop is placed."""

    ATR = "atr"  # so many average true ranges away
    STRUCTURE = "structure"  # beyond the last swing
    OPPOSITE_RANGE = "opposite_range"  # beyond the other side of the opening range


class TargetMethod(StrEnum):
    """How far away a target is."""

    RISK_REWARD = "risk_reward"  # so many R
    TICKS = "ticks"
    RANGE = "range"  # so many heights of the opening range beyond its broken side
    RESISTANCE = "resistance"  # at the nearest swing on the way


class StopWord(StrEnum):
    """By which method a signal wants its stop."""

    PERCENT = "percent"
    TICKS = "ticks"
    ATR = "atr"
    STRUCTURE = "structure"
    BREAK_EVEN = "break_even"  # at what the entry cost: of a position that is open
    OPPOSITE_RANGE = "opposite_range"

    @property
    def goes_by_a_level(self) -> bool:
        """Whether there is something to lie beyond of."""
        return self is StopWord.STRUCTURE or self is StopWord.OPPOSITE_RANGE


class WantedStop(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """A stop by a method of the signal's own; what is left out is as in an account that says nothing of it."""

    method: StopWord
    value: Nano | None = None
    beyond_ticks: int | None = None

    @property
    def fault(self) -> str:
        """What is wrong with it, after the name of its field; empty where nothing is."""
        below = _BELOW.get(self.method)
        if below is None and self.value is not None:
            return f"value: the method {self.method} has no use for it"
        if self.value is None and self.method is StopWord.TICKS:
            return "value: missing; ticks are counted"
        if below is not None and self.value is not None and not 0 < self.value < below * UNIT:
            return f"value: must be above 0 and below {below} for the method {self.method}"
        if self.method is StopWord.TICKS and self.value is not None and self.value % UNIT:
            return "value: must be a whole number of ticks"
        if self.beyond_ticks is not None and not self.method.goes_by_a_level:
            return f"beyond_ticks: the method {self.method} has no use for it"
        if self.beyond_ticks is not None and not 0 <= self.beyond_ticks <= _BEYOND_MAX:
            return f"beyond_ticks: must be a whole number from 0 to {_BEYOND_MAX}"
        return ""


_BELOW = {StopWord.PERCENT: 100, StopWord.TICKS: 1_000_000, StopWord.ATR: 100}
_BEYOND_MAX = 10_000
R_BELOW = 1000  # of a target at so many R


class Levels(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What the market looked like when a signal came, as far as the account's plan asks for it."""

    atr: Nano | None = None
    swing_high: Nano | None = None
    swing_low: Nano | None = None
    range_high: Nano | None = None
    range_low: Nano | None = None
    highs: tuple[Nano, ...] = ()  # the last swing highs, newest first: what may stand in the way
    lows: tuple[Nano, ...] = ()


class Horizon(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Of which bars levels are made."""

    bar: Span | None = None  # their length; the first that the settings name, unless it is said
    atr_bars: int = 14
    swing_bars: int = 2  # lesser ones on either side
    opening: Span = Span(15 * MINUTE)  # the opening range


class LevelStop(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A stop that the market places."""

    method: StopMethod
    value: Decimal = Decimal("1.5")  # ranges, for the one that is measured in them
    beyond_ticks: int = 1  # past a level: at it is where many stops lie


class KeyLevels(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Which stops are put beyond a price that many people look at: a swing, the opening range, a round number."""

    within_ticks: int  # so near before it
    beyond_ticks: int = 2  # so far past it they are put
    round_to: Decimal | None = None  # the step of round numbers; without one they are not looked at
    max_wider_percent: Decimal = Decimal(25)  # the risk grows by this at the most

    def __post_init__(self) -> None:
        """Refuse what would move nothing, or anywhere."""
        if self.within_ticks < 0 or self.beyond_ticks < 1:
            raise ValueError("a stop is put a tick or more beyond a level that it is near to")
        if self.round_to is not None and not _is_positive(self.round_to):
            raise ValueError(f"round numbers are some way apart, not {self.round_to}")
        if not _is_positive(self.max_wider_percent):
            raise ValueError(f"a stop that is put beyond a level is wider, not by {self.max_wider_percent} %")


class TargetPlan(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One target for all of the position."""

    method: TargetMethod
    value: Decimal


class TargetPart(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A target for so many percent of the position."""

    at_r: Decimal
    pct: Decimal


class Plan(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What an entry gets whose signal does not say otherwise."""

    stop_ticks: Decimal | None = None  # its distance
    level_stop: LevelStop | None = None  # where the market says; without either a percentage of the price
    horizon: Horizon = Horizon()
    target: TargetPlan | None = None  # for what the parts leave
    parts: tuple[TargetPart, ...] = ()
    fallback_percent: Decimal | None = (
        None  # the stop's distance where the market does not say; None: no entry
    )
    key_levels: KeyLevels | None = None

    def __post_init__(self) -> None:
        """Refuse distances that are none, and parts of more than there is."""
        if self.stop_ticks is not None and not _is_positive(self.stop_ticks):
            raise ValueError(f"the stop must be a tick or more away, not {self.stop_ticks}")
        if self.stop_ticks is not None and self.level_stop is not None:
            raise ValueError("a stop goes by ticks or by the market, not by both")
        if self.level_stop is not None and not (
            _is_positive(self.level_stop.value) and self.level_stop.beyond_ticks >= 0
        ):
            raise ValueError("a stop goes some way away, and not less than nothing beyond a level")
        if self.target is not None and not _is_positive(self.target.value):
            raise ValueError(f"the target must be some way away, not {self.target.value}")
        if self.fallback_percent is not None and not (
            _is_positive(self.fallback_percent) and self.fallback_percent < _WHOLE
        ):
            raise ValueError(f"the stop falls back to a part of the price, not to {self.fallback_percent} %")
        for part in self.parts:
            if not (_is_positive(part.at_r) and _is_positive(part.pct)):
                raise ValueError(f"a part of {part.pct} % at {part.at_r} R is none: both must be above 0")
        if (whole := sum((part.pct for part in self.parts), Decimal(0))) > _WHOLE:
            raise ValueError(f"the parts add up to {whole} %, more than there is")

    @property
    def needs_levels(self) -> bool:
        """Whether it asks what the market looks like."""
        by_market = (TargetMethod.RANGE, TargetMethod.RESISTANCE)
        targets = self.target is not None and self.target.method in by_market
        return self.level_stop is not None or self.key_levels is not None or targets


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0
