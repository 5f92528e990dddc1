"""The kill switch at work: entries are withdrawn, positions closed, and whatever comes up afterwards goes the same way.

    a person asks ──► trading is halted ──► every open entry is cancelled, every position gets an exit
    an order lives after all, an entry has filled  ──► goes as well
    a venue would not cancel                       ──► asked again, less and less often

What it takes away is state, so it goes on after a restart. Stops and targets are never among it: they go with their
position, or stay with it.
"""

from kedge.domain import events as e
from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId
from kedge.domain.inputs import KillAsked
from kedge.domain.kill import ALL, Kill, KillExtended, KillOrdered
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.kernel.apply_kill import scope_of
from kedge.kernel.holding import close_timed_out
from kedge.kernel.one_intent import give_up
from kedge.kernel.requests import cancel, withdraw
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn

_MAY_LIVE = (
    e.OrderSubmitted,
    e.OrderAccepted,
    e.OrderConfirmed,
    e.OrderReplaced,
    e.OrderRevived,
    e.CancelRefused,
    e.ReplaceRefused,
)


def on_kill(turn: Turn, asked: KillAsked) -> None:
    """Halt, and take away what the mode says; asked for again it looks anew, and never does less than before."""
    state = turn.state
    if asked.account is not None and asked.account not in state.accounts:
        turn.alarm(
            "UNKNOWN_ACCOUNT", asked.account, f"{asked.who} threw the kill switch of an unknown account"
        )
        return
    current = state.trading if asked.account is None else state.accounts[asked.account].state
    if current is not TradingState.HALTED:
        halted = TradingState.HALTED
        turn.emit(e.TradingStateChanged(state=halted, who=asked.who, why=asked.why, account=asked.account))
    if not asked.mode.withdraws:
        return
    scope = scope_of(asked.account)
    before = state.kills.get(scope)
    mode = asked.mode if before is None else asked.mode.or_further(before.mode)
    orders, positions = entries_in(state, scope), positions_in(state, scope)
    turn.emit(
        KillOrdered(
            mode=mode,
            who=asked.who,
            why=asked.why,
            account=asked.account,
            orders=tuple(order.id for order in orders),
            positions=tuple(position.id for position in positions) if mode.closes else (),
            held_at=_whose_word(state, scope, asked.held_at),
        )
    )
    for id_, retry in list(state.retries.items()):
        if retry.request.role is Role.ENTRY and scope in (ALL, retry.request.account):
            give_up(turn, id_, _why(state.kills[scope]))
    for order in orders:
        if order.state is not OrderState.PENDING_CANCEL:
            cancel(turn, order, asked.who, _why(state.kills[scope]))
    close_timed_out(turn)


def take_away(turn: Turn) -> None:
    """After each step: what has come up in it and is to go."""
    if not turn.state.kills:
        return
    for event in list(turn.events):
        if isinstance(event, _MAY_LIVE):
            order = turn.order(event.request.id if isinstance(event, e.OrderSubmitted) else event.order)
            if order is not None and order.request.role is Role.ENTRY and not is_final(order.state):
                _take_order(turn, order)
        elif isinstance(event, e.PositionOpened):
            _take_position(turn, event)


def entries_in(state: BookState, scope: AccountId) -> list[Order]:
    """The entries that may still fill."""
    return [
        state.orders[id_]
        for account, by_instrument in state.open.items()
        if scope in (ALL, account)
        for ids in by_instrument.values()
        for id_ in ids
        if state.orders[id_].request.role is Role.ENTRY
    ]


def positions_in(state: BookState, scope: AccountId) -> list[Position]:
    """What is open."""
    return [
        position
        for account, held in state.positions.items()
        if scope in (ALL, account)
        for position in held.values()
    ]


def _whose_word(state: BookState, scope: AccountId, traded: tuple[AccountId, ...]) -> tuple[AccountId, ...]:
    """The accounts at venues that have to be asked: those that are traded now, and those in which something is open."""
    known = [terms.terms for id_, terms in state.accounts.items() if scope in (ALL, id_)]
    return tuple(
        dict.fromkeys(
            terms.held_at
            for terms in known
            if not traded
            or terms.held_at in traded
            or entries_in(state, terms.id)
            or positions_in(state, terms.id)
        )
    )


def _take_order(turn: Turn, order: Order) -> None:
    for scope, kill in _kills_on(turn.state, order.request.account):
        if order.id not in kill.orders or kill.orders[order.id] is not None or kill.confirmed:
            turn.emit(KillExtended(account=scope or None, orders=(order.id,)))
        if order.state in WORKING_STATES and order.cancel_at > turn.at:
            withdraw(turn, order, _why(kill))
        elif order.state not in WORKING_STATES and order.cancel_at > turn.at:
            _plan(turn, order, kill)


def _plan(turn: Turn, order: Order, kill: Kill) -> None:
    """As soon as the venue has answered for it."""
    if order.state is not OrderState.PENDING_CANCEL:
        cancel(turn, order, kill.who, _why(kill))


def _take_position(turn: Turn, opened: e.PositionOpened) -> None:
    for scope, kill in _kills_on(turn.state, opened.account):
        if kill.mode.closes and turn.state.position(opened.account, opened.instrument) is not None:
            turn.emit(KillExtended(account=scope or None, positions=(opened.position,)))


def _kills_on(state: BookState, account: AccountId) -> list[tuple[AccountId, Kill]]:
    return [(scope, state.kills[scope]) for scope in (ALL, account) if scope in state.kills]


def _why(kill: Kill) -> str:
    return f"kill switch: {kill.why}"
