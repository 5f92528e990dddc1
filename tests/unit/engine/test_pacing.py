"""What would leave too fast waits for its turn, ways out first; the kernel keeps entries from the last messages."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import ALPHA, SPY, Desk, account, nano, signal
from tests.unit.engine.stage import HandClock, exit_, house, terms

from kedge.domain import inputs as i
from kedge.domain.codes import Code
from kedge.domain.commands import CancelOrder, Command, QueryOrder, SubmitOrder
from kedge.domain.events import RequestRefused
from kedge.domain.ids import AccountId, OrderId
from kedge.domain.instants import MINUTE, NEVER, SECOND
from kedge.domain.lifecycle import OrderState
from kedge.domain.messages import MessageBudget
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest, OrderType, Role, Side
from kedge.domain.signals import Outcome
from kedge.engine.pacing import Lane, Pacer

TIGHT = MessageBudget(per_second=10, per_minute=20, reserve_pct=30)


def submit(name: str, role: Role) -> SubmitOrder:
    return SubmitOrder(
        OrderRequest(OrderId(name), ALPHA, SPY.symbol, Side.BUY, OrderType.MARKET, Nano(1), role=role)
    )


class Line:
    """A pacer, and what it has let go."""

    def __init__(self, clock: HandClock, sent: Any = None) -> None:
        self.left: list[str] = []
        self.pacer = Pacer(clock, sent or {})

    def take(self, command: Command, budget: MessageBudget, account_: str = "main") -> None:
        id_ = command.request.id if isinstance(command, SubmitOrder) else command.order
        self.pacer.take(command, Lane(AccountId(account_), budget), lambda: self.left.append(id_))


def test_ways_out_come_before_entries_and_each_in_the_order_of_coming() -> None:
    clock = HandClock()
    line, two = Line(clock), MessageBudget(per_second=2, per_minute=100)
    for name, role in (("e1", Role.ENTRY), ("e2", Role.ENTRY), ("e3", Role.ENTRY), ("x1", Role.EXIT)):
        line.take(submit(name, role), two)
    line.take(CancelOrder(OrderId("c1")), two)
    line.take(QueryOrder(OrderId("q1")), two)
    assert line.left == ["e1", "e2", "q1"], "a question waits for nothing"
    assert line.pacer.next_at == clock.now + SECOND
    clock.pass_seconds(0.999)
    line.pacer.release()
    assert len(line.left) == 3
    clock.pass_seconds(0.001)
    line.pacer.release()
    assert line.left[3:] == ["x1", "c1"]
    clock.pass_seconds(1)
    line.pacer.release()
    assert line.left[5:] == ["e3"]
    assert (line.pacer.waits, line.pacer.next_at) == (False, NEVER)


def test_a_minute_is_counted_too_and_each_venue_account_by_itself_and_over_a_restart() -> None:
    clock = HandClock()
    three = MessageBudget(per_second=2, per_minute=3)
    line = Line(clock, {AccountId("main"): [clock.now - 59 * SECOND, clock.now - 58 * SECOND]})
    for name in ("c1", "c2"):
        line.take(CancelOrder(OrderId(name)), three)
        line.take(CancelOrder(OrderId(f"other-{name}")), three, "other")
    assert line.left == ["c1", "other-c1", "other-c2"]
    assert line.pacer.next_at == clock.now + SECOND
    clock.pass_seconds(1)
    line.pacer.release()
    assert line.left[3:] == ["c2"]


async def test_a_cancel_that_has_to_wait_leaves_by_itself_once_there_is_room() -> None:
    clock = HandClock()
    slow = replace(terms(), messages=MessageBudget(per_second=2, per_minute=100, reserve_pct=0))
    async with house(account=slow, clock=clock) as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: order.filled == 10)
        answer = await opened.engine.signal(exit_())
        assert answer.order is not None
        leaving = opened.order(answer.order)
        await opened.until(lambda: leaving.state is OrderState.ACCEPTED)
        opened.engine.cancel(leaving.id, "ann", "wait")
        await opened.engine.recorded()
        assert opened.venue.called("cancel") == []
        clock.pass_seconds(1)
        await opened.until(lambda: leaving.state is OrderState.CANCELLED)
        assert opened.venue.called("cancel") == [leaving.id]


# --- the kernel's part ---


def busy(desk: Desk, messages: int, apart: float = 0) -> None:
    """So many entries are sent, and the venue takes none of them."""
    for number in range(messages):
        order = desk.enter(f"busy-{number}", accept=False)[0]
        desk.reject(order)
        desk.wait(apart)


@pytest.mark.parametrize(
    ("messages", "wait", "outcome"),
    [(6, 0, Outcome.ORDERED), (7, 0, Outcome.REFUSED), (7, 1, Outcome.ORDERED)],
)
def test_an_entry_leaves_the_last_messages_to_ways_out(messages: int, wait: int, outcome: Outcome) -> None:
    desk = Desk(account(messages=MessageBudget(per_second=10, per_minute=100, reserve_pct=30)))
    busy(desk, messages)
    desk.wait(wait)
    judged = desk.judge(signal("new", at=desk.now, stop=95))
    assert judged.outcome is outcome
    if outcome is Outcome.REFUSED:
        assert (judged.code, judged.checks[-1].gate) == (Code.MESSAGE_BUDGET, "message_budget")
        assert judged.checks[-1].figures == {
            "venue_account": "alpha",
            "sent_in_a_second": nano(7),
            "for_entries_in_a_second": nano(7),
            "kept_for_ways_out": nano(3),
        }


def test_cancels_and_changes_count_too() -> None:
    desk = Desk(account(messages=MessageBudget(per_second=4, per_minute=100, reserve_pct=25)))
    order = desk.enter(limit=90, stop=80, target=None)[0]
    desk.ask_replace(order, limit_price=91)
    desk.replaced(order, limit_price=91)
    desk.ask_cancel(order)
    judged = desk.judge(signal("new", at=desk.now, instrument="ES", stop=95))
    assert judged.code == Code.MESSAGE_BUDGET
    assert judged.checks[-1].figures["sent_in_a_second"] == nano(3)


def test_an_entry_that_is_made_larger_is_counted_like_a_new_one() -> None:
    desk = Desk(account(messages=MessageBudget(per_second=4, per_minute=100, reserve_pct=50)))
    order = desk.enter(quantity=10, limit=90, stop=80, target=None)[0]
    desk.ask_replace(order, quantity=20)
    desk.replaced(order, quantity=20)
    (refused,) = desk.ask_replace(order, quantity=30)
    assert isinstance(refused, RequestRefused)
    assert "MESSAGE_BUDGET" in refused.reason
    assert [type(event).__name__ for event in desk.ask_replace(order, quantity=5)] == ["ReplaceSubmitted"]


def test_ways_out_use_what_is_kept_and_more() -> None:
    desk = Desk(account(messages=MessageBudget(per_second=2, per_minute=100, reserve_pct=50)))
    entry = desk.enter(filled=10)[0]
    assert entry
    (leaving,) = desk.exit()
    desk.accept(leaving)
    assert [type(event).__name__ for event in desk.ask_cancel(leaving)] == ["CancelSubmitted"]


def test_everybody_who_shares_a_venue_account_draws_on_the_same_budget() -> None:
    few = account(messages=MessageBudget(per_second=3, per_minute=100, reserve_pct=60), venue_account="main")
    desk = Desk(few)
    desk.give(i.AccountDeclared(replace(few, id=AccountId("beta")), at=desk.now))
    desk.enter(limit=100)
    judged = desk.judge(signal("s-2", at=desk.now, account=AccountId("beta"), stop=95, limit=100))
    assert (judged.code, judged.checks[-1].figures["venue_account"]) == (Code.MESSAGE_BUDGET, "main")


def test_a_minute_is_counted_too() -> None:
    desk = Desk(account(messages=TIGHT))
    busy(desk, 14, apart=2)
    judged = desk.judge(signal("new", at=desk.now, stop=95))
    assert judged.code == Code.MESSAGE_BUDGET
    assert judged.checks[-1].figures["sent_in_a_minute"] == nano(14)
    desk.wait(MINUTE / SECOND)
    assert desk.judge(signal("newer", at=desk.now, stop=95)).outcome is Outcome.ORDERED
    assert len(desk.book.state.sent[ALPHA]) < 8, "what is old is forgotten"
    desk.check()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"per_second": 0}, "per_second must be 1 or more"),
        ({"per_minute": -1}, "per_minute must be 1 or more"),
        ({"reserve_pct": 100}, "reserve_pct must be 0 or more and below 100"),
        ({"reserve_pct": -1}, "reserve_pct must be 0 or more and below 100"),
    ],
)
def test_no_number_is_no_budget(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MessageBudget(**wrong)
