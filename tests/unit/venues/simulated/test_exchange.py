"""The exchange outlives its process: whatever moment it dies at, the next one goes on as if nothing had been."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stage import ALPHA, BETA, CASH, ES, SPY, START, TERMS, nano, order, quote

from kedge.domain.announcements import Split, SymbolChange
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import VenueRejected, VenueReport
from kedge.domain.instants import Instant
from kedge.domain.orders import OrderRequest, Role, Side, Terms
from kedge.sim.errors import AmendmentError, DuplicateOrderError
from kedge.sim.settings import SimSettings
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.exchange import Exchange, ExchangeHaltedError, UnknownAccountError
from kedge.venues.simulated.ledger import LedgerError, read_ledger
from kedge.venues.simulated.record import Record
from kedge.venues.simulated.statement import Statement
from kedge.venues.simulated.terms import ExchangeTerms

RENAMED = msgspec.structs.replace(SPY, symbol=Symbol("SPYX"))
ENDING = msgspec.structs.replace(ES, symbol=Symbol("ESZ26"), expires=Instant(START + 300_000_000))
TRADED = (SPY, ES, RENAMED, ENDING)
SLOW = msgspec.structs.replace(
    TERMS,
    instruments=TRADED,
    settings=SimSettings(
        commission_per_share=Decimal("0.005"),
        fill_delay=50_000_000,  # type: ignore[arg-type]
        partial_fill_rate=Decimal("0.3"),
        reject_rate=Decimal("0.1"),
    ),
)

Act = Callable[[Exchange, Instant], list[VenueReport]]


@contextmanager
def exchange_at(path: Path | None, terms: ExchangeTerms = TERMS, at: Instant = START) -> Iterator[Exchange]:
    exchange = Exchange(terms, at, path)
    try:
        yield exchange
    finally:
        exchange.close()


def after_death(path: Path) -> Path:
    """The files as a process that died just now has left them (this one still holds its own)."""
    folder = path.parent / f"after-{next(_deaths)}"
    folder.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, folder)
    return folder / path.name


_deaths = count()


@dataclass
class Day:
    """Deeds with small numbers in place of ids, so that the same day can happen at several exchanges."""

    acts: list[Act] = field(default_factory=list)


def _submit(number: int, quantity: int, limit: int | None, is_buy: bool, bracket: bool, place: int) -> Act:
    """An order number `number`; the number may come again, as a duplicate."""
    instrument = TRADED[place]
    price = None if limit is None else str(limit)
    entry = order(
        str(quantity),
        limit=price,
        side=Side.BUY if is_buy else Side.SELL,
        instrument=instrument,
        id=OrderId(f"day-{number}"),
    )
    legs: tuple[OrderRequest, ...] = ()
    if bracket:
        exits = {
            "side": entry.side.opposite,
            "instrument": instrument,
            "parent": entry.id,
            "reduce_only": True,
        }
        low, high = ("97", "103") if is_buy else ("103", "97")
        stop = order(str(quantity), stop=low, id=OrderId(f"day-{number}-s"), role=Role.STOP, **exits)  # type: ignore[arg-type]
        target = order(str(quantity), limit=high, id=OrderId(f"day-{number}-t"), role=Role.TARGET, **exits)  # type: ignore[arg-type]
        legs = (stop, target)

    def act(exchange: Exchange, at: Instant) -> list[VenueReport]:
        try:
            return exchange.submit(entry, legs, at)
        except DuplicateOrderError:
            return []

    return act


def _cancel(number: int) -> Act:
    return lambda exchange, at: exchange.cancel(OrderId(f"day-{number}"), at)


def _replace(number: int, price: int) -> Act:
    terms = Terms(limit_price=nano(str(price)))
    return lambda exchange, at: exchange.replace(OrderId(f"day-{number}"), terms, at)


def _move(price: int, place: int) -> Act:
    instrument = TRADED[place]
    bid, ask = str(price), str(Decimal(price) + instrument.tick)
    return lambda exchange, at: exchange.take(quote(bid, ask, at, instrument))


def _split(new: int, old: int, place: int) -> Act:
    symbol = TRADED[place].symbol
    return lambda exchange, at: exchange.announce(Split(symbol, at, new, old), at)


def _rename(back: bool) -> Act:
    old, new = (RENAMED, SPY) if back else (SPY, RENAMED)
    return lambda exchange, at: exchange.announce(SymbolChange(old.symbol, at, new.symbol), at)


def _bust(place: int) -> Act:
    def act(exchange: Exchange, at: Instant) -> list[VenueReport]:
        done = [trade for account in (ALPHA, BETA) for trade in exchange.executions(account)]
        if not done:
            return []
        order, trade = done[place % len(done)]
        try:
            return exchange.bust(order, trade.id, at, "erroneous")
        except AmendmentError:
            return []

    return act


def _correct(place: int, quantity: int, price: int) -> Act:
    def act(exchange: Exchange, at: Instant) -> list[VenueReport]:
        done = [trade for account in (ALPHA, BETA) for trade in exchange.executions(account)]
        if not done:
            return []
        order, trade = done[place % len(done)]
        now = msgspec.structs.replace(trade, quantity=nano(str(quantity)), price=nano(str(price)))
        try:
            return exchange.correct(order, now, at)
        except AmendmentError:
            return []

    return act


def _wait() -> Act:
    return lambda exchange, at: exchange.advance(at)


numbers = st.integers(1, 8)
prices = st.integers(95, 105)
places = st.integers(0, len(TRADED) - 1)
acts = st.one_of(
    st.builds(_submit, numbers, st.integers(1, 9), st.none() | prices, st.booleans(), st.booleans(), places),
    st.builds(_cancel, numbers),
    st.builds(_replace, numbers, prices),
    st.builds(_move, prices, places),
    st.builds(_split, st.sampled_from([2, 3]), st.sampled_from([1, 5]), places),
    st.builds(_rename, st.booleans()),
    st.builds(_bust, numbers),
    st.builds(_correct, numbers, st.integers(1, 9), prices),
    st.builds(_wait),
)
days = st.lists(acts, max_size=25)


def play(exchange: Exchange, day: list[Act], first: int = 0) -> list[list[VenueReport]]:
    """What each act of the day led to; acts are 20 ms apart."""
    return [
        act(exchange, Instant(START + number * 20_000_000)) for number, act in enumerate(day, start=first)
    ]


def seen(exchange: Exchange) -> object:
    """All that can be asked of an exchange."""
    accounts = [ALPHA, BETA]
    ids = exchange.orders(0, 1_000)
    return (
        ids,
        [exchange.look_up(id_, START) for id_ in ids],
        [exchange.open_orders(account) for account in accounts],
        [exchange.positions(account) for account in accounts],
        [(exchange.cash(account), exchange.fees(account)) for account in accounts],
        [exchange.executions(account) for account in accounts],
        [exchange.changes(account) for account in accounts],
        [exchange.amendments(account) for account in accounts],
        exchange.market,
        exchange.next_due,
    )


def facts(path: Path) -> list[book.Fact]:
    return [entry.fact for entry in read_ledger(path)]


@given(before=days, after=days, closes=st.booleans())
def test_s58_an_exchange_that_was_restarted_goes_on_as_one_that_never_stopped(
    before: list[Act], after: list[Act], closes: bool
) -> None:
    with TemporaryDirectory() as folder, exchange_at(Path(folder) / "steady", SLOW) as steady:
        path = Path(folder) / "ledger"
        with exchange_at(path, SLOW) as first:
            assert play(first, before) == play(steady, before)
            died = after_death(path)
        with exchange_at(path if closes else died, SLOW) as second:
            assert seen(second) == seen(steady)
            assert play(second, after, len(before)) == play(steady, after, len(before))
            assert seen(second) == seen(steady)
        assert facts(path if closes else died) == facts(Path(folder) / "steady")


@given(day=st.lists(acts, min_size=1, max_size=12), last=acts, data=st.data())
def test_a_death_between_noting_a_deed_and_entering_it_loses_nothing(
    day: list[Act], last: Act, data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        with exchange_at(path, SLOW) as exchange:
            play(exchange, day)
            entered = path.stat().st_size
            play(exchange, [last], len(day))
            died = after_death(path)
            whole = died.read_bytes()
            died.write_bytes(whole[: data.draw(st.integers(entered, len(whole)))])
            with exchange_at(died, SLOW) as next_one:
                assert seen(next_one) == seen(exchange)
            assert died.read_bytes() == whole


@given(day=days)
def test_the_ledger_adds_up_to_what_the_exchange_says(day: list[Act]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        with exchange_at(path, SLOW) as exchange:
            play(exchange, day)
            statement = Statement.of(path)
            for account in (ALPHA, BETA):
                audited = statement.accounts[account]
                assert audited.cash == exchange.cash(account)
                assert audited.fees == exchange.fees(account)
                assert audited.positions == exchange.positions(account)
                told = [(trade.order, trade.execution) for trade in audited.executions]
                assert told == exchange.executions(account)
            still_open = [id_ for id_, audited in statement.orders.items() if audited.is_open]
            assert sorted(still_open) == sorted(exchange.open_orders(ALPHA))
            assert all(audited.accepted + audited.rejected == 1 for audited in statement.orders.values())
            assert list(statement.orders) == exchange.orders(0, 1_000)


def test_what_was_due_before_a_new_symbol_is_entered_under_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    in_parts = SimSettings(fill_delay=50_000_000, partial_fill_rate=Decimal(1))  # type: ignore[arg-type]
    with exchange_at(path, msgspec.structs.replace(SLOW, settings=in_parts)) as exchange:
        play(exchange, [_move(100, 0), _submit(1, 9, None, True, False, 0)])
        later = Instant(START + 80_000_000)  # a part has become due, and the rest is still open
        exchange.announce(SymbolChange(SPY.symbol, later, RENAMED.symbol), later)
        assert exchange.open_orders(ALPHA) == ["day-1"]
        held = exchange.positions(ALPHA)
        assert list(held) == [RENAMED.symbol]
    (part,) = (fact for fact in facts(path) if isinstance(fact, book.Executed))
    assert part.instrument == SPY.symbol
    assert Statement.of(path).accounts[ALPHA].positions == held


def test_what_is_refused_is_neither_noted_nor_done(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        before, noted = seen(exchange), path.with_name("ledger.deeds").read_bytes()
        with pytest.raises(AmendmentError):
            exchange.bust(OrderId("ghost"), "x", START)
        assert (seen(exchange), path.with_name("ledger.deeds").read_bytes()) == (before, noted)
        exchange.take(quote("99.99", "100.01"))  # it goes on


def test_a_torn_note_is_a_deed_that_never_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        before = seen(exchange)
        exchange.submit(order(limit="90"), (), START)
        died = after_death(path)
    deeds = died.with_name("ledger.deeds")
    deeds.write_bytes(deeds.read_bytes()[:-1])
    # The ledger cannot have been written yet at that moment.
    died.write_bytes(b"".join(died.read_bytes().splitlines(keepends=True)[:4]))
    with exchange_at(died) as exchange:
        assert seen(exchange) == before


def test_deeds_that_the_snapshot_contains_are_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        exchange.take(quote("99.99", "100.01"))
        exchange.submit(order("10"), (), START)
        deeds = path.with_name("ledger.deeds").read_bytes()
        expected = seen(exchange)
    assert path.with_name("ledger.deeds").read_bytes() == b""
    path.with_name("ledger.deeds").write_bytes(
        deeds
    )  # a death after the snapshot, before the deeds were cleared
    with exchange_at(path) as exchange:
        assert seen(exchange) == expected
        assert exchange.positions(ALPHA) == {SPY.symbol: Decimal(10)}


def test_snapshots_keep_the_deeds_from_piling_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kedge.venues.simulated.record._DEEDS_PER_SNAPSHOT", 10)
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        for number in range(25):
            exchange.take(quote("99.99", "100.01", Instant(START + number)))
        assert path.with_name("ledger.deeds").read_bytes().count(b"\n") == 5
        died = after_death(path)
        with exchange_at(died) as next_one:
            assert seen(next_one) == seen(exchange)


def test_new_accounts_and_instruments_join_at_a_restart_and_old_ones_keep_their_money(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    first = msgspec.structs.replace(TERMS, instruments=(SPY,), accounts={ALPHA: CASH})
    with exchange_at(path, first) as exchange:
        exchange.take(quote("99.99", "100.01"))
        exchange.submit(order("10"), (), START)
        cash = exchange.cash(ALPHA)
        with pytest.raises(UnknownAccountError, match="beta"):
            exchange.cash(BETA)
    second = msgspec.structs.replace(TERMS, accounts={ALPHA: Decimal(5), BETA: CASH})
    with exchange_at(path, second) as exchange:
        assert (exchange.cash(ALPHA), exchange.cash(BETA)) == (cash, CASH)
        assert exchange.submit(order("1", limit="4000", instrument=ES, account=BETA), (), START)
    opened = [fact.account for fact in facts(path) if isinstance(fact, book.AccountOpened)]
    assert opened == [ALPHA, BETA]


def test_an_opening_that_was_cut_short_is_finished_with_the_money_that_was_entered(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path):
        pass
    empty = msgspec.structs.replace(TERMS, accounts={})
    with TemporaryDirectory() as folder:
        other = Path(folder) / "ledger"
        with exchange_at(other, empty) as exchange:
            assert exchange.orders(0, 1) == []
            died = after_death(other)
        entries = book.Ledger(died)
        entries.append([book.AccountOpened(account=ALPHA, cash=Decimal(7))], START)
        entries.close()
        with exchange_at(died) as exchange:
            assert exchange.cash(ALPHA) == Decimal(7)
        opened = [fact for fact in facts(died) if isinstance(fact, book.AccountOpened)]
        assert [(fact.account, fact.cash) for fact in opened] == [(ALPHA, Decimal(7)), (BETA, CASH)]


def test_other_settings_hold_from_a_restart_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path):
        pass
    always = msgspec.structs.replace(TERMS, settings=SimSettings(reject_rate=Decimal(1)))
    with exchange_at(path, always) as exchange:
        [rejected] = exchange.submit(order(limit="90"), (), START)
        assert isinstance(rejected, VenueRejected)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.with_name("ledger.snapshot").unlink(), "snapshot that belongs to it is missing"),
        (lambda path: path.with_name("ledger.snapshot").write_bytes(b"{"), "no snapshot of this version"),
        (lambda path: path.unlink(), "entries after 0 are missing"),
        (lambda path: _drop_line(path.with_name("ledger.deeds"), 0), "deed 1 is missing"),
        (lambda path: _garble(path.with_name("ledger.deeds")), "not a deed"),
        (lambda path: _add_fact(path, 7), "no deed led to entry"),
        (lambda path: _swap_fact(path, 7), "is not what its deed led to"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        for _ in range(3):
            exchange.submit(order(limit="90"), (), START)
        died = after_death(path)
    damage(died)
    with pytest.raises(LedgerError, match=message):
        Exchange(TERMS, START, died)


def _drop_line(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))


def _garble(path: Path) -> None:
    path.write_bytes(b"{}\n" + path.read_bytes())


def _add_fact(path: Path, last: int) -> None:
    with book.Ledger(path) as ledger:
        assert ledger.number == last
        ledger.append([book.CancelAsked(order=OrderId("x"))], START)


def _swap_fact(path: Path, last: int) -> None:
    *lines, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines))
    _add_fact(path, last - 1)
    path.write_bytes(path.read_bytes() + line.replace(b'"number":%d' % last, b'"number":%d' % (last + 1)))


def test_an_instrument_cannot_change_its_grid(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path):
        pass
    other = msgspec.structs.replace(SPY, tick=Decimal("0.05"))
    with pytest.raises(LedgerError, match=r"SPY has traded with tick 0\.01, now 0\.05 is asked for"):
        Exchange(msgspec.structs.replace(TERMS, instruments=(other, ES)), START, path)
    with exchange_at(path):
        pass  # it has let go of the files


def test_an_exchange_in_use_is_refused(tmp_path: Path) -> None:
    with exchange_at(tmp_path / "ledger"), pytest.raises(LedgerError, match="in use"):
        Exchange(TERMS, START, tmp_path / "ledger")


def test_what_came_too_late_never_was_and_may_come_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    request = order(limit="90")
    with exchange_at(path) as exchange:
        [rejected] = exchange.submit(request, (), START, Instant(START - 1))
        assert isinstance(rejected, VenueRejected)
        assert exchange.look_up(request.id, START) is None
        assert exchange.orders(0, 10) == []
    with exchange_at(path) as exchange:
        assert exchange.orders(0, 10) == []
        exchange.submit(request, (), START)
        assert exchange.orders(0, 10) == [request.id]


def test_orders_are_listed_a_page_at_a_time() -> None:
    with exchange_at(None) as exchange:
        ids = [order(limit="90").id for _ in range(5)]
        for id_ in ids:
            exchange.submit(order(limit="90", id=id_), (), START)
        assert [exchange.orders(after, 2) for after in (0, 2, 4)] == [ids[:2], ids[2:4], ids[4:]]


def test_the_exchange_s_time_never_runs_backward(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with exchange_at(path) as exchange:
        exchange.advance(Instant(START + 100))
        [accepted] = exchange.submit(order(limit="90"), (), START)
        assert accepted.at == START + 100
        assert [entry.at for entry in read_ledger(path)][-1] == START + 100
    with exchange_at(path) as exchange:
        [accepted] = exchange.submit(order(limit="90"), (), START)
        assert accepted.at == START + 100


def test_an_exchange_whose_disk_failed_is_halted_and_whole_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger"
    request = order(limit="90")
    exchange = Exchange(TERMS, START, path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Record, "enter", fail)
        with pytest.raises(OSError, match="No space"):
            exchange.submit(request, (), START)
    with pytest.raises(ExchangeHaltedError, match="No space left"):
        exchange.cancel(request.id, START)
    exchange.close()
    with exchange_at(path) as exchange:
        assert exchange.open_orders(ALPHA) == [request.id]
    assert Statement.of(path).orders[request.id].accepted == 1


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"instruments": ()}, "at least one instrument"),
        ({"instruments": (SPY, SPY)}, "listed twice: SPY, SPY"),
        ({"accounts": {AccountId("a"): Decimal(-1)}}, "account a: cash must be"),
        ({"accounts": {AccountId("a"): Decimal("NaN")}}, "account a: cash must be"),
    ],
)
def test_terms_on_which_nothing_could_trade_are_refused(terms: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExchangeTerms(**({"instruments": (SPY,), "accounts": {}} | terms))  # type: ignore[arg-type]
