"""The examination that every venue sits: numbered cases over the `Venue` port, the same for all.

An adapter's test module subclasses `VenueExam` and yields a `Candidate` from its `candidate` fixture. Case 12 is
skipped where the capabilities say that there are no brackets, one where there are no pairs; nothing else is left out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import pytest
from tests.conformance.stage import ALPHA, SPY, nano, new_id, order

from kedge.domain.ids import AccountId, OrderId
from kedge.domain.inputs import (
    Request,
    VenueAccepted,
    VenueCancelled,
    VenueChange,
    VenueFilled,
    VenueMissing,
    VenueRefused,
    VenueRejected,
    VenueReplaced,
    VenueReport,
    VenueShowed,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import from_nano
from kedge.domain.orders import OrderRequest, Role, Side, Terms
from kedge.venues.base import Link, TellsExecutions, Venue
from kedge.venues.errors import DuplicateError, NotSentError, RefusedError

R = TypeVar("R")
PATIENCE_SECONDS = 10.0
LOW, HIGH = "90", "110"  # a buy at LOW rests, a buy at HIGH trades at once


@dataclass
class Candidate:
    """A venue that is not connected yet, with SPY at about 100, cash on the account, and no orders."""

    venue: Venue
    clock: Callable[[], Instant]
    account: AccountId = ALPHA
    told: list[VenueReport] = field(default_factory=list)  # what the stream has said so far
    links: list[Link] = field(default_factory=list)

    async def tells(self, kind: type[R], order: OrderId) -> R:
        """The first report of this kind on this order, from the stream."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for report in self.told:
                    if isinstance(report, kind) and getattr(report, "order", None) == order:
                        return report
                self.told.append(await anext(self.venue.reports()))

    async def buys(self, quantity: str = "10", **terms: str) -> OrderRequest:
        """A buy that the venue has taken."""
        request = order(quantity, account=self.account, **terms)  # type: ignore[arg-type]
        await self.venue.submit(request)
        await self.tells(VenueAccepted, request.id)
        return request

    async def holds(self, quantity: str = "10") -> OrderRequest:
        """A market buy that has filled."""
        request = await self.buys(quantity)
        await self.tells(VenueFilled, request.id)
        return request


def of_kind(reports: Sequence[VenueReport], kind: type[R]) -> list[R]:
    return [report for report in reports if isinstance(report, kind)]


