"""`kedge check`: what is in force and why, or everything that is wrong."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call, run
from tests.unit.settings.builders import GOOD

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instruments import Instrument
from kedge.engine.clock import system_clock
from kedge.engine.listed import ledger_of
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.terms import ExchangeTerms


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


def listed(tick: str = "0.01", lot: str = "1", multiplier: str = "1") -> None:
    """Leave behind what a paper venue keeps that has listed SPY on these terms."""
    Path("data").mkdir(exist_ok=True)
    spy = Instrument(Symbol("SPY"), Decimal(tick), Decimal(lot), Decimal(multiplier))
    venue = ExchangeTerms((spy,), {AccountId("alpha"): Decimal(1)})
    Exchange(venue, system_clock(), ledger_of(Path("data"), "paper")).close()


OTHERWISE: list[tuple[dict[str, str], str]] = [
    ({"tick": "0.05"}, "kedge.yaml:19:25: instruments.SPY.tick: 0.01 is not the 0.05"),
    ({"lot": "10"}, "kedge.yaml:19:14: instruments.SPY.lot: 1 is not the 10"),  # a default stands nowhere
    ({"multiplier": "2"}, "kedge.yaml:19:14: instruments.SPY.multiplier: 1 is not the 2"),
]


@pytest.mark.parametrize(("terms", "fault"), OTHERWISE)
def test_an_instrument_that_was_traded_on_other_terms_is_a_fault_of_the_settings(
    terms: dict[str, str], fault: str, kedge: Call
) -> None:
    listed(**terms)
    kept = {file: file.read_bytes() for file in Path("data").iterdir()}
    advice = "put it back, or begin in another data directory once nothing is open"
    told = kedge("check")
    assert (told.status, told.out) == (3, "")
    assert told.err == (
        f"{fault} with which it has traded under data; {advice}\n"
        "kedge: The settings in kedge.yaml have 1 fault; nothing was started.\n"
    )
    assert kedge("run", "--headless") == told
    assert [row for row in kedge("doctor").out.splitlines() if fault in row]
    assert {file: file.read_bytes() for file in Path("data").iterdir()} == kept


def test_it_is_seen_while_an_exchange_trades_too(kedge: Call) -> None:
    listed()
    spy = Instrument(Symbol("SPY"), tick=Decimal("0.02"))
    venue = ExchangeTerms((spy,), {AccountId("alpha"): Decimal(1)})
    open_now = Exchange(venue, system_clock(), ledger_of(Path("data"), "other"))
    Path("kedge.yaml").write_text(
        GOOD.replace("  paper: {", "  other: {").replace("venue: paper", "venue: other")
    )
    told = kedge("check")
    open_now.close()
    assert told.status == 3
    assert "instruments.SPY.tick: 0.01 is not the 0.02" in told.err


def test_what_agrees_with_what_was_traded_is_in_order(kedge: Call) -> None:
    listed()
    assert kedge("check").status == 0
    assert kedge("check", "--json").document["not_compared"] is None


def test_what_cannot_be_compared_is_said(kedge: Call) -> None:
    listed()
    (snapshot,) = Path("data").glob("*.snapshot")
    snapshot.write_bytes(b"{")
    told = kedge("check")
    assert told.status == 0
    assert "It was not compared with what was traded: data/paper.ledger.snapshot is no snapshot" in told.out
    assert "is no snapshot" in kedge("check", "--json").document["not_compared"]
