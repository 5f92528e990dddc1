"""When contracts end: dates written by hand, from what the exchanges published."""

from datetime import date

import pytest
from msgspec.structs import replace
from tests.unit.sessions.instants import BERLIN, CHICAGO, local, utc

from kedge.sessions.calendar import Calendar
from kedge.sessions.contracts.chain import Chain
from kedge.sessions.contracts.contract import Contract, parse_contract
from kedge.sessions.contracts.expiry import expiry_by_rule
from kedge.sessions.contracts.products import PRODUCTS, Ending, Product
from kedge.sessions.markets import MARKETS
from kedge.sessions.zones import minute_of

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("symbol", "last", "notice"),
    [
        pytest.param("ESZ26", "2026-12-18 08:30", None, id="index, third Friday"),
        pytest.param("ESM26", "2026-06-18 08:30", None, id="index, third Friday is Juneteenth"),
        pytest.param("MNQH27", "2027-03-19 08:30", None, id="a micro ends with its big one"),
        pytest.param("RTYU25", "2025-09-19 08:30", None, id="small companies"),
        pytest.param("ZNZ25", "2025-12-19 12:01", "2025-11-28", id="notes"),
        pytest.param("ZBH26", "2026-03-20 12:01", "2026-02-27", id="bonds"),
        pytest.param("ZFZ25", "2025-12-31 12:01", "2025-11-28", id="five years, last day"),
        pytest.param("CLF26", "2025-12-19 13:30", None, id="oil, the 25th is Christmas"),
        pytest.param("CLG26", "2026-01-20 13:30", None, id="oil, the 25th is a Sunday"),
        pytest.param("CLK20", "2020-04-21 13:30", None, id="oil, April 2020"),
        pytest.param("CLZ26", "2026-11-20 13:30", None, id="oil, an ordinary month"),
        pytest.param("NGF26", "2025-12-29 13:30", None, id="gas"),
        pytest.param("GCZ25", "2025-12-29 12:30", "2025-11-28", id="gold"),
        pytest.param("GCQ26", "2026-08-27 12:30", "2026-07-31", id="gold in summer"),
        pytest.param("SIH26", "2026-03-27 12:25", "2026-02-27", id="silver"),
        pytest.param("HGN26", "2026-07-29 12:00", "2026-06-30", id="copper"),
        pytest.param("6EZ25", "2025-12-15 09:16", None, id="the euro"),
        pytest.param("6JM26", "2026-06-15 09:16", None, id="the yen"),
    ],
)
def test_contracts_end_in_chicago(symbol: str, last: str, notice: str | None) -> None:
    contract = parse_contract(symbol, TODAY)
    expiry = Chain(contract.root).expiry(contract)
    assert expiry.at == local(last, CHICAGO)
    assert str(expiry.day) == last[:10]
    assert expiry.first_notice == (date.fromisoformat(notice) if notice else None)
    assert expiry.deadline == (expiry.first_notice or expiry.day)


@pytest.mark.parametrize(
    ("symbol", "last"),
    [
        pytest.param("FESXZ25", "2025-12-19 12:00", id="EURO STOXX 50"),
        pytest.param("FESXH06", "2006-03-17 12:00", id="EURO STOXX 50 in 2006"),
        pytest.param("FESXH08", "2008-03-20 12:00", id="the third Friday is Good Friday"),
        pytest.param("FDAXM26", "2026-06-19 13:00", id="DAX, whatever America celebrates"),
        pytest.param("FDXSH26", "2026-03-20 13:00", id="the smallest DAX"),
    ],
)
def test_contracts_end_in_frankfurt(symbol: str, last: str) -> None:
    contract = parse_contract(symbol, TODAY)
    assert Chain(contract.root).expiry(contract).at == local(last, BERLIN)


def test_a_contract_whose_last_day_is_a_short_one_ends_with_the_session() -> None:
    short = Calendar(replace(MARKETS["CME_ENERGY"], special={"17:00-12:00": ("2026 11-20",)}))
    expiry = expiry_by_rule(Contract("CL", 2026, 12), PRODUCTS["CL"], short)
    assert expiry.at == local("2026-11-20 12:00", CHICAGO)


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=lambda product: product.root)
def test_every_product_has_all_that_it_needs(product: Product) -> None:
    assert product.calendar in MARKETS
    assert 0 < minute_of(product.time) < 1440
    chain = Chain(product.root)
    for contract in chain.upcoming(utc("2026-11-25 15:00"), 4):
        expiry = chain.expiry(contract)
        assert expiry.day in chain.calendar.trading_days(expiry.day, expiry.day)
        assert (expiry.day.year, expiry.day.month) <= (contract.year, contract.month)
        if expiry.first_notice is not None:
            assert expiry.first_notice < expiry.day


def test_every_ending_is_used_by_a_product() -> None:
    assert {product.ending for product in PRODUCTS.values()} == set(Ending)
