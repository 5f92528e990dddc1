"""Orders that only the engine holds: people are told so, and programs have a field for it."""

from pathlib import Path

import pytest
from tests.builders import ENGINE_HELD, Desk, account
from tests.unit.cli.calls import Call
from tests.unit.cli.recorded import recorded


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Long ten at a venue without stops: the engine holds the stop and the target."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    desk.enter(filled=10)
    return recorded(desk, tmp_path / "data")


def test_people_are_told_that_the_engine_holds_a_stop(kedge: Call, held: Path) -> None:
    told = kedge("orders", "--open", "--data-dir", held)
    lines = [line for line in told.out.splitlines() if " stop " in line or " target " in line]
    assert [line.split()[-4:] for line in lines] == [["held", "by", "the", "engine"]] * 2


def test_so_they_are_of_a_single_one(kedge: Call, held: Path) -> None:
    (stop,) = (each for each in _items(kedge, held) if each["role"] == "stop")
    told = kedge("order", stop["id"], "--data-dir", held)
    (state,) = (line for line in told.out.splitlines() if line.startswith("State"))
    assert state.split(maxsplit=1) == ["State", "held by the engine"]


def test_programs_get_who_has_an_order_while_it_lives(kedge: Call, held: Path, tmp_path: Path) -> None:
    assert {each["role"]: each["held_by"] for each in _items(kedge, held)} == {
        "entry": None,
        "stop": "engine",
        "target": "engine",
    }
    desk = Desk(account())
    desk.enter(filled=10)
    there = recorded(desk, tmp_path / "there")
    assert {each["role"]: each["held_by"] for each in _items(kedge, there)} == {
        "entry": None,
        "stop": "venue",
        "target": "venue",
    }
    (stop,) = (each for each in _items(kedge, there) if each["role"] == "stop")
    told = kedge("order", stop["id"], "--data-dir", there, "--json").document
    assert told["order"] == stop


def _items(kedge: Call, directory: Path) -> list[dict[str, str | None]]:
    items: list[dict[str, str | None]] = kedge("orders", "--data-dir", directory, "--json").document["items"]
    return items
