"""What the record says that every account has: its money, what is open, and every order that may still fill."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from kedge.referee.forms import Asked, Request
from kedge.referee.terms import NEVER, Account, Instrument, Owner

BILLION = 10**9
ZERO = Fraction(0)
FINAL = ("FILLED", "CANCELLED", "REJECTED", "EXPIRED")
SIDES = ("buy", "sell")


def number(billionths: int) -> Fraction:
    """The number that so many billionths are."""
    return Fraction(billionths, BILLION)


def maybe(billionths: int | None) -> Fraction | None:
    """As `number`; None stays None."""
    return None if billionths is None else number(billionths)


def other(side: str) -> str:
    """The other side."""
    return "sell" if side == "buy" else "buy"


class Order:
    """One order. It may fill until the record says how it ended, whatever was asked of it meanwhile."""

    def __init__(self, request: Request, *, is_at_venue: bool) -> None:
        """As it was asked for."""
        self.request = request
        self.quantity = number(request.quantity)
        self.limit = maybe(request.limit_price)
        self.stop = maybe(request.stop_price)
        self.level: Fraction | None = None  # the price that it waited for, once it leaves at the market
        self.filled = ZERO
        self.asked = Asked()  # what it is to become, which nobody has answered yet
        self.is_alive = True
        self.is_at_venue = is_at_venue

    @property
    def may_fill(self) -> Fraction:
        """All that may still fill, if the venue works for the larger of two quantities."""
        asked = maybe(self.asked.quantity)
        return (self.quantity if asked is None else max(self.quantity, asked)) - self.filled

    @property
    def prices(self) -> list[Fraction]:
        """At which it may fill: its own, that of the market which a sale below it gets, and one that was asked for."""
        own = self.limit if self.limit is not None else self.stop
        expected = maybe(self.request.expected)
        found = [own if own is not None else expected]
        if self.limit is not None and self.request.side == "sell":
            found.append(expected)
        found.append(maybe(self.asked.stop_price if self.limit is None else self.asked.limit_price))
        return [each for each in found if each is not None] or [ZERO]

    @property
    def is_to_grow(self) -> bool:
        """Whether what was asked of it makes it larger, dearer or, of a sale, riskier."""
        with self.as_it_was():
            size, prices = self.may_fill, self.prices
        is_riskier = self.request.side == "sell" and min(self.prices) < min(prices)
        return self.may_fill > size or max(self.prices) > max(prices) or is_riskier

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Without what was asked of it."""
        asked, self.asked = self.asked, Asked()
        try:
            yield
        finally:
            self.asked = asked

    def release(self, request: Request) -> None:
        """The engine lets it go: it leaves as it stands here."""
        self.level = self.stop if self.stop is not None else self.limit
        self.request = request
        self.quantity = number(request.quantity)
        self.limit, self.stop = maybe(request.limit_price), maybe(request.stop_price)
        self.is_at_venue = True

    def change(self, terms: Asked) -> None:
        """It has these terms from now on."""
        if terms.quantity is not None:
            self.quantity = number(terms.quantity)
        if terms.limit_price is not None:
            self.limit = number(terms.limit_price)
        if terms.stop_price is not None:
            self.stop = number(terms.stop_price)

    def be(self, state: str) -> None:
        """What the record says that it is now."""
        self.is_alive = state not in FINAL


class Position:
    """What is open in one instrument; the quantity is signed, the cost is not."""

    def __init__(self, quantity: int, cost: int, stop: int | None) -> None:
        """As it was opened."""
        self.quantity = number(quantity)
        self.cost = number(cost)
        self.stop = maybe(stop)
        self.waived = False
        self.mark: Fraction | None = None

    @property
    def side(self) -> str:
        """Which way it was bought or sold."""
        return "buy" if self.quantity > 0 else "sell"


class Holder:
    """One account."""

    def __init__(self, terms: Account) -> None:
        """Everything is measured from the cash that it begins with."""
        self.terms = terms
        self.cash = self.initial = Fraction(terms.cash)
        self.positions: dict[str, Position] = {}
        self.orders: dict[str, dict[str, Order]] = {}  # alive, by instrument
        self.state = "ACTIVE"
        self.locks: dict[str, str] = {}  # what ends each
        self.passed: set[str] = set()  # goals that a person lets it go beyond
        self.cooling_until = 0
        self.losses = 0  # in a row
        self.day = ""
        self.until = NEVER
        self.day_balance = self.day_equity = self.peak = self.cash
        self.entries: list[int] = []  # of this day
        self.by_strategy: dict[str, int] = {}
        self.orders_today = 0

    def of(self, symbol: str) -> list[Order]:
        """Its orders in an instrument that may still fill."""
        return list(self.orders.get(symbol, {}).values())

    @property
    def symbols(self) -> list[str]:
        """Where it has something."""
        return list(dict.fromkeys([*self.positions, *(each for each, alive in self.orders.items() if alive)]))


class Books:
    """All of it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.instruments: dict[str, Instrument] = {}
        self.holders: dict[str, Holder] = {}
        self.owners: dict[str, Owner] = {}
        self.orders: dict[str, Order] = {}
        self.messages: dict[str, deque[int]] = {}  # by account at the venue: of the last minute
        self.trading = "ACTIVE"
        self.paused: set[str] = set()

    def add(self, order: Order) -> None:
        """One more that may fill."""
        self.orders[order.request.id] = order
        self.list_(order)

    def list_(self, order: Order) -> None:
        """Have it among those that may fill, or no longer."""
        request = order.request
        alive = self.holders[request.account].orders.setdefault(request.instrument, {})
        if order.is_alive:
            alive[request.id] = order
        else:
            alive.pop(request.id, None)

    def members(self, owner: str) -> list[Holder]:
        """The accounts of an owner."""
        return [each for each in self.holders.values() if each.terms.owner == owner]
