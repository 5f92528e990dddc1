"""Continuous series: moved by the gap at each roll, with the prices that were traded kept beside."""

from itertools import pairwise

import msgspec
import pytest
from tests.unit.market.data import after, bar

from kedge.domain.ids import Symbol
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar
from kedge.market.continuous import Adjustment, ContinuousBar, Roll, continuous

ES, MARCH, JUNE, SEPT = Symbol("ES"), Symbol("ESH"), Symbol("ESM"), Symbol("ESU")
ROLLS = [Roll(after(2), JUNE), Roll(after(4), SEPT)]


def flat(contract: Symbol, start: int, price: int) -> Bar:
    """A bar that closes at this price; its high and low lie five ticks off."""
    made = bar(start, 1, (price, price + 5, price - 5, price))
    return msgspec.structs.replace(made, instrument=contract)


BARS = {
    MARCH: [flat(MARCH, 0, 100), flat(MARCH, 1, 110), flat(MARCH, 2, 120)],
    JUNE: [flat(JUNE, 1, 143), flat(JUNE, 2, 150), flat(JUNE, 3, 160), flat(JUNE, 4, 170)],
    SEPT: [flat(SEPT, 3, 200), flat(SEPT, 4, 210), flat(SEPT, 5, 220)],
}


def series(adjustment: Adjustment = Adjustment.DIFFERENCE) -> list[ContinuousBar]:
    return continuous(ES, MARCH, ROLLS, BARS, adjustment)


def test_each_bar_comes_from_the_contract_that_was_held_then() -> None:
    assert [(each.traded.instrument, each.traded.close) for each in series()] == [
        (bar.instrument, bar.close) for bar in [*BARS[MARCH][:2], *BARS[JUNE][1:3], *BARS[SEPT][1:]]
    ]


def test_by_difference_older_bars_are_moved_by_all_gaps_after_them() -> None:
    # March to June: 143 - 110 = 33. June to September: 200 - 160 = 40.
    assert [each.moved.close for each in series()] == [173, 183, 190, 200, 210, 220]


def test_by_difference_every_move_within_a_contract_stays_what_it_was() -> None:
    for each in series():
        assert each.moved.high - each.moved.close == each.traded.high - each.traded.close
        assert each.moved.close - each.moved.low == each.traded.close - each.traded.low
    for before, now in pairwise(series()):
        if before.traded.instrument == now.traded.instrument:
            assert now.moved.close - before.moved.close == now.traded.close - before.traded.close


def test_by_ratio_older_bars_are_moved_by_all_factors_after_them() -> None:
    # 110 becomes 110 × 143/110 × 200/160 = 178.75, rounded once.
    assert [each.moved.close for each in series(Adjustment.RATIO)] == [162, 179, 188, 200, 210, 220]


@pytest.mark.parametrize("adjustment", Adjustment)
def test_times_and_volumes_stay_and_the_name_is_that_of_the_series(adjustment: Adjustment) -> None:
    for each in series(adjustment):
        assert each.moved.instrument == ES
        assert (each.moved.start, each.moved.at) == (each.traded.start, each.traded.at)
        assert each.moved.volume == each.traded.volume


def test_the_gap_is_measured_at_the_last_moment_that_both_contracts_know() -> None:
    bars = {MARCH: [flat(MARCH, 0, 100), flat(MARCH, 1, 999)], JUNE: [flat(JUNE, 0, 130), flat(JUNE, 2, 140)]}
    moved = continuous(ES, MARCH, [Roll(after(2), JUNE)], bars)
    assert [each.moved.close for each in moved] == [130, 1029, 140]


def test_a_later_bar_does_not_tell_the_gap() -> None:
    bars = {MARCH: [flat(MARCH, 0, 100), flat(MARCH, 3, 100)], JUNE: [flat(JUNE, 3, 130)]}
    complaint = "up to the roll into ESM at 2011-03-07T14:32:00Z there is no moment at which both contracts have a bar"
    with pytest.raises(ValueError, match=complaint):
        continuous(ES, MARCH, [Roll(after(2), JUNE)], bars)


def test_a_contract_without_bars_is_named() -> None:
    with pytest.raises(ValueError, match="ES: there are no bars of ESU"):
        continuous(ES, MARCH, ROLLS, {MARCH: BARS[MARCH], JUNE: BARS[JUNE]})


def test_rolls_come_in_the_order_of_time() -> None:
    with pytest.raises(
        ValueError, match="ES: the roll into ESM at 2011-03-07T14:32:00Z comes before the one into ESU"
    ):
        continuous(ES, MARCH, list(reversed(ROLLS)), BARS)


@pytest.mark.parametrize("price", [0, -5])
def test_there_is_no_ratio_to_a_price_that_is_not_above_zero(price: int) -> None:
    bars = {MARCH: [flat(MARCH, 0, price)], JUNE: [flat(JUNE, 0, 100)]}
    rolls = [Roll(after(1), JUNE)]
    with pytest.raises(
        ValueError, match="ES: at the roll into ESM a price is not above zero, so there is no ratio"
    ):
        continuous(ES, MARCH, rolls, bars, Adjustment.RATIO)
    assert continuous(ES, MARCH, rolls, bars)[0].moved.close == Ticks(100)


def test_without_a_roll_nothing_is_moved() -> None:
    assert [each.moved.close for each in continuous(ES, MARCH, [], BARS)] == [100, 110, 120]
