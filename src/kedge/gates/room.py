"""How much more fits under each limit of an account, everything that is under way counted at its worst."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from kedge.domain.codes import Code
from kedge.domain.limits import WHOLE
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Side
from kedge.domain.stakes import exposure_of, risk_between, tied_by
from kedge.gates.gate import Draft, Together

ONE = Decimal(1)


class Room(NamedTuple):
    """One limit: what may be used, what is used, and what one more share, coin or contract would use."""

    name: str
    code: Code
    limit: Decimal
    used: Decimal
    each: Decimal

    @property
    def left(self) -> Decimal:
        """What is left of it."""
        return self.limit - self.used

    def holds(self, quantity: Decimal) -> bool:
        """Whether so many more fit; by multiplication, for a division would round."""
        return self.used + quantity * self.each <= self.limit

    @property
    def fits(self) -> Decimal:
        """How many more fit, not yet in lots."""
        return max(self.left, ZERO) / self.each if self.each > ZERO else Decimal("Infinity")


def rooms(draft: Draft, price: Decimal) -> Iterator[Room]:
    """The limits that a quantity can breach, for an entry at this price."""
    terms, limits, side = draft.account.terms, draft.account.terms.limits, draft.side
    instrument, here, total = draft.instrument, draft.stake, draft.total
    worst = _worst(draft, price)
    dearest = max(price, worst)
    value = exposure_of(instrument, ONE, dearest, limits.exposure)
    equity = max(draft.equity, ZERO)
    largest = terms.max_position_size
    yield Room("max_position_size", Code.SIZE_TOO_LARGE, largest, here.of(side), ONE)
    yield Room("max_order_value", Code.ORDER_VALUE_TOO_LARGE, limits.max_order_value, ZERO, value)
    share = equity * limits.max_position_pct / WHOLE
    yield Room("max_position_pct", Code.POSITION_TOO_LARGE, share, here.exposure, value)
    share = equity * limits.max_exposure_pct / WHOLE
    yield Room("max_exposure_pct", Code.EXPOSURE_TOO_LARGE, share, total.exposure, value)
    if (pct := limits.share_of(instrument.asset)) is not None:
        share, name = equity * pct / WHOLE, f"max_exposure_by_asset.{instrument.asset}"
        yield Room(name, Code.ASSET_EXPOSURE_TOO_LARGE, share, draft.of_asset, value)
    yield Room("max_leverage", Code.LEVERAGE_TOO_HIGH, equity * limits.max_leverage, total.exposure, value)
    risk = risk_between(instrument, side, ONE, worst, draft.stop)
    share = equity * limits.max_open_risk_pct / WHOLE
    yield Room("max_open_risk_pct", Code.RISK_TOO_LARGE, share, total.risk, risk)
    lent = max(limits.max_leverage - 1, ZERO) * equity  # by a broker that lets the account owe it money
    free = draft.account.cash + min(total.unsettled, ZERO) + lent - limits.min_cash
    yield Room("buying_power", Code.BUYING_POWER, free, total.tied, tied_by(instrument, ONE, dearest))
    allowed = _allowed_contracts(draft)
    if allowed is not None:
        yield Room("tier", Code.TIER_EXCEEDED, allowed, total.buys + total.sells, ONE)
    if draft.together is not None:
        yield from _over_accounts(draft, draft.together, value, risk)


def _worst(draft: Draft, price: Decimal) -> Decimal:
    """A limit beyond the market is expected to fill at the market, and may fill as far away as it says."""
    limit = draft.signal.order.limit_price
    if limit is None:
        return price
    return max(price, from_nano(limit)) if draft.side is Side.BUY else min(price, from_nano(limit))


def _over_accounts(draft: Draft, together: Together, value: Decimal, risk: Decimal) -> Iterator[Room]:
    """The limits over all accounts of the owner."""
    terms, equity, here, total = together.terms, max(together.equity, ZERO), together.here, together.total
    share = equity * terms.max_position_pct / WHOLE
    yield Room("owner.max_position_pct", Code.OWNER_POSITION_TOO_LARGE, share, here.exposure, value)
    if terms.max_position_size is not None:
        side, most = draft.side, terms.max_position_size
        yield Room("owner.max_position_size", Code.OWNER_POSITION_TOO_LARGE, most, here.of(side), ONE)
    share = equity * terms.max_exposure_pct / WHOLE
    yield Room("owner.max_exposure_pct", Code.OWNER_EXPOSURE_TOO_LARGE, share, total.exposure, value)
    if terms.max_exposure is not None:
        most = terms.max_exposure
        yield Room("owner.max_exposure", Code.OWNER_EXPOSURE_TOO_LARGE, most, total.exposure, value)
    share = equity * terms.max_open_risk_pct / WHOLE
    yield Room("owner.max_open_risk_pct", Code.OWNER_RISK_TOO_LARGE, share, total.risk, risk)
    if terms.max_open_risk is not None:
        yield Room("owner.max_open_risk", Code.OWNER_RISK_TOO_LARGE, terms.max_open_risk, total.risk, risk)


def _allowed_contracts(draft: Draft) -> Decimal | None:
    """So many for so much profit, as it was when the day began."""
    tiers, governed = draft.account.terms.governor.tiers, draft.account.governed
    if not tiers:
        return None
    profit = governed.day_balance - governed.initial
    return max((tier.contracts for tier in tiers if tier.profit <= profit), default=ZERO)


def smallest(draft: Draft, price: Decimal) -> Room:
    """The limit that lets the least through: the first of them, where several do."""
    return min(rooms(draft, price), key=lambda room: room.fits)
