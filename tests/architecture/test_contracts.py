"""The guards bite: import contracts, and the ban on ambient time, ids and randomness, refuse what they must.

The contracts are tried on a house of empty packages, into which one wrong import is put at a time.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = (
    ("domain", "referee"),
    ("market", "sessions"),
    ("gates", "protection", "algos", "reconcile", "strategies", "sim"),
    ("kernel", "analytics"),
    ("settings", "observe", "wording"),
    ("journal", "venues", "feeds", "notify", "report"),
    ("engine",),
    ("replay",),
    ("lab", "torture"),
    ("tui", "api"),
    ("cli",),
)
PACKAGES = [package for floor in FLOORS for package in floor]
PURE = [package for floor in FLOORS[:4] for package in floor]

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def house(place: Path, files: dict[str, str]) -> None:
    """Build every package, empty, and then these files."""
    (place / "kedge").mkdir()
    (place / "kedge" / "__init__.py").touch()
    for package in PACKAGES:
        (place / "kedge" / package).mkdir()
        (place / "kedge" / package / "__init__.py").touch()
    for name, text in files.items():
        (place / "kedge" / name).parent.mkdir(exist_ok=True)
        (place / "kedge" / name).write_text(text + "\n")


def lint(place: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with the project's contracts on the house in this place."""
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo", "--config", ROOT / ".importlinter"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_from_the_floors_below_are_allowed(tmp_path: Path) -> None:
    above: dict[str, str] = {"__main__.py": "import kedge.cli"}
    for upper, lower in zip(FLOORS[1:], FLOORS, strict=False):
        for package in upper:
            above[f"{package}/door.py"] = f"import kedge.{lower[0]}.door"
    above["domain/door.py"] = "import datetime, decimal, enum, re, typing\nimport msgspec"
    above["kernel/reach.py"] = "import kedge.domain, kedge.gates"
    above["sim/seeded.py"] = "import random"
    above["engine/clock.py"] = "import asyncio, os, time"
    house(tmp_path, above)
    result = lint(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


WRONG_FLOOR = [
    ("domain/wrong.py", "import kedge.market", "kedge.domain is not allowed to import kedge.market"),
    ("market/wrong.py", "import kedge.sessions", "kedge.market is not allowed to import kedge.sessions"),
    ("gates/wrong.py", "from kedge import sim", "kedge.gates is not allowed to import kedge.sim"),
    ("gates/wrong.py", "import kedge.kernel.x", "kedge.gates is not allowed to import kedge.kernel"),
    ("kernel/wrong.py", "import kedge.analytics", "kedge.kernel is not allowed to import kedge.analytics"),
    ("kernel/wrong.py", "import kedge.settings", "kedge.kernel is not allowed to import kedge.settings"),
    ("journal/wrong.py", "import kedge.venues", "kedge.journal is not allowed to import kedge.venues"),
    ("venues/wrong.py", "import kedge.engine", "kedge.venues is not allowed to import kedge.engine"),
    ("engine/wrong.py", "import kedge.replay", "kedge.engine is not allowed to import kedge.replay"),
    ("replay/wrong.py", "import kedge.lab", "kedge.replay is not allowed to import kedge.lab"),
    ("tui/wrong.py", "import kedge.cli", "kedge.tui is not allowed to import kedge.cli"),
]


@pytest.mark.parametrize(("name", "wrong", "complaint"), WRONG_FLOOR)
def test_an_import_from_the_wrong_floor_is_refused(
    name: str, wrong: str, complaint: str, tmp_path: Path
) -> None:
    house(tmp_path, {name: wrong, "kernel/x.py": ""})
    result = lint(tmp_path)
    assert result.returncode == 1
    assert complaint in result.stdout


def test_an_import_for_type_checkers_only_counts_too(tmp_path: Path) -> None:
    wrong = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import kedge.engine"
    house(tmp_path, {"kernel/wrong.py": wrong})
    assert "kedge.kernel is not allowed to import kedge.engine" in lint(tmp_path).stdout


def test_the_outside_world_is_refused_in_every_pure_package(tmp_path: Path) -> None:
    house(tmp_path, {f"{package}/wrong.py": "import time, asyncio, os.path" for package in PURE})
    result = lint(tmp_path)
    assert result.returncode == 1
    missed = [
        f"{package} {module}"
        for package in PURE
        for module in ("time", "asyncio", "os")
        if f"kedge.{package} is not allowed to import {module}:" not in result.stdout
    ]
    assert missed == []


def test_only_the_simulated_exchange_may_have_a_generator(tmp_path: Path) -> None:
    house(tmp_path, {f"{package}/wrong.py": "from random import Random" for package in PURE})
    result = lint(tmp_path)
    allowed = [p for p in PURE if f"kedge.{p} is not allowed to import random:" not in result.stdout]
    assert allowed == ["sim"]


def test_the_outside_world_is_refused_at_second_hand(tmp_path: Path) -> None:
    house(tmp_path, {"gates/right.py": "import kedge.helpers", "helpers/__init__.py": "import socket"})
    assert "kedge.gates is not allowed to import socket:" in lint(tmp_path).stdout


def test_the_domain_imports_nothing_of_kedge_even_without_a_floor(tmp_path: Path) -> None:
    house(tmp_path, {"domain/wrong.py": "import kedge.helpers", "helpers/__init__.py": ""})
    assert "kedge.domain is not allowed to import kedge.helpers:" in lint(tmp_path).stdout


def test_the_referee_imports_nothing_of_what_it_judges(tmp_path: Path) -> None:
    house(tmp_path, {"referee/wrong.py": "import kedge.domain.limits", "domain/limits.py": ""})
    assert "kedge.referee is not allowed to import kedge.domain:" in lint(tmp_path).stdout


def test_a_package_without_a_floor_is_refused(tmp_path: Path) -> None:
    house(tmp_path, {"cellar/__init__.py": ""})
    result = lint(tmp_path)
    assert result.returncode == 1
    assert "cellar" in result.stdout


def ruff(name: str, program: str) -> subprocess.CompletedProcess[str]:
    """Look for banned calls in a program as if it stood in this file."""
    check = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select=TID251"]
    return subprocess.run(
        [*check, "--stdin-filename", name, "-"],
        cwd=ROOT,
        input=program,
        capture_output=True,
        text=True,
        check=False,
    )


AMBIENT = [
    "from datetime import datetime, UTC\ndatetime.now(UTC)",
    "import datetime as dt\ndt.datetime.utcnow()",
    "from datetime import date\ndate.today()",
    "from time import time_ns as stamp\nstamp()",
    "import time\ntime.monotonic()",
    "import uuid\nuuid.uuid4()",
    "from uuid import uuid1\nuuid1()",
    "import random\nrandom.choice([1])",
    "from random import shuffle\nshuffle([1])",
    "import secrets\nsecrets.token_hex()",
    "import os\nos.urandom(8)",
]


@pytest.mark.parametrize("program", AMBIENT)
@pytest.mark.parametrize("name", ["src/kedge/sim/x.py", "src/kedge/venues/alpaca/x.py"])
def test_ambient_time_ids_and_randomness_are_refused(name: str, program: str) -> None:
    result = ruff(name, program)
    assert result.returncode == 1
    assert "TID251" in result.stdout


@pytest.mark.parametrize("program", AMBIENT)
def test_the_engine_may_ask_the_world(program: str) -> None:
    result = ruff("src/kedge/engine/x.py", program)
    assert result.returncode == 0, result.stdout


def test_a_seeded_generator_is_allowed_in_the_simulated_exchange() -> None:
    result = ruff("src/kedge/sim/x.py", "import random\nrandom.Random(7).choice([1])")
    assert result.returncode == 0, result.stdout
