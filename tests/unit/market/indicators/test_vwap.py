"""VWAP: what was paid for each unit, session by session."""

from kedge.domain.instants import Instant
from kedge.market.indicators.vwap import Vwap, typical_price

MONDAY, TUESDAY = Instant(0), Instant(1)


def test_it_weighs_prices_by_volume() -> None:
    vwap = Vwap()
    assert [vwap.update(MONDAY, price, volume) for price, volume in [(10.0, 1.0), (20.0, 3.0)]] == [
        10.0,
        17.5,
    ]


def test_a_new_session_begins_from_nothing() -> None:
    vwap = Vwap()
    vwap.update(MONDAY, 10.0, 100.0)
    assert vwap.update(TUESDAY, 20.0, 0.0) is None
    assert vwap.update(TUESDAY, 30.0, 1.0) == 30.0


def test_without_volume_it_stays_what_it_was() -> None:
    vwap = Vwap()
    vwap.update(MONDAY, 10.0, 1.0)
    assert vwap.update(MONDAY, 99.0, 0.0) == 10.0


def test_a_bar_stands_at_its_typical_price() -> None:
    assert typical_price(12.0, 6.0, 9.0) == 9.0
