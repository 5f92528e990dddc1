"""`kedge check`: what is in force and why, or everything that is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call, run
from tests.unit.settings.builders import GOOD


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KEDGE_")]:
        monkeypatch.delenv(name)
    Path("kedge.yaml").write_text(GOOD, "utf-8")


def test_it_shows_what_is_in_force_and_where_it_came_from(
    kedge: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_ACCOUNTS__BETA__CASH", "7")
    Path(".env").write_text("KEDGE_VENUES__PAPER__SEED=9\n")
    told = kedge("check")
    assert (told.status, told.err) == (0, "")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert lines[0] == "Setting Value From"
    assert "data_dir ./data kedge.yaml:1:11" in lines
    assert "venues.paper.seed 9 .env:1: KEDGE_VENUES__PAPER__SEED" in lines
    assert "accounts.beta.cash 7 environment variable KEDGE_ACCOUNTS__BETA__CASH" in lines
    assert "accounts.beta.currency USD default" in lines
    assert lines[-1].startswith("kedge.yaml is in order. Digest ")


def test_the_same_for_programs(kedge: Call) -> None:
    document = kedge("check", "--json").document
    assert (document["ok"], document["file"], document["next"]) == (True, "kedge.yaml", None)
    assert len(document["digest"]) == 32
    items = {item["key"]: item for item in document["items"]}
    assert items["accounts.alpha.cash"] == {
        "key": "accounts.alpha.cash",
        "value": "100000",
        "source": "file",
        "place": "kedge.yaml:7:11",
    }
    assert items["venues.paper.reject_rate"] == {
        "key": "venues.paper.reject_rate",
        "value": "0",
        "source": "default",
        "place": None,
    }


def test_faults_are_told_all_of_them_in_the_order_of_the_file(kedge: Call) -> None:
    Path("kedge.yaml").write_text(GOOD.replace("cash: 100000", "cash: lots").replace("tick: 0.25", "tik: 1"))
    faults = [
        "kedge.yaml:7:11: accounts.alpha.cash: 'lots' is not a number; a number of 0 or more is needed",
        "kedge.yaml:20:5: instruments.ES.tick: missing; a number above 0 is needed",
        "kedge.yaml:20:18: instruments.ES.tik: unknown key; did you mean tick?",
    ]
    ending = "The settings in kedge.yaml have 3 faults; nothing was started."
    assert kedge("check") == (3, "", "".join(f"{line}\n" for line in (*faults, f"kedge: {ending}")))
    told = kedge("check", "--json")
    assert (told.status, told.err) == (3, "")
    error = told.document["error"]
    assert (error["code"], error["message"], error["facts"]["file"]) == ("SETTINGS", ending, "kedge.yaml")
    assert [fault["message"] for fault in error["facts"]["errors"]] == faults
    assert [fault["line"] for fault in error["facts"]["errors"]] == [7, 20, 20]


def test_a_file_that_is_not_there(kedge: Call) -> None:
    assert kedge("check", "-c", "other.yaml") == (
        3,
        "",
        (
            "other.yaml: there is no such file; `kedge init` writes one, `-c FILE` names another\n"
            "kedge: The settings in other.yaml have 1 fault; nothing was started.\n"
        ),
    )
    assert kedge("check", "-c", "").status == 2


def test_what_a_terminal_would_obey_does_not_reach_it(kedge: Call) -> None:
    Path("kedge.yaml").write_text(GOOD.replace("cash: 100000", 'cash: "\\e[2J"').replace("beta", '"\\e[2J"'))
    told = kedge("check")
    assert told.status == 3
    assert "\x1b" not in told.err


def test_a_process_of_its_own_ends_with_the_same_status() -> None:
    assert run("check").returncode == 0
    Path("kedge.yaml").write_text("accounts: [")
    ended = run("check")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Traceback" not in ended.stderr


def test_help_loads_nothing_that_only_settings_need() -> None:
    program = (
        "import sys; from kedge.cli.main import main; main(['check', '--help']); "
        "sys.stderr.write(' '.join(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ended.stderr.split()}
    assert "kedge" in loaded
    assert not loaded & {"pydantic", "pydantic_core", "yaml"}
