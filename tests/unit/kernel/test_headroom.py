"""The room that is left under each rule: what people are told is what the governor and the gates do."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALPHA, ES, SPY, Desk, account, signal

from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain.governor import DailyLoss, Drawdown, Governor, Tier, Trail
from kedge.domain.headroom import Headroom, Left, Level
from kedge.domain.instants import MINUTE, NEVER, Span
from kedge.domain.limits import Counted, Limits, Routing
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Role, Side
from kedge.domain.signals import Direction


def desk(cash: int = 10_000, limits: Limits | None = None, **governor: Any) -> Desk:
    terms: dict[str, Any] = {} if limits is None else {"limits": limits}
    return Desk(account(cash=cash, quantity=100, governor=Governor(**governor), **terms))


def numbers(*these: int) -> tuple[Decimal | None, ...]:
    return tuple(map(Decimal, these))


def room(desk: Desk, equity: str | None = None) -> Headroom:
    return desk.book.headroom(ALPHA, desk.now, None if equity is None else Decimal(equity))


def level(room: Headroom, code: str) -> Level:
    return next(each for each in room.levels if each.code == code)


def limit(room: Headroom, name: str) -> Left:
    return next(each for each in room.limits if each.name == name)


def turn_day(desk: Desk, day: str) -> None:
    desk.give(i.DayTurned(account=ALPHA, day=day, until=NEVER, at=desk.now))


def long(desk: Desk, id_: str = "s-1", quantity: int = 100, price: str = "100") -> None:
    entry = desk.enter(id_, stop="50", target=None, quantity=quantity, limit=100)[0]
    desk.fill(entry, quantity, price)


# --- levels of equity ---


def test_every_level_says_how_far_equity_is_from_it() -> None:
    day = desk(
        daily_loss=DailyLoss(Decimal(500)),
        drawdown=Drawdown(Decimal(800), mode=Trail.STATIC),
        profit_target=Decimal(600),
        max_day_profit=Decimal(300),
    )
    long(day)
    day.quote("98", "98.01")
    told = room(day, equity="9800")
    assert {str(each.code): (each.level, each.left, each.points) for each in told.levels} == {
        "DAILY_LOSS_LIMIT": numbers(9_500, 300, 3),
        "DRAWDOWN_LIMIT": numbers(9_200, 600, 6),
        "PROFIT_TARGET_REACHED": numbers(10_600, 800, 8),
        "DAY_PROFIT_REACHED": numbers(10_300, 500, 5),
    }
    assert told.nearest == level(told, "DAILY_LOSS_LIMIT"), "goals are none"


@given(
    quantity=st.integers(1, 100),
    amount=st.integers(1, 3_000),
    fallen=st.integers(0, 400),
    direction=st.sampled_from([*Direction]),
)
def test_the_account_is_locked_by_the_move_that_was_told_and_by_no_smaller_one(
    quantity: int, amount: int, fallen: int, direction: Direction
) -> None:
    day = desk(daily_loss=DailyLoss(Decimal(amount)))
    sign = 1 if direction is Direction.LONG else -1
    stop = 50 if sign > 0 else 150
    entry = day.send(signal("s-1", direction=direction, at=day.now, quantity=quantity, stop=stop))[1][0]
    day.accept(entry)
    day.fill(entry, quantity, "100")

    def quote(price: Decimal) -> bool:
        bid, ask = (price, price + SPY.tick) if sign > 0 else (price - SPY.tick, price)
        day.quote(str(bid), str(ask))
        return any(isinstance(event, g.LimitBreached) for event in day.events)

    price = 100 - sign * fallen * SPY.tick
    if quote(price):
        return
    equity = 10_000 + quantity * sign * (price - 100)
    points = level(room(day, str(equity)), "DAILY_LOSS_LIMIT").points
    assert points is not None
    if points >= price - SPY.tick:
        return  # there is no such price
    assert not quote(price - sign * (points - SPY.tick))
    assert quote(price - sign * points)


def test_without_prices_it_goes_by_the_last_marks() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    long(day)
    day.quote("96", "96.01")
    told = room(day)
    assert (told.equity, level(told, "DAILY_LOSS_LIMIT").left) == numbers(9_600, 100)


def test_a_peak_that_moves_is_told_and_one_that_stays_is_not() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.INTRADAY))
    long(day)
    day.quote("103", "103.01")
    assert room(day).peak == 10_300
    assert room(desk(drawdown=Drawdown(Decimal(500), mode=Trail.STATIC))).peak is None


def test_locks_and_pauses_are_told_with_what_ends_them() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)), cooldown_losses=1, cooldown=Span(5 * MINUTE))
    long(day)
    day.quote("95", "95.01")
    told = room(day)
    assert [(lock.code, lock.ends) for lock in told.locks] == [("DAILY_LOSS_LIMIT", "day")]
    day.wait(0)
    leaving = next(order for order in day.book.state.orders.values() if order.request.role is Role.EXIT)
    day.fill(leaving.id, 100, "95")
    cooling = room(day).cooling_until
    assert cooling is not None
    assert cooling > day.now
    day.wait(301)
    assert room(day).cooling_until is None


def test_a_goal_that_a_person_let_the_account_go_beyond_is_no_limit_any_more() -> None:
    day = desk(profit_target=Decimal(600))
    long(day)
    day.quote("106", "106.01")
    day.give(i.ReleaseAsked(account=ALPHA, code="PROFIT_TARGET_REACHED", who="ann", why="on", at=day.now))
    assert room(day).levels == ()


# --- limits on entries ---


def test_what_is_counted_is_what_was_done() -> None:
    day = desk(max_entries_per_minute=4, max_entries_per_hour=9, max_entries_per_day=20, cooldown_losses=3)
    long(day)
    day.fill(day.exit()[0], 100, "99")
    day.wait(61)
    long(day, "s-2")
    told = room(day)
    assert {each.name: (each.limit, each.used) for each in told.limits if each.counts} == {
        "max_entries_per_minute": numbers(4, 1),
        "max_entries_per_hour": numbers(9, 2),
        "max_entries_per_day": numbers(20, 2),
        "max_daily_orders": numbers(1000, 5),  # two entries with their stops, one exit
        "cooldown_losses": numbers(3, 1),
        "max_positions": numbers(10**6, 1),
        "max_active_orders": numbers(10**6, 2),  # the first stop is not confirmed dead
    }


@pytest.mark.parametrize(
    ("name", "limits", "governor"),
    [
        ("max_order_value", Limits(max_order_value=Decimal(35_000), max_position_pct=Decimal(100)), {}),
        ("max_position_pct", Limits(max_position_pct=Decimal(20)), {}),
        ("max_exposure_pct", Limits(max_exposure_pct=Decimal(40), max_position_pct=Decimal(100)), {}),
        ("max_leverage", Limits(max_leverage=Decimal("0.3"), max_position_pct=Decimal(100)), {}),
        ("tier", Limits(max_position_pct=Decimal(100)), {"tiers": (Tier(ZERO, Decimal(2)),)}),
        ("buying_power", Limits(min_cash=Decimal(50_000), max_position_pct=Decimal(100)), {}),
    ],
)
def test_as_many_fit_as_the_gates_let_through_and_not_one_more(
    name: str, limits: Limits, governor: dict[str, Any]
) -> None:
    wide = {
        "max_order_value": Decimal(10**9),
        "max_exposure_pct": Decimal(100),
        "max_open_risk_pct": Decimal(100),
    }
    changed = {
        field: getattr(limits, field)
        for field in limits.__struct_fields__
        if getattr(limits, field) != getattr(Limits(), field)
    }
    terms = Limits(**(wide | changed), exposure=Counted.MARGIN, repeat_window=Span(0))

    def trader() -> Desk:
        return Desk(
            account(
                cash=100_000,
                quantity=1,
                limits=terms,
                governor=Governor(**governor),
                routing=Routing(allow=(ES.symbol,)),
            )
        )

    first = trader()
    first.quote("100", "100.25", ES)
    fits = limit(room(first), name).fits
    assert fits is not None
    assert fits > 0
    for quantity, outcome in ((fits, "ORDERED"), (fits + 1, "REFUSED")):
        judged = trader().judge(
            signal("s-1", at=first.now, instrument="ES", quantity=str(quantity), stop="99.75")
        )
        assert (quantity, judged.outcome) == (quantity, outcome)


def test_what_is_under_way_counts() -> None:
    day = desk(limits=Limits(max_position_pct=Decimal(100), max_exposure_pct=Decimal(100)), cash=100_000)
    before = limit(room(day), "max_exposure_pct")
    day.enter(quantity=100, stop=99, target=None, limit=100)
    after = limit(room(day), "max_exposure_pct")
    assert (before.used, after.used) == numbers(0, 10_000)
    assert limit(room(day), "max_position_size").left == 900


# --- what it is told in ---


def test_room_is_told_in_what_is_open_else_in_what_was_entered_last_else_in_the_first() -> None:
    day = desk(cash=10**9)
    day.quote("100", "100.01")
    told = room(day).sample
    assert told is not None
    assert told.instrument == "SPY"
    assert told.quantity == 100
    assert told.price == 100
    assert not told.is_open
    entry = day.enter("s-1", instrument="ES", quantity=3, stop=50, target=None)[0]
    day.cancelled(entry)
    told = room(day).sample
    assert told is not None
    assert told.instrument == "ES"
    assert not told.is_open
    assert told.multiplier == 50
    sold = day.send(signal("s-2", direction=Direction.SHORT, at=day.now, quantity=7, stop=150))[1][0]
    day.accept(sold)
    day.fill(sold, 7, "100")
    told = room(day).sample
    assert told is not None
    assert told.instrument == "SPY"
    assert told.quantity == 7
    assert told.side == Side.SELL
    assert told.is_open


@pytest.mark.parametrize(
    ("routing", "expected"),
    [
        (Routing(), "SPY"),
        (Routing(allow=(ES.symbol,)), "ES"),
        (Routing(deny=(SPY.symbol,)), "ES"),
        (Routing(deny=(SPY.symbol, ES.symbol)), None),
    ],
)
def test_it_is_an_instrument_that_the_account_may_trade(routing: Routing, expected: str | None) -> None:
    told = room(Desk(account(routing=routing))).sample
    assert (None if told is None else told.instrument) == expected


def test_an_account_that_counts_in_margin_is_told_in_a_future() -> None:
    told = room(Desk(account(limits=Limits(exposure=Counted.MARGIN)))).sample
    assert told is not None
    assert told.instrument == "ES"


def test_without_a_price_the_limits_are_told_in_money_and_not_in_pieces() -> None:
    told = limit(room(desk()), "max_exposure_pct")
    assert (told.left > 0, told.fits) == (True, None)


# --- the best day ---


def best(desk: Desk) -> dict[str, Decimal | None]:
    told = room(desk).best_day
    assert told is not None
    return {"gained": told.gained, "profit": told.profit, "pct": told.pct, "missing": told.missing}


def earn(desk: Desk, amount: int) -> None:
    id_ = len(desk.events)
    long(desk, f"s-{id_}")
    desk.fill(desk.exit(f"x-{id_}")[0], 100, str(100 + Decimal(amount) / 100))


def test_the_best_day_is_counted_by_its_balance_and_today_with_the_others() -> None:
    """Facts on prop firms, 6.1 "Topstep Combine" and 6.2 "FTMO 1-step": the best day at most 50 % of the profit; it
    delays and does not fail.
    """
    day = desk(best_day_pct=Decimal(50))
    turn_day(day, "2026-03-02")
    earn(day, 800)
    told = best(day)
    assert told | {"gained": 800, "profit": 800, "pct": 100, "missing": 800} == told
    turn_day(day, "2026-03-03")
    earn(day, 500)
    told = best(day)
    assert told | {"gained": 800, "profit": 1_300, "missing": 300} == told
    earn(day, 300)
    told = best(day)
    assert told | {"gained": 800, "pct": 50, "missing": 0} == told
    earn(day, 400)
    told = best(day)
    assert told | {"gained": 1_200, "profit": 2_000, "missing": 400} == told, "today is the best one now"
    turn_day(day, "2026-03-04")
    earn(day, -100)
    turn_day(day, "2026-03-05")
    assert best(day)["gained"] == 1_200, "a lost day takes the best one's place no more than today does"
    assert day.book.state.accounts[ALPHA].governed.locks == {}, "it stops nothing"


def test_a_lost_day_is_no_best_day_and_open_gains_are_none_yet() -> None:
    day = desk(best_day_pct=Decimal(50))
    turn_day(day, "2026-03-02")
    earn(day, -300)
    turn_day(day, "2026-03-03")
    long(day)
    day.quote("105", "105.01")
    told = best(day)
    assert told | {"gained": 0, "pct": None, "missing": 0} == told


def test_a_day_that_is_told_again_changes_no_best_day() -> None:
    day = desk(best_day_pct=Decimal(50))
    turn_day(day, "2026-03-02")
    earn(day, 800)
    day.give(i.DayTurned(account=ALPHA, day="2026-03-02", until=day.now, at=day.now))
    assert day.book.state.accounts[ALPHA].governed.best_day == 0
    turn_day(day, "2026-03-03")
    assert day.book.state.accounts[ALPHA].governed.best_day == 800
    day.check_record()
