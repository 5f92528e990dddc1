"""When the clock has to be handed in for a position that is held for long enough."""

from tests.builders import Desk, account

from kedge.domain.accounts import Follow
from kedge.domain.instants import SECOND, Span
from kedge.domain.lifecycle import OrderState


def test_the_deadline_of_a_position_is_looked_for_again_when_what_the_engine_holds_is_on_its_way() -> None:
    """Else the clock would be handed in without end, for a position that nobody closes twice."""
    desk = Desk(account(follow=Follow(time_exit=Span(20 * SECOND))))
    _, stop, _ = desk.enter(filled=10)
    desk.cancelled(stop)
    (held,) = (order for order in desk.book.state.orders.values() if order.state is OrderState.NEW)
    assert not desk.book.is_due(desk.now)  # so that the deadline is known before
    desk.accept(held.id)
    desk.wait(30)
    assert not desk.book.is_due(desk.now)
