"""Figures of a trade: in R, in per cent, a day, and reward to risk."""

from decimal import Decimal

import pytest

from kedge.domain.instants import DAY, MINUTE, Span
from kedge.domain.performance import in_risks, per_day, return_pct, reward_to_risk


def test_a_result_is_told_in_units_of_what_was_at_risk() -> None:
    assert in_risks(Decimal(-75), Decimal(50)) == Decimal("-1.5")
    assert in_risks(Decimal(10), Decimal(30)) == Decimal("0.333")
    assert in_risks(Decimal(10), Decimal(0)) is None
    assert in_risks(Decimal(10), None) is None


def test_a_result_is_told_as_a_share_of_what_was_entered() -> None:
    assert return_pct(Decimal(25), Decimal(1000)) == Decimal("2.5")
    assert return_pct(Decimal(-1), Decimal(3)) == Decimal("-33.333")
    assert return_pct(Decimal(1), Decimal(0)) is None


def test_a_result_is_spread_over_the_days_that_it_took() -> None:
    assert per_day(Decimal(30), Span(3 * DAY)) == 10
    assert per_day(Decimal(1), MINUTE) == 1440
    assert per_day(Decimal(1), Span(0)) is None


@pytest.mark.parametrize(
    ("entry", "stop", "targets", "expected"),
    [
        ("100", "95", [("110", "10")], "2"),
        ("100", "105", [("90", "10")], "2"),
        ("100", "95", [("105", "5"), ("110", "5")], "1.5"),
        ("100", None, [("110", "10")], None),
        ("100", "95", [], None),
        ("100", "100", [("110", "10")], None),
    ],
)
def test_the_targets_are_held_against_the_stop(
    entry: str, stop: str | None, targets: list[tuple[str, str]], expected: str | None
) -> None:
    found = reward_to_risk(
        Decimal(entry),
        None if stop is None else Decimal(stop),
        [(Decimal(price), Decimal(quantity)) for price, quantity in targets],
    )
    assert found == (None if expected is None else Decimal(expected))
