"""`kedge order`: the life of one order."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.cli.calls import Call, Filled


def orders(kedge: Call, filled: Filled, role: str) -> list[dict[str, Any]]:
    listed = kedge("orders", "--data-dir", filled.directory, "--json").document["items"]
    return [order for order in listed if order["role"] == role]


def test_programs_get_the_order_its_fills_and_its_history(kedge: Call, filled: Filled) -> None:
    for listed in orders(kedge, filled, "entry"):
        told = kedge("order", listed["id"], "--data-dir", filled.directory, "--json").document
        assert list(told) == ["order", "fills", "history"]
        assert told["order"] == listed
        assert sum(Decimal(fill["quantity"]) for fill in told["fills"]) == Decimal(listed["filled"])
        assert [step["event"] for step in told["history"]][:2] == ["OrderSubmitted.1", "OrderAccepted.1"]
        assert told["history"][0]["text"].startswith(f"sent: {listed['side']} ")
        numbers = [step["seq"] for step in told["history"]]
        assert numbers == sorted(numbers)


def test_the_exits_of_a_bracket_begin_with_the_request_that_they_left_in(kedge: Call, filled: Filled) -> None:
    for listed in orders(kedge, filled, "stop"):
        history = kedge("order", listed["id"], "--data-dir", filled.directory, "--json").document["history"]
        assert history[0]["text"].startswith("sent with its entry: ")
        assert history[1]["text"].startswith("stop rests at the venue: ")


def test_people_are_told_its_life_in_words_and_times(kedge: Call, filled: Filled) -> None:
    listed = orders(kedge, filled, "entry")[-1]
    told = kedge("order", listed["id"], "--data-dir", filled.directory)
    above, below = told.out.split("\n\n")
    assert (told.status, told.err) == (0, "")
    named = dict(line.split("  ", 1) for line in above.splitlines())
    assert named["Order"].strip() == listed["id"]
    assert named["State"].strip() == "filled"
    assert named["Filled"].strip().startswith(f"{listed['quantity']} of {listed['quantity']} at ")
    assert named["Exits"].strip().startswith("stop ")
    heading, *life = below.splitlines()
    assert heading.split() == ["Time", "UTC", "After", "What", "happened"]
    assert "sent: " in life[0]
    assert any("bought" in line or "sold" in line for line in life)


def test_the_end_of_an_id_is_enough(kedge: Call, filled: Filled) -> None:
    listed = orders(kedge, filled, "entry")[-1]
    whole = kedge("order", listed["id"], "--data-dir", filled.directory)
    short = listed["id"].partition("-")[2]
    for end in (short, short.partition("-")[2]):
        assert kedge("order", end, "--data-dir", filled.directory) == whole


@pytest.mark.parametrize("command", ["order", "explain"])
def test_an_unknown_id_says_where_to_look(command: str, kedge: Call, filled: Filled) -> None:
    noun = {"order": "order", "explain": "signal"}[command]
    told = kedge(command, "nonsense", "--data-dir", filled.directory)
    assert told == (1, "", f"kedge: There is no {noun} nonsense. `kedge {noun}s` lists them.\n")
    error = kedge(command, "nonsense", "--data-dir", filled.directory, "--json").document["error"]
    assert (error["code"], error["facts"]) == (f"UNKNOWN_{noun.upper()}", {noun: "nonsense"})


def test_a_misspelt_id_is_answered_with_the_nearest(kedge: Call, filled: Filled) -> None:
    listed = orders(kedge, filled, "entry")[-1]["id"]
    misspelt = ("b" if listed[0] == "a" else "a") + listed[1:]
    told = kedge("order", misspelt, "--data-dir", filled.directory)
    assert told.status == 1
    assert "Did you mean " in told.err
    assert listed in told.err
