"""Inputs: what happened outside. Named for who did it: the engine, a person, a signal, the clock, a venue.

Every input says when (`at`). Inputs that lead to events are recorded beside the first of them, market data aside.
"""

from enum import StrEnum

import msgspec

from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.announcements import Action, Split
from kedge.domain.governor import Window
from kedge.domain.ids import AccountId, OrderId, SignalId, Symbol, VenueName
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.kill import KillMode
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import Execution, Order, Side, Terms
from kedge.domain.owners import OwnerTerms
from kedge.domain.protection import Levels
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Signal
from kedge.domain.strategies import StrategyTerms, Told


class _Input(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag=True,
):
    at: Instant


class EngineStarted(_Input, frozen=True):
    """A process took the book over; it hands in the randomness that ids are made of."""

    journal_id: str
    nonce: str
    epoch: int
    version: str
    settings_hash: str


class InstrumentDeclared(_Input, frozen=True):
    """The settings name an instrument."""

    instrument: Instrument


class AccountDeclared(_Input, frozen=True):
    """The settings name an account."""

    terms: AccountTerms


class OwnersDeclared(_Input, frozen=True):
    """The owners with limits over all their accounts, as the settings name them: there are no others."""

    owners: tuple[OwnerTerms, ...]


class StrategiesDeclared(_Input, frozen=True):
    """The strategies of our own, as the settings name them: there are no others."""

    strategies: tuple[StrategyTerms, ...]


class BarJudged(_Input, frozen=True):
    """A bar is known, and every strategy that looks at it has spoken; quote and levels are those of this moment."""

    instrument: Symbol
    length: Span
    close: Instant  # of the bar
    opened: Instant  # the session that it lies in
    closes: Instant
    panel: str  # where the indicators stand now (JSON)
    told: tuple[Told, ...] = ()
    bid: Ticks | None = None
    ask: Ticks | None = None
    levels: dict[SignalId, Levels] = {}
    quoted_at: Instant | None = None
    jumped_from: Ticks | None = None


class FrontDeclared(_Input, frozen=True):
    """A root means this contract now."""

    root: Symbol
    contract: Symbol


class MarketPhased(_Input, frozen=True):
    """A market is in this phase now, by its calendar."""

    market: str
    hours: MarketHours


class HaltSeen(_Input, frozen=True):
    """The exchange has halted trading in an instrument (with its reason), or lets it go on (without one)."""

    instrument: Symbol
    reason: str = ""


class ActionTaken(_Input, frozen=True):
    """What a company did to its shares holds from now on: what was wanted before it is not meant for after it."""

    action: Action


class OpenReached(_Input, frozen=True):
    """The first price of an instrument after its market has opened: signals that waited are judged on it."""

    instrument: Symbol
    bid: Ticks
    ask: Ticks
    levels: dict[SignalId, Levels] = {}  # of now, for the signals whose plan asks for them


class SignalArrived(_Input, frozen=True):
    """Somebody wants something done; with the quote of that moment, so that the record explains the decision."""

    signal: Signal
    bid: Ticks | None = None
    ask: Ticks | None = None
    first_digest: str | None = (
        None  # the archive's word on a signal of this id that has left the book's memory
    )
    levels: Levels | None = None
    quoted_at: Instant | None = None  # when that quote was made
    jumped_from: Ticks | None = None  # the bid of the last seconds that is farthest from it


class ClockTicked(_Input, frozen=True):
    """A deadline that the kernel had named has passed (or any later time)."""


class TriggerReached(_Input, frozen=True):
    """A quote crossed the price of an order that the engine itself holds."""

    order: OrderId
    price: Nano


class EntryLeaving(_Input, frozen=True):
    """An entry whose record is durable is about to be sent, at these prices; what speaks against it now ends it."""

    order: OrderId
    bid: Ticks | None
    ask: Ticks | None
    quoted_at: Instant | None = None
    jumped_from: Ticks | None = None


class MilestoneReached(_Input, frozen=True):
    """A quote reached the price at which the stop of a position moves."""

    account: AccountId
    instrument: Symbol
    price: Nano


class MarkReached(_Input, frozen=True):
    """A quote took a position of an account to where it has to be valued anew."""

    account: AccountId
    instrument: Symbol
    price: Nano
    opposite: Nano | None = None  # at which one of the other side would be valued


class DayTurned(_Input, frozen=True):
    """By the account's own calendar it is this day now."""

    account: AccountId
    day: str
    until: Instant
    window: Window | None = None


