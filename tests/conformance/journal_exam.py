"""The examination that every journal sits: the `Journal` port, case by case, the same for all.

A backend's test module subclasses `JournalExam` and gives a `cabinet`: whatever opens its journals, new ones and known
ones. The reference for what is stored is the memory journal, written by nothing but the port's words.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.journal_story import BOOK, JOURNAL_ID, START, Story, step, steps

from kedge.domain.events import Event
from kedge.domain.ids import BookId, OrderId, SignalId
from kedge.domain.steps import Step
from kedge.journal.base import Head, Journal
from kedge.journal.errors import CorruptError, OutOfOrderError
from kedge.journal.memory import MemoryJournal
from kedge.journal.projection import Projection
from kedge.journal.tables import TABLES, Line
from kedge.kernel.book import Book


class Cabinet(Protocol):
    """Opens journals of one backend, one at a time."""

    def new(self, book: BookId = BOOK) -> Journal:
        """A journal in which nothing is recorded yet, with the id `JOURNAL_ID`."""

    def table(self, journal: Journal, name: str) -> list[Line]:
        """The rows of a readable table, by their keys."""


def cut(told: Sequence[Step], sizes: Sequence[int]) -> list[Sequence[Step]]:
    """The steps in groups of these sizes, the rest in one."""
    groups, start = [], 0
    for size in sizes:
        groups.append(told[start : start + size])
        start += size
    return [*groups, told[start:]]


def live(journal: Journal, seed: int, groups: Sequence[int]) -> Story:
    """Record a story with its tables, in groups of steps."""
    story = Story(seed)
    projection = Projection(story.state)
    for size in groups:
        told = []
        for one in story.next_steps(size):
            projection.note(one)
            told.append(one)
        journal.append(told, projection.changes())
    return story


GROUPS = st.lists(st.integers(1, 6), min_size=1, max_size=5)
# Each example opens a journal, with a dozen syncs on a real disk: a third of the usual number. The cabinet makes a new
# journal each time, and each backend sits the same exam: that is what the two health checks would warn of.
law = settings(
    max_examples=settings().max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class JournalExam:
    """What has to hold of any journal."""

    def test_a_new_journal_is_empty_and_whole(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        assert journal.head == MemoryJournal(BOOK, JOURNAL_ID).head
        assert journal.journal_id == JOURNAL_ID
        assert list(journal.rows()) == []
        assert list(journal.steps()) == []
        assert journal.verify().ok
        assert journal.verify().events == 0

    def test_events_are_numbered_without_gaps(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        told = steps(7)
        head = journal.append(told)
        rows = list(journal.rows())
        assert [row.seq for row in rows] == list(range(1, sum(len(one.events) for one in told) + 1))
        assert head == journal.head == Head(rows[-1].seq, 7, rows[-1].hash)
        assert journal.verify().events == len(rows)
        assert journal.verify().head == head.hash.hex()

    def test_the_cause_stands_with_the_first_event_of_a_step(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append([step(1, events=3), step(2)._replace(cause=None)])
        assert [row.cause is not None for row in journal.rows()] == [True, False, False, False]

    @law
    @given(sizes=st.lists(st.integers(0, 4), max_size=5))
    def test_grouping_leaves_no_trace(self, cabinet: Cabinet, sizes: list[int]) -> None:
        journal, reference = cabinet.new(), MemoryJournal(BOOK, JOURNAL_ID)
        told = steps(9)
        for group in cut(told, sizes):
            journal.append(group)
        reference.append(told)
        assert list(journal.rows()) == list(reference.rows())

    def test_steps_come_back_as_they_went_in(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        told = list(Story(3).next_steps(60))
        journal.append(told)
        assert list(journal.steps()) == told
        behind = sum(len(one.events) for one in told[:20])
        assert list(journal.steps(after=behind)) == told[20:]

    def test_a_fold_gets_every_event_in_its_place(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        told = steps(12)
        journal.append(told)
        seen: list[tuple[Event, int, int]] = []
        head = journal.replay_into(lambda event, at, number: seen.append((event, at, number)))
        assert seen == [(event, one.at, one.number) for one in told for event in one.events]
        assert head == journal.head
        late: list[Event] = []
        assert journal.replay_into(lambda event, _at, _number: late.append(event), after=4) == head
        assert late == [event for event, _at, _number in seen[4:]]

    def test_a_book_folded_from_the_record_is_the_book_that_was(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        story = live(journal, seed=5, groups=[40, 40])
        folded = Book.empty(BOOK)
        journal.replay_into(folded.apply)
        assert folded.snapshot() == story.book.snapshot()

    @pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1], [2, 1], [0]])
    def test_steps_that_do_not_follow_are_refused_and_leave_nothing(
        self, cabinet: Cabinet, numbers: list[int]
    ) -> None:
        journal = cabinet.new()
        with pytest.raises(OutOfOrderError):
            journal.append([step(number) for number in numbers])
        assert list(journal.rows()) == []
        journal.append([step(1)])
        assert journal.head.step == 1

    def test_a_step_without_events_leaves_no_row(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append([step(1, events=0), step(1), step(2, events=0)])
        assert journal.head.step == journal.head.seq == 1
        assert journal.append([]) == journal.head

    def test_books_of_one_journal_have_chains_of_their_own(self, cabinet: Cabinet) -> None:
        hashes = []
        for book in (BookId("one"), BookId("other")):
            journal = cabinet.new(book)
            journal.append([step(1)])
            hashes.append(journal.head.hash)
            journal.close()
        assert hashes[0] != hashes[1]

    @law
    @given(seed=st.integers(0, 10_000), groups=GROUPS)
    def test_tables_do_not_depend_on_grouping(self, cabinet: Cabinet, seed: int, groups: list[int]) -> None:
        journal, reference = cabinet.new(), MemoryJournal(BOOK, JOURNAL_ID)
        live(journal, seed, [size * 8 for size in groups])
        live(reference, seed, [1] * (sum(groups) * 8))
        for table in TABLES:
            assert cabinet.table(journal, table.name) == reference.table(table.name), table.name

    @law
    @given(seed=st.integers(0, 10_000))
    def test_rebuilt_tables_are_the_tables(self, cabinet: Cabinet, seed: int) -> None:
        journal = cabinet.new()
        live(journal, seed, [50])
        before = {table.name: cabinet.table(journal, table.name) for table in TABLES}
        journal.rebuild(Book.empty(BOOK))
        assert {table.name: cabinet.table(journal, table.name) for table in TABLES} == before
        assert journal.verify().ok

    def test_the_archive_gives_orders_and_signals_back_whole(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        story = live(journal, seed=11, groups=[30] * 5)
        assert story.state.orders
        assert story.state.signals
        for order_id, order in story.state.orders.items():
            assert journal.archived_order(order_id) == order
        for signal_id, judged in story.state.signals.items():
            assert journal.archived_signal(signal_id) == judged
        assert journal.archived_order(OrderId("never")) is None
        assert journal.archived_signal(SignalId("never")) is None

    def test_a_snapshot_comes_back_with_its_place(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        assert journal.load_snapshot("form-1") is None
        journal.append(steps(5))
        journal.save_snapshot(journal.head.seq, "form-1", b"state")
        found = journal.load_snapshot("form-1")
        assert found is not None
        assert (found.seq, found.step, found.blob) == (journal.head.seq, 5, b"state")

    def test_a_snapshot_of_another_form_is_passed_over(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append(steps(5))
        journal.save_snapshot(2, "form-1", b"old")
        journal.save_snapshot(4, "form-2", b"new")
        assert journal.load_snapshot("form-3") is None
        found = journal.load_snapshot("form-1")
        assert found is not None
        assert found.blob == b"old"

    def test_the_last_two_snapshots_are_kept(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append(steps(6))
        for seq in (1, 4, 6):
            journal.save_snapshot(seq, f"form-{seq}", b"state")
        assert [journal.load_snapshot(f"form-{seq}") is not None for seq in (1, 4, 6)] == [False, True, True]

    def test_a_snapshot_may_be_taken_again(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append(steps(2))
        for blob in (b"first", b"second"):
            journal.save_snapshot(2, "form-1", blob)
        found = journal.load_snapshot("form-1")
        assert found is not None
        assert found.blob == b"second"

    @pytest.mark.parametrize(
        "use",
        [
            lambda journal: journal.save_snapshot(99, "form-1", b"state"),
            lambda journal: list(journal.steps(after=99)),
            lambda journal: journal.replay_into(lambda *_: None, after=99),
        ],
        ids=["save_snapshot", "steps", "replay_into"],
    )
    def test_an_event_that_is_not_there_is_named(
        self, cabinet: Cabinet, use: Callable[[Journal], object]
    ) -> None:
        journal = cabinet.new()
        journal.append(steps(2))
        with pytest.raises(CorruptError, match="99"):
            use(journal)

    def test_tidying_changes_nothing_that_can_be_seen(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append(steps(5))
        before = list(journal.rows())
        journal.tidy()
        assert list(journal.rows()) == before
        assert not journal.low_on_space

    def test_times_are_kept_to_the_nanosecond(self, cabinet: Cabinet) -> None:
        journal = cabinet.new()
        journal.append([step(1)])
        assert [row.at for row in journal.rows()] == [step(1).at]
        assert step(1).at > START


class LastingJournalExam(JournalExam):
    """What has to hold besides of a journal that outlives its process: its cabinet can `open` what it made."""

    def test_what_was_recorded_is_there_again(self, lasting: "LastingCabinet") -> None:
        journal = lasting.new()
        journal.append(steps(5))
        rows, head = list(journal.rows()), journal.head
        journal.close()
        again = lasting.open()
        assert list(again.rows()) == rows
        assert again.head == head
        assert again.journal_id == JOURNAL_ID
        again.append([step(6)])
        assert again.verify().ok

    def test_each_opening_raises_the_epoch(self, lasting: "LastingCabinet") -> None:
        epochs = [(journal := lasting.new()).epoch]
        for _ in range(2):
            journal.close()
            journal = lasting.open()
            epochs.append(journal.epoch)
        assert epochs == [1, 2, 3]

    def test_snapshots_and_the_archive_outlive_the_process(self, lasting: "LastingCabinet") -> None:
        journal = lasting.new()
        story = live(journal, seed=2, groups=[60])
        journal.save_snapshot(journal.head.seq, "form-1", story.book.snapshot())
        journal.close()
        again = lasting.open()
        found = again.load_snapshot("form-1")
        assert found is not None
        assert Book.restored(found.blob).snapshot() == story.book.snapshot()
        assert [again.archived_order(order_id) for order_id in story.state.orders] == list(
            story.state.orders.values()
        )

    def test_books_do_not_see_each_other(self, lasting: "LastingCabinet") -> None:
        one = lasting.new(BookId("one"))
        live(one, seed=1, groups=[30])
        one.save_snapshot(3, "form-1", b"state")
        rows = list(one.rows())
        one.close()
        other = lasting.open(BookId("other"))
        assert (other.head.seq, other.epoch) == (0, 1)
        assert list(other.rows()) == []
        assert other.load_snapshot("form-1") is None
        other.append(list(Story(4).next_steps(9)))
        other.rebuild(Book.empty(BookId("other")))
        assert other.verify().ok
        other.close()
        one = lasting.open(BookId("one"))
        assert list(one.rows()) == rows
        assert one.verify().ok


class LastingCabinet(Cabinet, Protocol):
    """A cabinet whose journals can be opened again once they were closed."""

    def open(self, book: BookId = BOOK) -> Journal:
        """The journal that was made last."""
