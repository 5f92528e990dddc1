"""Reading from outside: beside an engine, after its death, on a copy that cannot be written, and what it answers."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.conformance.journal_exam import live
from tests.conformance.journal_story import BOOK, JOURNAL_ID, Story, steps

from kedge.domain.events import OrderAccepted, OrderHeld, OrderSubmitted, SignalJudged
from kedge.domain.ids import AccountId, BookId, OrderId, SignalId
from kedge.domain.inputs import SignalArrived, VenueAccepted
from kedge.domain.instants import Instant
from kedge.journal.base import Verification
from kedge.journal.connection import JOURNAL_FILE
from kedge.journal.errors import NoJournalError, NotReadableError
from kedge.journal.reader import Fields, JournalReader, open_reader
from kedge.journal.sqlite import SqliteJournal, open_journal

NOBODY = 65_534


def open_in(directory: Path, book: BookId = BOOK) -> SqliteJournal:
    return open_journal(directory, book=book, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096)


class TestWhereItIs:
    """A data directory is enough, whatever state it is in."""

    def test_beside_a_running_engine(self, tmp_path: Path) -> None:
        with open_in(tmp_path) as journal, open_reader(tmp_path) as reader:
            for number in range(1, 4):
                journal.append(steps(1, first=number))
                assert reader.verify().last_seq == journal.head.seq
                assert list(reader.rows()) == list(journal.rows())

    def test_reading_slowly_holds_nothing_back(self, tmp_path: Path) -> None:
        with open_in(tmp_path) as journal, open_reader(tmp_path) as reader:
            journal.append(steps(1_500))
            rows = reader.rows()
            next(rows)
            journal.append(steps(500, first=1_501))
            journal._move_log()
            assert journal._log_pages == 0, "an open read would hold a part of the log back"
            assert sum(1 for _ in rows) + 1 == journal.head.seq

    def test_after_the_engine_died(self, tmp_path: Path) -> None:
        with open_in(tmp_path / "data") as journal:
            journal.append(steps(5))
            shutil.copytree(tmp_path / "data", tmp_path / "dead")  # the log was never moved into the file
            with open_reader(tmp_path / "dead") as reader:
                assert reader.verify().last_seq == journal.head.seq

    def test_on_a_copy_without_the_index_of_its_log(self, tmp_path: Path) -> None:
        with open_in(tmp_path / "data") as journal:
            journal.append(steps(5))
            (tmp_path / "copy").mkdir()
            for name in (JOURNAL_FILE, JOURNAL_FILE + "-wal"):
                shutil.copy(tmp_path / "data" / name, tmp_path / "copy" / name)
            with open_reader(tmp_path / "copy") as reader:
                assert reader.verify().last_seq == journal.head.seq


class TestWithoutPermission:
    """In a directory in which nothing can be written."""

    @pytest.fixture
    def place(self) -> Iterator[Path]:
        """A directory that others can reach (those of pytest can be reached by their owner only)."""
        place = Path(tempfile.mkdtemp(prefix="kedge-test-"))
        place.chmod(0o755)
        yield place
        for directory in (place, *place.iterdir()):
            directory.chmod(0o755)
        shutil.rmtree(place)

    @pytest.mark.parametrize(
        "names",
        [
            [JOURNAL_FILE, JOURNAL_FILE + "-wal", JOURNAL_FILE + "-shm"],
            [JOURNAL_FILE, JOURNAL_FILE + "-wal"],
        ],
        ids=["as a crash leaves it", "without the index of the log"],
    )
    def test_a_log_is_read_too(self, place: Path, names: list[str]) -> None:
        with open_in(place / "data") as journal:
            journal.append(steps(5))
            head = journal.head
            (place / "copy").mkdir()
            for name in names:
                shutil.copy(place / "data" / name, place / "copy" / name)
        assert self.verified(place / "copy").last_seq == head.seq

    def test_a_journal_at_rest_is_read(self, place: Path) -> None:
        with open_in(place / "data") as journal:
            journal.append(steps(5))
            head = journal.head
        assert self.verified(place / "data").last_seq == head.seq

    def verified(self, directory: Path) -> Verification:
        for file in directory.iterdir():
            file.chmod(0o444)
        directory.chmod(0o555)

        def verify() -> str:
            with open_reader(directory) as reader:
                found = reader.verify()
            return f"{found.ok} {found.events} {found.last_seq}"

        before = sorted(directory.iterdir())
        ok, events, last_seq = without_privileges(verify).split()
        assert sorted(directory.iterdir()) == before
        assert ok == "True"
        return Verification(True, int(events), int(last_seq), "")

    def test_a_file_that_may_not_be_read_is_named(self, place: Path) -> None:
        with open_in(place / "data") as journal:
            journal.append(steps(1))
        (place / "data" / JOURNAL_FILE).chmod(0)
        (place / "data").chmod(0o555)

        def refused() -> str:
            with pytest.raises(NotReadableError, match=JOURNAL_FILE):
                open_reader(place / "data")
            return "refused"

        assert without_privileges(refused) == "refused"


def without_privileges(act: Callable[[], str]) -> str:
    """What `act` returns when it is done by a user to whom permissions apply (they do not to root)."""
    if os.geteuid() != 0:
        return act()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(write, act().encode())
        except BaseException as error:  # noqa: BLE001 (the parent is told, and nothing of the test run goes on here)
            os.write(write, repr(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as told:
        return told.read()


class TestWhatIsMissing:
    """Each kind of nothing has its own sentence."""

    @pytest.mark.parametrize("directory", ["nowhere", "empty"])
    def test_no_journal(self, tmp_path: Path, directory: str) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(NoJournalError, match="there is no journal in"):
            open_reader(tmp_path / directory)

    def test_a_journal_that_nobody_wrote_to(self, tmp_path: Path) -> None:
        (tmp_path / JOURNAL_FILE).touch()
        with pytest.raises(NoJournalError, match="empty"):
            open_reader(tmp_path)

    def test_a_book_that_is_not_there(self, tmp_path: Path) -> None:
        open_in(tmp_path).close()
        with pytest.raises(NoJournalError, match="no book other; it has main"):
            open_reader(tmp_path, BookId("other"))

    def test_one_of_several_books_has_to_be_named(self, tmp_path: Path) -> None:
        for book in ("one", "other"):
            with open_in(tmp_path, BookId(book)) as journal:
                journal.append(steps(len(book)))
        with pytest.raises(NoJournalError, match=r"2 books \(one, other\): say which"):
            open_reader(tmp_path)
        with open_reader(tmp_path, BookId("other")) as reader:
            assert reader.head.step == len("other")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, JournalReader]]:
    """A story of some length, and a reader of its journal."""
    directory = tmp_path_factory.mktemp("story")
    with open_in(directory) as journal:
        story = live(journal, seed=7, groups=[50] * 8)
    with open_reader(directory) as reader:
        yield story, reader


class TestTables:
    """What the commands that list things rest on."""

    def test_orders_in_their_order(self, told: tuple[Story, JournalReader]) -> None:
        story, reader = told
        orders = reader.orders()
        assert len(orders) == len(story.state.orders)
        assert orders == sorted(orders, key=lambda order: (order["created"], order["id"]))
        for fields in orders:
            order = story.state.orders[OrderId(str(fields["id"]))]
            assert fields["client_order_id"] == order.id
            assert Decimal(str(fields["filled"])) == order.filled
            assert fields["state"] == order.state
        assert "record" not in orders[0]
        assert "book" not in orders[0]

    @pytest.mark.parametrize("name", ["orders", "fills", "trades", "signals", "metrics"])
    def test_lists_by_account_and_time(self, told: tuple[Story, JournalReader], name: str) -> None:
        _story, reader = told
        time = {"trades": "exit_time", "orders": "created", "metrics": "decided"}.get(name, "at")
        lister: Callable[..., list[Fields]] = getattr(reader, name)
        everything = lister()
        assert {fields["account"] for fields in everything} == {"alpha", "beta"}
        middle = Instant(int(str(everything[len(everything) // 2][time])))
        assert lister(account=AccountId("beta")) == [f for f in everything if f["account"] == "beta"]
        assert lister(since=middle) == [f for f in everything if int(str(f[time])) >= middle]
        assert 0 < len(lister(since=middle)) < len(everything)

    def test_orders_by_state_signal_and_parent(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        orders = reader.orders()
        closed = reader.orders(states=("FILLED", "CANCELLED"))
        assert closed == [order for order in orders if order["state"] in {"FILLED", "CANCELLED"}]
        assert 0 < len(closed) < len(orders)
        leg = next(order for order in orders if order["parent"] is not None)
        assert leg in reader.orders(parent=OrderId(str(leg["parent"])))
        assert leg in reader.orders(signal=SignalId(str(leg["signal"])))

    def test_positions_are_the_open_ones_unless_told_otherwise(
        self, told: tuple[Story, JournalReader]
    ) -> None:
        story, reader = told
        held = {
            (position.account, position.instrument): position.quantity
            for positions in story.state.positions.values()
            for position in positions.values()
        }
        shown = reader.positions()
        assert held == {
            (field["account"], field["instrument"]): Decimal(str(field["quantity"])) for field in shown
        }
        history = reader.positions(states=("OPEN", "CLOSED"))
        assert len(history) == len(held) + len(reader.trades())

    def test_accounts_have_the_books_money(self, told: tuple[Story, JournalReader]) -> None:
        story, reader = told
        assert {(fields["id"], Decimal(str(fields["cash"]))) for fields in reader.accounts()} == {
            (account_id, account.cash) for account_id, account in story.state.accounts.items()
        }
        assert [fields["id"] for fields in reader.accounts(account=AccountId("beta"))] == ["beta"]

    def test_the_small_tables(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        assert [fields["symbol"] for fields in reader.symbols()] == ["ES", "SPY"]
        assert [(f["venue"], f["account"]) for f in reader.broker_accounts()] == [
            ("paper", "alpha"),
            ("plain", "beta"),
        ]
        assert {fields["strategy"] for fields in reader.strategies()} == {"orb", "pullback"}
        runs = reader.runs()
        assert runs[0]["journal_id"] == JOURNAL_ID
        assert reader.runs(since=Instant(int(str(runs[0]["at"])) + 1)) == runs[1:]

    def test_refused_signals_are_found(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        refused = reader.signals(outcome="REFUSED")
        assert refused
        assert all(fields["code"] for fields in refused)

    def test_the_file_is_sound(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        assert reader.faults_of_the_file() == []


class TestHistory:
    """Everything about one thing."""

    def test_a_signal_with_its_verdicts_and_what_it_asked(self, told: tuple[Story, JournalReader]) -> None:
        story, reader = told
        for signal_id, judged in story.state.signals.items():
            history = reader.signal(signal_id)
            assert history is not None
            verdict = history.events[0]
            assert isinstance(verdict.event, SignalJudged)
            assert verdict.event.outcome == judged.outcome
            assert isinstance(verdict.cause, SignalArrived)
            assert verdict.cause.signal.id == signal_id

    def test_an_order_from_its_request_on(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        order = next(fields for fields in reader.orders(states=("FILLED",)) if fields["role"] == "entry")
        history = reader.order(OrderId(str(order["id"])))
        assert history is not None
        assert history.fields == order
        assert isinstance(history.events[0].event, OrderSubmitted)
        assert [one.seq for one in history.events] == sorted(one.seq for one in history.events)
        for one in history.events:
            if isinstance(one.event, OrderAccepted):
                assert isinstance(one.cause, VenueAccepted)

    def test_a_leg_begins_with_the_request_that_it_left_in(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        seen = 0
        for order in reader.orders(account=AccountId("alpha")):
            if order["parent"] is None:
                continue
            history = reader.order(OrderId(str(order["id"])))
            assert history is not None
            first = history.events[0].event
            if isinstance(first, OrderHeld):
                continue  # what the engine held in place of a stop comes alone
            assert isinstance(first, OrderSubmitted)
            own = {first.request.id}  # one that was asked for in place of a lost stop
            assert order["id"] in own | {request.id for request in first.legs}
            seen += 1
        assert seen

    def test_what_never_was_has_none(self, told: tuple[Story, JournalReader]) -> None:
        _story, reader = told
        assert reader.order(OrderId("never")) is None
        assert reader.signal(SignalId("never")) is None
        assert reader.events_about("never") == []
