"""What a venue changes by no order of ours: it settles an expired contract, splits shares, gives a new symbol.

Each has the venue's own name, and counts once: it is told again after a start or an absence. What the venue made of
its orders is taken as it tells it; what the engine holds itself is changed here by the same rule.
"""

from decimal import Decimal
from fractions import Fraction

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.changes import (
    ContractSettled,
    InstrumentChanged,
    OrderRescaled,
    PositionRescaled,
    SharesSplit,
    SymbolChanged,
)
from kedge.domain.events import OrderEnded
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import ActionTaken, Rescaled, VenueRenamed, VenueSettled, VenueSplit
from kedge.domain.instruments import Instrument, same_grid
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, from_nano, plain, to_nano
from kedge.domain.orders import Execution, Order
from kedge.domain.positions import Part, Position
from kedge.kernel import allotting
from kedge.kernel.closing import By, close_part, withdraw_the_rest
from kedge.kernel.dust import count_anew, dust_of
from kedge.kernel.on_held import note_unallocated
from kedge.kernel.requests import cancel_later
from kedge.kernel.state import Done
from kedge.kernel.turn import Turn


def on_action(turn: Turn, taken: ActionTaken) -> None:
    """From here on signals of before it are refused: their prices, quantities and symbol mean something else now."""
    action = taken.action
    if action.instrument in turn.state.instruments and not turn.state.knows(action):
        turn.emit(InstrumentChanged(action=action))


def on_settled(turn: Turn, settled: VenueSettled) -> None:
    """Close what was held at the venue's price; orders in the contract have nothing left to trade."""
    venue_account, symbol, state = settled.account, settled.instrument, turn.state
    if not _is_news(turn, venue_account, settled.id, symbol):
        return
    sharers = list(state.sharers[venue_account])
    for account in sharers:
        turn.emit(
            ContractSettled(
                account=account,
                instrument=symbol,
                id=settled.id,
                quantity=settled.quantity if len(sharers) == 1 else to_nano(_held(turn, account, symbol)),
                price=settled.price,
            )
        )
    expected = state.held_together(venue_account, symbol) + state.unallocated_in(venue_account, symbol)
    if expected != from_nano(settled.quantity):
        figures = _figures(symbol, expected, settled.quantity)
        turn.alarm(
            "SETTLEMENT_DIFFERS", settled.id, "the venue settled another quantity than is held", **figures
        )
    for account in sharers:
        _settle(turn, account, settled)
    note_unallocated(turn, venue_account, symbol, there=ZERO)


def _settle(turn: Turn, account: AccountId, settled: VenueSettled) -> None:
    symbol = settled.instrument
    position = turn.state.position(account, symbol)
    if position is not None:
        held = position.quantity
        value = turn.state.instruments[symbol].value(abs(held), from_nano(settled.price))
        close_part(
            turn, position, Part(-held, value, ZERO, closes=True), _by_itself(turn, position, "settlement")
        )
    for order in turn.state.open_orders(account, symbol):  # the venue ends its own by itself, and says so
        cancel_later(turn, order, "the contract has expired")


def on_split(turn: Turn, told: VenueSplit) -> None:
    """Count what the account has in new shares; the rest that is no whole lot was paid out."""
    venue_account, split, state = told.account, told.split, turn.state
    if not _is_news(turn, venue_account, told.id, split.instrument):
        return
    sharers = list(state.sharers[venue_account])
    for account in sharers:
        turn.emit(SharesSplit(account=account, id=told.id, split=split, done=told.at))
    instrument = state.instruments[split.instrument]
    as_told = {each.order: each for each in told.orders}
    for account in sharers:
        for order in state.open_orders(account, split.instrument):
            if order.state is OrderState.NEW:
                _rescale_held(turn, order, split, instrument)
            elif order.id in as_told:
                _rescale(turn, order, split, as_told[order.id])
    has_dust = any(dust_of(state, account, split.instrument).quantity for account in sharers)
    if has_dust or len(sharers) > 1 or state.unallocated_in(venue_account, split.instrument):
        _share_out(turn, told, instrument)
        return
    position = state.position(sharers[0], split.instrument)
    if position is None:
        if told.quantity:
            _alarm_differing(turn, told, ZERO)
        return
    _rescale_position(turn, position, told, instrument)


