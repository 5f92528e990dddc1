"""The reference is what the code says: current, and complete."""

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from scripts import build_docs
from scripts.pages.anomalies import raised
from scripts.pages.codes import WAYS
from scripts.pages.command_line import entries, names_of
from scripts.pages.lifecycle_drawing import ROUTES
from scripts.pages.messages import tag_of
from scripts.pages.moves import moves
from scripts.pages.signal_form import EXAMPLE
from scripts.pages.tables import columns_by_table

from kedge.domain.codes import Code
from kedge.domain.commands import Command
from kedge.domain.events import Event
from kedge.domain.inputs import Input
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState, Report
from kedge.domain.signal_form import OrderForm, SignalForm, StopForm, TargetForm, read_signal
from kedge.domain.signals import SignalKind
from kedge.journal.tables import TABLES
from kedge.settings.catalogue import catalogue
from kedge.settings.form import SettingsForm
from kedge.settings.unbuilt import UNBUILT

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / "docs/reference" / f"{name}.md").read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of any level."""
    lines = text.splitlines()
    start = next(
        number for number, line in enumerate(lines) if line.lstrip("#") == f" {heading}" and line[0] == "#"
    )
    rest = lines[start + 1 :]
    end = next((number for number, line in enumerate(rest) if line.startswith("#")), len(rest))
    return "\n".join(rest[:end])


def test_the_generated_pages_are_current() -> None:
    stale = build_docs.out_of_date(ROOT)
    assert [str(path.relative_to(ROOT)) for path in stale] == [], "run `make docs`"


def test_the_check_says_what_is_out_of_date_and_fails(tmp_path: Path) -> None:
    assert len(build_docs.out_of_date(tmp_path)) == len(build_docs.PAGES)


def test_the_script_runs_by_itself() -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "scripts/build_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_unknown_argument_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_docs.main(["--write"]) == build_docs.USAGE
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: event.__name__)
def test_every_event_is_described_with_its_version_and_fields(event: type) -> None:
    kind, _, version = tag_of(event).rpartition(".")
    told = section(page("events"), kind)
    assert told.strip().startswith(f"Version {version}. ")
    for field in event.__struct_fields__:  # type: ignore[attr-defined]
        assert f"| `{field}` |" in told


@pytest.mark.parametrize("given", get_args(Input), ids=lambda given: given.__name__)
def test_every_input_is_described_with_its_fields(given: type) -> None:
    told = section(page("inputs"), given.__name__)
    for field in given.__struct_fields__:  # type: ignore[attr-defined]
        assert f"| `{field}` |" in told


@pytest.mark.parametrize("command", get_args(Command), ids=lambda command: command.__name__)
def test_every_command_is_described_with_the_events_that_call_for_it(command: type) -> None:
    assert "Called for by [`" in section(page("commands"), command.__name__)


def test_every_field_of_a_signal_is_described_and_the_example_is_one() -> None:
    text = page("signal")
    for form in (SignalForm, OrderForm, StopForm, TargetForm):
        assert all(f"| `{field}` |" in text for field in form.__struct_fields__)
    signal = read_signal(EXAMPLE, Instant(0), lambda: "minted")
    assert (signal.id, signal.kind, len(signal.targets)) == ("s-1", SignalKind.ENTRY, 1)


@pytest.mark.parametrize("code", Code)
def test_every_refusal_code_has_its_meaning_and_a_gate(code: Code) -> None:
    row = next(line for line in page("refusal-codes").splitlines() if line.startswith(f"| `{code.value}` |"))
    gates = {gate.__name__ for way in WAYS.values() for gate in way}
    assert any(f"`{gate}`" in row for gate in gates)


@pytest.mark.parametrize("state", OrderState)
def test_every_state_and_report_is_in_the_life_cycle(state: OrderState) -> None:
    text = page("lifecycle")
    assert text.count(f"| `{state.value}` |") >= 3, "once among the states, once in each half of the table"
    assert all(f"| `{report.value}` |" in text for report in Report)


def test_the_picture_has_an_arrow_for_every_move_and_no_other() -> None:
    assert {(move.source, move.target) for move in moves()} == ROUTES.keys()


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in raised()}))
def test_every_anomaly_is_described(kind: str) -> None:
    assert re.search(rf"^\| `{kind}`(?: †)? \|", page("anomalies"), re.MULTILINE)


def test_every_table_and_column_is_described() -> None:
    found = dict(columns_by_table())
    assert {table.name for table in TABLES} <= found.keys()
    text = page("tables")
    for name, columns in found.items():
        told = section(text, name)
        for column in columns:
            assert f"`{column.name}`" in told, f"{name}.{column.name}"


@pytest.mark.parametrize("key", catalogue().values(), ids=lambda key: key.path)
def test_every_setting_is_described_with_its_type_default_and_meaning(key: object) -> None:
    path = key.path  # type: ignore[attr-defined]
    row = next(line for line in page("settings").splitlines() if line.startswith(f"| `{path}` |"))
    assert ("not built yet |" in row) == (not key.is_built)  # type: ignore[attr-defined]
    told = [cell.strip() for cell in row.strip("|").split(" | ")]
    assert len(told) == 6
    assert all(told[number] for number in (0, 1, 2, 4, 5)), "all but the unit is told of every setting"


def test_the_page_of_settings_leaves_none_out() -> None:
    assert {*SettingsForm.model_fields, *UNBUILT} <= catalogue().keys()


@pytest.mark.parametrize("entry", list(entries()), ids=lambda entry: entry.path)
def test_every_command_and_option_of_the_command_line_is_described(entry: object) -> None:
    told = section(page("cli"), entry.path)  # type: ignore[attr-defined]
    for parameter in entry.parameters:  # type: ignore[attr-defined]
        for name in names_of(parameter):
            assert f"`{name}`" in told
        assert getattr(parameter, "help", None), f"{name} has no help"
