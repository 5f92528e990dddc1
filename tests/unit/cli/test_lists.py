"""The lists: orders, trades, positions and signals of a demo's record, for people and for programs."""

import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.calls import Call, Filled

from kedge.domain.instants import show_instant
from kedge.engine.clock import system_clock

FIELDS = {
    "orders": "id client_order_id venue_order_id account instrument side type quantity filled average_price state role "
    "created",
    "trades": "id account strategy instrument direction quantity entry_time entry_price exit_time exit_price "
    "exit_reason pnl fees r_multiple",
    "positions": "id account instrument state direction quantity entry_price opened strategy signal strength reason "
    "metadata risk adds",
    "signals": "id account kind instrument direction outcome code at",
}
NUMBERS = ("quantity", "filled", "average_price", "entry_price", "exit_price", "pnl", "fees", "stop_price")
TIMES = ("created", "entry_time", "exit_time", "opened", "at")
TIME_OF = {"orders": "created", "trades": "exit_time", "positions": "opened", "signals": "at"}
LISTS = list(FIELDS)


def everything(name: str) -> list[str]:
    """The call that lists all there is of a kind."""
    return [name, "--since", "1d"] if name == "positions" else [name]


def items(kedge: Call, filled: Filled, *words: object) -> list[dict[str, Any]]:
    told = kedge(*words, "--data-dir", filled.directory, "--json")
    assert (told.status, told.err) == (0, "")
    assert list(told.document) == [
        "items",
        "next",
        *(["unallocated", "dust"] if words[0] == "positions" else []),
    ]
    listed: list[dict[str, Any]] = told.document["items"]
    for item in listed:
        item.pop("age_seconds", None)  # it is another one each time
    return listed


@pytest.mark.parametrize("name", LISTS)
def test_items_have_the_fields_that_programs_rely_on(name: str, kedge: Call, filled: Filled) -> None:
    listed = items(kedge, filled, *everything(name))
    assert listed
    for item in listed:
        assert set(FIELDS[name].split()) <= set(item)
        for number in NUMBERS:
            if item.get(number) is not None:
                assert isinstance(item[number], str)
                assert Decimal(item[number]).is_finite()
        for time in TIMES:
            if item.get(time) is not None:
                assert item[time].endswith("Z")
                assert datetime.fromisoformat(item[time]).tzinfo is not None


def test_the_lists_agree_with_the_demos_own_summary(kedge: Call, filled: Filled) -> None:
    summary = filled.summary
    trades, signals = items(kedge, filled, "trades"), items(kedge, filled, "signals")
    assert len(items(kedge, filled, "orders")) == summary["orders"]
    assert len(trades) == summary["trades"] > 0
    assert len(signals) == summary["signals"]
    assert sum(signal["outcome"] == "REFUSED" for signal in signals) == summary["refused"]
    assert sum(Decimal(trade["pnl"]) for trade in trades) == Decimal(summary["pnl"])
    held = {
        (item["account"], item["instrument"]): item["quantity"] for item in items(kedge, filled, "positions")
    }
    assert held == {(p["account"], p["instrument"]): p["quantity"] for p in summary["open_positions"]}


def test_an_order_is_named_the_same_here_and_at_the_venue(kedge: Call, filled: Filled) -> None:
    for order in items(kedge, filled, "orders"):
        assert order["client_order_id"] == order["id"]
        assert order["role"] in ("entry", "stop", "target", "exit")
        assert order["side"] in ("buy", "sell")
        assert order["reduce_only"] is (order["role"] != "entry")


def test_an_open_position_shows_where_its_way_out_lies(kedge: Call, filled: Filled) -> None:
    orders = {order["id"]: order for order in items(kedge, filled, "orders", "--open")}
    for position in items(kedge, filled, "positions"):
        exits = [order for order in orders.values() if order["parent"] == position["entry_order"]]
        assert position["stop_price"] == next(o["stop_price"] for o in exits if o["role"] == "stop")
        assert position["target_price"] == next(o["limit_price"] for o in exits if o["role"] == "target")


@pytest.mark.parametrize("name", LISTS)
def test_the_newest_comes_first(name: str, kedge: Call, filled: Filled) -> None:
    times = [datetime.fromisoformat(item[TIME_OF[name]]) for item in items(kedge, filled, *everything(name))]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("name", ["orders", "trades", "signals"])
def test_a_list_can_be_had_in_pages(name: str, kedge: Call, filled: Filled) -> None:
    whole = items(kedge, filled, name)
    pages: list[dict[str, Any]] = []
    words: list[object] = [name, "--limit", 2]
    while True:
        document = kedge(*words, "--data-dir", filled.directory, "--json").document
        assert len(document["items"]) <= 2
        pages += document["items"]
        if document["next"] is None:
            break
        words = [name, "--limit", 2, "--after", document["next"]]
    assert pages == whole


