"""What the pages claim of the record, tried on the record of a real run."""

from tests.docs.shell import Shell

from kedge.journal.codec import encode_event
from kedge.journal.reader import open_reader
from kedge.kernel.book import Book


def test_same_in_same_out_the_recorded_inputs_give_the_recorded_events_byte_for_byte(shell: Shell) -> None:
    with open_reader(shell.directory / "kedge-data") as reader:
        book, recorded = Book.empty(reader.book), list(reader.steps())
    assert len(recorded) > 10
    for step in recorded:
        assert step.cause is not None
        again = book.handle(step.cause)
        assert [encode_event(event) for event in again] == [encode_event(event) for event in step.events]


def test_a_fold_arrives_where_deciding_did(shell: Shell) -> None:
    with open_reader(shell.directory / "kedge-data") as reader:
        decided, folded = Book.empty(reader.book), Book.empty(reader.book)
        for step in reader.steps():
            assert step.cause is not None
            decided.handle(step.cause)
        reader.replay_into(folded.apply)
    assert folded.snapshot() == decided.snapshot()
