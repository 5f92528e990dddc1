"""Recorded data is played at any pace, by a clock that is handed in, so that no test waits."""

import asyncio
from pathlib import Path

import pytest
from tests.conformance.feed_exam import INSTRUMENTS, PATIENCE_SECONDS, START

from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.quotes import Bar
from kedge.feeds.base import Link
from kedge.feeds.errors import BadFileError
from kedge.feeds.pace import Pace
from kedge.feeds.recorded import RecordedFeed

BARS = "ts_utc,open,high,low,close\n" + "".join(
    f"2026-03-02T14:{30 + minute}:00Z,591.20,591.30,591.10,591.25\n" for minute in range(4)
)
LATER = Instant(START + 1_000 * MINUTE)


class Hand:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = LATER
        self.slept: list[Span] = []

    def clock(self) -> Instant:
        return self.now

    async def sleep(self, span: Span) -> None:
        self.slept.append(span)
        self.now = Instant(self.now + span)


def feed_of(directory: Path, hand: Hand, pace: Pace, content: str = BARS) -> RecordedFeed:
    path = directory / "SPY.csv"
    path.write_text(content)
    return RecordedFeed("files", [path], INSTRUMENTS, hand.clock, pace=pace, sleep=hand.sleep)


async def bars(feed: RecordedFeed) -> list[Bar]:
    await feed.connect()
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [item async for item in feed.data() if isinstance(item, Bar)]


@pytest.mark.parametrize(
    ("pace", "slept"),
    [
        pytest.param(Pace(), [], id="as fast as possible"),
        pytest.param(Pace(speed=1), [60.0, 60.0, 60.0], id="real time"),
        pytest.param(Pace(speed=120), [0.5, 0.5, 0.5], id="faster"),
        pytest.param(Pace(speed=0.5), [120.0, 120.0, 120.0], id="slower"),
    ],
)
async def test_the_pace_decides_how_long_is_slept_between_rows(
    tmp_path: Path, pace: Pace, slept: list[float]
) -> None:
    hand = Hand()
    played = await bars(feed_of(tmp_path, hand, pace))
    assert [span / SECOND for span in hand.slept] == slept
    assert [bar.at - START for bar in played] == [minute * MINUTE for minute in range(1, 5)]


async def test_a_reader_that_was_slow_is_not_made_to_wait_again(tmp_path: Path) -> None:
    hand = Hand()
    feed = feed_of(tmp_path, hand, Pace(speed=1))
    await feed.connect()
    await anext(feed.data())
    hand.now = Instant(hand.now + 150 * SECOND)
    await anext(feed.data())
    await anext(feed.data())
    await anext(feed.data())
    assert [span / SECOND for span in hand.slept] == [30.0]


async def test_stamps_are_moved_as_a_whole_so_that_the_first_falls_on_now(tmp_path: Path) -> None:
    played = await bars(feed_of(tmp_path, Hand(), Pace(speed=1, move_stamps=True)))
    assert [bar.at - LATER for bar in played] == [minute * MINUTE for minute in range(4)]
    assert all(bar.at - bar.start == MINUTE for bar in played)


async def test_at_another_speed_stamps_keep_up_with_the_clock(tmp_path: Path) -> None:
    hand = Hand()
    feed = feed_of(tmp_path, hand, Pace(speed=10, move_stamps=True))
    await feed.connect()
    told = [(item, hand.now) async for item in feed.data() if isinstance(item, Bar)]
    assert [bar.at - LATER for bar, _ in told] == [minute * 6 * SECOND for minute in range(4)]
    assert all(bar.at == now and bar.at - bar.start == 6 * SECOND for bar, now in told)


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"speed": 0.0}, "speed must be above 0"),
        ({"speed": float("nan")}, "speed must be above 0"),
        ({"move_stamps": True}, "only at a speed"),
    ],
)
def test_an_impossible_pace_is_refused(terms: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Pace(**terms)  # type: ignore[arg-type]


async def test_a_file_that_cannot_be_opened_is_refused_at_the_start_and_a_bad_row_when_it_comes(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadFileError, match="is empty"):
        await feed_of(tmp_path, Hand(), Pace(), "").connect()
    feed = feed_of(tmp_path, Hand(), Pace(), BARS + "2026-03-02T14:34:00Z,591.20,591.10,591.30,591.25\n")
    with pytest.raises(BadFileError, match=r"row 5: high 591\.10 is below low 591\.30"):
        await bars(feed)


async def test_what_was_read_is_shown_in_figures(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, Hand(), Pace())
    assert feed.summary.rows == 0
    await bars(feed)
    assert feed.summary.lines()[0] == "4 rows read: 4 bars"


async def test_the_end_of_a_recording_is_told_once_with_what_was_found_in_it(tmp_path: Path) -> None:
    words: list[tuple[Link, str]] = []
    rows = BARS.splitlines(keepends=True)
    feed = feed_of(tmp_path, Hand(), Pace(), "".join([*rows[:3], rows[4]]))
    feed.watch(lambda link, why: words.append((link, why)))
    await bars(feed)
    assert [item async for item in feed.data()] == []
    assert [link for link, _ in words] == [Link.UP, Link.DOWN]
    assert words[1][1] == (
        "the recording is over, and there are no more prices: 3 rows read: 3 bars; "
        "from 2026-03-02T14:31:00Z to 2026-03-02T14:34:00Z; 1 gaps between bars, the longest 2 min 0 s"
    )


async def test_a_recording_that_is_closed_is_not_over(tmp_path: Path) -> None:
    links: list[Link] = []
    feed = feed_of(tmp_path, Hand(), Pace())
    feed.watch(lambda link, _why: links.append(link))
    await feed.connect()
    await anext(feed.data())
    await feed.close()
    assert [item async for item in feed.data()] == []
    assert links == [Link.UP]


async def test_closing_ends_a_sleep(tmp_path: Path) -> None:
    hand = Hand()
    path = tmp_path / "SPY.csv"
    path.write_text(BARS)

    async def sleep_for_ever(span: Span) -> None:
        await asyncio.Event().wait()

    feed = RecordedFeed("files", [path], INSTRUMENTS, hand.clock, pace=Pace(speed=1), sleep=sleep_for_ever)
    await feed.connect()
    await anext(feed.data())
    reader = asyncio.ensure_future(anext(feed.data()))
    await asyncio.sleep(0)
    await feed.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(reader, 5)
