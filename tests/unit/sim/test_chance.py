"""Chance: seeded, order by order, and the same in every process."""

import os
import subprocess
import sys

import pytest
from tests.unit.sim.builders import ALPHA, BETA, at, exchange, fills, lines, oid, order, quote

from kedge.domain.numbers import from_nano
from kedge.sim.exchange import SimExchange


def quoted(seed: int = 7, **settings: object) -> SimExchange:
    market = exchange(seed, **settings)  # type: ignore[arg-type]
    market.on_market(quote(1, "100.00", "100.02"))
    return market


def rejected(market: SimExchange, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if lines(market.submit(order("buy 1 market", name), (), at(2)))[0].startswith("rej")
    ]


NAMES = [f"o{number}" for number in range(400)]


def test_orders_are_rejected_at_the_rate_that_is_set() -> None:
    assert rejected(quoted(reject_rate="0"), NAMES) == []
    assert rejected(quoted(reject_rate="1"), NAMES) == NAMES
    assert 60 <= len(rejected(quoted(reject_rate="0.25"), NAMES)) <= 140


def test_the_seed_decides_who_is_rejected() -> None:
    first = rejected(quoted(1, reject_rate="0.25"), NAMES)
    assert first == rejected(quoted(1, reject_rate="0.25"), NAMES)
    assert first != rejected(quoted(2, reject_rate="0.25"), NAMES)


def test_what_happens_to_an_order_does_not_depend_on_others() -> None:
    forward = rejected(quoted(reject_rate="0.25"), NAMES)
    backward = rejected(quoted(reject_rate="0.25"), NAMES[::-1])
    assert sorted(backward) == sorted(forward)


def test_a_chance_rejection_says_so_and_uses_the_id_up() -> None:
    market = quoted(reject_rate="1")
    assert lines(market.submit(order("buy 1 market"), (), at(2))) == ["rejected o: rejected by chance"]
    assert market.look_up(oid("o")) is not None


def test_a_cut_fill_comes_in_parts_with_the_market_data_that_follow() -> None:
    market = quoted(partial_fill_rate="1")
    reports = market.submit(order("buy 100 market"), (), at(2))
    assert len(fills(reports)) == 1
    assert market.positions(ALPHA)[oid("SPY")] < 100  # type: ignore[index]
    count = 1
    while market.open_orders(ALPHA):
        count += len(fills(market.on_market(quote(2 + count, "100.00", "100.02"))))
    assert 2 <= count <= 4
    assert market.positions(ALPHA)[oid("SPY")] == 100  # type: ignore[index]


@pytest.mark.parametrize("words", ["buy 100 limit 100.02", "sell 100 stop 100", "sell 100 limit 99"])
def test_any_type_can_be_cut(words: str) -> None:
    market = quoted(partial_fill_rate="1")
    assert len(fills(market.submit(order(words), (), at(2)))) == 1
    assert market.open_orders(ALPHA) == ["o"]
    for clock in (3, 4, 5):
        market.on_market(quote(clock, "100.00", "100.02"))
    assert market.open_orders(ALPHA) == []


def test_the_rest_of_a_cut_fill_comes_by_itself_after_the_delay() -> None:
    market = quoted(partial_fill_rate="1", fill_delay=5)
    market.submit(order("buy 100 market"), (), at(2))
    times = []
    while market.next_due < 1000:
        times += [report.at for report in market.advance(market.next_due)]
    assert times == [7 + 5 * part for part in range(len(times))]
    assert 2 <= len(times) <= 4
    assert market.open_orders(ALPHA) == []


def test_one_lot_cannot_be_cut() -> None:
    market = quoted(partial_fill_rate="1")
    assert fills(market.submit(order("buy 1 market"), (), at(2))) == ["filled o 1 @ 100.02"]


def test_parts_are_whole_lots() -> None:
    market = quoted(partial_fill_rate="1")
    for name in NAMES[:50]:
        market.submit(order("buy 7 limit 100.02", name, account=BETA), (), at(2))
    assert all(from_nano(execution.quantity) % 1 == 0 for _, execution in market.executions(BETA))


_SCRIPT = """
from tests.unit.sim.builders import *
market = exchange(3, partial_fill_rate="0.5", reject_rate="0.2", fill_delay=3)
reports = market.on_market(quote(1, "100.00", "100.02"))
for number in range(60):
    reports += market.submit(order("buy 20 limit 100.02", f"o{number}"), (), at(2 + number))
    reports += market.on_market(quote(3 + number, "100.00", "100.02"))
print(reports, market.cash(ALPHA))
"""


def test_every_process_tells_the_same_story() -> None:
    stories = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    ]
    assert stories[0] == stories[1] == stories[2]
    assert stories[0].count("VenueFilled") > 60
