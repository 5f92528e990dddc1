"""How a trade is doing: figures that follow from what it cost, what it makes and what was at risk.

All of them are for looking at. None is put into the ledger, so they are rounded here.
"""

from decimal import Decimal

from kedge.domain.instants import DAY, Span

_HUNDRED = Decimal(100)
_THOUSANDTH = Decimal("0.001")
_CENT = Decimal("0.01")


def in_risks(result: Decimal, risk: Decimal | None) -> Decimal | None:
    """A result in units of what was at risk at entry (R); None where nothing was, or it is not known."""
    return (result / risk).quantize(_THOUSANDTH) if risk else None


def return_pct(result: Decimal, entry_value: Decimal) -> Decimal | None:
    """A result as a percentage of what was entered; None where that was worth nothing."""
    return (_HUNDRED * result / abs(entry_value)).quantize(_THOUSANDTH) if entry_value else None


def per_day(result: Decimal, held: Span) -> Decimal | None:
    """How much a trade makes a day (its efficiency); None where it was not held for any time."""
    return (result * DAY / held).quantize(_CENT) if held > 0 else None


def reward_to_risk(
    entry: Decimal, stop: Decimal | None, targets: list[tuple[Decimal, Decimal]]
) -> Decimal | None:
    """How far away the targets (price and quantity) are in units of how far the stop was at entry.

    None where there is no stop, no target, or no distance between entry and stop.
    """
    quantity = sum((size for _, size in targets), Decimal(0))
    if stop is None or not quantity or stop == entry:
        return None
    mean = sum((price * size for price, size in targets), Decimal(0)) / quantity
    away = mean - entry if stop < entry else entry - mean
    return (away / abs(entry - stop)).quantize(_THOUSANDTH)