def on_renamed(turn: Turn, renamed: VenueRenamed) -> None:
    """Carry what the account has under the new symbol."""
    venue_account, old, new, state = renamed.account, renamed.instrument, renamed.new_symbol, turn.state
    if not _is_news(turn, venue_account, renamed.id, old):
        return
    known, meant = state.instruments[old], state.instruments.get(new)
    if meant is None or not same_grid(known, meant):
        turn.alarm(
            "SYMBOL_UNKNOWN", renamed.id, f"{old} goes by {new} now, which is not listed on the same terms"
        )
        return
    for account in list(state.sharers[venue_account]):
        if state.position(account, new) is not None or state.open_orders(account, new):
            turn.alarm(
                "SYMBOL_TAKEN",
                renamed.id,
                f"{old} goes by {new} now, and the account holds both",
                account=account,
            )
        else:
            turn.emit(SymbolChanged(account=account, instrument=old, id=renamed.id, new_symbol=new))
    loose = state.unallocated_in(venue_account, old)
    if loose:
        note_unallocated(turn, venue_account, old, there=state.held_together(venue_account, old))
        note_unallocated(turn, venue_account, new, there=state.held_together(venue_account, new) + loose)


def in_shares_of_the_order(turn: Turn, order: Order, execution: Execution) -> Execution:
    """A fill of before a split that is heard of after it, in the shares that the order counts in by now."""
    return _restated(execution, [done for done in _splits(turn, order) if done.at in order.rescaled_at])


def in_shares_of_now(turn: Turn, order: Order, execution: Execution, heard: int | None = None) -> Execution:
    """The same in the shares that there are now, also where the order ended before the split.

    One that was heard of already, by the event `heard`, counts in the shares of then.
    """
    splits = _splits(turn, order)
    return _restated(execution, [done for done in splits if heard is None or done.seq < heard])


def _splits(turn: Turn, order: Order) -> list[Done]:
    account, symbol = order.request.account, order.request.instrument
    splits = turn.state.splits.get(account, ())
    return [done for done in splits if symbol in turn.state.goes_by(account, done.split.instrument)]


def _restated(execution: Execution, splits: list[Done]) -> Execution:
    for done in splits:
        if 0 < execution.at <= done.at:
            split = done.split
            quantity = split.rounded(execution.quantity)
            price = Nano(round(Fraction(execution.price * split.old, split.new)))
            execution = msgspec.structs.replace(execution, quantity=quantity, price=price)
    return execution


def _is_news(turn: Turn, venue_account: AccountId, id_: str, symbol: Symbol) -> bool:
    """What one of the accounts there knows was counted for all of them."""
    state = turn.state
    sharers = state.sharers.get(venue_account)
    if not sharers or symbol not in state.instruments:
        return False
    return not any(id_ in state.changes.get(account, {}) for account in sharers)


def _held(turn: Turn, account: AccountId, symbol: Symbol) -> Decimal:
    position = turn.state.position(account, symbol)
    return ZERO if position is None else position.quantity


def _rescale_held(turn: Turn, order: Order, split: Split, instrument: Instrument) -> None:
    """An order that waits in the engine; nothing of it has filled."""
    quantity = split.in_lots(to_nano(order.quantity), to_nano(instrument.lot))
    if not quantity:
        reason = "less than one lot is left of it after the split"
        turn.emit(OrderEnded(order=order.id, state=OrderState.CANCELLED, reason=reason))
        return
    tick, side = to_nano(instrument.tick), order.request.side
    limit, stop = order.limit_price, order.stop_price
    rescaled = Rescaled(
        order.id,
        quantity,
        limit_price=None if limit is None else split.price(to_nano(limit), tick, side),
        stop_price=None if stop is None else split.price(to_nano(stop), tick, side),
    )
    _rescale(turn, order, split, rescaled)


