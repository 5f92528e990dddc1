"""What came over a socket yesterday is played today, to the bit: stream, recorder, parts, and a folder as a feed."""

import asyncio
from pathlib import Path

import pytest
from tests.conformance.feed_exam import INSTRUMENTS, PATIENCE_SECONDS, START, TOLD, bar, quote, trade
from tests.unit.feeds.socket_stage import SocketStage

from kedge.domain.announcements import Announcement
from kedge.domain.quotes import MarketData
from kedge.feeds.parts import recordings
from kedge.feeds.recorded import RecordedFeed
from kedge.feeds.recorder import Recorder

LATER: tuple[MarketData, ...] = (quote(200), trade(200), trade(200), bar(4), quote(241, bid=59_000))


async def played(folder: Path) -> list[MarketData]:
    feed = RecordedFeed("files", [folder], INSTRUMENTS, lambda: START)
    await feed.connect()
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [item async for item in feed.data()]


def recorder_of(folder: Path) -> Recorder:
    return Recorder(folder, INSTRUMENTS, lambda: START, pytest.fail)


async def test_two_sessions_over_a_socket_are_one_recording(tmp_path: Path) -> None:
    for told in (TOLD, LATER):
        stage = SocketStage()
        recorder = recorder_of(tmp_path)
        await recorder.start()
        await stage.connect()
        await stage.server.tell(*told)
        for item in await stage.hear(len(told)):
            assert not isinstance(item, Announcement)
            recorder.record(item)
        await recorder.close()
        await stage.close()
    assert len(recordings(tmp_path)) == 8  # two sessions: five kinds and instruments, then three
    assert await played(tmp_path) == [*TOLD, *LATER]


async def test_what_was_played_and_recorded_anew_is_the_same_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for source, target in ((None, first), (first, second)):
        recorder = recorder_of(target)
        await recorder.start()
        for item in [*TOLD, *LATER] if source is None else await played(source):
            recorder.record(item)
        await recorder.close()
    pairs = zip(recordings(first), recordings(second), strict=True)
    assert all(one.read_bytes() == other.read_bytes() for one, other in pairs)
