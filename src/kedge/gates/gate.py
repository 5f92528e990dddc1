"""What a gate may see, what it answers, and the walk through a list of them.

A gate reads a `Draft` and either refuses with a code and the figures that it compared, or lets it pass and may fill in
what it is responsible for (the side, the quantity, the stop). The walk ends in `Approved` or `Refused`; only an
`Approved` can be made into an order, so an unchecked order cannot be written down, let alone sent.
"""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kedge.domain.accounts import Account, AccountTerms, TradingState
from kedge.domain.codes import Code
from kedge.domain.events import Check
from kedge.domain.governor import Pace
from kedge.domain.ids import AccountId, OrderId
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.markets import MarketHours
from kedge.domain.numbers import ZERO, Figure
from kedge.domain.orders import Order, Side
from kedge.domain.owners import OwnerTerms
from kedge.domain.positions import Position
from kedge.domain.protection import Levels
from kedge.domain.signals import Signal
from kedge.domain.stakes import NO_STAKE, Stake
from kedge.domain.strategies import StrategyTerms, with_own
from kedge.protection.targets import Share, Target

if TYPE_CHECKING:
    from kedge.gates.room import Room

Figures = dict[str, Figure]


class Refusal(NamedTuple):
    """A gate's no."""

    code: Code
    figures: Figures


class MarketNow(NamedTuple):
    """What is known of the market by whose hours the account trades the instrument."""

    name: str = ""  # of its calendar; empty: it never closes
    hours: MarketHours | None = None
    halted: str = ""  # the exchange's reason for a halt of the instrument
    waited_until: Instant | None = None  # the open that the signal has waited for
    left_at: Instant | None = None  # of a futures contract: since when one behind it is the front one
    changed_at: Instant | None = None  # the last time that its shares were split or got a new symbol


class Resting(NamedTuple):
    """An order with a limit that may rest at the venue."""

    order: OrderId
    side: Side
    price: Decimal


class Neighbour(NamedTuple):
    """Another account of the same account at the venue, and what it has there in the instrument."""

    account: AccountId
    held: Decimal  # signed
    lowest: Decimal  # what it may come to hold if all that it sells trades, and nothing that it buys
    highest: Decimal  # the other way round
    limits: tuple[Resting, ...] = ()


class Together(NamedTuple):
    """All the accounts of an owner, and what they have at stake together."""

    terms: OwnerTerms
    equity: Decimal
    total: Stake
    here: Stake  # in the instrument
    members: Collection[AccountId]
    stake_of: Callable[[AccountId], Stake]  # what one of them has in the instrument

    def others_than(self, account: AccountId) -> list[AccountId]:
        """For what is told of a refusal: no way of a signal goes through all of them otherwise."""
        return [each for each in self.members if each != account]


NEVER_CLOSES = MarketNow()
NO_LEVELS = Levels()


class Wait(NamedTuple):
    """A gate's not yet."""

    code: Code
    figures: Figures


class Hold(NamedTuple):
    """A gate's not without a person."""

    code: Code
    figures: Figures


Gate = Callable[["Draft"], Figures | Refusal | Wait | Hold]


