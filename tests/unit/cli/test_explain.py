"""`kedge explain`: why a signal ended as it did."""

from decimal import Decimal
from typing import Any

from tests.unit.cli.calls import Call, Filled

from kedge.domain.codes import MEANING, Code
from kedge.domain.signals import SignalKind
from kedge.kernel.on_signal import GATES


def explained(kedge: Call, filled: Filled, **wanted: str) -> list[dict[str, Any]]:
    """The explanations of all signals of which these fields hold these values."""
    listed = kedge("signals", "--data-dir", filled.directory, "--json").document["items"]
    picked = [signal for signal in listed if all(signal[name] == value for name, value in wanted.items())]
    assert picked, wanted
    return [kedge("explain", s["id"], "--data-dir", filled.directory, "--json").document for s in picked]


def test_an_ordered_signal_has_passed_every_gate_and_shows_what_came_of_it(
    kedge: Call, filled: Filled
) -> None:
    for told in explained(kedge, filled, outcome="ORDERED", kind="ENTRY"):
        keys = ["signal", "outcome", "gates", "orders", "attempts", "fills", "exits", "result", "approval"]
        assert list(told) == keys
        assert told["outcome"] == "ORDERED"
        assert [gate["gate"] for gate in told["gates"]] == [gate.__name__ for gate in GATES[SignalKind.ENTRY]]
        assert {gate["verdict"] for gate in told["gates"]} == {"passed"}
        assert [order["role"] for order in told["orders"]] == ["entry", "stop", "target"]
        entered = [fill for fill in told["fills"] if fill["role"] == "entry"]
        assert sum(Decimal(fill["quantity"]) for fill in entered) == Decimal(told["orders"][0]["filled"])
        assert told["result"]["status"] in ("open", "closed")


def test_figures_are_text_with_plain_numbers(kedge: Call, filled: Filled) -> None:
    told = explained(kedge, filled, outcome="ORDERED", kind="ENTRY", account="alpha")[0]
    gates = {gate["gate"]: gate["figures"] for gate in told["gates"]}
    assert gates["sizing"] == {
        "lot": "1",
        "max_position_size": "1000",
        "source": "account",
        "quantity": "50",
    }
    assert gates["pending"] == {"open_orders": "0"}


def test_a_refused_signal_shows_where_it_ended_and_what_was_not_reached(kedge: Call, filled: Filled) -> None:
    for told in explained(kedge, filled, outcome="REFUSED"):
        verdicts = [gate["verdict"] for gate in told["gates"]]
        at = verdicts.index("refused")
        assert set(verdicts[:at]) <= {"passed"}
        assert set(verdicts[at + 1 :]) <= {"not reached"}
        assert told["gates"][at]["code"] == told["signal"]["code"]
        assert told["gates"][at]["figures"]
        assert [gate["gate"] for gate in told["gates"]] == [
            gate.__name__ for gate in GATES[SignalKind(told["signal"]["kind"])]
        ]
        assert (told["orders"], told["fills"], told["result"]) == ([], [], None)


def test_an_exit_shows_the_trade_that_it_ended(kedge: Call, filled: Filled) -> None:
    trades = kedge("trades", "--data-dir", filled.directory, "--json").document["items"]
    by_exit = {trade["exit_order"]: trade for trade in trades}
    for told in explained(kedge, filled, outcome="ORDERED", kind="EXIT"):
        trade = by_exit.get(told["orders"][0]["id"])
        if trade is not None:
            assert told["result"] == {"status": "closed", **trade}


def test_people_read_the_gates_with_their_figures_and_the_meaning_of_a_refusal(
    kedge: Call, filled: Filled
) -> None:
    refused = explained(kedge, filled, outcome="REFUSED")[0]["signal"]
    told = kedge("explain", refused["id"], "--data-dir", filled.directory)
    assert (told.status, told.err) == (0, "")
    assert f"Outcome    REFUSED {refused['code']}\n{MEANING[Code(refused['code'])]}\n" in told.out
    assert "not reached" in told.out
    ordered = explained(kedge, filled, outcome="ORDERED", kind="ENTRY")[-1]
    told = kedge("explain", ordered["signal"]["id"], "--data-dir", filled.directory)
    assert "entry intake" in told.out
    assert "Fill " in told.out
    assert ("Result: closed by " in told.out) is (ordered["result"]["status"] == "closed")


def test_the_table_of_signals_names_them_as_explain_takes_them(kedge: Call, filled: Filled) -> None:
    line = kedge("signals", "--limit", 1, "--data-dir", filled.directory).out.splitlines()[1]
    shown = line.split()[1]
    newest = kedge("signals", "--limit", 1, "--data-dir", filled.directory, "--json").document["items"][0]
    told = kedge("explain", shown, "--data-dir", filled.directory, "--json")
    assert told.document["signal"] == newest


def test_what_became_of_stops_and_targets_is_told_in_words(kedge: Call, filled: Filled) -> None:
    ended = 0
    for told in explained(kedge, filled, outcome="ORDERED", kind="ENTRY"):
        exits = {order["id"]: order for order in told["orders"] if order["role"] in ("stop", "target")}
        assert [each["at"] for each in told["exits"]] == sorted(each["at"] for each in told["exits"])
        for each in told["exits"]:
            assert exits[each["order"]]["role"] == each["role"]
            assert not each["text"].startswith(("accepted", "sold", "bought")), "the other tables say that"
        for order in exits.values():
            if order["state"] == "CANCELLED":
                last = [each["text"] for each in told["exits"] if each["order"] == order["id"]][-1]
                assert last.startswith(f"{order['role']} cancelled: ")
                ended += 1
    assert ended, "no exit was withdrawn beside the other"
