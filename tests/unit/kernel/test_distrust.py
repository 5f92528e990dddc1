"""What was believed has proved wrong: only exits until a person has looked."""

from collections.abc import Callable

import msgspec
import pytest
from tests.builders import ALPHA, SPY, Desk, account, alarms, execution, signal
from tests.unit.kernel.shared_pair import BETA, GAMMA, MAIN, Shared, sharer

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.ids import Symbol
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Side


def overfilled(desk: Desk) -> list[e.Event]:
    entry, *_ = desk.enter()
    return desk.fill(entry, 11)


def turned_over(desk: Desk) -> list[e.Event]:
    _, stop, _ = desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.accept(exit_)
    desk.fill(stop, 10, 95)
    return desk.fill(exit_, 10, 95)


def not_ours(desk: Desk) -> list[e.Event]:
    entry, *_ = desk.enter(accept=False)
    desk.silent(entry)
    shown = i.VenueShowed(
        entry, "v", OrderState.FILLED, (execution("x", 10, 100),), instrument=Symbol("ES"), at=desk.now
    )
    return desk.give(shown)


CASES: list[tuple[str, Callable[[Desk], list[e.Event]]]] = [
    ("OVERFILL", overfilled),
    ("POSITION_TURNED", turned_over),
    ("FOREIGN_CONTENT", not_ours),
]


@pytest.mark.parametrize(("kind", "play"), CASES, ids=[kind for kind, _ in CASES])
def test_an_account_whose_picture_was_wrong_takes_no_new_risk(
    kind: str, play: Callable[[Desk], list[e.Event]]
) -> None:
    desk = Desk(account(reduce_on_anomaly=True))
    events = play(desk)
    assert kind in alarms(events)
    (changed,) = [event for event in events if isinstance(event, e.TradingStateChanged)]
    assert (changed.account, changed.state, changed.who) == (ALPHA, TradingState.REDUCING, "engine")
    assert changed.why.startswith(kind)
    assert desk.judge(signal("s-9", at=desk.now, instrument="ES", stop=95)).code == Code.REDUCING_ONLY
    desk.give(i.TradingStateAsked(TradingState.ACTIVE, "ann", "looked", ALPHA, at=desk.now))
    assert desk.judge(signal("s-10", at=desk.now, instrument="ES", stop=95)).code == ""


@pytest.mark.parametrize(("kind", "play"), CASES, ids=[kind for kind, _ in CASES])
def test_where_the_settings_say_so_it_goes_on(kind: str, play: Callable[[Desk], list[e.Event]]) -> None:
    desk = Desk(account(reduce_on_anomaly=False))
    assert kind in alarms(play(desk))
    assert desk.book.state.accounts[ALPHA].state is TradingState.ACTIVE


def test_what_is_open_keeps_its_way_out() -> None:
    desk = Desk(account(reduce_on_anomaly=True))
    overfilled(desk)
    assert desk.exit(), "an exit leaves all the same"


def test_a_person_s_stricter_word_is_not_softened() -> None:
    desk = Desk(account(reduce_on_anomaly=True))
    desk.give(i.TradingStateAsked(TradingState.HALTED, "ann", "news", ALPHA, at=desk.now))
    entry = next(iter(desk.book.state.orders), None)
    assert entry is None
    desk.give(i.TradingStateAsked(TradingState.ACTIVE, "ann", "over", ALPHA, at=desk.now))
    entry, *_ = desk.enter()
    desk.give(i.TradingStateAsked(TradingState.HALTED, "ann", "news", ALPHA, at=desk.now))
    assert "OVERFILL" in alarms(desk.fill(entry, 11))
    assert desk.book.state.accounts[ALPHA].state is TradingState.HALTED


def test_where_the_books_differ_all_who_share_the_account_are_held_back() -> None:
    shared = Shared()
    shared.quote("100", "100.01")
    for name, halts in ((ALPHA, True), (BETA, True), (GAMMA, False)):
        terms = msgspec.structs.replace(sharer(name), reduce_on_anomaly=halts)
        shared.give(i.AccountDeclared(terms, at=shared.desk.now))
    shared.by_hand(Side.BUY, 7, "hand-1", SPY)
    shared.compare()
    states = {name: shared.desk.book.state.accounts[name].state for name in (ALPHA, BETA, GAMMA)}
    assert states == {
        ALPHA: TradingState.REDUCING,
        BETA: TradingState.REDUCING,
        GAMMA: TradingState.ACTIVE,
    }
    assert MAIN not in shared.desk.book.state.accounts, "the venue's own account is none of ours"
