"""The stakes of all accounts, kept up to date and not looked for.

One stake for each instrument of an account, made anew when something there has happened; the account's sum moves by the
difference. A decision therefore costs the same with one position and with five hundred. This is a cache over the state:
`Sums(state)` makes the same figures from nothing.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from kedge.domain.accounts import Account
from kedge.domain.changes import SymbolChanged
from kedge.domain.events import AccountDefined, Event, InstrumentDefined
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.domain.stakes import NO_STAKE, Stake, exposure_of, risk_between, tied_by
from kedge.kernel.state import BookState

_NOTHING: Mapping[Symbol, Stake] = MappingProxyType({})


class Sums:
    """By account: the stake in each instrument, and their sum."""

    def __init__(self, state: BookState) -> None:
        """Everything is counted at the first look."""
        self._state = state
        self._stakes: dict[AccountId, dict[Symbol, Stake]] = {}
        self._totals: dict[AccountId, Stake] = {}
        self._stale: dict[AccountId, dict[Symbol, None]] = {}
        for account in state.accounts:
            self.touch_all(account)

    def touch(self, account: AccountId, instrument: Symbol) -> None:
        """Something has happened there."""
        self._stale.setdefault(account, {})[instrument] = None

    def touch_all(self, account: AccountId) -> None:
        """Something has happened that concerns all that the account trades."""
        state, stale = self._state, self._stale.setdefault(account, {})
        for known in (self._stakes.get(account), state.positions.get(account), state.open.get(account)):
            stale.update(dict.fromkeys(known or ()))

    def note(self, event: Event) -> None:
        """Whatever an event speaks of is counted anew at the next look."""
        _touch_by(type(event))(self, event)

    def touch_instrument(self, event: InstrumentDefined) -> None:
        """It is another one for everybody."""
        for account in self._state.accounts:
            self.touch(account, event.instrument.symbol)

    def touch_order(self, event: Any) -> None:
        """Where the order is that the event names."""
        # Not an id: a closed order that was put back, which changes nothing.
        order = self._state.orders.get(OrderId(event.order)) if isinstance(event.order, str) else None
        if order is not None:
            self.touch(order.request.account, order.request.instrument)

    def stakes(self, account: AccountId, instrument: Symbol) -> tuple[Stake, Stake]:
        """What the account has in one instrument, and in all of them."""
        self._settle(account)
        here = self._stakes.get(account, _NOTHING).get(instrument, NO_STAKE)
        return here, self._totals.get(account, NO_STAKE)

    def stake(self, account: AccountId, instrument: Symbol) -> Stake:
        """What the account has in one instrument."""
        self._settle(account)
        return self._stakes.get(account, {}).get(instrument, NO_STAKE)

    def total(self, account: AccountId) -> Stake:
        """What it has in all of them."""
        self._settle(account)
        return self._totals.get(account, NO_STAKE)

    def equity(self, account: AccountId) -> Decimal:
        """Cash, and what is open at the prices where it was last marked."""
        return self._state.accounts[account].cash + self.total(account).worth

    def _settle(self, account: AccountId) -> None:
        stale = self._stale.pop(account, None)
        if not stale:
            return
        stakes, total = self._stakes.setdefault(account, {}), self._totals.get(account, NO_STAKE)
        for instrument in stale:
            before, now = stakes.pop(instrument, NO_STAKE), stake_of(self._state, account, instrument)
            if now is not before:  # both may be nothing
                total = total.changed(before, now)
            if now != NO_STAKE:
                stakes[instrument] = now
        self._totals[account] = total


Touch = Callable[[Sums, Any], None]


@cache
def _touch_by(event: type[Event]) -> Touch:
    """What such an event speaks of, by the fields that it has: they are looked at once for each type."""
    fields = event.__struct_fields__
    if event is InstrumentDefined:
        return Sums.touch_instrument
    if event is AccountDefined:
        return lambda sums, event: sums.touch_all(event.terms.id)
    if event is SymbolChanged:
        return _touch_both
    if "request" in fields:
        return lambda sums, event: sums.touch(event.request.account, event.request.instrument)
    if "account" in fields and "instrument" in fields:
        return lambda sums, event: sums.touch(event.account, event.instrument)
    return Sums.touch_order if "order" in fields else _touch_nothing


def _touch_both(sums: Sums, event: SymbolChanged) -> None:
    sums.touch(event.account, event.instrument)
    sums.touch(event.account, event.new_symbol)


def _touch_nothing(_: Sums, event: Event) -> None:
    """Nobody has more or less by it."""


def stake_of(
    state: BookState, account: AccountId, symbol: Symbol, *, without: OrderId | None = None
) -> Stake:
    """Count one instrument of an account; all of it, or what there is beside an entry and its own exits."""
    holder, instrument = state.accounts.get(account), state.instruments.get(symbol)
    orders, position = state.open_orders(account, symbol), state.position(account, symbol)
    if without is not None:
        orders = [order for order in orders if without not in (order.id, order.request.parent)]
    if holder is None or instrument is None or (position is None and not orders):
        return NO_STAKE
    entries = [order for order in orders if order.request.role is Role.ENTRY]
    buys, sells = (
        _side(holder, instrument, position, orders, entries, side) for side in (Side.BUY, Side.SELL)
    )
    worth, gain = (ZERO, ZERO) if position is None else _worth(instrument, position)
    return Stake(
        buys=buys.quantity,
        sells=sells.quantity,
        exposure=max(buys.exposure, sells.exposure),
        risk=max(buys.risk, sells.risk),
        tied=max(buys.tied, sells.tied),
        worth=worth,
        gain=gain,
        unsettled=ZERO if instrument.settles_in_full else gain,
        orders=sum(order.is_at_venue for order in orders),
        used=int(position is not None or bool(entries)),
    )


class _Side(NamedTuple):
    quantity: Decimal
    exposure: Decimal
    risk: Decimal
    tied: Decimal


def _side(
    holder: Account,
    instrument: Instrument,
    position: Position | None,
    orders: list[Order],
    entries: list[Order],
    side: Side,
) -> _Side:
    counted = holder.terms.limits.exposure
    quantity = exposure = risk = tied = ZERO
    if position is not None and position.quantity * side.sign > ZERO:
        quantity, mark = abs(position.quantity), mark_of(position, instrument)
        exposure = exposure_of(instrument, quantity, mark, counted)
        risk = _risk_open(instrument, position, orders)
        tied = _held_back(instrument, side, quantity, mark)
    for entry in entries:
        if entry.request.side is side:
            left, prices = entry.may_fill, prices_of(entry)
            quantity += left
            exposure += exposure_of(instrument, left, max(prices), counted)
            worst = max(prices) if side is Side.BUY else min(prices)
            risk += risk_between(instrument, side, left, worst, stop_of(entry, orders))
            tied += tied_by(instrument, left, max(prices))
    return _Side(quantity, exposure, risk, tied)


def _held_back(instrument: Instrument, side: Side, quantity: Decimal, mark: Decimal) -> Decimal:
    """Of the cash, for what is open: a future's margin; what a short sale has brought, and as much to buy it back."""
    if not instrument.settles_in_full:
        return tied_by(instrument, quantity, mark)
    return ZERO if side is Side.BUY else 2 * instrument.value(quantity, mark)


