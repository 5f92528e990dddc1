"""The client of a far exchange when things go wrong: nothing is sent twice, and what is unknown is said to be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from tests.conformance.far_end import (
    IMPATIENT,
    NOWHERE,
    QUICK,
    WATCHFUL,
    FarEnd,
    client_of,
    far_end,
    within,
)
from tests.conformance.stage import ALPHA, HandClock, order, quote

from kedge.domain.ids import VenueName
from kedge.domain.inputs import (
    Request,
    VenueAccepted,
    VenueCancelled,
    VenueFilled,
    VenueRefused,
    VenueRejected,
    VenueShowed,
)
from kedge.domain.instants import SECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.venues.base import Link
from kedge.venues.errors import DuplicateError, NotSentError, RefusedError, UnknownOutcomeError, VenueError
from kedge.venues.simulated import wire
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.remote import RemoteSettings, RemoteVenue


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as end:
        yield end


# --- Doubt. ---


async def test_a_lost_answer_is_unknown_and_the_order_is_found_by_asking(far: FarEnd) -> None:
    async with client_of(far.address, settings=IMPATIENT) as hasty, client_of(far.address) as client:
        far.errs(lose_answer=1)
        request = order()
        with pytest.raises(UnknownOutcomeError, match=r"no answer within 0\.1 s"):
            await hasty.venue.submit(request)
        far.errs()
        showed = await client.venue.query(request.id)
        assert isinstance(showed, VenueShowed) and showed.state is OrderState.FILLED
        assert hasty.told == []
        with pytest.raises(DuplicateError):
            await client.venue.submit(request)


async def test_a_connection_cut_in_place_of_an_answer_is_unknown_and_the_order_is_found_by_asking(
    far: FarEnd,
) -> None:
    async with client_of(far.address) as client:
        far.errs(close_after=1)
        request = order()
        with pytest.raises(UnknownOutcomeError, match="hung up"):
            await client.venue.submit(request)
        far.errs()
        await client.until(lambda: client.links == [Link.UP, Link.DOWN, Link.UP])
        assert isinstance(await client.venue.query(request.id), VenueShowed)


@pytest.mark.parametrize("fault", ["lose_answer", "close_after"])
async def test_a_cancel_without_an_answer_is_unknown_and_was_done(far: FarEnd, fault: str) -> None:
    async with client_of(far.address, settings=IMPATIENT) as hasty, client_of(far.address) as client:
        request = order(limit="90")
        await client.venue.submit(request)
        far.errs(**{fault: 1})
        with pytest.raises(UnknownOutcomeError):
            await hasty.venue.cancel(request.id)
        far.errs()
        assert far.exchange.open_orders(ALPHA) == []


async def test_an_answer_that_comes_too_late_is_told_by_the_stream(far: FarEnd) -> None:
    async with client_of(far.address, settings=IMPATIENT) as client:
        far.errs(delay_answer=1, delay_seconds=0.3)
        request = order(limit="90")
        with pytest.raises(UnknownOutcomeError):
            await client.venue.submit(request)
        await client.hears(VenueAccepted, request.id, times=2)  # the push, and then the late answer
        connection = client.venue._connection
        assert connection is not None and connection._waiting == {}


async def test_a_late_submit_that_has_expired_is_refused_and_never_lives(far: FarEnd) -> None:
    async with client_of(far.address, settings=IMPATIENT) as hasty, client_of(far.address) as client:
        far.errs(late_submit=1, late_seconds=1)
        request = order()
        with pytest.raises(UnknownOutcomeError):
            await hasty.venue.submit(request, expires=Instant(far.clock.now + SECOND))
        far.clock.pass_seconds(2)
        assert isinstance(await client.venue.query(request.id), list)
        [rejected, *_] = await client.hears(VenueRejected, request.id)
        assert rejected.reason == "request too old"
        assert isinstance(await client.venue.query(request.id), list)
        assert far.exchange.positions(ALPHA) == {}


async def test_a_late_submit_that_has_not_expired_lives_and_is_told_of(far: FarEnd) -> None:
    async with client_of(far.address, settings=IMPATIENT) as client:
        far.errs(late_submit=1, late_seconds=0.3)
        request = order()
        with pytest.raises(UnknownOutcomeError):
            await client.venue.submit(request, expires=Instant(far.clock.now + SECOND))
        await client.hears(VenueFilled, request.id)


async def test_a_submit_that_is_given_up_by_its_caller_leaves_the_connection_good(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        far.errs(delay_answer=1, delay_seconds=0.2)
        request = order(limit="90")
        caller = asyncio.create_task(client.venue.submit(request))
        await client.hears(VenueAccepted, request.id)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        await client.hears(VenueAccepted, request.id, times=2)
        assert await client.venue.open_orders(ALPHA) == [request.id]


# --- The stream. ---


async def test_reports_come_twice_where_the_exchange_says_them_twice(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        far.errs(duplicate_report=1)
        request = order()
        await client.venue.submit(request)
        first, second = await client.hears(VenueFilled, request.id, times=2)
        assert first == second


async def test_a_dropped_report_is_made_good_by_a_query(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        request = order(limit="95")
        await client.venue.submit(request)
        await client.hears(VenueAccepted, request.id)
        far.errs(drop_report=1)
        far.server._ticker._on_reports(far.exchange.take(quote("94.98", "95.00", Instant(far.clock.now + 1))))
        showed = await client.venue.query(request.id)
        assert isinstance(showed, VenueShowed) and len(showed.executions) == 1
        assert client.heard(VenueFilled, request.id) == []


async def test_reports_overtake_each_other_where_the_exchange_mixes_them_up(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        far.errs(reorder_report=1)
        request = order()
        await client.venue.submit(request)
        await client.hears(VenueAccepted, request.id)
        assert [type(report) for report in client.told] == [VenueFilled, VenueAccepted]


async def test_a_report_that_is_held_back_and_not_overtaken_is_told_all_the_same(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        far.errs(reorder_report=1)
        request = order(limit="90")
        await client.venue.submit(request)
        await client.hears(VenueAccepted, request.id)


async def test_what_was_said_while_a_client_was_away_is_not_said_again(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        request = order(limit="90")
        await client.venue.submit(request)
    async with client_of(far.address) as client:
        showed = await client.venue.query(request.id)
        assert isinstance(showed, VenueShowed)
        await client.venue.cancel(request.id)
        await client.hears(VenueCancelled, request.id)
        assert len(client.told) == 1


async def test_each_client_hears_what_the_others_do(far: FarEnd) -> None:
    async with client_of(far.address) as one, client_of(far.address) as other:
        request = order()
        await one.venue.submit(request)
        await other.hears(VenueFilled, request.id)


async def test_quotes_come_along(far: FarEnd) -> None:
    async with client_of(far.address) as client:
        moved = quote("101", "101.01", far.clock.now)
        far.server._push_quotes([moved])
        assert await within(anext(client.venue.quotes())) == moved


# --- The way there. ---


async def test_an_exchange_that_is_not_there_was_certainly_not_sent_anything() -> None:
    venue = RemoteVenue(VenueName("far"), NOWHERE, HandClock(), QUICK)
    for _ in range(2):
        with pytest.raises(NotSentError, match=r"127\.0\.0\.1:1 cannot be reached"):
            await venue.connect()
    with pytest.raises(NotSentError):
        await venue.submit(order())
    await venue.close()


async def test_while_the_exchange_is_away_requests_are_not_sent_and_when_it_is_back_the_listener_hears_it(
    far: FarEnd,
) -> None:
    async with client_of(far.address) as client:
        await far.server.close()
        await client.until(lambda: client.links[-1] is Link.DOWN)
        with pytest.raises(NotSentError, match="lost"):
            await client.venue.submit(order())
        await far.server.start(far.address)
        await client.until(lambda: client.links == [Link.UP, Link.DOWN, Link.UP])
        assert await client.venue.submit(order())


async def test_a_listener_that_fails_does_not_keep_the_venue_from_coming_back(far: FarEnd) -> None:
    loop = asyncio.get_running_loop()
    failures: list[dict[str, object]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    async with client_of(far.address) as client:
        client.venue.watch(lambda link, why: 1 / 0)  # type: ignore[arg-type]
        await far.server.close()
        await far.server.start(far.address)
        await client.until(lambda: client.links == [Link.UP, Link.DOWN, Link.UP])
    assert len(failures) == 2


# --- Far ends that are no good. ---

Manners = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What every far end does first."""
    ask = wire.read_ask(await reader.readline())
    writer.write(wire.to_line(wire.Answer(ask.number, wire.Welcome("fake"))))


