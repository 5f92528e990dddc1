"""Take each safeguard out in turn, on a copy of the sources, and see a named test fail: `make ablate`.

`tests/ablations.toml` lists them: what each guards, the line to change, and the tests that have to notice. One that
nobody notices, or whose line is not there any more, fails the run.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "ablations.toml"
FAILED = 1  # what pytest returns when a test failed; anything else is no verdict


@dataclass(frozen=True)
class Ablation:
    """One safeguard, and how it is taken out."""

    name: str
    file: str
    take: str
    put: str
    tests: list[str]

    def fault(self) -> str:
        """Why it cannot be taken out, if it cannot."""
        count = (ROOT / self.file).read_text().count(self.take)
        return "" if count == 1 else f"{self.file} has the text {count} times, not once: {self.take!r}"


def main(wanted: list[str]) -> int:
    """Run those whose name holds one of the wanted words, or all; returns the exit status."""
    listed = [Ablation(**entry) for entry in tomllib.loads(LIST.read_text())["ablation"]]
    chosen = [one for one in listed if not wanted or any(word in one.name for word in wanted)]
    if not chosen:
        print(f"nothing in {LIST.relative_to(ROOT)} is called so: {' '.join(wanted)}", file=sys.stderr)
        return 2
    unnoticed = []
    with TemporaryDirectory(prefix="kedge-ablate-") as folder:
        copy = Path(folder)
        for name in ("src", "tests", "scripts", "docs", "examples"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "Makefile"):
            shutil.copy(ROOT / name, copy / name)
        for number, one in enumerate(chosen, 1):
            verdict = one.fault() or _try(one, copy)
            print(f"{number}/{len(chosen)} {one.name}: {verdict or 'noticed'}", flush=True)
            if verdict:
                unnoticed.append(one.name)
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} safeguards are missed when they are gone")
    return 1 if unnoticed else 0


def _try(one: Ablation, copy: Path) -> str:
    """What is wrong: empty when a test has failed."""
    file = copy / one.file
    whole = file.read_text()
    file.write_text(whole.replace(one.take, one.put))
    try:
        run = subprocess.run(  # noqa: S603 (our own list)
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
                *one.tests,
            ],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy / "src"), "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(whole)
    if run.returncode == FAILED:
        return ""
    last = (run.stdout + run.stderr).strip().splitlines()[-1:]
    return f"NOBODY NOTICED ({' '.join(last)})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
