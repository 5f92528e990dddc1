"""A data directory, or a file in it, that this user may not look into: told as that, with its path and what to do.

Root may look into everything, so where the tests are run by root the calls are made as nobody.
"""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.unit.cli.calls import Call, Filled

NOBODY = 65534
READING = [["orders"], ["status"], ["journal", "verify"], ["journal", "check-limits"], ["journal", "rebuild"]]
ASKING = [["kill", "on"], ["signal", "send", "{}"], ["cancel", "--all"], ["dash"]]
STARTING = [["demo", "--headless", "--seconds", "0.1"]]


@contextmanager
def as_anybody() -> Iterator[str]:
    """As a user whom permissions bind; his name."""
    if os.getuid():
        yield pwd.getpwuid(os.getuid()).pw_name
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield "nobody"
    finally:
        os.setresuid(0, 0, 0)


def hand_over(folder: Path) -> None:
    """Make all of it that user's own."""
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
        if not os.getuid():
            os.chown(each, NOBODY, NOBODY)


def loaded(kedge: Call, *words: str) -> None:
    """Let a command load what it needs: the program itself may lie where that user cannot look."""
    kedge(*words)
    hand_over(Path())


@pytest.fixture
def data(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A record that belongs to that user, in a place that he can reach (pytest's own directories are its user's)."""
    with TemporaryDirectory(prefix="kedge-access-") as place:
        shutil.copytree(filled.directory, Path(place, "upper", "data"))
        hand_over(Path(place))
        monkeypatch.chdir(place)
        monkeypatch.setenv("KEDGE_DATA_DIR", "upper/data")
        yield Path("upper/data")
        for each in ("upper", "upper/data"):
            Path(each).chmod(0o755)
        monkeypatch.undo()


ABOVE = "a directory above it may not be looked into. Have its permissions changed"
ELSEWHERE = ", or name another directory with --data-dir."
MAKE_WRITABLE = "Make it writable, or name another directory with --data-dir."
MAKE_READABLE = "Make it readable, run the command as its owner, or name another directory with --data-dir."
CLOSED = [
    (
        "upper/data",
        [*READING, *ASKING, *STARTING],
        (
            "upper/data cannot be used: it belongs to {me}, and its permissions (000) do not let {me} look into it. "
            f"Make it yours to use again (chmod u+rwx upper/data){ELSEWHERE}"
        ),
    ),
    (
        "upper",
        [*READING, *ASKING, *STARTING],
        f"upper/data cannot be used: {ABOVE}{ELSEWHERE}",
    ),
    ("upper/data/journal.db", READING, f"upper/data/journal.db: Permission denied. {MAKE_READABLE}"),
    (
        "upper/data/lock",
        [["status"], *ASKING],
        f"upper/data/lock: Permission denied: whether an engine runs cannot be told. {MAKE_READABLE}",
    ),
    (
        "upper/data/lock",
        STARTING,
        f"upper/data/lock: cannot write here: Permission denied. {MAKE_WRITABLE}",
    ),
    (
        "upper/data/paper.ledger",
        STARTING,
        "upper/data/paper.ledger: Permission denied. Have its permissions changed, or run the command as its owner.",
    ),
]
CASES = [(closed, words, message) for closed, calls, message in CLOSED for words in calls]


@pytest.mark.parametrize(
    ("closed", "words", "message"), CASES, ids=[f"{closed}: {' '.join(words)}" for closed, words, _ in CASES]
)
def test_what_may_not_be_looked_into_is_told_as_that(
    closed: str, words: list[str], message: str, data: Path, kedge: Call
) -> None:
    loaded(kedge, *words)
    Path(closed).chmod(0)
    with as_anybody() as me:
        told = kedge(*words)
        assert told == (1, "", f"kedge: {message.format(me=me)}\n")
        if words != ["dash"]:
            assert kedge(*words, "--json").document["error"]["message"] == message.format(me=me)


def test_the_doctor_sees_it_too(data: Path, kedge: Call) -> None:
    loaded(kedge, "doctor")
    data.chmod(0)
    with as_anybody():
        told = kedge("doctor")
    assert told.status == 1
    assert "none yet" not in told.out
    assert "upper/data cannot be used: it belongs to" in told.out


@pytest.mark.parametrize(("file", "mode"), [("journal.db", 0o444), ("journal.db-wal", 0)])
def test_a_journal_that_cannot_be_opened_for_writing_is_told_in_plain_words(
    file: str, mode: int, data: Path, kedge: Call
) -> None:
    loaded(kedge, "journal", "rebuild")
    (data / file).touch()
    (data / file).chmod(mode)
    with as_anybody():
        told = kedge("journal", "rebuild")
    assert (told.status, told.out) == (1, "")
    assert told.err == f"kedge: upper/data/{file}: Permission denied. {MAKE_WRITABLE}\n"
