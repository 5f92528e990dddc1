"""Bars: cut from the open, known at their end, and honest about what they lack."""

from typing import Any

import msgspec
import pytest
from tests.unit.market.data import (
    NEXT_SESSION,
    SESSION,
    SPY,
    after,
    bar,
    built_of,
    minutes,
    quote,
    trade,
)

from kedge.domain.instants import Instant
from kedge.domain.quotes import Bar, Quote
from kedge.market.bars import BarBuilder, BarCounts, BarState, BuiltBar, QuotePrice
from kedge.market.hours import ListedHours

HOURS = ListedHours([SESSION, NEXT_SESSION])


def builder_of(length: float, **options: Any) -> BarBuilder:
    return BarBuilder(SPY, minutes(length), HOURS, **options)


def counts(builder: BarBuilder) -> dict[str, int]:
    """What was counted at all."""
    return {name: count for name, count in msgspec.structs.asdict(builder.counts).items() if count}


def test_a_bar_tells_first_highest_lowest_last_and_volume() -> None:
    builder = builder_of(5)
    pieces = [trade(0, 100), trade(1, 104, 2), trade(2, 97), trade(4.99, 99, 3), trade(5, 500)]
    assert built_of(builder, pieces) == [BuiltBar(bar(0, 5, (100, 104, 97, 99), 7), pieces=4)]
    assert counts(builder) == {"built": 1}


def test_bars_count_from_the_open_and_the_last_is_cut_at_the_close() -> None:
    builder = builder_of(60)
    known = built_of(builder, [trade(1, 100), trade(361, 100)]) + list(builder.advance(SESSION.close))
    assert [(each.bar.start, each.bar.at) for each in known] == [
        (after(0), after(60)),
        (after(360), after(390)),
    ]


@pytest.mark.parametrize(
    ("now", "known"),
    [
        pytest.param(4.999, 0, id="before its end"),
        pytest.param(5, 1, id="at its end"),
        pytest.param(300, 1, id="long after"),
        pytest.param(2000, 1, id="in the next session"),
    ],
)
def test_a_bar_is_known_at_its_end_when_the_time_is_handed_in(now: float, known: int) -> None:
    builder = builder_of(5)
    builder.on_print(trade(1, 100))
    assert len(builder.advance(after(now))) == known
    assert builder.advance(after(now)) == ()


def test_a_nanosecond_before_its_end_a_bar_is_not_known() -> None:
    builder = builder_of(5)
    builder.on_print(trade(1, 100))
    assert builder.advance(Instant(after(5) - 1)) == ()
    assert builder.on_print(trade(1, 100)) == ()
    assert len(builder.advance(after(5))) == 1


def test_a_bar_can_be_watched_before_it_is_known() -> None:
    builder = builder_of(5)
    assert builder.so_far is None
    built_of(builder, [trade(0, 100), trade(1, 101)])
    assert builder.so_far == BuiltBar(bar(0, 5, (100, 101, 100, 101), 2), pieces=2)


def test_what_comes_after_the_end_of_its_bar_is_counted_and_changes_nothing() -> None:
    builder = builder_of(5)
    builder.on_print(trade(4, 100))
    builder.advance(after(5))
    assert builder.on_print(trade(4.5, 900)) == ()
    assert builder.on_print(trade(6, 101)) == ()
    assert builder.on_print(trade(4.9, 900)) == ()
    assert builder.advance(after(10)) == (BuiltBar(bar(5, 5, (101, 101, 101, 101)), pieces=1),)
    assert counts(builder) == {"built": 2, "late": 2}


def test_what_comes_after_the_close_is_late_even_if_nothing_was_heard_of_that_session() -> None:
    builder = builder_of(5)
    builder.advance(after(500))
    assert builder.on_print(trade(4, 100)) == ()
    assert builder.advance(after(600)) == ()
    assert counts(builder) == {"late": 1}


@pytest.mark.parametrize(
    ("pieces", "prices"),
    [
        pytest.param([(1, 100), (1, 103), (1, 101)], (100, 103, 101), id="equal stamps count as they came"),
        pytest.param([(1, 100), (3, 103), (2, 101)], (100, 103, 103), id="one out of order is not the last"),
        pytest.param([(2, 100), (1, 103), (3, 101)], (103, 103, 101), id="the earliest stamp is the first"),
        pytest.param([(2, 100), (1, 103), (1, 99)], (103, 103, 100), id="the first of equal earliest ones"),
    ],
)
def test_stamps_decide_which_price_came_first_and_which_last(
    pieces: list[tuple[float, int]], prices: tuple[int, int, int]
) -> None:
    builder = builder_of(5)
    built_of(builder, [trade(minute, price) for minute, price in pieces])
    (built,) = builder.advance(after(5))
    assert (built.bar.open, built.bar.high, built.bar.close) == prices
    assert built.bar.volume == 3 * 10**9


