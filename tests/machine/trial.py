"""A trial of one machine: so many examples, and what they generated."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test
from tests.machine.machine import BracketVenue
from tests.machine.tally import Tally

STEPS = 50
SEED = 20_260_302


def try_it(machine: type[BracketVenue], examples: int, seed: int | None = None) -> Tally:
    """Run it; raises what it finds. The same seed tries the same, without a look at what failed before."""
    tally = Tally()
    counted: Any = type(machine.__name__, (machine,), {"tally": tally, "__doc__": machine.__doc__})
    terms = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    if seed is not None:
        counted = seeded(seed)(counted)
        terms = settings(terms, database=None, derandomize=False)
    run_state_machine_as_test(counted, settings=terms)
    return tally
