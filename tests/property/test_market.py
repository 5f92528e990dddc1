"""Laws of the market as numbers: bars lose nothing, streams and columns are one, and what is judged good is sane."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.market.data import NEXT_SESSION, OPEN, SESSION, SPY, built_of, minutes

from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.market.bars import BarBuilder, BarState, BuiltBar
from kedge.market.columns.averages import atr, ema, rsi, true_range
from kedge.market.columns.column import Column
from kedge.market.columns.sessions import opening_range, vwap
from kedge.market.columns.windows import highest, lowest, sma, swing
from kedge.market.hours import ListedHours
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.ema import Ema
from kedge.market.indicators.opening_range import OpeningRange
from kedge.market.indicators.rsi import Rsi
from kedge.market.indicators.sma import Sma
from kedge.market.indicators.swing import Side, Swing
from kedge.market.indicators.true_range import TrueRange
from kedge.market.indicators.vwap import Vwap
from kedge.market.indicators.window import Highest, Lowest
from kedge.market.quality import Judge

HOURS = ListedHours([SESSION, NEXT_SESSION])
END = Instant(NEXT_SESSION.close + MINUTE)

# Waits of all sizes: within a second, over some bars, over the night.
_waits = st.integers(0, SECOND) | st.integers(0, 10 * MINUTE) | st.integers(0, 20 * 60 * MINUTE)


@st.composite
def trades(draw: st.DrawFn) -> list[Print]:
    """Trades in the order of their stamps, some of them equal, some outside of the sessions."""
    at = OPEN - 2 * MINUTE
    made = []
    for wait, price, size in draw(
        st.lists(st.tuples(_waits, st.integers(90, 110), st.integers(0, 10**12)), max_size=40)
    ):
        at += wait
        made.append(Print(SPY, Instant(at), Ticks(price), Nano(size)))
    return made


def all_of(length: int, pieces: Sequence[Print | Quote | Bar]) -> tuple[list[BuiltBar], BarBuilder]:
    """Every bar of so many minutes, and the builder that made them."""
    builder = BarBuilder(SPY, minutes(length), HOURS)
    return built_of(builder, pieces) + list(builder.advance(END)), builder


def bars_of(built: Sequence[BuiltBar]) -> list[Bar]:
    return [each.bar for each in built]


@given(trades(), st.integers(1, 7), st.integers(1, 5))
def test_bars_of_bars_are_the_bars_of_the_trades(pieces: list[Print], small: int, factor: int) -> None:
    smaller, _ = all_of(small, pieces)
    direct, _ = all_of(small * factor, pieces)
    assert bars_of(all_of(small * factor, bars_of(smaller))[0]) == bars_of(direct)


@given(trades(), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))
def test_bars_of_bars_of_bars_lack_what_bars_of_bars_lack(
    pieces: list[Print], small: int, factor: int, further: int
) -> None:
    smaller = bars_of(all_of(small, pieces)[0])
    middle, _ = all_of(small * factor, smaller)
    direct, _ = all_of(small * factor * further, smaller)
    large = BarBuilder(SPY, minutes(small * factor * further), HOURS)
    known = [built for each in middle for built in large.on_bar(each.bar, each.missing)] + list(
        large.advance(END)
    )
    assert [(each.bar, each.missing) for each in known] == [(each.bar, each.missing) for each in direct]
    for each in direct:
        within = [one for one in smaller if each.bar.start <= one.start < each.bar.at]
        assert each.missing == each.bar.at - each.bar.start - sum(one.at - one.start for one in within)


@given(trades(), st.integers(1, 500))
def test_no_price_and_no_volume_is_lost_or_added(pieces: list[Print], length: int) -> None:
    built, builder = all_of(length, pieces)
    kept = [piece for piece in pieces if HOURS(piece.at) is not None]
    assert builder.counts.outside == len(pieces) - len(kept)
    assert sum(each.pieces for each in built) == len(kept)
    for each in built:
        bar = each.bar
        own = [piece for piece in kept if bar.start <= piece.at < bar.at]
        prices = [piece.price for piece in own]
        assert (bar.open, bar.high, bar.low, bar.close) == (prices[0], max(prices), min(prices), prices[-1])
        assert bar.volume == sum(piece.size for piece in own)


@given(trades(), st.integers(1, 500))
def test_bars_lie_on_the_grid_of_their_session_one_after_the_other(pieces: list[Print], length: int) -> None:
    built, builder = all_of(length, pieces)
    for each in built:
        hours = HOURS(each.bar.start)
        assert hours is not None
        assert (each.bar.start - hours.open) % minutes(length) == 0
        assert each.bar.at == min(each.bar.start + minutes(length), hours.close)
    assert all(before.bar.at <= now.bar.start for before, now in pairwise(built))
    assert builder.counts.built == len(built)


@given(trades(), st.lists(_waits, max_size=20), st.integers(1, 500))
def test_telling_the_time_changes_when_a_bar_is_known_but_no_bar(
    pieces: list[Print], waits: list[int], length: int
) -> None:
    times, now = [], int(OPEN)
    for wait in waits:
        now += wait
        times.append(Instant(now))
    told = BarBuilder(SPY, minutes(length), HOURS)
    known: list[BuiltBar] = []
    for at, piece in sorted(
        [*((p.at, p) for p in pieces), *((t, None) for t in times)], key=lambda pair: pair[0]
    ):
        news = told.advance(at) if piece is None else told.on_print(piece)
        assert all(each.bar.at <= at for each in news), "a bar is not known before its end"
        known += news
    assert known + list(told.advance(END)) == all_of(length, pieces)[0]


@given(trades(), st.integers(1, 30), st.data())
def test_a_resumed_builder_goes_on_as_if_it_had_never_stopped(
    pieces: list[Print], length: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(pieces)))
    first = BarBuilder(SPY, minutes(length), HOURS)
    begun = built_of(first, pieces[:cut])
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(first.state), type=BarState)
    resumed = BarBuilder.resume(SPY, saved, minutes(length), HOURS)
    rest = built_of(resumed, pieces[cut:]) + list(resumed.advance(END))
    whole, builder = all_of(length, pieces)
    assert begun + rest == whole
    assert resumed.counts == builder.counts


@given(trades(), st.randoms(use_true_random=False))
def test_within_a_bar_the_order_of_arrival_matters_only_between_equal_stamps(
    pieces: list[Print], random: Any
) -> None:
    one_each = list({piece.at: piece for piece in pieces if HOURS(piece.at) == SESSION}.values())
    shuffled = one_each[:]
    random.shuffle(shuffled)
    assert all_of(390, shuffled)[0] == all_of(390, one_each)[0]


_figures = st.floats(-1e15, 1e15) | st.floats(-200, 200) | st.sampled_from([0.0, -0.0, 1.0, 100.0, 0.1])
_columns = st.lists(_figures, max_size=60)
_lengths = st.integers(1, 9)


def bits(values: Sequence[float | None] | Column) -> list[bytes | None]:
    """What a value is to the last bit; None where there is none."""
    return [None if value is None or np.isnan(value) else np.float64(value).tobytes() for value in values]


def streamed(
    indicator: Any, size: int, cut: int, feed: Callable[[Any, int], float | None]
) -> list[float | None]:
    """The values one by one, from an indicator that is saved and restored at the cut."""
    values = []
    for place in range(size):
        if place == cut:
            indicator = msgspec.json.decode(msgspec.json.encode(indicator), type=type(indicator))
        values.append(feed(indicator, place))
    return values


@given(_columns, _lengths, st.integers(0, 60))
def test_indicators_of_one_column_are_the_same_streamed_and_at_once(
    figures: list[float], length: int, cut: int
) -> None:
    cases: list[tuple[Any, Column]] = [
        (Ema(length), ema(figures, length)),
        (Sma.of(length), sma(figures, length)),
        (Rsi.of(length), rsi(figures, length)),
        (Highest(length), highest(figures, length)),
        (Lowest(length), lowest(figures, length)),
    ]
    for indicator, at_once in cases:
        values = streamed(indicator, len(figures), cut, lambda it, place: it.update(figures[place]))
        assert bits(values) == bits(at_once), type(indicator).__name__


# Few prices, so that many are equal.
@given(
    st.lists(st.integers(-3, 3).map(float) | _figures, max_size=60), _lengths, _lengths, st.integers(0, 60)
)
def test_swings_are_the_same_streamed_and_at_once(
    figures: list[float], left: int, right: int, cut: int
) -> None:
    for side in Side:
        indicator = Swing.of(side, left, right)
        values = streamed(indicator, len(figures), cut, lambda it, place: it.update(figures[place]))
        assert bits(values) == bits(swing(side, figures, left, right))


@given(st.lists(st.tuples(_figures, _figures, _figures), max_size=60), _lengths, st.integers(0, 60))
@example(bars=[(0.0, 0.0, 0.0), (-0.0, 0.0, 0.0)], length=1, cut=0)  # there is one zero
def test_ranges_are_the_same_streamed_and_at_once(
    bars: list[tuple[float, float, float]], length: int, cut: int
) -> None:
    high, low, close = ([bar[place] for bar in bars] for place in range(3))
    for indicator, at_once in (
        (TrueRange(), true_range(high, low, close)),
        (Atr.of(length), atr(high, low, close, length)),
    ):
        values = streamed(indicator, len(bars), cut, lambda it, place: it.update(*bars[place]))
        assert bits(values) == bits(at_once)


@given(
    st.lists(st.tuples(st.integers(0, 2), _figures, st.sampled_from([0.0, 0.5, 3.0]) | st.floats(0, 1e15))),
    st.integers(0, 60),
)
@example(rows=[(0, -0.5, 5e-324)], cut=0)  # a loss too small to tell is no loss
def test_vwap_is_the_same_streamed_and_at_once(rows: list[tuple[int, float, float]], cut: int) -> None:
    opened, price, volume = ([row[place] for row in rows] for place in range(3))
    values = streamed(Vwap(), len(rows), cut, lambda it, place: it.update(*rows[place]))
    assert bits(values) == bits(vwap(np.array(opened, int), price, volume))


@st.composite
def session_bars(draw: st.DrawFn) -> list[tuple[int, int, int, float, float, int]]:
    """Bars of some sessions of a hundred instants each, mostly one after the other."""
    rows = []
    for number in range(draw(st.integers(0, 3))):
        opened = end = number * 100
        for wait, length, high, low, missing in draw(
            st.lists(
                st.tuples(
                    st.sampled_from([0, 0, 0, 1, 9]),
                    st.integers(1, 9),
                    _figures,
                    _figures,
                    st.sampled_from([0, 0, 0, 1]),
                ),
                max_size=12,
            )
        ):
            start = end + wait
            end = start + length
            rows.append((opened, start, end, high, low, missing))
    return rows


@given(session_bars(), st.integers(1, 30), st.integers(0, 40))
def test_opening_ranges_are_the_same_streamed_and_at_once(
    rows: list[tuple[int, int, int, float, float, int]], length: int, cut: int
) -> None:
    kinds: list[type] = [int, int, int, float, float, int]
    columns: list[Any] = [np.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]
    tops, bottoms = opening_range(Span(length), *columns)
    for edge, at_once in (("high", tops), ("low", bottoms)):
        values = streamed(
            OpeningRange(Span(length)),
            len(rows),
            cut,
            lambda it, place, edge=edge: getattr(it.update(*rows[place]), edge, None),  # type: ignore[misc]
        )
        assert bits(values) == bits(at_once)


_quotes = st.lists(
    st.tuples(
        st.integers(-2 * SECOND, 3 * SECOND),
        st.integers(-20 * SECOND, 2 * SECOND),
        st.integers(-5, 3000),
        st.integers(-5, 3000) | st.none(),
    ),
    max_size=40,
)


@given(_quotes)
def test_what_is_judged_good_is_sane_in_time_and_near_the_last_or_confirmed(
    rows: list[tuple[int, int, int, int | None]],
) -> None:
    judge = Judge()
    at, good, jumps = int(OPEN), None, 0
    for wait, early, bid, ask in rows:
        at += wait
        quote = Quote(SPY, Instant(at), Ticks(bid), Ticks(bid + 1 if ask is None else ask))
        now = Instant(at - early // 2)
        if judge.quote(quote, now) is not None:
            assert judge.report.last_offence is not None
            assert judge.report.last_offence.piece == quote
            continue
        assert 0 < quote.bid <= quote.ask
        assert -5 * SECOND <= quote.at - now <= SECOND // 2
        if good is not None:
            assert good.at <= quote.at
            assert good != quote
            limit = max((good.bid + good.ask) // 20, 10)
            is_near = abs(good.bid - quote.bid) <= limit and abs(good.ask - quote.ask) <= limit
            jumps += not is_near
        assert judge.report.confirmed_jumps == jumps
        good = quote
    assert judge.report.good + sum(judge.report.refused.values()) == len(rows)
