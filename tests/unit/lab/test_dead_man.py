"""The exchange withdraws entries of an engine that has fallen silent; what protects a position stays."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from tests.conformance.far_end import QUICK, FarEnd, client_of, far_end, within
from tests.conformance.stage import ALPHA, new_id, order

from kedge.domain.ids import OrderId
from kedge.domain.inputs import VenueCancelled
from kedge.domain.orders import Role, Side
from kedge.lab.dead_man import DeadMansSwitch
from kedge.venues.simulated.remote import RemoteVenue

SOON = replace(QUICK, dead_man_seconds=0.15)


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with far_end() as end:
        yield end


async def played(venue: RemoteVenue) -> tuple[OrderId, OrderId]:
    """An open position with its stop, and another entry that waits; ids of the stop and of the entry."""
    held, stop, waiting = order(), new_id(), order(limit="90")
    leg = order(id=stop, stop="80", side=Side.SELL, role=Role.STOP, parent=held.id, reduce_only=True)
    await venue.submit(held, (leg,))
    await venue.submit(waiting)
    return stop, waiting.id


async def test_entries_of_a_silent_engine_are_withdrawn_and_its_stops_stay(far: FarEnd) -> None:
    async with client_of(far.address) as onlooker:
        async with client_of(far.address, settings=SOON) as client:
            stop, waiting = await played(client.venue)
            assert await onlooker.venue.open_orders(ALPHA) == [stop, waiting]

        await onlooker.hears(VenueCancelled, waiting)
        assert await onlooker.venue.open_orders(ALPHA) == [stop]
        assert await onlooker.venue.positions(ALPHA)


async def test_a_living_engine_keeps_its_entries(far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed, often_enough = [], asyncio.Event()
    refresh = DeadMansSwitch.refresh

    def noted(switch: DeadMansSwitch, seconds: float) -> None:
        refreshed.append(seconds)
        if len(refreshed) == 5:  # longer than the switch waits
            often_enough.set()
        refresh(switch, seconds)

    monkeypatch.setattr(DeadMansSwitch, "refresh", noted)
    async with client_of(far.address, settings=replace(QUICK, dead_man_seconds=0.9)) as client:
        _, waiting = await played(client.venue)
        await within(often_enough.wait())
        assert waiting in await client.venue.open_orders(ALPHA)


async def test_a_switch_goes_off_once_and_can_be_switched_off() -> None:
    went = asyncio.Event()
    switch = DeadMansSwitch(went.set)
    switch.refresh(0.01)
    await within(went.wait())
    went.clear()
    switch.refresh(0.01)
    switch.refresh(0)
    await asyncio.sleep(0.03)
    assert not went.is_set()
