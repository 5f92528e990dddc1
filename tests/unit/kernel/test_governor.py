"""The governor: what equity may not fall to, what locks an account, and what lets it go on."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ALPHA, ES, SPY, Desk, account, names, nano, number, signal

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain.announcements import Split
from kedge.domain.codes import Code
from kedge.domain.governor import Basis, DailyLoss, Drawdown, Ends, Governor, Trail
from kedge.domain.instants import MINUTE, NEVER, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Role
from kedge.domain.signals import Direction


def desk(cash: int = 10_000, **governor: Any) -> Desk:
    """An account with a governor, a hundred of SPY to each entry."""
    terms = account(cash=cash, quantity=100, governor=Governor(**governor))
    return Desk(terms)


def long(desk: Desk, price: str = "100", quantity: int = 100, id_: str = "s-1") -> None:
    """So many, bought at this price."""
    entry = desk.enter(id_, stop="50", target=None, quantity=quantity, limit=100)[0]
    desk.fill(entry, quantity, price)


def breaches(desk: Desk) -> list[tuple[str, Decimal, Decimal]]:
    """What was breached, at which equity, and the limit."""
    return [
        (event.code, from_nano(event.equity), from_nano(event.limit))
        for event in desk.events
        if isinstance(event, g.LimitBreached)
    ]


def turn_day(desk: Desk, day: str) -> list[e.Event]:
    """The account's midnight."""
    return desk.give(i.DayTurned(account=ALPHA, day=day, until=NEVER, at=desk.now))


# --- daily loss ---


def test_a_daily_loss_is_reached_at_the_price_where_equity_falls_to_the_limit_and_not_before() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    long(day)
    day.quote("95.01", "95.02")
    assert breaches(day) == []
    day.quote("95.00", "95.01")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(9500), Decimal(9500))]


def test_a_gap_through_the_limit_is_a_breach_with_the_equity_that_is_left() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    long(day)
    day.quote("91.00", "91.01")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(9100), Decimal(9500))]


def test_a_breach_withdraws_entries_and_closes_what_is_held_until_it_is_closed() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    long(day)
    waiting = day.enter("s-2", instrument="ES", quantity=1, limit=90, stop=80, target=None)[0]
    day.quote("95", "95.01")
    assert day.state(waiting) is OrderState.PENDING_CANCEL
    assert "SignalTaken" in names(day.wait(0))
    exits = [order for order in day.book.state.orders.values() if order.request.role is Role.EXIT]
    assert len(exits) == 1
    day.reject(exits[0].id)
    assert "OrderSubmitted" in names(day.wait(5)), "a close that is rejected is tried again"


def test_fees_count() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    entry = day.enter(stop="50", target=None, limit=100)[0]
    day.fill(entry, 100, "100", fee=100)
    day.quote("96.00", "96.01")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(9500), Decimal(9500))]


def test_open_losses_of_several_positions_count_together() -> None:
    day = desk(cash=100_000, daily_loss=DailyLoss(Decimal(1000)))
    long(day)
    entry = day.enter("s-2", instrument="ES", quantity=1, stop=50, target=None)[0]
    day.fill(entry, 1, "100")
    day.quote("95", "95.01")
    assert breaches(day) == []
    day.quote("90.25", "90.5", ES)
    assert breaches(day) == []
    day.quote("90.00", "90.25", ES)
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(99_000), Decimal(99_000))]


def test_a_short_position_is_valued_at_the_price_to_buy_it_back() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    entry = day.send(signal("s-1", direction=Direction.SHORT, at=day.now, stop=150))[1][0]
    day.accept(entry)
    day.fill(entry, 100, "100")
    day.quote("104.98", "104.99")
    assert breaches(day) == []
    day.quote("104.98", "105.00")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(9500), Decimal(9500))]


def test_a_lock_of_the_day_ends_with_the_day_and_the_next_is_measured_from_its_beginning() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    turn_day(day, "2026-03-02")
    long(day)
    day.quote("94.9", "94.91")
    day.wait(0)
    leaving = next(o.id for o in day.book.state.orders.values() if o.request.role is Role.EXIT)
    day.fill(leaving, 100, "94.9")
    assert list(day.book.state.accounts[ALPHA].governed.locks) == ["DAILY_LOSS_LIMIT"]
    turn_day(day, "2026-03-03")
    assert day.book.state.accounts[ALPHA].governed.locks == {}
    long(day, id_="s-2")
    day.quote("95.01", "95.02")
    assert len(breaches(day)) == 1
    day.quote("95.00", "95.01")
    assert breaches(day)[1:] == [("DAILY_LOSS_LIMIT", Decimal(8990), Decimal(8990))]


@pytest.mark.parametrize(
    ("basis", "limit"),
    [(Basis.BALANCE, 9_500), (Basis.EQUITY, 9_700), (Basis.HIGHER, 9_700)],
)
def test_a_day_s_loss_is_measured_from_balance_or_equity_as_the_day_began(basis: Basis, limit: int) -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500), basis=basis))
    long(day)
    day.quote("102", "102.01")
    turn_day(day, "2026-03-03")
    day.quote("90", "90.01")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(9000), Decimal(limit))]


