"""A venue has listed what is open there: held against what a kill switch is to take away.

Nothing is believed to be gone because the book says so: every venue has to have said it, after the last of it was
asked for. An order that the venue shows and the book believes dead is asked about; so is one that it does not show
and that the book believes alive. An answer that is older than what was heard since proves nothing.
"""

from kedge.domain.ids import AccountId, OrderId
from kedge.domain.inputs import VenueListed
from kedge.domain.kill import ALL, Kill, KillChecked, KillConfirmed, KillWord
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, from_nano, plain
from kedge.domain.orders import Order, Role
from kedge.kernel.kill_report import ended_as, why_left, why_open
from kedge.kernel.kill_switch import entries_in, positions_in
from kedge.kernel.requests import ask
from kedge.kernel.turn import Turn


def on_listed(turn: Turn, told: VenueListed) -> None:
    """Of no concern where no kill switch waits for it."""
    for scope, kill in list(turn.state.kills.items()):
        own = [
            account
            for account in turn.state.sharers.get(told.account, ())
            if scope in (ALL, account) and turn.state.accounts[account].terms.venue == told.venue
        ]
        if own and not kill.confirmed and told.asked >= kill.asked:
            _check(turn, scope, own, told)


def _check(turn: Turn, scope: AccountId, own: list[AccountId], told: VenueListed) -> None:
    state, kill = turn.state, turn.state.kills[scope]
    if _is_old(turn, kill, own, told):
        return
    left, foreign = _orders_left(turn, kill, own, told)
    word = KillWord(left, _still_open(turn, own, told) if kill.mode.closes else {}, foreign)
    settled = {
        id_: how
        for id_, known in kill.orders.items()
        if known is None and (how := ended_as(state, kill, id_)) is not None
    }
    if settled or kill.words.get(told.account) != word:
        turn.emit(
            KillChecked(
                venue=told.venue,
                held_at=told.account,
                asked=told.asked,
                account=scope or None,
                settled=settled,
                left=word.left,
                open=word.open,
                foreign=word.foreign,
            )
        )
    if _is_over(turn, scope, kill):
        turn.emit(
            KillConfirmed(
                orders=len(kill.orders),
                filled=sum(how is OrderState.FILLED for how in kill.orders.values()),
                positions=len(kill.positions),
                account=scope or None,
            )
        )


def _is_old(turn: Turn, kill: Kill, own: list[AccountId], told: VenueListed) -> bool:
    """Whether something has changed since the question left, so that both sides may be right."""
    if any(is_final(each.state) and each.updated >= told.asked for each in _entries_of(turn, own, told)):
        return True
    return kill.mode.closes and any(
        order.updated >= told.asked and order.filled
        for order in turn.state.orders.values()
        if order.request.account in own
    )


def _orders_left(
    turn: Turn, kill: Kill, own: list[AccountId], told: VenueListed
) -> tuple[dict[OrderId, str], tuple[OrderId, ...]]:
    state, shown = turn.state, dict.fromkeys(told.orders)
    left: dict[OrderId, str] = {}
    for account in own:
        for order in entries_in(state, account):
            left[order.id] = why_left(order, kill)
            heard_of = order.updated < told.asked and order.state is not OrderState.NEW
            if order.id not in shown and heard_of and not order.asked:
                ask(turn, order)
    for dead in _entries_of(turn, own, told):
        if is_final(dead.state):
            left[dead.id] = f"the venue shows it as open, and it was {dead.state}"
            if not dead.asked:
                ask(turn, dead)
    return left, tuple(id_ for id_ in shown if id_ not in state.orders)


def _entries_of(turn: Turn, own: list[AccountId], told: VenueListed) -> list[Order]:
    """The entries among the orders that the venue shows."""
    known = [order for id_ in told.orders if (order := turn.order(id_)) is not None]
    return [order for order in known if order.request.role is Role.ENTRY and order.request.account in own]


def _still_open(turn: Turn, own: list[AccountId], told: VenueListed) -> dict[str, str]:
    """Positions by their ids; and by its symbol what the venue holds that nobody here has, unless that is known."""
    state = turn.state
    found: dict[str, str] = {
        position.id: why_open(state, position) for account in own for position in positions_in(state, account)
    }
    ours = [symbol for account in state.sharers[told.account] for symbol in state.holdings(account)]
    for symbol in dict.fromkeys([*told.held, *ours]):
        there = from_nano(told.held[symbol]) if symbol in told.held else ZERO
        rest = there - state.held_together(told.account, symbol)
        if rest != state.unallocated_in(told.account, symbol):
            found[symbol] = f"the venue holds {plain(there)}, and {plain(rest)} of it is no account's here"
    return found


def _is_over(turn: Turn, scope: AccountId, kill: Kill) -> bool:
    """Whether nothing is left by the book and by every venue."""
    state = turn.state
    if entries_in(state, scope) or (kill.mode.closes and positions_in(state, scope)):
        return False
    words = [kill.words.get(account) for account in kill.held_at]
    return all(word is not None and word.is_clean for word in words)
