"""Markets open and close: what waits, what is withdrawn, what is closed in time, and what a restart finds."""

from decimal import Decimal
from typing import Any

import pytest
from tests.builders import ES, SPY, Desk, account, alarms, later, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.instants import MINUTE, NEVER, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role, TimeInForce
from kedge.domain.protection import Levels, LevelStop, Plan, StopMethod
from kedge.domain.signals import Outcome, WantedOrder

QUARTER = Span(15 * MINUTE)


def desk_in(phase: Phase, *, closes_in: float | None = None, **terms: Any) -> Desk:
    """A desk whose account trades by XNYS, which is in this phase for an hour."""
    desk = Desk(account(calendar="XNYS", **terms))
    desk.phase(phase, closes_in=closes_in)
    return desk


def judgements(desk: Desk, id_: str = "s-1") -> list[tuple[Outcome, str]]:
    """Every time that a signal was judged."""
    return [(j.outcome, j.code) for j in desk.events if isinstance(j, e.SignalJudged) and j.signal == id_]


def opened(desk: Desk, **hours: Any) -> list[e.Event]:
    """The market opens, and its first price comes."""
    return desk.phase(Phase.OPEN, **hours) + desk.quote("100", "100.01")


# -- waiting for the open --


def test_a_signal_waits_for_the_open_and_is_judged_on_its_first_price() -> None:
    desk = desk_in(Phase.CLOSED)
    events, orders = desk.send(signal(stop=95))
    assert names(events) == ["SignalJudged", "SignalQueued"]
    assert (orders, judgements(desk)) == ([], [(Outcome.QUEUED, "MARKET_CLOSED")])
    desk.wait(3600)
    assert names(desk.phase(Phase.OPEN)) == ["MarketPhaseChanged"]  # no price has come yet
    assert names(desk.quote("101", "101.01")) == ["SignalTaken", "SignalJudged", "OrderSubmitted"]
    assert judgements(desk)[-1] == (Outcome.ORDERED, "")
    assert names(desk.quote("101", "101.01")) == []  # once
    desk.check()


def test_its_default_stop_is_measured_from_that_price() -> None:
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(), quoted=False)
    desk.wait(3600)
    desk.phase(Phase.OPEN)
    desk.quote("199.99", "200")
    submitted = next(event for event in desk.events if isinstance(event, e.OrderSubmitted))
    assert submitted.legs[0].stop_price == 196 * 10**9


def test_its_stop_goes_by_the_levels_of_the_open_and_not_by_those_of_the_night() -> None:
    plan = Plan(level_stop=LevelStop(StopMethod.ATR, Decimal(2)))
    desk = desk_in(Phase.CLOSED, plan=plan)
    night, morning = Levels(atr=nano(5)), Levels(atr=nano(1))
    desk.give(i.SignalArrived(signal(), levels=night, at=desk.now))
    desk.phase(Phase.OPEN)
    [waits] = desk.book.waiting_for(SPY.symbol)
    opens = i.OpenReached(SPY.symbol, Ticks(10_000), Ticks(10_000), {waits.id: morning}, at=desk.now)
    submitted = next(event for event in desk.give(opens) if isinstance(event, e.OrderSubmitted))
    assert submitted.legs[0].stop_price == nano(98)
    assert desk.book.waiting_for(SPY.symbol) == []
    desk.check()


def test_signals_go_in_the_order_in_which_they_came_and_each_passes_every_gate_again() -> None:
    desk = desk_in(Phase.CLOSED)
    for number in (1, 2):
        desk.send(signal(f"s-{number}", stop=95))
    desk.wait(3600)
    opened(desk)
    assert judgements(desk, "s-1")[-1] == (Outcome.ORDERED, "")
    assert judgements(desk, "s-2")[-1] == (Outcome.REFUSED, "POSITION_PENDING")


def test_the_kill_switch_holds_what_waited_back() -> None:
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    desk.wait(3600)
    desk.set_trading(TradingState.HALTED)
    opened(desk)
    assert judgements(desk)[-1] == (Outcome.REFUSED, "TRADING_HALTED")
    assert not desk.book.state.queue


def test_the_same_id_is_no_second_signal_while_the_first_one_waits() -> None:
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    assert desk.send(signal(stop=95))[0] == []
    assert names(desk.send(signal(stop=96))[0]) == ["SignalRepeated"]
    assert len(desk.book.state.queue) == 1


