"""Memory holds what is open and a window of what is done, and no decision gets slower with history."""

import msgspec
import pytest
from tests.builders import SPY, Desk, account, archived, encode, encode_state, names

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import NEVER
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Side
from kedge.kernel import apply, state


def trade(desk: Desk, number: int) -> list[str]:
    """One round trip; the ids of its orders."""
    entry, stop, target = desk.enter(f"t-{number}")
    desk.fill(entry, 10)
    desk.fill(stop, 10, 95)
    desk.cancelled(target)
    return [entry, stop, target]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows so small that a test can fill them."""
    monkeypatch.setattr(apply, "CLOSED_ORDERS_KEPT", 40)
    monkeypatch.setattr(apply, "SIGNALS_KEPT", 20)


def test_the_windows_are_as_large_as_the_documents_say() -> None:
    assert (state.CLOSED_ORDERS_KEPT, state.SIGNALS_KEPT) == (1_000, 10_000)


@pytest.mark.usefixtures("small")
def test_memory_stays_flat_and_the_state_is_the_fold_beyond_the_window() -> None:
    desk = Desk()
    sizes = []
    for number in range(120):
        trade(desk, number)
        book = desk.book.state
        assert len(book.orders) <= 50
        assert len(book.closed) <= 50
        assert len(book.signals) <= 25
        assert len(book.agenda) <= 4 * len(book.orders) + 256 + 8
        sizes.append(len(encode_state(book)))
    assert max(sizes[60:]) < max(sizes[:60]) * 1.05
    desk.check_record()


@pytest.mark.usefixtures("small")
def test_what_left_the_window_is_the_oldest() -> None:
    desk = Desk()
    ids = [id_ for number in range(30) for id_ in trade(desk, number)]
    kept = list(desk.book.state.orders)
    assert kept == ids[-len(kept) :]
    assert len(kept) >= 40


@pytest.mark.usefixtures("small")
def test_an_open_order_never_leaves_however_old_it_is() -> None:
    desk = Desk(account(order_timeout=NEVER), (SPY, Instrument(Symbol("QQQ"), SPY.tick)))
    old = desk.enter("old", instrument="QQQ", limit=99)
    for number in range(60):
        trade(desk, number)
    assert [desk.state(id_) for id_ in old] == [OrderState.ACCEPTED] * 3
    desk.check()


@pytest.mark.usefixtures("small")
def test_s19_a_late_fill_of_an_order_that_left_the_memory_counts_once_when_it_is_recalled() -> None:
    desk = Desk()
    entry, _, _ = desk.enter("first")
    desk.ask_cancel(entry)
    desk.cancelled(entry)
    archive = msgspec.json.decode(encode(desk.order(entry)), type=Order)
    for number in range(40):
        trade(desk, number)
    assert entry not in desk.book.state.orders
    assert names(desk.fill(entry, 4, id_="late")) == ["UNKNOWN_ORDER"]
    assert names(desk.give(i.OrderRecalled(archive, at=desk.now))) == ["OrderRestored"]
    assert names(desk.give(i.OrderRecalled(archive, at=desk.now))) == []
    assert names(desk.fill(entry, 4, id_="late"))[:3] == ["OrderFilled", "UNEXPECTED_FILL", "PositionOpened"]
    assert names(desk.fill(entry, 4, id_="late")) == []
    assert archive.executions == {}, "what was handed in must not change afterwards: it is recorded"
    desk.check()


@pytest.mark.parametrize("which", ["open", "of another account", "in another instrument"])
def test_only_a_closed_order_of_this_book_can_be_recalled(which: str) -> None:
    desk = Desk(instruments=(SPY,))
    order = archived("old", Side.BUY, Instrument(Symbol("QQQ"), SPY.tick) if "instrument" in which else SPY)
    if which == "open":
        order.state = OrderState.ACCEPTED
    if which == "of another account":
        order.request = msgspec.structs.replace(order.request, account=AccountId("beta"))
    assert names(desk.give(i.OrderRecalled(order, at=desk.now))) == ["NOT_RECALLABLE"]
    assert names(desk.fill(order.id, 1)) == ["UNKNOWN_ORDER"]
    desk.check()


def test_the_agenda_does_not_grow_with_the_questions_that_were_put() -> None:
    desk = Desk()
    desk.enter(accept=False)
    for _ in range(2_000):
        desk.wait(31)
    assert len(desk.book.state.agenda) < 300


def test_an_instrument_that_was_never_quoted_or_held_costs_nothing() -> None:
    desk = Desk()
    assert desk.book.quote(Symbol("NONE")) == (None, None)
    assert desk.book.on_quote(Symbol("NONE"), 1, 2, desk.now) == []  # type: ignore[arg-type]
    assert desk.book.quote(Symbol("NONE")) == (1, 2)


def test_a_position_remembers_its_strategy_after_its_entry_left_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apply, "CLOSED_ORDERS_KEPT", 8)
    desk = Desk(instruments=(SPY, Instrument(Symbol("QQQ"), SPY.tick)))
    entry, stop, _ = desk.enter("mine", strategy="orb", instrument="QQQ")
    desk.fill(entry, 10)
    for number in range(8):
        trade(desk, number)
    assert entry not in desk.book.state.orders
    desk.fill(stop, 10, 95)
    closed = [event for event in desk.events if isinstance(event, e.PositionClosed)][-1]
    assert (closed.strategy, closed.entry_order) == ("orb", entry)


def test_of_each_root_the_last_fronts_are_kept_with_when_they_became_it() -> None:
    desk = Desk()
    names_ = [Symbol(f"ES{number}") for number in range(2 * state.FRONTS_KEPT)]
    for contract in (*names_, names_[-2]):  # back again, as changed settings may have it: it moves to the end
        desk.book.handle(i.FrontDeclared(Symbol("ES"), contract, at=desk.book.state.last_at))
    kept = desk.book.state.front_since[Symbol("ES")]
    assert list(kept) == [*names_[-state.FRONTS_KEPT : -2], names_[-1], names_[-2]]
