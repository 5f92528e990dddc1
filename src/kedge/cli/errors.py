"""Errors as people and programs meet them: a sentence that says what to do, a code, and an exit status.

A command raises `Problem`, or lets an error of a lower floor through; `main` shows both in the same form. The code of
an error from below is the name of its class: `JournalInUseError` is told as `JOURNAL_IN_USE`.
"""

import re
from collections.abc import Mapping
from enum import IntEnum

from kedge.wording.text import clean


class Status(IntEnum):
    """What the program's end tells a script."""

    DONE = 0
    FAILED = 1  # the thing asked for failed
    USAGE = 2
    SETTINGS = 3
    NO_ENGINE = 4
    INTERRUPTED = 130  # as shells count it: 128 and the signal's number
    READER_GONE = 141


class Problem(Exception):  # noqa: N818 (an ending that is told, not an error that is passed on)
    """Why a command ends without having done what was asked."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: Status = Status.FAILED,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = clean(message)
        self.status = status
        self.facts = dict(facts or {})

    @property
    def document(self) -> dict[str, object]:
        """The form that programs get."""
        return {"error": {"code": self.code, "message": self.message, "facts": self.facts}}


def code_of(error: BaseException) -> str:
    """A code out of the name of an error's class."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()


def problem_of(error: BaseException) -> Problem | None:
    """What an error of a lower floor means to the person at the keyboard; None when it should not have come up."""
    from kedge.engine.errors import ContractsUnknownError, LeftBehindError
    from kedge.feeds.errors import BadFileError, FeedError
    from kedge.journal.errors import JournalError
    from kedge.venues.errors import VenueError
    from kedge.venues.simulated.ledger import LedgerError
    from kedge.venues.simulated.terms import InstrumentChangedError

    if isinstance(error, JournalError):
        return Problem(
            code_of(error), _sentence(str(error), _ADVICE.get(code_of(error), "")), facts=_place(error)
        )
    if isinstance(error, LeftBehindError):
        return Problem("LEFT_BEHIND", _sentence(str(error), "Nothing was started."), status=Status.SETTINGS)
    if isinstance(error, ContractsUnknownError):
        return Problem(
            "CONTRACTS_UNKNOWN", _sentence(str(error), "Nothing was started."), status=Status.SETTINGS
        )
    if isinstance(error, BadFileError):
        facts = {"file": str(error.path), **({} if error.row is None else {"row": error.row})}
        return Problem(code_of(error), f"{error}.", facts=facts)
    if isinstance(error, FeedError):
        return Problem(code_of(error), _sentence(str(error), _ADVICE.get(code_of(error), "")))
    if isinstance(error, InstrumentChangedError):
        return Problem(
            "INSTRUMENT_CHANGED", _sentence(str(error), "Nothing was started."), status=Status.SETTINGS
        )
    if isinstance(error, LedgerError):
        return Problem("EXCHANGE_RECORD", _sentence(str(error), ""))
    if isinstance(error, VenueError):
        return Problem(code_of(error), _sentence(str(error), ""))
    if isinstance(error, UnicodeEncodeError):  # bytes that are no text come in by what is typed
        return Problem("NOT_TEXT", "A word of the command is not text in UTF-8.", status=Status.USAGE)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        is_closed = where and isinstance(error, PermissionError)
        advice = "Have its permissions changed, or run the command as its owner." if is_closed else ""
        return Problem("SYSTEM", _sentence(f"{where}{error.strerror}", advice), facts={"errno": error.errno})
    return None


def fault(error: BaseException) -> Problem:
    """An error that nobody foresaw: a fault of the program."""
    return Problem(
        "FAULT",
        f"This is a fault in kedge: {type(error).__name__}: {error}. "
        "Please report it; with KEDGE_DEBUG=1 the same command says where it happened.",
    )


def _sentence(text: str, advice: str) -> str:
    text = text.strip() or "something failed without a word"
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return f"{ended[0].upper() if ended.split(' ')[0].isalpha() else ended[0]}{ended[1:]}" + (
        f" {advice}" if advice else ""
    )


def _place(error: BaseException) -> dict[str, object]:
    seq = getattr(error, "seq", 0)
    return {"seq": seq} if seq else {}


_ADVICE = {
    "NO_JOURNAL": "Start one with `kedge demo`, or name another directory with --data-dir.",
    "NOT_A_JOURNAL": "Name another directory with --data-dir.",
    "CORRUPT": "Nothing was changed. `kedge journal verify` tells how far it can be trusted.",
    "JOURNAL_IN_USE": "Stop that process first, or name another directory with --data-dir.",
    "NOT_READABLE": "Make it readable, run the command as its owner, or name another directory with --data-dir.",
    "NOT_WRITABLE": "Make it writable, or name another directory with --data-dir.",
    "DISK_FULL": "Make room on the disk and start again.",
    "SYNC_FAILED": "Look at the disk before you start again.",
    "VANISHED": "The engine has stopped: look for the disk or the directory before you start again.",
    "STALE_EPOCH": "This process has stopped so that there is only one.",
}
