"""An account's books made again from their beginning, with one trade annulled or another one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution
from kedge.sim.accounts import Deed, Division, Ledger, Renaming, Settlement, Trade
from kedge.sim.errors import AmendmentError


def retold(ledger: Ledger, instruments: Mapping[Symbol, Instrument], deeds: Sequence[Deed]) -> Ledger:
    """The ledger that these deeds lead to; raises `AmendmentError` where a split would have paid something else."""
    if ledger.began is None:
        raise AmendmentError("the account has traded before the exchange kept what a bust needs")
    again = Ledger(ledger.began, began=ledger.began)
    for deed in deeds:
        match deed:
            case Trade(symbol=symbol, order=order, execution=execution, sign=sign):
                again.enter(instruments[symbol], order, execution, sign)
            case Division():
                _divide(again, deed)
            case Settlement(symbol=symbol, price=price):
                again.settle(instruments[symbol], price)
            case Renaming(symbol=symbol, new_symbol=new_symbol):
                again.rename(symbol, new_symbol)
    again.deeds = list(deeds)
    return again


def amended(deeds: Sequence[Deed], order: OrderId, execution: str, now: Execution | None) -> list[Deed]:
    """The deeds with this trade as it is now, or without it."""
    result: list[Deed] = []
    for deed in deeds:
        if not (isinstance(deed, Trade) and deed.order == order and deed.execution.id == execution):
            result.append(deed)
        elif now is not None:
            result.append(Trade(deed.symbol, order, now, deed.sign))
    return result


def filled(deeds: Sequence[Deed], order: OrderId, *, always: bool = False) -> int:
    """What an order has traded, in the shares in which it counts, or (`always`) in those of now."""
    count, traded = 0, False
    for deed in deeds:
        if isinstance(deed, Trade) and deed.order == order:
            count += deed.execution.quantity
            traded = True
        elif isinstance(deed, Division) and (order in deed.orders or (always and traded)):
            count = deed.split.rounded(count)
    return count


def _divide(ledger: Ledger, deed: Division) -> None:
    held, action = ledger.held(deed.symbol), deed.split
    lots, rest = action.in_lots(held, deed.lot), _rest(action, held, deed.lot)
    if rest and rest != _rest(action, deed.held, deed.lot):
        raise AmendmentError("the shares were split since, and another rest would have been paid out")
    ledger.rescale(deed.symbol, lots, deed.paid if rest else Decimal(0))


def _rest(action: Split, held: int, lot: int) -> Fraction:
    return action.exact(held) - Nano(action.in_lots(held, lot))
