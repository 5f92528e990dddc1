"""Strategies in the settings: each mistake with the exact words that people get, and what right ones become."""

import os
import sys
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
from kedge.settings.strategy_hours import hours_problem
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

BAD = """\
from msgspec import Struct

from kedge import Strategy, Terms

print("a word on the way")


class NoBar(Strategy):
    pass


class Silent(Strategy):
    def on_bar(self, seen, own):
        return ()


class BadTerms(Silent):
    Terms = dict


class BadState(Silent):
    State = dict


class Needing(Struct):
    needed: int


class NoBegin(Silent):
    State = Needing


class Failing(Silent):
    def needs(self):
        return {"average": self.nothing}


class Asking(Silent):
    class Terms(Terms, frozen=True):
        level: int
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
    """With files of a user's own, of which not all are in order."""
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("import nothing_there\n")
    (tmp_path / "bad.py").write_text(BAD)
    (tmp_path / "typo.py").write_text("class A:\n    def (\n")
    (tmp_path / "ends.py").write_text("import sys\n\nsys.exit(3)\n")
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


CROSS = "  - {id: x, account: alpha, instrument: SPY, rule: ema_cross, bar: 15m}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "cash: 100000",
            "strategies: [orb]\n    cash: 100000",
            "account: 'alpha' does not take the signals of 'x'; it takes those of orb (accounts.*.strategies)",
        ),
        (
            "max_position_size: 1000",
            "deny: [SPY]",
            "instrument: 'alpha' may not trade 'SPY' (risk.deny); take it from that list",
        ),
        (
            "max_position_size: 1000",
            "allow: [ES]",
            "instrument: 'alpha' may not trade 'SPY' (risk.allow); one of ES is needed",
        ),
        (
            "max_position_size: 1000",
            "by_strategy: [{strategy: x, allow: [ES]}]",
            "instrument: 'alpha' may not trade 'SPY' (risk.by_strategy.*.allow); one of ES is needed",
        ),
        (
            "tick: 0.01",
            "tick: 0.01, currency: EUR",
            (
                "instrument: 'SPY' is quoted in EUR, and its account keeps USD; an instrument in the currency of the "
                "account is needed"
            ),
        ),
        (
            "stop: {method: percent, value: 2.0}",
            "stop: {method: opposite_range}\n      range_minutes: 10",
            (
                "bar: the stop of its account goes by an opening range of 10 minutes, which is not made of whole bars "
                "of 15m; shorter bars are needed, or a stop of its own"
            ),
        ),
        (
            "feeds:",
            "bars: {lengths: [1m, 2m, 3m, 5m, 6m, 10m, 13m, 30m]}\nfeeds:",
            (
                "bar: with 15m there would be bars of 9 lengths (1m, 2m, 3m, 5m, 6m, 10m, 13m, 30m, 15m); up to 8 are "
                "allowed, bars.lengths counted"
            ),
        ),
    ],
)
def test_an_account_or_a_market_that_does_not_go_with_it(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in GOOD
    found = faults(tmp_path, GOOD.replace(old, new, 1) + "strategies:\n" + CROSS)
    assert [each.partition(": strategies.x.")[2] for each in found] == [said]


def test_an_account_that_takes_this_strategy_and_this_market_is_in_order(tmp_path: Path) -> None:
    text = GOOD.replace("max_position_size: 1000", "allow: [SPY], by_strategy: [{strategy: x}]", 1)
    text = text.replace("cash: 100000", "strategies: [x]\n    cash: 100000", 1)
    assert faults(tmp_path, text + "strategies:\n" + CROSS) == []


def test_the_size_of_the_account_is_held_against_what_the_strategy_may(tmp_path: Path) -> None:
    few = "by_strategy: [{strategy: x, max_position_size: 3}]"
    (said,) = faults(tmp_path, GOOD.replace("max_position_size: 1000", few, 1) + "strategies:\n" + CROSS)
    assert said == (
        "kedge.yaml:8:39: accounts.alpha.sizing.quantity: 10 is more than risk.by_strategy.*.max_position_size of "
        "'alpha', so that every entry would be refused; a number up to 3 is needed"
    )


def test_an_account_may_keep_a_future_to_single_contracts(tmp_path: Path) -> None:
    text = GOOD.replace("max_position_size: 1000", "allow: [ESH6]", 1).replace("[SPY]", "[SPY, ES]", 1)
    assert faults(tmp_path, text + "strategies:\n" + CROSS.replace("SPY", "ES")) == []


@pytest.mark.parametrize(
    ("market", "between", "zone", "is_said"),
    [
        ("XNYS", "14:35-21:00", "Europe/London", False),
        ("XNYS", "09:30-09:34", "America/New_York", True),  # no bar ends in it
        ("XNYS", "16:00-17:00", "America/New_York", True),  # the last bar ends when it begins
        ("CMES", "22:00-02:00", "America/Chicago", False),  # a session over midnight
        ("CMES", "16:05-16:55", "America/Chicago", True),
        ("24/7", "22:00-02:00", "UTC", False),
        ("24/7", "23:00-24:00", "UTC", False),
    ],
)
def test_hours_in_which_nothing_could_ever_be_found_are_refused(
    market: str, between: str, zone: str, *, is_said: bool
) -> None:
    bar = Span(5 * MINUTE)
    assert (hours_problem(market, between, zone, bar, Span(0)) is not None) == is_said


def test_what_a_file_prints_when_it_is_loaded_is_no_data(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faults(folder, with_strategies("{id: x, account: alpha, instrument: SPY, python: bad.py:Silent}"))
    assert capsys.readouterr().out == ""


def test_a_file_that_was_changed_is_loaded_anew(folder: Path) -> None:
    strategy = with_strategies("{id: x, account: alpha, instrument: SPY, python: own.py:Later}")
    assert len(faults(folder, strategy)) == 1
    (folder / "own.py").write_text(OWN.replace("class Mine", "class Later"))
    os.utime(folder / "own.py", ns=(1, 1))
    assert faults(folder, strategy) == []


def test_a_file_sees_those_beside_it_and_leaves_the_path_as_it_was(folder: Path) -> None:
    (folder / "beside_it.py").write_text("LIMIT = 3\n")
    (folder / "uses.py").write_text(f"import beside_it\n\n{OWN}".replace("= 3", "= beside_it.LIMIT"))
    before = list(sys.path)
    terms = first(folder, "{id: x, account: alpha, instrument: SPY, python: uses.py:Mine}")
    assert terms.parameters == {"bars": "3"}
    assert sys.path == before


def test_what_is_in_force_is_told_with_defaults_of_the_rule_and_what_is_the_account_s(folder: Path) -> None:
    reading = read_text(
        folder, with_strategies("{id: x, account: alpha, instrument: SPY, rule: ema_cross, fast: 5}")
    )
    told = {each.key: (each.value, each.place is None) for each in reading.in_force}
    assert told["strategies.x.fast"] == ("5", False)
    assert told["strategies.x.slow"] == ("21", True)
    assert told["strategies.x.stop"] == ("the account's", True)
    assert "strategies.x.stop.method" not in told


def test_a_variable_sets_a_parameter(folder: Path) -> None:
    text = with_strategies("{id: x-1, account: alpha, instrument: SPY, rule: ema_cross}")
    settings = read_text(folder, text, {"KEDGE_STRATEGIES__X_1__FAST": "5"}).settings
    assert settings.strategies[0].parameters["fast"] == "5"


def test_a_target_of_its_own_is_not_eaten_up_by_the_account_s_parts(folder: Path) -> None:
    text = GOOD.replace(
        "stop: {method: percent, value: 2.0}", "partial_targets: [{at_r: 1, pct: 100}]", 1
    ) + ("strategies:\n" + CROSS.replace("bar: 15m", "target: {method: risk_reward, value: 3}"))
    plan = read_text(folder, text).settings.strategies[0].plan
    assert plan is not None
    assert plan.parts == ()
    assert plan.target is not None


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


def test_another_code_of_a_user_s_own_is_another_digest(folder: Path) -> None:
    own = "{id: x, account: alpha, instrument: SPY, python: own.py:Mine}"
    before, terms = in_force(folder, own).digest(), first(folder, own)
    (folder / "own.py").write_text(OWN + "\n# another\n")
    assert in_force(folder, own).digest() != before
    assert first(folder, own).source != terms.source
    assert first(folder, "{id: x, account: alpha, instrument: SPY, rule: ema_cross}").source == ""


def test_a_class_of_a_user_s_own_is_made_with_its_parameters(folder: Path) -> None:
    terms = first(
        folder, "{id: x, account: alpha, instrument: SPY, python: own.py:Mine, parameters: {bars: 2}}"
    )
    assert (terms.rule, terms.parameters) == ("own.py:Mine", {"bars": "2"})
    made = compiled(terms, folder)
    assert (type(made).__name__, shown(made)) == ("Mine", {"bars": "2"})
