"""Events in plain words: what `kedge order` tells of an order's life, `kedge journal show` of the record, and the demo
of what happens while it happens.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar, NamedTuple, get_args

from kedge.domain import amendments as am
from kedge.domain import changes as ch
from kedge.domain import disasters as ds
from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain import kill as kl
from kedge.domain import setups as st
from kedge.domain.announcements import Split
from kedge.domain.events import Event
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.inputs import Input
from kedge.domain.instants import NEVER
from kedge.domain.numbers import from_nano, plain
from kedge.domain.orders import OrderRequest, Role, Side, Terms
from kedge.domain.refusals import Course, RejectKind
from kedge.domain.steps import signal_in
from kedge.wording.figures import gain, money, nano_price, nano_quantity, price
from kedge.wording.governing import tell_governing
from kedge.wording.killing import tell_killing
from kedge.wording.phrases import (
    ask,
    because,
    holding,
    judged,
    new_terms,
    refusal,
    spoken,
    spoken_phase,
    spoken_role,
    way_out,
    wish,
)
from kedge.wording.strategies import tell_strategic


class Place(NamedTuple):
    """Whose event it is, and in which instrument; empty where it is nobody's or in none."""

    account: str = ""
    instrument: str = ""


OrderOf = Callable[[OrderId], OrderRequest | None]
MultiplierOf = Callable[[Symbol], Decimal | None]

_DONE = {Side.BUY: "bought", Side.SELL: "sold"}


