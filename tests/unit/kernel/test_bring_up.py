"""What the engine holds in place of a lost stop has followed the market: the venue's new stop gets there, once."""

from decimal import Decimal

import pytest
from tests.builders import ALPHA, SPY, Desk, account, submitted

from kedge.domain import inputs as i
from kedge.domain.accounts import Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Order, Role

D = Decimal


def stops(desk: Desk) -> list[Order]:
    state = desk.book.state
    return [o for o in state.open_orders(ALPHA, SPY.symbol) if o.request.role is Role.STOP]


@pytest.mark.parametrize("replaces", [True, False])
def test_the_venue_s_new_stop_is_brought_up_once(replaces: bool) -> None:
    trails = Follow(trail_percent=D(2), after_r=D("0.5"))
    desk = Desk(account(capabilities=Capabilities(replace=replaces), follow=trails))
    _, stop, _ = desk.enter(filled=10, target=130)
    desk.give(i.VenueExpired(stop, at=desk.now))
    events = desk.wait(3)
    (placed,) = (request.id for request in submitted(events))
    desk.quote("110.00", "110.25")
    events = desk.accept(placed)
    sent = 0
    for _ in range(10):
        for request in submitted(events):
            sent += 1
            events = desk.accept(request.id)
            break
        else:
            break
    if replaces:
        desk.replaced(placed, stop_price="107.80")
    for order in stops(desk):
        if order.state is OrderState.PENDING_CANCEL:
            desk.cancelled(order.id)
    assert sent == (0 if replaces else 1), "once"
    assert [(order.stop_price, order.state) for order in stops(desk)] == [(D("107.80"), OrderState.ACCEPTED)]
    desk.check()
