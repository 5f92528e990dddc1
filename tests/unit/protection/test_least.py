"""Parts that are too small to be traded go with others."""

from decimal import Decimal

import pytest

from kedge.protection.least import large_enough
from kedge.protection.targets import Target

D = Decimal
CASES: dict[str, tuple[str, str, str]] = {
    "all are large enough": ("5 5", "10", "5 5"),
    "and leave enough": ("3 3", "10", "3 3"),
    "the first goes with the second": ("1 5 4", "10", "_ 6 4"),
    "two go with the third": ("1 0.5 8.5", "10", "_ _ 10"),
    "the last goes with the one before": ("5 4 1", "10", "5 5 _"),
    "what would be left goes with the last": ("5 4", "10", "5 5"),
    "the last goes with the one before, and what is left stays": ("5 1", "10", "6 _"),
    "the last, and what would be left": ("5 3 1", "10", "5 5 _"),
    "one for all, where none is large enough": ("1 1", "2", "_ 2"),
    "none": ("", "10", ""),
}


@pytest.mark.parametrize(("parts", "quantity", "expected"), CASES.values(), ids=CASES)
def test_what_is_less_than_two_goes_with_another(parts: str, quantity: str, expected: str) -> None:
    targets = [Target(D(place), D(part)) for place, part in enumerate(parts.split())]
    wanted = [Target(D(place), D(part)) for place, part in enumerate(expected.split()) if part != "_"]
    assert large_enough(targets, D(quantity), lambda part: part < 2) == wanted
