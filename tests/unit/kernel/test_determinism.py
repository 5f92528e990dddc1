"""Same in, same out, byte for byte: whatever the process and however Python scatters its sets and dicts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builders import ENGINE_HELD
from tests.unit.kernel.scripted_session import play

from kedge.domain.capabilities import Capabilities

ROOT = Path(__file__).parents[3]


def _run(hash_seed: str) -> bytes:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.kernel.scripted_session"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": paths},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_two_processes_with_different_hash_seeds_record_the_same_bytes() -> None:
    first, second = _run("1"), _run("4242")
    assert len(first.splitlines()) > 500
    assert first == second


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD], ids=["at the venue", "engine-held"])
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_busy_session_can_be_folded_and_replayed(capabilities: Capabilities, seed: int) -> None:
    desk = play(capabilities, seed)
    desk.check()
