"""Every key is known in one place: those of the form, and those that are not built yet."""

import re
from pathlib import Path

import pytest
import yaml
from tests.unit.settings.builders import GOOD, faults

from kedge.domain.instruments import Instrument
from kedge.settings.catalogue import IDS, Shape, below, catalogue, find
from kedge.settings.starting import starting_files
from kedge.settings.unbuilt import SECTIONS, UNBUILT

KEYS = list(catalogue().values())
BUILT = [key for key in KEYS if key.is_built]
LATER = [key for key in KEYS if not key.is_built]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_every_key_says_what_it_is(key: object) -> None:
    assert all(getattr(key, part) for part in ("words", "meaning"))


@pytest.mark.parametrize("path", [*UNBUILT, *SECTIONS])
def test_what_is_not_built_hangs_together_and_is_not_in_the_form(path: str) -> None:
    key = catalogue()[path]
    assert not key.is_built, f"{path} is built: take it out of unbuilt"
    above = path.rpartition(".")[0].removesuffix(".*")
    assert not above or above in catalogue()


@pytest.mark.parametrize("key", LATER, ids=lambda key: key.path)
def test_every_key_that_is_not_built_is_refused_by_its_name(key: object, tmp_path: Path) -> None:
    path = key.path  # type: ignore[attr-defined]
    refused = path
    while (
        (above := refused.rpartition(".")[0]) in UNBUILT
        or above in SECTIONS
        or above.endswith("strategies.*")
    ):
        refused = above.removesuffix(".*")
    said = faults(tmp_path, with_key(path))
    name = refused.replace("venues.*", "venues.paper").replace("accounts.*", "accounts.alpha")
    assert [
        fault
        for fault in said
        if f": {name.replace('instruments.*', 'instruments.SPY')}: not built yet" in fault
    ]


def with_key(path: str) -> str:
    """The good settings with one more key."""
    document = yaml.load(GOOD, Loader=yaml.BaseLoader)  # noqa: S506 (texts only)
    place = document
    parts = path.split(".")
    for part in parts[:-1]:
        if part == "*":
            place = place["paper"] if isinstance(place, dict) else place[0]
        else:
            place = place.setdefault(part, [{}] if part in IDS else {})
    place[parts[-1]] = "1"
    return str(yaml.dump(document))


def test_the_keys_of_the_interface_s_example_are_known() -> None:
    example = """
      database_url; venues.*.key secret paper base_url stream_url; accounts.*.id venue cash currency
      one_symbol auto_execute min_signal_strength; accounts.*.sizing.method risk_pct quantity;
      accounts.*.risk.max_positions max_position_pct max_exposure_pct max_open_risk_pct max_position_size
      max_order_value exposure max_daily_orders min_cash max_leverage allow deny;
      accounts.*.filters.max_spread_bps max_slippage_bps max_quote_age_ms window timezone;
      accounts.*.governor.cooldown_losses cooldown_minutes max_entries_per_minute daily_loss_limit;
      accounts.*.governor.trailing_drawdown.amount mode; accounts.*.protection.stop.method value;
      accounts.*.protection.target.method value; accounts.*.protection.partial_targets allow_unprotected;
      accounts.*.protection.trailing.pct after_r; accounts.*.session.calendar premarket afterhours
      queue_when_closed cancel_at_close flatten_before_close_min; accounts.*.orders.timeout_seconds
      retry_attempts retry_delay_seconds slippage_alert_pct; feeds.*.kind instruments quotes_per_second;
      instruments.*.symbol tick lot multiplier asset currency margin calendar; instruments.*.roll.months
      days_before; strategies.*.id account instrument rule range_minutes bar; strategies.*.stop.method;
      strategies.*.target.method value; reconcile.every_seconds auto_sync; api.host port token; notify;
      replay.fill_on same_bar; data_dir"""
    missing = []
    for group in example.split(";"):
        first, *rest = group.split()
        above = first.rpartition(".")[0]
        paths = [first, *(f"{above}.{name}" for name in rest)]
        missing += [path for path in paths if path not in catalogue()]
    assert missing == []


def test_what_lies_below_a_section() -> None:
    assert {"stop", "target", "trailing", "allow_unprotected"} <= below("accounts.*.protection").keys()
    assert "value" not in below("accounts.*.protection")
    assert find("reconcile.colour") == catalogue()["reconcile"], "what is not built is not looked into"
    assert find("accounts.*.filters.colour") is None
    assert find("accounts.*.colour") is None
    assert find("colour") is None


def test_every_field_of_an_instrument_is_a_key() -> None:
    told_of_contracts = {"root", "entries_until", "expires"}  # worked out from `roll`
    assert set(Instrument.__struct_fields__) - told_of_contracts <= below("instruments.*").keys()


# -- what `kedge init` writes --


def test_the_starting_file_names_every_key_that_is_built() -> None:
    text = starting_files()["kedge.yaml"]
    missing = [key.path for key in BUILT if not re.search(rf"\b{key.name}:", text)]
    assert missing == []


def test_the_starting_file_names_defaults_where_it_leaves_a_key_out() -> None:
    commented = re.findall(r"^ *# ([a-z_]+): (\S+)", starting_files()["kedge.yaml"], re.MULTILINE)
    assert commented
    sections = (
        "venues.",
        "instruments.",
        "accounts.*.session",
        "accounts.*.protection",
        "accounts.*.orders",
        "accounts.*.governor",
        "accounts.*.filters",
        "accounts.*.risk",
        "accounts.*.sizing",
        "accounts.*.auto_execute",
        "accounts.*.approve_within_seconds",
        "accounts.*.min_signal_strength",
        "accounts.*.strategies",
        "accounts.*.reduce_on_anomaly",
        "accounts.*.venue_account",
        "accounts.*.owner",
        "accounts.*.prop_profile",
    )
    defaults = {(key.name, key.default) for key in BUILT if key.path.startswith(sections)}
    assert [pair for pair in commented if pair not in defaults] == []


def test_the_starting_files_are_in_order_as_they_are(tmp_path: Path) -> None:
    files = starting_files()
    assert faults(tmp_path, files["kedge.yaml"]) == []
    assert faults(tmp_path, files["kedge.yaml"], dotenv=files[".env.example"]) == []
    uncommented = re.sub(r"^# (KEDGE_\S+=)", r"\1", files[".env.example"], flags=re.MULTILINE)
    assert uncommented != files[".env.example"]
    assert faults(tmp_path, files["kedge.yaml"], dotenv=uncommented) == []


def test_shapes() -> None:
    shapes = {
        path: catalogue()[path].shape
        for path in ("venues", "accounts", "data_dir", "api", "feeds.*.instruments")
    }
    assert list(shapes.values()) == [Shape.NAMED, Shape.ENTRIES, Shape.VALUE, Shape.SECTION, Shape.LIST]
