"""What a measurement is: a figure, the floor that was measured beside it, and what was aimed at.

The machine is shared and its speed changes by the minute, so no figure stands alone. A floor is the least work that
anybody would have to do for the same result; it is measured in turns with the real thing, so that noise hits both, and
the ratio of the two is what can be compared between machines.
"""

import gc
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from time import perf_counter_ns

import msgspec


class Scale(StrEnum):
    """How much work to do: `TINY` only shows that a benchmark runs."""

    FULL = "full"
    QUICK = "quick"
    TINY = "tiny"

    def of(self, full: int, quick: int, tiny: int) -> int:
        """The count that belongs to this scale."""
        return {Scale.FULL: full, Scale.QUICK: quick, Scale.TINY: tiny}[self]


class Aim(msgspec.Struct, frozen=True):
    """What a figure should be at most (or, for rates, at least); in its own unit, or in multiples of its floor."""

    bound: float
    at_least: bool = False
    times_floor: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:,g}{' x floor' if self.times_floor else ''}"


class Measured(msgspec.Struct, frozen=True):
    """One figure of a benchmark; `key` names it for ever, so that runs can be compared."""

    key: str
    what: str
    value: float
    unit: str
    floor: float | None = None  # in the same unit
    floor_is: str = ""
    aim: Aim | None = None
    notes: dict[str, float] = {}

    @property
    def ratio(self) -> float | None:
        """How many times as much as the floor it costs (for a rate: how many times slower it is)."""
        if not self.floor or not self.value:
            return None
        return self.floor / self.value if self.is_rate else self.value / self.floor

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.unit.endswith("/s")

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        value = self.ratio if self.aim.times_floor else self.value
        if value is None:
            return None
        return value >= self.aim.bound if self.aim.at_least else value <= self.aim.bound


Benchmark = Callable[
    [Scale, Path], list[Measured]
]  # the path: a directory for files, on the disk to be measured


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that so many percent of them do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def spread(samples: Sequence[float], scale: float = 1_000) -> dict[str, float]:
    """The percentiles that are printed beside a median; nanoseconds become microseconds."""
    return {
        name: percentile(samples, percent) / scale
        for name, percent in (("p5", 5), ("p50", 50), ("p99", 99), ("max", 100))
    }


class _Sample(msgspec.Struct, frozen=True, gc=False):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int
    l: int  # noqa: E741 - twelve fields, as in the published figures


def _nothing() -> None:
    pass


def call_ns(rounds: int = 5_000) -> float:
    """What a call of a Python function costs now, its share of the loop included."""
    nothing = _nothing
    start = perf_counter_ns()
    for _ in range(rounds):
        nothing()
    return (perf_counter_ns() - start) / rounds


def struct_ns(rounds: int = 5_000) -> float:
    """What making a frozen `msgspec.Struct` of twelve fields costs now."""
    make = _Sample
    start = perf_counter_ns()
    for _ in range(rounds):
        make(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    return (perf_counter_ns() - start) / rounds


def collector() -> str:
    """How the garbage collector runs; the engine leaves it as the interpreter sets it."""
    return f"gc {'on' if gc.isenabled() else 'off'}, thresholds {'/'.join(map(str, gc.get_threshold()))}"
