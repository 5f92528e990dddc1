"""The files of the documentation, and a shell in which what they show is run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SKIPPED = ("node_modules", "build", "dist", "site")


def markdown_files() -> list[Path]:
    """Every Markdown file of the repository, generated ones included."""
    found = sorted(ROOT.rglob("*.md"))
    return [
        path
        for path in found
        if not any(part.startswith(".") or part in _SKIPPED for part in path.relative_to(ROOT).parts)
    ]


class Shell:
    """A directory in which a demo was run, with `kedge` and `python` of this very environment on the path."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ran: dict[str, subprocess.CompletedProcess[str]] = {}  # what need not be run again
        programs = directory / "bin"
        programs.mkdir()
        for name, call in (("kedge", f"{sys.executable} -m kedge"), ("python", sys.executable)):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', "utf-8")
            program.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
        }

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """One line as a shell takes it."""
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
