"""However a source doubles, drops and shuffles: what is let through is in order, once, and all else is counted."""

from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.feed_exam import ES, INSTRUMENTS, SPY, bar, quote, trade

from kedge.domain.quotes import MarketData
from kedge.feeds.counters import Counters
from kedge.feeds.sieve import Sieve


def let_through(*messages: tuple[MarketData, int | None]) -> tuple[list[MarketData], Counters]:
    counters = Counters()
    sieve = Sieve(INSTRUMENTS, counters)
    return [item for item, number in messages if sieve.lets_through(item, number)], counters


def test_without_numbers_an_equal_quote_or_bar_is_the_same_and_an_equal_trade_another() -> None:
    items: list[MarketData] = [quote(0), quote(0), bar(1), bar(1), trade(0), trade(0)]
    heard, counters = let_through(*((item, None) for item in items))
    assert heard == [quote(0), bar(1), trade(0), trade(0)]
    assert counters.doubled == 2


def test_a_corrected_bar_is_let_through() -> None:
    heard, _ = let_through((bar(1), 1), (bar(1, close=59111), 2))
    assert heard == [bar(1), bar(1, close=59111)]


def test_numbers_are_counted_for_each_instrument() -> None:
    es = trade(0, price=23649, symbol=ES.symbol)
    heard, counters = let_through((trade(0), 7), (es, 1), (trade(0), 8), (es, 2))
    assert len(heard) == 4
    assert (counters.missed, counters.doubled) == (0, 0)


def test_the_kinds_of_an_instrument_have_their_own_times() -> None:
    heard, counters = let_through((quote(50), 1), (bar(0), 2), (trade(40), 3))
    assert len(heard) == 3
    assert counters.late == 0


def test_after_a_new_connection_numbers_may_begin_anew() -> None:
    counters = Counters()
    sieve = Sieve(INSTRUMENTS, counters)
    assert sieve.lets_through(trade(0), 50)
    sieve.forget_numbers()
    assert sieve.lets_through(trade(1), 1)
    assert (counters.missed, counters.doubled) == (0, 0)


def test_the_newest_time_of_each_instrument_is_known() -> None:
    sieve = Sieve(INSTRUMENTS, Counters())
    for item in (quote(5), trade(7), quote(6), trade(3, price=1, symbol=ES.symbol)):
        sieve.lets_through(item)
    assert sieve.newest() == {SPY.symbol: trade(7).at, ES.symbol: trade(3).at}


@given(st.lists(st.integers(0, 15), max_size=60))
def test_any_shuffle_is_let_through_in_order_and_every_message_is_counted(arrived: list[int]) -> None:
    """Message number n of one source tells of second n // 2."""
    heard, counters = let_through(*((trade(number // 2, price=number + 1), number) for number in arrived))
    times = [item.at for item in heard]
    assert times == sorted(times)
    assert len(set(heard)) == len(heard) == counters.delivered
    assert counters.delivered + counters.doubled + counters.late == len(arrived)
    assert counters.missed >= 0


@given(st.permutations(range(1, 9)))
def test_what_only_came_in_another_order_is_not_missed_in_the_end(arrived: list[int]) -> None:
    heard, counters = let_through((trade(0), 0), *((trade(0, price=number), number) for number in arrived))
    assert (counters.missed, counters.doubled, counters.late) == (0, 0, 0)
    assert len(heard) == 9


def test_a_source_that_leaps_ahead_costs_no_memory() -> None:
    counters = Counters()
    sieve = Sieve(INSTRUMENTS, counters)
    sieve.lets_through(trade(0), 1)
    sieve.lets_through(trade(1), 10**12)
    assert counters.missed == 10**12 - 2
    assert len(sieve._numbers[SPY.symbol].awaited) <= 10_000
