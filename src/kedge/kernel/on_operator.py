"""What a person asks for, recorded with who and why; refused in words when it cannot be done."""

from decimal import Decimal

from kedge.domain.accounts import TradingState
from kedge.domain.adaptive import MovedBy
from kedge.domain.events import (
    OrderEnded,
    ProtectionWaived,
    RequestRefused,
    TargetMoved,
    TradingStateChanged,
)
from kedge.domain.inputs import CancelAsked, ReplaceAsked, TradingStateAsked
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, from_nano, on_grid, plain, to_nano
from kedge.domain.orders import Order, Role, Terms
from kedge.gates.self_match import is_met
from kedge.kernel.cover import active_in, cover_of, is_wanted, protects
from kedge.kernel.disaster import note_taken_away
from kedge.kernel.enlarging import objection_to_risk
from kedge.kernel.moving import Move, note_move
from kedge.kernel.on_answer import is_proven_absent
from kedge.kernel.one_intent import give_up
from kedge.kernel.pairs import open_partner_of
from kedge.kernel.requests import cancel, replace
from kedge.kernel.room import room
from kedge.kernel.settle import after_end
from kedge.kernel.sharing import neighbours
from kedge.kernel.stop_limit import with_limit
from kedge.kernel.turn import Turn
from kedge.kernel.upward import limit_of


def on_cancel(turn: Turn, asked: CancelAsked) -> None:
    """Cancel an order now, or as soon as the venue has answered for it."""
    order = turn.order(asked.order)
    if asked.order in turn.state.retries:
        give_up(turn, asked.order, f"{asked.who}: {asked.why}")
        return
    if order is None or is_final(order.state):
        state = "unknown" if order is None else order.state
        turn.emit(
            RequestRefused(
                order=asked.order, who=asked.who, reason=f"nothing to cancel: the order is {state}"
            )
        )
        return
    if order.state is not OrderState.IN_DOUBT and is_proven_absent(turn, order):
        reason = f"{asked.who} ended it: the venue does not know it any more"
        turn.emit(OrderEnded(order=order.id, state=OrderState.CANCELLED, reason=reason))
        after_end(turn, order, reason)
    else:
        cancel(turn, order, asked.who, asked.why)
        note_taken_away(turn, order, asked.who)
    _waive(turn, order, asked.who)


def _waive(turn: Turn, order: Order, who: str) -> None:
    """Who takes the last stop of a position away does not get another one, but is told what that means."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if request.role is not Role.STOP or position is None or request.parent not in position.entries:
        return
    others = turn.state.open_orders(request.account, request.instrument)
    going = (OrderState.PENDING_CANCEL,)
    if any(
        each.request.role is Role.STOP and each.state not in going and each.id != order.id for each in others
    ):
        return
    turn.emit(ProtectionWaived(account=request.account, instrument=request.instrument, who=who))
    turn.alarm(
        "NAKED_POSITION", order.id, f"what is open has no stop: {who} took it away", position=position.id
    )


def on_replace(turn: Turn, asked: ReplaceAsked) -> None:
    """Change an order's terms where that is possible now."""
    order = turn.order(asked.order)
    reason = "the order is unknown" if order is None else _objection(turn, order, asked)
    if order is None or reason:
        turn.emit(RequestRefused(order=asked.order, who=asked.who, reason=reason))
        return
    if protects(turn, order):
        _note_word(turn, order, asked)
    replace(turn, order, with_limit(turn.state, order, asked.terms), asked.who, asked.why)


def _note_word(turn: Turn, order: Order, asked: ReplaceAsked) -> None:
    """A person's word about where a stop or a target lies holds against what the engine would do next."""
    if order.request.role is Role.STOP and asked.terms.stop_price is not None:
        note_move(turn, order, Move(asked.terms.stop_price, MovedBy.PERSON, asked.who, asked.why))
    elif order.request.role is Role.TARGET and asked.terms.limit_price is not None:
        turn.emit(
            TargetMoved(
                order=order.id,
                price=asked.terms.limit_price,
                who=asked.who,
                why=asked.why,
                before=to_nano(limit_of(order)),
                quantity=asked.terms.quantity,
                named=True,
            )
        )


