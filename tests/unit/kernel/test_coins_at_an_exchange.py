"""Fees in coins at the simulated exchange: its books and ours agree to the last digit, and so does its ledger."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.builders import ALPHA
from tests.unit.kernel.pair import Pair

from kedge.domain import events as e
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import OrderRequest, OrderType, Side
from kedge.domain.quotes import Quote
from kedge.domain.signals import SignalKind
from kedge.sim.settings import CommissionIn, SimSettings
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.statement import Statement
from kedge.venues.simulated.terms import ExchangeTerms

D = Decimal
BTC = Instrument(Symbol("BTC"), D("0.01"), lot=D("0.001"), asset=AssetClass.CRYPTO)
IN_COINS: dict[str, Any] = {"commission_percent": D("0.1"), "commission_in": CommissionIn.BASE}


def bought(pair: Pair, quantity: str = "0.5", id_: str = "s-1") -> None:
    pair.quote("100.00", "100.01", BTC)
    pair.enter(id_, instrument="BTC", quantity=quantity, stop=95, target=110)


def held(pair: Pair) -> Decimal:
    return pair.desk.held("BTC")


def test_the_fee_of_a_buy_is_taken_off_the_coins_and_that_of_a_sale_off_the_money() -> None:
    pair = Pair(BTC, **IN_COINS)
    bought(pair)
    (_, buy) = pair.trades()[0]
    assert (buy.fee, buy.fee_base) == (0, Nano(500_000))
    assert held(pair) == D("0.4995")
    assert pair.exchange.cash(ALPHA) == D(100_000) - D("50.005")
    pair.check()
    pair.quote("111.00", "111.01", BTC)
    (_, sale) = pair.trades()[-1]
    assert sale.fee_base == 0
    assert sale.fee > 0
    assert held(pair) == 0
    pair.check()


@pytest.mark.parametrize("way", ["stop", "target", "exit"])
def test_what_is_left_of_a_lot_is_dust_on_both_sides_and_nothing_is_left_resting(way: str) -> None:
    pair = Pair(BTC, **IN_COINS)
    bought(pair)
    match way:
        case "stop":
            pair.quote("94.00", "94.01", BTC)
        case "target":
            pair.quote("111.00", "111.01", BTC)
        case _:
            pair.enter("out", kind=SignalKind.EXIT, direction=None, instrument="BTC")
    pair.wait(30)
    assert pair.desk.position("BTC") is None
    assert pair.exchange.positions(ALPHA) == {BTC.symbol: D("0.0005")}
    assert pair.open() == []
    pair.check()
    assert next(event for event in pair.desk.events if isinstance(event, e.Anomaly)).kind == "DUST"
    bought(pair, id_="s-2")
    assert held(pair) == D("0.4995")
    pair.check()


def test_a_fee_of_more_than_was_bought_is_taken_in_money() -> None:
    pair = Pair(BTC, **IN_COINS, commission_minimum=D(60))
    bought(pair)
    (_, buy) = pair.trades()[0]
    assert (buy.fee_base, buy.fee) == (0, Nano(60 * 10**9))
    pair.check()


def test_what_is_no_crypto_pays_in_money() -> None:
    pair = Pair(**IN_COINS)
    pair.quote("100.00", "100.01")
    pair.enter(quantity=10, stop=95, target=110)
    assert {done.fee_base for _, done in pair.trades()} == {0}
    pair.check()


@pytest.mark.parametrize("seed", range(6))
def test_many_trades_later_both_still_agree(seed: int) -> None:
    """Partial fills, stops, targets and exits, one after the other."""
    chance = random.Random(seed)
    pair = Pair(BTC, seed=seed, **IN_COINS, partial_fill_rate=D("0.5"), reject_rate=D("0.1"))
    for number in range(25):
        middle = chance.randrange(9_000, 11_000)
        pair.quote(f"{middle / 100:.2f}", f"{(middle + 1) / 100:.2f}", BTC)
        lots = chance.randrange(1, 900)
        stop, target = D(middle - 300) / 100, D(middle + 300) / 100
        quantity = str(D(lots) / 1000)
        pair.enter(f"s-{number}", instrument="BTC", quantity=quantity, stop=str(stop), target=str(target))
        for _ in range(chance.randrange(4)):
            middle += chance.randrange(-250, 250)
            pair.quote(f"{middle / 100:.2f}", f"{(middle + 1) / 100:.2f}", BTC)
        if chance.random() < 0.5:
            pair.enter(f"x-{number}", kind=SignalKind.EXIT, direction=None, instrument="BTC")
        pair.wait(61)
        pair.check()
    assert any(done.fee_base for _, done in pair.trades())


def test_the_ledger_of_a_paper_venue_adds_up_to_what_the_exchange_has(tmp_path: Path) -> None:
    account = AccountId("alpha")
    terms = ExchangeTerms((BTC,), {account: D(1_000)}, SimSettings(**IN_COINS))
    exchange = Exchange(terms, Instant(1), tmp_path / "ledger")
    exchange.take(Quote(BTC.symbol, Instant(2), Ticks(10_000), Ticks(10_001)))
    buy = OrderRequest(OrderId("o-1"), account, BTC.symbol, Side.BUY, OrderType.MARKET, Nano(333 * 10**6))
    exchange.submit(buy, (), Instant(3))
    exchange.close()
    audited = Statement.of(tmp_path / "ledger").accounts[account]
    assert audited.positions == exchange.positions(account) == {BTC.symbol: D("0.332667")}
    assert audited.cash == exchange.cash(account) == D(1_000) - D("33.30333")
    assert audited.fees == exchange.fees(account)
