"""What the tests of the command line share: a way to call it, and a directory that a demo filled."""

import json
import shutil
from pathlib import Path

import pytest
from tests.unit.cli.calls import DEMO_SECONDS, Call, Filled, Outcome, run

from kedge.cli.main import main


@pytest.fixture
def kedge(capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the program as its script does; what it prints comes back."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        return Outcome(int(status), printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """What one short demo left behind. To be read only: see `copied`."""
    directory = tmp_path_factory.mktemp("demo") / "data"
    ended = run("demo", "--seconds", DEMO_SECONDS, "--data-dir", directory, "--json")
    assert ended.returncode == 0, ended.stderr
    return Filled(directory, json.loads(ended.stdout))


@pytest.fixture
def copied(filled: Filled, tmp_path: Path) -> Path:
    """A copy of it that a test may harm."""
    return Path(shutil.copytree(filled.directory, tmp_path / "copy"))


@pytest.fixture(scope="session")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record in which nothing was traded: the demo ended before its first signal."""
    directory = tmp_path_factory.mktemp("flat") / "data"
    ended = run("demo", "--seconds", 0.2, "--data-dir", directory, "--json")
    assert ended.returncode == 0, ended.stderr
    return directory
