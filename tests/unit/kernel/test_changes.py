"""What a venue changes by no order of ours, at the book and at the exchange together: both end with the same."""

from decimal import Decimal

import msgspec
import pytest
from tests.builders import ALPHA, ENGINE_HELD, ES, NOON, SPY, account, alarms, nano, signal
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.changes import ContractSettled, InstrumentChanged, SharesSplit
from kedge.domain.codes import Code
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, Outcome, SignalKind

META = Instrument(Symbol("META"), Decimal("0.01"))
ESZ = msgspec.structs.replace(ES, symbol=Symbol("ESZ26"), root="ES", expires=Instant(NOON + 10 * MINUTE))


@pytest.fixture
def pair() -> Pair:
    """A market at 100.00 to 100.01."""
    pair = Pair(SPY, META, ESZ)
    pair.quote("100.00", "100.01")
    pair.quote("5000", "5000.25", ESZ)
    return pair


def exit_of(pair: Pair, role: Role) -> Order:
    (found,) = (order for order in pair.open() if order.request.role is role)
    return found


def heard(pair: Pair) -> list[str]:
    return alarms(pair.desk.events)


# -- splits --


def test_a_split_changes_the_position_and_its_exits_and_makes_nobody_richer(pair: Pair) -> None:
    pair.enter(quantity=10, stop="95.02", target="110.02")
    before = pair.desk.position()
    assert before is not None
    cost, cash = before.cost, pair.desk.cash()
    pair.split(4)
    after = pair.desk.position()
    assert after is not None
    assert (after.cost, pair.desk.cash()) == (cost, cash)
    assert (after.quantity, after.stop) == (Decimal(40), Decimal("23.755"))
    stop, target = exit_of(pair, Role.STOP), exit_of(pair, Role.TARGET)
    assert (stop.quantity, stop.stop_price) == (
        Decimal(40),
        Decimal("23.76"),
    )  # on the grid, a sell never lower
    assert (target.quantity, target.limit_price) == (Decimal(40), Decimal("27.51"))
    pair.check()
    assert heard(pair) == []


