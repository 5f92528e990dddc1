"""Lists: newest first, cut where asked, with the way to go on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kedge.cli import forms, output
from kedge.cli.errors import Problem, Status
from kedge.domain.instants import Instant

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

SHOWN_TO_PEOPLE = 40


class Page(NamedTuple):
    """A part of a list; `following` names where it goes on, `total` counts what was asked for in all."""

    rows: "list[Fields]"
    following: str | None
    total: int


def page(
    rows: "Sequence[Fields]", time: str, *, limit: int | None, after: str | None, key: str = "id"
) -> Page:
    """The newest of the rows by the named time, or those behind an earlier page."""
    newest = sorted(rows, key=lambda row: _place(row, time, key), reverse=True)
    if after is not None:
        keys = [row[key] for row in newest]
        if after not in keys:
            raise Problem(
                "UNKNOWN_NEXT",
                f"{after} is not in this list; --after takes the `next` of an earlier list with the same filters.",
                status=Status.USAGE,
            )
        newest = newest[keys.index(after) + 1 :]
    shown = newest if limit is None else newest[:limit]
    return Page(shown, str(shown[-1][key]) if len(shown) < len(newest) else None, len(newest))


def _place(row: "Fields", time: str, key: str) -> tuple[int, int, str]:
    """Minted ids count up in digits, so of two of one time the longer id is the newer one."""
    at, id_ = row[time], str(row[key])
    return at if isinstance(at, int) else 0, len(id_), id_


def oldest_first(rows: "Sequence[Fields]", time: str, key: str = "id") -> "list[Fields]":
    """The rows in the order in which they came to be."""
    return sorted(rows, key=lambda row: _place(row, time, key))


def emit_page(found: Page, names: Sequence[str]) -> None:
    """The page as programs get it."""
    output.emit({"items": forms.items(found.rows, names), "next": found.following})


def say_rest(found: Page, noun: str) -> None:
    """Tell people how much they do not see."""
    if found.following is not None:
        output.say()
        output.say(f"{len(found.rows)} of {found.total:,} {noun}; --limit {found.total} shows all.", "dim")


def instant(value: object) -> Instant | None:
    """A time out of a table's row."""
    return Instant(value) if isinstance(value, int) else None