@asynccontextmanager
async def fake(manners: Manners) -> AsyncIterator[Address]:
    over = asyncio.Event()
    visits: list[asyncio.Task[None]] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        visits.append(task)
        try:
            await manners(reader, writer)
            await over.wait()
        except asyncio.CancelledError:
            return
        finally:
            writer.transport.abort()

    server, address = await Address(host="127.0.0.1").listen(visit)
    try:
        yield address
    finally:
        server.close()
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and never says a word."""


async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    await reader.readline()
    writer.write(b"what?\n")


async def cut_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    ask = wire.read_ask(await reader.readline())
    writer.write(wire.to_line(wire.Answer(ask.number, wire.Done(())))[:-5])
    writer.close()


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    await reader.readline()
    for _ in range(2 * wire.LINE_BYTES_MAX // 2**16 + 1):
        writer.write(b"x" * 2**16)
        await writer.drain()


async def beside_the_point(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await greet(reader, writer)
    ask = wire.read_ask(await reader.readline())
    writer.write(wire.to_line(wire.Answer(ask.number, wire.Pong())))


@pytest.mark.parametrize(
    "manners", [silent, gibberish, cut_off, endless, beside_the_point], ids=lambda manners: manners.__name__
)
async def test_whatever_is_no_clear_answer_is_unknown(manners: Manners) -> None:
    async with fake(manners) as address, client_of(address, settings=WATCHFUL) as client:
        with pytest.raises(UnknownOutcomeError):
            await client.venue.submit(order())


async def test_a_half_open_connection_is_found_by_its_silence() -> None:
    async with fake(silent) as address, client_of(address, settings=WATCHFUL) as client:
        await client.until(lambda: client.links[:2] == [Link.UP, Link.DOWN])


async def test_one_who_takes_the_connection_and_never_speaks_is_not_there() -> None:
    async with fake(deaf) as address:
        venue = RemoteVenue(VenueName("far"), address, HandClock(), RemoteSettings(connect_seconds=0.1))
        with pytest.raises(NotSentError, match="does not answer"):
            await venue.connect()
        await venue.close()


async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        ask = wire.read_ask(line)
        answer: wire.Result = wire.Failed(wire.FailureCode.REFUSED, "closed for today")
        if isinstance(ask.request, wire.Hello):
            answer = wire.Welcome("fake")
        writer.write(wire.to_line(wire.Answer(ask.number, answer)))


async def test_a_definite_refusal_of_a_request_is_a_report_and_of_a_question_an_error() -> None:
    clock = HandClock()
    async with fake(refuses) as address, client_of(address, clock) as client:
        entry = order()
        leg = order(stop="90", parent=entry.id)
        now, why = clock.now, "closed for today"
        assert await client.venue.submit(entry, (leg,)) == [
            VenueRejected(order=entry.id, reason=why, at=now),
            VenueRejected(order=leg.id, reason=why, at=now),
        ]
        assert await client.venue.cancel(entry.id) == [
            VenueRefused(order=entry.id, request=Request.CANCEL, reason=why, at=now)
        ]
        with pytest.raises(RefusedError, match=why):
            await client.venue.positions(ALPHA)


async def unwelcoming(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    ask = wire.read_ask(await reader.readline())
    writer.write(wire.to_line(wire.Answer(ask.number, wire.Failed(wire.FailureCode.REFUSED, "go away"))))


async def test_an_exchange_that_does_not_want_us_says_so() -> None:
    async with fake(unwelcoming) as address:
        venue = RemoteVenue(VenueName("far"), address, HandClock(), QUICK)
        with pytest.raises(RefusedError, match="go away"):
            await venue.connect()
        await venue.close()


def test_every_error_of_a_request_is_one_of_the_port() -> None:
    assert {error.__name__ for error in VenueError.__subclasses__()} == {
        "NotSentError",
        "RefusedError",
        "UnknownOutcomeError",
    }
