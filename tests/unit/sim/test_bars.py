"""How orders fill on bars: the rules of the interface, one by one. Bars last ten ticks of the clock."""

from typing import NamedTuple

import pytest
from tests.unit.sim.builders import (
    ALPHA,
    BETA,
    at,
    bar,
    exchange,
    fills,
    leg,
    lines,
    nano,
    oid,
    order,
    printed,
    quote,
)

from kedge.domain.orders import Terms
from kedge.domain.quotes import Bar, MarketData


class Case(NamedTuple):
    name: str
    words: str
    bars: list[Bar]  # the order comes at 10, the close of an earlier bar at 100.00
    trades: list[str]


CASES = [
    Case(
        "a market order fills at the next open",
        "buy 1 market",
        [bar(20, "100.5 102 99 101")],
        ["filled o 1 @ 100.5"],
    ),
    Case(
        "a stop is filled at its price when touched",
        "sell 1 stop 99",
        [bar(20, "100 101 99 101")],
        ["filled o 1 @ 99"],
    ),
    Case("a stop that is not reached stays", "sell 1 stop 99", [bar(20, "100 101 99.01 101")], []),
    Case(
        "a stop fills at an open beyond it", "sell 1 stop 99", [bar(20, "98 101 97 101")], ["filled o 1 @ 98"]
    ),
    Case(
        "a buy stop is filled at its price",
        "buy 1 stop 101",
        [bar(20, "100 101 99 100")],
        ["filled o 1 @ 101"],
    ),
    Case(
        "a buy stop fills at an open beyond it",
        "buy 1 stop 101",
        [bar(20, "102 103 99 100")],
        ["filled o 1 @ 102"],
    ),
    Case(
        "a limit is filled at its price when touched",
        "buy 1 limit 99",
        [bar(20, "100 101 99 101")],
        ["filled o 1 @ 99"],
    ),
    Case("a limit that is not reached stays", "buy 1 limit 99", [bar(20, "100 101 99.01 101")], []),
    Case(
        "a limit fills at an open that is better",
        "buy 1 limit 99",
        [bar(20, "98 101 97 101")],
        ["filled o 1 @ 98"],
    ),
    Case(
        "a sell limit is filled at its price",
        "sell 1 limit 101",
        [bar(20, "100 101 99 100")],
        ["filled o 1 @ 101"],
    ),
    Case(
        "a sell limit fills at a better open",
        "sell 1 limit 101",
        [bar(20, "102 103 99 100")],
        ["filled o 1 @ 102"],
    ),
    Case(
        "a stop-limit touched inside fills at its stop",
        "sell 1 stop_limit 99 98.5",
        [bar(20, "100 101 98 100")],
        ["filled o 1 @ 99"],
    ),
    Case(
        "a stop-limit jumped over at the open fills when the bar comes back to its limit",
        "sell 1 stop_limit 99 98.5",
        [bar(20, "98 99.5 97 99")],
        ["filled o 1 @ 98.5"],
    ),
    Case(
        "a stop-limit jumped over rests when the bar does not come back",
        "sell 1 stop_limit 99 98.5",
        [bar(20, "98 98.4 97 98"), bar(30, "98 99 98 99")],
        ["filled o 1 @ 98.5"],
    ),
    Case(
        "a stop-limit whose limit is better than its stop waits for the next bar",
        "buy 1 stop_limit 101 100",
        [bar(20, "100.5 102 99 101"), bar(30, "101 102 100 101")],
        ["filled o 1 @ 100"],
    ),
    Case(
        "a trailing stop starts from the last close and uses the extreme of the bars before",
        "sell 1 trail 2",
        [bar(20, "100 105 98.5 104"), bar(30, "104 104.5 103 103.2")],
        ["filled o 1 @ 103"],
    ),
    Case(
        "a trailing stop is not moved by its own bar",
        "sell 1 trail 2",
        [bar(20, "100 105 98.01 104")],
        [],
    ),
    Case(
        "a trailing buy stop uses the lows of the bars before",
        "buy 1 trail 2",
        [bar(20, "100 101.5 95 96"), bar(30, "96 97 95.5 96.5")],
        ["filled o 1 @ 97"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_order_fills_on_bars_as_its_type_says(case: Case) -> None:
    market = exchange()
    market.on_market(bar(10, "100 100 100 100"))
    reports = market.submit(order(case.words, tif="gtc"), (), at(10))
    for data in case.bars:
        reports += market.on_market(data)
    assert lines(reports)[0] == "accepted o"
    assert fills(reports) == case.trades


@pytest.mark.parametrize("words", ["buy 1 market", "buy 1 limit 105", "sell 1 stop 105"])
def test_an_order_is_never_filled_by_the_bar_on_whose_close_it_was_decided(words: str) -> None:
    market = exchange()
    market.on_market(bar(10, "100 102 99 101"))
    assert fills(market.submit(order(words), (), at(10))) == []
    assert fills(market.advance(at(19))) == []


def test_nor_by_a_bar_of_the_same_time_that_comes_after_it() -> None:
    market = exchange()
    market.submit(order("buy 1 market"), (), at(10))
    assert market.on_market(bar(10, "100 102 99 101")) == []
    assert fills(market.on_market(bar(20, "101 102 99 101"))) == ["filled o 1 @ 101"]


def test_an_order_that_comes_inside_a_bar_waits_for_the_next_one() -> None:
    market = exchange()
    market.on_market(bar(10, "100 100 100 100"))
    market.submit(order("sell 1 stop 99"), (), at(13))
    assert market.on_market(bar(20, "100 101 98 100")) == []
    assert fills(market.on_market(bar(30, "100 101 98 100"))) == ["filled o 1 @ 99"]


def test_a_fill_at_the_open_has_the_time_of_the_open() -> None:
    market = exchange()
    market.submit(order("buy 1 market"), (), at(10))
    market.on_market(bar(20, "100 102 99 101"))
    market.submit(order("sell 1 limit 101.5", "p"), (), at(20))
    market.on_market(bar(30, "101 102 100 101"))
    times = [execution.at for _, execution in market.executions(ALPHA)]
    assert times == [10, 30]


def test_fill_on_close_fills_a_decision_at_the_close_there() -> None:
    market = exchange(fill_on="close")
    market.on_market(bar(10, "100 102 99 101"))
    assert fills(market.submit(order("buy 1 market"), (), at(10))) == ["filled o 1 @ 101"]


def test_fill_on_close_is_for_decisions_at_the_close_only() -> None:
    market = exchange(fill_on="close")
    market.on_market(bar(10, "100 102 99 101"))
    market.submit(order("buy 1 market"), (), at(11))
    market.on_market(bar(20, "100 102 99 101"))
    assert fills(market.on_market(bar(30, "103 104 102 103"))) == ["filled o 1 @ 103"]


def test_fill_on_close_with_a_delay_still_gets_that_close() -> None:
    market = exchange(fill_on="close", fill_delay=2)
    market.on_market(bar(10, "100 102 99 101"))
    market.submit(order("buy 1 market"), (), at(10))
    assert fills(market.on_market(bar(20, "105 106 104 105"))) == ["filled o 1 @ 101"]


@pytest.mark.parametrize(
    ("words", "trade"),
    [
        ("buy 1 market", "filled o 1 @ 100.11"),  # half the spread and 5 bps
        ("sell 1 market", "filled o 1 @ 99.9"),
        ("sell 1 stop 99", "filled o 1 @ 98.95"),
        ("buy 1 limit 99.95", "filled o 1 @ 99.95"),
    ],
)
def test_spread_and_slippage_on_bars(words: str, trade: str) -> None:
    market = exchange(spread_ticks=10, slippage_bps="5")
    market.on_market(bar(10, "100 100 100 100"))
    market.submit(order(words), (), at(10))
    assert fills(market.on_market(bar(20, "100 101 98 100"))) == [trade]


def test_a_spread_keeps_a_limit_from_being_touched() -> None:
    market = exchange(spread_ticks=10)
    market.submit(order("buy 1 limit 99"), (), at(10))
    assert market.on_market(bar(20, "100 101 98.96 100")) == []
    assert fills(market.on_market(bar(30, "100 101 98.95 100"))) == ["filled o 1 @ 99"]


def test_a_spread_wider_than_the_price_is_all_above_it() -> None:
    market = exchange(spread_ticks=10)
    market.submit(order("buy 1 stop 0.11"), (), at(10))
    assert fills(market.on_market(bar(20, "0.01 0.01 0.01 0.01"))) == ["filled o 1 @ 0.11"]


def test_through_asks_a_limit_for_more_than_a_touch() -> None:
    market = exchange(limit_fill="through")
    market.submit(order("buy 1 limit 99"), (), at(10))
    assert market.on_market(bar(20, "100 101 99 100")) == []
    assert market.on_market(bar(30, "99 101 99 100")) == []
    assert fills(market.on_market(bar(40, "100 101 98.99 100"))) == ["filled o 1 @ 99"]


# --- entries with exits ---


class Bracket(NamedTuple):
    name: str
    entry: str
    stop: str
    target: str
    bars: list[Bar]
    trades: list[str]
    ambiguous: int = 0


BRACKETS = [
    Bracket(
        "an entry at the open leaves the whole bar to its exits",
        "buy 1 market",
        "sell 1 stop 98",
        "sell 1 limit 102",
        [bar(20, "100 102 99 101")],
        ["filled e 1 @ 100", "filled t 1 @ 102"],
    ),
    Bracket(
        "stop and target in the bar of an entry at the open: the stop, and the bar is counted",
        "buy 1 market",
        "sell 1 stop 98",
        "sell 1 limit 102",
        [bar(20, "100 103 97 101")],
        ["filled e 1 @ 100", "filled s 1 @ 98"],
        1,
    ),
    Bracket(
        "inside its own bar an entry is not helped by its target",
        "buy 1 limit 99",
        "sell 1 stop 97",
        "sell 1 limit 102",
        [bar(20, "100 103 98.5 101")],
        ["filled e 1 @ 99"],
    ),
    Bracket(
        "but the target is hit by the next bar",
        "buy 1 limit 99",
        "sell 1 stop 97",
        "sell 1 limit 102",
        [bar(20, "100 103 98.5 101"), bar(30, "101 102 100 101")],
        ["filled e 1 @ 99", "filled t 1 @ 102"],
    ),
    Bracket(
        "inside its own bar an entry can be stopped out",
        "buy 1 limit 99",
        "sell 1 stop 97",
        "sell 1 limit 102",
        [bar(20, "100 101 96 101")],
        ["filled e 1 @ 99", "filled s 1 @ 97"],
    ),
    Bracket(
        "a bar with entry, stop and target is stopped out and counted",
        "buy 1 stop 101",
        "sell 1 stop 97",
        "sell 1 limit 102",
        [bar(20, "100 103 96 101")],
        ["filled e 1 @ 101", "filled s 1 @ 97"],
        1,
    ),
    Bracket(
        "an open below the stop before the entry is not the price of the stop",
        "buy 1 stop 101",
        "sell 1 stop 99",
        "sell 1 limit 110",
        [bar(20, "98 102 97 101")],
        ["filled e 1 @ 101", "filled s 1 @ 99"],
    ),
    Bracket(
        "a stop on the wrong side of its entry trades at the entry's price",
        "buy 1 limit 99",
        "sell 1 stop 99.5",
        "sell 1 limit 110",
        [bar(20, "100 101 98 100")],
        ["filled e 1 @ 99", "filled s 1 @ 99"],
    ),
    Bracket(
        "a buy stop on the wrong side of its entry too",
        "sell 1 limit 101",
        "buy 1 stop 100.5",
        "buy 1 limit 90",
        [bar(20, "100 102 98 100")],
        ["filled e 1 @ 101", "filled s 1 @ 101"],
    ),
    Bracket(
        "later, stop and target in one bar: the stop, and the bar is counted",
        "buy 1 market",
        "sell 1 stop 98",
        "sell 1 limit 102",
        [bar(20, "100 101 99 100"), bar(30, "100 103 97 101")],
        ["filled e 1 @ 100", "filled s 1 @ 98"],
        1,
    ),
    Bracket(
        "an open beyond the target decides the bar",
        "buy 1 market",
        "sell 1 stop 98",
        "sell 1 limit 102",
        [bar(20, "100 101 99 100"), bar(30, "103 104 97 101")],
        ["filled e 1 @ 100", "filled t 1 @ 103"],
    ),
    Bracket(
        "a short entry is stopped out above",
        "sell 1 limit 101",
        "buy 1 stop 103",
        "buy 1 limit 98",
        [bar(20, "100 104 97 101")],
        ["filled e 1 @ 101", "filled s 1 @ 103"],
        1,
    ),
    Bracket(
        "a trailing exit starts at the entry's price inside the bar",
        "buy 1 limit 99",
        "sell 1 trail 2",
        "sell 1 limit 110",
        [bar(20, "100 105 97 100")],
        ["filled e 1 @ 99", "filled s 1 @ 97"],
    ),
    Bracket(
        "a trailing exit knows of the close alone of the bar in which it began",
        "buy 1 limit 99",
        "sell 1 trail 2",
        "sell 1 limit 110",
        [bar(20, "100 105 98.5 100"), bar(30, "100 100 98.01 99"), bar(40, "99 100 98 99")],
        ["filled e 1 @ 99", "filled s 1 @ 98"],
    ),
]


@pytest.mark.parametrize("case", BRACKETS, ids=lambda case: case.name)
def test_exits_on_bars(case: Bracket) -> None:
    market = exchange()
    legs = (leg("e", case.target, "t"), leg("e", case.stop, "s"))
    reports = market.submit(order(case.entry, "e", tif="gtc"), legs, at(10))
    for data in case.bars:
        reports += market.on_market(data)
    assert fills(reports) == case.trades
    assert market.ambiguous_bars == case.ambiguous


def test_an_entry_that_fills_on_inside_a_bar_adds_nothing_to_its_target_there() -> None:
    market = exchange(respect_size=True)
    legs = (leg("e", "sell 10 stop 97", "s"), leg("e", "sell 10 limit 102", "t"))
    market.submit(order("buy 10 limit 99", "e", tif="gtc"), legs, at(10))
    assert fills(market.on_market(bar(20, "100 101 98.5 100", "4"))) == ["filled e 4 @ 99"]
    assert fills(market.on_market(bar(30, "100 103 98.5 100", "100"))) == [
        "filled e 6 @ 99",
        "filled t 4 @ 102",
    ]


def test_unlinked_exits_of_one_position_in_one_bar_are_stop_first_too() -> None:
    market = exchange()
    market.submit(order("buy 1 market", "e"), (), at(10))
    market.on_market(bar(20, "100 100 100 100"))
    market.submit(order("sell 1 limit 102", "t", reduce_only=True, tif="gtc"), (), at(20))
    market.submit(order("sell 1 stop 98", "s", reduce_only=True, tif="gtc"), (), at(20))
    assert lines(market.on_market(bar(30, "100 103 97 101"))) == [
        "filled s 1 @ 98",
        "cancelled t: nothing left to reduce",
    ]
    assert market.ambiguous_bars == 1


def test_orders_of_two_accounts_in_one_bar_are_no_rivals() -> None:
    market = exchange()
    for account, name in ((ALPHA, "a"), (BETA, "b")):
        market.submit(order("buy 1 market", name, account=account), (), at(10))
    market.on_market(bar(20, "100 100 100 100"))
    market.submit(order("sell 1 limit 102", "t", reduce_only=True, tif="gtc"), (), at(20))
    market.submit(order("sell 1 stop 98", "s", reduce_only=True, tif="gtc", account=BETA), (), at(20))
    assert fills(market.on_market(bar(30, "100 103 97 101"))) == ["filled s 1 @ 98", "filled t 1 @ 102"]
    assert market.ambiguous_bars == 0


@pytest.mark.parametrize("finer", [quote(15, "100", "100.01"), printed(15, "100")], ids=["quotes", "prints"])
def test_finer_data_decide_what_happened_in_a_bar(finer: MarketData) -> None:
    market = exchange()
    market.on_market(bar(10, "100 100 100 100"))
    market.submit(order("sell 1 stop 98"), (), at(10))
    market.on_market(finer)
    assert market.on_market(bar(20, "100 101 97 100")) == []
    assert market.data_ignored == 1
    assert fills(market.on_market(bar(30, "99 101 97 100"))) == ["filled o 1 @ 98"]


@pytest.mark.parametrize(
    "data",
    [
        bar(20, "100 99 98 98.5"),
        bar(20, "100 101 102 100"),
        bar(20, "100 101 0 100"),
        bar(20, "100 101 97 100", length=0),
        bar(9, "100 101 97 100"),
    ],
    ids=["high below open", "low above high", "a price of 0", "no length", "from the past"],
)
def test_absurd_bars_are_counted_and_ignored(data: Bar) -> None:
    market = exchange()
    market.on_market(bar(10, "100 100 100 100"))
    market.submit(order("sell 1 stop 98"), (), at(10))
    market.submit(order("buy 1 stop 100.5", "p"), (), at(10))
    assert market.on_market(data) == []
    assert market.data_ignored == 1


@pytest.mark.parametrize(
    ("delay", "trade"),
    [
        (3, "filled o 1 @ 101"),  # finer than bars can show
        (15, "filled o 1 @ 103"),  # due inside the second bar: the third is the first that it sees
        (20, "filled o 1 @ 103"),
    ],
)
def test_a_delay_counts_in_whole_bars(delay: int, trade: str) -> None:
    market = exchange(fill_delay=delay)
    reports = market.submit(order("buy 1 market"), (), at(10))
    for end, price in ((20, 101), (30, 102), (40, 103)):
        reports += market.on_market(bar(end, f"{price} {price} {price} {price}"))
    assert fills(reports) == [trade]


def test_volume_limits_fills_when_sizes_are_respected() -> None:
    market = exchange(respect_size=True)
    reports = market.submit(order("buy 10 market", tif="gtc"), (), at(10))
    for end in (20, 30, 40):
        reports += market.on_market(bar(end, "100 101 99 100", "4"))
    assert fills(reports) == ["filled o 4 @ 100", "filled o 4 @ 100", "filled o 2 @ 100"]


def test_the_rest_of_a_fill_that_chance_cut_at_the_open_waits_for_the_next_bar() -> None:
    market = exchange(partial_fill_rate="1")
    market.submit(order("buy 100 limit 99", tif="gtc"), (), at(10))
    assert len(fills(market.on_market(bar(20, "98 100 97 99")))) == 1
    assert len(fills(market.on_market(bar(30, "98 100 97 99")))) == 1


def test_a_replaced_stop_meets_the_next_bar_at_its_new_price() -> None:
    market = exchange()
    market.submit(order("sell 1 stop 98", tif="gtc"), (), at(10))
    market.replace(oid("o"), Terms(stop_price=nano("99")), at(20))
    assert fills(market.on_market(bar(30, "100 101 98.5 100"))) == ["filled o 1 @ 99"]


def test_a_stop_replaced_inside_a_bar_is_not_hit_by_what_came_before() -> None:
    market = exchange()
    market.submit(order("sell 1 stop 98", tif="gtc"), (), at(10))
    market.replace(oid("o"), Terms(stop_price=nano("99")), at(13))
    assert market.on_market(bar(20, "100 101 98.5 100")) == []
    assert fills(market.on_market(bar(30, "98.8 101 98.5 100"))) == ["filled o 1 @ 98.8"]
