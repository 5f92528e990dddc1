"""Watching over the process that started this one, so that nothing outlives the test that it was started for."""

import asyncio
import os

_LOOK_EVERY_SECONDS = 0.25


async def parent_gone(pid: int) -> None:
    """Return when the process of this id is gone."""
    is_ours = os.getppid() == pid
    while os.getppid() == pid if is_ours else _lives(pid):  # noqa: ASYNC110 - no event tells of this
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
