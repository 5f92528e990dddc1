"""Settings are checked where they are made; each fault is named."""

import msgspec
import pytest

from kedge.sim.settings import SimSettings

WRONG = [
    ("slippage_bps", "-1", "slippage_bps must be a Decimal of 0 or more, not Decimal('-1')"),
    ("slippage_bps", "NaN", "slippage_bps must be a Decimal of 0 or more, not Decimal('NaN')"),
    ("slippage_bps", "10000", "slippage_bps must be below 10000, not 10000"),
    ("commission_flat", "-0.01", "commission_flat must be a Decimal of 0 or more, not Decimal('-0.01')"),
    ("commission_per_share", "Infinity", "commission_per_share must be a Decimal of 0 or more"),
    ("commission_percent", "-1", "commission_percent must be a Decimal of 0 or more"),
    ("commission_minimum", "-1", "commission_minimum must be a Decimal of 0 or more"),
    ("partial_fill_rate", "1.1", "partial_fill_rate must lie between 0 and 1, not 1.1"),
    ("reject_rate", "2", "reject_rate must lie between 0 and 1, not 2"),
    ("fill_delay", -1, "fill_delay must be a whole number of 0 or more, not -1"),
    ("spread_ticks", -1, "spread_ticks must be a whole number of 0 or more, not -1"),
]


@pytest.mark.parametrize(
    ("name", "value", "fault"), WRONG, ids=[f"{name} {value}" for name, value, _ in WRONG]
)
def test_a_wrong_value_is_refused_by_name(name: str, value: object, fault: str) -> None:
    with pytest.raises(ValueError, match="sim settings: ") as caught:
        msgspec.convert({name: value}, SimSettings)
    assert f"sim settings: {fault}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slippage_bps", 0.1),
        ("fill_delay", 1.5),
        ("spread_ticks", True),
        ("fill_on", "close"),
        ("same_bar", None),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_the_constructor_too(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"sim settings: {name} must be"):
        SimSettings(**{name: value})  # type: ignore[arg-type]


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="slippage"):
        msgspec.convert({"slippage": "1"}, SimSettings)


def test_settings_survive_being_written() -> None:
    settings = msgspec.convert({"slippage_bps": "1.5", "fill_on": "close", "respect_size": True}, SimSettings)
    assert msgspec.json.decode(msgspec.json.encode(settings), type=SimSettings) == settings
