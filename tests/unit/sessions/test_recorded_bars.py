"""Recorded bars of real markets lie within the hours that the calendars tell. They are not part of the repository."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kedge.domain.instants import MINUTE, Instant
from kedge.domain.markets import Phase
from kedge.sessions.markets import calendar
from kedge.sessions.zones import show_in_zone

DATA = os.environ.get("KEDGE_DATA", "")
pytestmark = pytest.mark.skipif(
    not (DATA and Path(DATA).is_dir()), reason="KEDGE_DATA names no directory with recorded market data"
)


def starts(name: str) -> list[Instant]:
    """When the bars of a file start."""
    column = pq.read_table(Path(DATA) / name, columns=["ts_utc"]).column("ts_utc")
    return [Instant(microseconds * 1000) for microseconds in column.cast("int64").to_pylist()]


def test_bars_of_the_euro_stoxx_future_lie_in_sessions_of_eurex() -> None:
    market, bars = calendar("XEUR"), starts("FESX_1min_2006.parquet")
    sessions = {session.day: session for at in bars if (session := market.session_at(at)) is not None}
    assert [at for at in bars if market.phase(at).phase is not Phase.OPEN] == []
    assert [day for day, session in sessions.items() if session.open not in bars] == []
    last_minutes = [day for day, session in sessions.items() if session.close - MINUTE in bars]
    assert len(sessions) == 41
    assert len(last_minutes) == 40


def test_bars_of_spy_lie_in_the_sessions_and_windows_of_new_york_over_the_change_of_the_clocks() -> None:
    market, bars = calendar("XNYS"), starts("SPY_1min_2011.parquet")
    phases = {at: market.phase(at, premarket=True, afterhours=True).phase for at in bars}
    assert set(phases.values()) == set(Phase) - {Phase.BREAK}
    closed = [show_in_zone(at, market.zone) for at, phase in phases.items() if phase is Phase.CLOSED]
    assert closed == ["2011-03-29 20:00:00 EDT"]  # a late print of 100 shares
    sessions = {session.day: session for at in bars if (session := market.session_at(at)) is not None}
    assert [day for day, session in sessions.items() if session.open not in bars] == []
