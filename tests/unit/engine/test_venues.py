"""What comes of requests, and of venues that come and go."""

import asyncio

import pytest
from tests.builders import ENGINE_HELD
from tests.unit.engine.stage import (
    PATIENCE_SECONDS,
    Calls,
    FarVenue,
    HandClock,
    NotedJournal,
    engine_on,
    entry,
    house,
    terms,
)

from kedge.domain.ids import VenueName
from kedge.domain.inputs import VenueShowed
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import Role, Terms
from kedge.engine import engine as engine_module
from kedge.engine import links as links_module
from kedge.venues.base import Link
from kedge.venues.errors import DuplicateError, NotSentError, RefusedError, UnknownOutcomeError

SUBMITS = [
    (NotSentError("no line"), OrderState.REJECTED, "not sent: no line"),
    (RefusedError("no such thing"), OrderState.REJECTED, "no such thing"),
    (DuplicateError("known id"), OrderState.IN_DOUBT, None),
    (UnknownOutcomeError("time-out"), OrderState.IN_DOUBT, None),
    (ValueError("a fault of the adapter"), OrderState.IN_DOUBT, None),
]


@pytest.mark.parametrize(("error", "state", "reason"), SUBMITS)
async def test_what_becomes_of_a_submit_that_fails(
    error: Exception, state: OrderState, reason: str | None
) -> None:
    async with house() as opened:
        opened.venue.outcome = {"submit": error, "query": UnknownOutcomeError("silent")}
        order = await opened.enter(state=state)
        assert order.reason == reason
        assert len(opened.venue.called("submit")) == 1
        if state is OrderState.IN_DOUBT:
            assert order.id in opened.venue.called("query") or opened.engine.book.next_deadline()
            detail = [row.payload for row in opened.journal.rows() if row.kind == "OrderDoubted"]
            assert str(error).encode() in detail[0]
        else:
            assert opened.leg(Role.STOP).state is OrderState.REJECTED


async def test_an_order_in_doubt_is_found_by_asking() -> None:
    async with house() as opened:
        opened.venue.outcome = {"submit": DuplicateError("known id")}
        order = await opened.enter(state=OrderState.ACCEPTED)
        assert opened.venue.called("query")[0] == order.id
        assert opened.venue.called("submit") == [order.id]


CHANGES = [
    (NotSentError("no line"), OrderState.ACCEPTED),
    (UnknownOutcomeError("time-out"), OrderState.CANCELLED),
    (RefusedError("too late"), OrderState.CANCELLED),
    (ValueError("a fault of the adapter"), OrderState.CANCELLED),
]


@pytest.mark.parametrize(("error", "shown"), CHANGES)
async def test_a_cancel_that_fails_is_asked_about(error: Exception, shown: OrderState) -> None:
    async with house() as opened:
        order = await opened.enter()
        answer = VenueShowed(order.id, "v", shown, at=HandClock()())
        opened.venue.outcome = {"cancel": error, "query": [answer]}
        opened.engine.cancel(order.id, "ann", "test")
        await opened.until(lambda: order.id in opened.venue.called("query"))
        if shown is OrderState.CANCELLED:
            await opened.until(lambda: order.state is OrderState.CANCELLED)
        else:  # still live: cancelled again, and this time it goes through
            opened.venue.outcome = {}
            await opened.until(lambda: order.state is OrderState.CANCELLED)
            assert opened.venue.called("cancel").count(order.id) > 1


async def test_a_replace_by_a_person() -> None:
    async with house() as opened:
        await opened.enter()
        stop = opened.leg(Role.STOP)
        await opened.until(lambda: stop.state is OrderState.ACCEPTED)
        opened.engine.replace(stop.id, Terms(stop_price=Nano(96 * 10**9)), "ann", "closer")
        await opened.until(lambda: "OrderReplaced" in opened.events())
        assert opened.venue.called("replace") == [stop.id]
        assert stop.stop_price == 96


async def test_a_command_for_a_venue_that_is_not_there() -> None:
    account = terms(venue=VenueName("nowhere"))
    async with house(account=account) as opened:
        order = await opened.enter(state=OrderState.REJECTED)
        assert order.reason == "no venue 'nowhere' is connected"


# -- coming and going --


async def test_s27_a_venue_that_cannot_be_reached_at_start_and_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(links_module, "RECONNECT_SECONDS", (0.0,))
    calls: Calls = []
    venue = FarVenue(calls)
    venue.refused_connects = 5
    async with house(venue=venue, connected=False) as opened:
        order = await opened.enter(state=OrderState.REJECTED)
        assert order.reason == "not sent: not connected"
        async with asyncio.timeout(PATIENCE_SECONDS):
            await venue.reached.wait()
        assert len(venue.called("connect")) == 6
        assert (await opened.enter("s-2")).state is OrderState.ACCEPTED