class VenueExam:
    """The cases. A subclass defines the fixture `candidate`."""

    @pytest.fixture
    async def on(self, candidate: Candidate) -> AsyncIterator[Candidate]:
        """The candidate, connected."""
        candidate.venue.watch(lambda link, why: candidate.links.append(link))
        await candidate.venue.connect()
        yield candidate
        await candidate.venue.close()

    async def test_01_an_order_away_from_the_market_is_accepted_and_rests(self, on: Candidate) -> None:
        request = order(limit=LOW)
        reports = await on.venue.submit(request)
        accepted = await on.tells(VenueAccepted, request.id)
        assert accepted.venue_order_id
        assert not of_kind([*reports, *on.told], VenueFilled)
        assert await on.venue.open_orders(on.account) == [request.id]

    async def test_02_an_impossible_order_is_rejected_with_a_reason(self, on: Candidate) -> None:
        request = order("0.5")
        [rejected] = of_kind(await on.venue.submit(request), VenueRejected)
        assert rejected.order == request.id and rejected.reason
        assert await on.venue.open_orders(on.account) == []
        assert await on.venue.positions(on.account) == {}

    async def test_03_an_order_at_the_market_fills_for_its_quantity(self, on: Candidate) -> None:
        request = await on.buys("10")
        filled = await on.tells(VenueFilled, request.id)
        assert filled.execution.quantity == nano("10")
        assert Decimal(90) < from_nano(filled.execution.price) < Decimal(110)
        assert await on.venue.open_orders(on.account) == []

    async def test_04_a_cancelled_order_is_dead(self, on: Candidate) -> None:
        request = await on.buys(limit=LOW)
        await on.venue.cancel(request.id)
        await on.tells(VenueCancelled, request.id)
        assert await on.venue.open_orders(on.account) == []
        showed = await on.venue.query(request.id)
        assert isinstance(showed, VenueShowed) and showed.state is OrderState.CANCELLED

    @pytest.mark.parametrize("known", [True, False])
    async def test_05_what_cannot_be_cancelled_is_refused(self, on: Candidate, known: bool) -> None:
        id_ = (await on.holds()).id if known else new_id()
        [refused] = of_kind(await on.venue.cancel(id_), VenueRefused)
        assert (refused.order, refused.request) == (id_, Request.CANCEL) and refused.reason

    async def test_06_a_replaced_order_lives_on_under_its_new_terms(self, on: Candidate) -> None:
        request = await on.buys(limit=LOW)
        await on.venue.replace(request.id, Terms(quantity=nano("7"), limit_price=nano("91")))
        replaced = await on.tells(VenueReplaced, request.id)
        assert replaced.terms == Terms(quantity=nano("7"), limit_price=nano("91"))
        showed = await on.venue.query(request.id)
        assert isinstance(showed, VenueShowed)
        assert (showed.terms, showed.state) == (replaced.terms, OrderState.ACCEPTED)

    @pytest.mark.parametrize("known", [True, False])
    async def test_07_what_cannot_be_replaced_is_refused(self, on: Candidate, known: bool) -> None:
        id_ = (await on.holds()).id if known else new_id()
        [refused] = of_kind(await on.venue.replace(id_, Terms(quantity=nano("7"))), VenueRefused)
        assert (refused.order, refused.request) == (id_, Request.REPLACE) and refused.reason

    @pytest.mark.parametrize("then", ["rests", "is cancelled", "is filled"])
    async def test_08_an_id_is_good_for_one_order_for_ever(self, on: Candidate, then: str) -> None:
        first = await (on.holds() if then == "is filled" else on.buys(limit=LOW))
        if then == "is cancelled":
            await on.venue.cancel(first.id)
        held = await on.venue.positions(on.account)
        with pytest.raises(DuplicateError):
            await on.venue.submit(first)
        with pytest.raises(DuplicateError):
            await on.venue.submit(order("3", limit=LOW, id=first.id))
        assert await on.venue.positions(on.account) == held
        assert await on.venue.open_orders(on.account) == ([first.id] if then == "rests" else [])

    async def test_09_a_query_shows_an_order_with_its_fills(self, on: Candidate) -> None:
        request = await on.holds()
        filled = await on.tells(VenueFilled, request.id)
        accepted = await on.tells(VenueAccepted, request.id)
        showed = await on.venue.query(request.id)
        assert isinstance(showed, VenueShowed)
        assert (showed.order, showed.venue_order_id) == (request.id, accepted.venue_order_id)
        assert (showed.state, showed.executions) == (OrderState.FILLED, (filled.execution,))

    @pytest.mark.parametrize("others", [True, False], ids=["others there", "nothing there"])
    async def test_10_a_query_for_what_never_was_says_so_at_each_endpoint(
        self, on: Candidate, others: bool
    ) -> None:
        if others:
            await on.buys(limit=LOW)
        missing = await on.venue.query(OrderId("never-was"))
        assert isinstance(missing, list)
        assert [type(said) for said in missing] == [VenueMissing] * len(missing)
        assert [said.endpoint for said in missing] == list(on.venue.capabilities.absence_endpoints)
        assert all(said.control and said.order == "never-was" for said in missing)

    async def test_11_open_orders_are_listed_oldest_first(self, on: Candidate) -> None:
        requests = [await on.buys(limit=LOW) for _ in range(3)]
        await on.holds()
        await on.venue.cancel(requests[1].id)
        assert await on.venue.open_orders(on.account) == [requests[0].id, requests[2].id]

    async def test_12_a_bracket_s_exits_come_alive_with_its_entry_and_end_together(
        self, on: Candidate
    ) -> None:
        if not on.venue.capabilities.bracket:
            pytest.skip("the venue takes no brackets")
        entry = order("10")
        stop = order("10", stop=LOW, side=Side.SELL, role=Role.STOP, parent=entry.id, reduce_only=True)
        target = order("10", limit=HIGH, side=Side.SELL, role=Role.TARGET, parent=entry.id, reduce_only=True)
        await on.venue.submit(entry, (stop, target))
        await on.tells(VenueFilled, entry.id)
        assert await on.venue.open_orders(on.account) == [stop.id, target.id]
        await on.venue.replace(target.id, Terms(limit_price=nano("95")))  # below the market: sells at once
        await on.tells(VenueFilled, target.id)
        await on.tells(VenueCancelled, stop.id)
        assert await on.venue.positions(on.account) == {}

    async def test_23_of_a_pair_what_one_fills_the_other_loses(self, on: Candidate) -> None:
        if not on.venue.capabilities.oco:
            pytest.skip("the venue takes no pairs")
        entry = await on.holds("10")
        stop = order("10", stop=LOW, side=Side.SELL, role=Role.STOP, parent=entry.id)
        target = order("10", limit=HIGH, side=Side.SELL, role=Role.TARGET, parent=entry.id)
        await on.venue.submit(stop, (target,))
        assert await on.venue.open_orders(on.account) == [stop.id, target.id]
        await on.venue.replace(target.id, Terms(limit_price=nano("95")))  # below the market: sells at once
        await on.tells(VenueFilled, target.id)
        await on.tells(VenueCancelled, stop.id)
        assert await on.venue.positions(on.account) == {}
        assert await on.venue.open_orders(on.account) == []

    async def test_13_positions_are_signed_and_flat_ones_left_out(self, on: Candidate) -> None:
        await on.holds("10")
        assert await on.venue.positions(on.account) == {SPY.symbol: Decimal(10)}
        for sold, left in (("4", {SPY.symbol: Decimal(6)}), ("6", {})):
            sale = order(sold, side=Side.SELL)
            await on.venue.submit(sale)
            await on.tells(VenueFilled, sale.id)
            assert await on.venue.positions(on.account) == left

    async def test_14_cash_moves_by_what_was_traded_and_its_fee(self, on: Candidate) -> None:
        before = await on.venue.balances(on.account)
        request = await on.holds("10")
        execution = (await on.tells(VenueFilled, request.id)).execution
        after = await on.venue.balances(on.account)
        fee = from_nano(execution.fee)
        assert after.cash == before.cash - 10 * from_nano(execution.price) - fee
        assert after.fees == before.fees + fee

    async def test_15_the_stream_tells_an_order_s_way_in_order(self, on: Candidate) -> None:
        request = await on.holds()
        resting = await on.buys(limit=LOW)
        await on.venue.cancel(resting.id)
        await on.tells(VenueCancelled, resting.id)
        way = [(type(report), report.order) for report in on.told if not isinstance(report, VenueChange)]
        assert way == [
            (VenueAccepted, request.id),
            (VenueFilled, request.id),
            (VenueAccepted, resting.id),
            (VenueCancelled, resting.id),
        ]

    async def test_16_a_request_that_comes_too_late_is_refused_and_never_was(self, on: Candidate) -> None:
        request = order()
        [rejected] = await on.venue.submit(request, expires=Instant(on.clock() - 1))
        assert isinstance(rejected, VenueRejected)
        assert isinstance(await on.venue.query(request.id), list)
        assert await on.venue.positions(on.account) == {}

    async def test_17_every_fill_can_be_asked_for(self, on: Candidate) -> None:
        assert isinstance(on.venue, TellsExecutions)
        first, second = await on.holds(), await on.holds("5")
        told = [(each.id, (await on.tells(VenueFilled, each.id)).execution) for each in (first, second)]
        assert await on.venue.executions(on.account) == told

    async def test_18_an_unknown_account_is_refused(self, on: Candidate) -> None:
        nobody = AccountId("nobody")
        asks: list[Callable[[AccountId], Awaitable[object]]] = [
            on.venue.open_orders,
            on.venue.positions,
            on.venue.balances,
        ]
        for ask in asks:
            with pytest.raises(RefusedError, match="nobody"):
                await ask(nobody)
        [rejected] = of_kind(await on.venue.submit(order(account=nobody)), VenueRejected)
        assert "nobody" in rejected.reason

    async def test_19_nothing_is_sent_before_the_venue_is_connected_or_after_it_is_closed(
        self, candidate: Candidate
    ) -> None:
        request = order()
        with pytest.raises(NotSentError):
            await candidate.venue.submit(request)
        await candidate.venue.connect()
        assert isinstance(await candidate.venue.query(request.id), list)
        await candidate.venue.close()
        with pytest.raises(NotSentError):
            await candidate.venue.submit(request)

    async def test_20_closing_ends_the_stream(self, candidate: Candidate) -> None:
        await candidate.venue.connect()
        request = await candidate.buys(limit=LOW)
        reader = asyncio.create_task(_all(candidate.venue.reports()))
        await candidate.venue.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader == []
        first = candidate.told[0]
        assert isinstance(first, VenueAccepted)
        assert first.order == request.id

    async def test_21_the_listener_hears_that_the_link_is_up(self, on: Candidate) -> None:
        await on.venue.balances(on.account)
        await asyncio.sleep(0)
        assert on.links == [Link.UP]

    async def test_22_many_requests_at_once_are_each_answered_with_their_own(self, on: Candidate) -> None:
        requests = [order(limit=LOW, quantity="1") for _ in range(20)]
        answers = await asyncio.gather(*(on.venue.submit(request) for request in requests))
        assert [of_kind(answer, VenueAccepted)[0].order for answer in answers] == [r.id for r in requests]


async def _all(stream: AsyncIterator[VenueReport]) -> list[VenueReport]:
    return [report async for report in stream]
