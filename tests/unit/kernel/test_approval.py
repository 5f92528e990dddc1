"""Signals that wait for a person: approved, declined, forgotten; and what is asked of a quote then."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import SPY, Desk, account, encode_state, names, nano, number, signal

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.ids import SignalId
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.limits import Filters, Routing
from kedge.domain.markets import Phase
from kedge.domain.numbers import Ticks
from kedge.domain.signals import Outcome, SignalKind

S1 = SignalId("s-1")
HELD = Routing(auto_execute=False, approve_within=Span(60 * SECOND))
FRESH = Filters(max_quote_age=Span(SECOND))


def held(**terms: Any) -> Desk:
    """A desk with one signal that waits."""
    day = Desk(account(routing=HELD, **terms))
    arrived = i.SignalArrived(signal("s-1", at=day.now, stop=95), *market(), quoted_at=day.now, at=day.now)
    assert names(day.give(arrived)) == ["SignalJudged", "SignalHeld"]
    return day


def market() -> tuple[Ticks, Ticks]:
    bid = SPY.ticks(number(100))
    return bid, Ticks(bid + 1)


def answer(
    day: Desk, *, approved: bool = True, why: str = "", quoted_at: Instant | None = None
) -> list[e.Event]:
    bid, ask = market()
    return day.give(
        i.ApprovalAsked(
            signal=S1,
            approved=approved,
            who="ann",
            why=why,
            bid=bid,
            ask=ask,
            quoted_at=day.now if quoted_at is None else quoted_at,
            at=day.now,
        )
    )


def judged(events: list[e.Event]) -> e.SignalJudged:
    found = [event for event in events if isinstance(event, e.SignalJudged)]
    assert len(found) == 1
    return found[0]


def test_what_is_approved_goes_through_every_gate_again_and_leaves() -> None:
    day = held()
    told = answer(day, why="looks good")
    assert names(told)[:3] == ["SignalTaken", "SignalJudged", "OrderSubmitted"]
    taken = told[0]
    assert isinstance(taken, e.SignalTaken)
    assert taken.why == "approved by ann: looks good"
    last = judged(told).checks[-1]
    assert (last.gate, last.figures) == ("approval", {"approved_by": "ann"})
    assert not day.book.state.held


def test_what_is_declined_is_refused_with_who_and_why() -> None:
    told = answer(day := held(), approved=False, why="too late in the day")
    assert names(told) == ["SignalTaken", "SignalJudged"]
    check = judged(told).checks[-1]
    assert (check.code, check.figures) == ("APPROVAL_DECLINED", {"who": "ann", "why": "too late in the day"})
    assert not day.book.state.held
    assert names(answer(day)) == ["ApprovalRefused"], "a no is not taken back"


def test_an_account_that_wants_fresh_quotes_takes_an_approved_signal_by_the_quote_of_the_approval() -> None:
    day = held(filters=FRESH)
    day.wait(30)
    assert judged(answer(day)).outcome is Outcome.ORDERED


def test_an_approval_does_not_make_an_old_quote_fresh() -> None:
    day = held(filters=FRESH)
    before = day.now
    day.wait(30)
    assert judged(answer(day, quoted_at=before)).code == "QUOTE_TOO_OLD"


def test_a_signal_that_waited_for_the_open_is_taken_by_the_quote_of_the_open() -> None:
    day = Desk(account(filters=FRESH, calendar="XNYS"))
    day.phase(Phase.CLOSED)
    assert judged(day.send(signal("s-1", at=day.now, stop=95))[0]).outcome is Outcome.QUEUED
    day.wait(3600)
    day.phase(Phase.OPEN)
    assert judged(day.quote("100", "100.01")).outcome is Outcome.ORDERED


@pytest.mark.parametrize("ticked", [True, False], ids=["by the clock", "by a late yes"])
def test_a_yes_that_comes_too_late_sends_nothing(ticked: bool) -> None:
    day = held()
    day.now = Instant(day.now + 60 * SECOND)
    told = day.wait(0) if ticked else answer(day)
    refused = judged(told)
    assert refused.code == "APPROVAL_EXPIRED"
    assert "OrderSubmitted" not in names(told)
    late = answer(day)
    assert [type(event) for event in late] == [g.ApprovalRefused]
    assert day.book.state.signals[S1].outcome is Outcome.REFUSED


def test_what_waits_outlives_a_restart_and_lapses_while_nothing_runs() -> None:
    day = held()
    day.book = day.folded()
    day.start()
    assert day.book.next_deadline() == day.book.state.held[S1].until
    day.now = Instant(day.now + 3600 * SECOND)
    day.book = day.folded()
    day.start("r3")
    assert judged(day.wait(0)).code == "APPROVAL_EXPIRED"
    day.check()


def test_a_yes_is_no_way_past_the_kill_switch() -> None:
    day = held()
    day.give(i.TradingStateAsked(TradingState.HALTED, "ann", "stop", None, at=day.now))
    assert judged(answer(day)).code == "TRADING_HALTED"


# --- what if ---


def arrived(day: Desk, **wanted: Any) -> i.SignalArrived:
    bid, ask = market()
    return i.SignalArrived(
        signal("s-9", at=day.now, **{"stop": 95} | wanted), bid, ask, quoted_at=day.now, at=day.now
    )


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ORDERED": ({}, {}),
    "APPROVAL_NEEDED": ({"routing": HELD}, {}),
    "UNKNOWN_INSTRUMENT": ({}, {"instrument": "NONE"}),
    "SIGNAL_TOO_WEAK": ({}, {"strength": nano(10)}),
    "POSITION_OPEN": ({}, {"instrument": "ES"}),
}


@pytest.mark.parametrize("ends", CASES)
def test_what_if_says_what_the_signal_itself_is_told_and_leaves_the_book_as_it_was(ends: str) -> None:
    terms, wanted = CASES[ends]
    day = Desk(account(**terms))
    if ends == "POSITION_OPEN":
        day.enter("s-1", instrument="ES", filled=10)
    input_ = arrived(day, **wanted)
    before = encode_state(day.book.state), day.book.next_deadline(), day.book.snapshot()
    told = day.book.what_if(input_)
    assert (encode_state(day.book.state), day.book.next_deadline(), day.book.snapshot()) == before
    real = judged(day.give(input_))
    assert (told.outcome, told.code, told.checks) == (real.outcome, real.code, real.checks)
    assert ends == (told.code or "ORDERED")
    assert told.passed is (ends == "ORDERED")


def test_what_if_of_an_exit_withdraws_nothing() -> None:
    day = Desk()
    day.enter("s-1", filled=10)
    before = encode_state(day.book.state)
    exit_ = i.SignalArrived(signal("x-1", SignalKind.EXIT, None, at=day.now), at=day.now)
    told = day.book.what_if(exit_)
    assert (told.outcome, told.draft.quantity) == (Outcome.ORDERED, Decimal(10))
    assert encode_state(day.book.state) == before


# --- strategies ---


def test_a_strategy_is_paused_by_a_person_once_with_who_when_and_why() -> None:
    day = Desk()
    paused = i.StrategyAsked(strategy="orb", paused=True, who="ann", why="wrong prices", at=day.now)
    assert names(day.give(paused)) == ["StrategyPaused"]
    pace = day.book.state.paces["orb"]
    assert (pace.paused, pace.paused_by, pace.paused_at) == ("wrong prices", "ann", paused.at)
    assert names(day.give(msgspec.structs.replace(paused, why="again"))) == []
    assert day.judge(signal(strategy="orb", at=day.now)).code == "STRATEGY_PAUSED"
    day.give(i.StrategyAsked(strategy="orb", paused=False, who="ann", why="mended", at=day.now))
    assert day.judge(signal("s-2", strategy="orb", at=day.now)).outcome is Outcome.ORDERED
    day.check()
