"""Ids as people name them."""

from pathlib import Path

import apsw
import pytest

from kedge.cli.errors import Problem
from kedge.cli.record import id_of, reading, short

KNOWN = ["j1-aaaa-1", "j1-aaaa-2", "j1-bbbb-1", "s-1", "s-j1-aaaa-3"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("j1-aaaa-1", "j1-aaaa-1"),
        ("aaaa-1", "j1-aaaa-1"),
        ("-aaaa-1", "j1-aaaa-1"),
        ("2", "j1-aaaa-2"),
        ("s-1", "s-1"),
        ("3", "s-j1-aaaa-3"),
    ],
)
def test_an_ending_that_only_one_has_is_enough(name: str, found: str) -> None:
    assert id_of("order", name, KNOWN) == found


def test_an_ending_that_several_have_is_refused_with_their_names() -> None:
    with pytest.raises(Problem) as told:
        id_of("order", "1", KNOWN)
    assert told.value.code == "AMBIGUOUS_ORDER"
    assert told.value.message == "3 orders end in 1: j1-aaaa-1, j1-bbbb-1 and s-1. Give more of the id."


def test_many_ids_of_one_ending_are_listed_up_to_a_bound() -> None:
    known = [f"j1-{number:04}-7" for number in range(300)]
    with pytest.raises(Problem) as told:
        id_of("order", "7", known)
    shown = ", ".join(known[:5])
    assert told.value.message == f"300 orders end in 7: {shown} and 295 more. Give more of the id."
    assert told.value.facts == {"order": "7", "count": 300, "matches": known[:20]}


def test_a_letter_that_ids_end_in_names_none_of_them_but_shows_them() -> None:
    """Seven is not seventeen: what is acted on has to be named up to a dash."""
    known = [f"j1-aaaa-{number}7" for number in range(1, 9)]
    with pytest.raises(Problem) as told:
        id_of("order", "7", known)
    assert told.value.code == "UNKNOWN_ORDER"
    shown = ", ".join(known[:5])
    assert told.value.message == f"There is no order 7. Did you mean {shown} and 3 more?"


def test_part_of_a_word_is_no_ending() -> None:
    with pytest.raises(Problem, match="There is no order aaa-1"):
        id_of("order", "aaa-1", KNOWN)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ([], "There is no signal x. There are no signals yet."),
        (["one"], "There is no signal x. There is one."),
        (["one", "two"], "There is no signal x. There are one and two."),
        ([f"n{n}" for n in range(6)], "There is no signal x. `kedge signals` lists them."),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(known: list[str], message: str) -> None:
    with pytest.raises(Problem) as told:
        id_of("signal", "x", known)
    assert told.value.message == message


@pytest.mark.parametrize(
    ("id_", "shown"),
    [("j1-aaaa-1", "aaaa-1"), ("s-j1-aaaa-3", "aaaa-3"), ("s-1", "s-1"), ("mine", "mine"), (None, "")],
)
def test_what_all_ids_of_a_journal_share_is_not_shown(id_: str | None, shown: str) -> None:
    assert short(id_, "j1") == shown


def test_what_a_command_reads_is_of_one_moment(copied: Path) -> None:
    writer = apsw.Connection(str(copied / "journal.db"))
    try:
        with reading(copied) as reader:
            before = reader.accounts()
            writer.execute("UPDATE accounts SET cash = '1'")
            assert reader.accounts() == before
        with reading(copied) as reader:
            assert [account["cash"] for account in reader.accounts()] == ["1", "1"]
    finally:
        writer.close()
