"""B: a running engine whose line to the venue comes and goes."""

from functools import partial

from tests.unit.engine.stage import NOON, UNIT, House, entry, house

from kedge.domain.inputs import VenueShowed
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, Order, Role
from kedge.domain.signals import Outcome
from kedge.venues.base import Link

S = OrderState


def shows_filled(opened: House, order: Order) -> None:
    """Asked, the venue shows this one filled and its stop as it is."""
    done = Execution("x-1", Nano(10 * UNIT), Nano(100 * UNIT))
    opened.venue.outcome = {"query": [VenueShowed(order.id, "v", S.FILLED, (done,), at=NOON)]}


async def test_s20_a_line_that_is_up_again_and_was_never_told_to_be_down_asks_about_everything() -> None:
    async with house() as opened:
        order = await opened.enter()
        opened.calls.clear()
        opened.venue.link(Link.UP)
        for number in range(2, 9):  # each ends when all that was told before it is in the record
            await opened.engine.signal(entry(f"s-{number}"))
        assert order.id in opened.venue.called("query")


async def test_s21_a_line_that_is_cut_every_night_ends_nothing() -> None:
    async with house() as opened:
        order = await opened.enter()
        for night in range(1, 6):
            opened.venue.link(Link.DOWN)
            opened.venue.link(Link.UP)
            confirmed = 2 * night  # the entry and its stop
            await opened.until(
                partial(lambda wanted: opened.events().count("OrderConfirmed") >= wanted, confirmed)
            )
        assert order.state is S.ACCEPTED
        assert (await opened.engine.signal(entry("s-2"))).code == "POSITION_PENDING"
        assert opened.venue.called("submit") == [order.id]


async def test_s22_an_order_that_was_sent_while_the_stream_was_down_is_asked_about_when_it_is_up() -> None:
    async with house() as opened:
        opened.venue.link(Link.DOWN)
        order = await opened.enter()
        shows_filled(opened, order)
        opened.venue.link(Link.UP)
        await opened.until(lambda: order.state is S.FILLED)
        assert opened.venue.called("submit") == [order.id]


async def test_s27_what_cannot_leave_is_refused_aloud_and_the_next_one_leaves_once_the_line_is_back() -> None:
    async with house() as opened:
        opened.venue.connected = False
        opened.venue.link(Link.DOWN)
        lost = await opened.enter(state=S.REJECTED)
        assert lost.reason == "not sent: not connected"
        assert opened.leg(Role.STOP).state is S.REJECTED
        opened.venue.connected = True
        opened.venue.link(Link.UP)
        sent = await opened.engine.signal(entry("s-2"))
        assert sent.outcome is Outcome.ORDERED
        assert sent.order is not None
        order = opened.order(sent.order)
        await opened.until(lambda: order.state is S.ACCEPTED)
