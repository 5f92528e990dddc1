"""The futures whose endings are known. Sources: the contract specifications that CME Group and Eurex publish.

Times are on the clocks of the calendar's zone. A product that is not here can still be traded: its settings name the
calendar and the last trading day of each contract.
"""

from enum import StrEnum

import msgspec

QUARTERLY = "HMUZ"
MONTHLY = "FGHJKMNQUVXZ"


class Ending(StrEnum):
    """How the last trading day follows from the month of the contract; days are trading days of the exchange."""

    THIRD_FRIDAY = "the third Friday, or the day before it"
    TWO_BEFORE_THIRD_WEDNESDAY = "two days before the third Wednesday"
    LAST = "the last day of the month"
    THIRD_LAST = "the third last day of the month"
    SEVEN_BEFORE_LAST = "seven days before the last day of the month"
    THREE_BEFORE_25TH = "three days before the 25th of the month before, or before the last day ahead of it"
    THREE_BEFORE_FIRST = "three days before the first of the month"


class Product(msgspec.Struct, frozen=True):
    """What all contracts of one root have in common."""

    root: str
    calendar: str
    months: str  # of the contracts that are traded much
    ending: Ending
    time: str  # at which trading ends on the last day
    has_early_notice: (
        bool  # delivery can be called for from the end of the month before, while it still trades
    )


def _family(
    roots: str, calendar: str, months: str, ending: Ending, time: str, *, notice: bool = False
) -> dict[str, Product]:
    return {root: Product(root, calendar, months, ending, time, notice) for root in roots.split()}


PRODUCTS: dict[str, Product] = {
    # CME and CBOT, equity indices: settled in cash at the open of the shares.
    **_family("ES MES NQ MNQ YM MYM RTY M2K", "CMES", QUARTERLY, Ending.THIRD_FRIDAY, "08:30"),
    # Eurex: EURO STOXX 50; DAX and its smaller ones, which end with the auction of the shares.
    **_family("FESX", "XEUR", QUARTERLY, Ending.THIRD_FRIDAY, "12:00"),
    **_family("FDAX FDXM FDXS", "XEUR", QUARTERLY, Ending.THIRD_FRIDAY, "13:00"),
    # CBOT, treasuries: delivered.
    **_family("ZT ZF", "CME_RATES", QUARTERLY, Ending.LAST, "12:01", notice=True),
    **_family("ZN TN ZB UB", "CME_RATES", QUARTERLY, Ending.SEVEN_BEFORE_LAST, "12:01", notice=True),
    # NYMEX: delivered, but notice follows only when trading has ended.
    **_family("CL", "CME_ENERGY", MONTHLY, Ending.THREE_BEFORE_25TH, "13:30"),
    **_family("NG", "CME_ENERGY", MONTHLY, Ending.THREE_BEFORE_FIRST, "13:30"),
    # COMEX: delivered.
    **_family("GC MGC", "CME_ENERGY", "GJMQVZ", Ending.THIRD_LAST, "12:30", notice=True),
    **_family("SI", "CME_ENERGY", "HKNUZ", Ending.THIRD_LAST, "12:25", notice=True),
    **_family("HG", "CME_ENERGY", "HKNUZ", Ending.THIRD_LAST, "12:00", notice=True),
    # CME, currencies: delivered, two days after trading has ended.
    **_family("6A 6B 6E 6J 6N 6S", "CME_FX", QUARTERLY, Ending.TWO_BEFORE_THIRD_WEDNESDAY, "09:16"),
}
