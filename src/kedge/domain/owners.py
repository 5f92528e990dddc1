"""Limits over all the accounts of one owner together: an owner with ten accounts can lose ten times over."""

from decimal import Decimal

import msgspec

from kedge.domain.governor import DailyLoss
from kedge.domain.limits import refuse_no_number


class OwnerTerms(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What an owner's accounts may have at risk together; equity is that of all of them."""

    name: str
    max_exposure_pct: Decimal = Decimal(50)  # of equity
    max_exposure: Decimal | None = None  # the same in money
    max_open_risk_pct: Decimal = Decimal(3)  # of equity, between entries and stops
    max_open_risk: Decimal | None = None  # the same in money
    max_position_pct: Decimal = Decimal(10)  # of equity, in one instrument
    max_position_size: Decimal | None = None  # in one instrument, each side by itself
    daily_loss: DailyLoss | None = None  # a share is of what all accounts began with
    allow_opposite: bool = False  # whether one account may hold an instrument long and another one short

    def __post_init__(self) -> None:
        """Refuse a limit that is none."""
        if not self.name:
            raise ValueError("an owner has a name")
        refuse_no_number(f"owner {self.name}", self, *_LIMITS)


_LIMITS = (
    "max_exposure_pct",
    "max_exposure",
    "max_open_risk_pct",
    "max_open_risk",
    "max_position_pct",
    "max_position_size",
)
