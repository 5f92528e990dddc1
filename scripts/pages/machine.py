"""The page of what the machine tried: counts of one long run, and how often each thing occurs in an example."""

import inspect
from collections.abc import Mapping
from datetime import date

from scripts.pages.markdown import table
from tests.machine.tally import MEANING, Tally
from tests.machine.venues import MACHINES

_INTRODUCTION = """
A book plays against the simulated exchange, with a wire between them that loses, doubles, delays and reorders what it
carries; processes die on the way and are followed by others. After each step the exchange's own ledger is the judge:
the book is the sum of what it was told, no signal has two orders in one role, no exit turns a position over, and what
is open has a way out at a loss or is noted as missing it, with a time by which it is looked at again. In the end all
that is left arrives, and the two books must be the same, to the cent, with nothing naked and no exit left over.

`make test` runs a few hundred examples and sees that each of the hard cases below occurs in them; `make torture` runs
more than ten thousand. This page shows one such run, so that it is seen that the hard cases occur.
"""


def machine_page(tried: Mapping[str, Tally], day: date, seed: int) -> str:
    """The page, with the figures of a run."""
    total: Tally = sum(tried.values(), Tally())
    seeds = f"{seed} to {seed + len(tried) - 1}"
    profile = (
        f"{total['examples']:,} examples of up to 50 steps, made on {day.isoformat()} with the seeds {seeds}."
    )
    return (
        "\n\n".join(
            (
                "# What the machine tried",
                "<!-- Made by scripts/try_the_machine.py from a run of tests/machine. Do not edit: run it again. -->",
                _INTRODUCTION.strip(),
                profile,
                "## Kinds of venue",
                table(("machine", "the venue", "examples"), _venues(tried)),
                "## What occurred",
                "*in 100*: how many there were for each hundred examples, all kinds of venue together.",
                table(("what", "count", "in 100", "that is"), _counts(total)),
                "## By kind of venue",
                table(("what", *tried), _by_venue(tried)),
            )
        )
        + "\n"
    )


def _venues(tried: Mapping[str, Tally]) -> list[tuple[str, str, str]]:
    rows = []
    for machine in MACHINES:
        text = " ".join((inspect.getdoc(machine) or "").split())
        rows.append((machine.__name__, text, f"{tried[machine.__name__]['examples']:,}"))
    return rows


def _counts(total: Tally) -> list[tuple[str, str, str, str]]:
    return [
        (what, f"{total[what]:,}", f"{100 * total[what] / total['examples']:.1f}", meaning)
        for what, meaning in MEANING.items()
    ]


def _by_venue(tried: Mapping[str, Tally]) -> list[tuple[str, ...]]:
    return [(what, *(f"{tally[what]:,}" for tally in tried.values())) for what in MEANING]
