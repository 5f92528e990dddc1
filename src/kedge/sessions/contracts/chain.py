"""The contracts of one root in their order, which of them is the front one, and when the next becomes it.

It only tells. A position in a contract that is no longer the front one stays where it is until somebody closes it;
what must not happen is a new entry in it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import islice

import msgspec

from kedge.domain.instants import Instant
from kedge.sessions.contracts.contract import MONTH_CODES, Contract, parse_contract
from kedge.sessions.contracts.expiry import Expiry, expiry_as_told, expiry_by_rule
from kedge.sessions.contracts.products import PRODUCTS
from kedge.sessions.markets import calendar
from kedge.sessions.zones import day_in, zone_named

DAYS_BEFORE = 7


class RollTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which contracts are traded, and how long before their end they are left."""

    months: str = ""  # letters such as HMUZ; none: those of the product
    days_before: int = (
        DAYS_BEFORE  # calendar days before the end, or before the first notice if that is earlier
    )
    calendar: str = ""  # none: that of the product
    expiries: dict[
        str, date
    ] = {}  # last trading days by contract (ESZ26), where no rule is known or it is wrong

    def __post_init__(self) -> None:
        """Refuse terms under which no contract could be found."""
        unknown = [letter for letter in self.months if letter not in MONTH_CODES]
        if unknown:
            raise ValueError(f"roll: {unknown[0]!r} in months {self.months!r} is none of {MONTH_CODES}")
        if self.days_before < 0:
            raise ValueError(f"roll: days_before must be 0 or more, not {self.days_before}")


class Chain:
    """The contracts of one root."""

    def __init__(self, root: str, terms: RollTerms | None = None) -> None:
        self.root = root
        self.terms = terms if terms is not None else RollTerms()
        self._product = PRODUCTS.get(root)
        name = self.terms.calendar or (self._product.calendar if self._product else "")
        letters = self.terms.months or (self._product.months if self._product else "")
        if not name or not letters:
            raise ValueError(f"roll: {root} is no known product; give it a calendar, months and expiries")
        self.calendar = calendar(name)
        self._months = tuple(month for month, letter in enumerate(MONTH_CODES, 1) if letter in letters)
        self._expiries = {
            contract: expiry_as_told(contract, day, self.calendar)
            for text, day in self.terms.expiries.items()
            for contract in [self._named(text)]
        }

    def expiry(self, contract: Contract) -> Expiry:
        """When a contract ends."""
        if contract not in self._expiries:
            if self._product is None:
                raise ValueError(
                    f"roll: when {contract.symbol(2)} ends follows no known rule; give it among the expiries"
                )
            self._expiries[contract] = expiry_by_rule(contract, self._product, self.calendar)
        return self._expiries[contract]

    def rolls_at(self, contract: Contract) -> Instant:
        """When the next contract takes its place: the open of the day that is so many days before its end."""
        deadline = self.expiry(contract).deadline
        days = self.calendar.sessions(deadline - timedelta(days=self.terms.days_before), deadline)
        return next(days).open

    def front(self, at: Instant) -> Contract:
        """The contract that is traded at an instant: the first that has not been left."""
        return next(self._from(at))

    def upcoming(self, at: Instant, count: int) -> tuple[Contract, ...]:
        """The front contract and those behind it, so many in all."""
        return tuple(islice(self._from(at), count))

    def next_change(self, at: Instant) -> Instant:
        """When the front contract of an instant stops being it."""
        return self.rolls_at(self.front(at))

    def front_by_volume(
        self, at: Instant, volumes: Mapping[Contract, int], held: Contract | None = None
    ) -> Contract:
        """The contract with the most volume, of those not left yet; of equals the nearest.

        It never goes back: `held`, the answer of the last time, is the earliest that can be the answer.
        """
        front = self.front(at)
        if held is not None and front.comes_before(held):
            front = held
        later = [one for one in volumes if front.comes_before(one) and one.root == self.root]
        choice = [front, *sorted(later, key=lambda one: (one.year, one.month))]
        return max(choice, key=lambda one: volumes.get(one, 0))

    def days_to_expiry(self, contract: Contract, at: Instant) -> int:
        """Calendar days from the trading day of an instant to the last one; below 0 when it is over."""
        return (self.expiry(contract).day - self.calendar.trading_day(at)).days

    def is_expiring(self, contract: Contract, at: Instant) -> bool:
        """Whether it is too near to its end, or past it: no entries any more."""
        return at >= self.rolls_at(contract)

    def _from(self, at: Instant) -> Iterator[Contract]:
        """The contracts from the front one on. None of a month that is over is left to trade."""
        today = day_in(at, zone_named(self.calendar.zone))
        for contract in self._since(today.year, today.month):
            if not self.is_expiring(contract, at):
                yield contract

    def _since(self, year: int, month: int) -> Iterator[Contract]:
        while True:
            for candidate in self._months:
                if candidate >= month:
                    yield Contract(self.root, year, candidate)
            year, month = year + 1, 1

    def _named(self, text: str) -> Contract:
        """The contract that a key of `expiries` means; it must be one of this chain."""
        contract = parse_contract(text, self.calendar.first)
        if text != contract.symbol(2) or contract.root != self.root or contract.month not in self._months:
            example = Contract(self.root, 2026, self._months[-1]).symbol(2)
            raise ValueError(
                f"roll: {text!r} among the expiries is no contract of {self.root} such as {example}"
            )
        return contract
