"""A stream hands everything to its one reader, in order, and then ends."""

import asyncio

import pytest

from kedge.venues.streams import Stream


async def test_what_was_put_before_the_reader_came_is_there() -> None:
    stream: Stream[int] = Stream()
    stream.put(1)
    stream.put(2)
    assert [await anext(stream), await anext(stream)] == [1, 2]


async def test_a_waiting_reader_is_woken() -> None:
    stream: Stream[int] = Stream()
    reader = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    stream.put(5)
    assert await asyncio.wait_for(reader, 5) == 5


async def test_closing_lets_the_rest_out_first() -> None:
    stream: Stream[int] = Stream()
    stream.put(1)
    stream.close()
    stream.put(2)
    assert [item async for item in stream] == [1]


async def test_closing_ends_a_reader_that_waits() -> None:
    stream: Stream[int] = Stream()
    reader = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    stream.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(reader, 5)


async def test_a_reader_that_was_cancelled_loses_nothing() -> None:
    stream: Stream[int] = Stream()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 0.01)
    stream.put(1)
    assert await anext(stream) == 1


async def test_where_only_the_newest_count_the_oldest_give_way() -> None:
    stream: Stream[int] = Stream(keep=2)
    for item in range(5):
        stream.put(item)
    stream.close()
    assert [item async for item in stream] == [3, 4]