def test_the_stop_of_after_the_split_closes_all_of_it_at_its_price(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.split(4)
    pair.quote("25.00", "25.01")
    assert pair.desk.held() == 40
    pair.quote("23.70", "23.71")
    assert pair.desk.held() == 0
    pair.check()
    (closed,) = (event for event in pair.desk.events if isinstance(event, e.PositionClosed))
    assert (closed.exit_reason, closed.quantity, closed.exit_price) == ("stop", nano(40), nano("23.70"))
    assert closed.entry_price == nano("25.0025")
    assert closed.pnl == nano("-52.10")


def test_what_is_no_whole_lot_is_paid_out_at_the_last_price(pair: Pair) -> None:
    pair.enter(quantity=15, stop=95)
    cash = pair.desk.cash()
    pair.split(1, 10)
    assert pair.desk.held() == 1
    assert pair.desk.cash() - cash == Decimal(
        "500.025"
    )  # half a new share at 1000.05, the middle of the market
    pair.check()
    assert exit_of(pair, Role.STOP).quantity == 1
    assert heard(pair) == []


def test_a_position_of_less_than_a_lot_is_paid_out_and_its_exits_end(pair: Pair) -> None:
    pair.enter(quantity=5, stop=95, target=110)
    pair.split(1, 10)
    assert pair.desk.held() == 0
    assert pair.open() == []
    pair.check()
    (closed,) = (event for event in pair.desk.events if isinstance(event, e.PositionClosed))
    assert (closed.exit_reason, closed.order) == ("split", None)
    assert heard(pair) == []


def test_what_is_paid_out_after_two_splits_is_paid_at_the_price_that_became_of_it(pair: Pair) -> None:
    pair.enter(quantity=9, stop=95)
    cash = pair.desk.cash()
    pair.wait(1)
    pair.split(2)
    pair.wait(1)
    pair.split(1, 20)  # 0.9 of a share at 1000.05
    assert (pair.desk.held(), pair.desk.cash() - cash) == (Decimal(0), Decimal("900.045"))
    pair.check()


@pytest.mark.parametrize("engine_held", [False, True])
def test_no_exit_is_left_when_the_last_of_a_position_is_paid_out(pair: Pair, *, engine_held: bool) -> None:
    if engine_held:
        pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.enter("s-1", quantity=15, stop=95)
    pair.enter("s-2", kind=SignalKind.EXIT, direction=None, quantity=10)
    pair.split(1, 10)  # five are half a share; the stop for fifteen is one for a whole share
    pair.wait(10)
    assert pair.desk.held() == 0
    pair.quote("1000.00", "1000.01")
    pair.enter("s-3", quantity=10, stop=900)
    pair.quote("949.00", "949.01")  # beyond the old stop, not beyond the new one
    assert pair.desk.held() == 10
    pair.check()


def test_a_contract_is_not_split(pair: Pair) -> None:
    pair.enter(instrument="ESZ26", quantity=3, stop=4900)
    pair.split(1, 2, ESZ)
    assert pair.desk.held("ESZ26") == 3
    pair.check()


def test_a_short_position_pays_for_the_rest(pair: Pair) -> None:
    pair.enter(direction=Direction.SHORT, quantity=15, stop=105)
    cash = pair.desk.cash()
    pair.split(1, 10)
    assert pair.desk.held() == -1
    assert pair.desk.cash() - cash == Decimal("-500.025")
    pair.check()


def test_an_entry_that_rests_is_rescaled_and_fills_in_new_shares(pair: Pair) -> None:
    pair.enter(limit=90, quantity=10, stop=85)
    pair.split(3)
    pair.quote("29.98", "29.99")
    assert pair.desk.held() == 30
    assert exit_of(pair, Role.STOP).stop_price == Decimal("28.34")
    pair.check()


def test_a_half_filled_entry(pair: Pair) -> None:
    pair = Pair(SPY, respect_size=True)
    pair.quote("100.00", "100.01")
    pair.hear(pair.exchange.on_market(sized(pair, "99.99", "100.00", 4)))
    pair.enter(limit="100.00", quantity=10, stop=95, target=110)
    assert pair.desk.held() == 4
    pair.split(2)
    pair.check()
    pair.hear(pair.exchange.on_market(sized(pair, "49.98", "50.00", 100)))
    assert pair.desk.held() == 20
    assert exit_of(pair, Role.STOP).quantity == 20
    pair.check()
    assert heard(pair) == []


def sized(pair: Pair, bid: str, ask: str, size: int) -> Quote:
    count = SPY.ticks
    return Quote(SPY.symbol, pair.desk.now, count(Decimal(bid)), count(Decimal(ask)), nano(size), nano(size))


def test_a_stop_that_the_engine_holds_is_rescaled_and_sleeps_until_a_new_price() -> None:
    pair = Pair(SPY)
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    pair.split(4)
    assert pair.desk.book.quote(SPY.symbol) == (None, None)
    pair.quote("24.00", "24.01")
    assert pair.desk.held() == 40
    pair.quote("23.75", "23.76")
    assert pair.desk.held() == 0
    pair.check()


def test_without_a_price_of_after_the_split_nothing_is_entered(pair: Pair) -> None:
    pair.enter("s-1", quantity=10, stop=95)
    pair.split(4)
    pair.enter("s-2", account=ALPHA, quantity=1, stop=20)
    judged = [event for event in pair.desk.events if isinstance(event, e.SignalJudged)]
    assert judged[-1].outcome is Outcome.REFUSED
    pair.check()


def test_a_split_counts_once_however_often_it_is_told(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95)
    pair.split(4)
    told = pair.exchange.changes(ALPHA)
    assert len(told) == 1
    before = len(pair.desk.events)
    pair.hear(list(told))
    pair.desk.start("r2")
    pair.hear(list(told))
    assert not any(isinstance(event, SharesSplit) for event in pair.desk.events[before:])
    pair.check()


def test_a_fill_that_is_heard_of_after_the_split_counts_in_new_shares(pair: Pair) -> None:
    pair.enter(limit=90, quantity=10, stop=85)
    pair.deaf = True
    pair.quote("89.98", "89.99")
    pair.deaf, late = False, pair.missed
    pair.wait(1)
    pair.split(4)
    pair.hear(late)
    assert pair.desk.held() == 40
    pair.check()


def test_a_fill_at_the_very_instant_of_the_split_but_after_it_is_of_new_shares(pair: Pair) -> None:
    pair.enter(limit=92, quantity=10, stop=85)
    at = pair.desk.now
    pair.hear(pair.exchange.announce(Split(SPY.symbol, at, 4), at))
    pair.hear(pair.exchange.on_market(Quote(SPY.symbol, at, Ticks(2_298), Ticks(2_299))))
    assert pair.desk.held() == 40
    pair.check()


def test_an_answer_from_the_other_side_of_a_split_is_not_taken(pair: Pair) -> None:
    pair.enter(limit=90, quantity=10, stop=85)
    pair.deaf = True
    pair.split(4)
    pair.deaf, (told,) = False, pair.missed
    (entry,) = (order for order in pair.open() if order.request.role is Role.ENTRY)
    showed = pair.exchange.look_up(entry.id, pair.desk.now)
    assert showed is not None
    pair.hear([showed])
    assert entry.quantity == 10  # it would be forty, and after the split a hundred and sixty
    pair.hear([told])
    pair.hear([showed])
    assert entry.quantity == 40
    pair.check()


def test_a_venue_that_counts_another_quantity_is_told_of(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95)
    split = Split(SPY.symbol, pair.desk.now, 4)
    pair.give(i.VenueSplit("x", ALPHA, split, quantity=nano(36), at=pair.desk.now))
    assert heard(pair) == ["SPLIT_DIFFERS"]
    assert pair.desk.held() == 40


# -- new symbols --


def test_a_new_symbol_carries_the_position_and_its_exits(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95, target=110)
    pair.rename("META")
    assert (pair.desk.held("SPY"), pair.desk.held("META")) == (Decimal(0), Decimal(10))
    assert {order.request.instrument for order in pair.open()} == {"META"}
    pair.check()
    pair.quote("94.90", "94.91", META)
    assert pair.desk.held("META") == 0
    pair.check()
    assert heard(pair) == []


def test_a_stop_that_the_engine_holds_watches_the_new_symbol() -> None:
    pair = Pair(SPY, META)
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95)
    pair.rename("META")
    (stop,) = pair.desk.book.state.open_orders(ALPHA, META.symbol)
    pair.quote("94.90", "94.91")  # of the old one: nobody is in it any more
    assert stop.state is OrderState.NEW
    pair.quote("95.01", "95.02", META)
    assert stop.state is OrderState.NEW
    pair.quote("94.90", "94.91", META)
    assert pair.desk.held("META") == 0
    pair.check()


