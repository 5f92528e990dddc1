"""Bad days in virtual time: a small dose in every run, many seeds with `-m torture`."""

import pytest

from kedge.torture.campaign import PROFILES, rehearse

DOSE = 6
TICKS = 300

# The faults, whether the venue takes brackets, whether the accounts share one there.
KINDS = [
    (name, *how) for name in PROFILES for how in ((True, False), (False, False), (True, True), (False, True))
]


@pytest.mark.parametrize(("profile", "bracket", "shared"), KINDS)
def test_a_bad_day_breaks_no_promise(profile: str, bracket: bool, shared: bool) -> None:
    for seed in range(DOSE):
        report = rehearse(seed, PROFILES[profile], bracket=bracket, shared=shared, ticks=TICKS)
        assert report.findings == [], f"seed {seed}"


def test_a_bad_day_is_a_day_on_which_things_happen() -> None:
    report = rehearse(1, PROFILES["everything"], bracket=True)
    assert min(report.signals, report.trades, report.crashes, *report.faults.values()) > 0
    assert len(report.faults) == 6  # each kind of fault of the network


@pytest.mark.torture
@pytest.mark.parametrize(("profile", "bracket", "shared"), KINDS)
def test_many_bad_days_break_no_promise(profile: str, bracket: bool, shared: bool) -> None:
    for seed in range(1_000, 1_040):
        report = rehearse(seed, PROFILES[profile], bracket=bracket, shared=shared)
        assert report.findings == [], f"seed {seed}"
