"""How the simulated exchange treats orders. Every value is checked where it is made, so no run starts on a typo."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.instants import Span
from kedge.domain.numbers import ZERO
from kedge.sim.abilities import Abilities


class FillOn(StrEnum):
    """Where on bars a market order fills that was decided at a bar's close."""

    NEXT_OPEN = "next_open"
    CLOSE = "close"


class LimitFill(StrEnum):
    """What a resting limit order needs: that the price touches its limit, or trades through it."""

    TOUCH = "touch"
    THROUGH = "through"


class SameBar(StrEnum):
    """Which of stop and target is taken when both lie in one bar."""

    STOP_FIRST = "stop_first"


_AMOUNTS = (
    "slippage_bps",
    "commission_flat",
    "commission_per_share",
    "commission_percent",
    "commission_minimum",
)
_CHANCES = ("partial_fill_rate", "reject_rate")


class CommissionIn(StrEnum):
    """What a fee is taken in."""

    MONEY = "money"
    BASE = "base"  # that of a buy of crypto in the coins bought; all else in money


class SimSettings(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The terms of one simulated exchange. Fees count per order: cutting a fill in parts changes no total."""

    slippage_bps: Decimal = ZERO  # market and stop orders only, rounded up to a whole tick against the order
    commission_flat: Decimal = ZERO  # once for each order that trades
    commission_per_share: Decimal = ZERO  # for each share, coin or contract
    commission_percent: Decimal = ZERO  # of the value traded: 0.1 is a thousandth
    commission_minimum: Decimal = ZERO  # the least that an order pays once it has traded
    fill_delay: Span = Span(0)  # ns from acceptance until the order works in the market
    partial_fill_rate: Decimal = ZERO  # chance that a fill is cut, the rest following later
    reject_rate: Decimal = ZERO  # chance that an order is refused for no reason of its own
    spread_ticks: int = 0  # between bid and ask where only prints or bars come in; an odd tick is on the ask
    fill_on: FillOn = FillOn.NEXT_OPEN
    limit_fill: LimitFill = LimitFill.TOUCH
    same_bar: SameBar = SameBar.STOP_FIRST
    commission_in: CommissionIn = CommissionIn.MONEY
    respect_size: bool = False  # fills take no more than the size that is shown; a size of 0 says nothing
    check_cash: bool = True  # refuse a buy that the account's cash does not cover
    abilities: Abilities = Abilities()

    def __post_init__(self) -> None:
        """Refuse values that no exchange could work by."""
        for name in (*_AMOUNTS, *_CHANCES):
            number: object = getattr(self, name)
            if not isinstance(number, Decimal) or not number.is_finite() or number < 0:
                raise ValueError(f"sim settings: {name} must be a Decimal of 0 or more, not {number!r}")
        for name in _CHANCES:
            if getattr(self, name) > 1:
                raise ValueError(f"sim settings: {name} must lie between 0 and 1, not {getattr(self, name)}")
        if self.slippage_bps >= 10_000:
            raise ValueError(f"sim settings: slippage_bps must be below 10000, not {self.slippage_bps}")
        for name in ("fill_delay", "spread_ticks"):
            count: object = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueError(f"sim settings: {name} must be a whole number of 0 or more, not {count!r}")
        for name, choices in (
            ("fill_on", FillOn),
            ("limit_fill", LimitFill),
            ("same_bar", SameBar),
            ("commission_in", CommissionIn),
        ):
            value: object = getattr(self, name)
            if not isinstance(value, choices):
                allowed = ", ".join(choices)
                raise ValueError(  # noqa: TRY004 - one kind of error for every setting
                    f"sim settings: {name} must be one of {allowed}, not {value!r}"
                )