def test_pieces_out_of_order_are_counted() -> None:
    builder = builder_of(5)
    built_of(builder, [trade(2, 100), trade(1, 100), trade(1.5, 100), trade(2, 100)])
    assert counts(builder) == {"disordered": 2}


def test_pieces_without_a_session_are_in_no_bar() -> None:
    builder = builder_of(5)
    known = built_of(builder, [trade(-1, 900), trade(389, 100), trade(390, 900), trade(391, 900)])
    assert known == [BuiltBar(bar(385, 5, (100, 100, 100, 100)), pieces=1)]
    assert counts(builder)["outside"] == 3


@pytest.mark.parametrize(
    ("pieces", "empty"),
    [
        pytest.param([1, 6], 0, id="none between neighbours"),
        pytest.param([1, 16], 2, id="two within a session"),
        pytest.param([1, 1441], 77, id="the rest of a session"),
        pytest.param([386, 1450], 2, id="the beginning of a session"),
        pytest.param([380, 400, 1440], 1, id="none while the market is closed"),
        pytest.param([100], 0, id="none before the first piece"),
    ],
)
def test_intervals_in_which_nothing_happened_make_no_bar_and_are_counted(
    pieces: list[float], empty: int
) -> None:
    builder = builder_of(5)
    built_of(builder, [trade(minute, 100) for minute in pieces])
    assert builder.counts.empty == empty


def test_the_time_handed_in_counts_the_same_empty_intervals() -> None:
    silent, told = builder_of(5), builder_of(5)
    told.on_print(trade(1, 100))
    for minute in range(2, 1440, 7):
        told.advance(after(minute))
    told.on_print(trade(1450, 100))
    built_of(silent, [trade(1, 100), trade(1450, 100)])
    assert told.counts == silent.counts
    assert told.counts.empty == 79


def test_the_last_short_interval_of_a_session_is_empty_too() -> None:
    builder = builder_of(60)
    builder.on_print(trade(301, 100))
    builder.advance(after(400))
    assert builder.counts.empty == 1


@pytest.mark.parametrize(
    ("which", "price"),
    [
        pytest.param(QuotePrice.BID, 100, id="bid"),
        pytest.param(QuotePrice.ASK, 103, id="ask"),
        pytest.param(QuotePrice.MID, 101, id="mid, half a tick left out"),
    ],
)
def test_bars_of_quotes_say_which_price_they_are_made_of(which: QuotePrice, price: int) -> None:
    builder = builder_of(5, quote_price=which)
    built_of(builder, [quote(1, 100, 103)])
    assert builder.advance(after(5)) == (BuiltBar(bar(0, 5, (price,) * 4, 0), pieces=1),)


@pytest.mark.parametrize("ask", [101, 102])
def test_the_mid_of_a_market_that_moves_by_a_tick_moves_by_a_tick(ask: int) -> None:
    builder = builder_of(5)
    built_of(builder, [Quote(SPY, after(step), 100 + step, ask + step) for step in range(4)])  # type: ignore[arg-type]
    (built,) = builder.advance(after(5))
    assert built.bar.close - built.bar.open == 3


MINUTES = [bar(start, 1, (100 + start, 105 + start, 95, 101), 2) for start in range(5)]


def test_a_bar_of_smaller_bars_is_known_with_the_last_of_them() -> None:
    builder = builder_of(5)
    assert built_of(builder, MINUTES[:4]) == []
    assert builder.on_bar(MINUTES[4]) == (BuiltBar(bar(0, 5, (100, 109, 95, 101), 10), pieces=5),)
    assert builder.advance(after(5)) == ()


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        pytest.param([0, 1, 3, 4], 1, id="inside"),
        pytest.param([1, 2, 3, 4], 1, id="at the beginning"),
        pytest.param([0, 1], 3, id="at the end"),
    ],
)
def test_a_bar_of_smaller_bars_says_how_much_of_it_is_missing(kept: list[int], missing: int) -> None:
    builder = builder_of(5)
    known = built_of(builder, [MINUTES[place] for place in kept]) + list(builder.advance(after(5)))
    assert [each.missing for each in known] == [minutes(missing)]
    assert not known[0].is_complete
    assert builder.counts.incomplete == 1


def test_what_is_missing_in_a_smaller_bar_is_missing_in_the_larger_one() -> None:
    builder = builder_of(10)
    builder.on_bar(bar(0, 5, (1, 1, 1, 1)), missing=minutes(2))
    (built,) = builder.on_bar(bar(5, 5, (1, 1, 1, 1)))
    assert built.missing == minutes(2)


