"""Events: what the kernel decided or took in, in the past tense, recorded for ever.

An event's name and version (`OrderFilled.1`) are what the journal stores; neither is tied to the class. To change an
event, add a class with the next version, keep this one and its `apply`: journals of every release stay readable.
Events carry results, not recipes: what a fill did to a position and to the cash is computed once, when it is
decided, and `apply` only sets it. So a better formula tomorrow does not rewrite yesterday.
"""

import msgspec

from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.adaptive import MovedBy
from kedge.domain.amendments import (
    AmendmentUnsettled,
    FillBusted,
    FillCorrected,
    PositionRestated,
    TradeAnnulled,
    TradeRestated,
)
from kedge.domain.changes import (
    ContractSettled,
    DustRescaled,
    InstrumentChanged,
    OrderRescaled,
    PositionRescaled,
    SharesSplit,
    SymbolChanged,
    UnallocatedChanged,
)
from kedge.domain.disasters import DisasterStopEnded, DisasterStopNoted
from kedge.domain.governing import Governing
from kedge.domain.ids import AccountId, OrderId, PositionId, SignalId, Symbol
from kedge.domain.instants import NEVER, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.intents import Intent
from kedge.domain.kill import KillChecked, KillConfirmed, KillExtended, KillOrdered
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours
from kedge.domain.numbers import Figure, Nano
from kedge.domain.orders import Absence, Execution, Order, OrderRequest, Terms
from kedge.domain.protection import Levels
from kedge.domain.recorded import Recorded
from kedge.domain.refusals import Course, RejectKind
from kedge.domain.setups import Strategic
from kedge.domain.signals import Direction, Outcome, Signal


