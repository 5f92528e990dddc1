"""What the readable tables say after a known day. That they agree with the book on any day is the exam's business."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.builders import FREE, WIDE
from tests.conformance.journal_story import BOOK, HOLDS_NOTHING, JOURNAL_ID, ONE, START
from tests.unit.journal.samples import EVENTS

from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.ids import AccountId, OrderId, SignalId, Symbol, VenueName
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution
from kedge.domain.signals import Direction, Signal, SignalKind, WantedTarget
from kedge.domain.strategies import Missed, StrategyTerms, Told
from kedge.journal.lines import nano
from kedge.journal.projection import Projection
from kedge.journal.reader import Fields, JournalReader, open_reader
from kedge.journal.sqlite import open_journal
from kedge.journal.tables import ORDERS, STRATEGY_STATE, TABLES, Merge, add_decimals
from kedge.kernel.book import Book
from kedge.kernel.state import BookState

ES = Instrument(Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE)


def number(text: str) -> Nano:
    return Nano(int(Decimal(text) * ONE))


class Day:
    """Inputs in a row, each a second after the last and recorded at once, and a reader of what they left."""

    def __init__(self, directory: Path) -> None:
        self.journal = open_journal(
            directory, book=BOOK, new_id=JOURNAL_ID, program="0.1.0", reserve_bytes=4096
        )
        self.book = Book.empty(BOOK)
        self.now = START
        self._projection = Projection(self.book.state)
        self._directory = directory
        self.tells(i.EngineStarted(JOURNAL_ID, "n0", 1, "0.1.0", "settings", at=self.now))
        self.tells(i.InstrumentDeclared(ES, at=self.now))
        for account, capabilities in (("alpha", None), ("beta", HOLDS_NOTHING)):
            terms = AccountTerms(
                AccountId(account), VenueName("paper"), Decimal(100_000), limits=WIDE, governor=FREE
            )
            if capabilities is not None:
                terms = AccountTerms(
                    terms.id,
                    VenueName("plain"),
                    terms.cash,
                    capabilities=capabilities,
                    limits=WIDE,
                    governor=FREE,
                )
            self.tells(i.AccountDeclared(terms, at=self.now))

    def tells(self, told: i.Input) -> None:
        made = self.book.step(told)
        assert made is not None, told
        self._projection.note(made)
        self.journal.append([made], self._projection.changes())
        self.now = Instant(self.now + SECOND)

    def enters(
        self, signal: str, *, account: str = "alpha", direction: Direction = Direction.LONG, **more: Any
    ) -> None:
        long = direction is Direction.LONG
        wanted: dict[str, Any] = {
            "direction": direction,
            "quantity": number("2"),
            "expected_price": number("100"),
            "stop": number("98" if long else "102"),
            "targets": (WantedTarget(number("106" if long else "94")),),
            "strategy": "orb",
            **more,
        }
        arrived = Signal(
            SignalId(signal), Instant(self.now - 5), AccountId(account), SignalKind.ENTRY, ES.symbol, **wanted
        )
        self.tells(i.SignalArrived(arrived, at=self.now))

    def accepts(self, order: str) -> None:
        self.tells(i.VenueAccepted(OrderId(order), f"v-{order}", at=self.now))

    def fills(self, order: str, quantity: str, price: str, *, at: int = 0) -> None:
        execution = Execution(
            f"e-{self.now}", number(quantity), number(price), number("0.5"), Instant(at or self.now)
        )
        self.tells(i.VenueFilled(OrderId(order), execution, at=self.now))

    def read(self) -> JournalReader:
        return open_reader(self._directory)

    def check_rebuilt(self) -> None:
        """The tables made anew from the events are the tables."""
        before = self._tables()
        self.journal.rebuild(Book.empty(BOOK))
        assert self._tables() == before

    def _tables(self) -> list[list[Fields]]:
        with self.read() as reader:
            trades, fills, orders = reader.trades(), reader.fills(), reader.orders()
            return [
                reader.own_strategies(),
                reader.setups(),
                trades,
                fills,
                orders,
                reader.positions(states=()),
                reader.accounts(),
                reader.strategies(),
            ]

    def ids(self, account: str = "alpha") -> list[str]:
        """The open orders of an account: the entry, its stop, its target."""
        return [order.id for order in self.book.state.open_orders(AccountId(account), ES.symbol)]


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = Day(tmp_path)
    yield day
    day.journal.close()


def some(fields: Fields, *names: str) -> tuple[Any, ...]:
    return tuple(fields[name] for name in names)


def test_a_round_trip_is_a_trade(day: Day) -> None:
    day.enters("s-1")
    entry, _stop, target = day.ids()
    day.accepts(entry)
    day.fills(entry, "1", "100.25")
    day.fills(entry, "1", "100.75")
    opened = START + 6 * SECOND
    with day.read() as reader:
        (position,) = reader.positions()
    assert some(position, "state", "direction", "quantity", "entered", "entry_price", "opened", "closed") == (
        "OPEN", "LONG", "2", "2", "100.5", opened, None,
    )  # fmt: skip
    day.fills(target, "2", "106")
    with day.read() as reader:
        (trade,) = reader.trades()
        (closed,) = reader.positions(states=("CLOSED",))
        (account,) = reader.accounts(account=AccountId("alpha"))
        (score,) = reader.strategies()
        assert reader.positions() == []
    # 2 contracts of 50 a point, 5.5 points, less three fees of 0.5; at risk were 2.5 points.
    assert some(trade, "id", "account", "strategy", "instrument", "direction", "quantity") == (
        position["id"], "alpha", "orb", "ES", "LONG", "2",
    )  # fmt: skip
    assert some(trade, "entry_time", "entry_price", "exit_time", "exit_price", "exit_reason") == (
        opened, "100.5", opened + 2 * SECOND, "106", "target",
    )  # fmt: skip
    assert some(trade, "pnl", "fees", "r_multiple", "stop", "entry_order", "exit_order") == (
        "548.5", "1.5", "2.194", "98", entry, target,
    )  # fmt: skip
    assert some(closed, "id", "quantity", "entered", "realised", "fees", "exit_price", "closed") == (
        position["id"], "0", "2", "550", "1.5", "106", trade["exit_time"],
    )  # fmt: skip
    assert some(account, "starting_cash", "cash", "realised", "fees", "trades", "wins", "losses") == (
        "100000", "100548.5", "550", "1.5", 1, 1, 0,
    )  # fmt: skip
    assert some(score, "account", "strategy", "trades", "wins", "losses", "pnl") == (
        "alpha", "orb", 1, 1, 0, "548.5",
    )  # fmt: skip


def test_an_exit_that_never_was_takes_its_trade_along(day: Day) -> None:
    day.enters("s-1")
    entry, stop, _target = day.ids()
    day.fills(entry, "2", "100")
    day.fills(stop, "2", "99")
    with day.read() as reader:
        (trade,) = reader.trades()
        way_out = reader.fills()[-1]["execution"]
        assert isinstance(way_out, str)
    day.tells(i.VenueBusted(OrderId(stop), way_out, at=day.now))
    with day.read() as reader:
        assert reader.trades() == []
        assert [fill["order_id"] for fill in reader.fills()] == [entry]
        (position,) = reader.positions()
        (account,) = reader.accounts(account=AccountId("alpha"))
        (score,) = reader.strategies()
    assert some(position, "id", "quantity", "state") == (trade["id"], "2", "OPEN")
    assert some(account, "trades", "wins", "losses", "realised") == (0, 0, 0, "0")
    assert some(score, "trades", "wins", "losses", "pnl") == (0, 0, 0, "0")
    day.check_rebuilt()


def test_a_corrected_exit_is_another_trade(day: Day) -> None:
    day.enters("s-1")
    entry, stop, _target = day.ids()
    day.fills(entry, "2", "100")
    day.fills(stop, "2", "99")
    with day.read() as reader:
        (before,) = reader.trades()
        way_out = reader.fills()[-1]["execution"]
        assert isinstance(way_out, str)
    now = Execution(way_out, number("2"), number("101"), number("0.5"))
    day.tells(i.VenueCorrected(OrderId(stop), way_out, now, at=day.now))
    with day.read() as reader:
        (after,) = reader.trades()
        (score,) = reader.strategies()
        (closed,) = reader.positions(states=("CLOSED",))
        assert [fill["price"] for fill in reader.fills()] == ["100", "101"]
    same = (
        "id",
        "account",
        "strategy",
        "direction",
        "quantity",
        "entry_time",
        "exit_time",
        "exit_reason",
        "stop",
    )
    assert some(after, *same, "entry_order", "exit_order") == some(before, *same, "entry_order", "exit_order")
    assert some(after, "exit_price", "pnl") == ("101", "99")
    assert some(closed, "exit_price", "closed") == ("101", before["exit_time"])
    assert some(score, "trades", "wins", "losses", "pnl") == (1, 1, 0, "99")
    day.check_rebuilt()


def test_an_entry_that_never_was_leaves_no_position(day: Day) -> None:
    day.enters("s-1")
    entry, _stop, _target = day.ids()
    day.fills(entry, "2", "100")
    with day.read() as reader:
        (fill,) = reader.fills()
    day.tells(i.VenueBusted(OrderId(entry), str(fill["execution"]), at=day.now))
    with day.read() as reader:
        assert reader.positions(states=()) == []
        assert reader.fills() == []
        (order,) = (each for each in reader.orders() if each["id"] == entry)
    assert some(order, "filled", "average_price") == ("0", None)
    day.check_rebuilt()


def test_scores_add_up_exactly_over_commits(day: Day) -> None:
    for count, price in enumerate(("100.25", "99.75", "100")):
        day.enters(f"s-{count}")
        entry, stop, _target = day.ids()
        day.fills(entry, "2", "100")
        day.fills(stop, "2", price)
        for order in day.ids():
            day.tells(i.VenueCancelled(OrderId(order), at=day.now))
    with day.read() as reader:
        (score,) = reader.strategies()
        assert [trade["pnl"] for trade in reader.trades()] == ["24", "-26", "-1"]
    assert some(score, "trades", "wins", "losses", "pnl") == (3, 1, 2, "-3")


def test_a_round_trip_without_strategy_or_stop_has_neither_score_nor_r(day: Day) -> None:
    terms = AccountTerms(
        AccountId("alpha"),
        VenueName("paper"),
        Decimal(100_000),
        allow_unprotected=True,
        limits=WIDE,
        governor=FREE,
    )
    day.tells(i.AccountDeclared(terms, at=day.now))
    day.enters("s-1", strategy=None, stop=None, unprotected=True, targets=())
    (entry,) = day.ids()
    day.fills(entry, "2", "100")
    leave = Signal(
        SignalId("s-2"), day.now, AccountId("alpha"), SignalKind.EXIT, ES.symbol, expected_price=number("101")
    )
    day.tells(i.SignalArrived(leave, at=day.now))
    (way_out,) = day.ids()
    day.fills(way_out, "2", "100.5")
    with day.read() as reader:
        (trade,) = reader.trades()
        assert reader.strategies() == []
        slippage = {fields["order_id"]: fields["slippage_bps"] for fields in reader.metrics()}
    assert some(trade, "strategy", "r_multiple", "stop", "exit_reason") == (None, None, None, "exit")
    assert slippage == {entry: 0.0, way_out: pytest.approx(49.505, abs=0.001)}


class TestExecution:
    """Times and prices of an order's execution."""

    def test_from_the_signal_to_the_last_fill(self, day: Day) -> None:
        at = day.now
        day.enters("s-1")
        entry = day.ids()[0]
        day.accepts(entry)
        day.fills(entry, "1", "100.5", at=at + 1 * SECOND + 7)
        day.fills(entry, "1", "101.5", at=at + 2 * SECOND + 7)
        with day.read() as reader:
            metrics = next(fields for fields in reader.metrics() if fields["order_id"] == entry)
        assert some(metrics, "signal_time", "decided", "sent", "accepted", "first_fill", "last_fill") == (
            at - 5, at, at, at + SECOND, at + SECOND + 7, at + 2 * SECOND + 7,
        )  # fmt: skip
        assert some(metrics, "expected_price", "average_price", "slippage_bps") == ("100", "101", 100.0)
        assert some(metrics, "signal_to_fill_ns", "sent_to_accepted_ns") == (SECOND + 12, SECOND)

    def test_a_short_sold_for_less_slipped_against_us(self, day: Day) -> None:
        day.enters("s-1", direction=Direction.SHORT)
        day.fills(day.ids()[0], "2", "99")
        with day.read() as reader:
            assert reader.metrics()[0]["slippage_bps"] == 100.0
            assert reader.positions()[0]["direction"] == "SHORT"
            assert reader.positions()[0]["quantity"] == "-2"

    def test_without_an_expectation_an_order_is_measured_by_its_own_price(self, day: Day) -> None:
        day.enters("s-1")
        entry, stop, _target = day.ids()
        day.fills(entry, "2", "100")
        day.fills(stop, "2", "97.75")
        with day.read() as reader:
            metrics = next(fields for fields in reader.metrics() if fields["order_id"] == stop)
        assert some(metrics, "expected_price", "average_price") == ("98", "97.75")
        assert metrics["slippage_bps"] == pytest.approx(25.51, abs=0.001)

    def test_an_order_that_the_engine_held_was_sent_when_it_was_let_go(self, day: Day) -> None:
        day.enters("s-1", account="beta")
        day.fills(day.ids("beta")[0], "2", "100")
        held = next(order for order in day.book.state.orders.values() if order.request.holder == "engine").id
        with day.read() as reader:
            assert some(reader.orders(states=("NEW",))[0], "sent", "holder") == (None, "engine")
        at = day.now
        day.tells(i.TriggerReached(held, number("98"), at=at))
        with day.read() as reader:
            order = next(fields for fields in reader.orders() if fields["id"] == held)
        assert order["sent"] == at
        assert int(str(order["created"])) < at

    def test_a_replace_or_cancel_does_not_send_it_anew(self, day: Day) -> None:
        day.enters("s-1")
        entry = day.ids()[0]
        sent = day.now - SECOND
        day.accepts(entry)
        day.tells(i.CancelAsked(OrderId(entry), "me", "test", at=day.now))
        with day.read() as reader:
            assert reader.orders()[0]["sent"] == sent


