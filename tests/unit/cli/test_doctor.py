"""`kedge doctor`: what it sees, and what it says to do about it."""

import os
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.unit.cli.calls import Call, Filled

from kedge.cli.doctor import machine, place, record
from kedge.cli.doctor.finding import Finding, Verdict
from kedge.cli.doctor.machine import ClockState, examine_machine
from kedge.cli.doctor.place import examine_place, file_system_of
from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant, parse_instant
from kedge.engine.front import Front
from kedge.journal.lock import DirectoryLock
from kedge.settings.starting import write_starting_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files of `kedge init`, on a machine whose clock is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "read_clock_state", lambda: ClockState(is_kept=True, error_ms=3.0))
    write_starting_files(tmp_path)
    return tmp_path


def found(kedge: Call, *words: object, status: int = 0) -> dict[str, tuple[str, str]]:
    """Each check with its verdict and what was seen."""
    told = kedge("doctor", *words, "--json")
    assert told.status == status, told
    document = told.document
    assert document["ok"] is (status == 0)
    return {item["check"]: (item["verdict"], item["seen"]) for item in document["items"]}


def test_a_fresh_start_is_fine(kedge: Call, folder: Path) -> None:
    checks = found(kedge)
    assert {verdict for name, (verdict, _) in checks.items() if name != "File system"} == {"fine"}
    assert checks["Clock"] == ("fine", "a time service keeps it, right to within 3 ms")
    assert checks["Settings"] == ("fine", "kedge.yaml is in order")
    assert checks["Data"] == ("fine", "kedge-data is not there yet; it is made at the first start")
    assert checks["Record"] == ("fine", "none yet: it begins with the first start")
    assert not (folder / "kedge-data").exists()  # it only looks
    shown = kedge("doctor")
    assert shown.status == 0
    assert shown.out.splitlines()[0].split() == ["Check", "Is", "Seen", "What", "to", "do"]


def test_a_record_is_looked_at_without_an_engine(kedge: Call, folder: Path, filled: Filled) -> None:
    checks = found(kedge, "--data-dir", filled.directory)
    assert checks["Record"][1].startswith(f"{filled.summary['journal']['events']} events, the last at ")
    assert checks["Engine"] == ("fine", "none is running on it")


def _wrong_settings(folder: Path) -> None:
    (folder / "kedge.yaml").write_text("venues: {paper: {kind: papr}}\n")


def _no_feed(folder: Path) -> None:
    text = (folder / "kedge.yaml").read_text()
    (folder / "kedge.yaml").write_text(text.replace("instruments: [SPY, ES]", "instruments: [ES]"))


def _open_secrets(folder: Path) -> None:
    (folder / ".env").write_text("")
    (folder / ".env").chmod(0o644)


def _file_for_data(folder: Path) -> None:
    (folder / "kedge-data").write_text("")


def _open_to_all(folder: Path) -> None:
    (folder / "kedge-data").mkdir()
    (folder / "kedge-data").chmod(0o777)


def _no_journal_at_all(folder: Path) -> None:
    (folder / "kedge-data").mkdir()
    (folder / "kedge-data" / "journal.db").write_bytes(
        b"this is no database, and it is long enough to say so"
    )


CASES = [
    pytest.param(
        lambda folder: (folder / "kedge.yaml").unlink(), 0, "Settings", "warning", "there is no kedge.yaml"
    ),
    pytest.param(_wrong_settings, 1, "Settings", "failure", "kedge.yaml:1:"),
    pytest.param(_no_feed, 0, "Prices SPY", "warning", "no feed brings any"),
    pytest.param(_open_secrets, 0, "Secrets", "warning", "others may read .env (mode 644)"),
    pytest.param(_file_for_data, 1, "Data", "failure", "kedge-data is a file"),
    pytest.param(_open_to_all, 0, "Permissions", "warning", "others may write into it (mode 777)"),
    pytest.param(_no_journal_at_all, 1, "Record", "failure", "journal.db is no journal"),
]


@pytest.mark.parametrize(("harm", "status", "check", "verdict", "seen"), CASES)
def test_what_is_wrong_is_seen(
    kedge: Call, folder: Path, harm: Callable[[Path], None], status: int, check: str, verdict: str, seen: str
) -> None:
    harm(folder)
    told = found(kedge, status=status)[check]
    assert told[0] == verdict
    assert seen in told[1]
    shown = kedge("doctor")
    assert shown.status == status
    assert "Traceback" not in shown.out + shown.err


