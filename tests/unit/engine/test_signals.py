"""The door for signals: one durable answer each, and nothing leaves before the record is written."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.builders import signal
from tests.unit.engine.stage import (
    NOON,
    Calls,
    FarVenue,
    HandClock,
    NotedJournal,
    engine_on,
    entry,
    exit_,
    house,
    terms,
)

from kedge.domain.accounts import TradingState
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Terms
from kedge.domain.signal_form import SignalFormError
from kedge.domain.signals import Outcome
from kedge.engine import writer as writer_module
from kedge.engine.answers import Repeat
from kedge.engine.errors import EngineStoppedError
from kedge.kernel import apply as apply_module


@pytest.mark.parametrize(
    "odd",
    [
        {"reason": 5},
        {"metadata": {"a": 1}},
        {"direction": "UP"},
        {"stop": 95.5},
        {"metadata": {"a": object()}},
    ],
    ids=str,
)
async def test_a_signal_that_could_not_be_read_from_the_record_is_refused_at_the_door(odd: Any) -> None:
    async with house() as opened:
        before = opened.journal.head
        with pytest.raises(SignalFormError, match="it is no signal that could be recorded"):
            await opened.engine.signal(msgspec.structs.replace(signal("s-1", at=NOON), **odd))
        await opened.engine.recorded()
        assert opened.journal.head == before


async def test_written_then_answered_and_sent() -> None:
    async with house() as opened:

        async def ask() -> None:
            await opened.engine.signal(entry())
            opened.calls.append(("answered", "s-1"))

        opened.engine.subscribe(lambda step: opened.calls.append(("told", type(step.events[-1]).__name__)))
        opened.calls.clear()
        await asyncio.create_task(ask())
        await opened.until(lambda: ("append", "OrderAccepted") in opened.calls)
        names = [call for call, _ in opened.calls]
        assert ("append", "OrderSubmitted") in opened.calls[: names.index("submit")]
        last = max(place for place, call in enumerate(opened.calls) if call == ("append", "OrderSubmitted"))
        assert last < min(names.index("submit"), names.index("answered"), names.index("told"))


async def test_a_request_is_in_the_journal_when_it_leaves() -> None:
    calls: Calls = []
    journal = NotedJournal(calls)
    seen: list[bool] = []

    class Looking(FarVenue):
        async def _do(self, name: str, order: Any, usual: Any) -> Any:
            seen.append(any(row.subject == order for row in journal.rows()))
            return await super()._do(name, order, usual)

    async with house(journal=journal, venue=Looking(calls)) as opened:
        order = await opened.enter()
        opened.engine.cancel(order.id, "ann", "test")
        await opened.until(lambda: order.state is OrderState.CANCELLED)
    assert len(seen) >= 2
    assert all(seen)


async def test_the_answer_tells_the_outcome_and_the_order() -> None:
    async with house() as opened:
        answer = await opened.engine.signal(entry())
        assert (answer.outcome, answer.repeat, answer.code) == (Outcome.ORDERED, Repeat.NEW, "")
        assert answer.order in opened.engine.book.state.orders
        refused = await opened.engine.signal(exit_("x-9") | {"instrument": "NONE"})
        assert (refused.outcome, refused.code, refused.order) == (Outcome.REFUSED, "UNKNOWN_INSTRUMENT", None)


async def test_the_same_again_changes_nothing_and_other_content_is_a_conflict() -> None:
    async with house() as opened:
        first = await opened.engine.signal(entry())
        recorded = opened.journal.head.seq
        same = await opened.engine.signal(entry())
        assert (same.repeat, same.outcome, same.order) == (Repeat.SAME, first.outcome, first.order)
        await opened.until(lambda: "OrderAccepted" in opened.events())
        conflict = await opened.engine.signal(entry(quantity="7"))
        assert (conflict.repeat, conflict.outcome, conflict.order) == (
            Repeat.CONFLICT,
            first.outcome,
            first.order,
        )
        assert opened.events().count("SignalRepeated") == 1
        assert opened.venue.called("submit") == [first.order]
        assert recorded < opened.journal.head.seq  # the acceptance and the conflict; the repeat left no trace
        assert opened.events().count("SignalJudged") == 1


async def test_the_same_many_times_in_one_moment_is_one_order() -> None:
    async with house() as opened:
        answers = await asyncio.gather(*(opened.engine.signal(entry()) for _ in range(20)))
        assert [answer.repeat for answer in answers] == [Repeat.NEW] + [Repeat.SAME] * 19
        assert len({answer.order for answer in answers}) == 1
        await opened.until(lambda: "OrderAccepted" in opened.events())
        assert len(opened.venue.called("submit")) == 1


BAD_FORMS: list[tuple[Any, str]] = [
    (b"{", "ends too early"),
    (b"[]", "the document: a list is not an object"),
    ({}, "account: missing"),
    (entry(kind="HOPE"), "HOPE"),
    (entry(colour="red"), "colour"),
    (entry(quantity="1e40"), "quantity"),
    (entry(ts="yesterday"), "ts"),
    (entry(id=" "), "id"),
]


@pytest.mark.parametrize(("document", "word"), BAD_FORMS)
async def test_a_bad_form_is_refused_and_leaves_no_trace(document: Any, word: str) -> None:
    async with house() as opened:
        recorded = opened.journal.head
        with pytest.raises(SignalFormError, match=word):
            await opened.engine.signal(document)
        assert opened.journal.head == recorded


async def test_signals_without_an_id_get_one_each() -> None:
    async with house() as opened:
        first = await opened.engine.signal(entry(None))
        second = await opened.engine.signal(entry(None))
        assert first.signal != second.signal
        assert second.repeat is Repeat.NEW


async def test_a_caller_that_went_away_changes_nothing() -> None:
    async with house() as opened:
        caller = asyncio.create_task(opened.engine.signal(entry()))
        await asyncio.sleep(0)  # it has handed the signal in and waits
        caller.cancel()
        assert (await opened.engine.signal(entry())).repeat is Repeat.SAME
        await opened.until(lambda: "OrderAccepted" in opened.events())


async def test_a_submit_expires_by_the_accounts_terms_counted_from_the_decision() -> None:
    """Whatever the venue object says of itself: the kernel weighs absences by the account's terms."""
    clock = HandClock()
    calls: Calls = []

    class Slow(NotedJournal):
        def append(self, *args: Any) -> Any:
            clock.pass_seconds(3)  # a disk that takes its time
            return super().append(*args)

    account = terms(Capabilities(request_lifetime=Span(5 * SECOND)))
    venue = FarVenue(calls, Capabilities(request_lifetime=MINUTE))
    async with house(journal=Slow(calls), venue=venue, account=account, clock=clock) as opened:
        order = await opened.enter()
        assert order.sent_at > NOON
        assert opened.venue.expires == [order.sent_at + 5 * SECOND]