def test_a_halt_of_all_is_shown_on_every_account(day: Day) -> None:
    day.tells(i.TradingStateAsked(TradingState.HALTED, "me", "test", at=day.now))
    day.tells(i.TradingStateAsked(TradingState.REDUCING, "me", "test", AccountId("beta"), at=day.now))
    with day.read() as reader:
        assert [some(fields, "id", "state", "book_state") for fields in reader.accounts()] == [
            ("alpha", "ACTIVE", "HALTED"),
            ("beta", "REDUCING", "HALTED"),
        ]


def test_an_old_order_that_comes_back_keeps_its_times(day: Day) -> None:
    day.enters("s-1")
    entry, stop, target = day.ids()
    day.fills(entry, "2", "100")
    day.fills(stop, "2", "98")
    day.tells(i.VenueCancelled(OrderId(target), at=day.now))
    with day.read() as reader:
        before = reader.orders()
    archived = day.journal.archived_order(OrderId(entry))
    assert archived is not None
    del day.book.state.orders[archived.id]  # its window has closed
    del day.book.state.closed[archived.id]
    day.tells(i.OrderRecalled(archived, at=day.now))
    with day.read() as reader:
        assert reader.orders() == before


def test_what_a_step_recorded_is_not_rewritten_by_what_follows(day: Day) -> None:
    """Steps are encoded when they are committed: what the book changes later must not show in them."""
    day.enters("s-1")
    entry, *_legs = day.ids()
    day.tells(i.VenueRejected(OrderId(entry), "no", at=day.now))
    archived = day.journal.archived_order(OrderId(entry))
    assert archived is not None
    del day.book.state.orders[archived.id]
    day.book.state.closed.pop(archived.id, None)
    recalled = day.book.step(i.OrderRecalled(archived, at=day.now))
    late = day.book.step(
        i.VenueFilled(OrderId(entry), Execution("e-1", number("1"), number("100")), at=day.now)
    )
    assert recalled is not None
    assert late is not None
    day.journal.append([recalled, late])
    folded = Book.empty(BOOK)
    day.journal.replay_into(folded.apply)
    assert folded.state.orders[archived.id] == day.book.state.orders[archived.id]


