"""What all tests share: the profiles of Hypothesis (KEDGE_HYPOTHESIS_PROFILE picks one, `fast` unless told), one time
zone, and a log that no test leaves changed for the next.
"""

import logging
import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

# In CI the examples are the same on every run, so that a red run says something about the change.
settings.register_profile("fast", max_examples=60, deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("torture", max_examples=10_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("KEDGE_HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """A command that runs in the test's own process sets up the log; the next test finds it as it was."""
    logger = logging.getLogger("kedge")
    before = (list(logger.handlers), logger.propagate, logger.level)
    yield
    logger.handlers[:], logger.propagate = before[0], before[1]
    logger.setLevel(before[2])
