"""Prices that walk at random: their pace, their seed, and where they begin."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.builders import ES, NOON, SPY

from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Quote
from kedge.feeds.base import Link
from kedge.feeds.simulated import SimulatedFeed
from kedge.sim.walk import WalkTerms


class Time:
    """Passes when somebody sleeps; it can be let jump."""

    def __init__(self) -> None:
        self.now = NOON
        self.jump = 0
        self.slept: list[float] = []

    def __call__(self) -> Instant:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now = Instant(self.now + round(seconds * SECOND) + self.jump)
        self.jump = 0


def feed(
    time: Time, seed: int = 7, per_second: int = 4, market: Mapping[Symbol, MarketData] | None = None
) -> SimulatedFeed:
    return SimulatedFeed(
        "simulated",
        (SPY, ES),
        {SPY.symbol: Decimal("591.20")},
        seed=seed,
        per_second=Decimal(per_second),
        market=market or {},
        clock=time,
        walk=WalkTerms(volatility_bps=Decimal(200)),
        sleep=time.sleep,
    )


async def quotes(of: SimulatedFeed, count: int) -> list[Quote]:
    """The first so many quotes."""
    found: list[Quote] = []
    async for data in of.data():
        assert isinstance(data, Quote)
        found.append(data)
        if len(found) == count:
            await of.close()
    return found


async def test_each_instrument_has_a_quote_at_the_pace() -> None:
    time = Time()
    found = await quotes(feed(time), 6)
    assert [each.instrument for each in found] == ["SPY", "ES", "SPY", "ES", "SPY", "ES"]
    assert [each.at - NOON for each in found[::2]] == [0, SECOND // 4, SECOND // 2]
    assert time.slept == [0.25, 0.25]


async def test_the_same_seed_makes_the_same_moves_and_another_one_others() -> None:
    one = await quotes(feed(Time(), 7), 20)
    assert one == await quotes(feed(Time(), 7), 20)
    assert one != await quotes(feed(Time(), 8), 20)


@pytest.mark.parametrize(
    ("market", "first"),
    [
        pytest.param({}, 59_120, id="at its start price"),
        pytest.param(
            {SPY.symbol: Quote(SPY.symbol, NOON, Ticks(500), Ticks(501))}, 500, id="where it was left"
        ),
    ],
)
async def test_where_it_begins(market: Mapping[Symbol, MarketData], first: int) -> None:
    spy, es = await quotes(feed(Time(), market=market), 2)
    assert spy.bid == first
    assert es.bid == 400  # 100 points: no start price was given


async def test_quotes_that_come_late_are_not_made_up_for() -> None:
    time = Time()
    time.jump = 3600 * SECOND  # the machine was asleep
    found = await quotes(feed(time), 8)
    times = [each.at - NOON for each in found[::2]]
    assert times[1] > 3600 * SECOND
    assert all(later - earlier <= SECOND // 4 for earlier, later in pairwise(times[1:]))
    assert len(times) == 4


async def test_it_says_that_it_is_there_and_ends_when_it_is_closed() -> None:
    links: list[Link] = []
    closing = feed(Time())
    closing.watch(lambda link, _why: links.append(link))
    await closing.connect()
    assert links == [Link.UP]
    await closing.close()
    assert [data async for data in closing.data()] == []
