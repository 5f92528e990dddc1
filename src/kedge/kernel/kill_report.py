"""How far a kill switch has come: what is gone, and what is still there with why it is."""

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.kill import Kill, KillReport, Left
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.orders import Order
from kedge.domain.positions import Position
from kedge.kernel.cover import is_on_its_way
from kedge.kernel.holding import last_try
from kedge.kernel.kill_switch import entries_in, positions_in
from kedge.kernel.state import BookState


def report_of(state: BookState, scope: AccountId) -> KillReport | None:
    """None where no kill switch is on that has something to take away."""
    kill = state.kills.get(scope)
    if kill is None:
        return None
    ended = [how for id_ in kill.orders if (how := ended_as(state, kill, id_)) is not None]
    positions = {position.id for position in positions_in(state, scope)}
    words = list(kill.words.values())
    return KillReport(
        account=scope or None,
        mode=kill.mode,
        who=kill.who,
        why=kill.why,
        since=kill.since,
        confirmed=kill.confirmed,
        orders=len(kill.orders),
        cancelled=sum(how is not OrderState.FILLED for how in ended),
        filled=sum(how is OrderState.FILLED for how in ended),
        orders_left=_orders_left(state, scope, kill),
        positions=len(kill.positions),
        closed=sum(id_ not in positions for id_ in kill.positions),
        positions_left=_positions_left(state, scope, kill),
        foreign=tuple(id_ for word in words for id_ in word.foreign),
        silent=tuple(each for each in kill.held_at if each not in kill.words),
    )


def ended_as(state: BookState, kill: Kill, id_: OrderId) -> OrderState | None:
    """How an order that was to be withdrawn has ended; None while it may fill."""
    known, order = kill.orders.get(id_), state.orders.get(id_)
    if order is None:
        return known or OrderState.CANCELLED  # let go of by memory, which only lets go of what has ended
    return order.state if is_final(order.state) else None


def why_left(order: Order, kill: Kill) -> str:
    """Why an order is still there."""
    if order.id in kill.refused:
        return f"the venue refuses: {kill.refused[order.id]}"
    match order.state:
        case OrderState.PENDING_CANCEL:
            return "the venue has not answered the cancel"
        case OrderState.PENDING_NEW | OrderState.IN_DOUBT:
            return "the venue has not said whether it has the order"
        case _:
            return "its cancel has not left yet"


def why_open(state: BookState, position: Position) -> str:
    """Why a position is still there."""
    orders = state.open_orders(position.account, position.instrument)
    exits = [order for order in orders if is_on_its_way(order)]
    if exits:
        return f"exit {exits[0].id} has not filled"
    tried = last_try(state, position, "kill")
    if tried is not None and tried.code:
        return f"its exit was refused: {tried.code}"
    if tried is not None and tried.order is not None and tried.order in state.orders:
        order = state.orders[tried.order]
        return f"exit {order.id} is {order.state}" + (f": {order.reason}" if order.reason else "")
    return "its exit has not left yet"


def _orders_left(state: BookState, scope: AccountId, kill: Kill) -> tuple[Left, ...]:
    here = {
        order.id: Left(order.id, order.request.account, order.request.instrument, why_left(order, kill))
        for order in entries_in(state, scope)
    }
    for word in kill.words.values():
        for id_, why in word.left.items():
            order = state.orders.get(id_)
            if order is not None and is_final(order.state) and id_ not in here:
                here[id_] = Left(id_, order.request.account, order.request.instrument, why)
    return tuple(here.values())


def _positions_left(state: BookState, scope: AccountId, kill: Kill) -> tuple[Left, ...]:
    if not kill.mode.closes:
        return ()
    here = {
        str(position.id): Left(position.id, position.account, position.instrument, why_open(state, position))
        for position in positions_in(state, scope)
    }
    for account, word in kill.words.items():
        for symbol, why in word.open.items():
            if symbol in state.instruments:  # else it is a position of ours, which is told of as it is now
                here[f"{account}/{symbol}"] = Left("", account, Symbol(symbol), why)
    return tuple(here.values())
