"""Targets for parts of a position, wherever the exits are held."""

from decimal import Decimal

import msgspec
import pytest
from tests.builders import ALPHA, ENGINE_HELD, SPY, account, alarms, nano
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.orders import Holder, Order, Role
from kedge.domain.protection import Plan, TargetMethod, TargetPart, TargetPlan
from kedge.domain.signals import Direction, WantedTarget

D = Decimal
HALVES = Plan(parts=(TargetPart(D(1), D(50)), TargetPart(D(2), D(50))))
ONE_TARGET = Capabilities(bracket_targets=1)
NOT_REDUCE_ONLY = msgspec.structs.replace(ENGINE_HELD, reduce_only=False)
EVERYWHERE = [Capabilities(), ENGINE_HELD, ONE_TARGET, NOT_REDUCE_ONLY]


def trading(capabilities: Capabilities, plan: Plan = HALVES) -> Pair:
    pair = Pair(SPY)
    pair.give(i.AccountDeclared(account(plan=plan, capabilities=capabilities), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    return pair


def exits(pair: Pair, role: Role) -> list[Order]:
    state = pair.desk.book.state
    return [order for order in state.open_orders(ALPHA, SPY.symbol) if order.request.role is role]


@pytest.mark.parametrize("capabilities", EVERYWHERE)
@pytest.mark.parametrize(
    ("direction", "stop", "walk"),
    [
        pytest.param(
            Direction.LONG,
            "98.01",
            [("102.00", 10), ("102.01", 5), ("103.00", 5), ("104.01", 0)],
            id="long",
        ),
        pytest.param(
            Direction.SHORT,
            "102.00",
            [("98.00", -10), ("97.99", -5), ("97.00", -5), ("95.99", 0)],
            id="short",
        ),
    ],
)
def test_half_is_taken_at_one_r_and_half_at_two(
    capabilities: Capabilities, direction: Direction, stop: str, walk: list[tuple[str, int]]
) -> None:
    pair = trading(capabilities)
    pair.enter(direction=direction, quantity=10, stop=stop)
    for bid, held in walk:
        pair.quote(bid, str(D(bid) + SPY.tick))
        assert pair.desk.held() == held, bid
        pair.check()
    pair.wait(5)
    assert [*exits(pair, Role.STOP), *exits(pair, Role.TARGET)] == []
    (closed,) = (event for event in pair.desk.events if isinstance(event, e.PositionClosed))
    assert closed.exit_reason == "target"
    assert closed.pnl > 0
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize("capabilities", EVERYWHERE)
def test_after_the_first_target_the_stop_closes_the_rest_and_no_more(capabilities: Capabilities) -> None:
    pair = trading(capabilities)
    pair.enter(quantity=10, stop="98.01")
    pair.quote("102.01", "102.02")
    assert pair.desk.held() == 5
    pair.quote("98.00", "98.01")
    pair.wait(5)
    assert pair.desk.held() == 0
    assert [*exits(pair, Role.STOP), *exits(pair, Role.TARGET)] == []
    pair.check()
    assert alarms(pair.desk.events) == []


@pytest.mark.parametrize("capabilities", EVERYWHERE)
def test_what_no_target_closes_runs_on_with_its_stop(capabilities: Capabilities) -> None:
    pair = trading(capabilities, Plan(parts=(TargetPart(D(1), D(30)),)))
    pair.enter(quantity=10, stop="98.01")
    pair.quote("102.01", "102.02")
    pair.quote("130.00", "130.01")
    assert pair.desk.held() == 7
    (stop,) = exits(pair, Role.STOP)
    assert stop.leaves >= 7
    pair.check()


def test_where_the_venue_takes_one_target_only_the_stop_rests_there_and_the_engine_holds_the_targets() -> (
    None
):
    pair = trading(ONE_TARGET)
    pair.enter(quantity=10, stop="98.01")
    assert [order.request.holder for order in exits(pair, Role.STOP)] == [Holder.VENUE]
    assert [order.request.holder for order in exits(pair, Role.TARGET)] == [Holder.ENGINE] * 2
    single = trading(ONE_TARGET, Plan(target=TargetPlan(TargetMethod.RISK_REWARD, D(2))))
    single.enter(quantity=10, stop="98.01")
    assert [order.request.holder for order in exits(single, Role.TARGET)] == [Holder.VENUE]


def test_the_targets_of_a_signal_go_before_those_of_the_account() -> None:
    pair = trading(Capabilities())
    wanted = (WantedTarget(nano(101), nano(20)), WantedTarget(nano(110), nano(80)))
    pair.enter(quantity=10, stop=95, targets=wanted)
    assert [(order.limit_price, order.quantity) for order in exits(pair, Role.TARGET)] == [
        (D(101), D(2)),
        (D(110), D(8)),
    ]


def test_one_contract_is_closed_by_its_last_target() -> None:
    pair = trading(Capabilities())
    pair.enter(quantity=1, stop="98.01")
    (target,) = exits(pair, Role.TARGET)
    assert (target.limit_price, target.quantity) == (D("104.01"), D(1))


def test_a_partly_filled_entry_that_ends_keeps_exits_for_what_it_has() -> None:
    from kedge.domain.quotes import Quote

    pair = Pair(SPY, respect_size=True)
    pair.give(i.AccountDeclared(account(plan=HALVES), at=pair.desk.now))
    pair.quote("99.00", "100.01")
    pair.enter(limit="100.00", quantity=10, stop=98)
    count = SPY.ticks
    thin = Quote(SPY.symbol, pair.desk.now, count(D("99.99")), count(D("100.00")), nano(4), nano(4))
    pair.hear(pair.exchange.on_market(thin))
    assert pair.desk.held() == 4
    pair.wait(61)
    (stop,) = exits(pair, Role.STOP)
    assert stop.leaves == 4
    pair.hear(
        pair.exchange.on_market(
            msgspec.structs.replace(
                thin, at=pair.desk.now, bid=count(D(110)), ask=count(D(111)), bid_size=nano(100)
            )
        )
    )
    assert pair.desk.held() == 0
    pair.wait(5)
    pair.check()
    assert [*exits(pair, Role.STOP), *exits(pair, Role.TARGET)] == []