class ReleaseAsked(_Input, frozen=True):
    """A person lets an account go on that a limit has locked."""

    account: AccountId
    code: str
    who: str
    why: str


class ApprovalAsked(_Input, frozen=True):
    """A person approves or declines a signal that waits; with the quote and the levels of that moment."""

    signal: SignalId
    approved: bool
    who: str
    why: str = ""
    bid: Ticks | None = None
    ask: Ticks | None = None
    levels: Levels | None = None
    quoted_at: Instant | None = None


class StrategyAsked(_Input, frozen=True):
    """A person pauses a strategy, or lets it go on."""

    strategy: str
    paused: bool
    who: str
    why: str


class LevelsSeen(_Input, frozen=True):
    """A bar has ended: what the market looks like by now, for an open position whose account asks for it."""

    account: AccountId
    instrument: Symbol
    bid: Ticks
    ask: Ticks
    levels: Levels


class CancelAsked(_Input, frozen=True):
    """A person (or a rule in a person's name) wants an order cancelled."""

    order: OrderId
    who: str
    why: str


class ReplaceAsked(_Input, frozen=True):
    """A person wants an order's terms changed."""

    order: OrderId
    terms: Terms
    who: str
    why: str
    bid: Ticks | None = None  # at the moment of asking
    ask: Ticks | None = None


class TradingStateAsked(_Input, frozen=True):
    """A person changes how much may be done, for one account or (account None) for all."""

    state: TradingState
    who: str
    why: str
    account: AccountId | None = None


class KillAsked(_Input, frozen=True):
    """A person throws the kill switch, for one account or (account None) for all.

    `held_at`: the accounts at venues that are traded by the settings of now. One that they name no more, and in which
    nothing is open, need not be asked for its word.
    """

    mode: KillMode
    who: str
    why: str
    account: AccountId | None = None
    held_at: tuple[AccountId, ...] = ()


class OrderRecalled(_Input, frozen=True):
    """The archive's copy of an order that has left the book's memory, handed in ahead of a report about it."""

    order: Order


class VenueAccepted(_Input, frozen=True):
    """The venue has the order and it is live."""

    order: OrderId
    venue_order_id: str


class VenueRejected(_Input, frozen=True):
    """The venue says definitely no, or the order never left the engine.

    `kind` is what that no means, where the adapter knows it. `fits` and `tick`, where the venue tells them, are the
    quantity that it would take and the step of its prices.
    """

    order: OrderId
    reason: str
    kind: RejectKind = RejectKind.UNKNOWN
    fits: Nano | None = None
    tick: Nano | None = None


class VenueFilled(_Input, frozen=True):
    """The venue traded."""

    order: OrderId
    execution: Execution


class VenueCancelled(_Input, frozen=True):
    """The order is dead, on our wish or the venue's; `filled`: all that it had traded by then."""

    order: OrderId
    reason: str = ""
    filled: Nano | None = None


class VenueExpired(_Input, frozen=True):
    """The order's time in force is over; `filled`: all that it had traded by then."""

    order: OrderId
    reason: str = ""
    filled: Nano | None = None


class VenueReplaced(_Input, frozen=True):
    """The order lives on under new terms."""

    order: OrderId
    terms: Terms
    venue_order_id: str | None = None


