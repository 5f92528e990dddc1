"""The exchange's ledger: numbered, torn ends forgiven, everything else refused; and what a statement makes of it."""

from decimal import Decimal
from pathlib import Path

import pytest

from kedge.domain.announcements import Split
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Request
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Execution, OrderRequest, OrderType, Side, Terms
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.ledger import Entry, Fact, Ledger, LedgerError
from kedge.venues.simulated.statement import Statement

ALPHA = AccountId("alpha")
SPY = Instrument(symbol=Symbol("SPY"), tick=Decimal("0.01"))
ES = Instrument(symbol=Symbol("ES"), tick=Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE)


def nano(number: str) -> Nano:
    return to_nano(Decimal(number))


def request(order: str, instrument: Instrument = SPY, side: Side = Side.BUY) -> OrderRequest:
    return OrderRequest(
        id=OrderId(order),
        account=ALPHA,
        instrument=instrument.symbol,
        side=side,
        type=OrderType.MARKET,
        quantity=nano("10"),
    )


def accepted(order: str, instrument: Instrument = SPY, side: Side = Side.BUY) -> Fact:
    return book.OrderAccepted(request=request(order, instrument, side), venue_order_id=f"v-{order}")


def trade(
    order: str, quantity: str, price: str, side: Side = Side.BUY, instrument: Instrument = SPY, fee: str = "0"
) -> Fact:
    return book.Executed(
        order=OrderId(order),
        account=ALPHA,
        instrument=instrument.symbol,
        side=side,
        execution=Execution(id=f"x-{order}", quantity=nano(quantity), price=nano(price), fee=nano(fee)),
    )


OPENING: list[Fact] = [
    book.InstrumentListed(instrument=SPY),
    book.InstrumentListed(instrument=ES),
    book.AccountOpened(account=ALPHA, cash=Decimal(1000)),
]

ONE_OF_EACH: list[Fact] = [
    *OPENING,
    accepted("a"),
    book.OrderRejected(request=request("b"), reason="no"),
    book.DuplicateRefused(order=OrderId("a"), reason="seen"),
    book.CancelAsked(order=OrderId("a")),
    book.RequestRefused(order=OrderId("a"), request=Request.CANCEL, reason="late"),
    book.ReplaceAsked(order=OrderId("a"), terms=Terms(quantity=nano("4"))),
    book.OrderReplaced(order=OrderId("a"), terms=Terms(quantity=nano("4"))),
    trade("a", "4", "100"),
    book.OrderEnded(order=OrderId("a"), state=OrderState.FILLED),
    accepted("c"),
    book.HoldingSplit(
        account=ALPHA, id="c1", split=Split(SPY.symbol, Instant(1), 3, 2), quantity=nano("6"), paid=nano("0")
    ),
    book.OrderSplit(order=OrderId("c"), terms=Terms(quantity=nano("6"))),
    book.HoldingRenamed(account=ALPHA, instrument=SPY.symbol, id="c2", new_symbol=Symbol("SPYX")),
    book.HoldingRenamed(account=ALPHA, instrument=Symbol("SPYX"), id="c3", new_symbol=SPY.symbol),
    book.Settled(account=ALPHA, instrument=SPY.symbol, id="c4", quantity=nano("6"), price=nano("100")),
    book.TradeCorrected(
        order=OrderId("a"),
        account=ALPHA,
        execution=Execution(id="x-a", quantity=nano("4"), price=nano("101")),
    ),
    book.TradeBusted(order=OrderId("a"), account=ALPHA, execution="x-none"),
]


def read_ledger(path: Path) -> list[Entry]:
    return list(book.read_ledger(path))


def write(path: Path, facts: list[Fact], at: int = 1) -> None:
    with Ledger(path) as ledger:
        ledger.append(facts, Instant(at))


def statement(*facts: Fact) -> Statement:
    return Statement.from_entries(Entry(n, Instant(1), fact) for n, fact in enumerate(facts, start=1))


