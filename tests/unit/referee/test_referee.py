"""The referee: what he knows, what he refuses to judge, and that he notices what the gates would have refused."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from tests.builders import NOON, Desk, account, nano

from kedge.cli.export import lines_of
from kedge.domain import limits as domain_limits
from kedge.domain.governor import Governor
from kedge.domain.ids import BookId
from kedge.domain.messages import MessageBudget
from kedge.domain.owners import OwnerTerms
from kedge.domain.steps import Step
from kedge.journal.codec import KNOWN
from kedge.journal.memory import MemoryJournal
from kedge.referee import RecordError, Referee, Verdict, terms
from kedge.referee.reading import IGNORED, READ

Line = dict[str, Any]


def exported(desk: Desk) -> list[Line]:
    """What a desk did, as it is exported; every event as a step of its own is as good here."""
    journal = MemoryJournal(BookId("main"), "journal1")
    journal.append([Step(place, NOON, None, [event]) for place, event in enumerate(desk.events, 1)])
    return [json.loads(line) for chunk in lines_of(journal.rows()) for line in chunk.splitlines()]


def judged(lines: Iterable[Line]) -> Verdict:
    return Referee().read(json.dumps(line).encode() for line in lines)


def an_entry() -> list[Line]:
    desk = Desk(account())
    desk.enter(filled=4)
    return exported(desk)


def the(lines: list[Line], kind: str) -> Any:
    return next(line["payload"] for line in lines if line["kind"] == kind)


def test_every_event_is_either_counted_or_known_to_move_nothing() -> None:
    assert set(READ) | IGNORED == KNOWN
    assert not set(READ) & IGNORED


@pytest.mark.parametrize(
    ("own", "documented"),
    [
        (terms.Limits, domain_limits.Limits),
        (terms.Governor, Governor),
        (terms.Messages, MessageBudget),
        (terms.Owner, OwnerTerms),
    ],
)
def test_terms_that_are_left_out_are_the_documented_ones(own: Any, documented: Any) -> None:
    def defaults(form: Any) -> dict[str, Any]:
        return {each.name: each.default for each in msgspec.structs.fields(form)}

    told = defaults(documented)
    assert {name: told[name] for name in defaults(own)} == defaults(own)


def test_an_entry_inside_the_limits_is_judged_and_let_be() -> None:
    verdict = judged(an_entry())
    assert (verdict.ok, verdict.entries, verdict.enlarged) == (True, 1, 0)
    assert verdict.margins["max_position_size"].used == 10


BREACHED = [
    ("max_position_size", {"max_position_size": "9"}),
    ("max_order_value", {"limits": {"max_order_value": "1000"}}),
    ("max_position_pct", {"limits": {"max_position_pct": "1"}}),
    ("max_exposure_pct", {"limits": {"max_exposure_pct": "1"}}),
    ("max_leverage", {"limits": {"max_leverage": "0.01"}}),
    ("max_open_risk_pct", {"limits": {"max_open_risk_pct": "0.05"}}),
    ("buying_power", {"limits": {"max_leverage": "1", "min_cash": "99000"}}),
    ("max_positions", {"limits": {"max_positions": 0}}),
    ("max_active_orders", {"limits": {"max_active_orders": 2}}),
    ("max_exposure_by_asset.equity", {"limits": {"by_asset": [{"asset": "equity", "pct": "1"}]}}),
    ("max_entries_per_minute", {"governor": {"max_entries_per_minute": 0}}),
    ("max_entries_per_hour", {"governor": {"max_entries_per_hour": 0}}),
    ("max_entries_per_day", {"governor": {"max_entries_per_day": 0}}),
    ("max_daily_orders", {"governor": {"max_daily_orders": 0}}),
    ("tier", {"governor": {"tiers": [{"profit": "0", "contracts": "9"}]}}),
    ("daily_loss_limit", {"governor": {"daily_loss": {"limit": "0"}}}),
    ("trailing_drawdown", {"governor": {"drawdown": {"limit": "0"}}}),
    ("profit_target", {"governor": {"profit_target": "0"}}),
    ("max_day_profit", {"governor": {"max_day_profit": "0"}}),
]


@pytest.mark.parametrize(("limit", "narrower"), BREACHED)
def test_what_a_narrower_limit_would_have_refused_is_noticed(limit: str, narrower: dict[str, Any]) -> None:
    lines = an_entry()
    told = the(lines, "AccountDefined")["terms"]
    for name, value in narrower.items():
        told[name] = told.get(name, {}) | value if isinstance(value, dict) else value
    verdict = judged(lines)
    assert [each.margin.limit for each in verdict.breaches] == [limit]
    breach = verdict.breaches[0]
    assert (breach.what, breach.margin.order) == ("entry", the(lines, "OrderSubmitted")["request"]["id"])


HELD_BACK = [
    ("trading_state", "TradingStateChanged", {"state": "HALTED", "who": "ann", "why": ""}),
    ("trading_state", "TradingStateChanged", {"state": "REDUCING", "who": "", "why": "", "account": "alpha"}),
    ("locks", "LimitBreached", {"account": "alpha", "code": "DAILY_LOSS_LIMIT", "ends": "day"}),
    ("cooldown", "CooldownStarted", {"account": "alpha", "losses": 3, "until": NOON + 1}),
    (
        "day",
        "DayBegan",
        {"account": "alpha", "day": "1", "until": NOON, "balance": nano(100_000), "equity": nano(100_000)},
    ),
]


@pytest.mark.parametrize(("rule", "kind", "payload"), HELD_BACK)
def test_nothing_new_leaves_while_the_account_is_held_back(
    rule: str, kind: str, payload: dict[str, Any]
) -> None:
    lines = an_entry()
    place = next(place for place, line in enumerate(lines) if line["kind"] == "OrderSubmitted")
    lines.insert(place, lines[place] | {"kind": kind, "payload": payload, "step": lines[place]["step"] - 1})
    for number, line in enumerate(lines, 1):
        line["seq"] = number
    assert [each.margin.limit for each in judged(lines).breaches] == [rule]


def test_a_change_that_would_not_fit_is_noticed() -> None:
    desk = Desk(account())
    entry = desk.enter(limit=99)[0]
    desk.ask_replace(entry, 100, quantity=20)
    lines = exported(desk)
    assert judged(lines).ok
    the(lines, "AccountDefined")["terms"]["max_position_size"] = "15"
    verdict = judged(lines)
    assert verdict.enlarged == 1
    assert [(each.what, int(each.margin.used)) for each in verdict.breaches] == [("replace", 20)]


@pytest.mark.parametrize(("word", "counted"), [("asked", 2), ("over", 1)])
def test_an_order_that_is_being_withdrawn_counts_until_it_is_over(word: str, counted: int) -> None:
    desk = Desk(account())
    first = desk.enter("s-1", limit=99)[0]
    (desk.ask_cancel if word == "asked" else desk.cancelled)(first)
    desk.enter("s-2", limit=98, instrument="ES")
    assert judged(exported(desk)).margins["max_positions"].used == counted


def test_terms_that_a_record_does_not_have_are_not_judged() -> None:
    lines = an_entry()
    for group in ("limits", "governor", "messages"):
        del the(lines, "AccountDefined")["terms"][group]
    assert set(judged(lines).margins) == {
        *("trading_state", "locks", "cooldown", "day", "paused_strategy", "max_position_size")
    }


UNREADABLE = [
    (lambda lines: lines[0].update(seq=2), "line 1 is event 2: a record is judged from its first event on"),
    (
        lambda lines: lines[0].update(kind="Surprise"),
        "line 1 is a Surprise.1, which this program does not know",
    ),
    (lambda lines: lines[0].update(version=2), "line 1 is a RunStarted.2, which this program does not know"),
    (lambda lines: lines[0].update(at="noon"), "line 1 is no event of an exported record: 'noon' is no time"),
    (lambda lines: lines[1].update(payload={}), "line 2: the InstrumentDefined.1 cannot be read"),
    (
        lambda lines: the(lines, "OrderSubmitted")["request"].update(account="nobody"),
        "speaks of 'nobody', which the record has not named before",
    ),
    (lambda lines: the(lines, "AccountDefined")["terms"].update(cash="NaN"), "its figures cannot be counted"),
]


@pytest.mark.parametrize(("spoil", "said"), UNREADABLE)
def test_what_is_no_record_is_refused_with_its_line(spoil: Any, said: str) -> None:
    lines = an_entry()
    spoil(lines)
    with pytest.raises(RecordError) as refused:
        judged(lines)
    assert said in str(refused.value)