def test_what_waited_while_the_engine_was_away_lapses() -> None:
    """It started two hours after the open: the market that the signal spoke of is gone."""
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    desk.wait(3 * 3600)
    hours = MarketHours(Phase.OPEN, later(desk.now, -120), later(desk.now, 60), later(desk.now, 1000))
    desk.give(i.MarketPhased("XNYS", hours, at=desk.now))
    desk.quote("100", "100.01")
    assert judgements(desk)[-1] == (Outcome.REFUSED, "SIGNAL_EXPIRED")
    desk.check()


def test_what_waited_for_an_open_that_nobody_saw_lapses() -> None:
    """The engine was away for the whole session."""
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    desk.wait(24 * 3600)
    assert names(desk.phase(Phase.CLOSED)) == ["MarketPhaseChanged", "SignalTaken", "SignalJudged"]
    assert judgements(desk)[-1] == (Outcome.REFUSED, "SIGNAL_EXPIRED")
    assert not desk.book.state.queue


def test_what_waits_goes_on_waiting_when_the_evening_ends() -> None:
    desk = desk_in(Phase.AFTERHOURS)
    desk.send(signal(stop=95))
    desk.wait(60)
    assert names(desk.phase(Phase.CLOSED)) == ["MarketPhaseChanged"]
    assert len(desk.book.state.queue) == 1


def test_a_quote_while_the_market_is_closed_lets_nothing_go() -> None:
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    assert desk.quote("100", "100.01") == []


def test_prices_of_other_instruments_let_nothing_go() -> None:
    desk = desk_in(Phase.CLOSED)
    desk.send(signal(stop=95))
    desk.wait(3600)
    desk.phase(Phase.OPEN)
    assert desk.quote("100", "100.25", ES) == []


@pytest.mark.parametrize(
    ("phase", "terms", "outcome"),
    [
        (Phase.OPEN, {}, Outcome.ORDERED),
        (Phase.PREMARKET, {}, Outcome.QUEUED),
        (Phase.PREMARKET, {"premarket": True}, Outcome.ORDERED),
        (Phase.PREMARKET, {"afterhours": True}, Outcome.QUEUED),
        (Phase.AFTERHOURS, {"afterhours": True}, Outcome.ORDERED),
        (Phase.AFTERHOURS, {"premarket": True}, Outcome.QUEUED),
        (Phase.BREAK, {"premarket": True, "afterhours": True}, Outcome.QUEUED),
        (Phase.CLOSED, {"premarket": True, "afterhours": True}, Outcome.QUEUED),
        (Phase.CLOSED, {"queue_when_closed": False}, Outcome.REFUSED),
    ],
)
def test_who_trades_in_which_phase(phase: Phase, terms: dict[str, Any], outcome: Outcome) -> None:
    assert desk_in(phase, **terms).judge(signal(stop=95)).outcome is outcome


def test_an_instrument_has_the_hours_of_its_own_market_unless_the_account_has_others() -> None:
    es = Instrument(ES.symbol, ES.tick, multiplier=ES.multiplier, asset=ES.asset, calendar="CMES")
    desk = Desk(account(), (SPY, es))
    desk.phase(Phase.CLOSED, market="CMES")
    assert (
        desk.judge(signal("s-1", stop=95)).outcome is Outcome.ORDERED
    )  # SPY has no calendar: it never closes
    assert desk.judge(signal("s-2", instrument="ES", stop=95)).outcome is Outcome.QUEUED


def test_an_order_for_the_open_has_to_be_there_before_and_has_its_time_from_then_on() -> None:
    desk = desk_in(Phase.CLOSED)
    _, [order, *_] = desk.send(signal(stop=95, order=WantedOrder(tif=TimeInForce.ON_OPEN)))
    hours = desk.book.state.markets["XNYS"]
    assert desk.order(order).cancel_at == later(hours.next_open, 1)
    desk.accept(order)
    desk.phase(Phase.CLOSED, opens_in=59)
    assert desk.state(order) is OrderState.ACCEPTED  # the close withdraws none of those


def test_a_halt_lets_nothing_in_and_nothing_protective_go() -> None:
    desk = desk_in(Phase.OPEN)
    entry, stop, _ = desk.enter(filled=10)
    assert desk.state(entry) is OrderState.FILLED
    assert names(desk.give(i.HaltSeen(SPY.symbol, "volatility", at=desk.now))) == ["HaltChanged"]
    assert desk.state(stop) is OrderState.ACCEPTED
    desk.exit()
    assert judgements(desk, "x-1") == [(Outcome.ORDERED, "")]
    assert desk.give(i.HaltSeen(SPY.symbol, "volatility", at=desk.now)) == []
    assert names(desk.give(i.HaltSeen(SPY.symbol, at=desk.now))) == ["HaltChanged"]
    assert not desk.book.state.halted


