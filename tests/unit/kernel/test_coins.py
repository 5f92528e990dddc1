"""Crypto: fees that are taken in the coins themselves, and what is too little to be sold again."""

from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from tests.builders import (
    ALPHA,
    ENGINE_HELD,
    Desk,
    account,
    alarms,
    execution,
    names,
    nano,
    released,
    signal,
    submitted,
)

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Role
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Outcome, WantedTarget

D, S = Decimal, OrderState
BTC = Instrument(Symbol("BTC"), D("0.01"), lot=D("0.001"), asset=AssetClass.CRYPTO)
LEAST = Instrument(
    Symbol("BTC"), D("0.01"), lot=D("0.001"), asset=AssetClass.CRYPTO, min_quantity=D("0.01"), min_value=D(5)
)


def desk_of(instrument: Instrument = BTC, capabilities: Capabilities | None = None) -> Desk:
    return Desk(account(quantity=1, capabilities=capabilities), (instrument,))


def enter(desk: Desk, *, quantity: str = "1", **wanted: Any) -> list[OrderId]:
    return desk.enter(instrument="BTC", quantity=quantity, **wanted)


def closed(events: list[e.Event]) -> e.PositionClosed:
    (found,) = [event for event in events if isinstance(event, e.PositionClosed)]
    return found


def dust(desk: Desk) -> Decimal:
    known = desk.book.state.dust.get(ALPHA, {}).get(Symbol("BTC"))
    return ZERO if known is None else known.quantity


# --- a fee in coins ---


def test_what_is_held_is_what_was_bought_less_the_fee_and_the_cash_pays_what_was_bought() -> None:
    desk = desk_of()
    entry, *_ = enter(desk)
    desk.fill(entry, 1, 100, fee_base="0.001")
    position = desk.position("BTC")
    assert position is not None
    assert position.quantity == D("0.999")
    assert desk.cash() == D(100_000) - 100
    assert position.cost == D("99.9")  # at the price of the fill
    assert desk.order(entry).filled == 1
    assert desk.state(entry) is S.FILLED
    assert desk.order(entry).fees == position.fees == D("0.1")
    desk.check()


def test_the_gain_is_what_came_in_less_what_went_out() -> None:
    desk = desk_of()
    entry, _, target = enter(desk)
    desk.fill(entry, 1, 100, fee_base="0.001")
    trade = closed(desk.fill(target, "0.999", 110, fee="0.11"))
    assert (trade.entry_price, trade.exit_price) == (nano(100), nano(110))
    assert trade.fees == nano("0.21")
    assert from_nano(trade.pnl) == D("0.999") * 110 - D("0.11") - 100
    assert desk.cash() == D(100_000) + from_nano(trade.pnl)
    desk.check()


def test_parts_and_prices_of_many_places_leave_no_rest_in_the_books() -> None:
    desk = desk_of()
    entry, *_ = enter(desk)
    desk.fill(entry, "0.333", "99.37", fee_base="0.000333333")
    desk.fill(entry, "0.667", "100.13", fee_base="0.000666999")
    assert desk.held("BTC") == D("0.998999668")
    desk.check()


@pytest.mark.parametrize("fee_base", [1, 2, -1])
def test_a_fee_of_more_than_was_bought_is_not_counted(fee_base: int) -> None:
    desk = desk_of()
    entry, *_ = enter(desk)
    assert alarms(desk.fill(entry, 1, 100, fee_base=fee_base)) == ["EMPTY_FILL"]
    assert desk.position("BTC") is None


def test_the_stop_covers_what_is_held_and_an_exit_sells_no_more_of_it_than_whole_lots() -> None:
    desk = desk_of()
    entry, *_ = enter(desk, quantity="0.5")
    desk.fill(entry, "0.5", 100, fee_base="0.0005")
    assert "STOP_LOST" not in alarms(desk.wait(60))
    (exit_,) = desk.exit(instrument="BTC")
    assert desk.order(exit_).quantity == D("0.499")
    desk.check()


