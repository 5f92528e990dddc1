"""All that a book knows. It is what `apply` builds from events, and what a snapshot stores.

Memory holds what is open and a bounded window of what is done: the cost of a decision must not grow with history.
What has left the window lives in the journal's tables and is handed in again (`OrderRecalled`) when a venue speaks
of it.
"""

from decimal import Decimal
from functools import lru_cache

import msgspec

from kedge.domain.accounts import Account, TradingState
from kedge.domain.announcements import Action, Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import Pace
from kedge.domain.ids import AccountId, BookId, OrderId, PositionId, SignalId, Symbol, minted
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.intents import Intent
from kedge.domain.kill import ALL, Kill
from kedge.domain.markets import MarketHours
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Order, OrderRequest
from kedge.domain.owners import OwnerTerms
from kedge.domain.positions import Position
from kedge.domain.protection import Levels
from kedge.domain.refusals import Course, RejectKind
from kedge.domain.signals import Outcome, Signal
from kedge.domain.stories import Chapter
from kedge.domain.strategies import Panel, StrategyBook, StrategyTerms

CLOSED_ORDERS_KEPT = 1_000
SIGNALS_KEPT = 10_000
CHANGES_KEPT = 1_000
ACTIONS_KEPT = 16  # of each instrument
CHAPTERS_KEPT = 50  # of each instrument of an account: so many round trips can be told again
PARTS_KEPT = 1_000  # of one of them
FRONTS_KEPT = 16  # of each root: further back than any contract that is still listed


@lru_cache(maxsize=64)
def _without_reduce_only(able: Capabilities) -> Capabilities:
    return msgspec.structs.replace(able, reduce_only=False)


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a judged signal: enough to give the first answer again."""

    digest: str
    outcome: Outcome
    code: str = ""
    order: OrderId | None = None
    at: Instant = Instant(0)


class Queued(msgspec.Struct, frozen=True, gc=False):
    """A signal that waits for its market to open, and when that should be."""

    signal: Signal
    due: Instant
    levels: Levels | None = None


class HeldSignal(msgspec.Struct, frozen=True, gc=False):
    """A signal that waits for a person."""

    signal: Signal
    since: Instant
    until: Instant
    levels: Levels | None = None


class Retry(msgspec.Struct, frozen=True, gc=False):
    """What is to be tried again after a venue's no, how, and when."""

    request: OrderRequest
    legs: tuple[OrderRequest, ...]
    intent: Intent
    due: Instant
    kind: RejectKind
    course: Course
    planned: Instant


class Done(msgspec.Struct, frozen=True, gc=False):
    """A split, and when the venue did it."""

    split: Split
    at: Instant
    seq: int = 0  # of the event by which it was heard of


class Dust(msgspec.Struct, frozen=True, gc=False):
    """What is held of an instrument and cannot be sold; `quantity` is signed."""

    quantity: Decimal
    cost: Decimal


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """A part of a position without a stop of its plan, and what was done about it."""

    since: Instant
    look_at: Instant
    armed: int = 0  # how many stops the engine has put in its place
    placed: int = 0  # how many it asked the venue for
    acted_at: Instant = Instant(0)  # when it last did either
    told: bool = False  # whether a person has been called
    overnight: bool = False  # a stop of the day has ended with it, as it had to


class Disaster(msgspec.Struct, frozen=True, gc=False):
    """What was done about the disaster stop of a position."""

    position: PositionId
    order: OrderId | None  # the last one that the venue was asked for
    tries: int  # how many in a row have come to nothing, the last one included until it stands
    look_at: Instant
    told: bool = False  # whether a person knows that the venue takes none, so that it is asked rarely
    taken_by: str = ""  # who has taken it away, if somebody has


