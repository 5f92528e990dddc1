"""Laws of where stops and targets go, for any plan and any market: through the book's door, as an entry meets them."""

from decimal import Decimal

from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.builders import ALPHA, ENGINE_HELD, ES, SPY, Desk, account, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, Ticks, from_nano, use_exact_arithmetic
from kedge.domain.orders import Role
from kedge.domain.protection import (
    KeyLevels,
    Levels,
    LevelStop,
    Plan,
    StopMethod,
    StopWord,
    TargetMethod,
    TargetPart,
    TargetPlan,
    WantedStop,
)
from kedge.domain.signals import Direction, Outcome, WantedTarget

D = Decimal
PRICES = st.integers(9_800, 10_200)  # on either side of where the entry fills
PERCENTS = st.integers(1, 60).map(D)
PARTS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 60)), max_size=3).filter(
    lambda parts: sum(pct for _, pct in parts) <= 100
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    how = draw(st.sampled_from(["percent", "ticks", *StopMethod]))
    target = draw(st.sampled_from([None, *TargetMethod]))
    near = draw(
        st.none()
        | st.builds(KeyLevels, st.integers(0, 30), st.integers(1, 10), st.sampled_from([None, D(1)]))
    )
    return Plan(
        stop_ticks=draw(PERCENTS) if how == "ticks" else None,
        level_stop=None
        if how in ("percent", "ticks")
        else LevelStop(StopMethod(how), draw(st.sampled_from([D("0.5"), D(2)])), draw(st.integers(0, 5))),
        target=None if target is None else TargetPlan(target, draw(st.integers(1, 5).map(D))),
        parts=tuple(TargetPart(D(at) / 10, D(pct)) for at, pct in draw(PARTS)),
        fallback_percent=draw(st.sampled_from([None, D(3)])),
        key_levels=near,
    )


@st.composite
def markets(draw: st.DrawFn, tick: Decimal) -> Levels:
    def level() -> Nano | None:
        ticks = draw(st.none() | PRICES)
        return None if ticks is None else nano(str(ticks * tick))

    swings = tuple(nano(str(ticks * tick)) for ticks in draw(st.lists(PRICES, max_size=4)))
    atr = draw(st.none() | st.integers(1, 300))
    low, high = sorted(draw(st.tuples(PRICES, PRICES)))
    known = draw(st.booleans())
    return Levels(
        atr=None if atr is None else nano(str(atr * tick)),
        swing_high=level(),
        swing_low=level(),
        range_high=nano(str(high * tick)) if known else None,
        range_low=nano(str(low * tick)) if known else None,
        highs=swings,
        lows=swings,
    )


@settings(max_examples=max(settings().max_examples, 400))
@given(
    data=st.data(),
    instrument=st.sampled_from([SPY, ES]),
    direction=st.sampled_from([*Direction]),
    plan=plans(),
    percent=PERCENTS,
    quantity=st.integers(1, 40),
    capabilities=st.sampled_from([Capabilities(), ENGINE_HELD, Capabilities(bracket_targets=1)]),
    own=st.none() | st.sampled_from([WantedStop(StopWord.TICKS, nano(40)), WantedStop(StopWord.ATR)]),
    named=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 50)), max_size=2),
)
def test_an_entry_that_leaves_has_its_stop_where_it_loses_and_its_targets_where_it_gains(
    data: st.DataObject,
    instrument: Instrument,
    direction: Direction,
    plan: Plan,
    percent: Decimal,
    quantity: int,
    capabilities: Capabilities,
    own: WantedStop | None,
    named: list[tuple[int, int]],
) -> None:
    use_exact_arithmetic()
    tick, sign = instrument.tick, 1 if direction is Direction.LONG else -1
    levels = data.draw(markets(tick))
    desk = Desk(account(plan=plan, stop_percent=percent, capabilities=capabilities))
    wanted = signal(
        "s",
        direction=direction,
        at=desk.now,
        instrument=instrument.symbol,
        quantity=quantity,
        stop_by=own,
        targets=tuple(WantedTarget(pct=nano(pct), at_r=nano(str(D(at) / 10))) for at, pct in named),
    )
    bid = Ticks(10_000)
    desk.give(i.SignalArrived(wanted, bid, Ticks(bid + 1), levels=levels, at=desk.now))
    judged = next(event for event in desk.events if isinstance(event, e.SignalJudged))
    orders = list(desk.book.state.orders.values())
    if judged.outcome is Outcome.REFUSED:
        assert not orders
        return
    reference = instrument.price(Ticks(bid + 1) if sign > 0 else bid)
    (stop,) = (order for order in orders if order.request.role is Role.STOP)
    targets = [order for order in orders if order.request.role is Role.TARGET]
    note(f"reference {reference}, stop {stop.stop_price}, targets {[t.limit_price for t in targets]}")
    assert stop.stop_price is not None
    assert stop.quantity == quantity
    assert stop.stop_price > 0
    assert stop.stop_price % tick == 0
    risk = sign * (reference - stop.stop_price)
    assert risk > 0
    asked = _asked_for(plan, percent, own, levels, reference, tick)
    if asked is not None:
        wider = 1 if plan.key_levels is None else 1 + plan.key_levels.max_wider_percent / 100
        assert risk <= max(asked, tick) * wider, "rounded towards the market"
    assert sum((target.quantity for target in targets), D(0)) <= quantity
    for target in targets:
        assert target.limit_price is not None
        assert sign * (target.limit_price - reference) > 0
        assert target.limit_price % tick == 0
        assert target.quantity > 0
        assert target.quantity % instrument.lot == 0
    shares = [pct for _, pct in named] if named else [int(part.pct) for part in plan.parts]
    if not named and plan.target is not None and sum(shares) < 100:
        shares.append(100 - sum(shares))
    if sum(shares) == 100:
        assert sum((target.quantity for target in targets), D(0)) == quantity, "all of it"
    assert all(order.request.account == ALPHA for order in orders)
    desk.check()


def _asked_for(
    plan: Plan,
    percent: Decimal,
    own: WantedStop | None,
    levels: Levels,
    reference: Decimal,
    tick: Decimal,
) -> Decimal | None:
    """The distance that was asked for; None where a level says it."""
    if own is None and plan.level_stop is not None and plan.level_stop.method is not StopMethod.ATR:
        return None
    by_atr = own.method is StopWord.ATR if own is not None else plan.level_stop is not None
    if by_atr:
        if levels.atr is None:
            return reference * (plan.fallback_percent or D(0)) / 100
        ranges = D("1.5") if own is not None or plan.level_stop is None else plan.level_stop.value
        return ranges * from_nano(levels.atr)
    if own is not None:
        return 40 * tick
    return plan.stop_ticks * tick if plan.stop_ticks is not None else reference * percent / 100