def test_a_wish_about_an_order_that_never_was_leaves_no_row(day: Day) -> None:
    day.tells(i.CancelAsked(OrderId("never"), "me", "test", at=day.now))
    with day.read() as reader:
        assert reader.orders() == []
        assert [type(told.event).__name__ for told in reader.events_about("never")] == ["RequestRefused"]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_has_its_effect_or_is_about_an_order(kind: Any) -> None:
    projection = Projection(BookState(BOOK))
    assert kind in projection._takers or "order" in kind.__struct_fields__


class TestMerging:
    """What becomes of a row that is written again."""

    @pytest.mark.parametrize(
        ("merge", "old", "new", "merged"),
        [
            ("updated", 1, 2, 2),
            ("reason", "a", None, None),
            ("sent", 1, 2, 1),
            ("sent", None, 2, 2),
            ("last_fill", 1, 2, 2),
            ("last_fill", 1, None, 1),
        ],
    )
    def test_of_an_order(self, merge: str, old: Any, new: Any, merged: Any) -> None:
        at = ORDERS.columns.index(merge)
        row = ("main", "o-1", *[None] * (len(ORDERS.columns) - 2))
        lines = [(*row[:at], value, *row[at + 1 :]) for value in (old, new, merged)]
        assert ORDERS.merge(lines[0], lines[1]) == lines[2]

    def test_of_a_score(self) -> None:
        assert STRATEGY_STATE.merge(
            ("main", "a", "orb", 2, 1, 1, "0.1", 5), ("main", "a", "orb", 1, 0, 0, "0.2", 6)
        ) == ("main", "a", "orb", 3, 1, 1, "0.3", 6)

    def test_a_new_row_is_taken_as_it_is(self) -> None:
        line = ("main", "a", "orb", 2, 1, 1, "0.1", 5)
        assert STRATEGY_STATE.merge(None, line) == line

    def test_only_columns_that_are_there_have_a_rule(self) -> None:
        for table in TABLES:
            assert set(table.merges) <= set(table.columns[table.keys :])
            assert set(table.merges.values()) <= set(Merge)

    def test_money_is_added_exactly(self) -> None:
        assert add_decimals("0.1", "0.2") == "0.3"
        assert add_decimals("123456789012345678.123456789", "-0.000000001") == "123456789012345678.123456788"


