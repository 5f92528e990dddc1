"""`python -m kedge.torture`: the table, the exit status, and how a broken promise is to be seen again."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kedge.torture import campaign
from kedge.torture.__main__ import main
from kedge.torture.campaign import Outcome, Plan, run
from kedge.torture.crash_loop import CrashReport
from kedge.torture.rehearsal import Report


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    rehearse = campaign.rehearse
    monkeypatch.setattr(campaign, "rehearse", lambda *args, **named: rehearse(*args, **named, ticks=100))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rehearsal of seed 18 finds something."""

    def rehearse(seed: int, *_: Any, **__: Any) -> Report:
        return Report(seed, ["cash is gone"] if seed == 18 else [], 1, 2, 3, 4, {"report_lost": 5}, "")

    monkeypatch.setattr(campaign, "rehearse", rehearse)


@pytest.mark.usefixtures("quick")
def test_a_campaign_without_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "3", "--seeds", "2", "--kills", "0"]) == 0
    table = capsys.readouterr().out
    assert "rehearsals                           6" in table
    assert "Broken promises: none" in table


@pytest.mark.usefixtures("broken")
def test_a_broken_promise_names_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "17", "--seeds", "3", "--kills", "0"]) == 1
    table = capsys.readouterr().out
    assert "Broken promises: 3" in table  # with brackets, without, and on one account
    assert "cash is gone" in table
    assert "rehearsal of seed 18" in table
    assert "again: python -m kedge.torture --seed 18 --seeds 1 --kills 0" in table


@pytest.mark.usefixtures("broken")
def test_the_outcome_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "18", "--seeds", "1", "--kills", "0", "--json"]) == 1
    outcome = msgspec.json.decode(capsys.readouterr().out, type=Outcome)
    assert (outcome.rehearsals, outcome.faults, len(outcome.findings)) == (3, {"report_lost": 15}, 3)


@pytest.mark.parametrize("findings", [[], ["an order was doubled"]])
def test_the_files_of_a_crash_loop_are_kept_when_it_found_something(
    findings: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"

    class Loop:
        def __init__(self, where: Path, seed: int, _tell: object) -> None:
            (where / "ledger").touch()
            self._seed = seed

        async def run(self, kills: int) -> CrashReport:
            return CrashReport(self._seed, kills=kills, findings=findings)

    def make(prefix: str) -> str:
        folder.mkdir()
        return str(folder)

    monkeypatch.setattr(campaign, "CrashLoop", Loop)
    monkeypatch.setattr(campaign, "mkdtemp", make)
    outcome = run(Plan(seed=5, seeds=0, kills=9), lambda _: None)
    assert folder.exists() == bool(findings)
    assert [finding.what for finding in outcome.findings] == findings
    for finding in outcome.findings:
        assert str(folder) in finding.where
        assert finding.again == "python -m kedge.torture --seed 5 --seeds 0 --kills 9"


@pytest.mark.parametrize("wrong", [["--seeds", "-1"], ["--kills", "many"], ["--speed", "1"]])
def test_wrong_usage(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err
