"""Which benchmarks there are, and running one in a process of its own."""

import logging
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import cast

from bench.measure import Benchmark, Measured, Scale

# In this order: the start-up benchmark reads what the memory benchmark has recorded.
NAMES = (
    "decision",
    "gates",
    "dashboards",
    "day",
    "durable",
    "quotes",
    "bars",
    "strategies",
    "burst",
    "kill",
    "journal",
    "memory",
    "startup",
)


def summary(name: str) -> str:
    """The first sentence of a benchmark's docstring."""
    text = (import_module(f"bench.{name}").__doc__ or "").partition("\n\n")[0]
    return " ".join(text.split())


def run_one(name: str, scale: Scale, directory: Path) -> list[Measured]:
    """One benchmark, in this process."""
    logging.getLogger("kedge").setLevel(logging.ERROR)  # that the venue came up is no news here
    return cast("Benchmark", import_module(f"bench.{name}").run)(scale, directory)


def run_apart(name: str, scale: Scale, directory: Path) -> list[Measured]:
    """A fresh process each: what one leaves in memory must not weigh on the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run_one, name, scale, directory).result()
