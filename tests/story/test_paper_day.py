"""Paper trading for hours of virtual time: nothing goes wrong, and the same seed lives the same day."""

from pathlib import Path

import pytest
from bench.day import BEGIN, Day, simulate

from kedge.domain.instants import SECOND, Instant


def lived(hours: float, directory: Path, begin: Instant = BEGIN) -> Day:
    day = simulate(hours, directory, samples=4, begin=begin)
    assert day.findings == []
    return day


def test_a_quarter_of_an_hour_goes_well_and_again_just_so(tmp_path: Path) -> None:
    day = lived(0.25, tmp_path / "one")
    assert day.trades > 300
    assert day.signals > day.trades
    again = lived(0.25, tmp_path / "two")
    assert (again.head, again.events) == (day.head, day.events)


def test_a_second_quarter_goes_on_from_the_first(tmp_path: Path) -> None:
    first = lived(0.1, tmp_path / "data")
    second = lived(0.1, tmp_path / "data", Instant(BEGIN + 3600 * SECOND))
    assert second.events > first.events
    assert second.trades > 100


@pytest.mark.torture
def test_a_whole_day_goes_well(tmp_path: Path) -> None:
    day = lived(24.0, tmp_path / "data")
    assert day.trades > 30_000
