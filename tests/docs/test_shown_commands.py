"""What the documentation tells people to type works.

A line `$ command` in a ```console block is run beside the data of a short demo and must end with status 0, or with the
status that a comment behind it names (`# exit 1`). SIGNAL and ORDER stand for ids that the demo made. A `make` command
is not run (this is `make test`): its target must exist. A ```sql block is run on the demo's journal.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.docs.shell import ROOT, Shell, markdown_files

from kedge.journal.connection import JOURNAL_FILE, connect_read_only
from kedge.journal.reader import open_reader

_BLOCK = re.compile(r"^```(console|sql)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"\s+# exit (\d+)$")
DATA = "kedge-data"


class Shown(NamedTuple):
    """One thing that a page shows."""

    page: str
    kind: str
    text: str
    status: int = 0


def shown() -> Iterator[Shown]:
    """Every command and query of every page; what several pages show is run once."""
    seen: dict[str, None] = {}
    for path in markdown_files():
        page = str(path.relative_to(ROOT))
        for kind, block in _BLOCK.findall(path.read_text("utf-8")):
            texts = (
                [block]
                if kind == "sql"
                else [line[2:] for line in block.splitlines() if line.startswith("$ ")]
            )
            for text in texts:
                if text not in seen:
                    seen[text] = None
                    status = _STATUS.search(text)
                    yield Shown(page, kind, _STATUS.sub("", text), int(status[1]) if status else 0)


SHOWN = list(shown())


@pytest.fixture(scope="session")
def ids(shell: Shell) -> dict[str, str]:
    """A signal that became an order, and that order."""
    with open_reader(shell.directory / DATA) as reader:
        signal = reader.signals(outcome="ORDERED")[0]
    return {"SIGNAL": str(signal["id"]), "ORDER": str(signal["order_id"])}


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def name_of(one: Shown) -> str:
    return f"{Path(one.page).name}: {' '.join(one.text.split())[:60]}"


@pytest.mark.parametrize("one", [one for one in SHOWN if one.text.startswith("make ")], ids=name_of)
def test_every_make_command_names_a_target(one: Shown) -> None:
    assert one.text.split()[1] in targets()


@pytest.mark.parametrize(
    "one", [one for one in SHOWN if one.kind == "console" and not one.text.startswith("make ")], ids=name_of
)
def test_every_shown_command_does_what_it_says(one: Shown, shell: Shell, ids: dict[str, str]) -> None:
    def typed(shown_one: Shown) -> str:
        return re.sub(r"\b(SIGNAL|ORDER)\b", lambda found: ids[found[0]], shown_one.text)

    page = [each for each in SHOWN if (each.page, each.kind) == (one.page, "console")]
    for before in page[
        : page.index(one) + 1
    ]:  # a reader types them in this order, whatever the order of tests
        if typed(before) not in shell.ran and not before.text.startswith("make "):
            shell.ran[typed(before)] = shell.run(typed(before))
    ended = shell.ran[typed(one)]
    assert ended.returncode == one.status, f"{one.page} shows: {typed(one)}\n{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("one", [one for one in SHOWN if one.kind == "sql"], ids=name_of)
def test_every_shown_query_runs(one: Shown, shell: Shell) -> None:
    connection = connect_read_only(shell.directory / DATA / JOURNAL_FILE)
    try:
        connection.execute(one.text).fetchall()
    finally:
        connection.close()


def test_something_is_shown() -> None:
    assert {one.kind for one in SHOWN} == {"console", "sql"}