def test_the_kill_switch_of_the_environment_is_told(
    kedge: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_KILL", "1")
    assert found(kedge)["Environment"][0] == "warning"
    (folder / "kedge.yaml").write_text("venues: {paper: {kind: papr}}\n")
    assert found(kedge, status=1)["Environment"][0] == "warning"
    (folder / "kedge.yaml").unlink()
    assert found(kedge)["Environment"][0] == "warning"


def test_a_no_in_the_environment_asks_for_no_kill_switch(
    kedge: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_KILL", "off")
    assert "Environment" not in found(kedge)


def test_the_kill_switch_of_the_dotenv_file_is_told(kedge: Call, folder: Path) -> None:
    (folder / ".env").write_text("KEDGE_KILL=1\n")
    (folder / ".env").chmod(0o600)
    assert found(kedge)["Environment"][0] == "warning"


def test_an_engine_that_does_not_answer_is_a_failure(kedge: Call, folder: Path, filled: Filled) -> None:
    copy = shutil.copytree(filled.directory, folder / "kedge-data")
    lock = DirectoryLock.acquire(copy)
    try:
        verdict, seen = found(kedge, status=1)["Engine"]
    finally:
        lock.release()
    assert verdict == "failure"
    assert f"(process {os.getpid()})" in seen


def _running_with(monkeypatch: pytest.MonkeyPatch, front: Front) -> None:
    """An engine that answers with this front contract."""
    view = SimpleNamespace(quotes=(), fronts=(front,))
    line = SimpleNamespace(look=lambda: (view, 7))
    monkeypatch.setattr(record, "holder_of", lambda _: 7)
    monkeypatch.setattr(record, "calling", lambda _: nullcontext(line))


def test_the_last_contract_that_a_running_engine_has_listed_is_told(
    kedge: Call, folder: Path, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = parse_instant("2026-06-10T22:00:00Z")
    _running_with(monkeypatch, Front(Symbol("ES"), Symbol("ESM26"), until, is_last=True))
    checks = found(kedge, "--data-dir", filled.directory)
    assert checks["Engine"] == ("fine", "process 7 runs and answers")
    verdict, seen = checks["Contract ES"]
    assert verdict == "warning"
    assert seen.startswith("ESM26 is traded, until 2026-06-1")
    assert seen.endswith("and the engine has listed none behind it")
    _running_with(monkeypatch, Front(Symbol("ES"), Symbol("ESM26"), until, is_last=False))
    assert found(kedge, "--data-dir", filled.directory)["Contract ES"][0] == "fine"


def test_a_future_by_its_root_is_looked_at_like_any_instrument(kedge: Call, folder: Path) -> None:
    settings = (folder / "kedge.yaml").read_text()
    rolled = settings.replace(
        "margin: 15000, calendar: 24/7", "margin: 15000, calendar: CMES, roll: {months: HMUZ}"
    ).replace("instruments: [SPY, ES]", "instruments: [SPY]")
    assert rolled != settings
    (folder / "kedge.yaml").write_text(rolled)
    checks = found(kedge)
    assert checks["Prices ES"] == ("warning", "no feed brings any")
    assert "CMES" in checks["Calendars"][1]


def test_a_record_from_the_future_means_that_the_clock_is_wrong(
    kedge: Call, folder: Path, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "system_clock", lambda: Instant(1_600_000_000 * SECOND))
    verdict, seen = found(kedge, "--data-dir", filled.directory, status=1)["Clock and record"]
    assert verdict == "failure"
    assert "in the future" in seen


@pytest.mark.parametrize(
    ("state", "verdict", "seen"),
    [
        pytest.param(None, Verdict.WARNING, "cannot be told here", id="cannot be asked"),
        pytest.param(
            ClockState(is_kept=False, error_ms=0), Verdict.WARNING, "no time service", id="not kept"
        ),
        pytest.param(
            ClockState(is_kept=True, error_ms=250), Verdict.WARNING, "wrong by up to 250 ms", id="kept badly"
        ),
        pytest.param(ClockState(is_kept=True, error_ms=1), Verdict.FINE, "to within 1 ms", id="kept well"),
    ],
)
def test_the_clock(state: ClockState | None, verdict: Verdict, seen: str) -> None:
    [clock] = [finding for finding in examine_machine(lambda: state) if finding.check == "Clock"]
    assert clock.verdict is verdict
    assert seen in clock.seen


def look(data_dir: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_place(data_dir)}


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(1 << 20, Verdict.FAILURE), (100 << 20, Verdict.WARNING), (2 << 30, Verdict.FINE)],
)
def test_the_room_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert look(tmp_path)["Disk"].verdict is verdict


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
server:/export /srv/my\\040share nfs4 rw 0 0
/dev/sdb1 /run/kept xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ann", "ext4"),
        ("/run/x", "tmpfs"),
        ("/srv/my share/x", "nfs4"),
        ("/run/kept/data", "xfs"),
        ("/runx", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_the_innermost_mount(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "verdict"), [("tmpfs", Verdict.WARNING), ("nfs4", Verdict.WARNING), ("xfs", Verdict.FINE)]
)
def test_a_file_system_that_vanishes_or_lies_elsewhere_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, verdict: Verdict
) -> None:
    monkeypatch.setattr(place, "_mounts", lambda: f"x / {kind} rw 0 0")
    assert look(tmp_path)["File system"].verdict is verdict


def test_a_slow_or_failing_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_timed_sync", lambda _: 80.0)
    assert look(tmp_path)["Sync"].verdict is Verdict.WARNING

    def fails(_: Path) -> float:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(place, "_timed_sync", fails)
    assert look(tmp_path)["Sync"].verdict is Verdict.FAILURE