async def test_open_orders_are_asked_about_at_start_and_when_the_venue_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(links_module, "RECONNECT_SECONDS", (0.0,))
    calls: Calls = []
    journal = NotedJournal(calls)
    async with house(journal=journal) as opened:
        working = await opened.enter("s-1")
        opened.venue.outcome = {"submit": UnknownOutcomeError("?"), "query": UnknownOutcomeError("?")}
        stop = opened.leg(Role.STOP)
    calls.clear()
    venue = FarVenue(calls)
    venue.refused_connects = 3
    async with house(journal=journal, venue=venue) as opened:
        order = opened.order(working.id)
        await opened.until(lambda: not order.asked and not opened.order(stop.id).asked)
        connected = calls.index(("connect", ""), calls.index(("query", order.id)))
        assert {("query", order.id), ("query", stop.id)} <= set(calls[connected:])


async def test_a_submit_without_an_outcome_is_in_doubt_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "SETTLE_SECONDS", 0.01)
    calls: Calls = []
    journal = NotedJournal(calls)
    async with house(journal=journal) as opened:
        opened.venue.held = asyncio.Event()
        order = await opened.enter(state=None)
        await opened.until(lambda: "OrderSubmitted" in opened.events())
    async with house(journal=journal) as opened:
        assert "OrderDoubted" in opened.events()
        await opened.until(lambda: opened.order(order.id).state is OrderState.ACCEPTED)  # the venue shows it
        assert opened.venue.called("submit") == [order.id]  # by the first engine


async def test_a_question_that_could_not_leave_is_put_once_the_venue_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order in doubt does not have to wait for its next turn, however long its pause has grown."""
    monkeypatch.setattr(links_module, "RECONNECT_SECONDS", (0.0,))
    calls: Calls = []
    journal = NotedJournal(calls)
    async with house(journal=journal) as opened:
        opened.venue.outcome = {"submit": UnknownOutcomeError("?"), "query": UnknownOutcomeError("?")}
        order = await opened.enter(state=OrderState.IN_DOUBT)
    venue = FarVenue(calls)
    venue.refused_connects = 3
    async with house(journal=journal, venue=venue) as opened:  # its clock stands still: no deadline comes up
        await opened.until(lambda: opened.order(order.id).state is OrderState.ACCEPTED)


async def test_s15_orders_are_asked_about_when_the_link_is_back() -> None:
    async with house() as opened:
        order = await opened.enter()
        opened.calls.clear()
        opened.venue.link(Link.DOWN)
        opened.venue.link(Link.UP)
        await opened.until(lambda: "OrderConfirmed" in opened.events())
        assert order.id in opened.venue.called("query")


async def test_the_first_connection_asks_once() -> None:
    calls: Calls = []
    journal = NotedJournal(calls)
    async with house(journal=journal) as opened:
        order = await opened.enter()
    calls.clear()
    async with house(journal=journal) as opened:
        await opened.until(lambda: not opened.order(order.id).asked)
        await opened.engine.signal(entry("s-2"))  # the link's own word has come by now
        # The entry and its stop: once as the engine started, once as the venue was reached, and no third time.
        assert calls.count(("append", "OrderQueried")) == 4


async def test_a_venue_that_does_not_want_us_ends_the_engine() -> None:
    calls: Calls = []

    class Closed(FarVenue):
        async def connect(self) -> None:
            raise RefusedError("another protocol")

    engine = engine_on(NotedJournal(calls), [Closed(calls)])
    await engine.start()
    with pytest.raises(RefusedError, match="another protocol"):
        await engine.wait()
    await engine.stop()


async def test_an_unanswered_submit_is_asked_about_after_its_time() -> None:
    clock = HandClock()
    async with house(clock=clock) as opened:
        opened.venue.held = asyncio.Event()
        order = await opened.enter(state=None)
        while not opened.venue.called("submit"):  # noqa: ASYNC110 (one that has not left by then is not sent)
            await asyncio.sleep(0)
        assert order.state is OrderState.PENDING_NEW
        clock.pass_seconds(11)
        opened.engine.cancel(order.id, "ann", "wakes the loop")
        await opened.until(lambda: order.state is OrderState.IN_DOUBT)
        opened.venue.held.set()
        opened.venue.held = None


async def test_capabilities_decide_what_leaves() -> None:
    async with house(account=terms(ENGINE_HELD)) as opened:
        order = await opened.enter()
        assert opened.leg(Role.STOP).state is OrderState.NEW  # held in the engine
        assert opened.venue.called("submit") == [order.id]
        assert (await opened.engine.signal(entry("s-2"))).code == "POSITION_PENDING"