def test_a_page_of_another_list_is_refused(kedge: Call, filled: Filled) -> None:
    told = kedge("orders", "--after", "nonsense", "--data-dir", filled.directory)
    assert told == (
        2,
        "",
        "kedge: nonsense is not in this list; --after takes the `next` of an earlier list with the same filters.\n",
    )


@pytest.mark.parametrize("name", LISTS)
def test_an_account_is_picked_out(name: str, kedge: Call, filled: Filled) -> None:
    whole = items(kedge, filled, *everything(name))
    for account in ("alpha", "futures"):
        picked = items(kedge, filled, *everything(name), "--account", account)
        assert picked == [item for item in whole if item["account"] == account]


@pytest.mark.parametrize("name", LISTS)
def test_a_misspelt_account_is_no_empty_list(name: str, kedge: Call, filled: Filled) -> None:
    told = kedge(name, "--account", "future", "--data-dir", filled.directory)
    assert told == (1, "", "kedge: There is no account future. Did you mean futures?\n")
    told = kedge(name, "--account", "zz", "--data-dir", filled.directory, "--json")
    assert told.document["error"] == {
        "code": "UNKNOWN_ACCOUNT",
        "message": "There is no account zz. There are alpha and futures.",
        "facts": {"account": "zz"},
    }


@pytest.mark.parametrize("name", ["orders", "trades", "signals"])
def test_since_leaves_out_what_was_before(name: str, kedge: Call, filled: Filled) -> None:
    whole = items(kedge, filled, name)
    middle = whole[len(whole) // 2][TIME_OF[name]]
    picked = items(kedge, filled, name, "--since", middle)
    expected = [item for item in whole if item[TIME_OF[name]] >= middle]
    assert picked == expected
    assert items(kedge, filled, name, "--since", show_instant(system_clock())) == []


def test_positions_are_the_open_ones_unless_a_time_is_given(kedge: Call, filled: Filled) -> None:
    assert all(item["state"] == "OPEN" for item in items(kedge, filled, "positions"))
    assert any(item["state"] == "CLOSED" for item in items(kedge, filled, "positions", "--since", "1d"))


HEADINGS = {
    "orders": ["Order", "Account", "Symbol", "Role", "Side", "Filled", "Price", "State"],
    "trades": ["Account", "Symbol", "Side", "Entry", "Exit", "By", "P&L", "R"],
    "positions": ["Account", "Symbol", "Side", "Entry", "Stop", "Target", "State"],
    "signals": ["Signal", "Account", "Symbol", "Kind", "Side", "Outcome", "Why"],
}


@pytest.mark.parametrize("name", LISTS)
def test_people_get_a_line_for_each(name: str, kedge: Call, filled: Filled) -> None:
    told = kedge(*everything(name), "--data-dir", filled.directory)
    heading, *lines = told.out.splitlines()
    assert (told.status, told.err) == (0, "")
    assert heading.split()[2:] == HEADINGS[name]
    assert len(lines) == len(items(kedge, filled, *everything(name)))


def test_people_are_told_how_much_they_do_not_see(kedge: Call, filled: Filled) -> None:
    told = kedge("orders", "--limit", 2, "--data-dir", filled.directory)
    *_, blank, last = told.out.splitlines()
    count = filled.summary["orders"]
    assert (blank, last) == ("", f"2 of {count} orders; --limit {count} shows all.")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["orders"], "No orders."),
        (["trades"], "No trades."),
        (["signals"], "No signals."),
        (["positions", "--since", "1s"], "No positions."),
    ],
)
def test_an_empty_list_says_so(words: list[str], text: str, kedge: Call, flat: Path) -> None:
    assert kedge(*words, "--data-dir", flat) == (0, f"{text}\n", "")
    assert kedge(*words, "--data-dir", flat, "--json").document == {"items": [], "next": None} | (
        {"unallocated": [], "dust": []} if words[0] == "positions" else {}
    )


def test_a_record_in_which_nothing_was_traded_has_no_positions(kedge: Call, flat: Path) -> None:
    assert kedge("positions", "--data-dir", flat).out == "No open positions.\n"


def test_a_record_in_the_form_of_an_older_program_is_listed_as_far_as_it_tells(
    kedge: Call, tmp_path: Path
) -> None:
    shutil.copy(
        Path(__file__).parents[2] / "golden" / "journal-0.1.0" / "journal.db", tmp_path / "journal.db"
    )
    for words in (
        ["positions"],
        ["positions", "--closed"],
        ["trades"],
        ["signals"],
        ["portfolio"],
        ["status"],
    ):
        told = kedge(*words, "--data-dir", tmp_path)
        assert (told.status, told.err) == (0, "")
    trade = kedge("trades", "--data-dir", tmp_path, "--json").document["items"][0]
    assert (trade["risk"], trade["adds"], trade["metadata"]) == (None, 0, {})
    assert trade["r_multiple"] is not None
    assert trade["return_pct"] is not None
