"""How a program that runs until it is told to end is told."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


async def wait_for(event: asyncio.Event) -> None:
    """Wait, as a task that has no result."""
    await event.wait()


@contextmanager
def asked_to_end(ending: asyncio.Event) -> Iterator[None]:
    """Let the signals that ask a program to end ask for an end in order."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it stays ignored
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, ending.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
