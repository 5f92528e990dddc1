"""What a person asks of a running engine: yes or no to what waits, going on, pausing, what would come of a signal."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.unit.engine.stage import ALPHA, HandClock, NotedJournal, entry, exit_, house, terms

from kedge.domain.accounts import AccountTerms
from kedge.domain.governor import LENIENT, DailyLoss
from kedge.domain.ids import SignalId, Symbol
from kedge.domain.instants import SECOND, Span
from kedge.domain.limits import Filters, Routing
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.domain.signal_form import SignalFormError
from kedge.domain.signals import Outcome
from kedge.engine.answers import Repeat
from kedge.engine.errors import EngineStoppedError, NotDoneError

S1 = SignalId("s-1")


def by_hand(**others: Any) -> AccountTerms:
    """An account whose entries wait for a person, and want a quote that is a second old at most."""
    routing = Routing(auto_execute=False, approve_within=Span(60 * SECOND))
    return msgspec.structs.replace(
        terms(), routing=routing, filters=Filters(max_quote_age=Span(SECOND)), **others
    )


def quote(clock: HandClock) -> Quote:
    return Quote(Symbol("SPY"), clock.now, Ticks(10_000), Ticks(10_001))


async def test_a_signal_is_approved_on_the_quote_of_that_moment_and_its_order_leaves() -> None:
    clock = HandClock()
    async with house(account=by_hand(), clock=clock) as opened:
        opened.engine.on_quote(quote(clock))
        assert (await opened.engine.signal(entry())).outcome is Outcome.HELD
        clock.pass_seconds(30)
        opened.engine.on_quote(quote(clock))
        answer = await opened.engine.operator.approve(S1, "ann", "good")
        assert (answer.outcome, answer.repeat, answer.code) == (Outcome.ORDERED, Repeat.NEW, "")
        assert answer.order is not None
        await opened.until(lambda: answer.order in opened.venue.called("submit"))


async def test_without_a_fresh_quote_the_approved_signal_is_refused() -> None:
    clock = HandClock()
    async with house(account=by_hand(), clock=clock) as opened:
        opened.engine.on_quote(quote(clock))
        await opened.engine.signal(entry())
        clock.pass_seconds(30)
        assert (await opened.engine.operator.approve(S1, "ann", "good")).code == "QUOTE_TOO_OLD"


async def test_what_does_not_wait_cannot_be_approved_and_the_answer_says_what_it_is() -> None:
    clock = HandClock()
    async with house(account=by_hand(), clock=clock) as opened:
        with pytest.raises(NotDoneError, match="no such signal is known"):
            await opened.engine.operator.approve(S1, "ann", "good")
        opened.engine.on_quote(quote(clock))
        await opened.engine.signal(entry())
        declined = await opened.engine.operator.approve(S1, "ann", "no", approved=False)
        assert declined.code == "APPROVAL_DECLINED"
        with pytest.raises(NotDoneError, match="it is REFUSED \\(APPROVAL_DECLINED\\)"):
            await opened.engine.operator.approve(S1, "ann", "yes after all")
        assert opened.venue.called("submit") == []


async def test_what_waits_when_the_engine_ends_waits_after_a_restart_and_lapses_if_that_took_too_long() -> (
    None
):
    clock, journal = HandClock(), NotedJournal([])
    async with house(account=by_hand(), clock=clock, journal=journal) as opened:
        opened.engine.on_quote(quote(clock))
        await opened.engine.signal(entry())
    clock.pass_seconds(20)
    async with house(account=by_hand(), clock=clock, journal=journal) as opened:
        assert list(opened.engine.book.state.held) == [S1]
    clock.pass_seconds(3600)
    async with house(account=by_hand(), clock=clock, journal=journal) as opened:
        opened.engine.on_quote(quote(clock))
        with pytest.raises(NotDoneError, match="APPROVAL_EXPIRED"):
            await opened.engine.operator.approve(S1, "ann", "late")
        assert opened.venue.called("submit") == []


async def test_a_strategy_is_paused_and_goes_on() -> None:
    async with house() as opened:
        ask = opened.engine.operator.set_strategy
        assert await ask("orb", "ann", "wrong prices", paused=True)
        assert not await ask("orb", "ann", "wrong prices", paused=True)
        assert (await opened.engine.signal(entry(strategy="orb"))).code == "STRATEGY_PAUSED"
        assert await ask("orb", "ann", "mended", paused=False)
        assert not await ask("orb", "ann", "mended", paused=False)
        assert (await opened.engine.signal(entry("s-2", strategy="orb"))).outcome is Outcome.ORDERED


async def test_a_lock_is_released_when_equity_is_above_the_floor_again_and_not_before() -> None:
    governor = msgspec.structs.replace(LENIENT, daily_loss=DailyLoss(limit=terms().cash / 1000))
    account = msgspec.structs.replace(terms(), governor=governor)
    async with house(account=account, clock=(clock := HandClock())) as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: bool(opened.engine.book.state.positions.get(ALPHA)))
        opened.engine.on_quote(msgspec.structs.replace(quote(clock), bid=Ticks(8_000), ask=Ticks(8_001)))
        state = opened.engine.book.state.accounts[ALPHA].governed
        await opened.until(lambda: "DAILY_LOSS_LIMIT" in state.locks)
        with pytest.raises(NotDoneError, match="equity 99800 is still at or below the limit 99900"):
            await opened.engine.operator.release(ALPHA, "DAILY_LOSS_LIMIT", "ann", "please")
        with pytest.raises(NotDoneError, match="it is not locked by DRAWDOWN_LIMIT"):
            await opened.engine.operator.release(ALPHA, "DRAWDOWN_LIMIT", "ann", "please")
        assert "DAILY_LOSS_LIMIT" in state.locks


# --- what if ---


async def test_what_if_is_answered_as_the_signal_would_be_and_nothing_is_recorded() -> None:
    clock = HandClock()
    async with house(account=by_hand(), clock=clock) as opened:
        opened.engine.on_quote(quote(clock))
        await opened.engine.recorded()
        before = opened.journal.head, opened.engine.book.snapshot()
        preview = opened.engine.operator.what_if(entry())
        await opened.engine.recorded()
        assert (opened.journal.head, opened.engine.book.snapshot()) == before
        assert (preview.answer.outcome, preview.answer.code) == (Outcome.HELD, "APPROVAL_NEEDED")
        assert preview.order is not None
        assert (preview.order.quantity, preview.order.stop) == (Decimal(10), Decimal(95))
        assert [check.gate for check in preview.checks] == list(preview.gates)
        real = await opened.engine.signal(entry())
        assert (real.outcome, real.repeat) == (Outcome.HELD, Repeat.NEW), "the id was not used up"
        again = opened.engine.operator.what_if(entry())
        assert (again.answer.repeat, again.answer.outcome, again.checks) == (Repeat.SAME, Outcome.HELD, ())
        other = opened.engine.operator.what_if(entry(quantity="11"))
        assert other.answer.repeat is Repeat.CONFLICT


async def test_what_if_of_a_refusal_names_the_gate_and_of_no_signal_the_fault() -> None:
    async with house() as opened:
        preview = opened.engine.operator.what_if(exit_())
        assert (preview.answer.code, preview.checks[-1].gate, preview.order) == (
            "NO_POSITION",
            "reducing_intake",
            None,
        )
        assert len(preview.gates) > len(preview.checks)
        with pytest.raises(SignalFormError, match="kind"):
            opened.engine.operator.what_if({"account": "alpha"})
        without_id = {name: value for name, value in entry().items() if name != "id"}
        assert opened.engine.operator.what_if(without_id).answer.outcome is Outcome.ORDERED


async def test_an_engine_that_does_not_run_does_none_of_it() -> None:
    async with house() as opened:
        engine = opened.engine
    with pytest.raises(EngineStoppedError):
        await engine.operator.approve(S1, "ann", "good")
    with pytest.raises(EngineStoppedError):
        await engine.operator.set_strategy("orb", "ann", "why", paused=True)
    with pytest.raises(EngineStoppedError):
        engine.operator.what_if(entry())
