"""Errors as people and programs meet them."""

import pytest

from kedge.cli.errors import Problem, Status, code_of, fault, problem_of
from kedge.journal import errors as journal_errors
from kedge.journal.errors import CorruptError, JournalError
from kedge.venues.errors import NotSentError
from kedge.venues.simulated.ledger import LedgerError
from kedge.venues.simulated.terms import InstrumentChangedError

JOURNAL_ERRORS = [
    found
    for found in vars(journal_errors).values()
    if isinstance(found, type) and issubclass(found, JournalError)
]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (journal_errors.NoJournalError("x"), "NO_JOURNAL"),
        (journal_errors.NotAJournalError("x"), "NOT_A_JOURNAL"),
        (journal_errors.JournalInUseError("x"), "JOURNAL_IN_USE"),
        (journal_errors.DiskFullError("x"), "DISK_FULL"),
        (NotSentError("x"), "NOT_SENT"),
    ],
)
def test_the_code_is_the_name_of_the_class(error: Exception, code: str) -> None:
    assert code_of(error) == code


@pytest.mark.parametrize("kind", JOURNAL_ERRORS)
def test_every_error_of_the_journal_becomes_a_sentence(kind: type[JournalError]) -> None:
    problem = problem_of(kind("it went wrong"))
    assert problem is not None
    assert problem.status is Status.FAILED
    assert problem.message.startswith("It went wrong.")
    assert problem.message.endswith(".")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (LedgerError("paper.ledger, line 3: bad"), "paper.ledger, line 3: bad."),
        (NotSentError("the exchange is gone"), "The exchange is gone."),
        (OSError(28, "No space left on device", "/x/y"), "/x/y: No space left on device."),
        (OSError(5, "Input/output error"), "Input/output error."),
        (journal_errors.StaleEpochError(""), "Something failed without a word."),
    ],
)
def test_errors_of_other_floors_become_sentences_too(error: Exception, message: str) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.message.startswith(message)


def test_an_instrument_on_another_grid_is_a_matter_of_the_settings() -> None:
    problem = problem_of(InstrumentChangedError("SPY has traded with tick 0.01"))
    assert problem is not None
    assert (problem.code, problem.status) == ("INSTRUMENT_CHANGED", Status.SETTINGS)
    assert problem.message == "SPY has traded with tick 0.01. Nothing was started."


def test_a_damaged_record_says_where() -> None:
    problem = problem_of(CorruptError("event 7 was changed", 7))
    assert problem is not None
    assert problem.document["error"] == {"code": "CORRUPT", "message": problem.message, "facts": {"seq": 7}}


def test_what_nobody_foresaw_is_called_a_fault() -> None:
    assert problem_of(KeyError("x")) is None
    assert fault(KeyError("x")).message.startswith("This is a fault in kedge: KeyError: 'x'.")


def test_a_message_cannot_command_the_terminal() -> None:
    assert "\x1b" not in Problem("CODE", "\x1b[2J gone").message
