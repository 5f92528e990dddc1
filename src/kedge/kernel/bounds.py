"""Where an account's equity may not go: the floors of its loss limits, and how far away the nearest is."""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.accounts import Account
from kedge.domain.codes import Code
from kedge.domain.governor import Basis, Ends, Trail


class Bound(NamedTuple):
    """A level of equity: reached from above (a floor) or from below (a goal) it locks the account."""

    code: Code
    level: Decimal
    ends: Ends
    flatten: bool
    is_floor: bool = True

    def room(self, equity: Decimal) -> Decimal:
        """How far equity is from it; nothing or less: it is reached."""
        return equity - self.level if self.is_floor else self.level - equity


def bounds_of(account: Account) -> list[Bound]:
    """Every level that the account's governor sets now."""
    terms, governed = account.terms.governor, account.governed
    initial = governed.initial
    bounds = []
    if terms.daily_loss is not None:
        loss = terms.daily_loss
        level = loss.floor(initial, _reference(account, loss.basis))
        bounds.append(Bound(Code.DAILY_LOSS_LIMIT, level, loss.ends, loss.flatten))
    if terms.drawdown is not None:
        fall = terms.drawdown
        bounds.append(
            Bound(Code.DRAWDOWN_LIMIT, fall.floor(initial, peak_of(account)), fall.ends, fall.flatten)
        )
    if terms.profit_target is not None:
        goal = initial + terms.profit_target
        bounds.append(Bound(Code.PROFIT_TARGET_REACHED, goal, Ends.PERSON, flatten=False, is_floor=False))
    if terms.max_day_profit is not None:
        goal = governed.day_balance + terms.max_day_profit
        bounds.append(Bound(Code.DAY_PROFIT_REACHED, goal, Ends.DAY, flatten=False, is_floor=False))
    return bounds


def _reference(account: Account, basis: Basis) -> Decimal:
    governed = account.governed
    match basis:
        case Basis.BALANCE:
            return governed.day_balance
        case Basis.EQUITY:
            return governed.day_equity
        case Basis.HIGHER:
            return max(governed.day_balance, governed.day_equity)


def peak_of(account: Account) -> Decimal:
    """What the drawdown is measured from: never below what the account began with."""
    drawdown = account.terms.governor.drawdown
    if drawdown is None or drawdown.mode is Trail.STATIC:
        return account.governed.initial
    return max(account.governed.peak, account.governed.initial)
