"""Requests without an answer: what is asked, what counts as a proof, and what never does."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import ALPHA, ES, SPY, Desk, account, alarms, execution, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import NEVER
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Side, Terms

D = Decimal
S = OrderState
WAYS = ("by_id", "listing")


def sent(desk: Desk) -> OrderId:
    """An entry whose submit got no answer."""
    entry, *_ = desk.enter(accept=False)
    assert names(desk.silent(entry)) == ["OrderDoubted", "OrderQueried"]
    return entry


def not_found(desk: Desk, order: OrderId, times: int = 2) -> list[e.Event]:
    """Neither way finds the order, so many times, a second apart."""
    events: list[e.Event] = []
    for _ in range(times):
        for way in WAYS:
            events += desk.missing(order, way)
        desk.wait(1)
    return events


# --- the submit ---


def test_a_silent_submit_is_found_and_goes_on_as_if_nothing_had_been(desk: Desk) -> None:
    entry = sent(desk)
    assert names(desk.showed(entry)) == ["OrderAccepted"]
    assert (desk.state(entry), desk.order(entry).asked) == (S.ACCEPTED, 0)


def test_a_silent_submit_is_found_filled(desk: Desk) -> None:
    entry = sent(desk)
    shown = (execution("a", 4, 100), execution("b", 6, 101))
    assert names(desk.showed(entry, S.FILLED, *shown)) == [
        "OrderFilled",
        "PositionOpened",
        "OrderFilled",
        "PositionGrown",
        "OrderNamed",
        "ExposureNoted",  # its stop has not been found yet
    ]
    assert desk.state(entry) is S.FILLED


def test_s13_no_answer_within_ten_seconds_is_silence_too(desk: Desk) -> None:
    orders = desk.enter(accept=False)
    assert names(desk.wait(9.9)) == []
    assert names(desk.wait(0.2)) == ["OrderDoubted", "OrderQueried"] * 3
    assert {desk.state(order) for order in orders} == {S.IN_DOUBT}


def test_s13_the_question_is_put_again_with_growing_pauses_for_ever(desk: Desk) -> None:
    entry = sent(desk)
    pauses = []
    for _ in range(12):
        before = desk.now
        due = desk.order(entry).deadline
        desk.now = due
        (asked,) = (
            event for event in desk.give(i.ClockTicked(at=due)) if getattr(event, "order", "") == entry
        )
        assert isinstance(asked, e.OrderQueried)
        pauses.append(round((due - before) / 10**9))
    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[6:]) == {30}
    assert desk.state(entry) is S.IN_DOUBT


def test_a_year_of_silence_proves_nothing(desk: Desk) -> None:
    entry = sent(desk)
    desk.wait(3600 * 24 * 365)
    assert desk.state(entry) is S.IN_DOUBT


def test_the_venue_never_had_it_and_that_is_proven(desk: Desk) -> None:
    entry = sent(desk)
    desk.wait(6)
    events = not_found(desk, entry)
    assert names(events)[-3:] == ["OrderProvenAbsent", "OrderEnded", "OrderEnded"]
    proof = next(event for event in events if isinstance(event, e.OrderProvenAbsent))
    assert [seen.endpoint for seen in proof.evidence] == [*WAYS, *WAYS]
    assert desk.state(entry) is S.REJECTED
    assert desk.book.state.open_orders(ALPHA, desk.order(entry).request.instrument) == []


def too_early(desk: Desk, order: OrderId) -> None:
    not_found(desk, order, times=4)  # four seconds: a request of ours may still arrive until five


def by_one_way_only(desk: Desk, order: OrderId) -> None:
    desk.wait(6)
    for _ in range(9):
        desk.missing(order, "by_id")
        desk.missing(order, "a way that was not declared")
        desk.wait(1)


def once(desk: Desk, order: OrderId) -> None:
    desk.wait(6)
    not_found(desk, order, times=1)


def twice_in_the_same_breath(desk: Desk, order: OrderId) -> None:
    desk.wait(6)
    at = desk.now
    for way in (*WAYS, *WAYS, *WAYS):
        desk.give(i.VenueMissing(order, way, control=True, at=at))
    # Handed in at one time, they are one look.


def by_ways_that_see_nothing(desk: Desk, order: OrderId) -> None:
    desk.wait(6)
    for _ in range(9):
        for way in WAYS:
            desk.missing(order, way, control=False)
        desk.wait(1)


def with_an_answer_in_between(desk: Desk, order: OrderId) -> None:
    desk.wait(6)
    not_found(desk, order, times=1)
    desk.showed(order)
    desk.ask_cancel(order)
    not_found(desk, order, times=3)


@pytest.mark.parametrize(
    "evidence",
    [
        too_early,
        by_one_way_only,
        once,
        twice_in_the_same_breath,
        by_ways_that_see_nothing,
        with_an_answer_in_between,
    ],
    ids=lambda evidence: evidence.__name__,
)
def test_s06_absence_is_not_proven(desk: Desk, evidence: Callable[[Desk, OrderId], None]) -> None:
    entry = sent(desk)
    evidence(desk, entry)
    assert "OrderProvenAbsent" not in names(desk.events)
    assert desk.state(entry) in (S.IN_DOUBT, S.PENDING_CANCEL)


def test_a_venue_that_cannot_be_asked_proves_nothing(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(account(capabilities=Capabilities(absence_endpoints=())))
    entry = sent(desk)
    desk.wait(6)
    not_found(desk, entry, times=5)
    assert desk.state(entry) is S.IN_DOUBT


def test_the_proof_waits_as_long_as_the_slower_of_the_venue_s_promises(
    open_desk: Callable[..., Desk],
) -> None:
    slow = Capabilities(visibility_delay=60 * 10**9, request_lifetime=10**9)  # type: ignore[arg-type]
    desk = open_desk(account(capabilities=slow))
    entry = sent(desk)
    desk.wait(55)
    not_found(desk, entry, times=3)
    assert desk.state(entry) is S.IN_DOUBT
    desk.wait(3)
    not_found(desk, entry)
    assert desk.state(entry) is S.IN_DOUBT  # not repeated yet: again so soon, it is the same answer
    desk.wait(61)
    not_found(desk, entry)
    assert desk.state(entry) is S.REJECTED


def test_not_found_means_nothing_before_anybody_is_in_doubt(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.wait(6)
    assert not_found(desk, entry) == []
    assert desk.state(entry) is S.PENDING_NEW


# --- what was proven absent, and is heard of all the same ---


@pytest.fixture
def absent(desk: Desk) -> OrderId:
    entry = sent(desk)
    desk.wait(6)
    not_found(desk, entry)
    assert desk.state(entry) is S.REJECTED
    return entry


def test_it_is_accepted_after_all(desk: Desk, absent: OrderId) -> None:
    assert names(desk.accept(absent)) == ["OrderRevived", "ORDER_REVIVED", "OrderAccepted", "OrderQueried"]
    assert desk.state(absent) is S.ACCEPTED


def test_it_is_shown_live_after_all(desk: Desk, absent: OrderId) -> None:
    assert names(desk.showed(absent)) == ["OrderRevived", "ORDER_REVIVED", "OrderAccepted", "OrderQueried"]
    assert desk.state(absent) is S.ACCEPTED


def test_it_fills_in_part_after_all(desk: Desk, absent: OrderId) -> None:
    events = desk.fill(absent, 4)
    assert names(events)[:4] == ["OrderFilled", "UNEXPECTED_FILL", "OrderRevived", "OrderQueried"]
    assert (desk.state(absent), desk.held()) == (S.IN_DOUBT, D(4))


@pytest.mark.parametrize("state", [S.ACCEPTED, S.PARTIALLY_FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED])
def test_it_is_shown_with_a_fill_after_all(desk: Desk, absent: OrderId, state: OrderState) -> None:
    events = desk.showed(absent, state, execution("late", 4, 100))
    assert "UNEXPECTED_FILL" in names(events)
    assert "OrderRevived" in names(events)
    assert desk.held() == D(4)
    # What has traded was not rejected: the rest of it is gone, so it is cancelled.
    ended = {S.ACCEPTED: S.PARTIALLY_FILLED, S.REJECTED: S.CANCELLED}
    assert desk.state(absent) is ended.get(state, state)


def test_s10_it_fills_in_full_after_all(desk: Desk, absent: OrderId) -> None:
    events = desk.fill(absent, 10)
    assert alarms(events) == ["UNEXPECTED_FILL"]
    assert names(events)[-2:] == ["OrderHeld", "ExposureNoted"]
    assert desk.state(absent) is S.FILLED


# --- what is blocked, and what is not, while an order is in doubt ---


def test_no_new_risk_while_an_order_is_in_doubt(desk: Desk) -> None:
    entry = sent(desk)
    events, orders = desk.send(signal("s-2", at=desk.now))
    assert orders == []
    assert isinstance(events[0], e.SignalJudged)
    assert events[0].code == "ORDER_IN_DOUBT"
    assert events[0].checks[-1].figures == {"order": entry, "state": "IN_DOUBT"}


def test_other_instruments_are_not_blocked(desk: Desk) -> None:
    sent(desk)
    assert desk.enter("s-2", instrument="ES", stop=95)


def test_an_exit_is_never_blocked_by_doubt(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.give(i.VenueReconnected("paper", at=desk.now))  # type: ignore[arg-type]
    assert desk.order(stop).asked
    assert len(desk.exit()) == 1


# --- a start of the engine ---


def test_after_a_restart_everything_open_is_asked_about(desk: Desk) -> None:
    entry, stop, target = desk.enter(accept=False)
    desk.accept(stop)
    desk.accept(target)
    desk.ask_cancel(stop)
    desk.ask_replace(target, limit_price=111)
    other, *_ = desk.enter("s-2", instrument="ES")
    events = desk.start()
    assert names(events) == ["RunStarted", "OrderDoubted", *["OrderQueried"] * 6]
    asked = {event.order for event in events if isinstance(event, e.OrderQueried)}
    assert asked == set(desk.book.state.orders)
    assert [desk.state(order) for order in (entry, stop, target, other)] == [
        S.IN_DOUBT,
        S.PENDING_CANCEL,
        S.PENDING_REPLACE,
        S.ACCEPTED,
    ]


def test_after_a_restart_the_answers_settle_everything(desk: Desk) -> None:
    entry, stop, target = desk.enter(accept=False)
    desk.accept(stop)
    desk.accept(target)
    desk.start()
    desk.showed(entry, S.FILLED, execution("x", 10, 100))
    assert names(desk.showed(stop)) == ["OrderConfirmed"]
    assert names(desk.showed(target)) == ["OrderConfirmed"]
    assert desk.book.next_deadline() == NEVER


def test_until_the_venue_has_spoken_a_restarted_engine_takes_no_new_risk(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    desk.start()
    events, _ = desk.send(signal("s-2", at=desk.now))
    assert isinstance(events[0], e.SignalJudged)
    assert events[0].code == "ORDER_IN_DOUBT"
    desk.showed(entry, terms=Terms(nano(10), nano(100)))
    events, _ = desk.send(signal("s-3", at=desk.now))
    assert isinstance(events[0], e.SignalJudged)
    assert events[0].code == "ORDER_IN_DOUBT"  # its stop and its target have not been seen yet


def test_a_start_with_a_nonce_of_before_never_mints_an_id_twice(desk: Desk) -> None:
    """A shell that hands the same randomness in again must not make two orders of one id."""
    first = desk.enter()
    desk.start("r1")
    second = desk.enter("s-2", instrument="ES")
    assert not set(first) & set(second)


def test_a_lost_connection_asks_about_what_is_live_there(desk: Desk) -> None:
    entry, stop, target = desk.enter()
    desk.ask_cancel(entry)
    events = desk.give(i.VenueReconnected("paper", at=desk.now))  # type: ignore[arg-type]
    # The entry too: an answer to its cancel need not tell of a fill that was missed.
    assert [event.order for event in events if isinstance(event, e.OrderQueried)] == [entry, stop, target]
    assert desk.give(i.VenueReconnected("elsewhere", at=desk.now)) == []  # type: ignore[arg-type]


def test_s07_an_accepted_order_that_the_venue_no_longer_finds_is_announced_not_buried(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.start()
    assert names(desk.missing(entry)) == ["OrderMissed", "ORDER_VANISHED"]
    assert desk.state(entry) is S.ACCEPTED


def test_the_venue_says_filled_and_does_not_say_how(desk: Desk) -> None:
    entry, *_ = desk.enter()
    assert names(desk.showed(entry, S.FILLED, execution("x", 4, 100))) == [
        "OrderFilled",
        "PositionOpened",
        "FILLS_MISSING",
        "OrderQueried",
    ]
    assert desk.state(entry) is S.PARTIALLY_FILLED


def test_other_terms_at_the_venue_do_not_end_the_questions_about_a_doubted_order(desk: Desk) -> None:
    entry = sent(desk)
    events = desk.showed(entry, S.FILLED, terms=Terms(nano(9)))
    assert names(events) == ["OrderReplaced", "FILLS_MISSING"]
    assert desk.state(entry) is S.IN_DOUBT
    assert desk.order(entry).deadline != NEVER


def test_the_venue_s_terms_hold(desk: Desk) -> None:
    entry, *_ = desk.enter(limit=100)
    assert names(desk.showed(entry, terms=Terms(nano(8), nano(99)))) == ["OrderReplaced", "OrderConfirmed"]
    assert (desk.order(entry).quantity, desk.order(entry).limit_price) == (D(8), D(99))


def test_answers_to_questions_that_were_put_too_early_prove_nothing() -> None:
    desk = Desk()
    entry = sent(
        desk
    )  # asked at once; the two answers below belong to this question and were long on their way
    desk.wait(0.1)
    desk.now = desk.order(entry).sent_at + 6 * 10**9  # type: ignore[assignment]
    for way in WAYS:
        desk.missing(entry, way)
    for way in WAYS:
        desk.missing(entry, way)
    assert desk.state(entry) is S.IN_DOUBT


@pytest.mark.parametrize(
    ("instrument", "side"),
    [
        pytest.param(ES.symbol, None, id="another instrument"),
        pytest.param(None, Side.SELL, id="the other side"),
        pytest.param(ES.symbol, Side.BUY, id="another instrument on our side"),
    ],
)
def test_an_order_of_our_id_that_is_not_ours_proves_nothing(
    desk: Desk, instrument: Symbol | None, side: Side | None
) -> None:
    entry = sent(desk)
    shown = i.VenueShowed(
        entry, "v-9", S.FILLED, (execution("x", 10, 100),), instrument=instrument, side=side, at=desk.now
    )
    events = desk.give(shown)
    assert alarms(events) == ["FOREIGN_CONTENT"]
    assert len(events) == 1
    assert (desk.state(entry), desk.held()) == (S.IN_DOUBT, D(0))
    ours = i.VenueShowed(entry, "v-1", S.ACCEPTED, instrument=SPY.symbol, side=Side.BUY, at=desk.now)
    assert names(desk.give(ours)) == ["OrderAccepted"]


def test_a_submit_without_an_answer_is_in_doubt_once_the_line_is_back(desk: Desk) -> None:
    """Its answer may have been lost, and a first fill with it: a later fill would end its deadline, and nobody ask."""
    entry, *_ = desk.enter(accept=False)
    events = desk.give(i.VenueReconnected("paper", at=desk.now))  # type: ignore[arg-type]
    assert entry in [event.order for event in events if isinstance(event, e.OrderQueried)]
    assert desk.state(entry) is S.IN_DOUBT