class Words:
    """Tells events; it needs to know the orders and instruments that they speak of."""

    def __init__(self, order_of: OrderOf, multiplier_of: MultiplierOf) -> None:
        self._order_of = order_of
        self._multiplier_of = multiplier_of

    def tell(self, event: Event, cause: Input | None = None) -> str:
        """One event in a clause without its subject's name; `cause` is the input that led to it."""
        if isinstance(event, ev.SignalJudged):
            return judged(event, signal_in(cause, event.signal))
        return self._table[type(event)](self, event)

    def place(self, event: Event, cause: Input | None = None) -> Place:
        """Where an event happened."""
        match event:
            case ev.SignalJudged() | ev.SignalRepeated():
                signal = signal_in(cause, event.signal)
                return Place(event.account, "" if signal is None else signal.instrument)
            case ev.OrderSubmitted() | ev.OrderHeld() | ev.OrderReleased():
                return Place(event.request.account, event.request.instrument)
            case (
                (ev.PositionOpened() | ev.PositionGrown() | ev.PositionReduced() | ev.PositionClosed())
                | (ev.ExposureNoted() | ev.ExposureEnded() | ev.ProtectionWaived())
                | (ev.RoomNoted() | ev.DustLeft() | ev.DustTaken() | ev.DustSold() | ch.DustRescaled())
                | (ds.DisasterStopNoted() | ds.DisasterStopEnded())
                | (ch.ContractSettled() | ch.SharesSplit() | ch.SymbolChanged() | ch.PositionRescaled())
                | (am.PositionRestated() | am.TradeAnnulled() | am.TradeRestated() | gv.PositionMarked())
            ):
                return Place(event.account, event.instrument)
            case (
                (ev.AccountDefined() | ev.InstrumentDefined() | ev.ClosingBegan() | ev.TradingStateChanged())
                | (gv.DayBegan() | gv.PeakRaised() | gv.LimitBreached())
                | (gv.LockReleased() | gv.ReleaseRefused() | gv.CooldownStarted())
                | (kl.KillOrdered() | kl.KillExtended() | kl.KillChecked() | kl.KillConfirmed())
                | st.StrategyDefined()
            ):
                return _place_of_account(event)
            case (ev.MarketPhaseChanged() | ev.RunStarted()) | (
                (gv.StrategyRefused() | gv.StrategyPaused() | gv.StrategyResumed())
                | (gv.ApprovalRefused() | gv.OwnersDefined())
                | (st.StrategyDropped() | st.SessionBegan() | st.StrategyMoved() | st.StrategyFailed())
                | (st.SetupMissed() | st.SetupAnswered())
            ):
                return Place()
            case ch.UnallocatedChanged() | st.PanelNoted():
                return Place("", event.instrument)
            case (
                ev.FrontChanged(root=symbol)
                | ev.HaltChanged(instrument=symbol)
                | ch.InstrumentChanged(instrument=symbol)
            ):
                return Place("", symbol)
            case ev.SignalQueued() | ev.SignalTaken() | gv.SignalHeld() | st.SetupFound():
                return Place(event.signal.account, event.signal.instrument)
            case ev.OrderRestored():
                return Place(event.order.request.account, event.order.request.instrument)
            case ev.Anomaly():
                return self._place_of(OrderId(event.subject))
            case _:
                return self._place_of(event.order)

    def _what(self, id_: OrderId) -> str:
        order = self._order_of(id_)
        return "" if order is None else f": {wish(order)}"

    def _place_of(self, id_: OrderId) -> Place:
        order = self._order_of(id_)
        return Place() if order is None else Place(order.account, order.instrument)

    # -- orders --

    def _submitted(self, event: ev.OrderSubmitted) -> str:
        legs = " and ".join(way_out(leg) for leg in event.legs)
        intent = event.intent
        again = "" if intent is None or intent.after is None else f" in place of {intent.after}"
        what = "disaster stop " if event.request.role is Role.DISASTER else ""
        with_ = f", with {legs}" if legs else ""
        if legs and event.request.role is not Role.ENTRY:
            with_ += ": what one of them fills the other loses"
        return f"{what}sent{again}: {wish(event.request)}{with_}"

    def _held(self, event: ev.OrderHeld) -> str:
        if event.request.role is Role.EXIT:
            return f"leaves as soon as what rests at the venue has made room: {wish(event.request)}"
        return f"held by the engine: {wish(event.request)}"

    def _released(self, event: ev.OrderReleased) -> str:
        why = "there is room" if event.request.role is Role.EXIT else "price reached"
        return f"{why}, sent: {wish(event.request)}"

    def _accepted(self, event: ev.OrderAccepted) -> str:
        order = self._order_of(event.order)
        if order is not None and order.role.is_protective:
            return f"{spoken_role(order)} rests at the venue: {wish(order)}"
        return f"accepted by the venue{self._what(event.order)}"

    def _filled(self, event: ev.OrderFilled) -> str:
        order, execution = self._order_of(event.order), event.execution
        size = nano_quantity(execution.quantity)
        done = "traded" if order is None else _DONE[order.side]
        of = (
            ""
            if order is None or execution.quantity >= order.quantity  # more than was asked for: after a split
            else f" of {nano_quantity(order.quantity)}"
        )
        fee = f", fee {money(from_nano(execution.fee))}" if execution.fee else ""
        if execution.fee_base:
            fee += f", fee {nano_quantity(execution.fee_base)} of it"
        late = ", although it was believed done" if event.late else ""
        role = f"{spoken_role(order)} filled: " if order is not None and order.role.is_protective else ""
        return f"{role}{done} {size}{of} at {nano_price(execution.price)}{fee}{late}"

    def _ended(self, event: ev.OrderEnded) -> str:
        order = self._order_of(event.order)
        role = f"{spoken_role(order)} " if order is not None and order.role.is_protective else ""
        return f"{role}{event.state.lower()}{because(event.reason)}"

    def _confirmed(self, event: ev.OrderConfirmed) -> str:
        return f"the venue shows it as it was believed to be{self._what(event.order)}"

    def _abandoned(self, event: ev.OrderAbandoned) -> str:
        return f"not sent after all: {event.code} at {event.gate}"

    def _revived(self, event: ev.OrderRevived) -> str:
        return f"heard of again although it was believed done; now {spoken(event.state)}"

    def _retry_planned(self, event: ev.RetryPlanned) -> str:
        changed = "; ".join(f"{what} {how}" for what, how in event.changes.items())
        waits = event.course is Course.WAIT
        number = "to be sent again" if waits else f"retry {event.intent.attempt} planned"
        return f"{number}, as {refusal(event.kind)}" + (f": {changed}" if changed else "")

    def _retried(self, event: ev.OrderRetried) -> str:
        return f"tried again by order {event.by}"

    def _given_up(self, event: ev.OrderGivenUp) -> str:
        known = "" if event.kind is RejectKind.UNKNOWN else f"{refusal(event.kind)}, and "
        return f"not tried again: {known}{event.why}" + (f" ({event.code})" if event.code else "")

    def _cancel_submitted(self, event: ev.CancelSubmitted) -> str:
        return f"cancel sent ({event.who}: {event.why})"

    def _cancel_planned(self, event: ev.CancelPlanned) -> str:
        return f"to be cancelled ({event.who}: {event.why})"

    def _cancel_refused(self, event: ev.CancelRefused) -> str:
        return f"the venue did not cancel it{because(event.reason)}"

    def _replace_submitted(self, event: ev.ReplaceSubmitted) -> str:
        return f"change to {new_terms(event.terms)} sent ({event.who}: {event.why})"

    def _replaced(self, event: ev.OrderReplaced) -> str:
        order, terms = self._order_of(event.order), event.terms
        price = terms.limit_price if terms.stop_price is None else terms.stop_price
        if order is None or not order.role.is_protective or terms == Terms():
            return f"changed to {new_terms(terms)}"
        size = "" if terms.quantity is None else f" for {nano_quantity(terms.quantity)}"
        return f"{spoken_role(order)} is now{size}" + ("" if price is None else f" at {nano_price(price)}")

    def _replace_refused(self, event: ev.ReplaceRefused) -> str:
        return f"not changed{because(event.reason)}"

    def _stop_moved(self, event: ev.StopMoved) -> str:
        before = "" if event.before is None else f", from {nano_price(event.before)}"
        own = event.who == "engine"
        return f"stop goes to {nano_price(event.price)}{before}" + (
            because(event.why) if own else f" ({event.who}: {event.why})"
        )

    def _target_moved(self, event: ev.TargetMoved) -> str:
        before = "" if event.before is None else f", from {nano_price(event.before)}"
        size = "" if event.quantity is None else f" for {nano_quantity(event.quantity)}"
        return f"target goes to {nano_price(event.price)}{before}{size}" + (
            because(event.why) if event.who == "engine" else f" ({event.who}: {event.why})"
        )

    def _room_noted(self, event: ev.RoomNoted) -> str:
        room, atr = nano_price(event.room), nano_price(event.atr)
        return f"the stop is given {room} behind the price: the average true range is {atr}"

    def _request_refused(self, event: ev.RequestRefused) -> str:
        return f"wish of {event.who} not followed{because(event.reason)}"

    def _doubted(self, event: ev.OrderDoubted) -> str:
        return f"outcome unknown, now {spoken(event.state)}{because(event.detail)}"

    def _queried(self, event: ev.OrderQueried) -> str:
        again = f", question {event.attempt}" if event.attempt > 1 else ""
        return f"the venue is asked what became of it{again}{self._what(event.order)}"

    def _missed(self, event: ev.OrderMissed) -> str:
        return "the venue does not find it any more"

    def _named(self, event: ev.OrderNamed) -> str:
        return f"the venue calls it {event.venue_order_id}"

    def _absence(self, event: ev.AbsenceNoted) -> str:
        weight = "" if event.absence.control else ", which finds no others either"
        return f"the venue does not find it by {event.absence.endpoint}{weight}"

    def _absent(self, event: ev.OrderProvenAbsent) -> str:
        return f"the venue never had it: it said so {len(event.evidence)} times"

    def _restored(self, event: ev.OrderRestored) -> str:
        return f"taken back out of the archive, {spoken(event.order.state)}"

    # -- positions --

    def _opened(self, event: ev.PositionOpened) -> str:
        return f"opened: {holding(from_nano(event.quantity))}{self._entry(event)}"

    def _grown(self, event: ev.PositionGrown) -> str:
        return f"grown to {holding(from_nano(event.quantity))}{self._entry(event)}"

    def _reduced(self, event: ev.PositionReduced) -> str:
        return f"reduced to {holding(from_nano(event.quantity))}, {gain(from_nano(event.gained))}"

    def _closed(self, event: ev.PositionClosed) -> str:
        size, result, fees = (
            nano_quantity(event.quantity),
            gain(from_nano(event.pnl)),
            money(from_nano(event.fees)),
        )
        by = event.exit_reason.replace("_", " ")
        return f"closed by {by}: {event.direction} {size}, {result} after fees of {fees}"

    def _dust(self, event: ev.DustLeft) -> str:
        return f"{nano_quantity(event.quantity)} are too little to be sold, and are held on"

    def _dust_taken(self, event: ev.DustTaken) -> str:
        return f"{nano_quantity(event.quantity)} that were too little to be sold are sold with it"

    def _dust_sold(self, event: ev.DustSold) -> str:
        left = f"{nano_quantity(event.quantity)} are left" if event.quantity else "nothing is left"
        return f"what was too little to be sold is sold: {left}, {gain(from_nano(event.gained))}"

    def _dust_rescaled(self, event: ch.DustRescaled) -> str:
        if not event.quantity:
            return "what was too little to be sold was paid out"
        return f"{nano_quantity(event.quantity)} in new shares are held on as too little to be sold"

    def _triggered(self, event: ev.OrderTriggered) -> str:
        if event.at_venue:
            return f"reached at {nano_price(event.price)}: its limit may keep it from filling, so it has two seconds"
        return f"reached at {nano_price(event.price)}: leaves as soon as what rests at the venue is withdrawn"

    def _exposed(self, event: ev.ExposureNoted) -> str:
        size = nano_quantity(event.quantity)
        if event.overnight:
            return f"{size} without a stop at the venue until the next session: the engine holds one"
        if event.placed and not event.quantity:
            return "covered by a stop that the venue has taken: to be watched for a while"
        if event.placed:
            return f"{size} without a stop at the venue: asked for one, time {event.placed}"
        return f"{size} without a stop of the plan" + (
            ", the engine holds one instead" if event.armed else ""
        )

    def _covered(self, event: ev.ExposureEnded) -> str:
        return "covered"

    def _waived(self, event: ev.ProtectionWaived) -> str:
        return f"left without a stop by {event.who}"

    def _disaster_noted(self, event: ds.DisasterStopNoted) -> str:
        if event.taken_by:
            return f"left without a disaster stop by {event.taken_by}: the engine holds the stop as before"
        if event.told and event.look_at != NEVER:
            return (
                "the venue took no disaster stop: it is asked rarely, and the engine holds the stop as before"
            )
        if event.look_at != NEVER:
            return "the venue took no disaster stop: it is asked again after a pause"
        if not event.tries:
            return "the disaster stop is withdrawn"
        return f"the venue is asked for a disaster stop, time {event.tries}"

    def _disaster_ended(self, event: ds.DisasterStopEnded) -> str:
        return "nothing is left at the venue of the disaster stop"

    def _settled(self, event: ch.ContractSettled) -> str:
        size = holding(from_nano(event.quantity))
        return f"expired: {size} settled by the venue at {nano_price(event.price)}"

    def _split(self, event: ch.SharesSplit) -> str:
        return f"split: {event.split.new} new for {event.split.old} old"

    def _renamed(self, event: ch.SymbolChanged) -> str:
        return f"goes by {event.new_symbol} from now on"

    def _changed(self, event: ch.InstrumentChanged) -> str:
        action = event.action
        if isinstance(action, Split):
            return (
                f"from now on in new shares, {action.new} for {action.old}: signals of before it are refused"
            )
        return f"from now on {action.new_symbol}: signals of before it are refused"

    def _unallocated(self, event: ch.UnallocatedChanged) -> str:
        if not event.quantity:
            return f"at {event.venue} the account {event.account} holds what the accounts here hold"
        there, rest = from_nano(event.held), from_nano(event.quantity)
        return (
            f"at {event.venue} the account {event.account} holds {plain(there)}, the accounts here "
            f"{plain(there - rest)}: unallocated {plain(rest)}"
        )

    def _position_rescaled(self, event: ch.PositionRescaled) -> str:
        stop = "" if event.stop is None else f", its first stop at {nano_price(event.stop)}"
        return f"after the split: {holding(from_nano(event.quantity))}{stop}"

    def _order_rescaled(self, event: ch.OrderRescaled) -> str:
        terms = Terms(event.quantity, event.limit_price, event.stop_price)
        return f"after the split: {new_terms(terms)}"

    # -- fills that were annulled or corrected --

    def _busted(self, event: am.FillBusted) -> str:
        if event.was is None:
            return f"fill {event.execution} was annulled by the venue before it was heard of{because(event.reason)}"
        size, at = nano_quantity(event.was.quantity), nano_price(event.was.price)
        return f"the venue has annulled the fill of {size} at {at}{because(event.reason)}"

    def _corrected(self, event: am.FillCorrected) -> str:
        if event.was is None or event.now is None:
            return f"fill {event.execution} is known as the venue has corrected it"
        was = f"{nano_quantity(event.was.quantity)} at {nano_price(event.was.price)}"
        now = f"{nano_quantity(event.now.quantity)} at {nano_price(event.now.price)}"
        return f"the venue has corrected the fill of {was}: it was {now}"

    def _unsettled(self, event: am.AmendmentUnsettled) -> str:
        what = "annulled" if event.corrected is None else "corrected"
        return f"fill {event.execution} was {what}, and nothing is changed{because(event.why)}"

    def _position_restated(self, event: am.PositionRestated) -> str:
        held = "nothing" if event.holding is None else holding(from_nano(event.holding.quantity))
        return f"after all {held} is held"

    def _trade_annulled(self, event: am.TradeAnnulled) -> str:
        return f"the trade that made {gain(from_nano(event.pnl))} does not stand"

    def _trade_restated(self, event: am.TradeRestated) -> str:
        size, result = nano_quantity(event.quantity), gain(from_nano(event.pnl))
        return f"after all a trade closed by {event.exit_reason.replace('_', ' ')}: {event.direction} {size}, {result}"

    def _entry(self, event: ev.PositionOpened | ev.PositionGrown) -> str:
        multiplier, size = self._multiplier_of(event.instrument), abs(from_nano(event.quantity))
        return (
            ""
            if multiplier is None or not size
            else f" at {price(from_nano(event.cost) / size / multiplier)}"
        )

    # -- the rest --

    def _strategic(self, event: st.Strategic) -> str:
        return tell_strategic(event)

    def _governing(self, event: gv.Governing) -> str:
        return tell_governing(event)

    def _killing(self, event: kl.Killing) -> str:
        return tell_killing(event)

    def _run(self, event: ev.RunStarted) -> str:
        return f"engine started (kedge {event.version}, start {event.epoch})"

    def _instrument(self, event: ev.InstrumentDefined) -> str:
        known = event.instrument
        return f"{known.symbol}: {known.asset}, tick {known.tick}, multiplier {known.multiplier}, {known.currency}"

    def _account(self, event: ev.AccountDefined) -> str:
        terms = event.terms
        there = "" if terms.held_at == terms.id else f" (account {terms.held_at} there)"
        return f"account {terms.id} on {terms.venue}{there}, begun with {money(terms.cash)} {terms.currency}"

    def _trading(self, event: ev.TradingStateChanged) -> str:
        whose = "all accounts" if event.account is None else f"account {event.account}"
        return f"trading of {whose} is {event.state} ({event.who}: {event.why})"

    def _front(self, event: ev.FrontChanged) -> str:
        before = f" instead of {event.before}" if event.before else ""
        held = f"; still held by {', '.join(event.holders)}" if event.holders else ""
        return f"means {event.contract} now{before}{held}"

    def _phase(self, event: ev.MarketPhaseChanged) -> str:
        return f"market {event.market} is {spoken_phase(event.hours.phase)}"

    def _halt(self, event: ev.HaltChanged) -> str:
        return f"halted by its exchange: {event.reason}" if event.reason else "trading goes on after the halt"

    def _closing(self, event: ev.ClosingBegan) -> str:
        return f"closes what it holds in {event.market} before the session ends"

    def _signal_queued(self, event: ev.SignalQueued) -> str:
        return f"signal {ask(event.signal)} waits for the open"

    def _signal_taken(self, event: ev.SignalTaken) -> str:
        return f"signal {ask(event.signal)} is judged: {event.why}"

    def _repeated(self, event: ev.SignalRepeated) -> str:
        return f"signal {event.signal} came again with another content: nothing was done"

    def _anomaly(self, event: ev.Anomaly) -> str:
        figures = ", ".join(f"{name} {value}" for name, value in event.figures.items())
        return f"ANOMALY {event.kind}: {event.detail}" + (f" ({figures})" if figures else "")

    _table: ClassVar[dict[type, Callable[..., str]]] = {
        **dict.fromkeys(get_args(gv.Governing), _governing),
        **dict.fromkeys(get_args(kl.Killing), _killing),
        **dict.fromkeys(get_args(st.Strategic), _strategic),
        ev.RunStarted: _run,
        ev.InstrumentDefined: _instrument,
        ev.AccountDefined: _account,
        ev.TradingStateChanged: _trading,
        ev.FrontChanged: _front,
        ev.MarketPhaseChanged: _phase,
        ev.HaltChanged: _halt,
        ev.ClosingBegan: _closing,
        ev.SignalQueued: _signal_queued,
        ev.SignalTaken: _signal_taken,
        ev.SignalRepeated: _repeated,
        ev.OrderHeld: _held,
        ev.OrderSubmitted: _submitted,
        ev.OrderReleased: _released,
        ev.OrderAccepted: _accepted,
        ev.OrderFilled: _filled,
        ev.OrderEnded: _ended,
        ev.OrderConfirmed: _confirmed,
        ev.OrderRevived: _revived,
        ev.RetryPlanned: _retry_planned,
        ev.OrderRetried: _retried,
        ev.OrderAbandoned: _abandoned,
        ev.OrderGivenUp: _given_up,
        ev.CancelSubmitted: _cancel_submitted,
        ev.CancelPlanned: _cancel_planned,
        ev.CancelRefused: _cancel_refused,
        ev.ReplaceSubmitted: _replace_submitted,
        ev.OrderReplaced: _replaced,
        ev.ReplaceRefused: _replace_refused,
        ev.StopMoved: _stop_moved,
        ev.TargetMoved: _target_moved,
        ev.RoomNoted: _room_noted,
        ev.RequestRefused: _request_refused,
        ev.OrderDoubted: _doubted,
        ev.OrderQueried: _queried,
        ev.OrderMissed: _missed,
        ev.OrderNamed: _named,
        ev.AbsenceNoted: _absence,
        ev.OrderProvenAbsent: _absent,
        ev.OrderRestored: _restored,
        ev.PositionOpened: _opened,
        ev.PositionGrown: _grown,
        ev.PositionReduced: _reduced,
        ev.PositionClosed: _closed,
        ev.DustLeft: _dust,
        ev.DustTaken: _dust_taken,
        ev.DustSold: _dust_sold,
        ch.DustRescaled: _dust_rescaled,
        ch.ContractSettled: _settled,
        ch.SharesSplit: _split,
        ev.OrderTriggered: _triggered,
        ev.ExposureNoted: _exposed,
        ev.ExposureEnded: _covered,
        ev.ProtectionWaived: _waived,
        ds.DisasterStopNoted: _disaster_noted,
        ds.DisasterStopEnded: _disaster_ended,
        ch.UnallocatedChanged: _unallocated,
        ch.SymbolChanged: _renamed,
        ch.InstrumentChanged: _changed,
        ch.PositionRescaled: _position_rescaled,
        ch.OrderRescaled: _order_rescaled,
        am.FillBusted: _busted,
        am.FillCorrected: _corrected,
        am.AmendmentUnsettled: _unsettled,
        am.PositionRestated: _position_restated,
        am.TradeAnnulled: _trade_annulled,
        am.TradeRestated: _trade_restated,
        ev.Anomaly: _anomaly,
    }


_OfAnAccount = (
    ev.AccountDefined
    | ev.InstrumentDefined
    | ev.ClosingBegan
    | ev.TradingStateChanged
    | gv.DayBegan
    | gv.PeakRaised
    | gv.LimitBreached
    | gv.LockReleased
    | gv.ReleaseRefused
    | gv.CooldownStarted
    | kl.Killing
    | st.StrategyDefined
)


def _place_of_account(event: _OfAnAccount) -> Place:
    match event:
        case ev.AccountDefined(terms=terms):
            return Place(terms.id)
        case st.StrategyDefined(terms=strategy):
            return Place(strategy.account, strategy.instrument)
        case ev.InstrumentDefined(instrument=instrument):
            return Place("", instrument.symbol)
        case _:
            return Place(event.account or "")
