"""A strategy's own stop, targets and size stand in place of its account's; the account's limits hold."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, account, nano, number, signal, submitted
from tests.unit.kernel.bars import Bars, of_type, strategy

from kedge.domain import events as e
from kedge.domain import setups as s
from kedge.domain.ids import AccountId
from kedge.domain.limits import Limits, SizeMethod, Sizing
from kedge.domain.protection import Plan, TargetMethod, TargetPlan


def entry(desk: Bars) -> e.OrderSubmitted:
    """What is sent for a setup that names no price; the ask is 100.01."""
    events = desk.found("s-1", stop=None)
    found: list[e.OrderSubmitted] = of_type(events, e.OrderSubmitted)
    assert found, of_type(events, s.SetupAnswered)
    return found[0]


@pytest.mark.parametrize(
    ("own", "quantity", "stop"),
    [
        ({}, 10, "98.01"),
        ({"stop_percent": Decimal(5)}, 10, "95.01"),
        ({"plan": Plan(stop_ticks=Decimal(50))}, 10, "99.51"),
        ({"quantity": Decimal(3)}, 3, "98.01"),
        ({"sizing": Sizing(SizeMethod.EQUITY_PCT, Decimal(1))}, 9, "98.01"),
    ],
    ids=["none", "stop_percent", "plan", "quantity", "sizing"],
)
def test_what_the_strategy_says_stands_in_place_of_the_account_s(
    own: dict[str, Any], quantity: int, stop: str
) -> None:
    sent = entry(Bars(strategy(**own)))
    assert sent.request.quantity == nano(quantity)
    assert sent.legs[0].stop_price == nano(stop)


def test_its_fixed_size_stands_in_place_of_an_account_s_that_goes_by_risk() -> None:
    by_risk = account(sizing=Sizing(SizeMethod.RISK, Decimal(1)))
    assert entry(Bars(strategy(quantity=Decimal(3)), terms=by_risk)).request.quantity == nano(3)


def test_its_targets_stand_in_place_of_the_account_s() -> None:
    def ticks(count: int) -> Plan:
        return Plan(target=TargetPlan(TargetMethod.TICKS, Decimal(count)))

    desk = Bars(strategy(plan=ticks(200)), terms=account(plan=ticks(100)))
    assert entry(desk).legs[1].limit_price == nano("102.01")
    other = desk.send(signal("p-1", instrument="ES", quantity=1, stop=95, at=desk.now))[0]
    assert submitted(other)
    assert of_type(other, e.OrderSubmitted)[0].legs[1].limit_price == nano("125.25")


def test_the_account_s_limits_cap_its_size_all_the_same() -> None:
    tight = account(limits=Limits(max_order_value=number(1000), max_position_pct=Decimal(100)))
    assert entry(Bars(strategy(quantity=Decimal(50)), terms=tight)).request.quantity == nano(9)


def test_signals_of_its_name_for_another_account_are_not_its_own() -> None:
    desk = Bars(strategy(account=AccountId("beta"), quantity=Decimal(3)))
    sent = desk.send(signal("s-1", account=ALPHA, stop=95, strategy="orb-spy", at=desk.now))[0]
    assert submitted(sent)[0].quantity == nano(10)