# -- the close --


def test_entries_that_wait_are_withdrawn_at_the_close_and_stops_stay() -> None:
    desk = desk_in(Phase.OPEN)
    _, stop, target = desk.enter("held", filled=10)
    es = desk.enter("pending", instrument="ES", order=WantedOrder())
    events = desk.phase(Phase.CLOSED)
    assert names(events) == ["MarketPhaseChanged", "CancelSubmitted"]
    assert desk.state(es[0]) is OrderState.PENDING_CANCEL
    assert [desk.state(order) for order in (stop, target)] == [OrderState.ACCEPTED, OrderState.ACCEPTED]


@pytest.mark.parametrize(
    ("phase", "terms"),
    [
        pytest.param(Phase.BREAK, {}, id="a break"),
        pytest.param(Phase.AFTERHOURS, {"afterhours": True}, id="an evening that it trades in"),
        pytest.param(Phase.CLOSED, {"cancel_at_close": False}, id="no wish to"),
    ],
)
def test_when_entries_stay_where_they_are(phase: Phase, terms: dict[str, Any]) -> None:
    desk = desk_in(Phase.OPEN, **terms)
    entry, *_ = desk.enter()
    desk.phase(phase)
    assert desk.state(entry) is OrderState.ACCEPTED


def test_positions_are_closed_in_time_before_the_session_ends() -> None:
    desk = desk_in(Phase.OPEN, closes_in=60, flatten_before_close=QUARTER)
    _, stop, _ = desk.enter("held", filled=10)
    pending, *_ = desk.enter("pending", instrument="ES")
    assert desk.book.next_deadline() <= later(desk.now, 45)
    assert desk.state(pending) is OrderState.ACCEPTED
    desk.wait(44 * 60)
    assert "ClosingBegan" not in names(desk.events)
    events = desk.wait(60)
    assert {"ClosingBegan", "SignalTaken", "SignalJudged", "OrderSubmitted"} <= set(names(events))
    exit_ = next(event.request for event in events if isinstance(event, e.OrderSubmitted))
    assert (exit_.role, exit_.reduce_only, exit_.instrument) == (Role.EXIT, True, "SPY")
    assert exit_.signal is not None
    assert judgements(desk, exit_.signal) == [(Outcome.ORDERED, "")]
    assert desk.state(stop) is OrderState.ACCEPTED  # it protects until the exit has filled
    assert desk.judge(signal("late", stop=95, at=desk.now)).code == "CLOSING_SOON"
    assert [event for event in desk.wait(60) if isinstance(event, e.ClosingBegan)] == []
    desk.check()


def test_a_fill_that_comes_after_the_closing_began_is_closed_as_well() -> None:
    desk = desk_in(Phase.OPEN, closes_in=60, flatten_before_close=QUARTER, order_timeout=Span(3600 * 10**9))
    entry, *_ = desk.enter("late")
    desk.wait(46 * 60)
    assert desk.state(entry) is OrderState.PENDING_CANCEL
    events = desk.fill(entry, 10)
    exit_ = next(event.request for event in events if isinstance(event, e.OrderSubmitted))
    assert (exit_.role, exit_.quantity) == (Role.EXIT, 10 * 10**9)
    assert alarms(events) == []


def test_the_next_session_has_a_closing_of_its_own() -> None:
    desk = desk_in(Phase.OPEN, closes_in=60, flatten_before_close=QUARTER)
    desk.wait(50 * 60)
    desk.phase(Phase.CLOSED)
    assert desk.book.next_deadline() == NEVER
    desk.wait(3600)
    desk.phase(Phase.OPEN, closes_in=60)
    assert desk.book.next_deadline() == later(desk.book.state.markets["XNYS"].since, 45)


def test_a_restart_finds_hours_queue_and_closing_as_they_were() -> None:
    desk = desk_in(Phase.OPEN, closes_in=60, flatten_before_close=QUARTER)
    desk.phase(Phase.CLOSED, market="CMES")
    desk.wait(46 * 60)
    assert desk.book.is_due(desk.now) is False
    desk.check()
    restored = type(desk.book).restored(desk.book.snapshot())
    assert restored.next_deadline() == desk.book.next_deadline()
    assert restored.state == desk.book.state


def test_a_phase_that_is_known_already_is_not_recorded_again() -> None:
    desk = desk_in(Phase.OPEN)
    hours = desk.book.state.markets["XNYS"]
    assert desk.give(i.MarketPhased("XNYS", hours, at=desk.now)) == []
