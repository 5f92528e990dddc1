"""What people and programs are told of the stop that rests at the venue for when the engine is gone."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.unit.cli.calls import Call
from tests.unit.engine.paper import Paper
from tests.unit.engine.stage import ALPHA, entry

from kedge.domain.capabilities import Capabilities
from kedge.domain.orders import Holder


async def _open_one(folder: Path) -> None:
    paper = Paper(msgspec.structs.replace(Capabilities(), hold=Holder.ENGINE), folder)
    await paper.start()
    await paper.show(10_000, 10_001)
    await paper.engine.signal(entry(stop="95", targets=[]))
    await paper.until_held(10)
    state = paper.engine.book.state
    await paper.until(
        lambda: any(order.venue_order_id and order.request.parent for order in state.orders.values())
    )
    assert len(paper.exchange.open_orders(ALPHA)) == 1
    await paper.engine.stop()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A record with a long position of ten, bought at 100.01 and stopped at 95 by the engine."""
    asyncio.run(_open_one(tmp_path))
    return tmp_path / "data"


def test_a_position_tells_it_apart_from_its_cover(kedge: Call, data: Path) -> None:
    (position,) = kedge("positions", "--data-dir", data, "--json").document["items"]
    assert position["protection"] == {"covered_by": "engine", "venue": "0", "engine": "10", "uncovered": "0"}
    assert position["stop_price"] == "95"
    assert position["disaster_stop"] == {"price": "89.99", "quantity": "10", "held_by": "venue"}
    listed = kedge("positions", "--data-dir", data)
    assert "open, disaster stop at 89.99" in listed.out
    told = kedge("positions", position["id"], "--data-dir", data)
    assert "Disaster stop  10 at 89.99, at the venue\n" in told.out
    assert "Covered by     engine\n" in told.out


def test_orders_and_the_signal_tell_it(kedge: Call, data: Path) -> None:
    orders = kedge("orders", "--data-dir", data, "--json").document["items"]
    (order,) = [each for each in orders if each["role"] == "disaster_stop"]
    assert (order["state"], order["stop_price"], order["holder"]) == ("ACCEPTED", "89.99", "venue")
    assert "disaster_stop" in kedge("orders", "--data-dir", data).out
    told = kedge("order", order["id"], "--data-dir", data)
    assert "disaster stop sent: sell 10 SPY" in told.out
    assert "disaster stop rests at the venue: sell 10 SPY" in told.out
    (signal,) = kedge("signals", "--data-dir", data, "--json").document["items"]
    explained = kedge("explain", signal["id"], "--data-dir", data)
    assert "disaster stop sent: sell 10 SPY, stop 89.99" in explained.out
