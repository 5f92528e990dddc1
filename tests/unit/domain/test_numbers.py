"""Exact numbers: what is taken, what is refused, and that the thread's own decimal context never matters."""

import threading
from collections.abc import Iterator
from decimal import ROUND_UP, Decimal, Inexact, getcontext, localcontext, setcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.numbers import (
    EXACT,
    LARGEST,
    InexactNumberError,
    Nano,
    down_to,
    from_nano,
    is_representable,
    money,
    on_grid,
    parse_decimal,
    plain,
    share,
    show_figure,
    to_nano,
    up_to,
    use_exact_arithmetic,
)

D = Decimal
FINE = "1." + "0" * 70 + "1"  # finer than the sixty digits of the exact context


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    before = getcontext()
    use_exact_arithmetic()
    yield
    setcontext(before)


@pytest.mark.parametrize(
    ("text", "billionths"),
    [
        ("0", 0),
        ("-0", 0),
        ("1", 10**9),
        ("0.000000001", 1),
        ("-0.000000001", -1),
        ("1.50", 1_500_000_000),
        ("1E+3", 10**12),
        ("1E-9", 1),
        ("123456789012345.123456789", 123456789012345123456789),
        ("9223372036.854775808", 2**63),
    ],
)
def test_a_number_of_nine_decimals_is_held_exactly(text: str, billionths: int) -> None:
    assert to_nano(D(text)) == billionths
    assert from_nano(Nano(billionths)) == D(text)


@pytest.mark.parametrize(
    "text", ["0.0000000001", "1.0000000005", "1E-10", "1E-999999", "-0.1234567891", FINE]
)
def test_a_tenth_decimal_is_refused_not_rounded(text: str) -> None:
    with pytest.raises(InexactNumberError, match="has more than nine decimals"):
        to_nano(D(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.25", "1.25"), ("-3", "-3"), ("1e3", "1000"), ("+7", "7"), (".5", "0.5"), ("5.", "5")],
)
def test_text_that_is_a_number(text: str, number: str) -> None:
    assert parse_decimal(text) == D(number)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'' is not a number"),
        ("abc", "'abc' is not a number"),
        ("1,5", "'1,5' is not a number"),
        ("0x10", "'0x10' is not a number"),
        ("1 000", "'1 000' is not a number"),
        (" 2 ", "' 2 ' is not a number"),
        ("1_000", "'1_000' is not a number"),
        ("--1", "'--1' is not a number"),
        ("NaN", "'NaN' is not a finite number"),
        ("-nan", "'-nan' is not a finite number"),
        ("sNaN", "'sNaN' is not a"),
        ("Infinity", "'Infinity' is not a finite number"),
        ("-inf", "'-inf' is not a finite number"),
        ("\x00", "is not a number"),
    ],
)
def test_text_that_is_no_number_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_decimal(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0E+5", "0"),
        ("0.00", "0"),
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("1E-9", "0.000000001"),
        ("-2.50", "-2.5"),
        ("10.00", "10"),
    ],
)
def test_each_value_has_one_spelling(text: str, shown: str) -> None:
    assert plain(D(text)) == shown


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("0", True),
        ("1E-9", True),
        ("1E-10", False),
        (str(LARGEST), True),
        (str(-LARGEST), True),
        (str(LARGEST + 1), False),
        ("NaN", False),
        ("Infinity", False),
        ("1E+999999", False),
        (FINE, False),
    ],
)
def test_what_billionths_can_hold(text: str, held: bool) -> None:
    assert is_representable(D(text)) is held
    getcontext().prec = 5
    assert is_representable(D(text)) is held


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.0000000005", "0"),  # half goes to even ...
        ("0.0000000015", "0.000000002"),
        ("0.0000000025", "0.000000002"),
        ("-0.0000000015", "-0.000000002"),
        ("0.33333333333", "0.333333333"),
    ],
)
def test_money_is_rounded_half_even_to_a_billionth(amount: str, rounded: str) -> None:
    assert money(D(amount)) == D(rounded)