def prices_of(entry: Order) -> list[Decimal]:
    """At which it may fill: a sale beyond the market at the market, and either of two while it is to go elsewhere."""
    prices, asked, expected = [price_of(entry)], entry.pending, entry.request.expected
    if entry.limit_price is not None and entry.request.side is Side.SELL and expected is not None:
        prices.append(from_nano(expected))
    if asked is not None:
        wanted = asked.stop_price if entry.limit_price is None else asked.limit_price
        prices += [] if wanted is None else [from_nano(wanted)]
    return prices


def price_of(entry: Order) -> Decimal:
    """The price at which an entry is counted: its own limit, else the trigger, else what was expected of the market."""
    for price in (entry.limit_price, entry.stop_price):
        if price is not None:
            return price
    expected = entry.request.expected  # every market order has one since limits in money are counted
    return ZERO if expected is None else from_nano(expected)


def mark_of(position: Position, instrument: Instrument) -> Decimal:
    """Where the position was last marked; what it cost, before that."""
    if position.mark is not None:
        return position.mark
    return position.cost / (abs(position.quantity) * instrument.multiplier)


def _worth(instrument: Instrument, position: Position) -> tuple[Decimal, Decimal]:
    sign = 1 if position.quantity > ZERO else -1
    marked = position.mark
    value = position.cost if marked is None else instrument.value(abs(position.quantity), marked)
    gain = sign * (value - position.cost)
    return (sign * value if instrument.settles_in_full else gain), gain


def _risk_open(instrument: Instrument, position: Position, orders: list[Order]) -> Decimal:
    """From the mean entry to the stop that lies farthest away; what a stop has locked in takes no other risk away."""
    long = position.quantity > ZERO
    stops = [
        order.stop_price or order.level
        for order in orders
        if order.request.role is Role.STOP and (order.request.side is Side.SELL) is long
    ]
    known = [stop for stop in stops if stop is not None] or ([] if position.stop is None else [position.stop])
    if not known or position.waived:
        return position.cost
    at_stop = instrument.value(abs(position.quantity), min(known) if long else max(known))
    return max(position.cost - at_stop if long else at_stop - position.cost, ZERO)


def stop_of(entry: Order, orders: list[Order]) -> Decimal | None:
    """Of an entry's own stops the farthest; none: all of it is at risk."""
    stops = [
        order.stop_price
        for order in orders
        if order.request.parent == entry.id
        and order.request.role is Role.STOP
        and order.stop_price is not None
    ]
    if not stops:
        return None
    return min(stops) if entry.request.side is Side.BUY else max(stops)
