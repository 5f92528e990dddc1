"""Ids: short, unmistakable, and never the same twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ids import ID_LENGTH_MAX, base32, minted, token


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (1, "1"), (31, "z"), (32, "10"), (1023, "zz"), (2**40, "100000000")]
)
def test_a_number_in_base_32(number: int, text: str) -> None:
    assert base32(number) == text


@pytest.mark.parametrize("letter", "ilou")
def test_letters_that_are_misread_are_never_used(letter: str) -> None:
    assert letter not in "".join(base32(number) for number in range(32))


def test_a_token_has_its_length_whatever_the_bits() -> None:
    assert token(0, 8) == "00000000"
    assert token(31, 4) == "000z"
    assert token(2**200 - 1, 8) == "zzzzzzzz"


def test_the_longest_id_that_a_run_of_a_billion_orders_mints_fits_every_broker() -> None:
    longest = minted(token(2**200 - 1, 8), token(2**200 - 1, 4), 10**9)
    assert len(longest) <= ID_LENGTH_MAX
    assert longest == "zzzzzzzz-zzzz-3b9aca00"


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_two_numbers_have_two_names(one: int, other: int) -> None:
    assert (base32(one) == base32(other)) is (one == other)
    assert (minted("j", "n", one) == minted("j", "n", other)) is (one == other)


@given(st.integers(0, 2**64), st.integers(1, 12))
def test_a_token_keeps_the_low_bits(bits: int, length: int) -> None:
    assert len(token(bits, length)) == length
    assert token(bits, length) == token(bits + 32**length, length)
