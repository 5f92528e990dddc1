"""A futures contract and its symbol: a root, a letter for the month, and one, two or four digits of the year."""

import re
from datetime import date

import msgspec

MONTH_CODES = "FGHJKMNQUVXZ"  # January to December
_SYMBOL = re.compile(rf"([A-Z0-9]{{1,12}})([{MONTH_CODES}])([0-9]{{4}}|[0-9]{{1,2}})")
_YEARS = range(1970, 2200)


class Contract(msgspec.Struct, frozen=True):
    """One contract of a root: ES of December 2026."""

    root: str
    year: int
    month: int

    @property
    def code(self) -> str:
        """The letter of its month."""
        return MONTH_CODES[self.month - 1]

    def symbol(self, digits: int = 1) -> str:
        """ESZ6; with two digits of the year ESZ26, with four ESZ2026."""
        if digits not in (1, 2, 4):
            raise ValueError(f"the year of a contract is written with 1, 2 or 4 digits, not with {digits}")
        return f"{self.root}{self.code}{str(self.year)[-digits:]}"

    def comes_before(self, other: "Contract") -> bool:
        """Whether its month is the earlier one."""
        return (self.year, self.month) < (other.year, other.month)


def parse_contract(text: str, today: date) -> Contract:
    """The contract that a symbol names on a given day.

    One digit tells the year only within ten: it is taken for one from last year to eight years ahead, since
    contracts that have just ended are still spoken of. Two digits are years from 2000 on.
    """
    match = _SYMBOL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a contract such as ESZ6, ESZ26 or ESZ2026")
    root, code, digits = match.groups()
    year = int(digits)
    if len(digits) == 1:
        earliest = today.year - 1
        year = earliest + (year - earliest) % 10
    elif len(digits) == 2:
        year += 2000
    if year not in _YEARS:
        raise ValueError(f"{text!r} names the year {year}, in which no contract is known")
    return Contract(root, year, MONTH_CODES.index(code) + 1)
