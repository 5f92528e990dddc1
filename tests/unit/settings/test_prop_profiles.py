"""Profiles of prop firms: data that is in order, laid under an account's own settings."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.settings.builders import GOOD, faults, read_text

from kedge.domain.accounts import AccountTerms
from kedge.domain.governor import Basis, DailyLoss, Drawdown, Ends, Share, Tier, Trail
from kedge.settings.places import Source
from kedge.settings.prop_profiles import profiles

OWN = """\
    cash: 100000
    sizing: {method: fixed, quantity: 10}
    risk: {max_position_size: 1000}
    protection:
      stop: {method: percent, value: 2.0}
    orders: {timeout_seconds: 30}
"""


def with_profile(name: str, *own: str) -> str:
    """The good file, whose first account goes by a profile and says no more than this."""
    assert OWN in GOOD
    lines = "".join(f"    {line}\n" for line in (f"prop_profile: {name}", *own))
    return GOOD.replace(OWN, lines, 1)


def terms(directory: Path, name: str, *own: str) -> AccountTerms:
    return read_text(directory, with_profile(name, *own)).settings.accounts[0]


@pytest.mark.parametrize("name", profiles())
def test_every_profile_makes_an_account_of_its_own_and_says_where_it_is_from(
    name: str, tmp_path: Path
) -> None:
    profile = profiles()[name]
    made = terms(tmp_path, name, "" if "cash" in dict(profile.rules()) else "cash: 100000")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", profile.as_of)
    assert profile.firm
    assert profile.title
    assert len(profile.source) > 20
    assert profile.notes
    assert made.governor.profile == f"{name} of {profile.as_of}"
    assert made.governor.drawdown is not None, "every one of these firms has a loss that ends the account"


@pytest.mark.parametrize(
    ("name", "cash", "loss", "drawdown", "target", "clock"),
    [
        ("topstep-50k", 50_000, None, (2000, Trail.END_OF_DAY, 0), 3000, ("America/Chicago", 17)),
        ("topstep-100k", 100_000, None, (3000, Trail.END_OF_DAY, 0), 6000, ("America/Chicago", 17)),
        ("topstep-150k", 150_000, None, (4500, Trail.END_OF_DAY, 0), 9000, ("America/Chicago", 17)),
        ("apex-eod-25k", 25_000, 500, (1000, Trail.END_OF_DAY, None), 1500, ("America/New_York", 18)),
        ("apex-eod-50k", 50_000, 1000, (2000, Trail.END_OF_DAY, None), 3000, ("America/New_York", 18)),
        ("apex-eod-100k", 100_000, 1500, (3000, Trail.END_OF_DAY, None), 6000, ("America/New_York", 18)),
        ("apex-eod-150k", 150_000, 2000, (4000, Trail.END_OF_DAY, None), 9000, ("America/New_York", 18)),
        ("apex-intraday-25k", 25_000, None, (1000, Trail.INTRADAY, None), 1500, ("America/New_York", 18)),
        ("apex-intraday-50k", 50_000, None, (2000, Trail.INTRADAY, None), 3000, ("America/New_York", 18)),
        ("apex-intraday-100k", 100_000, None, (3000, Trail.INTRADAY, None), 6000, ("America/New_York", 18)),
        ("apex-intraday-150k", 150_000, None, (4000, Trail.INTRADAY, None), 9000, ("America/New_York", 18)),
    ],
)
def test_the_futures_firms_figures(
    name: str,
    cash: int,
    loss: int | None,
    drawdown: tuple[int, Trail, int | None],
    target: int,
    clock: tuple[str, int],
    tmp_path: Path,
) -> None:
    made = terms(tmp_path, name)
    amount, mode, lock = drawdown
    assert made.cash == cash
    assert made.governor.daily_loss == (None if loss is None else DailyLoss(Decimal(loss)))
    assert made.governor.drawdown == Drawdown(
        Decimal(amount), mode=mode, lock_at=None if lock is None else Decimal(lock)
    )
    assert made.governor.profit_target == target
    assert (made.clock.timezone, made.clock.starts // 60) == clock


@pytest.mark.parametrize(
    ("name", "loss", "drawdown", "target"),
    [
        ("ftmo-2-step", (5, Basis.BALANCE), (10, Trail.STATIC), 20_000),
        ("ftmo-2-step-verification", (5, Basis.BALANCE), (10, Trail.STATIC), 10_000),
        ("ftmo-1-step", (3, Basis.BALANCE), (10, Trail.END_OF_DAY), 20_000),
        ("fundednext-stellar-2-step", (5, Basis.HIGHER), (10, Trail.STATIC), 16_000),
        ("blue-guardian-2-step", (4, Basis.HIGHER), (8, Trail.STATIC), None),
        ("the5ers-high-stakes", (5, Basis.HIGHER, Share.DAY), (10, Trail.STATIC), None),
        ("fundingpips-2-step", (5, Basis.HIGHER, Share.DAY), (10, Trail.STATIC), None),
        ("alpha-pro-10", (5, Basis.BALANCE, Share.DAY), (10, Trail.STATIC), None),
    ],
)
def test_the_other_firms_figures_are_shares(
    name: str,
    loss: tuple[int, Basis] | tuple[int, Basis, Share],
    drawdown: tuple[int, Trail],
    target: int | None,
    tmp_path: Path,
) -> None:
    made = terms(tmp_path, name, "cash: 200000").governor
    pct, basis, of = loss if len(loss) == 3 else (*loss, Share.INITIAL)
    assert made.daily_loss == DailyLoss(Decimal(pct), in_pct=True, basis=basis, ends=Ends.PERSON, of=of)
    assert made.drawdown == Drawdown(Decimal(drawdown[0]), in_pct=True, mode=drawdown[1])
    assert made.profit_target == target


def test_what_the_account_says_itself_counts(tmp_path: Path) -> None:
    made = terms(
        tmp_path,
        "topstep-50k",
        "cash: 60000",
        "governor: {trailing_drawdown: {amount: 1500}, tiers: [{profit: -2000, contracts: 2}]}",
        "risk: {max_position_size: 3}",
    )
    assert made.cash == 60_000
    assert made.governor.drawdown == Drawdown(Decimal(1500), mode=Trail.END_OF_DAY, lock_at=Decimal(0))
    assert made.governor.tiers == (Tier(Decimal(-2000), Decimal(2)),)
    assert made.max_position_size == 3
    assert made.governor.profit_target == 3000, "all else is the profile's"


@pytest.mark.parametrize(
    ("own", "loss", "drawdown", "target"),
    [
        ("{daily_loss_limit: 700}", (700, False), (10, True), 10_000),
        ("{trailing_drawdown: {amount: 900}}", (5, True), (900, False), 10_000),
        ("{profit_target: 800}", (5, True), (10, True), 800),
        ("{daily_loss_limit: null, profit_target: null}", (5, True), (10, True), 10_000),
        ("{profit_target_pct: null}", (5, True), (10, True), None),
    ],
)
def test_a_rule_given_the_other_way_replaces_the_profile_s(
    own: str, loss: tuple[int, bool], drawdown: tuple[int, bool], target: int | None, tmp_path: Path
) -> None:
    made = terms(tmp_path, "ftmo-2-step", "cash: 100000", f"governor: {own}").governor
    assert made.daily_loss is not None
    assert made.drawdown is not None
    assert (int(made.daily_loss.limit), made.daily_loss.in_pct) == loss
    assert (int(made.drawdown.limit), made.drawdown.in_pct) == drawdown
    assert made.profit_target == target


def test_a_loss_in_money_is_a_share_of_nothing(tmp_path: Path) -> None:
    own = "governor: {daily_loss_limit: 700}"
    made = terms(tmp_path, "the5ers-high-stakes", "cash: 100000", own).governor.daily_loss
    assert made == DailyLoss(Decimal(700), basis=Basis.HIGHER, ends=Ends.PERSON)


def test_a_variable_of_the_environment_counts_more_than_a_profile(tmp_path: Path) -> None:
    variables = {"KEDGE_ACCOUNTS__ALPHA__GOVERNOR__PROFIT_TARGET": "1234"}
    reading = read_text(tmp_path, with_profile("topstep-50k"), variables)
    assert reading.settings.accounts[0].governor.profit_target == 1234


def test_each_value_says_where_it_is_from(tmp_path: Path) -> None:
    text = with_profile("topstep-50k", "governor: {profit_target: 2500}")
    told = {each.key: each for each in read_text(tmp_path, text).in_force}
    dated = profiles()["topstep-50k"].dated
    for key in ("cash", "governor.timezone", "governor.trailing_drawdown.amount", "governor.tiers[0].profit"):
        each = told[f"accounts.alpha.{key}"]
        assert each.place is not None
        assert (str(each.place), each.place.source) == (f"profile {dated}", Source.PROFILE)
    own = told["accounts.alpha.governor.profit_target"].place
    assert own is not None
    assert own.source is Source.FILE
    assert told["accounts.beta.governor.timezone"].place is None, "the other account has no profile"


def test_an_unknown_name_is_one_fault_that_says_what_there_is(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, with_profile("topstp-50k"))
    assert said.startswith(
        "kedge.yaml:7:19: accounts.alpha.prop_profile: there is no profile 'topstp-50k'; "
        "did you mean topstep-50k"
    )
    assert all(name in said for name in profiles())


def test_a_profile_hides_no_other_fault(tmp_path: Path) -> None:
    said = faults(tmp_path, with_profile("nobody", "csh: 1"))
    assert len(said) == 2
    assert "accounts.alpha.csh: unknown key" in said[1]


def test_an_account_that_contradicts_its_profile_is_told_of_its_own_value(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, with_profile("topstep-50k", "sizing: {quantity: 6}"))
    assert said.startswith(
        "kedge.yaml:8:24: accounts.alpha.sizing.quantity: 6 is more than risk.max_position"
    )


def test_two_accounts_may_go_by_two_profiles(tmp_path: Path) -> None:
    text = with_profile("topstep-50k").replace(
        "  - id: beta\n", "  - id: beta\n    prop_profile: apex-eod-50k\n"
    )
    one, other = read_text(tmp_path, text).settings.accounts
    assert (one.clock.timezone, other.clock.timezone) == ("America/Chicago", "America/New_York")