def test_what_was_won_and_closed_today_may_be_lost_beside_the_limit() -> None:
    """FTMO's example: 4,000 gained and closed on a day make the loss that is allowed until midnight 14,000."""
    day = desk(cash=200_000, daily_loss=DailyLoss(Decimal(5), in_pct=True))
    turn_day(day, "2026-03-02")
    entry, leaving = day.enter(stop="50", target=None, quantity=1000)[0], None
    day.fill(entry, 1000, "100")
    leaving = day.exit()[0]
    day.fill(leaving, 1000, "104")
    long(day, quantity=1000, id_="s-2")
    day.quote("86.01", "86.02")
    assert breaches(day) == [], "13,990 lost of 14,000"
    turn_day(day, "2026-03-03")
    assert breaches(day) == [("DAILY_LOSS_LIMIT", Decimal(190_010), Decimal(194_000))], (
        "carried over midnight"
    )


# --- drawdown ---


def test_an_intraday_drawdown_follows_open_gains() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.INTRADAY))
    long(day)
    day.quote("103", "103.01")
    day.quote("98.05", "98.06")
    assert breaches(day) == []
    day.quote("98", "98.01")
    assert breaches(day) == [("DRAWDOWN_LIMIT", Decimal(9800), Decimal(9800))]


def test_a_peak_between_two_looks_is_counted_as_a_whole_step() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.INTRADAY))
    long(day)
    day.quote("103.01", "103.02")  # 10,301: the next whole step of 5 is 10,305
    raised = [event for event in day.events if isinstance(event, g.PeakRaised)]
    assert from_nano(raised[-1].peak) == 10_305
    assert from_nano(raised[-1].floor) == 9_805


@pytest.mark.parametrize(
    ("mode", "floor"),
    [(Trail.STATIC, 9_500), (Trail.END_OF_DAY, 9_500), (Trail.CLOSED, 9_800), (Trail.INTRADAY, 9_800)],
)
def test_each_kind_of_drawdown_looks_at_its_own_peak(mode: Trail, floor: int) -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=mode))
    turn_day(day, "2026-03-02")
    long(day)
    day.quote("103", "103.01")
    leaving = day.exit()[0]
    day.fill(leaving, 100, "103")
    long(day, id_="s-2")
    day.quote("92", "92.01")
    assert breaches(day) == [("DRAWDOWN_LIMIT", Decimal(9_500), Decimal(floor))]


def test_an_end_of_day_drawdown_rises_when_the_day_ends_and_never_falls() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.END_OF_DAY))
    for number_, sold in enumerate(("103", "98")):
        long(day, id_=f"s-{number_}")
        day.fill(day.exit(f"x-{number_}")[0], 100, sold)
        turn_day(day, f"2026-03-0{number_ + 2}")
    peaks = [from_nano(event.floor) for event in day.events if isinstance(event, g.PeakRaised)]
    assert peaks == [9_800]


def test_the_floor_rises_to_its_lock_and_no_further() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.INTRADAY, lock_at=Decimal(100)))
    long(day)
    day.quote("110", "110.01")
    day.quote("101.01", "101.02")
    assert breaches(day) == []
    day.quote("101", "101.01")
    assert breaches(day) == [("DRAWDOWN_LIMIT", Decimal(10_100), Decimal(10_100))]


def test_a_drawdown_is_let_go_by_a_person_and_not_by_the_day() -> None:
    day = desk(drawdown=Drawdown(Decimal(500), mode=Trail.STATIC, flatten=False))
    long(day)
    day.quote("95", "95.01")
    turn_day(day, "2026-03-03")
    assert list(day.book.state.accounts[ALPHA].governed.locks) == ["DRAWDOWN_LIMIT"]
    refused = day.give(i.ReleaseAsked(account=ALPHA, code="DRAWDOWN_LIMIT", who="ann", why="w", at=day.now))
    assert names(refused) == ["ReleaseRefused"], "equity is still at the floor"
    day.quote("97", "97.01")
    released = day.give(i.ReleaseAsked(account=ALPHA, code="DRAWDOWN_LIMIT", who="ann", why="w", at=day.now))
    assert names(released) == ["LockReleased"]
    day.quote("95", "95.01")
    assert len(breaches(day)) == 2, "it is watched on"


# --- goals ---


def test_a_profit_target_that_was_let_go_beyond_does_not_lock_again() -> None:
    day = desk(profit_target=Decimal(600))
    long(day)
    day.quote("106", "106.01")
    assert breaches(day) == [("PROFIT_TARGET_REACHED", Decimal(10_600), Decimal(10_600))]
    day.give(i.ReleaseAsked(account=ALPHA, code="PROFIT_TARGET_REACHED", who="ann", why="on", at=day.now))
    day.quote("108", "108.01")
    assert len(breaches(day)) == 1