class TestFile:
    def test_what_is_written_is_read_back_in_order(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        write(path, ONE_OF_EACH, at=7)
        assert read_ledger(path) == [
            Entry(n, Instant(7), fact) for n, fact in enumerate(ONE_OF_EACH, start=1)
        ]

    def test_every_kind_of_fact_is_among_them(self) -> None:
        assert {type(fact) for fact in ONE_OF_EACH} == set(book.Fact.__args__)

    def test_a_second_opening_goes_on_counting(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        write(path, OPENING)
        with Ledger(path) as ledger:
            ledger.append([accepted("a")], Instant(2))
        assert [entry.fact for entry in read_ledger(path)] == [*OPENING, accepted("a")]
        assert [entry.number for entry in read_ledger(path)] == [1, 2, 3, 4]

    @pytest.mark.parametrize("torn", [b"{", b'{"number":4,"at":1,"fact":{"type":"CancelAsked","order":"a"}}'])
    def test_a_torn_last_line_is_passed_over_and_cut_off_by_the_next_writer(
        self, tmp_path: Path, torn: bytes
    ) -> None:
        path = tmp_path / "ledger"
        write(path, OPENING)
        path.write_bytes(path.read_bytes() + torn)
        assert len(read_ledger(path)) == 3
        write(path, [accepted("a")])
        assert [entry.fact for entry in read_ledger(path)] == [*OPENING, accepted("a")]

    def test_any_prefix_of_the_file_is_a_ledger(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        write(path, ONE_OF_EACH)
        content = path.read_bytes()
        whole = read_ledger(path)
        for length in range(0, len(content), 7):
            path.write_bytes(content[:length])
            assert read_ledger(path) == whole[: content[:length].count(b"\n")]

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda lines: [lines[0], b"not json", *lines[2:]], "line 2: not a ledger entry"),
            (lambda lines: [lines[0], *lines[2:]], "line 2: entry 3 is out of its place"),
            (lambda lines: [*lines, lines[-1]], "line 4: entry 3 is out of its place"),
            (lambda lines: [lines[0], b'"\xff"', *lines[2:]], "line 2: not a ledger entry"),
        ],
    )
    def test_other_damage_is_an_error_that_says_where(
        self, tmp_path: Path, damage: object, message: str
    ) -> None:
        path = tmp_path / "ledger"
        write(path, OPENING)
        lines = path.read_bytes().splitlines()
        assert callable(damage)
        path.write_bytes(b"\n".join(damage(lines)) + b"\n")
        before = path.read_bytes()
        with pytest.raises(LedgerError, match=message):
            read_ledger(path)
        assert path.read_bytes() == before

    def test_a_ledger_in_use_is_refused_until_it_is_let_go(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        with Ledger(path), pytest.raises(LedgerError, match="in use"):
            Ledger(path)
        write(path, OPENING)

    def test_synced_writes_hold_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        with Ledger(path, sync=True) as ledger:
            ledger.append(OPENING, Instant(1))
            ledger.append([], Instant(2))
        assert len(read_ledger(path)) == 3


class TestStatement:
    def test_it_counts_how_often_an_id_was_accepted_rejected_and_refused(self) -> None:
        orders = statement(
            *OPENING, accepted("a"), accepted("a"), book.DuplicateRefused(order=OrderId("a"), reason="")
        ).orders
        assert (orders[OrderId("a")].accepted, orders[OrderId("a")].duplicates) == (2, 1)

    def test_it_tells_an_order_s_whole_way(self) -> None:
        order = statement(*ONE_OF_EACH).orders[OrderId("a")]
        assert order.terms == [Terms(quantity=nano("4"))]
        assert (order.filled, order.ended, order.is_open) == (Decimal(4), OrderState.FILLED, False)

    def test_a_rejected_order_was_never_open(self) -> None:
        order = statement(*ONE_OF_EACH).orders[OrderId("b")]
        assert (order.accepted, order.rejected, order.reason, order.is_open) == (0, 1, "no", False)

    def test_an_order_that_has_not_ended_is_open(self) -> None:
        assert statement(*OPENING, accepted("a"), trade("a", "4", "100")).orders[OrderId("a")].is_open

    @pytest.mark.parametrize(
        ("case", "trades", "cash", "positions"),
        [
            ("a buy pays its value and its fee", [trade("a", "4", "100", fee="0.5")], "599.5", {"SPY": "4"}),
            (
                "a round trip leaves its gain",
                [trade("a", "4", "100"), trade("b", "4", "101.25", Side.SELL)],
                "1005",
                {},
            ),
            ("a short sale brings its value", [trade("b", "4", "100", Side.SELL)], "1400", {"SPY": "-4"}),
            (
                "a future that is opened pays its fee only",
                [trade("a", "1", "5000", instrument=ES, fee="2")],
                "998",
                {"ES": "1"},
            ),
            (
                "a future pays what closing gained",
                [trade("a", "2", "5000", instrument=ES), trade("b", "1", "5001", Side.SELL, ES)],
                "1050",
                {"ES": "1"},
            ),
            (
                "a future's mean cost counts",
                [
                    trade("a", "1", "5000", instrument=ES),
                    trade("a", "1", "5002", instrument=ES),
                    trade("b", "1", "5001", Side.SELL, ES),
                ],
                "1000",
                {"ES": "1"},
            ),
            (
                "a future turned over starts anew at the price of the turn",
                [
                    trade("a", "1", "5000", instrument=ES),
                    trade("b", "3", "5001", Side.SELL, ES),
                    trade("a", "2", "4999", instrument=ES),
                ],
                "1250",
                {},
            ),
            (
                "a short future gains as the price falls",
                [trade("b", "2", "5000", Side.SELL, ES), trade("a", "2", "4990", instrument=ES)],
                "2000",
                {},
            ),
        ],
    )
    def test_cash_and_positions_follow_from_the_trades(
        self, case: str, trades: list[Fact], cash: str, positions: dict[str, str]
    ) -> None:
        account = statement(*OPENING, accepted("a"), accepted("b", side=Side.SELL), *trades).accounts[ALPHA]
        assert account.cash == Decimal(cash), case
        assert account.positions == {symbol: Decimal(held) for symbol, held in positions.items()}, case

    def test_a_file_has_a_statement_too(self, tmp_path: Path) -> None:
        path = tmp_path / "ledger"
        write(path, ONE_OF_EACH)
        read = Statement.of(path)
        assert read.entries == len(ONE_OF_EACH)
        assert [trade.order for trade in read.accounts[ALPHA].executions] == ["a"]