class Draft:
    """A signal on its way to an order: what is known, and what the gates have settled so far."""

    __slots__ = (
        "_terms",
        "account",
        "approved_by",
        "ask",
        "at",
        "bid",
        "elsewhere",
        "equity",
        "instrument",
        "jumped_from",
        "known_account",
        "known_instrument",
        "last_entry",
        "leaving",
        "levels",
        "market",
        "neighbours",
        "of_asset",
        "open_orders",
        "pace",
        "position",
        "quantity",
        "quoted_at",
        "reference",
        "rooms",
        "sent",
        "shares",
        "side",
        "signal",
        "stake",
        "stop",
        "stop_order",
        "strategy",
        "targets",
        "together",
        "total",
        "trading",
        "unallocated",
    )

    account: Account
    instrument: Instrument
    side: Side

    def __init__(
        self,
        signal: Signal,
        at: Instant,
        *,
        account: Account | None,
        instrument: Instrument | None,
        position: Position | None,
        open_orders: Sequence[Order],
        trading: TradingState,
        bid: Decimal | None,
        ask: Decimal | None,
        market: MarketNow = NEVER_CLOSES,
    ) -> None:
        """Everything a gate may look at is handed in; `account` and `instrument` are set by the intake gate."""
        self.signal = signal
        self.at = at
        self.known_account = account
        self.known_instrument = instrument
        self.position = position
        self.open_orders = open_orders
        self.trading = trading
        self.bid = bid
        self.ask = ask
        self.market = market
        self.neighbours: tuple[Neighbour, ...] = ()
        self.unallocated: Decimal = ZERO  # at the venue account, signed
        self.quantity: Decimal = ZERO
        self.stop: Decimal | None = None
        self.reference: Decimal | None = None
        self.levels = NO_LEVELS
        self.targets: tuple[Target, ...] = ()
        self.stop_order: Order | None = None
        self.shares: list[Share] = []  # where its targets are, before its size is known
        self.stake = self.total = NO_STAKE
        self.of_asset = ZERO  # exposure in instruments of the same asset class
        self.sent: list[Instant] = []  # to the account at the venue, in the last minute, oldest first
        self.jumped_from: Decimal | None = None  # the bid of the last seconds that is farthest from this one
        self.equity = ZERO
        self.together: Together | None = None  # with the other accounts of an owner who has limits
        self.rooms: list[Room] = []  # under its limits, once the size has been looked for
        self.elsewhere = ""  # another instrument in which the account has something
        self.pace: Pace | None = None
        self.last_entry: Order | None = None  # in this instrument
        self.leaving: Order | None = None  # what is to be sent for it now
        self.approved_by = ""
        self.quoted_at: Instant | None = None  # when bid and ask were
        self.strategy: StrategyTerms | None = None  # of our own, that the signal comes from
        self._terms: AccountTerms | None = None

    @property
    def terms(self) -> AccountTerms:
        """Where stop and targets go and how large an entry is: as the account says, or the strategy in its place."""
        if self.strategy is None:
            return self.account.terms
        if self._terms is None:
            self._terms = with_own(self.account.terms, self.strategy)
        return self._terms

    @property
    def market_price(self) -> Decimal | None:
        """What an order on this side would pay or get now."""
        return self.ask if self.side is Side.BUY else self.bid


NAMES_SHOWN = 5


def listed(accounts: Sequence[AccountId]) -> str:
    """Their names; of many the first ones."""
    more = len(accounts) - NAMES_SHOWN
    names = ", ".join(accounts[:NAMES_SHOWN]) or "none"
    return f"{names} and {more} more" if more > 0 else names


class Approved(NamedTuple):
    """Every gate let the draft pass."""

    draft: Draft
    checks: tuple[Check, ...]


class Refused(NamedTuple):
    """The last of the checks said no."""

    code: Code
    checks: tuple[Check, ...]


class Waiting(NamedTuple):
    """The last of the checks said not yet."""

    code: Code
    checks: tuple[Check, ...]


class Held(NamedTuple):
    """The last of the checks said not without a person."""

    code: Code
    checks: tuple[Check, ...]


Verdict = Approved | Refused | Waiting | Held
_ENDS: dict[type, type[Refused] | type[Waiting] | type[Held]] = {Refusal: Refused, Wait: Waiting, Hold: Held}


def walk(gates: Sequence[Gate], draft: Draft) -> Verdict:
    """Pass the draft through the gates in order; the first that does not let it pass ends the walk."""
    checks = []
    for gate in gates:
        verdict = gate(draft)
        if isinstance(verdict, dict):
            checks.append(Check(gate.__name__, "", verdict))
        else:
            checks.append(Check(gate.__name__, verdict.code, verdict.figures))
            return _ENDS[type(verdict)](verdict.code, tuple(checks))
    return Approved(draft, tuple(checks))