def test_one_day_s_gain_is_capped_and_the_position_is_left_open() -> None:
    day = desk(max_day_profit=Decimal(300))
    long(day)
    day.quote("103", "103.01")
    assert breaches(day) == [("DAY_PROFIT_REACHED", Decimal(10_300), Decimal(10_300))]
    assert "SignalTaken" not in names(day.wait(10))
    assert day.book.state.accounts[ALPHA].governed.locks["DAY_PROFIT_REACHED"].ends is Ends.DAY


# --- losses in a row, strategies ---


def lose(desk: Desk, times: int, *, gain: bool = False) -> None:
    for _ in range(times):
        id_ = str(len(desk.events))
        long(desk, quantity=1, id_=f"s-{id_}")
        desk.fill(desk.exit(f"x-{id_}")[0], 1, "101" if gain else "99")


def test_losses_in_a_row_begin_a_cool_down_that_outlives_a_restart() -> None:
    day = desk(cooldown_losses=3, cooldown=Span(5 * MINUTE))
    lose(day, 2)
    lose(day, 1, gain=True)
    lose(day, 2)
    assert "CooldownStarted" not in names(day.events)
    lose(day, 1)
    started = [event for event in day.events if isinstance(event, g.CooldownStarted)]
    assert [event.losses for event in started] == [3]
    day.start()
    assert day.book.state.accounts[ALPHA].governed.cooling_until == started[0].until


def test_a_strategy_whose_entries_the_venue_keeps_rejecting_is_paused_and_a_person_lets_it_go_on() -> None:
    day = desk(max_rejections=3)
    for number_ in range(3):
        _, orders = day.send(signal(f"s-{number_}", at=day.now, stop=90, strategy="orb"))
        day.reject(orders[0])
    assert [event.why for event in day.events if isinstance(event, g.StrategyPaused)] == [
        "the venue has rejected 3 of its entries in a row"
    ]
    assert day.book.state.paces["orb"].paused
    day.give(i.StrategyAsked(strategy="orb", paused=False, who="ann", why="mended", at=day.now))
    assert not day.book.state.paces["orb"].paused


def test_a_strategy_that_enters_again_and_again_without_a_person_is_paused() -> None:
    day = desk(max_repeats=2)
    for number_ in range(2):
        _, orders = day.send(signal(f"s-{number_}", at=day.now, stop=90, strategy="orb"))
        day.fill(orders[0], 100)
        day.fill(day.exit(f"x-{number_}")[0], 100)
    assert names(day.events).count("StrategyPaused") == 1


def test_a_strategy_that_asks_again_and_again_for_what_it_cannot_have_is_paused() -> None:
    day = desk(max_refusals=3)
    wrong: dict[str, Any] = {"quantity": "0.5", "strategy": "orb", "stop": 90}
    for number_ in range(2):
        day.send(signal(f"s-{number_}", at=day.now, **wrong))
    _, orders = day.send(signal("good", at=day.now, stop=90, strategy="orb"))
    day.cancelled(orders[0])
    for number_ in range(2, 4):
        day.send(signal(f"s-{number_}", at=day.now, **wrong))
    assert "StrategyPaused" not in names(day.events), "one that was in order has begun the count anew"
    day.send(signal("last", at=day.now, **wrong))
    assert [event.why for event in day.events if isinstance(event, g.StrategyPaused)] == [
        "3 of its entries in a row were refused for what they asked for, the last as QUANTITY_OFF_LOT"
    ]
    assert day.judge(signal("again", at=day.now, **wrong)).code == Code.STRATEGY_PAUSED


def test_what_the_market_or_the_account_refuses_is_no_fault_of_the_strategy_s() -> None:
    day = desk(max_refusals=1)
    day.enter("old", quantity=1)
    day.send(signal("new", at=day.now, stop=90, strategy="orb"))
    assert "StrategyRefused" not in names(day.events)


# --- marks ---


def test_a_quote_that_moves_little_costs_no_step() -> None:
    day = desk(cash=100_000, daily_loss=DailyLoss(Decimal(5_000)))
    long(day)
    assert day.quote("99.5", "99.51") == []


@pytest.mark.parametrize("quantity", [1, 7, 100])
def test_equity_is_never_below_a_limit_without_a_breach(quantity: int) -> None:
    """Down tick by tick: the first quote at which equity is at the limit is the one that breaches it."""
    day = desk(daily_loss=DailyLoss(Decimal(20)))
    long(day, quantity=quantity)
    price = number("100")
    while not breaches(day):
        price -= number("0.01")
        assert price > 70, "never breached"
        day.quote(str(price), str(price + 1))
        equity = 10_000 + quantity * (price - 100)
        assert (equity <= 9_980) is bool(breaches(day)), price


def test_a_split_leaves_equity_what_it_was() -> None:
    day = desk(daily_loss=DailyLoss(Decimal(500)))
    long(day)
    day.quote("96", "96.01")
    split = Split(SPY.symbol, day.now, 2, 1)
    day.give(i.VenueSplit("split-1", ALPHA, split, quantity=nano(200), at=day.now))
    assert breaches(day) == []
    assert day.book.state.position(ALPHA, SPY.symbol) is not None
