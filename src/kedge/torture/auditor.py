"""The auditor: compares what the exchange did with what the engine believes, by arithmetic of his own.

He is called when all is quiet. He trusts the exchange's list of executions and nothing of the engine's.
"""

from collections.abc import Mapping
from decimal import Decimal

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState
from kedge.domain.orders import Role
from kedge.kernel.state import BookState
from kedge.sim.exchange import SimExchange


def audit(
    exchange: SimExchange, state: BookState, submitted: Mapping[OrderId, tuple[str, Role]]
) -> list[str]:
    """Every broken promise, in words; `submitted` tells the signal and role of each order that was ever recorded."""
    findings: list[str] = []
    for there in state.sharers:
        findings += _orders(exchange, state, there, submitted)
        findings += _positions(exchange, state, there)
        findings += _cover(exchange, state, there, submitted)
        findings += _cash(exchange, state, there)
    return findings


def _orders(
    exchange: SimExchange,
    state: BookState,
    account: AccountId,
    submitted: Mapping[OrderId, tuple[str, Role]],
) -> list[str]:
    findings = []
    live = exchange.open_orders(account)
    believed = [
        order
        for sharer in state.sharers[account]
        for ids in state.open.get(sharer, {}).values()
        for order in (state.orders[id_] for id_ in ids)
        if order.state is not OrderState.NEW
    ]
    findings += [
        f"{order.id} is {order.state} although all is quiet"
        for order in believed
        if order.state in UNANSWERED_STATES
    ]
    ids = [order.id for order in believed]
    findings += [
        f"{id_} lives at the exchange and the engine does not know" for id_ in live if id_ not in ids
    ]
    findings += [
        f"{id_} is believed live and the exchange has no such live order" for id_ in ids if id_ not in live
    ]
    entries: dict[str, OrderId] = {}
    for id_ in _traded_or_live(exchange, account):
        if id_ not in submitted:
            findings.append(f"{id_} is at the exchange and was never recorded before it was sent")
            continue
        signal, role = submitted[id_]
        if not signal:
            continue  # the engine's own, in place of a stop that was lost
        first = entries.setdefault(f"{signal}/{role}", id_)
        if first != id_:
            findings.append(f"signal {signal} has two orders in the role {role}: {first} and {id_}")
    return findings


def _traded_or_live(exchange: SimExchange, account: AccountId) -> list[OrderId]:
    traded = dict.fromkeys(order for order, _ in exchange.executions(account))
    return list(traded | dict.fromkeys(exchange.open_orders(account)))


def _positions(exchange: SimExchange, state: BookState, account: AccountId) -> list[str]:
    held: dict[Symbol, Decimal] = {}
    for sharer in state.sharers[account]:
        for symbol, quantity in state.holdings(sharer).items():
            held[symbol] = held.get(symbol, Decimal(0)) + quantity
    truth = {symbol: quantity for symbol, quantity in exchange.positions(account).items() if quantity}
    return [
        f"{account} {symbol}: the engine holds {held.get(symbol, 0)}, the exchange {truth.get(symbol, 0)}"
        for symbol in sorted({**held, **truth})
        if held.get(symbol, Decimal(0)) != truth.get(symbol, Decimal(0))
    ]


def _cover(
    exchange: SimExchange,
    state: BookState,
    account: AccountId,
    submitted: Mapping[OrderId, tuple[str, Role]],
) -> list[str]:
    """All that the exchange holds has a stop, there or in the engine, or leaves at the market, unless the account may
    go without.
    """
    sharers = state.sharers[account]
    if any(state.accounts[sharer].terms.allow_unprotected for sharer in sharers):
        return []
    exits = [
        id_
        for id_ in exchange.open_orders(account)
        if submitted.get(id_, ("", Role.ENTRY))[1] is not Role.ENTRY
    ]
    findings = []
    for symbol, quantity in exchange.positions(account).items():
        covered = Decimal(0)
        for id_ in exits:
            showed = exchange.look_up(id_)
            if showed is None or showed.instrument != symbol or showed.terms.quantity is None:
                continue
            leaves_at_the_market = showed.terms.limit_price is showed.terms.stop_price is None
            if leaves_at_the_market or submitted[id_][1] is Role.STOP:
                filled = sum(execution.quantity for execution in showed.executions)
                covered += Decimal(showed.terms.quantity - filled) / 10**9
        for order in state.orders.values():
            held = order.state is OrderState.NEW and order.request.role is Role.STOP
            if held and order.request.account in sharers and order.request.instrument == symbol:
                covered += order.quantity - order.filled
        if covered < abs(quantity):
            findings.append(f"{account} {symbol}: {covered} of {quantity} have a stop")
    return findings


def _cash(exchange: SimExchange, state: BookState, account: AccountId) -> list[str]:
    """What an open future has gained so far depends on the order in which its fills were heard of. What cannot depend
    on it is the cash less what is open: as if everything were paid in full.
    """
    believed, truth = Decimal(0), exchange.cash(account)
    for sharer in state.sharers[account]:
        believed += state.accounts[sharer].cash
        for position in state.positions.get(sharer, {}).values():
            if not state.instruments[position.instrument].settles_in_full:
                believed -= position.cost.copy_sign(position.quantity)
    for holding in exchange.state().ledgers[account].holdings.values():
        truth -= holding.cost.copy_sign(holding.quantity)  # kept for futures only
    return (
        []
        if believed == truth
        else [f"{account}: the engine counts {believed} in cash less open futures, the exchange {truth}"]
    )