class Request(StrEnum):
    """What was asked of the venue."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    REPLACE = "replace"


class VenueRefused(_Input, frozen=True):
    """The venue will not cancel or replace; the order itself stays what it was."""

    order: OrderId
    request: Request
    reason: str


class VenueSilent(_Input, frozen=True):
    """A request got no answer that says yes or no: it may have been done."""

    order: OrderId
    request: Request
    detail: str = ""


class VenueMissing(_Input, frozen=True):
    """The venue was asked and does not find the order; `control`: it did find others by the same way.

    `asked`: when the question left. An answer proves nothing of what came after its question.
    """

    order: OrderId
    endpoint: str
    control: bool
    asked: Instant | None = None


class VenueBusted(_Input, frozen=True):
    """The venue has annulled a trade that it told of: it never was. For good; nothing brings it back."""

    order: OrderId
    execution: str
    reason: str = ""


class VenueCorrected(_Input, frozen=True):
    """The venue has changed the price, the quantity or the fee of a trade that it told of.

    `execution` names the fill as it was first told, and goes on naming it. Of two corrections the one with the higher
    `revision` holds, in whatever order they come; a venue that does not count them gives their time.
    """

    order: OrderId
    execution: str
    corrected: Execution
    revision: int = 1


class VenueShowed(_Input, frozen=True):
    """The venue was asked and shows the order: its state there and every fill of it as it stands.

    `instrument` and `side`, where the venue tells them, show whether the order of this id is ours at all. `amended`
    is what became of its fills afterwards. That a fill is not among `executions` proves nothing: the answer may be
    older than the fill. `asked`: when the question left.
    """

    order: OrderId
    venue_order_id: str
    state: OrderState
    executions: tuple[Execution, ...] = ()
    terms: Terms = Terms()
    reason: str = ""
    instrument: Symbol | None = None
    side: Side | None = None
    splits: int = 0  # how many splits have changed the order there
    amended: tuple[VenueBusted | VenueCorrected, ...] = ()
    asked: Instant | None = None


class VenueReconnected(_Input, frozen=True):
    """A venue was out of reach and is back: whatever happened meanwhile was not reported."""

    venue: VenueName


class Rescaled(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """An open order as a split has left it at the venue."""

    order: OrderId
    quantity: Nano  # what has filled is in it
    limit_price: Nano | None = None
    stop_price: Nano | None = None


class VenueSettled(_Input, frozen=True):
    """The venue has closed what an account there held, because the contract has expired. Once for each `id`."""

    id: str
    account: AccountId
    instrument: Symbol
    quantity: Nano  # what was held, signed
    price: Nano


class VenueSplit(_Input, frozen=True):
    """The venue has changed what an account there holds, and its open orders, by a split. Once for each `id`."""

    id: str
    account: AccountId
    split: Split
    quantity: Nano = Nano(0)  # what is held now, signed
    paid: Nano = Nano(0)  # what the rest that is no whole lot was worth; who was short has paid it
    orders: tuple[Rescaled, ...] = ()


class VenueRenamed(_Input, frozen=True):
    """The venue carries what an account there holds, and its orders, under another symbol. Once for each `id`."""

    id: str
    account: AccountId
    instrument: Symbol
    new_symbol: Symbol


class VenueHeld(_Input, frozen=True):
    """What an account at the venue holds, signed, without the flat ones; `asked`: when the question left."""

    venue: VenueName
    account: AccountId
    held: dict[Symbol, Nano]
    asked: Instant


class VenueListed(_Input, frozen=True):
    """What a venue shows as open in an account there: its orders, and what it holds, signed, without the flat ones.

    `asked`: when the question left.
    """

    venue: VenueName
    account: AccountId
    orders: tuple[OrderId, ...]
    held: dict[Symbol, Nano]
    asked: Instant


class StrangerSeen(_Input, frozen=True):
    """The venue shows or reports an order that is not of this book's making."""

    account: AccountId
    instrument: Symbol
    side: Side
    quantity: Nano
    venue_order_id: str


Input = (
    EngineStarted
    | InstrumentDeclared
    | AccountDeclared
    | OwnersDeclared
    | FrontDeclared
    | StrategiesDeclared
    | BarJudged
    | MarketPhased
    | HaltSeen
    | ActionTaken
    | OpenReached
    | SignalArrived
    | ClockTicked
    | TriggerReached
    | EntryLeaving
    | MilestoneReached
    | MarkReached
    | DayTurned
    | ReleaseAsked
    | StrategyAsked
    | ApprovalAsked
    | LevelsSeen
    | CancelAsked
    | ReplaceAsked
    | TradingStateAsked
    | KillAsked
    | OrderRecalled
    | VenueAccepted
    | VenueRejected
    | VenueFilled
    | VenueCancelled
    | VenueExpired
    | VenueReplaced
    | VenueRefused
    | VenueSilent
    | VenueMissing
    | VenueBusted
    | VenueCorrected
    | VenueShowed
    | VenueReconnected
    | VenueSettled
    | VenueSplit
    | VenueRenamed
    | VenueHeld
    | VenueListed
    | StrangerSeen
)
OrderReport = (
    VenueAccepted
    | VenueRejected
    | VenueFilled
    | VenueCancelled
    | VenueExpired
    | VenueReplaced
    | VenueRefused
    | VenueSilent
    | VenueMissing
    | VenueBusted
    | VenueCorrected
    | VenueShowed
)
Amendment = VenueBusted | VenueCorrected  # of a fill, by the venue, after it was told
VenueChange = VenueSettled | VenueSplit | VenueRenamed  # of what is held, by no order of ours
VenueReport = OrderReport | VenueChange