def test_a_symbol_that_is_not_listed_is_told_of_and_nothing_is_moved(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95)
    pair.give(i.VenueRenamed("x", ALPHA, SPY.symbol, Symbol("GONE"), at=pair.desk.now))
    assert heard(pair) == ["SYMBOL_UNKNOWN"]
    assert pair.desk.held() == 10


def test_two_positions_are_not_made_one(pair: Pair) -> None:
    pair.quote("100.00", "100.01", META)
    pair.enter("s-1", quantity=10, stop=95)
    pair.enter("s-2", instrument="META", quantity=5, stop=95)
    pair.give(i.VenueRenamed("x", ALPHA, SPY.symbol, META.symbol, at=pair.desk.now))
    assert heard(pair) == ["SYMBOL_TAKEN"]
    assert (pair.desk.held("SPY"), pair.desk.held("META")) == (Decimal(10), Decimal(5))


# -- contracts that expire --


@pytest.mark.parametrize(("direction", "stop", "gained"), [("LONG", 4990, "237.50"), ("SHORT", 5010, "-250")])
def test_what_is_held_at_expiry_is_settled_at_the_last_price(
    pair: Pair, direction: str, stop: int, gained: str
) -> None:
    pair.enter(instrument="ESZ26", direction=Direction(direction), quantity=1, stop=stop)
    assert pair.desk.held("ESZ26") != 0
    pair.quote("5005", "5005.25", ESZ)
    pair.wait(600)
    assert pair.desk.held("ESZ26") == 0
    assert pair.open() == []
    pair.check()
    (closed,) = (event for event in pair.desk.events if isinstance(event, e.PositionClosed))
    assert (closed.exit_reason, closed.order, closed.gained) == ("settlement", None, nano(gained))
    assert heard(pair) == []
    settled = [event for event in pair.desk.events if isinstance(event, ContractSettled)]
    pair.hear(list(pair.exchange.changes(ALPHA)))
    assert [event for event in pair.desk.events if isinstance(event, ContractSettled)] == settled


def test_orders_end_with_their_contract(pair: Pair) -> None:
    pair.enter(instrument="ESZ26", limit=4900, quantity=1, stop=4890)
    pair.wait(600)
    assert pair.open() == []
    pair.check()


