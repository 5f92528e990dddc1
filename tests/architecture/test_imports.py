"""The floors hold in the code as it is, and `import kedge` stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# Libraries that only some users need, and those that take long to load.
HEAVY = {
    "aiohttp",
    "alpaca",
    "ccxt",
    "fastapi",
    "httpx",
    "ib_async",
    "ibapi",
    "matplotlib",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pybit",
    "pydantic",
    "requests",
    "schwab",
    "starlette",
    "textual",
    "uvicorn",
    "websockets",
    "yaml",
}


def test_the_code_keeps_the_import_contracts() -> None:
    lint = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


@pytest.mark.parametrize("module", ["kedge", "kedge.cli.main", "kedge.settings", "kedge.settings.starting"])
def test_importing_it_loads_no_heavy_library(module: str) -> None:
    program = (
        f"import sys, {module}; " + "print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    names = set(loaded.stdout.split())
    assert "kedge" in names
    assert not names & HEAVY
