"""What is heard late, twice or in another order than it happened: the newest word wins, and nothing is left out."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from tests.builders import ENGINE_HELD, Desk, account, alarms, names, nano, released, signal
from tests.scenarios.stage import calm, of_role, sized, trading
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role, Terms
from kedge.domain.signals import WantedTarget

D, S = Decimal, OrderState
UNASKABLE = Capabilities(absence_endpoints=())


# --- replaces ---


def moved(desk: Desk, *stops: str) -> tuple[OrderId, list[e.Event]]:
    """A stop that was moved by replaces, each confirmed; then the first confirmation comes again."""
    _, stop, _ = desk.enter(filled=10)
    for price in stops:
        desk.ask_replace(stop, stop_price=price)
        desk.replaced(stop, stop_price=price)
    return stop, desk.replaced(stop, stop_price=stops[0])


def test_an_old_confirmation_does_not_take_newer_terms_back(desk: Desk) -> None:
    stop, events = moved(desk, "96", "97")
    assert desk.order(stop).stop_price == D(97)
    assert alarms(events) == []
    assert names(events) == ["OrderQueried"]  # the last word is the venue's
    desk.showed(stop, terms=Terms(quantity=nano(10), stop_price=nano(97)))
    assert desk.order(stop).stop_price == D(97)


def test_the_venue_has_the_last_word_on_the_terms(desk: Desk) -> None:
    stop, _ = moved(desk, "96", "97")
    desk.showed(stop, terms=Terms(quantity=nano(10), stop_price=nano(96)))
    assert desk.order(stop).stop_price == D(96)


def test_terms_that_are_asked_for_again_are_no_old_ones(desk: Desk) -> None:
    stop, events = moved(desk, "96", "97", "96")
    assert desk.order(stop).stop_price == D(96)
    assert events == []


def test_an_old_confirmation_answers_no_newer_replace(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    desk.ask_replace(stop, stop_price=96)
    desk.replaced(stop, stop_price=96)
    desk.ask_replace(stop, stop_price=97)
    assert names(desk.replaced(stop, stop_price=96)) == []
    assert desk.state(stop) is S.PENDING_REPLACE
    assert alarms(desk.replaced(stop, stop_price=97)) == []
    assert (desk.state(stop), desk.order(stop).stop_price) == (S.ACCEPTED, D(97))
    desk.check()


def test_a_change_that_nobody_asked_for_is_still_believed_and_announced(desk: Desk) -> None:
    stop, _ = moved(desk, "96", "97")
    assert alarms(desk.replaced(stop, stop_price=94)) == ["UNASKED_REPLACE"]
    assert desk.order(stop).stop_price == D(94)


def test_what_was_asked_for_is_kept_over_a_restart(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    for price in ("96", "97"):
        desk.ask_replace(stop, stop_price=price)
        desk.replaced(stop, stop_price=price)
    desk.book = desk.folded()
    desk.replaced(stop, stop_price=96)
    assert desk.order(stop).stop_price == D(97)


# --- an order that is not found ---


def test_that_an_order_has_vanished_is_told_once(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.start()
    told = []
    for _ in range(20):
        for way in ("by_id", "listing"):
            told += alarms(desk.missing(entry, way))
        desk.wait(40)
    assert told == ["ORDER_VANISHED"]


def test_and_once_more_when_it_was_found_meanwhile(desk: Desk) -> None:
    _, stop, _ = desk.enter(filled=10)
    told = []
    for run in ("r3", "r4"):
        desk.start(run)
        for way in ("by_id", "listing"):
            told += alarms(desk.missing(stop, way))
        desk.showed(stop)
    assert told == ["ORDER_VANISHED"] * 2


# --- the venue's name of an order ---


@pytest.mark.parametrize("filled", [4, 10])
def test_what_the_venue_calls_an_order_is_heard_after_its_fill(desk: Desk, filled: int) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.fill(entry, filled)
    assert desk.order(entry).venue_order_id is None
    assert names(desk.accept(entry)) == ["OrderNamed"]
    assert desk.order(entry).venue_order_id == f"v-{entry}"
    assert names(desk.accept(entry)) == []
    desk.check()


def test_or_is_shown_with_the_order(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    desk.fill(entry, 4)
    assert "OrderNamed" in names(desk.showed(entry, S.PARTIALLY_FILLED))
    assert desk.order(entry).venue_order_id == f"v-{entry}"


def test_an_order_that_the_venue_accepts_is_named_by_that_alone(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    assert names(desk.accept(entry)) == ["OrderAccepted"]
    assert desk.order(entry).venue_order_id == f"v-{entry}"


# --- an exit without an answer ---


def lost_exit(capabilities: Capabilities) -> list[e.Event]:
    """An exit in doubt at a venue that cannot be asked; then the price goes through the stop that the engine holds."""
    desk = Desk(account(capabilities=capabilities))
    desk.enter(filled=10)
    (exit_,) = desk.exit()
    desk.silent(exit_)
    assert desk.state(exit_) is S.IN_DOUBT
    return desk.quote("90.00", "90.01")


def test_where_the_venue_keeps_exits_from_turning_a_position_over_the_stop_goes_beside_it() -> None:
    events = lost_exit(msgspec.structs.replace(UNASKABLE, bracket=False))
    assert [request.quantity for request in released(events)] == [nano(10)]
    assert "STOP_WAITS" not in alarms(events)


def test_elsewhere_both_could_fill_so_that_it_waits_and_somebody_is_called() -> None:
    events = lost_exit(msgspec.structs.replace(ENGINE_HELD, absence_endpoints=()))
    assert released(events) == []
    assert alarms(events) == ["STOP_WAITS"]


# --- an entry that ends half filled ---


def target_sizes(pair: Pair) -> list[Decimal]:
    return [order.quantity for order in pair.open() if order.request.role is Role.TARGET]


@pytest.mark.parametrize(
    ("parts", "filled", "sizes"),
    [
        ((50, 50), 4, [2, 2]),
        ((50, 50), 5, [2, 3]),
        ((30, 20), 6, [1, 1]),
        ((100,), 4, [4]),
        ((90, 10), 4, [3, 1]),
    ],
)
def test_each_target_is_for_its_part_of_what_has_filled(
    parts: tuple[int, ...], filled: int, sizes: list[int]
) -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", filled)
    targets = tuple(WantedTarget(nano(110 + place), nano(part)) for place, part in enumerate(parts))
    pair.enter(quantity=10, stop=95, targets=targets)
    (entry,) = of_role(pair, Role.ENTRY)
    pair.act(pair.desk.ask_cancel(entry.id))
    calm(pair)
    assert target_sizes(pair) == sizes
    pair.check()
    sized(pair, "110.50", "110.51", 50)
    calm(pair)
    assert pair.desk.held() == filled - sizes[0]
    pair.check()
    assert not alarms(pair.desk.events)


def test_a_target_for_nothing_is_withdrawn() -> None:
    pair = trading(respect_size=True)
    sized(pair, "100.00", "100.01", 1)
    targets = (WantedTarget(nano(110), nano(50)), WantedTarget(nano(111), nano(50)))
    pair.enter(quantity=10, stop=95, targets=targets)
    (entry,) = of_role(pair, Role.ENTRY)
    pair.act(pair.desk.ask_cancel(entry.id))
    calm(pair)
    assert target_sizes(pair) == [1]
    pair.check()


def test_where_the_venue_replaces_nothing_its_own_cut_stands() -> None:
    able = Capabilities(replace=False)
    desk = Desk(account(capabilities=able))
    targets = (WantedTarget(nano(110), nano(50)), WantedTarget(nano(111), nano(50)))
    _, orders = desk.send(signal(stop=95, targets=targets))
    for order in orders:
        desk.accept(order)
    desk.fill(orders[0], 4)
    assert "ReplaceSubmitted" not in names(desk.cancelled(orders[0]))


def _as_accepted(desk: Desk, stop: OrderId) -> None:
    desk.accept(stop)


def _as_shown(desk: Desk, stop: OrderId) -> None:
    desk.showed(stop)


def _as_replaced(desk: Desk, stop: OrderId) -> None:
    desk.give(i.VenueReplaced(stop, Terms(stop_price=nano(96)), at=desk.now))


@pytest.mark.parametrize(
    ("overtaken", "in_doubt"),
    [
        (_as_accepted, False),
        (_as_accepted, True),
        (_as_replaced, False),
        (_as_shown, False),
        (_as_shown, True),
    ],
    ids=["an acceptance", "the acceptance of one in doubt", "a replace", "an answer", "an answer to a doubt"],
)
def test_an_end_whose_fills_are_owed_is_not_forgotten_for_what_it_has_overtaken(
    overtaken: Callable[[Desk, OrderId], None], in_doubt: bool
) -> None:
    """The stop is over at the venue; that it was accepted, or moved, before that says nothing of now."""
    desk = Desk()
    entry, stop, _ = desk.enter(accept=False)
    desk.accept(entry)
    if in_doubt:
        desk.wait(11)
        assert desk.state(stop) is OrderState.IN_DOUBT
    if overtaken is not _as_accepted and not in_doubt:
        desk.accept(stop)
    if overtaken is _as_replaced:
        desk.give(i.ReplaceAsked(stop, Terms(stop_price=nano(96)), "ann", "nearer", at=desk.now))
    desk.fill(entry, 10)
    desk.give(i.VenueCancelled(stop, "no reason", filled=nano(2), at=desk.now))
    overtaken(desk, stop)
    desk.fill(stop, 2, 95)
    assert desk.order(stop).asked, "nobody would find out that it is over"
    asked = [event.order for event in desk.wait(60) if isinstance(event, e.OrderQueried)]
    assert stop in asked
