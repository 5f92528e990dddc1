"""What is too little to be sold, as `kedge positions` shows it."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.builders import ALPHA, NOON, Desk, account, nano
from tests.unit.cli.calls import Call
from tests.unit.cli.recorded import recorded

from kedge.domain import inputs as i
from kedge.domain.announcements import Split
from kedge.domain.ids import Symbol
from kedge.domain.instruments import AssetClass, Instrument

BTC = Instrument(Symbol("BTC"), Decimal("0.01"), lot=Decimal("0.001"), asset=AssetClass.CRYPTO)
XBT = Instrument(Symbol("XBT"), Decimal("0.01"), lot=Decimal("0.001"), asset=AssetClass.CRYPTO)
HEADING = "Dust: held on, and too little to be sold"


def flat(directory: Path, *changes: i.Input) -> Path:
    """Half a coin was bought and sold, and 0.0005 are left of it; then the venue changes something."""
    desk = Desk(account(quantity=1), (BTC, XBT))
    entry, _, target = desk.enter(instrument="BTC", quantity="0.5")
    desk.fill(entry, "0.5", 100, fee_base="0.0005")
    desk.fill(target, "0.499", 110)
    for change in changes:
        desk.give(change)
    return recorded(desk, directory / "data")


def test_people_are_told_of_it(kedge: Call, tmp_path: Path) -> None:
    lines = kedge("positions", "--data-dir", flat(tmp_path)).out.splitlines()
    assert lines[0] == "No open positions."
    heading, row = lines[lines.index(HEADING) + 1 :]
    assert heading.split() == ["Account", "Symbol", "Quantity", "Cost", "Since"]
    assert row.split()[:4] == ["alpha", "BTC", "0.0005", "0.05"]


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        ((), 1),
        (("--account", "alpha"), 1),
        (("--instrument", "BTC"), 1),
        (("--instrument", "XBT"), 0),
    ],
)
def test_programs_get_it(kedge: Call, tmp_path: Path, narrowed: tuple[str, ...], count: int) -> None:
    told = kedge("positions", *narrowed, "--data-dir", flat(tmp_path), "--json").document
    known = [(each["account"], each["instrument"], each["quantity"], each["cost"]) for each in told["dust"]]
    assert known == [("alpha", "BTC", "0.0005", "0.05")][:count]
    assert told["items"] == []


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (
            i.VenueSplit("c-1", ALPHA, Split(BTC.symbol, NOON, 2), nano("0.001"), at=NOON),
            [("BTC", "0.001")],
        ),
        (
            i.VenueSplit("c-1", ALPHA, Split(BTC.symbol, NOON, 1, 2), nano(0), nano("0.04"), at=NOON),
            [],
        ),
        (i.VenueRenamed("c-1", ALPHA, BTC.symbol, XBT.symbol, at=NOON), [("XBT", "0.0005")]),
    ],
    ids=["a split", "a split that pays it out", "a new symbol"],
)
def test_it_is_shown_as_it_is_by_now(
    kedge: Call, tmp_path: Path, change: i.Input, left: list[tuple[str, str]]
) -> None:
    told = kedge("positions", "--data-dir", flat(tmp_path, change), "--json").document
    assert [(each["instrument"], each["quantity"]) for each in told["dust"]] == left


def test_where_there_is_none_nothing_is_said(kedge: Call, tmp_path: Path) -> None:
    desk = Desk(account())
    desk.enter(filled=10)
    where = recorded(desk, tmp_path / "data")
    assert HEADING not in kedge("positions", "--data-dir", where).out
    assert kedge("positions", "--data-dir", where, "--json").document["dust"] == []
