"""What each event of the record does to the books. An event that moves nothing that a limit counts is named here too:
one that is not known at all is refused, for it might.
"""

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec

from kedge.referee import forms as f
from kedge.referee.books import Books, Holder, Order, Position, maybe, number
from kedge.referee.lines import Line, RecordError, read_payload
from kedge.referee.terms import MINUTE


def take(books: Books, line: Line) -> Any:
    """Bring the books up to date with one event; what it says, or None where that is of no matter."""
    known = READ.get((line.kind, line.version))
    if known is not None:
        decode, do = known
        event = read_payload(line, decode)
        try:
            do(books, event, line.at)
        except KeyError as error:
            raise RecordError(
                f"line {line.seq}: the {line.kind} speaks of {error}, which the record has not named before"
            ) from None
        return event
    if (line.kind, line.version) not in IGNORED:
        raise RecordError(
            f"line {line.seq} is a {line.kind}.{line.version}, which this program does not know: "
            "use the newer one that wrote it"
        )
    return None


def _instrument(books: Books, event: f.InstrumentDefined, at: int) -> None:
    books.instruments[event.instrument.symbol] = event.instrument


def _account(books: Books, event: f.AccountDefined, at: int) -> None:
    known = books.holders.get(event.terms.id)
    if known is None:
        books.holders[event.terms.id] = Holder(event.terms)
    else:
        known.terms = event.terms


def _owners(books: Books, event: f.OwnersDefined, at: int) -> None:
    books.owners = {each.name: each for each in event.owners}


def _trading(books: Books, event: f.TradingStateChanged, at: int) -> None:
    if event.account is None:
        books.trading = event.state
    else:
        books.holders[event.account].state = event.state


def _held(books: Books, event: f.Submitted, at: int) -> None:
    books.add(Order(event.request, is_at_venue=False))


def _submitted(books: Books, event: f.Submitted, at: int) -> None:
    for request in (event.request, *event.legs):
        books.add(Order(request, is_at_venue=True))
    _count(books, event.request, 1 + len(event.legs), at)


def _released(books: Books, event: f.Submitted, at: int) -> None:
    books.orders[event.request.id].release(event.request)
    _count(books, event.request, 1, at)


def _count(books: Books, request: f.Request, orders: int, at: int) -> None:
    holder = books.holders[request.account]
    holder.orders_today += orders
    _message(books, holder, at)
    if request.role == "entry":
        holder.entries.append(at)
        if request.strategy is not None:
            made = holder.by_strategy.get(request.strategy, 0)
            holder.by_strategy[request.strategy] = made + 1


def _message(books: Books, holder: Holder, at: int) -> None:
    sent = books.messages.setdefault(holder.terms.held_at, deque())
    sent.append(at)
    while sent[0] <= at - MINUTE:
        sent.popleft()


def _be(books: Books, event: Any, at: int) -> None:
    order = books.orders[event.order]
    order.be(event.state)
    books.list_(order)


def _filled(books: Books, event: f.OrderFilled, at: int) -> None:
    books.orders[event.order].filled += number(event.execution.quantity)
    _be(books, event, at)


def _recounted(books: Books, event: f.Recounted, at: int) -> None:
    books.orders[event.order].filled = number(event.filled)
    _be(books, event, at)


def _absent(books: Books, event: f.OfAnOrder, at: int) -> None:
    order = books.orders[event.order]
    order.is_alive = False
    books.list_(order)


def _cancel(books: Books, event: f.OfAnOrder, at: int) -> None:
    """Asked for, no more: it may fill until the venue has said that it is over."""
    _message(books, books.holders[books.orders[event.order].request.account], at)


def _not_cancelled(books: Books, event: f.OfAnOrder, at: int) -> None:
    request = books.orders[event.order].request
    position = books.holders[request.account].positions.get(request.instrument)
    if position is not None and request.role == "stop":
        position.waived = False


def _replace(books: Books, event: f.Replaced, at: int) -> None:
    order = books.orders[event.order]
    order.asked = event.terms
    _message(books, books.holders[order.request.account], at)


def _replaced(books: Books, event: f.Replaced, at: int) -> None:
    order = books.orders[event.order]
    order.change(event.terms)
    if (
        event.state != "PENDING_REPLACE"
    ):  # else the venue has changed it by itself, and what was asked is under way
        order.asked = f.Asked()


def _not_replaced(books: Books, event: f.OfAnOrder, at: int) -> None:
    books.orders[event.order].asked = f.Asked()


