"""A market that nobody waits for costs next to nothing: resting orders are not looked at."""

import pytest
from tests.unit.sim.builders import at, bar, exchange, fills, order, quote

from kedge.sim import exchange as door
from kedge.sim import matching
from kedge.sim.exchange import SimExchange
from kedge.sim.resting import Ladder


def crowded() -> SimExchange:
    """A hundred orders of every resting type around 100."""
    market = exchange()
    market.on_market(quote(1, "100.00", "100.02"))
    kinds = (
        "buy 1 limit 98",
        "sell 1 limit 102",
        "sell 1 stop 98",
        "buy 1 stop_limit 102 103",
        "sell 1 trail 2",
    )
    for number in range(100):
        market.submit(order(kinds[number % 5], f"o{number}", tif="gtc"), (), at(2))
    return market


def test_a_quote_between_all_triggers_is_not_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    market = crowded()
    monkeypatch.setattr(door, "take_quote", _must_not_be_called)
    assert market.on_market(quote(3, "99.50", "100.50")) == []
    assert market.on_market(quote(4, "98.01", "101.99")) == []
    with pytest.raises(AssertionError):
        market.on_market(quote(5, "98.00", "98.02"))


def test_a_bar_between_all_triggers_is_not_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    market = exchange()
    for number, words in enumerate(
        ("buy 1 limit 98", "sell 1 limit 102", "sell 1 stop 98", "buy 1 stop 102")
    ):
        market.submit(order(words, f"o{number}", tif="gtc"), (), at(10))
    monkeypatch.setattr(matching, "match_bar", _must_not_be_called)
    assert market.on_market(bar(20, "100 101.99 98.01 99")) == []
    with pytest.raises(AssertionError):
        market.on_market(bar(30, "100 102 98.01 99"))


def test_only_what_is_reached_trades() -> None:
    market = crowded()
    traded = fills(market.on_market(quote(3, "101.99", "102.00")))
    assert {line.split()[1] for line in traded} == {f"o{number}" for number in range(3, 100, 5)}


@pytest.mark.parametrize(
    ("rising", "first", "reached", "price"),
    [(True, 90, [2, 5, 1], 95), (False, 110, [4, 3, 1], 95)],
)
def test_a_ladder_gives_the_nearest_first_and_the_oldest_of_equals(
    rising: bool, first: int, reached: list[int], price: int
) -> None:
    ladder = Ladder(rising=rising)
    for number, rung in enumerate((95, 90, 100, 110, 90), 1):
        ladder.put(rung, number)
    assert ladder.first == first
    assert ladder.reached(price) == reached


def test_an_empty_ladder_is_beyond_every_price() -> None:
    for rising in (True, False):
        ladder = Ladder(rising=rising)
        empty = ladder.first
        ladder.put(5, 1)
        ladder.take(5, 1)
        assert ladder.first == empty
        assert abs(empty) > 10**15
        assert ladder.reached(10**15 if rising else -(10**15)) == []


def _must_not_be_called(*_: object) -> None:
    raise AssertionError("matched")
