"""Prices: fed as lines or brought by the venue, they release what the engine holds."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.builders import SPY
from tests.unit.engine.stage import ALPHA, FAR, HandClock, House, engine_on, entry, exit_, house, terms

from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import BookId
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import OrderType, Role
from kedge.domain.quotes import Print, Quote
from kedge.domain.signals import Outcome
from kedge.journal.memory import MemoryJournal
from kedge.journal.sqlite import open_journal
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

HELD = Capabilities(bracket=False, oco=False, reduce_only=False)


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


class Paper:
    """An engine on paper; the market is moved by the test."""

    def __init__(self, capabilities: Capabilities, folder: Path | None = None) -> None:
        self.clock = HandClock()
        setup = ExchangeTerms((SPY,), {ALPHA: Decimal(100_000)})
        self.exchange = Exchange(setup, self.clock(), None if folder is None else folder / "ledger")
        self.venue = LocalVenue(FAR, self.exchange, self.clock)
        journal = (
            MemoryJournal(BookId("main"), "journal1")
            if folder is None
            else open_journal(
                folder / "data", book=BookId("main"), new_id="journal1", program="t", reserve_bytes=4096
            )
        )
        self.engine = engine_on(journal, [self.venue], terms(capabilities), self.clock)
        self._stepped = asyncio.Event()
        self.engine.subscribe(lambda _: self._stepped.set())

    async def start(self) -> None:
        """Start the engine, and wait until the exchange is there."""
        linked = asyncio.Event()
        self.venue.watch(lambda _link, _why: linked.set())
        await self.engine.start()
        async with asyncio.timeout(10):
            await linked.wait()

    async def move(self, bid: int, ask: int) -> None:
        """The price moves, and everybody hears of it."""
        self.clock.pass_seconds(1)
        self.venue.take(Quote(SPY.symbol, self.clock(), Ticks(bid), Ticks(ask)))

    async def until_held(self, quantity: int) -> None:
        state = self.engine.book.state

        def held() -> Decimal:
            position = state.position(ALPHA, SPY.symbol)
            return Decimal(0) if position is None else position.quantity

        async with asyncio.timeout(10):
            while held() != quantity:
                self._stepped.clear()
                await self._stepped.wait()
        assert held() == self.exchange.positions(ALPHA).get(SPY.symbol, 0)


WAYS_OUT = [
    ("stop", (9_490, 9_491)),
    ("target", (11_000, 11_001)),
]


@pytest.mark.parametrize("capabilities", [Capabilities(), HELD], ids=["bracket", "held"])
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


async def test_a_position_on_paper_outlives_the_process(tmp_path: Path) -> None:
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