class Check(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One gate's verdict with the figures that it compared; `code` is empty when the gate let the signal pass."""

    gate: str
    code: str = ""
    figures: dict[str, Figure] = {}


class RunStarted(Recorded, frozen=True, tag="RunStarted.1"):
    """A process took the book over."""

    journal_id: str
    nonce: str
    epoch: int
    version: str
    settings_hash: str


class InstrumentDefined(Recorded, frozen=True, tag="InstrumentDefined.1"):
    """An instrument is known, or known anew."""

    instrument: Instrument


class AccountDefined(Recorded, frozen=True, tag="AccountDefined.1"):
    """An account is known, or has new terms; its cash is set by the first of these only."""

    terms: AccountTerms


class TradingStateChanged(Recorded, frozen=True, tag="TradingStateChanged.1"):
    """How much may be done was changed, for one account or for all."""

    state: TradingState
    who: str
    why: str
    account: AccountId | None = None


class FrontChanged(Recorded, frozen=True, tag="FrontChanged.1"):
    """Signals for a root mean another contract; `holders` still have a position in the one before."""

    root: Symbol
    contract: Symbol
    before: str = ""
    holders: tuple[AccountId, ...] = ()


class MarketPhaseChanged(Recorded, frozen=True, tag="MarketPhaseChanged.1"):
    """A market has come into another phase."""

    market: str
    hours: MarketHours


class HaltChanged(Recorded, frozen=True, tag="HaltChanged.1"):
    """Trading in an instrument was halted at its exchange, or (without a reason) goes on."""

    instrument: Symbol
    reason: str = ""


class ClosingBegan(Recorded, frozen=True, tag="ClosingBegan.1"):
    """An account closes what it holds, so long before the session ends as its terms say."""

    account: AccountId
    market: str
    close: Instant


class SignalQueued(Recorded, frozen=True, tag="SignalQueued.1"):
    """A signal waits for its market to open; `due` is when that should be. `levels`: as they were when it came."""

    signal: Signal
    due: Instant
    levels: Levels | None = None


class SignalTaken(Recorded, frozen=True, tag="SignalTaken.1"):
    """A signal that no input brings now is judged next: one that waited, or one of the engine's own."""

    signal: Signal
    why: str


class SignalJudged(Recorded, frozen=True, tag="SignalJudged.1"):
    """A signal's one outcome, with each gate's verdict; `digest` tells the same signal from another of its id."""

    signal: SignalId
    account: AccountId
    digest: str
    outcome: Outcome
    checks: tuple[Check, ...]
    order: OrderId | None = None
    code: str = ""


class SignalRepeated(Recorded, frozen=True, tag="SignalRepeated.1"):
    """A known id came with another content: refused, nothing was done."""

    signal: SignalId
    account: AccountId
    digest: str
    first_digest: str


class OrderHeld(Recorded, frozen=True, tag="OrderHeld.1"):
    """An order is recorded and waits in the engine for its price, or an exit for its place; nothing has left."""

    request: OrderRequest
    cancel_at: Instant = NEVER
    intent: Intent | None = None


class OrderSubmitted(Recorded, frozen=True, tag="OrderSubmitted.1"):
    """The submit leaves: from this record on the order may be at the venue. Legs leave in the same request.

    The leg of a stop is its pair: the target that rests beside it.
    """

    request: OrderRequest
    legs: tuple[OrderRequest, ...] = ()
    answer_by: Instant = NEVER
    cancel_at: Instant = NEVER
    intent: Intent | None = None


class OrderTriggered(Recorded, frozen=True, tag="OrderTriggered.1"):
    """A held order has met its price; it leaves as soon as what it would collide with is withdrawn.

    Or a stop with a limit has, that rests at its venue: it may not fill there.
    """

    order: OrderId
    price: Nano
    at_venue: bool = False


class OrderReleased(Recorded, frozen=True, tag="OrderReleased.1"):
    """An order that the engine held has met its price and leaves, as it stands here."""

    request: OrderRequest
    answer_by: Instant


class OrderAccepted(Recorded, frozen=True, tag="OrderAccepted.1"):
    """The venue has the order."""

    order: OrderId
    venue_order_id: str
    state: OrderState


class OrderFilled(Recorded, frozen=True, tag="OrderFilled.1"):
    """The venue traded; `state` is the order's state after it."""

    order: OrderId
    execution: Execution
    state: OrderState
    late: bool = False


class OrderEnded(Recorded, frozen=True, tag="OrderEnded.1"):
    """The order is dead: `state` says how, `reason` says why."""

    order: OrderId
    state: OrderState
    reason: str = ""


class OrderAbandoned(Recorded, frozen=True, tag="OrderAbandoned.1"):
    """An entry was not sent after all: what its gates look at has changed since. Nothing of it has left."""

    order: OrderId
    code: str
    gate: str
    figures: dict[str, Figure]


class OrderConfirmed(Recorded, frozen=True, tag="OrderConfirmed.1"):
    """The venue was asked (at `asked`, where that is known) and shows what the engine believed already."""

    order: OrderId
    asked: Instant | None = None


class OrderRevived(Recorded, frozen=True, tag="OrderRevived.1"):
    """An order that was believed dead is heard of again; `state` is what it is believed to be now."""

    order: OrderId
    state: OrderState


class RetryPlanned(Recorded, frozen=True, tag="RetryPlanned.1"):
    """What a rejected order was for is to be tried again at `due`, by this request with these exits.

    Their ids are those of the orders that are over; they get their own when they leave. `changes` says what is asked
    for otherwise than before.
    """

    order: OrderId
    kind: RejectKind
    course: Course
    due: Instant
    request: OrderRequest
    intent: Intent
    legs: tuple[OrderRequest, ...] = ()
    changes: dict[str, str] = {}  # noqa: RUF012 (msgspec gives each event its own)


class OrderRetried(Recorded, frozen=True, tag="OrderRetried.1"):
    """Another order has left for what this one was rejected."""

    order: OrderId
    by: OrderId


class OrderGivenUp(Recorded, frozen=True, tag="OrderGivenUp.1"):
    """What a rejected order was for is not tried again; `code`, where a gate has said no, is the gate's."""

    order: OrderId
    kind: RejectKind
    why: str
    code: str = ""


class CancelSubmitted(Recorded, frozen=True, tag="CancelSubmitted.1"):
    """A cancel leaves."""

    order: OrderId
    who: str
    why: str
    answer_by: Instant


class CancelPlanned(Recorded, frozen=True, tag="CancelPlanned.1"):
    """A cancel is wanted but cannot leave yet (the order has no answer); it leaves as soon as it can."""

    order: OrderId
    who: str
    why: str
    cancel_at: Instant


class CancelRefused(Recorded, frozen=True, tag="CancelRefused.1"):
    """The venue will not cancel."""

    order: OrderId
    reason: str
    state: OrderState


class ReplaceSubmitted(Recorded, frozen=True, tag="ReplaceSubmitted.1"):
    """A replace leaves; the old terms hold until it is confirmed."""

    order: OrderId
    terms: Terms
    who: str
    why: str
    answer_by: Instant


class OrderReplaced(Recorded, frozen=True, tag="OrderReplaced.1"):
    """The order has new terms."""

    order: OrderId
    terms: Terms
    state: OrderState
    venue_order_id: str | None = None


class ReplaceRefused(Recorded, frozen=True, tag="ReplaceRefused.1"):
    """The order keeps its old terms."""

    order: OrderId
    reason: str
    state: OrderState


class StopMoved(Recorded, frozen=True, tag="StopMoved.1"):
    """The stop of an open position goes elsewhere, and why; the request that moves it follows.

    `locked` and `word` are what holds of the position from here on; `until` belongs to the word.
    """

    account: AccountId
    instrument: Symbol
    order: OrderId
    price: Nano
    by: MovedBy
    who: str
    why: str
    before: Nano | None = None
    figures: dict[str, Figure] = {}  # noqa: RUF012 (msgspec gives each event its own)
    locked: Nano | None = None
    word: Nano | None = None
    until: Nano | None = None


class TargetMoved(Recorded, frozen=True, tag="TargetMoved.1"):
    """A target of an open position goes elsewhere, and why; the request that moves it follows.

    `named`: somebody has said where, so that the account's rule leaves it there.
    """

    order: OrderId
    price: Nano
    who: str
    why: str
    before: Nano | None = None
    quantity: Nano | None = None
    figures: dict[str, Figure] = {}  # noqa: RUF012 (msgspec gives each event its own)
    named: bool = False


class RoomNoted(Recorded, frozen=True, tag="RoomNoted.1"):
    """At the close of a bar: how far behind the price the stop has to be, by so many average true ranges."""

    account: AccountId
    instrument: Symbol
    room: Nano
    atr: Nano


class RequestRefused(Recorded, frozen=True, tag="RequestRefused.1"):
    """A person's wish about an order could not be followed, and why."""

    order: OrderId
    who: str
    reason: str


class OrderDoubted(Recorded, frozen=True, tag="OrderDoubted.1"):
    """A request got no answer: the outcome is unknown and the venue is to be asked."""

    order: OrderId
    state: OrderState
    detail: str = ""


class OrderQueried(Recorded, frozen=True, tag="OrderQueried.1"):
    """The venue is asked what became of the order; asked again at `ask_at` when it stays silent.

    `owed`: the venue has said that the order is over, and that so much of it had filled, which is more than it told.
    """

    order: OrderId
    attempt: int
    ask_at: Instant
    owed: Nano | None = None


class OrderMissed(Recorded, frozen=True, tag="OrderMissed.1"):
    """The venue does not find an order that it had; a person is told, once until it shows it again."""

    order: OrderId


class OrderNamed(Recorded, frozen=True, tag="OrderNamed.1"):
    """The venue's own id of an order is heard of, after more was known of the order than that it lives."""

    order: OrderId
    venue_order_id: str


class AbsenceNoted(Recorded, frozen=True, tag="AbsenceNoted.1"):
    """The venue does not find the order: a piece of evidence."""

    order: OrderId
    absence: Absence


class OrderProvenAbsent(Recorded, frozen=True, tag="OrderProvenAbsent.1"):
    """The evidence suffices: the venue never had the order. It is closed as rejected."""

    order: OrderId
    evidence: tuple[Absence, ...]


class OrderRestored(Recorded, frozen=True, tag="OrderRestored.1"):
    """An old order is back in memory because the venue speaks of it."""

    order: Order


class PositionOpened(Recorded, frozen=True, tag="PositionOpened.1"):
    """A position exists; the figures are what holds after the fill."""

    position: PositionId
    account: AccountId
    instrument: Symbol
    order: OrderId
    quantity: Nano
    cost: Nano
    fee: Nano
    cash: Nano
    stop: Nano | None = None
    risk: Nano | None = None


class PositionGrown(Recorded, frozen=True, tag="PositionGrown.1"):
    """More was added; the figures are what holds after the fill.

    `stop` is that of the order; `adds`: it is an entry that the position did not have before.
    """

    account: AccountId
    instrument: Symbol
    order: OrderId
    quantity: Nano
    cost: Nano
    fee: Nano
    cash: Nano
    stop: Nano | None = None
    risk: Nano | None = None
    adds: bool = False


class PositionReduced(Recorded, frozen=True, tag="PositionReduced.1"):
    """A part was closed; `gained` is that part's result before its fee."""

    account: AccountId
    instrument: Symbol
    order: OrderId | None  # None: by no order of ours
    quantity: Nano
    cost: Nano
    gained: Nano
    value: Nano
    fee: Nano
    cash: Nano


class PositionClosed(Recorded, frozen=True, tag="PositionClosed.1"):
    """Flat: the round trip is complete, and this is all of it. `pnl` is what it made after all fees."""

    position: PositionId
    account: AccountId
    instrument: Symbol
    order: OrderId | None  # None: by no order of ours
    gained: Nano
    value: Nano
    fee: Nano
    cash: Nano
    direction: Direction
    opened: Instant
    entry_order: OrderId
    quantity: Nano  # all that was ever entered
    entry_price: Nano  # mean, rounded to a billionth
    exit_price: Nano
    pnl: Nano
    fees: Nano
    exit_reason: str
    strategy: str | None = None
    stop: Nano | None = None
    risk: Nano | None = None  # what its entries put at risk, up to their stops
    adds: int = 0  # how many entries were added to the first


class DustLeft(Recorded, frozen=True, tag="DustLeft.1"):
    """What was left of a position is too little to be sold: held on, with what it cost, and no position any more."""

    position: PositionId
    account: AccountId
    instrument: Symbol
    quantity: Nano  # signed
    cost: Nano


class DustTaken(Recorded, frozen=True, tag="DustTaken.1"):
    """An order has sold more than was open of what is held: the dust beside it is of the position again."""

    account: AccountId
    instrument: Symbol
    order: OrderId
    quantity: Nano  # all of the dust, signed
    cost: Nano


class DustSold(Recorded, frozen=True, tag="DustSold.1"):
    """An order that was left over has sold of the dust, where no position is open."""

    account: AccountId
    instrument: Symbol
    order: OrderId
    quantity: Nano  # what is left of it, signed
    cost: Nano
    gained: Nano
    fee: Nano
    cash: Nano


class ExposureNoted(Recorded, frozen=True, tag="ExposureNoted.1"):
    """A part of a position has no stop of its plan; the engine looks again at `look_at` and does what it says then.

    `armed` counts the stops that the engine has put in its place, `placed` those that it asked the venue for.
    """

    account: AccountId
    instrument: Symbol
    quantity: Nano
    look_at: Instant
    armed: int = 0
    placed: int = 0
    told: bool = False  # whether a person has been called
    overnight: bool = False  # a stop of the day has ended with it, as it had to


class ExposureEnded(Recorded, frozen=True, tag="ExposureEnded.1"):
    """All of it has a stop of its plan again, or nothing is left that needs one."""

    account: AccountId
    instrument: Symbol


class ProtectionWaived(Recorded, frozen=True, tag="ProtectionWaived.1"):
    """A person has taken the last stop of a position away: the engine puts none in its place."""

    account: AccountId
    instrument: Symbol
    who: str


class Anomaly(Recorded, frozen=True, tag="Anomaly.1"):
    """Something that must not happen was seen; a person should look."""

    kind: str
    subject: str
    detail: str
    figures: dict[str, str] = {}  # noqa: RUF012 (msgspec gives each event its own)


Event = (
    RunStarted
    | InstrumentDefined
    | AccountDefined
    | TradingStateChanged
    | FrontChanged
    | MarketPhaseChanged
    | HaltChanged
    | ClosingBegan
    | SignalQueued
    | SignalTaken
    | SignalJudged
    | SignalRepeated
    | OrderHeld
    | OrderSubmitted
    | OrderTriggered
    | OrderReleased
    | OrderAccepted
    | OrderFilled
    | OrderEnded
    | OrderAbandoned
    | OrderConfirmed
    | OrderRevived
    | RetryPlanned
    | OrderRetried
    | OrderGivenUp
    | CancelSubmitted
    | CancelPlanned
    | CancelRefused
    | ReplaceSubmitted
    | OrderReplaced
    | ReplaceRefused
    | StopMoved
    | TargetMoved
    | RoomNoted
    | RequestRefused
    | OrderDoubted
    | OrderQueried
    | OrderMissed
    | OrderNamed
    | AbsenceNoted
    | OrderProvenAbsent
    | OrderRestored
    | PositionOpened
    | PositionGrown
    | PositionReduced
    | PositionClosed
    | DustLeft
    | DustTaken
    | DustSold
    | ContractSettled
    | SharesSplit
    | SymbolChanged
    | PositionRescaled
    | DustRescaled
    | OrderRescaled
    | InstrumentChanged
    | UnallocatedChanged
    | ExposureNoted
    | ExposureEnded
    | ProtectionWaived
    | DisasterStopNoted
    | DisasterStopEnded
    | FillBusted
    | FillCorrected
    | AmendmentUnsettled
    | PositionRestated
    | TradeAnnulled
    | TradeRestated
    | Governing
    | Strategic
    | KillOrdered
    | KillExtended
    | KillChecked
    | KillConfirmed
    | Anomaly
)
