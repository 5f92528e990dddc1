"""Lengths of bars: what is written is what is meant, and there is one shortest way to write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.market.length import LONGEST, parse_length, show_length


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("30s", 30 * SECOND, "30s"),
        ("90s", 90 * SECOND, "90s"),
        ("300s", 5 * MINUTE, "5m"),
        ("60m", 60 * MINUTE, "1h"),
        ("24h", LONGEST, "1d"),
    ],
)
def test_what_is_written_is_meant(text: str, length: Span, shown: str) -> None:
    assert parse_length(text) == length
    assert show_length(length) == shown


@given(st.integers(1, LONGEST // SECOND))
def test_what_is_shown_can_be_read_again(seconds: int) -> None:
    length = Span(seconds * SECOND)
    assert parse_length(show_length(length)) == length


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "5M", "-5m", "5.5m", "5m5s", "0s", "2d", "86401s", "５m"]
)
def test_what_is_no_length_of_a_bar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse_length(text)
