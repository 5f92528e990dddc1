"""What the shell offers: commands, and ids out of the record."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.calls import Call, Filled, run


def offered(words: str, directory: Path) -> list[str]:
    """As a shell asks: the line so far, and the place of the word that is half written."""
    place = len(words.split(" ")) - 1
    told = run(
        environment={
            "_KEDGE_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(place),
            "KEDGE_DATA_DIR": str(directory),
        }
    )
    assert (told.returncode, told.stderr) == (0, "")
    return told.stdout.split()


def ids(kedge: Call, filled: Filled, *words: str) -> list[Any]:
    items: list[dict[str, Any]] = kedge(*words, "--data-dir", filled.directory, "--json").document["items"]
    return [item["id"] for item in items]


def test_a_shell_offers_commands(filled: Filled) -> None:
    assert offered("kedge jo", filled.directory) == ["journal"]
    assert offered("kedge journal v", filled.directory) == ["verify"]


CASES = [
    pytest.param("order", ["orders"], id="orders"),
    pytest.param("explain", ["signals"], id="signals"),
    pytest.param("flatten --account", ["accounts"], id="accounts"),
    pytest.param("close", ["positions"], id="open positions"),
    pytest.param("cancel", ["orders", "--open"], id="open orders"),
    pytest.param("trades --account", ["accounts"], id="accounts of an option"),
]


@pytest.mark.parametrize(("words", "listing"), CASES)
def test_it_offers_what_the_record_has(words: str, listing: list[str], kedge: Call, filled: Filled) -> None:
    found = offered(f"kedge {words} ", filled.directory)
    assert sorted(found) == sorted(ids(kedge, filled, *listing))[:50]
    for id_ in found[:1]:
        assert id_ in offered(f"kedge {words} {id_[:-1]}", filled.directory)
        assert offered(f"kedge {words} {id_}?", filled.directory) == []


@pytest.mark.parametrize("words", ["kedge order ", "kedge pause a"])
def test_without_a_record_nothing_is_offered_and_nothing_goes_wrong(words: str, tmp_path: Path) -> None:
    assert offered(words, tmp_path) == []
