"""What the documentation tests share: one short demo, and a shell beside its data."""

import pytest
from tests.docs.shell import ROOT, Shell

DEMO = "kedge demo --seconds 5"  # as the README shows it; enough for a signal that was ordered and filled


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell beside the data of a demo that has ended."""
    made = Shell(tmp_path_factory.mktemp("docs"))
    (made.directory / "examples").symlink_to(ROOT / "examples")
    ended = made.ran[DEMO] = made.run(DEMO)
    assert ended.returncode == 0, ended.stderr
    return made