def _rescale(turn: Turn, order: Order, split: Split, told: Rescaled) -> None:
    turn.emit(
        OrderRescaled(
            order=order.id,
            quantity=told.quantity,
            filled=split.rounded(
                to_nano(order.filled)
            ),  # a fill that we have not heard of counts when it comes
            limit_price=told.limit_price,
            stop_price=told.stop_price,
        )
    )


def _rescale_position(turn: Turn, position: Position, told: VenueSplit, instrument: Instrument) -> None:
    exact = from_nano(told.split.rounded(to_nano(position.quantity)))
    rest = exact - from_nano(told.quantity)
    if abs(rest) >= instrument.lot or rest * exact < ZERO:
        _alarm_differing(turn, told, exact)
        rest = ZERO
    _count_anew(turn, position, told.split, exact, rest, from_nano(told.paid))


def _share_out(turn: Turn, told: VenueSplit, instrument: Instrument) -> None:
    """Divide what the venue account holds now, and what was paid for the rest, among those who share it.

    What an account has that is too little to be sold has a part of its own.
    """
    state, split, symbol = turn.state, told.split, told.split.instrument
    sharers = state.sharers[told.account]
    held = [_held(turn, account, symbol) for account in sharers]
    dust = [dust_of(state, account, symbol).quantity for account in sharers]
    before = [*held, *dust, state.unallocated_in(told.account, symbol)]
    exact = [from_nano(split.rounded(to_nano(each))) for each in before]
    total, whole = from_nano(told.quantity), sum(exact, ZERO)
    shares = allotting.in_lots(exact, total, instrument.lot)
    if shares is None:
        _alarm_differing(turn, told, whole)
        shares = exact
    given_up = [each - share for each, share in zip(exact, shares, strict=True)]
    sign = 1 if whole >= total else -1
    paid = allotting.money(from_nano(told.paid), [sign * each for each in given_up])
    for account, is_exact, share, money in zip(sharers, exact, shares, paid, strict=False):
        position = state.position(account, symbol)
        if position is not None and abs(share) > abs(is_exact):
            _count_anew(turn, position, split, share, ZERO, ZERO)
        elif position is not None:
            _count_anew(turn, position, split, is_exact, is_exact - share, money)
    after = len(sharers)
    for place, account in enumerate(sharers, after):
        if dust[place - after]:
            count_anew(turn, account, symbol, exact[place], shares[place], paid[place])
    note_unallocated(turn, told.account, symbol, there=total)


def _count_anew(
    turn: Turn, position: Position, split: Split, quantity: Decimal, rest: Decimal, paid: Decimal
) -> None:
    """The position in new shares; a rest of them was paid out."""
    stop = None
    if position.stop is not None:
        stop = Nano(round(Fraction(to_nano(position.stop) * split.old, split.new)))
    more = abs(to_nano(quantity)) - abs(split.rounded(to_nano(position.quantity)))
    turn.emit(
        PositionRescaled(
            account=position.account,
            instrument=position.instrument,
            quantity=to_nano(quantity),
            entered=Nano(split.rounded(to_nano(position.entered)) + more),
            stop=stop,
        )
    )
    if rest:
        part = Part(-rest, abs(paid), ZERO, closes=True)
        close_part(turn, position, part, _by_itself(turn, position, "split"))
        if turn.state.position(position.account, position.instrument) is None:
            withdraw_the_rest(turn, position)


def _by_itself(turn: Turn, position: Position, reason: str) -> By:
    exits = turn.state.open_orders(position.account, position.instrument)
    own = (order.request.strategy for order in exits if order.request.parent == position.entry_order)
    return By(None, reason, next(own, None))


def _alarm_differing(turn: Turn, told: VenueSplit, ours: Decimal) -> None:
    figures = _figures(told.split.instrument, ours, told.quantity)
    turn.alarm(
        "SPLIT_DIFFERS", told.id, "after a split the venue counts another quantity than the engine", **figures
    )


def _figures(symbol: Symbol, ours: Decimal, theirs: Nano) -> dict[str, str]:
    return {"instrument": symbol, "engine": plain(ours), "venue": plain(from_nano(theirs))}