def test_what_the_engine_lets_go_is_for_whole_lots_of_what_is_held() -> None:
    desk = desk_of(capabilities=ENGINE_HELD)
    entry, *_ = enter(desk)
    desk.fill(entry, 1, 100, fee_base="0.0015")
    (stop,) = released(desk.quote("94.00", "94.01", BTC))
    assert from_nano(stop.quantity) == D("0.998")
    desk.fill(stop.id, "0.998", 94)
    assert desk.position("BTC") is None
    assert dust(desk) == D("0.0005")
    desk.check()


def test_a_stop_that_is_placed_anew_is_for_whole_lots_of_what_is_held() -> None:
    desk = desk_of()
    entry, stop, _ = enter(desk)
    desk.fill(entry, 1, 100, fee_base="0.0015")
    desk.cancelled(stop)
    (anew,) = submitted(desk.wait(2))
    assert (anew.role, from_nano(anew.quantity)) == (Role.STOP, D("0.998"))
    desk.accept(anew.id)
    assert desk.book.state.exposure(ALPHA, Symbol("BTC")) is None or "STOP_LOST" not in alarms(desk.wait(600))


def test_a_fill_with_a_fee_in_coins_is_annulled_and_corrected_to_the_last_digit() -> None:
    desk = desk_of()
    entry, *_ = enter(desk)
    desk.fill(entry, "0.4", 100, "a", fee_base="0.0004")
    desk.fill(entry, "0.6", 101, "b", fee_base="0.0006")
    now = execution("b", "0.5", "100.5", fee_base="0.0005")
    desk.give(i.VenueCorrected(entry, "b", now, at=desk.now))
    assert desk.held("BTC") == D("0.8991")
    assert desk.cash() == D(100_000) - 40 - D("50.25")
    desk.give(i.VenueBusted(entry, "a", at=desk.now))
    assert desk.held("BTC") == D("0.4995")
    assert desk.order(entry).fees == D("0.0005") * D("100.5")
    desk.check_record()


# --- dust ---


def test_s78_what_is_too_little_to_be_sold_is_no_position_for_ever() -> None:
    desk = desk_of()
    entry, stop, target = enter(desk, quantity="0.5")
    desk.fill(entry, "0.5", 100, fee_base="0.0005")
    events = desk.fill(target, "0.499", 110)
    assert alarms(events) == ["DUST"]
    trade = closed(events)
    assert (trade.quantity, trade.entry_price, trade.exit_price) == (nano("0.499"), nano(100), nano(110))
    assert from_nano(trade.pnl) == D("0.499") * 10 - D("0.05")
    assert desk.position("BTC") is None
    assert dust(desk) == D("0.0005")
    for order in (stop, target):
        if desk.state(order) is not S.FILLED:
            desk.cancelled(order)
    later = desk.wait(3600)
    assert alarms(later) == []
    assert submitted(later) == []
    desk.check()
    _, orders = desk.send(signal("s-2", at=desk.now, instrument="BTC", quantity=1, stop=95))
    desk.fill(orders[0], 1, 100)
    assert desk.held("BTC") == 1
    desk.check()


def test_dust_adds_up() -> None:
    desk = desk_of()
    for number in (1, 2):
        entry, stop, target = desk.enter(f"s-{number}", instrument="BTC", quantity="0.5")
        desk.fill(entry, "0.5", 100, fee_base="0.0005")
        desk.fill(target, "0.499", 110)
        for order in (stop, target):
            desk.cancelled(order)
    assert dust(desk) == D("0.001")
    desk.check()


def test_s55_an_entry_that_ended_with_too_little_is_dust_and_no_naked_position() -> None:
    desk = desk_of(LEAST)
    entry, stop, target = enter(desk)
    desk.fill(entry, "0.005", 100)
    assert desk.position("BTC") is not None  # more may come
    events = desk.cancelled(entry)
    for leg in (stop, target):
        events += desk.cancelled(leg)
    assert alarms(events) == ["DUST"]
    assert closed(events).quantity == nano("0.005")
    assert dust(desk) == D("0.005")
    assert submitted(desk.wait(600)) == []
    desk.check()