@pytest.mark.parametrize("when", ["before the start", "after the stop"])
async def test_a_signal_to_an_engine_that_does_not_run(when: str) -> None:
    calls: Calls = []
    engine = engine_on(NotedJournal(calls), [FarVenue(calls)])
    if when == "after the stop":
        await engine.start()
        await engine.stop()
    with pytest.raises(EngineStoppedError):
        await engine.signal(entry())
    with pytest.raises(EngineStoppedError):
        engine.cancel(OrderId("o-1"), "ann", "why")
    with pytest.raises(EngineStoppedError):
        engine.replace(OrderId("o-1"), Terms(), "ann", "why")
    with pytest.raises(EngineStoppedError):
        engine.set_trading(TradingState.HALTED, "ann", "why")
    if when == "before the start":
        await engine.stop()
    assert [subject for call, subject in calls if call == "submit"] == []


# -- what has left memory --


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (apply_module, writer_module):
        monkeypatch.setattr(module, "SIGNALS_KEPT", 8)
    monkeypatch.setattr(apply_module, "CLOSED_ORDERS_KEPT", 8)


@pytest.mark.usefixtures("small_windows")
async def test_a_signal_that_left_memory_is_still_known() -> None:
    async with house() as opened:
        first = await opened.engine.signal(entry("s-1"))
        for number in range(30):
            await opened.engine.signal(exit_(f"x-{number}") | {"instrument": "NONE"})
        assert "s-1" not in opened.engine.book.state.signals
        same = await opened.engine.signal(entry("s-1"))
        assert (same.repeat, same.outcome, same.order) == (Repeat.SAME, Outcome.ORDERED, first.order)
        conflict = await opened.engine.signal(entry("s-1", quantity="3"))
        assert (conflict.repeat, conflict.order) == (Repeat.CONFLICT, first.order)
        assert opened.venue.called("submit") == [first.order]


@pytest.mark.usefixtures("small_windows")
async def test_a_burst_that_is_larger_than_memory_is_answered_in_full() -> None:
    async with house() as opened:
        documents = [exit_(f"x-{number}") | {"instrument": "NONE"} for number in range(100)]
        answers = await asyncio.gather(*(opened.engine.signal(document) for document in documents))
        assert {answer.code for answer in answers} == {"UNKNOWN_INSTRUMENT"}
        assert [answer.signal for answer in answers] == [document["id"] for document in documents]


@pytest.mark.usefixtures("small_windows")
async def test_a_signal_is_known_though_a_burst_pushed_it_out_before_it_was_written() -> None:
    async with house() as opened:
        burst = [entry("s-1"), *(exit_(f"x-{n}") | {"instrument": "NONE"} for n in range(30)), entry("s-1")]
        answers = await asyncio.gather(*(opened.engine.signal(document) for document in burst))
        assert answers[-1].repeat is Repeat.SAME
        assert answers[-1].order == answers[0].order
        await opened.until(lambda: "OrderAccepted" in opened.events())
        assert len(opened.venue.called("submit")) == 1


@pytest.mark.usefixtures("small_windows")
async def test_a_late_fill_of_an_order_that_left_memory_is_counted() -> None:
    async with house() as opened:
        first = await opened.enter("s-1")
        for number in range(30):
            if number:
                order = await opened.enter(f"s-{number + 1}")
            else:
                order = first
            opened.engine.cancel(order.id, "ann", "test")
            await opened.until(lambda order=order: order.state is OrderState.CANCELLED)  # type: ignore[misc]
        assert first.id not in opened.engine.book.state.orders
        opened.fill(first)
        await opened.until(lambda: "PositionOpened" in opened.events())
        assert "OrderRestored" in opened.events()
        assert opened.order(first.id).filled == 10
