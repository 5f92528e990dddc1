"""Each benchmark runs at a small size and yields figures that can be read. Nothing is said about how fast it is."""

from pathlib import Path

import msgspec
import pytest
from bench.__main__ import Result, main
from bench.measure import Aim, Measured, Scale, percentile
from bench.suite import NAMES, run_one

KEYS = {
    "decision": {f"decision.{count}.{part}" for count in (0, 50, 200) for part in ("p50", "p99")},
    "gates": {*(f"gates.{count}.{part}" for count in (0, 100, 500) for part in ("p50", "p99")), "gates.flat"},
    "durable": {f"durable.{way}.0" for way in ("inline", "thread", "thread_0.5ms")},
    "quotes": {"quotes.in_process", "quotes.from_json"},
    "bars": {"bars.1", "bars.50", "bars.500", "bars.memory", "bars.quality", "bars.column"},
    "strategies": {
        *(f"strategies.{size}{part}" for size in ("", "tenfold.") for part in ("share", "p99")),
        "strategies.growth",
        "strategies.memory",
    },
    "burst": {f"burst.{journal}.{part}" for journal in ("memory", "sqlite") for part in ("rate", "single")},
    "kill": {"kill.cancelled", "kill.confirmed"},
    "journal": {"journal.with_tables", "journal.without_tables"},
    "day": {"day.pace", "day.memory", "day.memory_per_order"},
    "dashboards": {"dashboards.decision", "dashboards.answer"},
    "memory": {"memory.slope"},
    "startup": {"startup.fold", "startup.snapshot"},
}


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_yields_its_figures(name: str, tmp_path: Path) -> None:
    measured = run_one(name, Scale.TINY, tmp_path)
    assert {each.key for each in measured} == KEYS[name]
    for each in measured:
        assert each.value > 0 or each.key in ("memory.slope", "day.memory", "day.memory_per_order")
        assert each.floor is None or (each.floor > 0 and each.floor_is)


@pytest.mark.parametrize(
    ("unit", "value", "floor", "ratio"), [("us", 30.0, 10.0, 3.0), ("orders/s", 20.0, 100.0, 5.0)]
)
def test_the_ratio_says_how_much_dearer_than_the_floor(
    unit: str, value: float, floor: float, ratio: float
) -> None:
    assert Measured("k", "w", value, unit, floor).ratio == ratio


@pytest.mark.parametrize(
    ("aim", "met"),
    [(Aim(30), True), (Aim(29), False), (Aim(31, at_least=True), False), (Aim(2, times_floor=True), False)],
)
def test_an_aim_is_met_or_missed(aim: Aim, met: bool) -> None:
    assert Measured("k", "w", 30, "us", 10, aim=aim).met is met


def test_percentiles_are_samples() -> None:
    samples = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert [percentile(samples, percent) for percent in (0, 50, 100)] == [1.0, 3.0, 5.0]


def test_the_list_names_every_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(NAMES)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decisions"]) == 2
    assert "no benchmark decisions" in capsys.readouterr().err


def test_figures_are_written_as_json(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    assert main(["quotes", "--quick", "--json", str(target), "--dir", str(tmp_path)]) == 0
    result = msgspec.json.decode(target.read_bytes(), type=Result)
    assert {each.key for each in result.figures} == KEYS["quotes"]
