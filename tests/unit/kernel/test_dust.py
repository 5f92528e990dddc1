"""Dust, which is too little to be sold: beside a position a venue may sell it, and splits and new symbols change it."""

from decimal import Decimal

from tests.builders import ALPHA, NOON, Desk, account, alarms, execution, names, nano, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.announcements import Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import is_final
from kedge.kernel.state import Dust

D = Decimal
BTC = Instrument(Symbol("BTC"), D("0.01"), lot=D("0.001"), asset=AssetClass.CRYPTO)
XBT = Instrument(Symbol("XBT"), D("0.01"), lot=D("0.001"), asset=AssetClass.CRYPTO)


def dust(desk: Desk, symbol: str = "BTC") -> Dust | None:
    return desk.book.state.dust.get(ALPHA, {}).get(Symbol(symbol))


def bought(desk: Desk, id_: str, price: int = 100) -> list[OrderId]:
    """Half a coin, of which the venue keeps 0.0005 as its fee."""
    orders = desk.enter(id_, instrument="BTC", quantity="0.5")
    desk.fill(orders[0], "0.5", price, fee_base="0.0005")
    return orders


def with_dust() -> Desk:
    """Flat, and 0.0005 are left that cost 0.05."""
    desk = Desk(account(quantity=1, capabilities=Capabilities()), (BTC, XBT))
    orders = bought(desk, "s-1")
    desk.fill(orders[2], "0.499", 110)
    for id_ in orders:
        if not is_final(desk.state(id_)):
            desk.cancelled(id_)
    assert dust(desk) == Dust(D("0.0005"), D("0.05"))
    return desk


# --- beside a position ---


def test_a_stop_that_the_venue_lets_sell_the_dust_as_well_turns_nothing_over() -> None:
    """Reduce-only there counts all that is held: 0.4995 and 0.0005 are half a coin."""
    desk = with_dust()
    _, stop, _ = bought(desk, "s-2")
    events = desk.fill(stop, "0.5", 95)
    assert alarms(events) == []
    assert names(events)[:3] == ["OrderFilled", "DustTaken", "PositionClosed"]
    assert (desk.position("BTC"), dust(desk)) == (None, None)
    (trade,) = (event for event in events if isinstance(event, e.PositionClosed))
    assert (trade.quantity, trade.entry_price, trade.exit_price) == (nano("0.5"), nano(100), nano(95))
    money = desk.book.state.accounts[ALPHA]
    assert money.cash == D(100_000) - 50 + D("0.499") * 110 - 50 + D("47.5")
    assert money.realised - money.fees == money.cash - D(100_000)
    desk.check()


def test_what_is_left_of_both_is_dust_again_with_its_share_of_the_cost() -> None:
    desk = with_dust()
    _, _, target = desk.enter("s-2", instrument="BTC", quantity="0.5")
    entry = desk.order(target).request.parent
    assert entry is not None
    desk.fill(entry, "0.5", 100, fee_base="0.0007")
    assert desk.held("BTC") == D("0.4993")
    events = desk.fill(target, "0.4995", 110)
    assert alarms(events) == ["DUST"]
    assert dust(desk) == Dust(D("0.0003"), D("0.03"))
    assert desk.book.state.holdings(ALPHA) == {Symbol("BTC"): D("0.0003")}
    desk.check()


def test_what_is_sold_beyond_the_dust_has_turned_the_position_over() -> None:
    desk = with_dust()
    _, stop, _ = bought(desk, "s-2")
    events = desk.fill(stop, "0.501", 95)
    assert "POSITION_TURNED" in alarms(events)
    assert (desk.held("BTC"), dust(desk)) == (D("-0.001"), None)


def test_what_is_sold_of_the_position_alone_leaves_the_dust() -> None:
    desk = with_dust()
    _, stop, _ = bought(desk, "s-2")
    desk.fill(stop, "0.4", 95)
    assert dust(desk) == Dust(D("0.0005"), D("0.05"))


def test_a_sale_of_dust_is_told_again_with_another_price() -> None:
    desk = with_dust()
    _, stop, _ = bought(desk, "s-2")
    desk.fill(stop, "0.5", 95, "out")
    desk.give(i.VenueCorrected(stop, "out", execution("out", "0.5", 96), at=desk.now))
    assert "AMENDMENT_UNSETTLED" not in alarms(desk.events)
    assert desk.cash() == D(100_000) - 50 + D("0.499") * 110 - 50 + 48
    desk.check_record()


def test_where_less_was_bought_it_is_not_guessed_what_would_have_been_sold() -> None:
    desk = with_dust()
    entry, stop, _ = bought(desk, "s-2")
    desk.fill(stop, "0.5", 95)
    bought_by = next(iter(desk.order(entry).executions))
    less = execution(bought_by, "0.4", 100)
    events = desk.give(i.VenueCorrected(entry, bought_by, less, at=desk.now))
    assert "AMENDMENT_UNSETTLED" in alarms(events)


