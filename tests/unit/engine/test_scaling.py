"""Positions that are added to and taken off in parts, by an engine with the exchange of its own process."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.builders import SPY
from tests.unit.engine.paper import HELD, Paper
from tests.unit.engine.stage import ALPHA

from kedge.domain.builders import Entry, Exit
from kedge.domain.capabilities import Capabilities
from kedge.domain.codes import Code
from kedge.domain.orders import Role
from kedge.journal.reader import open_reader
from kedge.kernel.cover import cover_of

VENUES = [
    pytest.param(Capabilities(), id="the venue holds stops"),
    pytest.param(HELD, id="the engine holds them"),
]


def add(stop: str, quantity: int = 5) -> Entry:
    return Entry("SPY", "LONG", account="alpha", quantity=quantity, stop=stop)


@pytest.mark.parametrize("capabilities", VENUES)
async def test_a_position_grows_shrinks_and_is_stopped_part_by_part(
    capabilities: Capabilities, tmp_path: Path
) -> None:
    paper = Paper(capabilities, tmp_path, max_adds=1)
    await paper.start()
    state = paper.engine.book.state
    await paper.show(10_000, 10_001)
    await paper.engine.signal(add("95", 10))
    await paper.until_held(10)
    await paper.show(9_900, 9_901)
    assert (await paper.engine.signal(add("95"))).code == Code.ADDS_TO_LOSER
    await paper.show(10_500, 10_501)
    await paper.engine.signal(add("103"))
    await paper.until_held(15)
    assert (await paper.engine.signal(add("104"))).code == Code.ADDS_EXHAUSTED
    await paper.engine.signal(Exit("SPY", account="alpha", pct=45, pnl="20"))
    await paper.until_held(9)  # 6.75, down to the lot
    position = state.position(ALPHA, SPY.symbol)
    assert position is not None
    await paper.until(lambda: cover_of(state, position).missing == 0)
    await paper.move(10_250, 10_251)
    await paper.until_held(4)  # the stop of what was added
    assert cover_of(state, position).missing == 0
    await paper.move(9_400, 9_401)
    await paper.until_held(0)
    await paper.until(lambda: not state.open_orders(ALPHA, SPY.symbol))
    await paper.engine.stop()
    with open_reader(tmp_path / "data") as reader:
        (trade,) = reader.trades()
        stops = [order for order in reader.orders() if order["role"] == Role.STOP]
    assert (trade["quantity"], trade["adds"], trade["exit_reason"]) == ("15", 1, "stop")
    assert Decimal(str(trade["risk"])) == 10 * Decimal("5.01") + 5 * Decimal("2.01")
    assert [order["filled"] for order in stops] == ["4", "5"]


async def test_a_position_of_several_entries_is_as_it_was_after_a_restart(tmp_path: Path) -> None:
    first = Paper(HELD, tmp_path, max_adds=1)
    await first.start()
    await first.show(10_000, 10_001)
    await first.engine.signal(add("95", 10))
    await first.until_held(10)
    await first.show(10_500, 10_501)
    await first.engine.signal(add("103"))
    await first.until_held(15)
    before = first.engine.book.state.position(ALPHA, SPY.symbol)
    await first.engine.stop()
    second = Paper(HELD, tmp_path, max_adds=1)
    await second.start()
    assert second.engine.book.state.position(ALPHA, SPY.symbol) == before
    await second.show(10_500, 10_501)
    await second.move(10_250, 10_251)
    await second.until_held(10)
    await second.move(9_400, 9_401)
    await second.until_held(0)
    await second.engine.stop()
