"""`kedge profiles`: the rules of prop firms."""

from tests.unit.cli.calls import Call

from kedge.settings.prop_profiles import profiles


def test_they_are_listed_with_their_date(kedge: Call) -> None:
    lines = [" ".join(line.split()) for line in kedge("profiles").out.splitlines()]
    assert lines[0] == "Profile Firm Programme As of"
    assert [line.split()[0] for line in lines[1:]] == list(profiles())
    dated = profiles()["topstep-50k"].as_of
    assert f"topstep-50k Topstep Trading Combine 50K {dated}" in lines


def test_one_is_shown_with_its_rules_its_source_and_what_is_not_certain(kedge: Call) -> None:
    told = kedge("profiles", "topstep-50k").out
    assert "help.topstep.com" in told
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "governor.trailing_drawdown.amount 2000" in lines
    assert "governor.tiers profit -2000, contracts 5" in lines
    assert any(line.startswith("- Two sources disagree.") for line in lines)


def test_programs_get_the_same(kedge: Call) -> None:
    items = kedge("profiles", "--json").document["items"]
    assert [item["name"] for item in items] == list(profiles())
    one = kedge("profiles", "topstep-50k", "--json").document
    assert one in items
    assert one["rules"]["governor.trailing_drawdown.amount"] == "2000"
    assert one["source"]
    assert one["notes"]


def test_a_misspelt_name_is_told_of_with_what_was_meant(kedge: Call) -> None:
    told = kedge("profiles", "topstep-5k")
    assert told.status == 1
    assert "There is no profile topstep-5k. Did you mean topstep-50k" in told.err
    assert kedge("profiles", "nobody", "--json").document["error"]["code"] == "UNKNOWN_PROFILE"
