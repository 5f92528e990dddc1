"""Where the stop and the targets of an entry go, as an account's settings say it; R is the risk from entry to stop."""

from decimal import Decimal
from enum import StrEnum

import msgspec

_WHOLE = Decimal(100)


class TargetMethod(StrEnum):
    """How far away a target is."""

    RISK_REWARD = "risk_reward"  # so many R
    TICKS = "ticks"


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

    stop_ticks: Decimal | None = None  # its distance; without it a percentage of the price
    target: TargetPlan | None = None
    parts: tuple[TargetPart, ...] = ()

    def __post_init__(self) -> None:
        """Refuse distances that are none, and parts of more than there is."""
        if self.stop_ticks is not None and not _is_positive(self.stop_ticks):
            raise ValueError(f"the stop must be a tick or more away, not {self.stop_ticks}")
        if self.target is not None and not _is_positive(self.target.value):
            raise ValueError(f"the target must be some way away, not {self.target.value}")
        if self.target is not None and self.parts:
            raise ValueError("give one target or targets for parts, not both")
        for part in self.parts:
            if not (_is_positive(part.at_r) and _is_positive(part.pct)):
                raise ValueError(f"a part of {part.pct} % at {part.at_r} R is none: both must be above 0")
        if (whole := sum((part.pct for part in self.parts), Decimal(0))) > _WHOLE:
            raise ValueError(f"the parts add up to {whole} %, more than there is")


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0
