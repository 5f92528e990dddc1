"""Virtual accounts: their terms (settings, immutable) and their money (changed by `apply` alone)."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.adaptive import Adapt
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import DayClock, Governed, Governor
from kedge.domain.ids import AccountId, VenueName
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.limits import Filters, Limits, Routing, Sizing, Trial
from kedge.domain.numbers import ZERO, is_representable
from kedge.domain.protection import Plan

DISASTER_STOP_MAX = 100


class TradingState(StrEnum):
    """How much an account may do."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"  # exits, stops and cancels only
    HALTED = "HALTED"  # no new risk; protection stays, exits are still allowed


class Follow(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How the stop of an open position follows the market, and how long a position is held; R is the risk at entry."""

    trail_percent: Decimal | None = None  # distance behind the price
    trail_amount: Decimal | None = None  # the same, in price
    after_r: Decimal = Decimal(1)  # the profit from which on it trails
    break_even_r: Decimal | None = None  # the profit at which it goes to what the entry cost
    time_exit: Span | None = None  # a position is closed after so long

    def __post_init__(self) -> None:
        """Refuse what would move nothing, or move it to where it makes no sense."""
        if self.trail_percent is not None and self.trail_amount is not None:
            raise ValueError("a stop trails by a percentage or by an amount, not by both")
        for name in ("trail_percent", "trail_amount", "break_even_r"):
            number: Decimal | None = getattr(self, name)
            if number is not None and not (number.is_finite() and number > 0):
                raise ValueError(f"{name} must be above 0, not {number}")
        if self.trail_percent is not None and self.trail_percent >= 100:
            raise ValueError(f"trail_percent must be below 100, not {self.trail_percent}")
        if not (self.after_r.is_finite() and self.after_r >= 0):
            raise ValueError(f"after_r must be 0 or more, not {self.after_r}")
        if self.time_exit is not None and self.time_exit <= 0:
            raise ValueError("time_exit must be above 0")

    @property
    def moves_stops(self) -> bool:
        """Whether anything is done about stops."""
        return not (self.trail_percent is self.trail_amount is self.break_even_r is None)


class AccountTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What an account may do and where; declared rarely, so its numbers travel as decimal text."""

    id: AccountId
    venue: VenueName
    cash: Decimal
    currency: str = "USD"
    quantity: Decimal | None = None  # fixed size, when the signal gives none
    max_position_size: Decimal = Decimal(1000)
    stop_percent: Decimal = Decimal(2)  # distance of the stop when the signal gives none
    allow_unprotected: bool = False
    stop_limit_percent: Decimal = Decimal(1)  # from its price to its limit, of a stop that must have one
    # where the engine holds the stops: how far away a wider one rests at the venue, in distances from entry to stop
    disaster_stop: Decimal | None = Decimal(2)
    order_timeout: Span = MINUTE  # an unfilled entry is cancelled after so long
    signal_ttl: Span = MINUTE  # a signal older than this is not acted on
    calendar: str = ""  # by which it trades, whatever the instrument; empty: the instrument's own
    premarket: bool = False
    afterhours: bool = False
    queue_when_closed: bool = True  # signals for an entry wait for the open
    cancel_at_close: bool = True  # entries that wait at the venue are withdrawn
    flatten_before_close: Span | None = None  # positions are closed so long before the session ends
    plan: Plan = Plan()
    retry_attempts: int = 3  # an entry that was rejected is tried again so often, where that is safe
    retry_delay: Span = Span(5 * SECOND)  # before the first time; twice as long before each next
    collar_percent: Decimal = Decimal("0.5")  # how far from the price a limit goes in place of a market order
    follow: Follow = Follow()
    adapt: Adapt = Adapt()
    max_adds: int = 0  # how often an entry may add to a position; 0: never
    capabilities: Capabilities = Capabilities()
    sizing: Sizing = Sizing()
    routing: Routing = Routing()
    limits: Limits = Limits()
    governor: Governor = Governor()
    filters: Filters = Filters()
    clock: DayClock = DayClock()
    venue_account: str = ""  # at the venue, where several accounts may share one; empty: of its own name
    owner: str = ""  # for people
    trials: tuple[Trial, ...] = ()  # what single strategies may do
    reduce_on_anomaly: bool = False  # no new risk after an alarm that means: what was believed was wrong

    def __post_init__(self) -> None:
        """Refuse terms that would switch a check off by being no number."""
        for name in ("cash", "max_position_size", "stop_percent", "quantity"):
            number: Decimal | None = getattr(self, name)
            if number is None:
                continue
            if not number.is_finite() or number < 0:
                raise ValueError(f"account {self.id}: {name} must be a number of 0 or more, not {number}")
            if not is_representable(number):
                raise ValueError(f"account {self.id}: {name} {number} is too large or finer than a billionth")
        if self.quantity is not None and not self.quantity:
            raise ValueError(f"account {self.id}: quantity must be above 0")
        if self.stop_percent >= 100:
            raise ValueError(f"account {self.id}: stop_percent must be below 100, not {self.stop_percent}")
        if not 0 < self.stop_limit_percent < 100:
            raise ValueError(
                f"account {self.id}: stop_limit_percent must lie between 0 and 100, not {self.stop_limit_percent}"
            )
        wider = self.disaster_stop
        if wider is not None and not (wider.is_finite() and 1 < wider <= DISASTER_STOP_MAX):
            raise ValueError(
                f"account {self.id}: disaster_stop must be above 1 and at most {DISASTER_STOP_MAX}, "
                f"not {wider}"
            )
        if self.flatten_before_close is not None and self.flatten_before_close <= 0:
            raise ValueError(f"account {self.id}: flatten_before_close must be above 0")
        if self.retry_attempts < 0 or self.retry_delay <= 0:
            raise ValueError(f"account {self.id}: retry_attempts must be 0 or more, retry_delay above 0")
        if not 0 < self.collar_percent < 100:
            raise ValueError(
                f"account {self.id}: collar_percent must lie between 0 and 100, not {self.collar_percent}"
            )
        if self.max_adds < 0:
            raise ValueError(f"account {self.id}: max_adds must be 0 or more, not {self.max_adds}")
        if self.order_timeout <= 0 or self.signal_ttl <= 0:
            raise ValueError(f"account {self.id}: order_timeout and signal_ttl must be above 0")

    @property
    def held_at(self) -> AccountId:
        """The account at the venue in which everything of this one is held."""
        return AccountId(self.venue_account or self.id)


class Account(msgspec.Struct, gc=False):
    """One virtual account: its terms and its money."""

    terms: AccountTerms
    cash: Decimal
    state: TradingState = TradingState.ACTIVE
    realised: Decimal = ZERO  # gains and losses of what was closed, before fees
    fees: Decimal = ZERO
    trades: int = 0
    wins: int = 0
    losses: int = 0
    governed: Governed = msgspec.field(default_factory=Governed)
