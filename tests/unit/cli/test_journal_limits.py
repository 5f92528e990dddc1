"""`kedge journal limits`: a record is judged by itself, whatever the engine thought when it wrote it."""

from itertools import groupby
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from tests.builders import Desk, account
from tests.unit.cli.calls import Call, Filled

from kedge.domain.events import AccountDefined, Event
from kedge.domain.ids import BookId
from kedge.domain.steps import Step
from kedge.journal.sqlite import open_journal
from kedge.referee.reading import IGNORED, READ


def test_a_record_inside_the_limits_says_how_near_it_came(kedge: Call, filled: Filled) -> None:
    told = kedge("journal", "limits", "--data-dir", filled.directory, "--json")
    assert (told.status, told.err, told.document["ok"], told.document["breaches"]) == (0, "", True, [])
    assert told.document["events"] == filled.summary["journal"]["events"]
    assert told.document["entries"] > 0
    near = {each["limit"]: each for each in told.document["tightest"]}
    assert float(near["max_position_size"]["used"]) <= float(near["max_position_size"]["most"])
    words = kedge("journal", "limits", "--data-dir", filled.directory).out
    assert words.startswith(f"Inside the limits: {told.document['entries']} entries and ")


@pytest.fixture
def breached(tmp_path: Path) -> Path:
    """A record of an entry for ten in an account that may hold five: as if the engine had not looked."""
    desk = Desk(account(), run="r1")
    desk.enter("s-1", quantity=10, stop=95)
    with open_journal(tmp_path, book=BookId("main"), new_id="journal1", program="t") as journal:
        new = zip(desk.events, desk.recorded, strict=True)
        for (number, at), events in groupby(new, key=lambda each: (each[1][2], each[1][1])):
            journal.append([Step(number, at, None, [_tightened(event) for event, _ in events])])
    return tmp_path


def _tightened(event: Event) -> Event:
    if not isinstance(event, AccountDefined):
        return event
    tight = msgspec.structs.replace(
        event.terms, max_position_size=msgspec.convert("5", type(event.terms.cash))
    )
    return msgspec.structs.replace(event, terms=tight)


def test_what_could_have_breached_a_limit_is_named_with_its_figures(kedge: Call, breached: Path) -> None:
    told = kedge("journal", "limits", "--data-dir", breached, "--json")
    assert (told.status, told.document["ok"]) == (1, False)
    (breach,) = told.document["breaches"]
    assert (breach["limit"], breach["used"], breach["most"], breach["what"]) == (
        "max_position_size",
        "10",
        "5",
        "entry",
    )
    words = kedge("journal", "limits", "--data-dir", breached)
    assert words.status == 1
    assert words.out.startswith("Breached: 1 times, by 1 entries")
    assert breach["order"] in words.out


def test_every_event_is_known_to_the_referee() -> None:
    """One that he does not know might move what a limit counts: then a record cannot be judged."""
    written = {kind.__struct_config__.tag.rpartition(".")[::2] for kind in get_args(Event)}
    known = {(kind, str(version)) for kind, version in (*READ, *IGNORED)}
    assert written - known == set()
