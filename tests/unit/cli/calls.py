"""Calling the program: in this process, or in one of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

DEMO_SECONDS = 9.0


class Outcome(NamedTuple):
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that standard output holds."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Call = Callable[..., Outcome]


class Filled(NamedTuple):
    """A data directory, and the summary of the demo that filled it."""

    directory: Path
    summary: dict[str, Any]


def run(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Call the program in a process of its own, without a terminal and without standard input."""
    environment = {**os.environ, "TZ": "UTC", **settings.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-m", "kedge", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
        **settings,
    )
