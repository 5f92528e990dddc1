"""Accounts that share one at their venue, as people and programs are told of them."""

import asyncio
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.builders import SPY
from tests.unit.cli.calls import Call
from tests.unit.engine.test_shared_accounts import MAIN, shared
from tests.unit.engine.test_wiring import bought, until

from kedge.domain.ids import OrderId
from kedge.domain.numbers import Nano
from kedge.domain.orders import OrderRequest, OrderType, Side
from kedge.engine import holdings
from kedge.engine.wiring import open_engine


@pytest.fixture
def traded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Alpha of ann and beta of bob hold ten each; seven are nobody's."""
    monkeypatch.setattr(holdings, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(holdings, "TWICE_WITHIN_SECONDS", 0.0)
    one = shared(tmp_path)
    owners = ("ann", "bob")
    accounts = [
        msgspec.structs.replace(each, owner=who) for each, who in zip(one.accounts, owners, strict=True)
    ]

    async def trade() -> None:
        async with open_engine(msgspec.structs.replace(one, accounts=tuple(accounts))) as engine:
            await bought(engine, "alpha")
            await bought(engine, "beta")
            by_hand = OrderRequest(
                OrderId("x"), MAIN, SPY.symbol, Side.BUY, OrderType.MARKET, Nano(7 * 10**9)
            )
            await engine.venues[0].submit(by_hand)
            await until(engine, lambda: engine.book.state.unallocated.get(MAIN) == {SPY.symbol: Decimal(7)})

    asyncio.run(trade())
    return tmp_path / "data"


LOOSE = {"venue": "paper", "account": "main", "instrument": "SPY", "quantity": "7", "held": "27"}


def test_programs_get_where_an_account_is_held_and_whose_it_is(kedge: Call, traded: Path) -> None:
    told = kedge("accounts", "--data-dir", traded, "--json").document
    assert [(each["id"], each["venue_account"], each["owner"]) for each in told["items"]] == [
        ("alpha", "main", "ann"),
        ("beta", "main", "bob"),
    ]
    for words in (("accounts", "--owner", "bob"), ("positions", "--account", "alpha"), ("status",)):
        (loose,) = kedge(*words, "--data-dir", traded, "--json").document["unallocated"]
        assert {name: loose[name] for name in LOOSE} == LOOSE
    (bob,) = kedge("accounts", "--owner", "bob", "--data-dir", traded, "--json").document["items"]
    assert bob["id"] == "beta"


@pytest.mark.parametrize(
    "words", [("accounts",), ("positions",), ("status",), ("positions", "--account", "beta")]
)
def test_people_are_told_what_is_nobody_s(kedge: Call, traded: Path, words: tuple[str, ...]) -> None:
    told = kedge(*words, "--data-dir", traded)
    lines = told.out.splitlines()
    (line,) = (
        line
        for line in lines[lines.index("Unallocated: held at a venue, and by no account here") :]
        if "SPY" in line
    )
    assert line.split()[:5] == ["paper", "main", "SPY", "7", "27"]


def test_people_are_told_whose_an_account_is_where_somebody_s_is_named(kedge: Call, traded: Path) -> None:
    heading, first, *_ = kedge("accounts", "--data-dir", traded).out.splitlines()
    assert heading.split()[:4] == ["Account", "Venue", "account", "Owner"]
    assert first.split()[:3] == ["alpha", "main", "ann"]


def test_an_owner_who_has_none_is_not_taken_for_one(kedge: Call, traded: Path) -> None:
    told = kedge("accounts", "--owner", "an", "--data-dir", traded)
    assert (told.status, told.out) == (1, "")
    assert "There is no owner an. Did you mean ann?" in told.err
