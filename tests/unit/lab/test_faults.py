"""Faults: none unless asked for, at seeded rates, each on dice of its own."""

import pytest

from kedge.domain.ids import OrderId
from kedge.domain.inputs import VenueCancelled, VenueReport
from kedge.domain.instants import Instant
from kedge.lab.faults import Fate, Faults, Mischief


def reports(*numbers: int) -> list[VenueReport]:
    return [VenueCancelled(order=OrderId(str(number)), at=Instant(0)) for number in numbers]


def orders(told: list[VenueReport]) -> list[int]:
    return [int(report.order) for report in told if isinstance(report, VenueCancelled)]


def test_nothing_goes_wrong_unless_asked_for() -> None:
    mischief = Mischief(Faults(), seed=1)
    assert {mischief.fate(is_submit=True) for _ in range(100)} == {Fate()}
    assert orders(mischief.bend(reports(1, 2, 3))) == [1, 2, 3]


def test_a_rate_of_one_strikes_always() -> None:
    always = Faults(lose_answer=1, late_submit=1, close_after=1, delay_answer=1)
    assert Mischief(always, seed=1).fate(is_submit=True) == Fate(late=True, lost=True, cut=True, delayed=True)


def test_only_submits_are_late() -> None:
    assert Mischief(Faults(late_submit=1), seed=1).fate(is_submit=False) == Fate()


def test_only_cancels_are_refused() -> None:
    mischief = Mischief(Faults(refuse_cancel=1), seed=1)
    assert mischief.fate(is_submit=False, is_cancel=True) == Fate(refused=True)
    assert mischief.fate(is_submit=True) == mischief.fate(is_submit=False) == Fate()


def test_a_dropped_report_is_never_told() -> None:
    assert Mischief(Faults(drop_report=1), seed=1).bend(reports(1, 2)) == []


def test_a_duplicated_report_is_told_twice() -> None:
    assert orders(Mischief(Faults(duplicate_report=1), seed=1).bend(reports(1, 2))) == [1, 1, 2, 2]


def test_a_reordered_report_comes_after_the_one_that_follows_it_in_this_call_or_the_next() -> None:
    mischief = Mischief(Faults(reorder_report=1), seed=1)
    assert orders(mischief.bend(reports(1, 2, 3))) == [2, 1]
    assert orders(mischief.bend(reports(4))) == [4, 3]


def test_a_report_that_nothing_overtakes_is_released() -> None:
    mischief = Mischief(Faults(reorder_report=1), seed=1)
    assert mischief.bend(reports(1)) == []
    assert orders(mischief.release()) == [1]
    assert mischief.release() == []


def test_the_same_seed_deals_the_same_faults_and_another_seed_others() -> None:
    def dealt(seed: int) -> list[Fate]:
        mischief = Mischief(Faults(lose_answer=0.5), seed)
        return [mischief.fate(is_submit=True) for _ in range(64)]

    assert dealt(1) == dealt(1)
    assert dealt(1) != dealt(2)


def test_turning_one_fault_on_does_not_move_another() -> None:
    def lost(faults: Faults) -> list[bool]:
        mischief = Mischief(faults, seed=1)
        return [mischief.fate(is_submit=True).lost for _ in range(64)]

    assert lost(Faults(lose_answer=0.5)) == lost(Faults(lose_answer=0.5, delay_answer=0.5, close_after=1))


@pytest.mark.parametrize(
    "wrong",
    [{"lose_answer": 1.01}, {"drop_report": -0.1}, {"late_seconds": -1}, {"delay_answer": float("nan")}],
)
def test_rates_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Faults(**wrong)
