"""`kill -9` of the real engine process under load. A few kills in every run, more with `-m torture`."""

from pathlib import Path

import pytest

from kedge.torture.crash_loop import CrashLoop, CrashReport


async def crash(folder: Path, seed: int, kills: int, leg: int) -> CrashReport:
    told: list[str] = []
    report = await CrashLoop(folder, seed, told.append).run(kills, leg)
    assert report.findings == [], (folder, told)
    assert report.kills == kills
    assert report.in_start + report.in_trading == kills
    return report


@pytest.mark.timeout(180)
async def test_no_promise_breaks_when_the_engine_is_killed(tmp_path: Path) -> None:
    report = await crash(tmp_path, seed=20, kills=6, leg=3)
    assert report.inspections == 2
    assert report.acknowledged > 20
    assert report.orders > 10
    assert report.trades > 5


@pytest.mark.torture
@pytest.mark.parametrize("seed", [101, 102])
async def test_no_promise_breaks_in_many_kills(seed: int, tmp_path: Path) -> None:
    report = await crash(tmp_path, seed, kills=60, leg=6)
    assert min(report.in_start, report.in_trading, report.in_flight) > 0
