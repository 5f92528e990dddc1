"""What was recorded is played again exactly as it came, whatever happened to the recorder."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.feed_exam import ES, INSTRUMENTS, SPY, START, TOLD, bar, quote, trade

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.feeds.files.recorded_data import RecordedData
from kedge.feeds.parts import Arrival, lanes, recordings, write_part
from kedge.feeds.recorder import Recorder, RecorderTerms

DAY = Span(24 * 60 * MINUTE)


class Stage:
    """A recorder on a directory, and what it said when it stopped."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = START
        self.said: list[str] = []
        self.recorder = self.new()

    def new(self, terms: RecorderTerms | None = None) -> Recorder:
        self.recorder = Recorder(self.directory, INSTRUMENTS, lambda: self.now, self.said.append, terms)
        return self.recorder

    async def record(self, *items: MarketData) -> None:
        for item in items:
            self.recorder.record(item)
        await self.recorder.flush()

    def played(self) -> list[MarketData]:
        return list(RecordedData(recordings(self.directory), INSTRUMENTS))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path / "recorded")
    await stage.recorder.start()
    yield stage
    await stage.recorder.close()


async def test_it_is_played_as_it_came_even_where_time_went_backward(stage: Stage) -> None:
    came = [*TOLD, quote(0), trade(0, price=1), bar(1, close=59112), *TOLD]
    await stage.record(*came[:7])
    await stage.record(*came[7:])
    assert stage.played() == came
    assert (stage.recorder.counters.received, stage.recorder.counters.written) == (len(came), len(came))


async def test_parts_are_sorted_by_day_kind_and_instrument(stage: Stage) -> None:
    tomorrow = Quote(SPY.symbol, Instant(START + DAY), Ticks(1), Ticks(2))
    await stage.record(quote(0), trade(0), bar(1), quote(0, symbol=ES.symbol), tomorrow)
    places = [
        path.relative_to(stage.directory).as_posix().rpartition("_")[0]
        for path in recordings(stage.directory)
    ]
    assert places == [
        "2026-03-02/quotes/SPY",
        "2026-03-02/trades/SPY",
        "2026-03-02/bars/SPY",
        "2026-03-02/quotes/ES",
        "2026-03-03/quotes/SPY",
    ]


async def test_any_program_can_read_a_part(stage: Stage) -> None:
    await stage.record(bar(1))
    [row] = pq.read_table(recordings(stage.directory)[0]).to_pylist()
    shown = {name: str(value) for name, value in row.items() if name not in ("ts_utc", "end_utc")}
    assert shown == {
        "symbol": "SPY",
        "seq": str(START),
        "open": "591.200000000",
        "high": "591.300000000",
        "low": "591.100000000",
        "close": "591.250000000",
        "volume": "1.000000000",
    }


async def test_a_second_recorder_goes_on_behind_the_first_even_when_the_clock_was_set_back(
    stage: Stage,
) -> None:
    await stage.record(quote(0), quote(1))
    await stage.recorder.close()
    stage.now = Instant(START - 3600 * SECOND)
    await stage.new().start()
    await stage.record(quote(2), quote(3))
    assert stage.played() == [quote(0), quote(1), quote(2), quote(3)]


async def test_many_parts_are_read_with_few_open_files(stage: Stage) -> None:
    came = [quote(second) for second in range(150)]
    for number in range(0, 150, 5):
        await stage.record(*came[number : number + 5])
    assert len(recordings(stage.directory)) == 30
    data = iter(RecordedData(recordings(stage.directory), INSTRUMENTS))
    assert next(data) == came[0]
    assert _open_below(stage.directory) <= 1
    assert list(data) == came[1:]


def _open_below(directory: Path) -> int:
    """How many files of a directory this process holds open."""
    handles = Path("/proc/self/fd")
    if not handles.exists():
        pytest.skip("this system does not list open files")
    names = [os.path.realpath(handle) for handle in handles.iterdir()]
    return sum(name.startswith(str(directory)) for name in names)


async def test_what_a_reader_would_refuse_is_not_recorded(stage: Stage) -> None:
    upside_down = Bar(SPY.symbol, START, Instant(START - MINUTE), Ticks(5), Ticks(4), Ticks(6), Ticks(5))
    await stage.record(upside_down, trade(0, symbol=Symbol("QQQ")), trade(0, price=0), trade(1))
    assert stage.played() == [trade(1)]
    assert stage.recorder.counters.refused == 3


