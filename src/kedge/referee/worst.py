"""The most that an account can come to have, whatever fills and in whichever order: each side by itself, all of it.

A limit in money is a limit on either side alone, for every fill of the one side makes the other smaller.
"""

from fractions import Fraction
from typing import NamedTuple

from kedge.referee.books import SIDES, ZERO, Books, Holder, Order, Position, other
from kedge.referee.terms import Instrument, Limits


class Stake(NamedTuple):
    """In one instrument, or in several together."""

    buys: Fraction = ZERO
    sells: Fraction = ZERO
    exposure: Fraction = ZERO
    risk: Fraction = ZERO
    tied: Fraction = ZERO  # cash that is needed for it
    worth: Fraction = ZERO  # what it adds to the cash
    gain: Fraction = ZERO
    unsettled: Fraction = ZERO  # the part of the gain that is paid day by day

    def __add__(self, more: object) -> "Stake":
        """Both together."""
        assert isinstance(more, Stake)
        return Stake(*(one + each for one, each in zip(self, more, strict=True)))

    def of(self, side: str) -> Fraction:
        """How much there may come to be on a side."""
        return self.buys if side == "buy" else self.sells


NOTHING = Stake()


def stake_in(books: Books, holder: Holder, symbol: str) -> Stake:
    """What an account may come to have in an instrument."""
    instrument, position = books.instruments[symbol], holder.positions.get(symbol)
    orders = holder.of(symbol)
    limits = holder.terms.limits or Limits()
    quantity, exposure, risk, tied = {}, ZERO, ZERO, ZERO
    for side in SIDES:
        size = worth = at_risk = needs = ZERO
        if position is not None and position.side == side:
            size, mark = abs(position.quantity), mark_of(position, instrument)
            worth = exposure_of(instrument, size, mark, limits)
            at_risk = _risk_open(instrument, position, orders)
            needs = _held_back(instrument, side, size, mark)
        for order in orders:
            if order.request.role == "entry" and order.request.side == side:
                left, dearest = order.may_fill, max(order.prices)
                size += left
                worth += exposure_of(instrument, left, dearest, limits)
                at_risk += _risk_of(instrument, order, orders)
                needs += _tied_by(instrument, left, dearest)
        quantity[side] = size
        exposure, risk, tied = max(exposure, worth), max(risk, at_risk), max(tied, needs)
    worth, gain = _worth(instrument, position)
    unsettled = ZERO if instrument.settles_in_full else gain
    return Stake(quantity["buy"], quantity["sell"], exposure, risk, tied, worth, gain, unsettled)


def stake_of(books: Books, holder: Holder) -> Stake:
    """What it may come to have in all of them."""
    return sum((stake_in(books, holder, symbol) for symbol in holder.symbols), NOTHING)


def is_used(holder: Holder, symbol: str) -> bool:
    """Whether something is open in an instrument, or may come to be."""
    return symbol in holder.positions or any(each.request.role == "entry" for each in holder.of(symbol))


def equity_of(books: Books, holder: Holder) -> Fraction:
    """Cash, and what is open, where it was last marked."""
    return holder.cash + sum(
        (_worth(books.instruments[symbol], each)[0] for symbol, each in holder.positions.items()), ZERO
    )


def balance_of(holder: Holder, books: Books) -> Fraction:
    """The same with what is open at cost."""
    return equity_of(books, holder) - sum(
        (_worth(books.instruments[symbol], each)[1] for symbol, each in holder.positions.items()), ZERO
    )


def value_of(instrument: Instrument, quantity: Fraction, price: Fraction) -> Fraction:
    """What so much is worth."""
    return quantity * price * Fraction(instrument.multiplier)


def exposure_of(instrument: Instrument, quantity: Fraction, price: Fraction, limits: Limits) -> Fraction:
    """What so much counts for."""
    if limits.exposure == "margin" and instrument.margin is not None:
        return quantity * Fraction(instrument.margin)
    return value_of(instrument, quantity, price)


def mark_of(position: Position, instrument: Instrument) -> Fraction:
    """The price at which it is valued: what it cost, before anybody has said."""
    if position.mark is not None:
        return position.mark
    return position.cost / abs(position.quantity) / Fraction(instrument.multiplier)


def _tied_by(instrument: Instrument, quantity: Fraction, price: Fraction) -> Fraction:
    if instrument.settles_in_full or instrument.margin is None:
        return value_of(instrument, quantity, price)
    return quantity * Fraction(instrument.margin)


def _held_back(instrument: Instrument, side: str, quantity: Fraction, mark: Fraction) -> Fraction:
    """The margin of a future; what a short sale has brought, and as much again to buy it back."""
    if not instrument.settles_in_full:
        return _tied_by(instrument, quantity, mark)
    return ZERO if side == "buy" else 2 * value_of(instrument, quantity, mark)


def _worth(instrument: Instrument, position: Position | None) -> tuple[Fraction, Fraction]:
    """What a position adds to the cash, and what it has gained so far."""
    if position is None:
        return ZERO, ZERO
    sign = 1 if position.quantity > 0 else -1
    value = value_of(instrument, abs(position.quantity), mark_of(position, instrument))
    gain = sign * (value - position.cost)
    return (sign * value if instrument.settles_in_full else gain), gain


def _risk_of(instrument: Instrument, entry: Order, orders: list[Order]) -> Fraction:
    """From the worst price at which it may fill to the farthest of its own stops; all of it, where it has none."""
    sign = 1 if entry.request.side == "buy" else -1
    worst = max(entry.prices) if sign > 0 else min(entry.prices)
    stops = [
        each.stop
        for each in orders
        if each.request.role == "stop" and each.request.parent == entry.request.id and each.stop is not None
    ]
    if not stops:
        return value_of(instrument, entry.may_fill, worst)
    farthest = min(stops) if sign > 0 else max(stops)
    return value_of(instrument, entry.may_fill, max(sign * (worst - farthest), ZERO))


def _risk_open(instrument: Instrument, position: Position, orders: list[Order]) -> Fraction:
    """From what it cost to the farthest stop; without one to that of its entry, or all of it."""
    stops = [
        each.level if each.stop is None else each.stop
        for each in orders
        if each.request.role == "stop" and each.request.side == other(position.side)
    ]
    known = [each for each in stops if each is not None] or [
        each for each in (position.stop,) if each is not None
    ]
    if not known or position.waived:
        return position.cost
    sign = 1 if position.quantity > 0 else -1
    farthest = min(known) if sign > 0 else max(known)
    return max(sign * (position.cost - value_of(instrument, abs(position.quantity), farthest)), ZERO)
