"""The way into a data directory for reading, and to the things in it that a person names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli.access import refuse_unusable
from kedge.cli.errors import Problem
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import EXACT
from kedge.domain.orders import OrderRequest
from kedge.wording.words import Words

if TYPE_CHECKING:
    from kedge.journal.reader import JournalReader

_SUGGESTED = 5
_LISTED = 20  # for programs


@contextmanager
def reading(data_dir: Path) -> "Iterator[JournalReader]":
    """The record that lies in a directory, as it is at one moment."""
    with reading_long(data_dir) as reader, reader.at_one_moment():
        yield reader


@contextmanager
def reading_long(data_dir: Path) -> "Iterator[JournalReader]":
    """The record that lies in a directory, for readings that take their time; an engine may go on writing it."""
    from kedge.journal.reader import open_reader

    refuse_unusable(data_dir)
    with open_reader(data_dir) as reader:
        yield reader


def account_of(reader: "JournalReader", name: str | None) -> AccountId | None:
    """The account that a person names; a misspelt one is not taken for one without orders."""
    if name is None:
        return None
    known = [str(fields["id"]) for fields in reader.accounts()]
    if name not in known:
        raise unknown("account", name, known)
    return AccountId(name)


def id_of(noun: str, name: str, known: Sequence[str]) -> str:
    """The id that a person means: all of it, or an ending that only one of them has."""
    meant = matching(name, known)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise Problem(
            f"AMBIGUOUS_{noun.upper()}",
            f"{len(meant)} {noun}s end in {name}: {_several(meant)}. Give more of the id.",
            facts={noun: name, "count": len(meant), "matches": meant[:_LISTED]},
        )
    raise unknown(noun, name, known)


def matching(name: str, known: Sequence[str]) -> list[str]:
    """The ids that a person may mean: the one of that name, or else those with that ending, up to a dash."""
    return [name] if name in known else [id_ for id_ in known if id_.endswith(f"-{name.lstrip('-')}")]


def short(id_: object, journal_id: str) -> str:
    """An id without the part that all of this journal's have in common."""
    return (
        str(id_ or "")
        .removeprefix("s-" if str(id_).startswith(f"s-{journal_id}-") else "")
        .removeprefix(f"{journal_id}-")
    )


def unknown(noun: str, name: str, known: Sequence[str]) -> Problem:
    """What to say of a name that nothing has."""
    close = [id_ for id_ in known if id_.endswith(name)] or get_close_matches(name, known, n=3, cutoff=0.7)
    if close:
        hint = f" Did you mean {_several(close)}?"
    elif not known:
        hint = f" There are no {noun}s yet."
    elif len(known) <= _SUGGESTED:
        hint = f" There {'is' if len(known) == 1 else 'are'} {_several(known)}."
    else:
        hint = f" `kedge {noun}s` lists them." if noun not in ("account", "owner") else ""
    return Problem(f"UNKNOWN_{noun.upper()}", f"There is no {noun} {name}.{hint}", facts={noun: name})


def _several(names: Sequence[str]) -> str:
    shown = list(names[:_SUGGESTED])
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def words_of(reader: "JournalReader") -> Words:
    """Plain words for the events of this record."""
    multipliers = {
        Symbol(str(row["symbol"])): EXACT.create_decimal(str(row["multiplier"])) for row in reader.symbols()
    }
    return Words(lambda order: _request_of(reader, order), multipliers.get)


def _request_of(reader: "JournalReader", order: OrderId) -> OrderRequest | None:
    known = reader.archived_order(order)
    return None if known is None else known.request


def last_event(reader: "JournalReader") -> Instant | None:
    """When the last event was recorded."""
    return next((Instant(row.at) for row in reader.rows(reader.head.seq - 1)), None)


def holder_of(data_dir: Path) -> int | None:
    """The process whose engine has the directory: its number, 0 when it cannot be told, None when there is none.

    Raises `NotReadableError` when that may not be looked at.
    """
    import fcntl

    from kedge.journal.errors import NotReadableError
    from kedge.journal.lock import LOCK_FILE

    lock = data_dir / LOCK_FILE
    try:
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                number = file.read(32).strip()
                return int(number) if number.isdigit() else 0
    except PermissionError as error:
        message = f"{lock}: {error.strerror}: whether an engine runs cannot be told"
        raise NotReadableError(message) from error
    except OSError:
        return None
    return None
