"""Starting, failing, running out of room, stopping."""

import asyncio
import logging

import pytest
from tests.unit.engine.stage import Calls, FarVenue, House, NotedJournal, engine_on, entry, exit_, house

from kedge.domain.accounts import TradingState
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.engine import engine as engine_module
from kedge.engine.errors import EngineStoppedError
from kedge.engine.recovery import recover, state_schema
from kedge.journal.errors import DiskFullError, JournalError, StaleEpochError, SyncFailedError

# -- a journal that fails --


@pytest.mark.parametrize(
    "error", [DiskFullError("no room"), SyncFailedError("EIO"), StaleEpochError("taken over")]
)
async def test_nothing_leaves_when_it_cannot_be_written(error: JournalError) -> None:
    async with house() as opened:
        recorded = opened.journal.head
        opened.journal.fails = error
        asked = [opened.engine.signal(entry(f"s-{number}")) for number in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [EngineStoppedError] * 3
        with pytest.raises(type(error), match=str(error)):
            await opened.engine.wait()
        with pytest.raises(EngineStoppedError):
            await opened.engine.signal(entry("s-9"))
        await opened.engine.stop()
        assert opened.venue.called("submit") == []
        assert opened.journal.head == recorded
        assert opened.journal.load_snapshot(state_schema()) is None
        assert (opened.journal.closed, opened.venue.closed) == (1, 1)


async def test_a_failure_after_the_answer_is_the_one_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with house() as opened:

        def fail(_command: object) -> None:
            raise RuntimeError("in the middle of it")

        monkeypatch.setattr(opened.engine, "_dispatch", fail)
        assert (await opened.engine.signal(entry())).outcome is Outcome.ORDERED
        with pytest.raises(RuntimeError, match="in the middle of it"):
            await opened.engine.wait()


async def test_a_start_that_cannot_be_written_fails() -> None:
    calls: Calls = []
    journal = NotedJournal(calls)
    journal.fails = SyncFailedError("EIO")
    engine = engine_on(journal, [FarVenue(calls)])
    await engine.start()
    with pytest.raises(SyncFailedError):
        await engine.wait()
    await engine.stop()


# -- a disk that fills --


async def test_low_on_space_halts_new_risk_and_lets_exits_through() -> None:
    async with house() as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: "PositionOpened" in opened.events())
        opened.journal.low_on_space = True
        await opened.engine.signal(exit_("x-0") | {"instrument": "NONE"})
        await opened.until(lambda: "TradingStateChanged" in opened.events())
        changed = next(row for row in opened.journal.rows() if row.kind == "TradingStateChanged")
        assert b'"who":"engine"' in changed.payload
        assert b"the disk is full" in changed.payload
        assert (await opened.engine.signal(entry("s-2"))).code == "TRADING_HALTED"
        answer = await opened.engine.signal(exit_("x-1"))
        assert answer.outcome is Outcome.ORDERED
        await opened.until(lambda: answer.order in opened.venue.called("submit"))


async def test_a_person_resumes_once_there_is_room() -> None:
    async with house() as opened:
        opened.journal.low_on_space = True
        await opened.engine.signal(exit_("x-0"))
        await opened.until(lambda: "TradingStateChanged" in opened.events())
        opened.journal.low_on_space = False
        opened.engine.set_trading(TradingState.ACTIVE, "ann", "there is room")
        await opened.until(lambda: opened.engine.book.state.trading is TradingState.ACTIVE)
        assert (await opened.engine.signal(entry("s-2"))).outcome is Outcome.ORDERED


# -- who watches --


async def test_a_subscriber_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with house() as opened:

        def fail(_step: Step) -> None:
            raise ValueError("only watching")

        told: list[int] = []
        opened.engine.subscribe(fail)
        opened.engine.subscribe(lambda step: told.append(step.number))
        with caplog.at_level(logging.CRITICAL):
            await opened.enter()
        assert told == sorted(told)
        assert told[-1] == opened.steps[-1].number


async def test_subscribers_see_what_is_recorded_and_nothing_else() -> None:
    async with house() as opened:
        await opened.enter()
    recorded = [step.number for step in opened.journal.steps()]
    assert [step.number for step in opened.steps] == recorded


# -- stopping --


async def stopping(opened: House) -> "asyncio.Task[None]":
    """The engine is told to stop and has got as far as it gets by itself."""
    task = asyncio.create_task(opened.engine.stop())
    for _ in range(20):
        await asyncio.sleep(0)
    return task


