"""The feed of what companies do to their shares: each once, also what is written into the file while it is followed."""

import asyncio
import os
from pathlib import Path

import pytest

from kedge.domain.announcements import Schedule, Split
from kedge.domain.ids import Symbol
from kedge.domain.instants import Span, parse_instant
from kedge.feeds.actions import ActionsFeed
from kedge.feeds.base import Link
from kedge.feeds.errors import BadFileError

HEADER = "ts_utc,symbol,kind,ratio,new_symbol\n"
PATIENCE_SECONDS = 10.0


def line(symbol: str, day: int = 2) -> str:
    return f"2026-03-{day:02}T14:30:00Z,{symbol},split,4,\n"


def split(symbol: str, day: int = 2) -> Split:
    return Split(Symbol(symbol), parse_instant(f"2026-03-{day:02}T14:30:00Z"), 4)


class Looks:
    """Sleeps until it is told that it has slept enough."""

    def __init__(self) -> None:
        self.asleep = asyncio.Event()
        self._over = asyncio.Event()

    async def __call__(self, span: Span) -> None:
        assert span == 5 * 10**9
        self.asleep.set()
        await self._over.wait()
        self._over.clear()

    async def wake(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.asleep.wait()
        self.asleep.clear()
        self._over.set()


def write(path: Path, *lines: str) -> None:
    path.write_text(HEADER + "".join(lines))
    os.utime(path, ns=(0, sum(map(len, lines))))  # another time, however coarse the disk counts it


async def follow(feed: ActionsFeed, heard: list[Schedule]) -> None:
    async for item in feed.data():
        heard.append(item)  # noqa: PERF401 (heard while it is read)


async def test_what_the_file_says_is_told_again_only_when_it_says_something_else(tmp_path: Path) -> None:
    path, looks, heard = tmp_path / "actions.csv", Looks(), list[Schedule]()
    write(path, line("SPY"), line("QQQ", 3))
    feed = ActionsFeed(path, looks)
    links: list[Link] = []
    feed.watch(lambda link, _: links.append(link))
    await feed.connect()
    task = asyncio.create_task(follow(feed, heard))
    await looks.wake()
    write(path, line("SPY"), line("QQQ", 3), line("DIA", 4))
    await looks.wake()
    await looks.wake()
    await feed.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await task
    assert heard == [
        Schedule((split("SPY"), split("QQQ", 3))),
        Schedule((split("SPY"), split("QQQ", 3), split("DIA", 4))),
    ]
    assert links == [Link.UP]


async def test_a_file_that_cannot_be_read_any_more_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, looks, heard = tmp_path / "actions.csv", Looks(), list[Schedule]()
    write(path, line("SPY"))
    feed = ActionsFeed(path, looks)
    task = asyncio.create_task(follow(feed, heard))
    await looks.wake()
    path.write_text("what?")
    await looks.wake()
    await looks.wake()
    write(path, line("SPY"), line("DIA"))
    await looks.wake()
    await looks.wake()
    await feed.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await task
    assert heard == [Schedule((split("SPY"),)), Schedule((split("SPY"), split("DIA")))]
    assert caplog.text.count("what was read of it before stays known") == 1


def test_a_bad_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "actions.csv"
    path.write_text(HEADER + "2026-03-02T14:30:00Z,SPY,merger,,\n")
    with pytest.raises(BadFileError, match="row 1: kind 'merger'"):
        ActionsFeed(path)
