"""The close of a bar: what strategies know, what they have found, and what comes of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.builders import ES, SPY, account, encode, encode_state, later, names, nano, signal, submitted
from tests.unit.kernel.bars import CLOSES, M5, OPENED, ORB, Bars, of_type, strategy

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain import setups as s
from kedge.domain.ids import SignalId, Symbol
from kedge.domain.instants import DAY, MINUTE, SECOND, Instant, Span
from kedge.domain.markets import Phase
from kedge.domain.protection import Levels, LevelStop, Plan, StopMethod
from kedge.domain.signals import Outcome
from kedge.domain.strategies import SETUPS_KEPT, Fate, Missed, Told, chart_key
from kedge.kernel.book import Book

CHART = chart_key(SPY.symbol, M5)


# --- what a bar leaves ---


def test_a_quiet_bar_is_one_event_for_all_strategies_that_look_at_it() -> None:
    desk = Bars(strategy("a"), strategy("b"), strategy("c", instrument=ES.symbol))
    desk.bar()
    events = desk.bar()
    assert names(events) == ["PanelNoted"]
    assert desk.book.state.panels[CHART].at == desk.close
    assert [desk.known(each).judged for each in "abc"] == [desk.close, desk.close, 0]
    desk.check()


def test_the_same_bar_again_is_nothing_new() -> None:
    desk = Bars()
    told = Told(ORB, state="{}", setups=(desk.setup("s-1"),))
    assert len(submitted(desk.bar(told))) == 1
    assert desk.bar(told, close=desk.close) == []
    assert desk.bar(told, close=later(desk.close, -5)) == []
    assert desk.counts() == (1, 1, 0, 0)


def test_the_same_bar_with_more_indicators_is_noted() -> None:
    desk = Bars()
    desk.bar(panel="{}")
    assert names(desk.bar(close=desk.close, panel='{"ema":1}')) == ["PanelNoted"]


def test_bars_that_no_strategy_looks_at_leave_nothing() -> None:
    desk = Bars()
    assert desk.bar(Told(ORB, setups=(desk.setup(),)), instrument=ES.symbol) == []
    assert desk.bar(Told(ORB, setups=(desk.setup(),)), length=Span(MINUTE)) == []
    assert desk.bar(Told("nobody", setups=(desk.setup(),)))[-1:] == [
        s.PanelNoted(instrument=SPY.symbol, length=M5, close=desk.close, state=f'{{"at":{desk.close}}}')
    ]
    assert desk.counts() == (0, 0, 0, 0)


def test_a_strategy_of_a_root_sees_the_bars_of_its_contracts() -> None:
    contract = msgspec.structs.replace(ES, symbol=Symbol("ESH6"), root="ES1")
    desk = Bars(strategy(instrument=Symbol("ES1")), instruments=(SPY, contract))
    desk.bar(Told(ORB, state="{}"), instrument=contract.symbol)
    assert (desk.known().state, desk.known().judged) == ("{}", desk.close)
    desk.declare()
    assert desk.book.state.panels == {}
    desk.check_record()


# --- sessions ---


def test_a_session_begins_with_its_first_bar_and_counts_anew() -> None:
    desk = Bars()
    assert names(desk.found()) == [
        "SessionBegan",
        "SetupFound",
        "SignalJudged",
        "OrderSubmitted",
        "SetupAnswered",
        "PanelNoted",
    ]
    assert (desk.known().opened, desk.known().closes) == (OPENED, CLOSES)
    assert desk.counts() == (1, 1, 0, 0)
    assert "SessionBegan" not in names(desk.bar())
    tomorrow = Instant(OPENED + DAY)
    assert "SessionBegan" in names(desk.bar(close=later(tomorrow, 5), opened=tomorrow))
    assert desk.counts() == (0, 0, 0, 0)
    assert desk.known().total.found == 1
    desk.check()


def test_a_bar_of_no_session_begins_none() -> None:
    desk = Bars()
    desk.bar()
    assert names(desk.bar(opened=Instant(0))) == ["PanelNoted"]
    assert desk.known().opened == OPENED


# --- what a strategy remembers ---


def test_what_a_strategy_remembers_is_written_when_it_changes() -> None:
    desk = Bars()
    assert "StrategyMoved" in names(desk.bar(Told(ORB, state='{"high":1}')))
    assert names(desk.bar(Told(ORB, state='{"high":1}'))) == ["PanelNoted"]
    assert names(desk.bar(Told(ORB))) == ["PanelNoted"]
    assert names(desk.bar(Told(ORB, state='{"high":2}'))) == ["StrategyMoved", "PanelNoted"]
    assert desk.known().state == '{"high":2}'
    desk.check_record()


def test_a_bar_that_was_seen_already_does_not_take_a_strategy_back() -> None:
    desk = Bars()
    desk.bar(Told(ORB, state="1"))
    first = desk.close
    desk.bar(Told(ORB, state="2"))
    assert desk.bar(Told(ORB, state="1", error=""), close=first) == []
    assert desk.bar(Told(ORB, error="boom"), close=first) == []
    assert desk.known().state == "2"


# --- setups ---


def test_a_setup_is_found_judged_and_answered_in_one_step() -> None:
    desk = Bars()
    desk.bar()
    before = desk.book.state.step
    events = desk.found("s-1", reason="above the range")
    assert desk.book.state.step == before + 1
    assert names(events) == ["SetupFound", "SignalJudged", "OrderSubmitted", "SetupAnswered", "PanelNoted"]
    (answered,) = of_type(events, s.SetupAnswered)
    assert (answered.strategy, answered.signal, answered.outcome, answered.code) == (
        ORB,
        "s-1",
        Outcome.ORDERED,
        "",
    )
    last = desk.last()
    assert (last.signal, last.at, last.reason, last.fate) == (
        "s-1",
        desk.close,
        "above the range",
        Fate.TAKEN,
    )
    assert [leg.stop_price for leg in of_type(events, e.OrderSubmitted)[0].legs] == [nano(95)]
    desk.check()


def test_a_setup_that_a_gate_refuses_is_counted_with_its_code() -> None:
    desk = Bars()
    desk.found("s-1")
    events = desk.found("s-2")
    assert of_type(events, s.SetupAnswered)[0].code == "POSITION_PENDING"
    assert (desk.last().fate, desk.last().code) == (Fate.REFUSED, "POSITION_PENDING")
    assert desk.counts() == (2, 1, 1, 0)


def test_a_signal_that_is_known_already_is_no_setup_again() -> None:
    desk = Bars()
    desk.found("s-1")
    desk.fill(desk.enter("other", instrument="ES", quantity=1)[0], 1)
    assert names(desk.found("s-1")) == ["PanelNoted"]
    desk.found("s-2", missed=Missed.LATE)
    assert names(desk.found("s-2")) == ["PanelNoted"]
    assert desk.counts() == (2, 1, 0, 1)


@pytest.mark.parametrize("why", Missed)
def test_a_missed_setup_is_recorded_and_never_tried(why: Missed) -> None:
    desk = Bars()
    events = desk.bar(Told(ORB, setups=(desk.setup("s-1"),), missed=why), delay=90)
    assert names(events) == ["SessionBegan", "SetupFound", "SetupMissed", "PanelNoted"]
    (missed,) = of_type(events, s.SetupMissed)
    assert (missed.why, missed.late) == (why, 90 * SECOND)
    assert (desk.last().fate, desk.last().code) == (Fate.MISSED, why)
    assert desk.counts() == (1, 0, 0, 1)
    assert desk.known().worst_delay == 0, "it was not decided"
    assert SignalId("s-1") not in desk.book.state.signals
    desk.check_record()


def test_quote_and_levels_are_handed_on_as_with_any_signal() -> None:
    plan = Plan(level_stop=LevelStop(StopMethod.STRUCTURE))
    filters = account().filters
    desk = Bars(
        terms=account(plan=plan, filters=msgspec.structs.replace(filters, max_quote_age=Span(SECOND)))
    )
    wanted = desk.setup("s-1", stop=None)
    levels = {wanted.id: Levels(swing_low=nano(97))}
    events = desk.bar(Told(ORB, setups=(wanted,)), levels=levels)
    assert [leg.stop_price for leg in submitted(events) and of_type(events, e.OrderSubmitted)[0].legs] == [
        nano("96.99")
    ]
    stale = desk.bar(
        Told(ORB, setups=(desk.setup("s-2", instrument="ES"),)), quoted_at=Instant(desk.now - DAY)
    )
    assert of_type(stale, s.SetupAnswered)[0].code == "QUOTE_TOO_OLD"


def test_a_jump_of_the_price_is_handed_on() -> None:
    filters = msgspec.structs.replace(account().filters, max_jump_pct=SPY.tick * 100)
    desk = Bars(terms=account(filters=filters))
    events = desk.bar(Told(ORB, setups=(desk.setup(),)), jumped_from=SPY.ticks(SPY.tick * 9000))
    assert of_type(events, s.SetupAnswered)[0].code == "PRICE_JUMPED"


def test_the_delay_is_from_the_close_of_the_bar_to_the_decision() -> None:
    desk = Bars()
    desk.bar(Told(ORB, setups=(desk.setup(),)), delay=0.5)
    desk.bar(Told(ORB, setups=(desk.setup(),)), delay=0.2)
    assert desk.known().last_delay == SECOND // 5
    assert desk.known().worst_delay == SECOND // 2


def test_only_the_last_setups_are_kept_and_all_are_counted() -> None:
    desk = Bars()
    for _ in range(SETUPS_KEPT + 3):
        desk.found()
    assert len(desk.known().setups) == SETUPS_KEPT
    assert desk.last().at == desk.close
    assert desk.known().total.found == SETUPS_KEPT + 3
    desk.check_record()


def test_a_setup_is_of_its_moment_and_waits_for_no_open() -> None:
    stock = msgspec.structs.replace(SPY, calendar="XNYS")
    desk = Bars(instruments=(stock,))
    desk.phase(Phase.CLOSED)
    events = desk.found()
    assert (desk.last().fate, desk.last().code) == (Fate.REFUSED, "MARKET_CLOSED")
    assert "SignalQueued" not in names(events)
    other = desk.send(signal("p-1", stop=95, at=desk.now))[0]
    assert "SignalQueued" in names(other), "a person's signal does"


# --- exits ---


def test_an_exit_closes_what_the_account_holds_and_is_nothing_else() -> None:
    desk = Bars()
    assert "SignalJudged" not in names(desk.bar(Told(ORB, exits=(desk.leave("x-0"),))))
    desk.fill(submitted(desk.found("s-1"))[0].id, 10)
    events = desk.bar(Told(ORB, exits=(desk.leave("x-1"),), missed=Missed.DOWN))
    assert [(each.side, each.role) for each in submitted(events)] == [("sell", "exit")]
    assert SignalId("x-0") not in desk.book.state.signals
    again = desk.bar(Told(ORB, exits=(desk.leave("x-1"),)))
    assert names(again) == ["PanelNoted"]
    desk.check()


# --- failures ---


def failing(desk: Bars, times: int) -> list[e.Event]:
    return [event for _ in range(times) for event in desk.bar(Told(ORB, error="ZeroDivisionError: by zero"))]


def test_three_failures_in_a_row_pause_a_strategy_with_the_reason() -> None:
    desk = Bars()
    events = failing(desk, 2)
    assert "StrategyPaused" not in names(events)
    events = failing(desk, 1)
    assert names(events) == ["StrategyFailed", "StrategyPaused", "PanelNoted"]
    (paused,) = of_type(events, g.StrategyPaused)
    assert paused.who == "engine"
    assert "3 times in a row" in paused.why
    assert "ZeroDivisionError: by zero" in paused.why
    desk.found()
    assert desk.last().code == "STRATEGY_PAUSED"
    desk.check()


def test_a_bar_that_goes_well_ends_a_row_of_failures() -> None:
    desk = Bars()
    failing(desk, 2)
    assert desk.known().failing == 2
    desk.bar()
    assert desk.known().failing == 0
    events = failing(desk, 2)
    assert [each.in_a_row for each in of_type(events, s.StrategyFailed)] == [1, 2]
    assert "StrategyPaused" not in names(events)
    desk.check_record()


def test_after_a_person_has_looked_failures_count_anew() -> None:
    desk = Bars()
    failing(desk, 3)
    desk.give(i.StrategyAsked(ORB, paused=False, who="ann", why="fixed", at=desk.now))
    assert of_type(failing(desk, 1), s.StrategyFailed)[0].in_a_row == 1
    desk.check_record()


def test_a_strategy_that_a_person_has_paused_is_not_paused_again() -> None:
    desk = Bars()
    desk.give(i.StrategyAsked(ORB, paused=True, who="ann", why="news", at=desk.now))
    assert "StrategyPaused" not in names(failing(desk, 3))
    assert desk.book.state.paces[ORB].paused == "news"


def test_one_that_fails_leaves_the_others_alone() -> None:
    desk = Bars(strategy("bad"), strategy())
    events = desk.bar(Told("bad", state="{}", error="boom"), Told(ORB, setups=(desk.setup(),)))
    assert len(submitted(events)) == 1
    assert desk.known("bad").state == ""
    assert "StrategyMoved" not in names(events)


# --- declared, changed, dropped ---


def test_what_is_declared_is_recorded_once() -> None:
    desk = Bars()
    assert desk.declare(strategy()) == []
    assert names(desk.declare(strategy(), strategy("b"))) == ["StrategyDefined"]
    assert names(desk.declare(strategy("b"))) == ["StrategyDropped"]
    assert list(desk.book.state.strategies) == ["b"]
    assert desk.known("b").since < desk.now
    desk.check_record()


def test_new_terms_leave_a_strategy_what_it_remembers() -> None:
    desk = Bars()
    desk.bar(Told(ORB, state="{}", setups=(desk.setup(),)))
    desk.declare(strategy(quantity=SPY.lot))
    known = desk.known()
    assert (known.state, known.judged, known.session.found) == ("{}", desk.close, 1)
    assert desk.book.state.panels[CHART].at == desk.close


@pytest.mark.parametrize(
    "changed",
    [{"rule": "ema"}, {"bar": Span(MINUTE)}, {"instrument": ES.symbol}, {"parameters": {"minutes": "30"}}],
    ids=lambda changed: next(iter(changed)),
)
def test_another_rule_bar_instrument_or_parameter_begins_anew(changed: dict[str, Any]) -> None:
    desk = Bars()
    desk.bar(Told(ORB, state="{}", setups=(desk.setup(),)))
    desk.declare(strategy(**changed))
    known = desk.known()
    assert (known.state, known.judged, known.session.found, known.total.found) == ("", 0, 0, 1)
    assert known.setups
    desk.check_record()


def test_where_nobody_looks_at_bars_any_more_nothing_is_kept_of_them() -> None:
    desk = Bars(strategy(), strategy("b"))
    desk.bar()
    desk.declare(strategy("b"))
    assert CHART in desk.book.state.panels
    desk.declare(strategy("b", bar=Span(MINUTE)))
    assert desk.book.state.panels == {}
    assert list(desk.book.state.charts) == [chart_key(SPY.symbol, Span(MINUTE))]
    desk.check_record()


# --- restarts ---


def test_a_book_that_is_taken_over_between_any_two_steps_goes_on_as_if_nothing_had_been() -> None:
    def play(desk: Bars, *, restarted_after: int) -> list[bytes]:
        acts: tuple[Callable[[], object], ...] = (
            lambda: desk.bar(Told(ORB, state="1")),
            lambda: desk.found("s-1"),
            lambda: desk.bar(Told(ORB, error="boom")),
            lambda: desk.found("s-1"),
            lambda: desk.found("s-2", missed=Missed.DOWN),
            lambda: desk.bar(Told(ORB, error="boom")),
            lambda: desk.found("s-3"),
            lambda: desk.declare(strategy(quantity=SPY.lot)),
            lambda: desk.bar(close=later(Instant(OPENED + DAY), 5), opened=Instant(OPENED + DAY)),
        )
        for place, act in enumerate(acts):
            act()
            if place == restarted_after:
                desk.book = Book.restored(desk.book.snapshot())
                assert encode_state(desk.folded().state) == encode_state(desk.book.state)
        return [encode(event) for event in desk.events]

    undisturbed = play(Bars(), restarted_after=-1)
    for place in range(9):
        assert play(Bars(), restarted_after=place) == undisturbed


def test_a_step_that_was_not_written_leads_to_the_same_again() -> None:
    desk = Bars()
    desk.bar()
    before = desk.book.snapshot()
    told = Told(ORB, setups=(desk.setup("s-1"),))
    first = desk.bar(told)
    again = Book.restored(before).handle(msgspec.json.decode(desk.causes[-1], type=i.Input))
    assert [encode(event) for event in again] == [encode(event) for event in first]