def _rescaled(books: Books, event: f.OrderRescaled, at: int) -> None:
    order = books.orders[event.order]
    order.quantity, order.filled = number(event.quantity), number(event.filled)
    order.limit, order.stop = maybe(event.limit_price), maybe(event.stop_price)


def _restored(books: Books, event: f.OrderRestored, at: int) -> None:
    kept = event.order
    if kept.request.id in books.orders:
        return  # the referee forgets none
    order = Order(kept.request, is_at_venue=True)
    order.quantity, order.filled = Fraction(kept.quantity), Fraction(kept.filled)
    order.limit = None if kept.limit_price is None else Fraction(kept.limit_price)
    order.stop = None if kept.stop_price is None else Fraction(kept.stop_price)
    order.be(kept.state)
    books.add(order)


def _opened(books: Books, event: f.PositionOpened, at: int) -> None:
    holder = books.holders[event.account]
    holder.positions[event.instrument] = Position(event.quantity, event.cost, event.stop)
    holder.cash = number(event.cash)


def _moved(books: Books, event: f.PositionMoved, at: int) -> None:
    holder = books.holders[event.account]
    position = holder.positions[event.instrument]
    position.quantity, position.cost = number(event.quantity), number(event.cost)
    holder.cash = number(event.cash)


def _closed(books: Books, event: f.PositionClosed, at: int) -> None:
    holder = books.holders[event.account]
    del holder.positions[event.instrument]
    holder.cash = number(event.cash)
    holder.losses = holder.losses + 1 if event.pnl < 0 else 0
    rules = holder.terms.governor
    if rules is not None and holder.losses >= rules.cooldown_losses:
        holder.cooling_until, holder.losses = at + rules.cooldown, 0


def _dust_taken(books: Books, event: f.DustTaken, at: int) -> None:
    position = books.holders[event.account].positions[event.instrument]
    position.quantity += number(event.quantity)
    position.cost += number(event.cost)


def _cash(books: Books, event: f.CashMoved, at: int) -> None:
    books.holders[event.account].cash = number(event.cash)


def _position_rescaled(books: Books, event: f.PositionRescaled, at: int) -> None:
    position = books.holders[event.account].positions[event.instrument]
    before, position.quantity = position.quantity, number(event.quantity)
    position.stop = maybe(event.stop)
    if position.mark is not None and position.quantity:
        position.mark = position.mark * before / position.quantity


def _restated(books: Books, event: f.PositionRestated, at: int) -> None:
    holder, held = books.holders[event.account], event.holding
    holder.cash = number(event.cash)
    holder.positions.pop(event.instrument, None)
    if held is not None:
        position = holder.positions[event.instrument] = Position(held.quantity, held.cost, held.stop)
        position.waived = held.waived


def _renamed(books: Books, event: f.SymbolChanged, at: int) -> None:
    holder, old, new = books.holders[event.account], event.instrument, event.new_symbol
    if old in holder.positions:
        holder.positions[new] = holder.positions.pop(old)
    for order in holder.of(old):
        order.request = msgspec.structs.replace(order.request, instrument=new)
        holder.orders.setdefault(new, {})[order.request.id] = order
    holder.orders.pop(old, None)


def _waived(books: Books, event: f.OfAPosition, at: int) -> None:
    books.holders[event.account].positions[event.instrument].waived = True


def _marked(books: Books, event: f.PositionMarked, at: int) -> None:
    books.holders[event.account].positions[event.instrument].mark = number(event.price)


def _day(books: Books, event: f.DayBegan, at: int) -> None:
    holder = books.holders[event.account]
    if event.day != holder.day:
        holder.entries, holder.by_strategy, holder.orders_today = [], {}, 0
        holder.locks = {code: ends for code, ends in holder.locks.items() if ends != "day"}
        holder.passed = set()
    holder.day, holder.until = event.day, event.until
    holder.day_balance, holder.day_equity = number(event.balance), number(event.equity)


def _peak(books: Books, event: f.PeakRaised, at: int) -> None:
    holder = books.holders[event.account]
    holder.peak = max(holder.peak, number(event.peak))


def _locked(books: Books, event: f.LimitBreached, at: int) -> None:
    books.holders[event.account].locks[event.code] = event.ends


def _unlocked(books: Books, event: f.LockReleased, at: int) -> None:
    holder = books.holders[event.account]
    holder.locks.pop(event.code, None)
    holder.passed.add(event.code)


def _cooling(books: Books, event: f.CooldownStarted, at: int) -> None:
    holder = books.holders[event.account]
    holder.cooling_until, holder.losses = event.until, 0