class BookState(msgspec.Struct):
    """One book; changed by `kedge.kernel.apply` and by nothing else."""

    book: BookId
    journal_id: str = ""
    nonce: str = ""
    epoch: int = 0
    counter: int = 0
    step: int = 0  # number of the last recorded step
    seq: int = 0  # number of the last recorded event
    last_at: Instant = Instant(0)
    trading: TradingState = TradingState.ACTIVE
    # by the account that it was thrown for, or `ALL`: kill switches that have something to take away
    kills: dict[AccountId, Kill] = msgspec.field(default_factory=dict)
    accounts: dict[AccountId, Account] = msgspec.field(default_factory=dict)
    owners: dict[str, OwnerTerms] = msgspec.field(default_factory=dict)  # those with limits
    # by account at a venue: the accounts here that it holds everything of, in the order of their declaration
    sharers: dict[AccountId, list[AccountId]] = msgspec.field(default_factory=dict)
    # by account at a venue: what it holds beyond what those hold together
    unallocated: dict[AccountId, dict[Symbol, Decimal]] = msgspec.field(default_factory=dict)
    # by account at a venue: when messages were sent to it, in the last minute, oldest first
    sent: dict[AccountId, list[Instant]] = msgspec.field(default_factory=dict)
    instruments: dict[Symbol, Instrument] = msgspec.field(default_factory=dict)
    orders: dict[OrderId, Order] = msgspec.field(
        default_factory=dict
    )  # open ones, and the window of closed ones
    closed: dict[OrderId, None] = msgspec.field(default_factory=dict)  # the window, oldest first
    # ids of the open orders, oldest first, by account and instrument
    open: dict[AccountId, dict[Symbol, list[OrderId]]] = msgspec.field(default_factory=dict)
    agenda: list[tuple[Instant, OrderId]] = msgspec.field(default_factory=list)
    positions: dict[AccountId, dict[Symbol, Position]] = msgspec.field(default_factory=dict)
    dust: dict[AccountId, dict[Symbol, Dust]] = msgspec.field(default_factory=dict)
    exposed: dict[AccountId, dict[Symbol, Exposure]] = msgspec.field(default_factory=dict)
    contracts: dict[Symbol, dict[Symbol, None]] = msgspec.field(default_factory=dict)  # by root: all declared
    disasters: dict[AccountId, dict[Symbol, Disaster]] = msgspec.field(default_factory=dict)
    fronts: dict[Symbol, Symbol] = msgspec.field(default_factory=dict)  # by root
    # by root: when a contract became the front one, for the last of them
    front_since: dict[Symbol, dict[Symbol, Instant]] = msgspec.field(default_factory=dict)
    markets: dict[str, MarketHours] = msgspec.field(default_factory=dict)
    halted: dict[Symbol, str] = msgspec.field(default_factory=dict)  # with the exchange's reason
    # by the order that was rejected last: what is to be tried again
    retries: dict[OrderId, Retry] = msgspec.field(default_factory=dict)
    queue: dict[SignalId, Queued] = msgspec.field(default_factory=dict)  # oldest first
    held: dict[SignalId, HeldSignal] = msgspec.field(default_factory=dict)  # for a person, oldest first
    # by account: the session's end, by market, for which it has begun to close its positions
    closings: dict[AccountId, dict[str, Instant]] = msgspec.field(default_factory=dict)
    signals: dict[SignalId, Judged] = msgspec.field(default_factory=dict)  # oldest first
    paces: dict[str, Pace] = msgspec.field(default_factory=dict)  # by strategy
    strategies: dict[str, StrategyBook] = msgspec.field(default_factory=dict)  # of our own
    panels: dict[str, Panel] = msgspec.field(default_factory=dict)  # by `chart_key`
    charts: dict[str, dict[str, None]] = msgspec.field(
        default_factory=dict
    )  # the strategies that look at each
    # by account: what venues have changed by no order of ours, by their names for it, oldest first
    changes: dict[AccountId, dict[str, None]] = msgspec.field(default_factory=dict)
    splits: dict[AccountId, list[Done]] = msgspec.field(default_factory=dict)
    renamed: dict[AccountId, dict[Symbol, Symbol]] = msgspec.field(default_factory=dict)  # old symbol -> new
    # by instrument: what its company has done, for the last of them, oldest first
    actions: dict[Symbol, list[Action]] = msgspec.field(default_factory=dict)
    # by account and instrument: what moved the position, oldest chapter first
    stories: dict[AccountId, dict[Symbol, list[Chapter]]] = msgspec.field(default_factory=dict)

    def open_orders(self, account: AccountId, instrument: Symbol) -> list[Order]:
        """The orders that may still trade, oldest first."""
        by_instrument = self.open.get(account)
        if by_instrument is None or instrument not in by_instrument:
            return []
        orders = self.orders
        return [orders[id_] for id_ in by_instrument[instrument]]

    def kills_on(self, account: AccountId) -> list[Kill]:
        """The kill switches that take something away from this account: hardly ever any."""
        return [self.kills[scope] for scope in (ALL, account) if scope in self.kills] if self.kills else []

    def able(self, account: AccountId) -> Capabilities:
        """What the venue can do for this account.

        Reduce-only goes by what the account at the venue holds: where several share it, it keeps none of them from
        being turned over at the cost of another.
        """
        terms = self.accounts[account].terms
        if len(self.sharers[terms.held_at]) == 1:
            return terms.capabilities
        return _without_reduce_only(terms.capabilities)

    def held_together(self, venue_account: AccountId, instrument: Symbol) -> Decimal:
        """What the accounts that share an account at a venue hold in sum, with the dust."""
        sharers = self.sharers.get(venue_account, ())
        return sum((self.holdings(each).get(instrument, ZERO) for each in sharers), ZERO)

    def unallocated_in(self, venue_account: AccountId, instrument: Symbol) -> Decimal:
        """What an account at a venue holds that is no account's here."""
        return self.unallocated.get(venue_account, {}).get(instrument, ZERO)

    def position(self, account: AccountId, instrument: Symbol) -> Position | None:
        """What is open, or None when flat."""
        by_instrument = self.positions.get(account)
        return None if by_instrument is None else by_instrument.get(instrument)

    def holdings(self, account: AccountId) -> dict[Symbol, Decimal]:
        """All that the account has, signed: what is open, and the dust."""
        held = {symbol: position.quantity for symbol, position in self.positions.get(account, {}).items()}
        for symbol, dust in self.dust.get(account, {}).items():
            held[symbol] = held.get(symbol, ZERO) + dust.quantity
        return held

    def exposure(self, account: AccountId, instrument: Symbol) -> Exposure | None:
        """What is known of a missing stop there."""
        by_instrument = self.exposed.get(account)
        return None if by_instrument is None else by_instrument.get(instrument)

    def disaster(self, account: AccountId, instrument: Symbol) -> Disaster | None:
        """What was done about a disaster stop there."""
        by_instrument = self.disasters.get(account)
        return None if by_instrument is None else by_instrument.get(instrument)

    def contract_of(self, account: AccountId, symbol: Symbol) -> Symbol:
        """What a symbol means: of a root the contract that the account holds, else the front one."""
        front = self.fronts.get(symbol)
        if front is None:
            return symbol
        held = self.positions.get(account, {})
        there = [each for each in self.contracts.get(symbol, ()) if each in held]
        if len(there) > 1:  # the one that was opened first
            return next(each for each in held if each in there)
        return there[0] if there else front

    def strategy_of(self, signal: Signal) -> StrategyTerms | None:
        """The strategy of our own that a signal comes from: one of its name that trades this account."""
        if not self.strategies or signal.strategy is None:
            return None
        known = self.strategies.get(signal.strategy)
        return None if known is None or known.terms.account != signal.account else known.terms

    def left_at(self, contract: Instrument) -> Instant | None:
        """Since when a contract has been left: one that ends later became the front one. None while it is not."""
        if not contract.root:
            return None
        root = Symbol(contract.root)
        front = self.fronts.get(root)
        if front is None or not self._ends_later(front, contract):
            return None
        return min(at for each, at in self.front_since[root].items() if self._ends_later(each, contract))

    def _ends_later(self, symbol: Symbol, contract: Instrument) -> bool:
        one = self.instruments.get(symbol)
        ends = None if one is None else one.expires
        return ends is not None and contract.expires is not None and ends > contract.expires

    def market_of(self, account: AccountId, instrument: Symbol) -> str:
        """The calendar by which the account trades this instrument; empty where the market never closes."""
        known = self.accounts.get(account)
        listed = self.instruments.get(self.contract_of(account, instrument))
        own = "" if known is None else known.terms.calendar
        return own or ("" if listed is None else listed.calendar)

    def knows(self, action: Action) -> bool:
        """Whether it was done already, be it by the word of another source."""
        return any(action.repeats(done) for done in self.actions.get(action.instrument, ()))

    def changed_at(self, symbol: Symbol) -> Instant | None:
        """When its company last did something to the shares."""
        known = self.actions.get(symbol)
        return max(done.at for done in known) if known else None

    def goes_by(self, account: AccountId, symbol: Symbol) -> list[Symbol]:
        """The symbols that what the account had in an instrument has gone by since, that one first."""
        renamed = self.renamed.get(account, {})
        symbols = [symbol]
        while symbols[-1] in renamed and renamed[symbols[-1]] not in symbols:
            symbols.append(renamed[symbols[-1]])
        return symbols

    def order_id(self, ahead: int = 0) -> OrderId:
        """The next id for an order (or the one after so many others in the same step)."""
        return OrderId(minted(self.journal_id, self.nonce, self.counter + 1 + ahead))

    def position_id(self, ahead: int = 0) -> PositionId:
        """The next id for a position (or the one after so many others in the same step)."""
        return PositionId(minted(self.journal_id, self.nonce, self.counter + 1 + ahead))
