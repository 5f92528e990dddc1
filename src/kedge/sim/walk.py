"""A random walk of quotes, the same on every machine: integers and a seeded generator, no floating point at all.

The price is kept in fractions of a tick. Each step moves it by a share of itself (so the walk is geometric) that grows
with the square root of the time since the last step, as the moves of markets do. The bell curve is the sum of four
even draws, which is as near as prices ask for.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isqrt
from random import Random
from typing import Self

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks, to_nano, use_exact_arithmetic
from kedge.domain.quotes import Quote

_FRACTION = 32  # bits of a tick
_ROOT = 20  # bits of the square root of time
_BLOCK = 256  # steps that one generator draws for
_BITS = 128  # of chance for each step: 64 for the move, 32 for each size
_EVEN = 2**16
_DEVIATION = isqrt((_EVEN * _EVEN - 1) // 3)  # standard deviation of the sum of four even draws
_BPS = 10_000


class WalkTerms(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How a walk moves."""

    volatility_bps: Decimal = Decimal(5)  # standard deviation of a minute's move
    spread_ticks: int = 1
    depth_lots: int = 1000  # sizes are drawn between 1 and so many lots

    def __post_init__(self) -> None:
        """Refuse terms by which no price could move."""
        if not (self.volatility_bps.is_finite() and 0 <= self.volatility_bps < _BPS):
            raise ValueError(
                f"random walk: volatility_bps must be 0 or more, below {_BPS}, not {self.volatility_bps}"
            )
        if self.spread_ticks < 0:
            raise ValueError(f"random walk: spread_ticks must be 0 or more, not {self.spread_ticks}")
        if self.depth_lots < 1:
            raise ValueError(f"random walk: depth_lots must be 1 or more, not {self.depth_lots}")


class WalkState(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How far a walk has come."""

    step: int
    at: Instant
    price: int  # in fractions of a tick


class RandomWalk:
    """Quotes of one instrument at the instants that are asked for."""

    def __init__(
        self, instrument: Instrument, start: Decimal, seed: int, terms: WalkTerms | None = None
    ) -> None:
        use_exact_arithmetic()
        if not start.is_finite() or start < instrument.tick:
            raise ValueError(f"random walk: {instrument.symbol} must start at a tick or more, not at {start}")
        self._symbol: Symbol = instrument.symbol
        self._seed = seed
        self._terms = terms if terms is not None else WalkTerms()
        self._lot = to_nano(instrument.lot)
        self._over, self._under = self._terms.volatility_bps.as_integer_ratio()
        self._step = 0
        self._at: Instant | None = None
        self._price = int(start / instrument.tick * 2**_FRACTION)
        self._random = Random()
        self._block = -1

    @classmethod
    def resume(
        cls, instrument: Instrument, state: WalkState, seed: int, terms: WalkTerms | None = None
    ) -> Self:
        """A walk that goes on as if it had never stopped."""
        walk = cls(instrument, instrument.tick, seed, terms)
        walk._step, walk._at, walk._price = state.step, state.at, state.price
        return walk

    @property
    def state(self) -> WalkState:
        """What `resume` needs."""
        return WalkState(self._step, self._at if self._at is not None else Instant(0), self._price)

    def quotes(self, instants: Iterable[Instant]) -> Iterator[Quote]:
        """A quote for each instant; they must not go back in time."""
        for at in instants:
            yield self.quote(at)

    def quote(self, at: Instant) -> Quote:
        """The next quote; the first one is the start price."""
        if self._at is not None and at < self._at:
            raise ValueError(f"random walk: {self._symbol} is at {self._at} and cannot go back to {at}")
        bits = self._draw()
        if self._at is not None:
            self._move(bits & (2**64 - 1), at - self._at)
        self._at = at
        self._step += 1
        bid = max((self._price >> _FRACTION) - self._terms.spread_ticks // 2, 1)
        return Quote(
            instrument=self._symbol,
            at=at,
            bid=Ticks(bid),
            ask=Ticks(bid + self._terms.spread_ticks),
            bid_size=self._size(bits >> 64 & (2**32 - 1)),
            ask_size=self._size(bits >> 96),
        )

    def _move(self, bits: int, passed: int) -> None:
        draws = sum(bits >> shift & (_EVEN - 1) for shift in (0, 16, 32, 48)) - 2 * (_EVEN - 1)
        root = isqrt((passed << 2 * _ROOT) // MINUTE)
        change = self._price * self._over * draws * root // (self._under * _BPS * _DEVIATION << _ROOT)
        self._price = max(self._price + change, 1 << _FRACTION)

    def _size(self, bits: int) -> Nano:
        return Nano((bits % self._terms.depth_lots + 1) * self._lot)

    def _draw(self) -> int:
        """The bits of this step. A block's generator is made from the seed, so a resumed walk only skips in one."""
        block, steps_before = divmod(self._step, _BLOCK)
        if block != self._block:
            self._random = Random(f"{self._seed}/walk/{self._symbol}/{block}")
            self._block = block
            for _ in range(steps_before):
                self._random.getrandbits(_BITS)
        return self._random.getrandbits(_BITS)
