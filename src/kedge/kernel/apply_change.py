"""What the events of `kedge.domain.changes` do to the state; see `kedge.kernel.apply`."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from kedge.domain import changes as c
from kedge.domain.announcements import Split
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano, money, to_nano
from kedge.domain.orders import Role
from kedge.domain.positions import Word
from kedge.kernel.apply_strategies import forget_panels
from kedge.kernel.state import ACTIONS_KEPT, CHANGES_KEPT, BookState, Done, Dust, Retry
from kedge.kernel.story import carry_over, note_restated, note_settlement, note_split


def _contract_settled(state: BookState, event: c.ContractSettled, at: Instant) -> None:
    _note_change(state, event.account, event.id)
    note_settlement(state, event.account, event.instrument, event.price, at)


def _shares_split(state: BookState, event: c.SharesSplit, at: Instant) -> None:
    _note_change(state, event.account, event.id)
    splits = state.splits.setdefault(event.account, [])
    splits.append(Done(event.split, event.done, state.seq))
    del splits[:-CHANGES_KEPT]
    for id_, retry in list(state.retries.items()):
        if _is_exit_of(retry, event.account, event.split.instrument):
            lot = to_nano(state.instruments[event.split.instrument].lot)
            quantity = event.split.in_lots(retry.request.quantity, lot)
            state.retries[id_] = replace(retry, request=replace(retry.request, quantity=quantity))
    note_split(state, event.account, event.split, at)
    forget_panels(state, event.split.instrument)


def _symbol_changed(state: BookState, event: c.SymbolChanged, at: Instant) -> None:
    _note_change(state, event.account, event.id)
    old, new = event.instrument, event.new_symbol
    state.renamed.setdefault(event.account, {})[old] = new
    held = state.positions.get(event.account, {})
    if old in held:
        held[new] = held.pop(old)
        held[new].instrument = new
    dust = state.dust.get(event.account, {})
    if old in dust:
        there, come = dust.get(new, Dust(ZERO, ZERO)), dust.pop(old)
        dust[new] = Dust(there.quantity + come.quantity, there.cost + come.cost)
    exposed = state.exposed.get(event.account, {})
    if old in exposed:
        exposed[new] = exposed.pop(old)
    disasters = state.disasters.get(event.account, {})
    if old in disasters:
        disasters[new] = disasters.pop(old)
    by_instrument = state.open.get(event.account, {})
    for id_ in by_instrument.pop(old, []):
        order = state.orders[id_]
        order.request = replace(order.request, instrument=new)
        by_instrument.setdefault(new, []).append(id_)
    for waiting, retry in list(state.retries.items()):
        if _is_exit_of(retry, event.account, old):
            state.retries[waiting] = replace(retry, request=replace(retry.request, instrument=new))
    carry_over(state, event.account, old, new)


def _is_exit_of(retry: Retry, account: AccountId, instrument: Symbol) -> bool:
    """Whether it is an exit that is to be tried again: it goes with what it closes. An entry is given up."""
    request = retry.request
    return request.role is Role.EXIT and (request.account, request.instrument) == (account, instrument)


def _position_rescaled(state: BookState, event: c.PositionRescaled, at: Instant) -> None:
    position = state.positions[event.account][event.instrument]
    before = position.quantity
    position.quantity = from_nano(event.quantity)
    if position.mark is not None and position.quantity:
        position.mark = money(position.mark * before / position.quantity)  # what is open is worth what it was
    position.entered = from_nano(event.entered)
    position.stop = None if event.stop is None else from_nano(event.stop)
    split, word = state.splits[event.account][-1].split, position.word
    position.locked = _in_new_shares(position.locked, split)
    position.room = _in_new_shares(position.room, split)
    if word is not None:
        position.word = Word(_priced(word.stop, split), _in_new_shares(word.until, split))


def _in_new_shares(price: Decimal | None, split: Split) -> Decimal | None:
    return None if price is None else _priced(price, split)


def _priced(price: Decimal, split: Split) -> Decimal:
    return from_nano(Nano(round(Fraction(to_nano(price) * split.old, split.new))))


def _order_rescaled(state: BookState, event: c.OrderRescaled, at: Instant) -> None:
    order = state.orders[event.order]
    order.quantity = from_nano(event.quantity)
    order.filled = from_nano(event.filled)
    order.limit_price = None if event.limit_price is None else from_nano(event.limit_price)
    order.stop_price = None if event.stop_price is None else from_nano(event.stop_price)
    if order.state is not OrderState.NEW:  # the venue counts those that it has seen
        order.rescaled_at.append(state.splits[order.request.account][-1].at)
    order.updated = at
    note_restated(state, order)


def _instrument_changed(state: BookState, event: c.InstrumentChanged, at: Instant) -> None:
    actions = state.actions.setdefault(event.instrument, [])
    actions.append(event.action)
    del actions[:-ACTIONS_KEPT]


def _unallocated_changed(state: BookState, event: c.UnallocatedChanged, at: Instant) -> None:
    by_instrument = state.unallocated.setdefault(event.account, {})
    if event.quantity:
        by_instrument[event.instrument] = from_nano(event.quantity)
    else:
        by_instrument.pop(event.instrument, None)


def _note_change(state: BookState, account: AccountId, id_: str) -> None:
    changes = state.changes.setdefault(account, {})
    changes[id_] = None
    if len(changes) > CHANGES_KEPT:
        del changes[next(iter(changes))]


APPLY_CHANGE: dict[type, Callable[[BookState, Any, Instant], None]] = {
    c.ContractSettled: _contract_settled,
    c.SharesSplit: _shares_split,
    c.SymbolChanged: _symbol_changed,
    c.PositionRescaled: _position_rescaled,
    c.OrderRescaled: _order_rescaled,
    c.InstrumentChanged: _instrument_changed,
    c.UnallocatedChanged: _unallocated_changed,
}
