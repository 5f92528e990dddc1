"""News: which events are told, in which words, and what is kept of them."""

import pytest
from tests.builders import ALPHA, NOON, Desk, signal

from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.events import Event, OrderAccepted
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role
from kedge.domain.steps import Step
from kedge.engine.control.messages import Switched, Told, Weight
from kedge.engine.control.news import LINES_KEPT, TEXT_LENGTH_MAX, News

ROLES = (Role.ENTRY, Role.STOP, Role.TARGET)


class Paper:
    """News of a book that is driven by hand."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.news = News(self.desk.book.state)

    def tell(self, *events: Event, step: int = 1) -> tuple[Told, ...]:
        return self.news.take(Step(step, NOON, None, list(events)), tell=True)


def test_a_round_trip_is_told_in_words_with_its_weights() -> None:
    paper = Paper()
    entry, _, target = paper.desk.enter(filled=10)
    told = paper.tell(*paper.desk.fill(target, 10, 110, fee=1))
    closed = told[-1]
    assert (closed.text, closed.weight) == (
        "closed by target: LONG 10, +99.00 after fees of 1.00",
        Weight.GOOD,
    )
    assert (closed.account, closed.instrument, closed.step, closed.at) == (ALPHA, "SPY", 1, NOON)
    assert [line.weight for line in told] == [Weight.NOTABLE, Weight.GOOD]
    assert entry


def test_a_loss_weighs_as_one() -> None:
    paper = Paper()
    _, stop, _ = paper.desk.enter(filled=10)
    assert paper.tell(*paper.desk.fill(stop, 10, 95))[-1].weight is Weight.LOSS


@pytest.mark.parametrize(("role", "told"), [(Role.ENTRY, 1), (Role.STOP, 0), (Role.TARGET, 0)])
def test_what_becomes_of_an_exit_that_is_not_needed_any_more_is_no_news(role: Role, told: int) -> None:
    paper = Paper()
    order = paper.desk.enter()[ROLES.index(role)]
    ended = [event for event in paper.desk.cancelled(order) if type(event).__name__ == "OrderEnded"]
    assert len(paper.tell(*ended[:1])) == told


def test_events_that_nobody_needs_to_hear_of_are_not_told() -> None:
    paper = Paper()
    paper.desk.enter()
    confirmed = paper.desk.showed(next(iter(paper.desk.book.state.orders)))
    assert confirmed
    assert paper.tell(*confirmed) == ()


def test_a_late_comer_is_told_the_last_lines_in_order() -> None:
    paper = Paper()
    for step in range(LINES_KEPT + 20):
        paper.news.take(Step(step, NOON, None, paper.desk.set_trading(_state(step))), tell=False)
    lines = paper.news.lines()
    assert [line.step for line in lines] == list(range(20, LINES_KEPT + 20))


def test_nothing_is_told_while_nobody_listens() -> None:
    paper = Paper()
    step = Step(1, NOON, None, paper.desk.set_trading(TradingState.HALTED))
    assert paper.news.take(step, tell=False) == ()
    assert len(paper.news.lines()) == 1


def test_who_touched_the_switches_last_is_known_for_all_and_for_each_account() -> None:
    paper = Paper()
    for state in (TradingState.HALTED, TradingState.ACTIVE, TradingState.REDUCING):
        paper.tell(*paper.desk.set_trading(state))
    paper.tell(*paper.desk.set_trading(TradingState.HALTED, ALPHA))
    assert paper.news.switches == (
        Switched(None, TradingState.REDUCING, "ann", "test", NOON),
        Switched(ALPHA, TradingState.HALTED, "ann", "test", NOON),
    )


def test_a_long_reason_is_cut() -> None:
    paper = Paper()
    entry = paper.desk.enter()[0]
    told = paper.tell(*paper.desk.reject(entry, "x" * 10_000))
    assert max(len(line.text) for line in told) == TEXT_LENGTH_MAX


def test_a_signal_that_was_refused_weighs_more_than_one_that_was_not() -> None:
    paper = Paper()
    paper.desk.enter(filled=10)
    refused = paper.desk.judge(signal("s-2", stop=95))
    assert refused.code == Code.POSITION_OPEN
    assert [line.weight for line in paper.tell(refused)] == [Weight.CAUTION]


def test_an_order_that_memory_has_let_go_of_is_told_without_its_wish() -> None:
    told = Paper().tell(OrderAccepted(order=OrderId("gone"), venue_order_id="v", state=OrderState.ACCEPTED))
    assert [(line.text, line.account) for line in told] == [("accepted by the venue", "")]


def _state(step: int) -> TradingState:
    return TradingState.HALTED if step % 2 else TradingState.REDUCING
