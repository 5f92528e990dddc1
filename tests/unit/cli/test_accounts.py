"""`kedge accounts`: the room that is left, with an engine and without one."""

import asyncio
from decimal import Decimal
from pathlib import Path

import apsw
import msgspec
import pytest
from tests.unit.cli.calls import Call
from tests.unit.engine.test_wiring import account, bought, settings

from kedge.cli.room import room_item
from kedge.domain.governor import DailyLoss, Drawdown, Governor, Trail
from kedge.engine.view import view_of
from kedge.engine.wiring import open_engine

RULES = Governor(
    daily_loss=DailyLoss(Decimal(1000)),
    drawdown=Drawdown(Decimal(2000), mode=Trail.END_OF_DAY, lock_at=Decimal(0)),
    profit_target=Decimal(3000),
    best_day_pct=Decimal(50),
    profile="topstep-100k of 2026-11-26",
)


@pytest.fixture
def traded(tmp_path: Path) -> Path:
    """Alpha, under the rules of a firm, has bought ten; beta has rules of its own and nothing else."""
    alpha = msgspec.structs.replace(account(), governor=RULES)

    async def trade() -> None:
        async with open_engine(settings(tmp_path, accounts=(alpha, account("beta")))) as engine:
            await bought(engine)
            view = view_of(engine.book, engine.now())
            assert view.accounts[0].room is not None
            assert room_item(view.accounts[0].room)["levels"] is not None

    asyncio.run(trade())
    return tmp_path / "data"


def test_people_read_what_one_more_loss_would_do_and_what_each_rule_leaves(kedge: Call, traded: Path) -> None:
    told = kedge("accounts", "--data-dir", traded)
    assert (told.status, told.err) == (0, "")
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    (heading,) = (line for line in lines if line.startswith("alpha, by the rules of topstep-100k"))
    assert heading.startswith("alpha, by the rules of topstep-100k of 2026-11-26. Day 20")
    assert lines[lines.index(heading) + 1] == (
        "Another 100 against the open 10 SPY locks this account for the day."
    )
    rules = {line.split("  ")[0].rstrip() for line in told.out.splitlines()}
    assert {"daily loss limit", "drawdown limit", "profit target", "best day, of all profit"} <= rules
    assert {"buying power", "positions", "entries a day", "losses in a row"} <= rules
    assert any(line.startswith("beta. Day 20") for line in lines)


def test_programs_get_the_same_in_figures(kedge: Call, traded: Path) -> None:
    alpha, beta = (
        item["room"] for item in kedge("accounts", "--data-dir", traded, "--json").document["items"]
    )
    assert alpha["profile"] == RULES.profile
    assert alpha["day_ends"] > alpha["day"]
    assert {level["code"]: (level["kind"], level["level"], level["ends"]) for level in alpha["levels"]} == {
        "DAILY_LOSS_LIMIT": ("floor", "99000", "day"),
        "DRAWDOWN_LIMIT": ("floor", "98000", "person"),
        "PROFIT_TARGET_REACHED": ("goal", "103000", "person"),
    }
    assert alpha["measured_in"]["quantity"] == "10"
    assert alpha["nearest"].startswith("Another ")
    limits = {each["name"]: each for each in alpha["limits"]}
    assert limits["max_position_size"] == {
        "name": "max_position_size",
        "code": "SIZE_TOO_LARGE",
        "limit": "1000",
        "used": "10",
        "left": "990",
        "fits": "990",
    }
    assert (beta["levels"], beta["nearest"], beta["profile"]) == ([], None, None)


def test_one_account_can_be_asked_for(kedge: Call, traded: Path) -> None:
    document = kedge("accounts", "--data-dir", traded, "--account", "beta", "--json").document
    assert [item["id"] for item in document["items"]] == ["beta"]
    told = kedge("accounts", "--data-dir", traded, "--account", "nobody")
    assert told.status == 1
    assert "There is no account nobody." in told.err


def test_of_a_damaged_record_the_money_is_told_and_the_room_is_not(kedge: Call, traded: Path) -> None:
    connection = apsw.Connection(str(traded / "journal.db"))
    connection.execute("DELETE FROM snapshots; UPDATE events SET payload = CAST('{}' AS BLOB) WHERE seq = 5")
    connection.close()
    told = kedge("accounts", "--data-dir", traded)
    assert told.status == 0
    assert told.out.splitlines()[-1] == (
        "What room is left cannot be told: the record is damaged. `kedge journal verify` says where."
    )
    items = kedge("accounts", "--data-dir", traded, "--json").document["items"]
    assert [item["room"] for item in items] == [None, None]