def _objection(turn: Turn, order: Order, asked: ReplaceAsked) -> str:
    terms = asked.terms
    if order.state is not OrderState.NEW and order.state not in WORKING_STATES:
        return f"an order that is {order.state} cannot be changed"
    if order.went_off:
        return "the order has met its price and leaves: it cannot be changed"
    if order.request.role is Role.DISASTER:
        return "a disaster stop follows its position by itself: `protection.disaster_stop` says how far away it lies"
    able = turn.state.able(order.request.account)
    if order.state is not OrderState.NEW and not able.replace:
        return "the venue cannot change orders"
    request = order.request
    account = turn.state.accounts[request.account]
    instrument = turn.state.instruments[request.instrument]
    if terms.quantity is not None:
        quantity = from_nano(terms.quantity)
        if open_partner_of(turn.state, order) is not None:
            return "it rests beside another exit, as a pair of one quantity: only its price can be changed"
        is_active = turn.state.trading is account.state is TradingState.ACTIVE
        if order.request.role is Role.ENTRY and quantity > order.quantity and not is_active:
            return "no new risk is taken: trading is halted or only reducing"
        if quantity <= order.filled or not on_grid(quantity, instrument.lot):
            return (
                f"quantity {plain(quantity)} has to be above what has filled ({plain(order.filled)}) "
                f"and a multiple of the lot {plain(instrument.lot)}"
            )
        if request.role is Role.STOP and quantity < (needed := order.filled + _needed(turn, order)):
            return f"the stop has to cover what is open: {plain(needed)}, not {plain(quantity)}"
        may_turn = (
            request.role is not Role.ENTRY and order.state is not OrderState.NEW and not able.reduce_only
        )
        if may_turn and order.quantity < quantity > (most := _most(turn, order)):
            return f"the exit would close more than is open: {plain(most)} is the most, not {plain(quantity)}"
    if terms == Terms():
        return "nothing to change was named"
    return _objection_to_prices(turn, order, terms) or objection_to_risk(turn, order, asked)


def _objection_to_prices(turn: Turn, order: Order, terms: Terms) -> str:
    tick = turn.state.instruments[order.request.instrument].tick
    for name, asked, held in (
        ("limit_price", terms.limit_price, order.limit_price),
        ("stop_price", terms.stop_price, order.stop_price),
    ):
        if asked is None:
            continue
        price = from_nano(asked)
        if held is None:
            return f"the order has no {name}"
        if price <= ZERO or not on_grid(price, tick):
            return f"{name} {plain(price)} has to be above 0 and on the tick {plain(tick)}"
        if order.request.role is Role.ENTRY and (met := _met_by(turn, order, price)):
            return f"{name} {plain(price)} could trade against {met}"
    return ""


def _met_by(turn: Turn, entry: Order, price: Decimal) -> str:
    """The resting order of another account of the same venue account that the entry would reach."""
    request = entry.request
    for other in neighbours(turn.state, turn.state.accounts[request.account], request.instrument):
        for resting in other.limits:
            if resting.side is not request.side and is_met(resting, price):
                return f"{resting.order} of account {other.account}, which is the same account at the venue"
    return ""


def _most(turn: Turn, order: Order) -> Decimal:
    """How large it may be, with what else may close there, where a venue does not keep exits from turning it over."""
    request = order.request
    return order.quantity + max(room(turn.state, request.account, request.instrument), ZERO)


def _needed(turn: Turn, order: Order) -> Decimal:
    """How much of what is open no other stop and no exit covers."""
    position = turn.state.position(order.request.account, order.request.instrument)
    if position is None or not is_wanted(turn.state, position):
        return ZERO
    cover = cover_of(turn.state, position)
    return cover.open - (cover.stopped - active_in(turn.state, order)) - cover.leaving


def on_trading_state(turn: Turn, asked: TradingStateAsked) -> None:
    """Halt, reduce or resume: one account or all."""
    if asked.account is not None and asked.account not in turn.state.accounts:
        turn.alarm(
            "UNKNOWN_ACCOUNT", asked.account, f"{asked.who} asked for {asked.state} of an unknown account"
        )
        return
    current = turn.state.trading if asked.account is None else turn.state.accounts[asked.account].state
    if current is not asked.state:
        turn.emit(TradingStateChanged(state=asked.state, who=asked.who, why=asked.why, account=asked.account))