async def test_requests_under_way_end_before_the_engine_does() -> None:
    async with house() as opened:
        opened.venue.held = asyncio.Event()
        order = await opened.enter(state=None)
        await opened.until(lambda: "OrderSubmitted" in opened.events())
        stop = await stopping(opened)
        assert not stop.done()
        assert opened.venue.closed == 0
        opened.venue.held.set()
        await stop
        assert order.state is OrderState.ACCEPTED
        assert recover(opened.journal, state_schema()).state.orders[order.id].state is OrderState.ACCEPTED
        assert (opened.journal.closed, opened.venue.closed) == (1, 1)


async def test_what_was_taken_in_before_the_stop_is_sent_and_settled() -> None:
    async with house() as opened:
        opened.venue.held = asyncio.Event()
        signal = asyncio.create_task(opened.engine.signal(entry()))
        stop = await stopping(opened)  # the signal is taken in, and the loop has not come round to it
        opened.venue.held.set()
        await stop
        answer = await signal
        assert answer.order is not None
        assert opened.venue.called("submit") == [answer.order]
        state = recover(opened.journal, state_schema()).state
        assert state.orders[answer.order].state is OrderState.ACCEPTED


async def test_a_request_that_never_ends_does_not_hold_the_stop_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "SETTLE_SECONDS", 0.01)
    async with house() as opened:
        opened.venue.held = asyncio.Event()
        order = await opened.enter(state=None)
        await opened.until(lambda: "OrderSubmitted" in opened.events())
        await opened.engine.stop()
        assert recover(opened.journal, state_schema()).state.orders[order.id].state is OrderState.PENDING_NEW


async def test_nothing_new_is_taken_in_while_it_stops() -> None:
    async with house() as opened:
        opened.venue.held = asyncio.Event()
        await opened.enter(state=None)
        await opened.until(lambda: "OrderSubmitted" in opened.events())
        stop = await stopping(opened)
        with pytest.raises(EngineStoppedError):
            await opened.engine.signal(entry("s-2"))
        opened.venue.held.set()
        await stop


async def test_stopping_twice_is_stopping_once() -> None:
    async with house() as opened:
        await asyncio.gather(opened.engine.stop(), opened.engine.stop())
        await opened.engine.stop()
        await opened.engine.wait()
        assert (opened.journal.closed, opened.venue.closed) == (1, 1)


async def test_a_second_stop_waits_for_the_first() -> None:
    async with house() as opened:
        opened.venue.held = asyncio.Event()
        await opened.enter(state=None)
        await opened.until(lambda: "OrderSubmitted" in opened.events())
        first, second = await stopping(opened), await stopping(opened)
        assert not second.done()
        opened.venue.held.set()
        await asyncio.gather(first, second)


async def test_the_state_is_kept_at_the_stop_and_the_next_start_goes_on_from_it() -> None:
    async with house() as opened:
        order = await opened.enter()
        opened.fill(order)
        await opened.until(lambda: "PositionOpened" in opened.events())
    live = opened.engine.book.snapshot()
    kept = opened.journal.load_snapshot(state_schema())
    assert kept is not None
    assert kept.blob == live
    assert recover(opened.journal, state_schema()).snapshot() == live
    assert (
        recover(opened.journal, "a form of another program").snapshot() == live
    )  # folded from the first event


async def test_ids_of_two_runs_differ() -> None:
    calls: Calls = []
    journal = NotedJournal(calls)
    async with house(journal=journal) as opened:
        first = await opened.enter()
    async with house(journal=journal) as opened:
        opened.engine.cancel(first.id, "ann", "make room")
        await opened.until(lambda: opened.order(first.id).state is OrderState.CANCELLED)
        second = await opened.enter("s-2")
        assert first.id.split("-")[0] == second.id.split("-")[0] == "journal1"
        assert first.id.split("-")[1] != second.id.split("-")[1]
        assert opened.leg(Role.STOP).id != second.id


async def test_an_outcome_that_cannot_be_taken_in_ends_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the venue has done must not be lost in silence: a restart asks about it."""
    async with house() as opened:

        def broken(_: object) -> None:
            raise ArithmeticError("a fault of the kernel")

        monkeypatch.setattr(opened.engine._dispatcher, "_put", broken)
        await opened.engine.signal(entry())
        with pytest.raises(ArithmeticError, match="a fault of the kernel"):
            await opened.engine.wait()
        with pytest.raises(EngineStoppedError):
            await opened.engine.signal(entry("s-2"))
