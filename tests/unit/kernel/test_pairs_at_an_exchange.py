"""Pairs of exits at the simulated exchange: what one of them fills the other loses, and nothing is left over."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import SPY, account, alarms, signal
from tests.unit.kernel.pair import Pair
from tests.unit.kernel.paired import HALVES, living, uncovered

from kedge.domain import inputs as i
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Role
from kedge.domain.signals import Signal, SignalKind
from kedge.sim.abilities import Abilities

D = Decimal
S = OrderState
MAY_TURN, ONLY_REDUCES = Abilities(bracket=False, reduce_only=False), Abilities(bracket=False)


both = pytest.mark.parametrize(
    "able", [MAY_TURN, ONLY_REDUCES], ids=["exits may turn it over", "exits only reduce"]
)


def at_exchange(able: Abilities, *, echo: bool = False, **entry: Any) -> Pair:
    """Long ten from 100.01 at an exchange with these abilities, the stop at 95 and a target at 110 unless told."""
    pair = Pair(SPY, abilities=able)
    pair.give(i.AccountDeclared(account(capabilities=able.capabilities), at=pair.desk.now))
    pair.echo = echo
    pair.quote("100.00", "100.01")
    pair.enter(**({"quantity": 10, "stop": 95, "target": 110} | entry))
    return pair


def both_halves_are_taken(pair: Pair) -> None:
    """At 110 one, at 120 the other; nothing is left over."""
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(5)
    pair.quote("120.00", "120.01")
    pair.wait(2)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


def tell(pair: Pair, wanted: Signal) -> None:
    """A signal at the prices of this moment."""
    bid, ask = pair.desk.book.quote(wanted.instrument)
    pair.give(i.SignalArrived(wanted, bid, ask, at=pair.desk.now))


def resting(pair: Pair) -> dict[str, tuple[Decimal, Decimal | None]]:
    """What lives at the exchange: how much of it is left, and its price."""
    return {
        f"{order.request.role} {number}": (order.leaves, order.stop_price or order.limit_price)
        for number, order in enumerate(pair.open())
    }


@both
def test_the_target_fills_and_the_stop_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    assert [order.request.role for order in pair.open()] == [Role.STOP, Role.TARGET]
    pair.quote("110.00", "110.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()
    assert alarms(pair.desk.events) == []


@both
def test_the_stop_fills_and_the_target_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("94.99", "95.00")
    pair.wait(5)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()
    assert alarms(pair.desk.events) == []


@both
def test_half_is_taken_at_the_first_target_and_the_stop_of_the_rest_stays(able: Abilities) -> None:
    pair = at_exchange(able, target=None, targets=HALVES)
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(5)
    assert resting(pair) == {"stop 0": (D(5), D(95)), "target 1": (D(5), D(120))}
    pair.quote("94.00", "94.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_an_exit_for_a_part_takes_the_pair_apart_and_another_covers_the_rest(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.give(
        i.SignalArrived(
            signal("half", SignalKind.EXIT, quantity=4, at=pair.desk.now), None, None, at=pair.desk.now
        )
    )
    for _ in range(3):
        pair.wait(1)
    assert pair.desk.held() == D(6)
    pair.check()
    size = D(10) if able is ONLY_REDUCES else D(6)  # there they close no more than is open anyway
    assert resting(pair) == {"stop 0": (size, D(95)), "target 1": (size, D(110))}
    assert living(pair.desk, Role.TARGET, here=True) == []  # nor is one held for what has left
    pair.quote("110.00", "110.01")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    assert alarms(pair.desk.events) == []


@both
def test_the_stop_is_moved_and_its_target_stays_beside_it(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("105.00", "105.01")
    tell(pair, signal("up", SignalKind.STOP_ADJUSTMENT, direction=None, stop=101, at=pair.desk.now))
    assert resting(pair) == {"stop 0": (D(10), D(101)), "target 1": (D(10), D(110))}
    pair.quote("100.50", "100.51")
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_a_target_that_is_to_be_smaller_waits_in_the_engine(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.quote("101.00", "101.01")
    tell(
        pair,
        signal("aim", SignalKind.STOP_ADJUSTMENT, direction=None, targets=HALVES, at=pair.desk.now),
    )
    both_halves_are_taken(pair)


@both
def test_s49_of_both_exits_one_fills_while_the_engine_is_gone(able: Abilities) -> None:
    pair = at_exchange(able)
    pair.deaf = True
    pair.quote("110.00", "110.01")
    pair.restart()
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    pair.check()


@both
def test_everything_that_is_told_twice_changes_nothing(able: Abilities) -> None:
    pair = at_exchange(able, echo=True, target=None, targets=HALVES)
    both_halves_are_taken(pair)


@both
def test_a_target_that_a_person_cancels_stays_away_and_the_stop_stays(able: Abilities) -> None:
    pair = at_exchange(able)
    target = pair.open()[1]
    pair.give(i.CancelAsked(target.id, "jane", "let it run", at=pair.desk.now))
    assert resting(pair) == {"stop 0": (D(10), D(95))}
    assert living(pair.desk, Role.TARGET, here=True) == []
    pair.quote("110.00", "110.01")
    assert pair.desk.held() == D(10)
    pair.check()


@both
@pytest.mark.parametrize(("bid", "ask"), [("56.00", "56.01"), ("40.00", "40.01")], ids=["target", "stop"])
def test_a_split_leaves_a_pair_what_it_was(able: Abilities, bid: str, ask: str) -> None:
    pair = at_exchange(able)
    pair.split(2)
    assert resting(pair) == {"stop 0": (D(20), D("47.5")), "target 1": (D(20), D(55))}
    assert uncovered(pair.desk) == ZERO
    pair.quote("50.00", "50.01")
    pair.quote(bid, ask)
    pair.wait(3)
    assert (pair.desk.held(), pair.open()) == (ZERO, [])
    assert alarms(pair.desk.events) == []
    pair.check()