@pytest.mark.parametrize(
    ("billionths", "text"),
    [(0, "0"), (1, "0.000000001"), (-1_500_000_000, "-1.5"), (100 * ONE, "100"), (10**30, "1" + "0" * 21)],
)
def test_numbers_are_plain(billionths: int, text: str) -> None:
    assert nano(Nano(billionths)) == text


def test_strategies_of_our_own_and_their_setups_are_tables(day: Day) -> None:
    orb = StrategyTerms("orb-es", AccountId("alpha"), ES.symbol, "orb", quantity=Decimal(1))
    day.tells(i.StrategiesDeclared((orb,), at=day.now))
    for place, missed in enumerate((None, Missed.LATE)):
        close = Instant(day.now - SECOND)
        setup = Signal(
            SignalId(f"setup-{place}"),
            close,
            orb.account,
            SignalKind.ENTRY,
            ES.symbol,
            Direction.LONG,
            strategy=orb.id,
            reason="above the range",
        )
        told = Told(orb.id, setups=(setup,), missed=missed)
        ticks = ES.ticks(Decimal(100))
        bar = i.BarJudged(
            ES.symbol, orb.bar, close, START, Instant(2 * START), "{}", (told,), ticks, ticks, at=day.now
        )
        day.tells(bar)
    with day.read() as reader:
        taken, missed_one = reader.setups(strategy="orb-es")
        (known,) = reader.own_strategies(account=orb.account)
        (signal,) = reader.signals()
    assert (taken["id"], taken["fate"], taken["code"], taken["delay"]) == ("setup-0", "taken", None, SECOND)
    assert (missed_one["fate"], missed_one["code"]) == ("missed", "LATE")
    assert (known["found"], known["taken"], known["session_missed"]) == (2, 1, 1)
    assert (signal["id"], signal["strategy"], signal["reason"]) == ("setup-0", "orb-es", "above the range")
    day.check_rebuilt()
    day.tells(i.StrategiesDeclared((), at=day.now))
    with day.read() as reader:
        assert (len(reader.own_strategies()), len(reader.setups())) == (0, 2)
    day.check_rebuilt()
