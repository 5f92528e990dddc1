"""What accounts and owners may do, as the record states it. A term that is left out has its documented default."""

from decimal import Decimal

import msgspec

SECOND = 10**9
MINUTE = 60 * SECOND
NEVER = 2**63 - 1


class AssetShare(msgspec.Struct):
    """The most that may be in one kind of instrument, in percent of equity."""

    asset: str
    pct: Decimal


class Limits(msgspec.Struct):
    """The most that an account may have at risk."""

    max_order_value: Decimal = Decimal(50_000)
    max_positions: int = 5
    max_position_pct: Decimal = Decimal(10)
    max_exposure_pct: Decimal = Decimal(50)
    max_leverage: Decimal = Decimal(1)
    max_open_risk_pct: Decimal = Decimal(3)
    min_cash: Decimal = Decimal(0)
    max_active_orders: int = 100
    exposure: str = "notional"
    by_asset: tuple[AssetShare, ...] = ()


class DailyLoss(msgspec.Struct):
    """How much a day may lose, in money or in percent."""

    limit: Decimal
    in_pct: bool = False
    basis: str = "balance"
    of: str = "initial"


class Drawdown(msgspec.Struct):
    """How far equity may fall below a peak."""

    limit: Decimal
    in_pct: bool = False
    mode: str = "intraday"
    lock_at: Decimal | None = None


class Tier(msgspec.Struct):
    """From so much profit on, so many contracts."""

    profit: Decimal
    contracts: Decimal


class Governor(msgspec.Struct):
    """What holds an account back."""

    daily_loss: DailyLoss | None = None
    drawdown: Drawdown | None = None
    profit_target: Decimal | None = None
    max_day_profit: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    cooldown_losses: int = 3
    cooldown: int = 5 * MINUTE
    max_entries_per_minute: int = 10
    max_entries_per_hour: int = 60
    max_entries_per_day: int = 200
    max_daily_orders: int = 1000


class Messages(msgspec.Struct):
    """What the venue takes from one of its accounts, and the part that no entry may use."""

    per_second: int = 10
    per_minute: int = 200
    reserve_pct: int = 30


class Trial(msgspec.Struct):
    """What one strategy may do."""

    strategy: str
    max_position_size: Decimal | None = None
    max_order_value: Decimal | None = None
    max_entries_per_day: int | None = None


class Account(msgspec.Struct):
    """The terms of an account. Of a record that is older than a group of terms, that group is not judged."""

    id: str
    cash: Decimal
    max_position_size: Decimal
    venue_account: str = ""
    owner: str = ""
    limits: Limits | None = None
    governor: Governor | None = None
    messages: Messages | None = None
    trials: tuple[Trial, ...] = ()

    @property
    def held_at(self) -> str:
        """The account at the venue."""
        return self.venue_account or self.id


class Owner(msgspec.Struct):
    """What the accounts of an owner may have at risk together."""

    name: str
    max_exposure_pct: Decimal = Decimal(50)
    max_exposure: Decimal | None = None
    max_open_risk_pct: Decimal = Decimal(3)
    max_open_risk: Decimal | None = None
    max_position_pct: Decimal = Decimal(10)
    max_position_size: Decimal | None = None
    daily_loss: DailyLoss | None = None
    allow_opposite: bool = False


class Instrument(msgspec.Struct):
    """What a point of it is worth, and how it settles."""

    symbol: str
    multiplier: Decimal = Decimal(1)
    asset: str = "equity"
    margin: Decimal | None = None

    @property
    def settles_in_full(self) -> bool:
        """Whether buying it pays the whole value."""
        return self.asset != "future"
