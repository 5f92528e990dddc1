"""The book against the simulated exchange: whatever is lost, doubled, late or out of order, the laws hold.

The machines are in `tests/machine`, the laws in `tests/machine/judge.py`.
"""

from pathlib import Path

import pytest
from hypothesis import settings
from tests.machine.machine import BracketVenue
from tests.machine.tally import MEANING, UNWANTED, Tally
from tests.machine.trial import SEED, try_it
from tests.machine.venues import MACHINES

PAGE = Path(__file__).parents[2] / "docs/reference/what-the-machine-tried.md"
PUBLISHED = 10_000
FAST_SHARE = 2  # of the profile's examples, for each kind of venue
ROUNDS_MAX = 8
TORTURE_SHARE = 4  # in torture: for all kinds together it is more than the profile asks for


@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_laws_hold(machine: type[BracketVenue]) -> None:
    assert try_it(machine, settings().max_examples // FAST_SHARE)["examples"] >= 1


@pytest.mark.torture
@pytest.mark.parametrize("machine", MACHINES)
def test_the_laws_hold_for_long(machine: type[BracketVenue]) -> None:
    assert try_it(machine, settings().max_examples // TORTURE_SHARE)["examples"] >= 1


@pytest.mark.timeout(600)
def test_every_hard_case_is_tried() -> None:
    """A machine that no longer generates something would go on being green. What is rare has several rounds."""
    total = Tally()
    for round_ in range(ROUNDS_MAX):
        for number, machine in enumerate(MACHINES):
            total.update(try_it(machine, 60, seed=SEED + round_ * len(MACHINES) + number))
        if not _never_tried(total):
            break
    assert _never_tried(total) == []


def _never_tried(total: Tally) -> list[str]:
    return [what for what in MEANING if not total[what] and what not in UNWANTED]


def test_the_published_page_shows_that_every_hard_case_occurred() -> None:
    all_venues = PAGE.read_text("utf-8").partition("## By kind of venue")[0]
    rows = [line.split("|") for line in all_venues.splitlines() if line.startswith("| ")]
    counts = {row[1].strip(): row[2].strip() for row in rows}
    assert counts.keys() >= MEANING.keys(), "run scripts/try_the_machine.py"
    assert [what for what in MEANING if counts[what] == "0" and what not in UNWANTED] == []
    assert int(counts["examples"].replace(",", "")) >= PUBLISHED