def test_a_share_of_everything_is_everything() -> None:
    assert share(D("10"), D(3), D(3)) == D("10")
    assert share(D("10"), D(1), D(3)) == D("3.333333333")


@pytest.mark.parametrize(
    ("number", "step", "down", "up"),
    [
        ("100.10", "0.25", "100", "100.25"),
        ("100.25", "0.25", "100.25", "100.25"),
        ("-100.10", "0.25", "-100.25", "-100"),
        ("7", "3", "6", "9"),
        ("0.1", "0.01", "0.1", "0.1"),
        ("0", "5", "0", "0"),
        ("1E-9", "1", "0", "1"),
    ],
)
def test_rounding_to_a_grid(number: str, step: str, down: str, up: str) -> None:
    assert down_to(D(number), D(step)) == D(down)
    assert up_to(D(number), D(step)) == D(up)
    assert on_grid(D(number), D(step)) is (D(down) == D(number))


@pytest.mark.parametrize(
    ("figure", "shown"), [("none", "none"), (1_500_000_000, "1.5"), (0, "0"), (-1, "-0.000000001")]
)
def test_a_figure_as_people_read_it(figure: str | int, shown: str) -> None:
    assert show_figure(figure) == shown


@given(st.integers(min_value=-(10**24), max_value=10**24))
def test_every_count_of_billionths_comes_back(billionths: int) -> None:
    use_exact_arithmetic()
    assert to_nano(from_nano(Nano(billionths))) == billionths
    assert parse_decimal(plain(from_nano(Nano(billionths)))) == from_nano(Nano(billionths))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15))
def test_every_number_of_nine_decimals_comes_back_in_one_spelling(number: Decimal) -> None:
    use_exact_arithmetic()
    assert from_nano(to_nano(number)) == number
    assert plain(number) == plain(from_nano(to_nano(number)))
    assert D(plain(number)) == number


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.sampled_from(["0.01", "0.25", "1", "3", "0.0001", "12.5"]),
)
def test_the_grid_encloses_the_number(number: Decimal, step: str) -> None:
    use_exact_arithmetic()
    low, high = down_to(number, D(step)), up_to(number, D(step))
    assert low <= number <= high
    assert high - low in (0, D(step))
    assert on_grid(low, D(step))
    assert on_grid(high, D(step))


# --- the context ---


def test_a_careless_context_is_replaced() -> None:
    getcontext().prec = 5
    getcontext().rounding = ROUND_UP
    getcontext().traps[Inexact] = True
    use_exact_arithmetic()
    assert D(1) / 3 == D("0." + "3" * 60)
    assert to_nano(D("123456789.123456789")) == 123456789123456789


def test_who_changes_the_thread_s_context_does_not_change_the_exact_one() -> None:
    use_exact_arithmetic()
    getcontext().prec = 5  # a strategy or a notebook in the same thread
    assert EXACT.prec == 60
    use_exact_arithmetic()
    assert getcontext().prec == 60


def test_a_conversion_in_a_careless_context_spoils_it_for_nobody() -> None:
    """Conversions are remembered: what somebody else asked for first must not be what the ledger gets later."""
    getcontext().prec = 5
    show_figure(987654321987654321)
    to_nano(D("98765.4321987"))
    use_exact_arithmetic()
    assert from_nano(Nano(987654321987654321)) == D("987654321.987654321")
    assert to_nano(D("98765.4321987")) == 98765432198700


def test_each_thread_gets_exact_arithmetic_of_its_own() -> None:
    results = []

    def work() -> None:
        with localcontext() as context:
            context.prec = 3
            results.append(D("1.2345") + 0)
        use_exact_arithmetic()
        results.append(D("1.2345") + 0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [D("1.23"), D("1.2345")]