def test_what_more_of_its_entry_may_come_to_is_no_dust() -> None:
    desk = desk_of(LEAST, ENGINE_HELD)
    entry, *_ = enter(desk)
    desk.accept(entry)
    desk.fill(entry, "0.001", 100, fee_base="0.0005")  # less than a lot
    assert desk.held("BTC") == D("0.0005")
    desk.fill(entry, "0.999", 100)
    assert desk.held("BTC") == D("0.9995")
    assert alarms(desk.events) == []


def test_what_an_exit_that_the_venue_has_may_still_sell_is_no_dust() -> None:
    desk = desk_of(LEAST)
    entry, _, target = enter(desk)
    desk.fill(entry, 1, 100)
    desk.fill(target, "0.995", 110)
    assert desk.held("BTC") == D("0.005")
    desk.fill(target, "0.005", 110)
    assert desk.position("BTC") is None
    assert dust(desk) == ZERO
    assert "DUST" not in alarms(desk.events)
    desk.check()


def test_dust_of_a_round_trip_that_was_another_one_is_not_guessed() -> None:
    desk = desk_of()
    entry, _, target = enter(desk, quantity="0.5")
    desk.fill(entry, "0.5", 100, "in", fee_base="0.0005")
    desk.fill(target, "0.499", 110, "out")
    assert "AMENDMENT_UNSETTLED" in alarms(desk.give(i.VenueBusted(target, "out", at=desk.now)))


def test_a_price_is_corrected_though_dust_was_left() -> None:
    desk = desk_of()
    entry, _, target = enter(desk, quantity="0.5")
    desk.fill(entry, "0.5", 100, "in", fee_base="0.0005")
    desk.fill(target, "0.499", 110, "out")
    desk.give(i.VenueCorrected(target, "out", execution("out", "0.499", 111), at=desk.now))
    assert desk.cash() == D(100_000) - 50 + D("0.499") * 111
    assert dust(desk) == D("0.0005")
    desk.check_record()


# --- what would leave too little ---


class Leaving(NamedTuple):
    wanted: str
    sold: str


@pytest.mark.parametrize("case", [Leaving("0.5", "0.5"), Leaving("0.995", "1"), Leaving("0.99", "0.99")])
def test_an_exit_that_would_leave_too_little_closes_all_of_it(case: Leaving) -> None:
    desk = desk_of(LEAST)
    entry, *_ = enter(desk)
    desk.fill(entry, 1, 1000)
    (exit_,) = desk.exit(instrument="BTC", quantity=case.wanted)
    assert desk.order(exit_).quantity == D(case.sold)


def test_targets_for_too_little_become_one() -> None:
    desk = desk_of(LEAST)
    shares = (("102", "0.5"), ("104", "49.5"), ("106", "49.2"))  # of 1: 0.005, 0.495, 0.492, and 0.008 left
    targets = tuple(WantedTarget(nano(price), nano(pct)) for price, pct in shares)
    _, orders = desk.send(signal(at=desk.now, instrument="BTC", quantity=1, stop=95, targets=targets))
    parts = [
        (desk.order(id_).limit_price, desk.order(id_).quantity)
        for id_ in orders
        if desk.order(id_).request.role is Role.TARGET
    ]
    assert parts == [(D(104), D("0.5")), (D(106), D("0.5"))]


@pytest.mark.parametrize(
    ("quantity", "code"), [("0.009", "QUANTITY_TOO_SMALL"), ("0.01", "VALUE_TOO_SMALL"), ("0.05", "")]
)
def test_an_entry_for_too_little_is_refused(quantity: str, code: str) -> None:
    desk = desk_of(LEAST)
    judged = desk.judge(signal(at=desk.now, instrument="BTC", quantity=quantity, stop=95))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED if code else Outcome.ORDERED, code)


def test_a_retry_for_too_little_is_given_up() -> None:
    desk = desk_of(LEAST)
    _, orders = desk.send(signal(at=desk.now, instrument="BTC", quantity=1, stop=95))
    events = desk.reject(orders[0], "poor", RejectKind.FUNDS, fits="0.04")
    assert "OrderGivenUp" in names(events)