def test_one_smaller_bar_can_end_one_larger_bar_and_be_another() -> None:
    builder = builder_of(5)
    known = built_of(builder, [bar(0, 1, (1, 1, 1, 1)), bar(9, 1, (2, 2, 2, 2))])
    assert [(each.bar.start, each.pieces) for each in known] == [(after(0), 1), (after(5), 1)]


@pytest.mark.parametrize(
    ("pieces", "counted"),
    [
        pytest.param([bar(0, 5, (1, 1, 1, 1))], {"astride": 1}, id="longer than the interval"),
        pytest.param([bar(2, 2, (1, 1, 1, 1))], {"astride": 1}, id="across its end"),
        pytest.param([bar(-1, 1, (1, 1, 1, 1))], {"outside": 1}, id="before the open"),
        pytest.param([bar(0, 1, (1, 1, 1, 1))] * 2, {"late": 1}, id="twice"),
        pytest.param([bar(1, 1, (1, 1, 1, 1)), bar(0, 1, (1, 1, 1, 1))], {"late": 1}, id="backward"),
    ],
)
def test_smaller_bars_that_do_not_fit_are_counted_and_not_merged(
    pieces: list[Bar], counted: dict[str, int]
) -> None:
    builder = builder_of(3)
    assert built_of(builder, pieces) == []
    assert counts(builder) == counted
    assert builder.so_far is None or builder.so_far.pieces == 1


def test_a_builder_that_starts_in_the_middle_of_a_bar_says_so() -> None:
    builder = builder_of(5, since=after(12))
    known = built_of(builder, [trade(13, 100), trade(16, 100), trade(21, 100)])
    assert [each.missing for each in known] == [minutes(2), 0]


@pytest.mark.parametrize(
    ("begin", "end", "missing"),
    [
        pytest.param(2, 4, [2, 0, 0], id="within a bar"),
        pytest.param(2, 7, [3, 2, 0], id="over the end of one"),
        pytest.param(4, 14, [1, 5, 4], id="over three"),
        pytest.param(-3, 1, [1, 0, 0], id="from before the open"),
    ],
)
def test_what_was_lost_is_missing_in_the_bars_that_it_belongs_to(
    begin: float, end: float, missing: list[int]
) -> None:
    builder = builder_of(5)
    known = built_of(builder, [trade(0.5, 100)]) + list(builder.lost(after(begin), after(end)))
    # A piece in each bar at its very end, so that each is made.
    known += built_of(builder, [trade(minute, 100) for minute in (4.9, 9.9, 14.9, 15)])
    assert [each.missing for each in known] == [minutes(each) for each in missing]


def test_time_lost_twice_is_missing_once() -> None:
    builder = builder_of(5)
    builder.on_print(trade(0, 100))
    builder.lost(after(1), after(3))
    builder.lost(after(2), after(4))
    assert [each.missing for each in builder.advance(after(5))] == [minutes(3)]


def test_time_lost_after_a_bar_has_ended_ends_it_first() -> None:
    builder = builder_of(5)
    builder.on_print(trade(0, 100))
    assert [each.missing for each in builder.lost(after(6), after(7))] == [0]
    builder.on_print(trade(8, 100))
    assert [each.missing for each in builder.advance(after(10))] == [minutes(1)]


def test_a_quiet_minute_between_prints_is_not_missing() -> None:
    builder = builder_of(5)
    built_of(builder, [trade(0, 100), trade(4, 100)])
    assert [each.is_complete for each in builder.advance(after(5))] == [True]


def test_a_builder_goes_on_from_its_saved_state() -> None:
    builder = builder_of(5, since=after(1))
    built_of(builder, [trade(-1, 1), trade(1, 100), trade(3, 103), trade(2, 99)])
    saved = msgspec.json.decode(msgspec.json.encode(builder.state), type=BarState)
    resumed = BarBuilder.resume(SPY, saved, minutes(5), HOURS)
    rest = [trade(2.5, 98), trade(4, 101), trade(6, 102), trade(11, 100)]
    assert built_of(resumed, rest) == built_of(builder, rest)
    assert resumed.counts == builder.counts
    assert resumed.state == builder.state


def test_a_saved_state_does_not_change_with_the_builder() -> None:
    builder = builder_of(5)
    before = builder.state
    built_of(builder, [trade(1, 100), trade(6, 100)])
    assert before == builder_of(5).state
    assert before.counts == BarCounts()


def test_bars_without_a_length_are_refused() -> None:
    with pytest.raises(ValueError, match="bars of SPY: their length must be above 0, not 0"):
        builder_of(0)


def test_without_hours_the_market_never_closes_and_counts_from_midnight() -> None:
    builder = BarBuilder(SPY, minutes(60))
    builder.on_print(trade(0, 100))
    (built,) = builder.advance(Instant(after(0) + minutes(60)))
    assert (built.bar.start, built.bar.at) == (after(-30), after(30))
