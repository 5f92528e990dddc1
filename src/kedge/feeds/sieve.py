"""What comes over a line is let through once, in order, and only if it can be true. All else is counted.

Where a source numbers its messages, by instrument, the numbers tell what was doubled, left out or overtaken. Where it
does not, a quote or bar that equals the last one is taken for the same; two equal trades may well be two trades. In
either case time decides in the end: nothing is let through that is older than the last of its instrument and kind.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec

from kedge.domain.announcements import Announcement
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.quotes import Bar, Print, Quote
from kedge.feeds.base import FeedItem
from kedge.feeds.counters import Counters

_AWAITED_MAX: Final = 10_000


class _Numbers(msgspec.Struct):
    """How far the messages of one instrument have come."""

    highest: int
    awaited: dict[int, None] = {}  # numbers that were passed over, oldest first


class Sieve:
    """The sieve of one stream."""

    def __init__(self, declared: Collection[Symbol], counters: Counters) -> None:
        self._declared = declared
        self._counters = counters
        self._numbers: dict[Symbol, _Numbers] = {}
        self._last: dict[tuple[Symbol, type[FeedItem]], FeedItem] = {}

    def lets_through(self, item: FeedItem, number: int | None = None) -> bool:
        """Whether to hand it on; `number` is the source's own."""
        counters = self._counters
        if item.instrument not in self._declared:
            counters.undeclared += 1
            return False
        if not can_be_true(item):
            counters.absurd += 1
            return False
        if number is not None and self._was_seen(item.instrument, number):
            counters.doubled += 1
            return False
        last = self._last.get((item.instrument, type(item)))
        # What is announced may be for tomorrow: its time says nothing of when it was told.
        if last is not None and item.at < last.at and not isinstance(item, Announcement):
            counters.late += 1
            return False
        if item == last and not isinstance(item, Print):
            counters.doubled += 1
            return False
        self._last[item.instrument, type(item)] = item
        counters.delivered += 1
        return True

    def forget_numbers(self) -> None:
        """The source begins to count anew, as many do with each connection."""
        self._numbers.clear()

    def newest(self) -> Mapping[Symbol, Instant]:
        """The time of the last item of each instrument: what is missing came after it."""
        newest: dict[Symbol, Instant] = {}
        for (symbol, _), item in self._last.items():
            if isinstance(item, Announcement):
                continue  # its time is that of what is announced
            newest[symbol] = max(item.at, newest.get(symbol, item.at))
        return newest

    def _was_seen(self, symbol: Symbol, number: int) -> bool:
        numbers = self._numbers.get(symbol)
        if numbers is None:
            self._numbers[symbol] = _Numbers(number)
            return False
        if number > numbers.highest:
            self._counters.missed += number - numbers.highest - 1
            for passed_over in range(max(numbers.highest + 1, number - _AWAITED_MAX), number):
                numbers.awaited[passed_over] = None
            while len(numbers.awaited) > _AWAITED_MAX:
                del numbers.awaited[next(iter(numbers.awaited))]
            numbers.highest = number
            return False
        if number in numbers.awaited:
            del numbers.awaited[number]
            self._counters.missed -= 1
            self._counters.reordered += 1
            return False
        return True


def can_be_true(item: FeedItem) -> bool:
    """Whether there can be such a market at all. A crossed one can: sources disagree for moments."""
    match item:
        case Quote(bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size):
            return bid > 0 and ask > 0 and bid_size >= 0 and ask_size >= 0
        case Print(price=price, size=size):
            return price > 0 and size >= 0
        case Bar():
            lowest, highest = min(item.open, item.close), max(item.open, item.close)
            return (
                0 < item.low <= lowest <= highest <= item.high and item.start < item.at and item.volume >= 0
            )
        case _:
            return True  # an announcement that is none cannot be made