async def test_what_the_disk_is_too_slow_for_is_dropped_and_counted(stage: Stage) -> None:
    await stage.recorder.close()
    await stage.new(RecorderTerms(waiting_max=3)).start()
    await stage.record(*(quote(second) for second in range(10)))
    assert stage.played() == [quote(0), quote(1), quote(2)]
    assert stage.recorder.counters.dropped == 7


async def test_much_that_waits_is_written_without_being_asked(stage: Stage) -> None:
    await stage.recorder.close()
    await stage.new(RecorderTerms(write_rows=10)).start()
    for second in range(10):
        stage.recorder.record(quote(second))
    await stage.recorder.close()
    assert stage.played() == [quote(second) for second in range(10)]


@pytest.mark.parametrize("call", ["fsync", "open"])
async def test_a_full_disk_stops_the_recording_loudly_and_harms_nothing_that_was_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    await stage.record(quote(0))

    def full(*arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(f"os.{call}", full)
        if call == "open":  # the part is whole by then, only its name may not last
            broken.setattr("os.fsync", lambda handle: None)
        await stage.record(quote(1))
    assert stage.said == [f"recording has stopped: No space left on device ({stage.directory})"]
    await stage.record(quote(2))
    assert stage.recorder.counters.dropped == 1
    assert stage.recorder.stopped == stage.said[0]
    assert stage.played() in ([quote(0)], [quote(0), quote(1)])
    assert not list(stage.directory.rglob("*.draft"))


async def test_a_part_has_its_name_only_when_it_is_whole_and_on_the_disk(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    there_at_sync: list[int] = []
    sync = os.fsync

    def look_then_sync(handle: int) -> None:
        there_at_sync.append(len(recordings(stage.directory)))
        sync(handle)

    monkeypatch.setattr("os.fsync", look_then_sync)
    await stage.record(quote(0))
    assert there_at_sync == [0, 1]  # the content first, then the name


async def test_a_directory_that_cannot_be_made_stops_the_recording_only(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("in the way")
    stage = Stage(place)
    await stage.recorder.start()
    await stage.record(quote(0))
    await stage.recorder.close()
    assert stage.said == [f"recording has stopped: Not a directory ({place})"]


_VICTIM = """
import asyncio, sys
from pathlib import Path
from tests.conformance.feed_exam import INSTRUMENTS, START, trade
from kedge.feeds.recorder import Recorder

async def main():
    recorder = Recorder(Path(sys.argv[1]), INSTRUMENTS, lambda: START, print)
    await recorder.start()
    number = 0
    while True:
        for _ in range(50):
            recorder.record(trade(number))
            number += 1
        await recorder.flush()

asyncio.run(main())
"""


def test_a_recorder_that_is_killed_loses_only_its_tail(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    directory = tmp_path / "recorded"
    victim = subprocess.Popen([sys.executable, "-c", _VICTIM, str(directory)], cwd=root)
    try:
        while len(recordings(directory)) < 5:
            assert victim.poll() is None
            time.sleep(0.01)
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    played = list(RecordedData(recordings(directory), INSTRUMENTS))
    assert len(played) >= 250 and len(played) % 50 == 0
    assert played == [trade(number) for number in range(len(played))]


_instants = st.integers(0, 2**62).map(Instant)
_ticks = st.integers(1, 10**12).map(Ticks)
_sizes = st.integers(0, 10**23).map(Nano)
_symbols = st.sampled_from([SPY.symbol, ES.symbol])


@st.composite
def _bars(draw: st.DrawFn) -> Bar:
    low, first, second, high = sorted(draw(st.lists(_ticks, min_size=4, max_size=4)))
    start = draw(_instants)
    end = Instant(start + draw(st.integers(1, DAY)))
    return Bar(draw(_symbols), end, start, first, high, low, second, draw(_sizes))


_items = st.lists(
    st.builds(Quote, _symbols, _instants, _ticks, _ticks, _sizes, _sizes)
    | st.builds(Print, _symbols, _instants, _ticks, _sizes)
    | _bars(),
    min_size=1,
    max_size=20,
)


@given(_items, st.integers(0, 20))
def test_anything_comes_back_exactly(items: list[MarketData], cut: int) -> None:
    from tempfile import TemporaryDirectory

    arrivals = [Arrival(number + 1, item) for number, item in enumerate(items)]
    with TemporaryDirectory() as name:
        directory = Path(name)
        for batch in (arrivals[:cut], arrivals[cut:]):
            for lane, own in lanes(batch).items():
                write_part(directory, lane, own, INSTRUMENTS)
        assert list(RecordedData(recordings(directory), INSTRUMENTS)) == items
