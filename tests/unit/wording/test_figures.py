"""Numbers as people read them."""

from decimal import Decimal

import pytest

from kedge.wording import figures


@pytest.mark.parametrize(
    ("amount", "text"),
    [("100000", "100,000.00"), ("-1.005", "-1.00"), ("0.015", "0.02"), ("1234567.899", "1,234,567.90")],
)
def test_money_has_two_decimals(amount: str, text: str) -> None:
    assert figures.money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text", "style"),
    [
        ("138.1795", "+138.18", "green"),
        ("-1.6413795", "-1.64", "red"),
        ("0", "0.00", ""),
        ("0.004", "0.00", ""),
        ("-0.004", "0.00", ""),
        ("-1234.5", "-1,234.50", "red"),
    ],
)
def test_a_result_has_a_sign_and_a_colour_unless_it_is_nothing(amount: str, text: str, style: str) -> None:
    assert figures.gain_cell(Decimal(amount)) == (text, style)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("591.2", "591.20"),
        ("591.369", "591.369"),
        ("0.12345", "0.1234"),
        ("5900", "5900.00"),
        ("1.10000", "1.10"),
    ],
)
def test_a_price_has_two_to_four_decimals(amount: str, text: str) -> None:
    assert figures.price(Decimal(amount)) == text


def test_prices_below_each_other_stand_point_below_point() -> None:
    shown = figures.prices([Decimal("5910.25"), Decimal("591.369"), None, Decimal(7)], absent="market")
    assert shown == ["5910.25 ", " 591.369", "  market", "   7.00 "]


@pytest.mark.parametrize(
    ("amount", "text"), [("-50", "50"), ("1200", "1,200"), ("0.250", "0.25"), ("0", "0")]
)
def test_a_size_is_plain_and_unsigned(amount: str, text: str) -> None:
    assert figures.quantity(Decimal(amount)) == text


def test_what_a_row_does_not_hold_is_empty() -> None:
    assert figures.decimal(None) is None
    assert figures.shown_quantity(None) == ""
    assert figures.shown_multiple(None) == ""
    assert figures.shown_multiple("-0.156") == "-0.16"
