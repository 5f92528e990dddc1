"""Ctrl-C, held back for a moment in which it would be misunderstood."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back() -> Iterator[None]:
    """A Ctrl-C in here is heard at the end: what builds the form of the settings takes one for a fault of the form."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
