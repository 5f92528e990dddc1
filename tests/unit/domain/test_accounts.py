"""Account terms: no number may switch a check off by being no number."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ENGINE_HELD, account

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, VenueName

D = Decimal
_GOOD: dict[str, Any] = {"id": AccountId("a"), "venue": VenueName("v"), "cash": D(1)}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"cash": D("NaN")}, "account a: cash must be a number of 0 or more, not NaN"),
        ({"cash": D(-1)}, "account a: cash must be a number of 0 or more, not -1"),
        ({"cash": D("Infinity")}, "account a: cash must be a number of 0 or more, not Infinity"),
        ({"cash": D("1E-10")}, "account a: cash 1E-10 is too large or finer than a billionth"),
        (
            {"max_position_size": D("NaN")},
            "account a: max_position_size must be a number of 0 or more, not NaN",
        ),
        (
            {"max_position_size": D("1E+16")},
            "account a: max_position_size 1E+16 is too large or finer than a billionth",
        ),
        ({"quantity": D("NaN")}, "account a: quantity must be a number of 0 or more, not NaN"),
        ({"quantity": D(0)}, "account a: quantity must be above 0"),
        ({"quantity": D(-5)}, "account a: quantity must be a number of 0 or more, not -5"),
        ({"stop_percent": D("sNaN")}, "account a: stop_percent must be a number of 0 or more, not sNaN"),
        ({"stop_percent": D(100)}, "account a: stop_percent must be below 100, not 100"),
        ({"order_timeout": 0}, "account a: order_timeout and signal_ttl must be above 0"),
        ({"signal_ttl": -1}, "account a: order_timeout and signal_ttl must be above 0"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        AccountTerms(**(_GOOD | fields))
    assert str(caught.value) == complaint


def test_terms_come_back_the_same_with_all_that_the_venue_can_do() -> None:
    terms = account(capabilities=ENGINE_HELD)
    assert msgspec.json.decode(msgspec.json.encode(terms), type=AccountTerms) == terms