def _paused(books: Books, event: f.OfAStrategy, at: int) -> None:
    books.paused.add(event.strategy)


def _resumed(books: Books, event: f.OfAStrategy, at: int) -> None:
    books.paused.discard(event.strategy)


Do = Callable[[Books, Any, int], None]
_DO: dict[str, tuple[type, Do]] = {
    "InstrumentDefined": (f.InstrumentDefined, _instrument),
    "AccountDefined": (f.AccountDefined, _account),
    "OwnersDefined": (f.OwnersDefined, _owners),
    "TradingStateChanged": (f.TradingStateChanged, _trading),
    "OrderHeld": (f.Submitted, _held),
    "OrderSubmitted": (f.Submitted, _submitted),
    "OrderReleased": (f.Submitted, _released),
    "OrderAccepted": (f.OfAnOrder, _be),
    "OrderFilled": (f.OrderFilled, _filled),
    "OrderEnded": (f.OfAnOrder, _be),
    "OrderRevived": (f.OfAnOrder, _be),
    "OrderProvenAbsent": (f.OfAnOrder, _absent),
    "OrderRestored": (f.OrderRestored, _restored),
    "OrderRescaled": (f.OrderRescaled, _rescaled),
    "CancelSubmitted": (f.OfAnOrder, _cancel),
    "CancelRefused": (f.OfAnOrder, _not_cancelled),
    "ReplaceSubmitted": (f.Replaced, _replace),
    "OrderReplaced": (f.Replaced, _replaced),
    "ReplaceRefused": (f.OfAnOrder, _not_replaced),
    "FillBusted": (f.Recounted, _recounted),
    "FillCorrected": (f.Recounted, _recounted),
    "PositionOpened": (f.PositionOpened, _opened),
    "PositionGrown": (f.PositionMoved, _moved),
    "PositionReduced": (f.PositionMoved, _moved),
    "PositionClosed": (f.PositionClosed, _closed),
    "PositionRescaled": (f.PositionRescaled, _position_rescaled),
    "PositionRestated": (f.PositionRestated, _restated),
    "PositionMarked": (f.PositionMarked, _marked),
    "ProtectionWaived": (f.OfAPosition, _waived),
    "DustTaken": (f.DustTaken, _dust_taken),
    "DustSold": (f.CashMoved, _cash),
    "DustRescaled": (f.CashMoved, _cash),
    "SymbolChanged": (f.SymbolChanged, _renamed),
    "DayBegan": (f.DayBegan, _day),
    "PeakRaised": (f.PeakRaised, _peak),
    "LimitBreached": (f.LimitBreached, _locked),
    "LockReleased": (f.LockReleased, _unlocked),
    "CooldownStarted": (f.CooldownStarted, _cooling),
    "StrategyPaused": (f.OfAStrategy, _paused),
    "StrategyResumed": (f.OfAStrategy, _resumed),
}
READ: dict[tuple[str, int], tuple[Callable[[bytes], Any], Do]] = {
    (kind, 1): (msgspec.json.Decoder(form).decode, do) for kind, (form, do) in _DO.items()
}
IGNORED = frozenset(
    (kind, 1)
    for kind in (
        *("RunStarted", "FrontChanged", "MarketPhaseChanged", "HaltChanged", "ClosingBegan"),
        *("SignalQueued", "SignalTaken", "SignalJudged", "SignalRepeated", "SignalHeld", "ApprovalRefused"),
        *(
            "OrderTriggered",
            "OrderAbandoned",
            "OrderConfirmed",
            "RetryPlanned",
            "OrderRetried",
            "OrderGivenUp",
        ),
        *("CancelPlanned", "RequestRefused", "OrderDoubted", "OrderQueried", "OrderMissed", "OrderNamed"),
        *("AbsenceNoted", "StopMoved", "TargetMoved", "RoomNoted", "ExposureNoted", "ExposureEnded"),
        *("DustLeft", "ContractSettled", "SharesSplit", "InstrumentChanged", "UnallocatedChanged"),
        *("DisasterStopNoted", "DisasterStopEnded", "AmendmentUnsettled", "TradeAnnulled", "TradeRestated"),
        *("ReleaseRefused", "StrategyRefused", "KillOrdered", "KillExtended", "KillChecked", "KillConfirmed"),
        *(
            "StrategyDefined",
            "StrategyDropped",
            "StrategyMoved",
            "StrategyFailed",
            "SessionBegan",
            "PanelNoted",
        ),
        *("SetupFound", "SetupMissed", "SetupAnswered"),
        "Anomaly",
    )
)