def test_nothing_is_lost_of_what_was_bought() -> None:
    desk = with_dust()
    _, stop, _ = bought(desk, "s-2", 105)
    desk.fill(stop, "0.5", 95)
    account_ = desk.book.state.accounts[ALPHA]
    assert account_.realised - account_.fees == account_.cash - D(100_000)


def left_over() -> tuple[Desk, OrderId]:
    """Two round trips have left a whole lot as dust, and a stop of the second one is still at the venue."""
    desk = with_dust()
    _, stop, target = bought(desk, "s-2")
    desk.fill(target, "0.499", 110)
    assert dust(desk) == Dust(D("0.001"), D("0.1"))
    return desk, stop


def test_what_is_left_over_at_the_venue_may_sell_dust_where_nothing_is_open() -> None:
    desk, stop = left_over()
    before, account_ = desk.cash(), desk.book.state.accounts[ALPHA]
    gained = account_.realised
    events = desk.fill(stop, "0.001", 95)
    assert alarms(events) == []
    assert names(events)[:2] == ["OrderFilled", "DustSold"]
    assert (desk.position("BTC"), dust(desk)) == (None, None)
    assert (desk.cash() - before, account_.realised - gained) == (D("0.095"), D("-0.005"))
    desk.check()
    _, orders = desk.send(signal("s-3", at=desk.now, instrument="BTC", quantity=1, stop=95))
    desk.fill(orders[0], 1, 100)
    assert desk.held("BTC") == 1
    desk.check_record()


def test_what_it_sells_beyond_that_has_opened_a_position() -> None:
    desk, stop = left_over()
    assert "POSITION_TURNED" in alarms(desk.fill(stop, "0.002", 95))
    assert desk.held("BTC") == D("-0.002")


def test_a_sale_of_dust_alone_that_is_annulled_calls_a_person() -> None:
    desk, stop = left_over()
    desk.fill(stop, "0.001", 95, "late")
    assert "AMENDMENT_UNSETTLED" in alarms(desk.give(i.VenueBusted(stop, "late", at=desk.now)))


# --- splits and new symbols ---


def split(desk: Desk, quantity: str, paid: str = "0", *, new: int = 2, old: int = 1) -> list[e.Event]:
    return desk.give(
        i.VenueSplit(
            at=desk.now,
            id="change-1",
            account=ALPHA,
            split=Split(BTC.symbol, Instant(NOON), new, old),
            quantity=nano(quantity),
            paid=nano(paid),
        )
    )


def test_a_split_counts_dust_in_new_shares_and_it_keeps_what_it_cost() -> None:
    desk = with_dust()
    events = split(desk, "0.001")
    assert (alarms(events), dust(desk)) == ([], Dust(D("0.001"), D("0.05")))
    desk.check_record()


def test_dust_that_a_split_pays_out_is_gone_and_has_gained_or_lost() -> None:
    desk = with_dust()
    before, gained = desk.cash(), desk.book.state.accounts[ALPHA].realised
    events = split(desk, "0", "0.04", new=1, old=2)
    assert (alarms(events), dust(desk)) == ([], None)
    assert desk.cash() == before + D("0.04")
    assert desk.book.state.accounts[ALPHA].realised == gained - D("0.01")
    desk.check_record()


def test_a_split_of_a_position_with_dust_beside_it_is_divided_between_both() -> None:
    desk = with_dust()
    bought(desk, "s-2")
    events = split(desk, "1")
    assert alarms(events) == []
    assert (desk.held("BTC"), dust(desk)) == (D("0.999"), Dust(D("0.001"), D("0.05")))
    desk.check_record()


def test_the_rest_that_no_whole_lot_is_made_of_is_paid_to_both() -> None:
    desk = with_dust()
    bought(desk, "s-2")
    before = desk.cash()
    events = split(desk, "0.166", "0.04", new=1, old=3)  # 0.1665 and 0.000166666…
    assert alarms(events) == []
    assert desk.book.state.holdings(ALPHA)[Symbol("BTC")] == D("0.166")
    assert desk.cash() == before + D("0.04")
    assert dust(desk) is None
    desk.check_record()


def test_dust_goes_by_the_new_symbol() -> None:
    desk = with_dust()
    renamed = i.VenueRenamed(
        at=desk.now, id="change-1", account=ALPHA, instrument=BTC.symbol, new_symbol=XBT.symbol
    )
    desk.give(renamed)
    assert (dust(desk), dust(desk, "XBT")) == (None, Dust(D("0.0005"), D("0.05")))
    desk.check_record()
