"""A queue is bounded, keeps its order, and loses nothing but old quotes."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.feed_exam import quote, trade

from kedge.domain.quotes import MarketData, Print, Quote
from kedge.feeds.base import FeedItem
from kedge.feeds.counters import Counters
from kedge.feeds.queue import DataQueue


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 8))
async def test_what_is_left_is_in_order_and_only_the_oldest_quotes_are_gone(
    quotes: list[bool], keep: int
) -> None:
    counters = Counters()
    queue = DataQueue(keep, counters)
    items: list[MarketData] = [quote(n) if is_quote else trade(n) for n, is_quote in enumerate(quotes)]
    heard: list[FeedItem] = []

    async def write() -> None:
        for item in items:
            await queue.put(item)
            assert len(queue) <= keep
        queue.close()

    writer = asyncio.create_task(write())
    await asyncio.sleep(0)
    heard = [item async for item in queue]
    await writer
    assert heard == [item for item in items if item in heard]
    assert [item for item in heard if isinstance(item, Print)] == [
        item for item in items if isinstance(item, Print)
    ]
    assert counters.quotes_lost == len(items) - len(heard)


async def test_the_oldest_quote_gives_way_to_a_trade_too() -> None:
    queue = DataQueue(3, Counters())
    for item in (quote(0), trade(1), quote(2), trade(3)):
        await queue.put(item)
    queue.close()
    assert [item async for item in queue] == [trade(1), quote(2), trade(3)]


async def test_a_writer_waits_where_only_trades_are_left() -> None:
    queue = DataQueue(1, Counters())
    await queue.put(trade(0))
    writer = asyncio.create_task(queue.put(trade(1)))
    await asyncio.sleep(0)
    assert not writer.done()
    assert await anext(queue) == trade(0)
    await writer
    assert await anext(queue) == trade(1)


async def test_closing_frees_a_writer_that_waits() -> None:
    queue = DataQueue(1, Counters())
    await queue.put(trade(0))
    writer = asyncio.create_task(queue.put(trade(1)))
    await asyncio.sleep(0)
    queue.close()
    await asyncio.wait_for(writer, 5)
    assert [item async for item in queue] == [trade(0)]


async def test_an_error_comes_after_what_is_left() -> None:
    queue = DataQueue(9, Counters())
    await queue.put(quote(0))
    queue.close(KeyError("ours"))
    assert isinstance(await anext(queue), Quote)
    with pytest.raises(KeyError, match="ours"):
        await anext(queue)
