"""Tries the machines of `tests/machine` for long and writes down what that generated.

    python scripts/try_the_machine.py [EXAMPLES]     so many for each kind of venue, 2500 unless told

The page, docs/reference/what-the-machine-tried.md, holds the figures of one run, with its date and seeds. It is made
anew by hand, when the machine has changed.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a script starts with its own folder on the path, not with the repository

from scripts.pages.machine import machine_page  # noqa: E402
from tests.machine.trial import SEED, try_it  # noqa: E402
from tests.machine.venues import MACHINES  # noqa: E402

PAGE = ROOT / "docs/reference/what-the-machine-tried.md"
EXAMPLES = 2_500
USAGE = 2


def main(arguments: list[str]) -> int:
    """Try, then write; the exit status. What is found is raised: then there is no page."""
    if len(arguments) > 1 or not all(word.isdecimal() and int(word) for word in arguments):
        print("usage: try_the_machine.py [EXAMPLES]", file=sys.stderr)
        return USAGE
    examples = int(arguments[0]) if arguments else EXAMPLES
    began = monotonic()
    seeds = range(SEED, SEED + len(MACHINES))
    with ProcessPoolExecutor(len(MACHINES)) as pool:
        tallies = pool.map(try_it, MACHINES, [examples] * len(MACHINES), seeds)
        tried = {machine.__name__: tally for machine, tally in zip(MACHINES, tallies, strict=True)}
    print(f"{examples} examples for each of {len(MACHINES)} kinds of venue in {monotonic() - began:.0f} s")
    PAGE.write_text(machine_page(tried, datetime.now(UTC).date(), SEED), "utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
