"""Two terminals: a feed that errs in the one, an engine that trades on it in the other."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.story.test_run import ENTRY, PATIENCE_SECONDS, asked, folder, kedge, listed, running

__all__ = ["folder"]  # a fixture
STORM = ("drop=0.1", "double=0.2", "reorder=0.2", "garbage=0.1", "refuse=1", "cut=1")


class Served:
    """What a feed said of itself: where it listens, and what was served when it has ended."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.summary: dict[str, Any] = {}


@contextmanager
def served(folder: Path, *words: str, end: signal.Signals = signal.SIGTERM) -> Iterator[Served]:
    """A feed in a process of its own; how it ended is known behind the block."""
    program = subprocess.Popen(
        [sys.executable, "-u", "-m", "kedge", "lab", "feed", *words, "--port", "0", "--json"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    patience = threading.Timer(PATIENCE_SECONDS, program.kill)
    patience.start()
    assert program.stdout is not None
    try:
        first = program.stdout.readline()
        if not first.startswith('{"url"'):
            pytest.fail(f"it does not listen: {first} {program.communicate()}")
        feed = Served(json.loads(first)["url"])
        yield feed
    finally:
        program.send_signal(end)
        out, err = program.communicate(timeout=PATIENCE_SECONDS)
        patience.cancel()
    assert (program.returncode, err) == (0, "")
    feed.summary = json.loads(out)


def trade_on(folder: Path, feed: str) -> None:
    """Have the settings take all prices from there."""
    settings = folder / "kedge.yaml"
    before, _, rest = settings.read_text().partition("feeds:\n")
    _, _, after = rest.partition("record_market_data:")
    settings.write_text(f"{before}feeds:\n  - {{{feed}, instruments: [SPY, ES]}}\nrecord_market_data:{after}")


def trade_on_stream(folder: Path, url: str) -> None:
    trade_on(folder, f'kind: socket, url: "{url}"')


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_engine_trades_on_through_everything_that_a_feed_does_wrong(
    folder: Path, end: signal.Signals
) -> None:
    faults = [word for fault in STORM for word in ("--fault", fault)]
    with served(folder, *faults, end=end) as feed:
        trade_on_stream(folder, feed.url)
        with running(folder, warnings=True) as engine:
            assert engine.stderr is not None
            assert any("feed socket is down: the far end hung up" in line for line in engine.stderr)
            assert any("feed socket is up: connected to" in line for line in engine.stderr)
            assert asked(folder, "signal", "send", *ENTRY)["outcome"] == "ORDERED"
            [position] = listed(folder, "positions")
            kedge(folder, "close", position["id"])
            assert listed(folder, "trades")
    assert feed.summary["told"] > 0
    assert feed.summary["sent"] > 0
    assert feed.summary["connections"] > 2
    assert feed.summary["faults"]["refuse"] == 1
    assert feed.summary["faults"]["cut"] > 0


def test_what_an_engine_recorded_is_served_and_played_again_by_its_folder_alone(folder: Path) -> None:
    recorded = folder / "kedge-data/market-data"
    with served(folder) as feed:
        trade_on_stream(folder, feed.url)
        for _ in range(2):
            with running(folder):
                pass
    assert len(list(recorded.rglob("SPY_*.parquet"))) == 2
    with served(folder, str(recorded), "--speed", "100") as feed:
        trade_on_stream(folder, feed.url)
        with running(folder):
            assert asked(folder, "signal", "send", *ENTRY)["outcome"] == "ORDERED"
    assert feed.summary["told"] > 0
    shutil.move(recorded, folder / "yesterday")
    trade_on(folder, "kind: recorded, paths: [yesterday]")
    with running(folder, warnings=True):  # the recording may be over before
        [position] = listed(folder, "positions")
        kedge(folder, "close", position["id"])
        assert listed(folder, "trades")