def test_a_stop_that_the_engine_holds_ends_with_its_contract() -> None:
    pair = Pair(ESZ)
    pair.give(i.AccountDeclared(account(capabilities=ENGINE_HELD), at=pair.desk.now))
    pair.quote("5000", "5000.25", ESZ)
    pair.enter(instrument="ESZ26", quantity=1, stop=4990)
    pair.wait(600)
    assert pair.desk.held("ESZ26") == 0
    assert not any(
        order.request.role is Role.STOP for order in pair.desk.book.state.open_orders(ALPHA, ESZ.symbol)
    )
    pair.check()


def test_an_order_for_an_expired_contract_is_refused_by_the_exchange(pair: Pair) -> None:
    pair.wait(600)
    pair.enter(instrument="ESZ26", quantity=1, stop=4990)
    judged = [event for event in pair.desk.events if isinstance(event, e.SignalJudged)]
    assert judged[-1].outcome is Outcome.REFUSED


def test_a_settlement_of_another_quantity_is_told_of(pair: Pair) -> None:
    pair.enter(instrument="ESZ26", quantity=2, stop=4990)
    settled = i.VenueSettled("x", ALPHA, ESZ.symbol, nano(1), nano(5000), at=pair.desk.now)
    pair.give(settled)
    assert heard(pair) == ["SETTLEMENT_DIFFERS"]
    assert pair.desk.held("ESZ26") == 0


# -- signals of before it --


@pytest.mark.parametrize(
    "action",
    [
        Split(SPY.symbol, Instant(NOON + MINUTE), 1, 10),
        SymbolChange(SPY.symbol, Instant(NOON + MINUTE), META.symbol),
    ],
)
@pytest.mark.parametrize("kind", [SignalKind.ENTRY, SignalKind.STOP_ADJUSTMENT])
def test_a_signal_of_before_it_is_refused_for_its_figures_mean_something_else(
    pair: Pair, action: Action, kind: SignalKind
) -> None:
    pair.enter(quantity=10, stop=95)
    wanted = signal("late", at=Instant(action.at - 1), kind=kind, direction=Direction.LONG, stop=96)
    pair.desk.now = action.at
    pair.give(i.ActionTaken(action, at=action.at))
    pair.give(i.ActionTaken(action, at=action.at))
    assert sum(isinstance(event, InstrumentChanged) for event in pair.desk.events) == 1
    pair.give(i.SignalArrived(wanted, *pair.desk.book.quote(SPY.symbol), at=pair.desk.now))
    judged = [event for event in pair.desk.events if isinstance(event, e.SignalJudged)][-1]
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, Code.INSTRUMENT_CHANGED)


def test_an_exit_of_before_it_still_closes(pair: Pair) -> None:
    pair.enter(quantity=10, stop=95)
    wanted = signal("out", at=pair.desk.now, kind=SignalKind.EXIT, direction=None)
    pair.wait(1)
    pair.split(4)
    pair.quote("25.00", "25.01")
    pair.give(i.SignalArrived(wanted, *pair.desk.book.quote(SPY.symbol), at=pair.desk.now))
    assert pair.desk.held() == 0


def test_what_waited_for_the_open_is_refused_when_the_shares_were_split_meanwhile() -> None:
    spy = msgspec.structs.replace(SPY, calendar="XNYS")
    pair = Pair(spy)
    pair.give(i.AccountDeclared(account(queue_when_closed=True), at=pair.desk.now))
    pair.quote("100.00", "100.01", spy)
    pair.desk.phase(Phase.CLOSED, opens_in=60)
    pair.enter(quantity=10, stop=95)
    pair.wait(1)
    pair.split(1, 10, spy)
    pair.wait(60 * 60)
    pair.desk.phase(Phase.OPEN, opens_in=24 * 60, closes_in=390)
    pair.quote("1000.00", "1000.10", spy)
    (bid, ask) = pair.desk.book.quote(SPY.symbol)
    assert bid is not None
    assert ask is not None
    pair.give(i.OpenReached(SPY.symbol, bid, ask, at=pair.desk.now))
    judged = [event for event in pair.desk.events if isinstance(event, e.SignalJudged)][-1]
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, Code.INSTRUMENT_CHANGED)
    assert pair.desk.held() == 0
