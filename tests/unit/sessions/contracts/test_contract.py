"""Symbols of contracts: read and written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.sessions.contracts.contract import Contract, parse_contract

TODAY = date(2026, 11, 25)
ROOTS = st.sampled_from(["ES", "MES", "M2K", "6E", "FESX", "ZN", "CL", "Z", "H"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ESZ6", Contract("ES", 2026, 12), id="one digit"),
        pytest.param("ESZ26", Contract("ES", 2026, 12), id="two digits"),
        pytest.param("ESZ2026", Contract("ES", 2026, 12), id="four digits"),
        pytest.param("ESU6", Contract("ES", 2026, 9), id="one that has just ended"),
        pytest.param("ESH7", Contract("ES", 2027, 3), id="next year"),
        pytest.param("ESH5", Contract("ES", 2025, 3), id="last year"),
        pytest.param("CLF4", Contract("CL", 2034, 1), id="eight years ahead"),
        pytest.param("6EM7", Contract("6E", 2027, 6), id="a root that begins with a digit"),
        pytest.param("M2KH27", Contract("M2K", 2027, 3), id="a root with a digit and a letter of a month"),
        pytest.param("ZNZ9", Contract("ZN", 2029, 12), id="a root that begins with a letter of a month"),
        pytest.param("ZZ6", Contract("Z", 2026, 12), id="a root that is a letter of a month"),
        pytest.param("ESZ99", Contract("ES", 2099, 12), id="two digits are of this century"),
        pytest.param("ESZ1999", Contract("ES", 1999, 12), id="four digits are what they are"),
    ],
)
def test_a_symbol_is_read(text: str, expected: Contract) -> None:
    assert parse_contract(text, TODAY) == expected


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2025, 1, 1), 2026),
        (date(2027, 12, 31), 2026),
        (date(2028, 1, 1), 2036),
        (date(2017, 12, 31), 2016),
        (date(2018, 1, 1), 2026),
    ],
)
def test_the_digit_of_the_year_depends_on_the_day_on_which_it_is_read(today: date, year: int) -> None:
    assert parse_contract("ESZ6", today).year == year


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ES",
        "ESZ",
        "Z6",
        "ESA6",
        "ESZ126",
        "ESZ20266",
        "esz6",
        "ES Z6",
        "ESZ6 ",
        "ESZ٦",
        "/ESZ6",
        "ES" * 7 + "Z6",
    ],
)
def test_what_is_no_contract_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a contract such as ESZ6, ESZ26 or ESZ2026") as caught:
        parse_contract(text, TODAY)
    assert repr(text) in str(caught.value)


def test_a_year_without_contracts_is_refused() -> None:
    with pytest.raises(ValueError, match="'ESZ0026' names the year 26"):
        parse_contract("ESZ0026", TODAY)


@given(ROOTS, st.integers(2025, 2034), st.integers(1, 12), st.sampled_from([1, 2, 4]))
def test_what_is_written_is_read_again(root: str, year: int, month: int, digits: int) -> None:
    contract = Contract(root, year, month)
    assert parse_contract(contract.symbol(digits), TODAY) == contract


def test_a_year_of_three_digits_is_not_written() -> None:
    with pytest.raises(ValueError, match="with 1, 2 or 4 digits, not with 3"):
        Contract("ES", 2026, 12).symbol(3)
