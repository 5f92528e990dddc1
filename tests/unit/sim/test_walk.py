"""The random walk: the same everywhere, at any cut, and a market that one could believe."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.instruments import Instrument
from kedge.sim.walk import RandomWalk, WalkTerms

SPY = Instrument(Symbol("SPY"), tick=Decimal("0.01"))
_waits = st.lists(st.integers(0, 10 * MINUTE), min_size=1, max_size=40)


EXPECTED = [(10000, 10001, 298), (10000, 10001, 647), (10002, 10003, 943), (10004, 10005, 674)]
CHECKSUM = 451464052


def instants(waits: list[int]) -> list[Instant]:
    clock = 0
    return [Instant(clock := clock + wait) for wait in waits]


def test_the_first_quote_is_the_start() -> None:
    first = RandomWalk(SPY, Decimal("591.20"), 7, WalkTerms(spread_ticks=3)).quote(Instant(5))
    assert (first.at, first.bid, first.ask) == (5, 59119, 59122)


def test_it_is_the_same_on_every_machine() -> None:
    walk = RandomWalk(SPY, Decimal(100), 7)
    quotes = list(walk.quotes(Instant(second * SECOND) for second in range(0, 3000, 10)))
    shown = [(quote.bid, quote.ask, quote.bid_size // 10**9) for quote in quotes[:4]]
    assert shown == EXPECTED
    assert sum(quote.bid * (number + 1) for number, quote in enumerate(quotes)) == CHECKSUM


@given(_waits, st.integers(), st.data())
def test_a_resumed_walk_goes_on_as_if_it_had_never_stopped(
    waits: list[int], seed: int, data: st.DataObject
) -> None:
    times = instants(waits)
    cut = data.draw(st.integers(0, len(times)))
    whole = list(RandomWalk(SPY, Decimal(50), seed).quotes(times))
    first = RandomWalk(SPY, Decimal(50), seed)
    begun = list(first.quotes(times[:cut]))
    resumed = RandomWalk.resume(SPY, first.state, seed) if cut else first
    assert begun + list(resumed.quotes(times[cut:])) == whole


def test_a_walk_can_be_resumed_beyond_a_block_of_chance() -> None:
    walk = RandomWalk(SPY, Decimal(100), 7)
    for second in range(300):
        walk.quote(Instant(second * SECOND))
    resumed = RandomWalk.resume(SPY, walk.state, 7)
    for second in range(300, 600):
        assert resumed.quote(Instant(second * SECOND)) == walk.quote(Instant(second * SECOND))


@given(_waits, st.integers(), st.integers(0, 9), st.integers(1, 50))
def test_quotes_are_always_sane(waits: list[int], seed: int, spread: int, depth: int) -> None:
    terms = WalkTerms(volatility_bps=Decimal(3000), spread_ticks=spread, depth_lots=depth)
    for quote in RandomWalk(SPY, Decimal("0.05"), seed, terms).quotes(instants(waits)):
        assert quote.bid >= 1
        assert quote.ask - quote.bid == spread
        assert 1 <= quote.bid_size // 10**9 <= depth
        assert 1 <= quote.ask_size // 10**9 <= depth


def test_a_minute_moves_as_far_as_its_volatility_says_and_four_minutes_twice_as_far() -> None:
    deviations = []
    for minutes in (1, 4):
        walk = RandomWalk(SPY, Decimal(10_000), 1, WalkTerms(volatility_bps=Decimal(10), spread_ticks=0))
        quotes = list(walk.quotes(Instant(step * minutes * MINUTE) for step in range(2001)))
        moves = [(after.bid - before.bid) / before.bid for before, after in pairwise(quotes)]
        deviations.append((sum(move * move for move in moves) / len(moves)) ** 0.5)
    assert 0.00092 < deviations[0] < 0.00108
    assert 1.9 < deviations[1] / deviations[0] < 2.1


def test_without_volatility_nothing_moves() -> None:
    walk = RandomWalk(SPY, Decimal(100), 1, WalkTerms(volatility_bps=Decimal(0)))
    assert {quote.bid for quote in walk.quotes(instants([MINUTE] * 20))} == {10_000}


def test_seeds_and_symbols_walk_their_own_ways() -> None:
    other = Instrument(Symbol("QQQ"), tick=Decimal("0.01"))
    ways = [
        [quote.bid for quote in RandomWalk(instrument, Decimal(100), seed).quotes(instants([MINUTE] * 20))]
        for instrument, seed in ((SPY, 1), (SPY, 2), (other, 1))
    ]
    assert len({tuple(way) for way in ways}) == 3


def test_a_walk_does_not_go_back_in_time() -> None:
    walk = RandomWalk(SPY, Decimal(100), 1)
    walk.quote(Instant(5))
    with pytest.raises(ValueError, match="random walk: SPY is at 5 and cannot go back to 4"):
        walk.quote(Instant(4))


@pytest.mark.parametrize("start", ["0", "0.001", "NaN", "-5"])
def test_a_start_below_a_tick_is_refused(start: str) -> None:
    with pytest.raises(ValueError, match="random walk: SPY must start at a tick or more"):
        RandomWalk(SPY, Decimal(start), 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("volatility_bps", Decimal(-1)),
        ("volatility_bps", Decimal(10_000)),
        ("spread_ticks", -1),
        ("depth_lots", 0),
    ],
)
def test_terms_are_checked(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"random walk: {name} must be"):
        WalkTerms(**{name: value})  # type: ignore[arg-type]
