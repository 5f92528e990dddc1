"""How much more fits under each limit of an account, everything that is under way counted at its worst."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from kedge.domain.codes import Code
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.stakes import exposure_of, risk_between, tied_by
from kedge.gates.gate import Draft

ONE = Decimal(1)
_PERCENT = Decimal("0.01")


class Kind(NamedTuple):
    """A limit's name, the reason of a refusal by it, and the figure of what is left of it."""

    name: str
    code: Code
    left: str


def _kind(name: str, code: Code) -> Kind:
    return Kind(name, code, f"{name}_left")


_SIZE = _kind("max_position_size", Code.SIZE_TOO_LARGE)
_VALUE = _kind("max_order_value", Code.ORDER_VALUE_TOO_LARGE)
_POSITION = _kind("max_position_pct", Code.POSITION_TOO_LARGE)
_EXPOSURE = _kind("max_exposure_pct", Code.EXPOSURE_TOO_LARGE)
_LEVERAGE = _kind("max_leverage", Code.LEVERAGE_TOO_HIGH)
_RISK = _kind("max_open_risk_pct", Code.RISK_TOO_LARGE)
_POWER = _kind("buying_power", Code.BUYING_POWER)
_TIER = _kind("tier", Code.TIER_EXCEEDED)


class Room(msgspec.Struct, frozen=True, gc=False):
    """One limit: what may be used, what is used, and what one more share, coin or contract would use."""

    kind: Kind
    limit: Decimal
    used: Decimal
    each: Decimal

    def left(self, quantity: Decimal) -> Decimal:
        """What so many more leave of it, below zero where they do not fit; a division would round."""
        return self.limit - self.used - quantity * self.each

    @property
    def fits(self) -> Decimal:
        """How many more fit, not yet in lots."""
        left = max(self.limit - self.used, ZERO)
        return left / self.each if self.each > ZERO else Decimal("Infinity")


def worst_prices(draft: Draft, expected: Decimal) -> tuple[Decimal, Decimal]:
    """At which an entry is worth most, and at which it risks most: a limit beyond the market may still be needed."""
    limit = draft.signal.order.limit_price
    if limit is None:
        return expected, expected
    own = from_nano(limit)
    return max(expected, own), own


def rooms(draft: Draft, price: Decimal) -> list[Room]:
    """The limits that a quantity can breach, for an entry that is expected to fill at this price."""
    terms, limits, side = draft.account.terms, draft.account.terms.limits, draft.side
    price, for_risk = worst_prices(draft, price)
    instrument, here, total = draft.instrument, draft.stake, draft.total
    equity = max(draft.equity, ZERO)
    percent = equity * _PERCENT
    value = exposure_of(instrument, ONE, price, limits.exposure)
    tied = value if instrument.margin is None else tied_by(instrument, ONE, price)
    risk = risk_between(instrument, side, ONE, for_risk, draft.stop)
    lent = max(limits.max_leverage - 1, ZERO) * equity  # by a broker that lets the account owe it money
    free = draft.account.cash + min(total.unsettled, ZERO) + lent - limits.min_cash
    found = [
        Room(_SIZE, terms.max_position_size, here.of(side), ONE),
        Room(_VALUE, limits.max_order_value, ZERO, value),
        Room(_POSITION, percent * limits.max_position_pct, here.exposure, value),
        Room(_EXPOSURE, percent * limits.max_exposure_pct, total.exposure, value),
        Room(_LEVERAGE, equity * limits.max_leverage, total.exposure, value),
        Room(_RISK, percent * limits.max_open_risk_pct, total.risk, risk),
        Room(_POWER, free, total.tied, tied),
    ]
    if (allowed := _allowed_contracts(draft)) is not None:
        found.append(Room(_TIER, allowed, total.buys + total.sells, ONE))
    return found


def _allowed_contracts(draft: Draft) -> Decimal | None:
    """So many for so much profit, as it was when the day began."""
    tiers, governed = draft.account.terms.governor.tiers, draft.account.governed
    if not tiers:
        return None
    profit = governed.day_balance - governed.initial
    return max((tier.contracts for tier in tiers if tier.profit <= profit), default=ZERO)


def hold(rooms: list[Room], quantity: Decimal) -> bool:
    """Whether so many more fit under all of them."""
    for room in rooms:  # noqa: SIM110 - `all` would call a generator for each
        if room.limit - room.used < quantity * room.each:
            return False
    return True


def smallest(rooms: list[Room]) -> Room:
    """The limit that lets the least through: the first of them, where several do."""
    return min(rooms, key=lambda room: room.fits)
