"""Prices: fed as lines or brought by the venue, they release what the engine holds."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.builders import RESTING, SPY
from tests.unit.engine.paper import HELD, Paper
from tests.unit.engine.stage import ALPHA, HandClock, House, entry, exit_, house, terms

from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import OrderType, Role
from kedge.domain.quotes import Print, Quote
from kedge.domain.signals import Outcome
from kedge.sim.abilities import Abilities


def quote(bid: int, ask: int) -> Quote:
    return Quote(SPY.symbol, HandClock().now, Ticks(bid), Ticks(ask))


@pytest.fixture
async def holding() -> AsyncIterator[House]:
    """Long ten, with the stop at 95 held in the engine."""
    async with house(account=terms(HELD)) as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: "PositionOpened" in opened.events())
        yield opened


async def test_lines_of_market_data_are_counted_and_release_a_held_stop(holding: House) -> None:
    lines = [quote(9_900, 9_901), Print(SPY.symbol, HandClock().now, Ticks(9_400)), quote(9_500, 9_501)]
    stop = holding.leg(Role.STOP)
    assert holding.engine.feed(b"\n".join(msgspec.json.encode(line) for line in lines[:2])) == 2
    await holding.engine.signal(exit_("x-0") | {"instrument": "NONE"})
    assert stop.state is OrderState.NEW  # no quote has crossed it; a print releases nothing
    assert holding.engine.feed(msgspec.json.encode(lines[2])) == 1
    await holding.until(lambda: stop.state is OrderState.ACCEPTED)
    assert stop.request.type is OrderType.MARKET
    assert holding.venue.called("submit")[-1] == stop.id
    kinds = holding.events()
    assert kinds.index("OrderReleased") < len(kinds)
    assert holding.calls.index(("append", "OrderReleased")) < holding.calls.index(("submit", stop.id))


async def test_a_line_that_is_no_market_data_is_refused_as_a_whole(holding: House) -> None:
    good = msgspec.json.encode(quote(9_400, 9_401))
    with pytest.raises(msgspec.DecodeError):
        holding.engine.feed(good + b"\n{}")
    await holding.engine.signal(exit_("x-0") | {"instrument": "NONE"})
    assert holding.leg(Role.STOP).state is OrderState.NEW


async def test_a_quote_object_does_the_same(holding: House) -> None:
    holding.engine.on_quote(quote(9_499, 9_500))
    await holding.until(lambda: holding.leg(Role.STOP).state is OrderState.ACCEPTED)


async def test_a_signal_is_recorded_with_the_prices_of_its_moment(holding: House) -> None:
    holding.engine.on_quote(quote(9_700, 9_703))
    await holding.engine.signal(entry("s-7"))
    row = next(row for row in holding.journal.rows() if row.cause and b'"s-7"' in row.cause)
    assert b'"bid":9700' in (row.cause or b"")
    assert b'"ask":9703' in (row.cause or b"")


# -- with the simulated exchange of this process --


WAYS_OUT = [
    ("stop", (9_490, 9_491)),
    ("target", (11_000, 11_001)),
]


@pytest.mark.parametrize("capabilities", [Capabilities(), RESTING, HELD], ids=["bracket", "resting", "held"])
@pytest.mark.parametrize(("way", "price"), WAYS_OUT)
async def test_a_round_trip_on_paper(way: str, price: tuple[int, int], capabilities: Capabilities) -> None:
    paper = Paper(capabilities)
    await paper.start()
    try:
        await paper.move(10_000, 10_001)
        answer = await paper.engine.signal(entry(targets=[{"price": "110"}]))
        assert answer.outcome is Outcome.ORDERED
        await paper.until_held(10)
        await paper.move(*price)
        await paper.until_held(0)
        account = paper.engine.book.state.accounts[ALPHA]
        assert account.trades == 1
        assert account.wins == (way == "target")
        assert account.cash == paper.exchange.cash(ALPHA)
    finally:
        await paper.engine.stop()


@pytest.mark.parametrize("replace", [True, False], ids=["replace", "no replace"])
async def test_a_venue_with_stops_and_nothing_else_is_rehearsed_on_paper(replace: bool) -> None:
    """The stop rests at the exchange, is moved, and gives way to an exit; the exchange refuses what it has not."""
    abilities = Abilities(bracket=False, oco=False, reduce_only=False, replace=replace)
    paper = Paper(abilities.capabilities, abilities=abilities)
    await paper.start()
    try:
        await paper.move(10_000, 10_001)
        await paper.engine.signal(entry(targets=[{"price": "110"}]))
        await paper.until_held(10)
        (stop,) = await resting(paper, "95")
        moved = {"kind": "STOP_ADJUSTMENT", "stop": {"price": "97"}}
        await paper.engine.signal(exit_("m-1") | moved)
        (new,) = await resting(paper, "97")
        assert (new == stop) is replace
        await paper.engine.signal(exit_("x-1") | {"quantity": 4})
        await paper.until_held(6)
        await resting(paper, "97", "6")
        assert paper.exchange.positions(ALPHA) == {SPY.symbol: Decimal(6)}
        await paper.move(11_000, 11_001)
        await paper.until_held(0)
        assert paper.exchange.open_orders(ALPHA) == []
    finally:
        await paper.engine.stop()


async def resting(paper: Paper, price: str, quantity: str = "10") -> list[OrderId]:
    """What rests at the exchange, once that is a stop at this price for so much, and the engine holds none."""
    state = paper.engine.book.state

    def there() -> list[OrderId]:
        stops = [each for each in state.open_orders(ALPHA, SPY.symbol) if each.request.role is Role.STOP]
        wanted = (OrderState.ACCEPTED, Decimal(price), Decimal(quantity))
        return [
            each.id
            for each in stops
            if (each.state, each.stop_price, each.leaves) == wanted and len(stops) == 1
        ]

    await paper.until(lambda: there() != [] and paper.exchange.open_orders(ALPHA) == there())
    return there()


async def test_s59_a_position_on_paper_outlives_the_process(tmp_path: Path) -> None:
    first = Paper(HELD, tmp_path)
    await first.start()
    await first.move(10_000, 10_001)
    await first.engine.signal(entry())
    await first.until_held(10)
    await first.engine.stop()
    second = Paper(HELD, tmp_path)
    await second.start()
    await second.until_held(10)
    await second.move(9_400, 9_401)  # the stop that the first engine held
    await second.until_held(0)
    await second.engine.stop()
