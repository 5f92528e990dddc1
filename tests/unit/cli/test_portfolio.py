"""`kedge portfolio`: the sums of positions, by account and by currency."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.cli.calls import Call, Filled

from kedge.cli.commands.portfolio import Share


def told(kedge: Call, filled: Filled, *words: object) -> Any:
    outcome = kedge("portfolio", *words, "--data-dir", filled.directory, "--json")
    assert outcome.status == 0
    return outcome.document


def test_the_sums_are_those_of_the_lists(kedge: Call, filled: Filled) -> None:
    positions = kedge("positions", "--data-dir", filled.directory, "--json").document["items"]
    trades = kedge("trades", "--data-dir", filled.directory, "--json").document["items"]
    document = told(kedge, filled)
    for item in document["items"]:
        own = [each for each in positions if each["account"] == item["account"] and each["id"]]
        done = [each for each in trades if each["account"] == item["account"]]
        assert item["positions"] == len(own)
        assert Decimal(item["cost"]) == sum(Decimal(each["cost"]) for each in own)
        assert (item["wins"], item["losses"]) == (
            sum(Decimal(each["pnl"]) > 0 for each in done),
            sum(Decimal(each["pnl"]) < 0 for each in done),
        )
        if own:
            assert Decimal(item["average_size"]) * len(own) == Decimal(item["cost"])
            assert item["value"] is None, "no engine runs that knows a price"
    (total,) = document["totals"]
    assert total["currency"] == "USD"
    for name in ("realised", "fees", "cost"):
        assert Decimal(total[name]) == sum(Decimal(item[name]) for item in document["items"])
    for name in ("positions", "pending", "wins", "losses"):
        assert total[name] == sum(item[name] for item in document["items"])


def test_one_account_is_summed_up_alone(kedge: Call, filled: Filled) -> None:
    document = told(kedge, filled, "--account", "futures")
    assert [item["account"] for item in document["items"]] == ["futures"]


def test_people_get_a_line_for_each_account_and_one_for_all(kedge: Call, filled: Filled) -> None:
    outcome = kedge("portfolio", "--data-dir", filled.directory)
    heading, *lines = outcome.out.splitlines()
    assert heading.split()[:2] == ["Account", "Positions"]
    assert [line.split()[0] for line in lines] == ["alpha", "futures", "all"]


@pytest.mark.parametrize(
    ("positions", "value", "unrealised", "winning", "losing"),
    [
        ([("1000", "50", True)], "1050", "50", 1, 0),
        ([("1000", "-50", False)], "1050", "-50", 0, 1),
        ([("1000", "50", True), ("500", "-20", True), ("200", "0", True)], "1730", "30", 1, 1),
        ([("1000", "50", True), ("500", None, True)], None, None, 1, 0),
        ([], "0", "0", 0, 0),
    ],
)
def test_what_has_no_price_is_not_guessed(
    positions: list[tuple[str, str | None, bool]],
    value: str | None,
    unrealised: str | None,
    winning: int,
    losing: int,
) -> None:
    share = Share()
    for cost, open_, long in positions:
        share.take(Decimal(cost), None if open_ is None else Decimal(open_), long=long)
    item = share.item()
    assert (item["value"], item["unrealised"]) == (value, unrealised)
    assert (item["winning"], item["losing"], item["positions"]) == (winning, losing, len(positions))
    both = Share()
    both.join(share)
    both.join(share)
    assert both.item()["positions"] == 2 * len(positions)
    assert both.item()["value"] == (None if value is None else str(2 * Decimal(value)))
