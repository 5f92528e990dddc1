"""Strategies in the settings: each mistake with the exact words that people get, and what right ones become."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.unit.settings.builders import GOOD, faults, read_text

from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.limits import SizeMethod
from kedge.domain.protection import StopMethod, TargetMethod
from kedge.domain.strategies import StrategyTerms
from kedge.settings.compiling import compiled
from kedge.settings.values import Settings
from kedge.strategies.catalogue import shown

OWN = """\
from typing import Annotated

from msgspec import Meta

from kedge.strategies.strategy import Strategy, Terms


class Plain:
    pass


class MyTerms(Terms, frozen=True):
    bars: Annotated[int, Meta(ge=1, description="how many")] = 3


class Mine(Strategy):
    Terms = MyTerms

    def on_bar(self, seen, own):
        return ()
"""


class Wrong(NamedTuple):
    """One case of the table beside this file."""

    name: str
    strategies: list[str]
    said: list[str]


def cases() -> Iterator[Wrong]:
    table = (Path(__file__).parent / "wrong_strategies.txt").read_text("utf-8")
    for block in table.split("\n\n")[1:]:
        name, *lines = block.rstrip("\n").split("\n")
        yield Wrong(
            name,
            [line[4:] for line in lines if line.startswith("  + ")],
            [line[4:] for line in lines if line.startswith("  ! ")],
        )


WRONG = list(cases())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two files of a user's own, of which one does not load."""
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("import nothing_there\n")
    return tmp_path


def with_strategies(*strategies: str) -> str:
    return GOOD + "strategies:\n" + "".join(f"  - {each}\n" for each in strategies)


def in_force(folder: Path, *strategies: str) -> Settings:
    return read_text(folder, with_strategies(*strategies)).settings


def first(folder: Path, strategy: str) -> StrategyTerms:
    return in_force(folder, strategy).strategies[0]


@pytest.mark.parametrize("case", WRONG, ids=[case.name for case in WRONG])
def test_what_is_wrong_is_told_with_its_place_its_key_and_what_is_needed(case: Wrong, folder: Path) -> None:
    assert case.said
    assert faults(folder, with_strategies(*case.strategies)) == case.said


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    said = faults(folder, with_strategies(*(case.strategies[0] for case in WRONG[:6])))
    assert len(said) >= 6


def test_what_it_does_not_say_is_as_the_rule_or_its_account_has_it(folder: Path) -> None:
    terms = first(folder, "{id: orb, account: alpha, instrument: SPY, rule: opening_range_breakout}")
    assert terms.parameters == {"range_minutes": "15", "sides": "both", "again": "false", "beyond_ticks": "0"}
    assert (terms.bar, terms.max_delay) == (5 * MINUTE, 5 * SECOND)
    assert (terms.sizing, terms.quantity, terms.between) == (None, None, "")
    assert terms.plan is not None
    assert terms.plan.horizon.opening == 15 * MINUTE
    assert terms.stop_percent == 2


def test_its_own_exits_size_and_hours_stand_in_place_of_the_account_s(folder: Path) -> None:
    terms = first(
        folder,
        "{id: orb, account: alpha, instrument: SPY, rule: opening_range_breakout, range_minutes: 30, bar: 1m, "
        "stop: {method: opposite_range, beyond_ticks: 2}, target: {method: risk_reward, value: 3}, "
        'sizing: {method: risk, risk_pct: 0.5}, between: "10:05-15:30", max_delay_seconds: 2}',
    )
    plan = terms.plan
    assert plan is not None
    assert plan.level_stop is not None
    assert (plan.level_stop.method, plan.level_stop.beyond_ticks) == (StopMethod.OPPOSITE_RANGE, 2)
    assert plan.target is not None
    assert (plan.target.method, plan.target.value) == (TargetMethod.RISK_REWARD, Decimal(3))
    assert (plan.horizon.bar, plan.horizon.opening) == (MINUTE, 30 * MINUTE)
    assert terms.sizing is not None
    assert (terms.sizing.method, terms.sizing.pct) == (SizeMethod.RISK, Decimal("0.5"))
    assert (terms.between, terms.timezone) == ("10:05-15:30", "America/New_York")
    assert terms.max_delay == 2 * SECOND


def test_charts_have_the_bars_that_strategies_look_at(folder: Path) -> None:
    settings = in_force(folder, "{id: x, account: alpha, instrument: SPY, rule: ema_cross, bar: 1m}")
    assert settings.bars.lengths == (Span(5 * MINUTE), Span(MINUTE))


def test_another_parameter_is_another_digest(folder: Path) -> None:
    digests = {
        in_force(
            folder, f"{{id: x, account: alpha, instrument: SPY, rule: ema_cross, fast: {fast}}}"
        ).digest()
        for fast in (8, 9, 10)
    }
    assert len(digests) == 3


def test_a_class_of_a_user_s_own_is_made_with_its_parameters(folder: Path) -> None:
    terms = first(
        folder, "{id: x, account: alpha, instrument: SPY, python: own.py:Mine, parameters: {bars: 2}}"
    )
    assert (terms.rule, terms.parameters) == ("own.py:Mine", {"bars": "2"})
    made = compiled(terms, folder)
    assert (type(made).__name__, shown(made)) == ("Mine", {"bars": "2"})
