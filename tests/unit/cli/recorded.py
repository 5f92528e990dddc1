"""What a desk went through, as the record that a data directory holds."""

from pathlib import Path

from tests.builders import Desk, _decode_input

from kedge.domain.ids import BookId
from kedge.journal.projection import Projection
from kedge.journal.sqlite import open_journal
from kedge.kernel.book import Book


def recorded(desk: Desk, directory: Path) -> Path:
    """Write it down; the directory comes back."""
    book = Book.empty(BookId("main"))
    projection, steps = Projection(book.state), []
    for cause in desk.causes:
        step = book.step(_decode_input(cause))
        if step is not None:
            projection.note(step)
            steps.append(step)
    journal = open_journal(directory, book=BookId("main"), new_id="journal1", program="test")
    try:
        journal.append(steps, projection.changes())
    finally:
        journal.close()
    return directory
