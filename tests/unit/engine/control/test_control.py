"""The control socket: a real engine on the simulated exchange, and the programs that talk to it."""

import asyncio
import json
import os
import socket
import stat
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.engine.control.opened import WHO, desk, soon
from tests.unit.engine.stage import ALPHA, PATIENCE_SECONDS, entry

from kedge.domain.accounts import TradingState
from kedge.domain.capabilities import Capabilities
from kedge.domain.events import CancelSubmitted, OrderGivenUp, TradingStateChanged
from kedge.domain.ids import AccountId, BookId, OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, Role
from kedge.domain.signals import Outcome
from kedge.engine.answers import Repeat
from kedge.engine.control import client as client_module
from kedge.engine.control import messages as m
from kedge.engine.control import server as server_module
from kedge.engine.control.address import DESCRIPTORS, PATH_BYTES_MAX, SOCKET_NAME, address_of
from kedge.engine.control.client import ControlClient, NoAnswerError, NoEngineError
from kedge.engine.control.server import ControlServer, caller_of
from kedge.engine.engine import Engine
from kedge.engine.errors import EngineStoppedError
from kedge.journal.memory import MemoryJournal
from kedge.sim.settings import SimSettings


def document(**fields: Any) -> m.SendSignal:
    return m.SendSignal(msgspec.Raw(json.dumps(fields).encode()))


# -- the socket --


async def test_nobody_else_can_open_it_and_it_goes_with_the_engine(tmp_path: Path) -> None:
    async with desk(tmp_path):
        mode = (tmp_path / SOCKET_NAME).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        before = os.umask(0)
        os.umask(before)
        assert before != 0o177, "the process's own mask is as it was"
    assert not (tmp_path / SOCKET_NAME).exists()


async def test_the_socket_of_a_dead_engine_is_replaced(tmp_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / SOCKET_NAME))
    dead.close()
    with pytest.raises(NoEngineError, match="nobody listens at its control socket"):
        await ControlClient.connect(tmp_path)
    async with desk(tmp_path) as opened, await opened.call() as client:
        assert isinstance(await client.ask(m.Look()), m.Seen)


async def test_without_an_engine_there_is_nobody_to_call(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NoEngineError, match="nobody listens at its control socket"):
            await ControlClient.connect(directory)


async def test_a_directory_with_a_long_name_is_reached_from_near_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / ("d" * PATH_BYTES_MAX)
    directory.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.chdir(directory)
    assert address_of(directory) == SOCKET_NAME
    async with desk(directory) as opened, await opened.call() as client:
        assert isinstance(await client.ask(m.Look()), m.Seen)


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A directory whose path no socket takes, wherever it is called from."""
    directory = tmp_path / ("d" * PATH_BYTES_MAX) / ("e" * PATH_BYTES_MAX)
    directory.mkdir(parents=True)
    return directory


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="directories cannot be named by a descriptor here")
async def test_a_kill_switch_is_reached_however_long_the_path(deep: Path) -> None:
    async with desk(deep) as opened, await opened.call() as client:
        assert (deep / SOCKET_NAME).is_socket()
        assert await client.ask(m.SetTrading(TradingState.HALTED, "test")) == m.Done(("all",))
    assert not (deep / SOCKET_NAME).exists()
    with pytest.raises(NoEngineError, match="nobody listens at its control socket"):
        await ControlClient.connect(deep)


async def test_a_path_that_is_too_long_from_everywhere_is_said(
    deep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kedge.engine.control.address.DESCRIPTORS", deep / "none")
    directory = deep
    with pytest.raises(
        NoEngineError, match="its control socket cannot be opened: its path has more than 100"
    ):
        await ControlClient.connect(directory)
    engine = Engine(MemoryJournal(BookId("main"), "journal1"), [])
    with pytest.raises(OSError, match="use a shorter path"):
        await ControlServer(engine, directory).start()


class Connection:
    """What the system says of the other end."""

    def __init__(self, uid: int) -> None:
        self._uid = uid

    def getsockopt(self, *_: object) -> bytes:
        return struct.pack("3i", 4711, self._uid, 100)


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="only Linux says who calls")
@pytest.mark.parametrize(
    ("uid", "own", "listened"), [(1000, 1000, True), (0, 1000, True), (1001, 1000, False), (1001, 0, False)]
)
def test_only_the_same_user_and_root_are_listened_to(
    uid: int, own: int, listened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: own)
    assert (caller_of(Connection(uid)) is not None) is listened  # type: ignore[arg-type]


async def test_who_is_not_listened_to_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path) as opened:
        monkeypatch.setattr(server_module, "caller_of", lambda connection: None)
        async with await opened.call() as client:
            with pytest.raises(NoAnswerError):
                await client.ask(m.SetTrading(TradingState.HALTED, "mischief"))
        assert opened.engine.book.state.trading is TradingState.ACTIVE
    assert "another user was turned away from the control socket" in caplog.text


# -- questions --


async def test_a_signal_is_taken_in_by_the_same_door_as_all(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await opened.priced()
        first = await client.ask(document(**entry(expected_price=None, stop={"price": "10"})))
        assert isinstance(first, m.Judged)
        assert (first.answer.outcome, first.answer.repeat) == (Outcome.ORDERED, Repeat.NEW)
        again = await client.ask(document(**entry(expected_price=None, stop={"price": "10"})))
        assert isinstance(again, m.Judged)
        assert (again.answer.order, again.answer.repeat) == (first.answer.order, Repeat.SAME)
        other = await client.ask(document(**entry(quantity="11")))
        assert isinstance(other, m.Judged)
        assert other.answer.repeat is Repeat.CONFLICT


async def test_numbers_of_a_signal_are_read_as_they_were_written(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        text = json.dumps(entry()).replace('"10"', "10.1234567890123")
        told = await client.ask(m.SendSignal(msgspec.Raw(text.encode())))
        assert isinstance(told, m.Failed)
        assert told.code == "BAD_SIGNAL"
        assert "10.1234567890123 has more than nine decimals" in told.message


async def test_a_form_that_is_no_signal_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        told = await client.ask(document(account="alpha", kind="ENTRY"))
        assert told == m.Failed("BAD_SIGNAL", "instrument: missing; text is needed")
        assert not opened.engine.book.state.signals


async def test_an_entry_is_cancelled_by_name_with_who_and_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await opened.priced()
        order = await opened.waiting_entry()
        assert await client.ask(m.Cancel(order.id, "changed my mind")) == m.Done((order.id,))
        (asked,) = opened.events(CancelSubmitted)
        assert (asked.order, asked.who, asked.why) == (order.id, WHO, "changed my mind")
        await opened.until(lambda: order.state is OrderState.CANCELLED)
        again = await client.ask(m.Cancel(order.id, "again"))
        assert again == m.Failed("NOT_OPEN", f"order {order.id} is CANCELLED: there is nothing to cancel")
        unknown = await client.ask(m.Cancel(OrderId("nobody"), "again"))
        assert unknown == m.Failed("NOT_FOUND", "there is no open order nobody")


async def test_a_stop_goes_only_when_that_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await opened.in_position()
        (stop,) = opened.open_orders(Role.STOP)
        told = await client.ask(m.Cancel(stop.id, "tidy up"))
        assert isinstance(told, m.Failed)
        assert told.code == "PROTECTIVE"
        assert await client.ask(m.CancelAll("tidy up")) == m.Done(())
        assert await client.ask(m.CancelAll("tidy up", entries_only=True)) == m.Done(())
        assert stop.state is OrderState.ACCEPTED
        assert await client.ask(m.CancelAll("I know", including_stops=True)) == m.Done((stop.id,))
        await opened.until(lambda: stop.state is OrderState.CANCELLED)


async def test_a_disaster_stop_goes_only_when_that_is_said(tmp_path: Path) -> None:
    held = Capabilities(hold=Holder.ENGINE)
    async with desk(tmp_path, able=held) as opened, await opened.call() as client:
        await opened.in_position()
        await opened.until(lambda: bool(opened.open_orders(Role.DISASTER)))
        (wider,) = opened.open_orders(Role.DISASTER)
        await opened.until(lambda: wider.state is OrderState.ACCEPTED)
        told = await client.ask(m.Cancel(wider.id, "tidy up"))
        assert isinstance(told, m.Failed)
        assert told.code == "PROTECTIVE"
        assert await client.ask(m.CancelAll("tidy up")) == m.Done(())
        assert wider.state is OrderState.ACCEPTED
        assert await client.ask(m.Cancel(wider.id, "I know", including_stops=True)) == m.Done((wider.id,))
        await opened.until(lambda: wider.state is OrderState.CANCELLED)


@pytest.mark.parametrize("everything", [False, True])
async def test_an_entry_that_is_to_be_tried_again_is_called_off(tmp_path: Path, everything: bool) -> None:
    busy = SimSettings(reject_rate=Decimal(1))
    async with desk(tmp_path, busy) as opened, await opened.call() as client:
        await opened.priced()
        answer = await opened.engine.signal(entry(expected_price=None, stop={"price": "5"}))
        assert answer.order is not None
        retries = opened.engine.book.state.retries
        await opened.until(lambda: answer.order in retries)
        wish = m.CancelAll("enough") if everything else m.Cancel(answer.order, "enough")
        assert await client.ask(wish) == m.Done((answer.order,))
        await opened.until(lambda: not retries)
        assert opened.events(OrderGivenUp)[-1].why.endswith("enough")
        assert await client.ask(m.Cancel(answer.order, "again")) == m.Failed(
            "NOT_OPEN", f"order {answer.order} is REJECTED: there is nothing to cancel"
        )


async def test_all_entries_are_cancelled_and_an_account_that_is_unknown_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await opened.priced()
        order = await opened.waiting_entry()
        told = await client.ask(m.CancelAll("all", account=AccountId("beta")))
        assert told == m.Failed("NOT_FOUND", "there is no account beta")
        assert await client.ask(m.CancelAll("all", account=ALPHA)) == m.Done((order.id,))
        await opened.until(lambda: order.state is OrderState.CANCELLED)


async def test_a_position_is_closed_by_an_exit_of_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        position = await opened.in_position()
        assert await client.ask(m.Close("enough", position.id)) == m.Done(
            (position.id,), sizes={position.id: Decimal(10)}
        )
        await opened.until(lambda: not opened.positions())
        told = await client.ask(m.Close("enough", position.id))
        assert told == m.Failed("NOT_FOUND", f"there is no open position {position.id}")


async def test_a_part_of_a_position_is_closed(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        position = await opened.in_position()
        half = m.Close("enough for now", position.id, pct=Decimal(50))
        assert await client.ask(half) == m.Done((position.id,), sizes={position.id: Decimal(5)})
        await opened.until(lambda: [each.quantity for each in opened.positions()] == [5])
        two = m.Close("and two more", position.id, quantity=Decimal(2))
        assert await client.ask(two) == m.Done((position.id,), sizes={position.id: Decimal(2)})
        await opened.until(lambda: [each.quantity for each in opened.positions()] == [3])
        little = await client.ask(m.Close("a little", position.id, pct=Decimal("0.1")))
        assert little == m.Done((), {position.id: "SIZE_ROUNDS_TO_NOTHING"})


async def test_a_part_of_all_positions_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await opened.in_position()
        for part in (m.Close("half", quantity=Decimal(5)), m.Close("half", pct=Decimal(50))):
            told = await client.ask(part)
            assert told == m.Failed("BAD_REQUEST", "a part is closed of one position, and none is named")
        assert [each.quantity for each in opened.positions()] == [10]


async def test_all_positions_are_closed_also_while_trading_is_halted(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        position = await opened.in_position()
        assert await client.ask(m.SetTrading(TradingState.HALTED, "stop it")) == m.Done(("all",))
        assert await client.ask(m.Close("all out")) == m.Done(
            (position.id,), sizes={position.id: Decimal(10)}
        )
        await opened.until(lambda: not opened.positions())
        assert await client.ask(m.Close("all out", account=ALPHA)) == m.Done(())


async def test_a_position_that_is_leaving_already_is_told_apart(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        position = await opened.in_position()
        far = {"type": "limit", "limit_price": "900"}
        await opened.engine.signal(
            {"id": "x", "account": "alpha", "kind": "EXIT", "instrument": "SPY", "order": far}
        )
        assert await client.ask(m.Close("all out")) == m.Done((), {position.id: "ALREADY_EXITING"})


async def test_the_kill_switch_is_durable_before_it_is_answered(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        assert await client.ask(m.SetTrading(TradingState.HALTED, "stop it")) == m.Done(("all",))
        assert "TradingStateChanged" in [row.kind for row in opened.journal.rows()]
        (changed,) = opened.events(TradingStateChanged)
        assert (changed.who, changed.why, changed.account) == (WHO, "stop it", None)
        assert await client.ask(m.SetTrading(TradingState.HALTED, "again")) == m.Done(())
        refused = await client.ask(document(**entry()))
        assert isinstance(refused, m.Judged)
        assert refused.answer.code == "TRADING_HALTED"
        assert await client.ask(m.SetTrading(TradingState.ACTIVE, "go on")) == m.Done(("all",))


async def test_one_account_is_paused(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        assert await client.ask(m.SetTrading(TradingState.REDUCING, "lunch", ALPHA)) == m.Done((ALPHA,))
        refused = await client.ask(document(**entry()))
        assert isinstance(refused, m.Judged)
        assert refused.answer.code == "REDUCING_ONLY"
        told = await client.ask(m.SetTrading(TradingState.ACTIVE, "x", AccountId("beta")))
        assert told == m.Failed("NOT_FOUND", "there is no account beta")


@pytest.mark.parametrize("why", ["", " ", "x" * (m.WHY_LENGTH_MAX + 1), "bell\a"])
async def test_a_reason_that_the_record_could_not_show_is_refused(why: str, tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        for question in (m.CancelAll(why), m.Close(why), m.SetTrading(TradingState.HALTED, why)):
            told = await client.ask(question)
            assert told == m.Failed("BAD_REQUEST", "why: must be 1 to 256 printable characters")
        assert opened.engine.book.state.trading is TradingState.ACTIVE


async def test_what_is_there_now_is_valued_at_the_price_of_now(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        position = await opened.in_position()
        seen = await client.ask(m.Look())
        assert isinstance(seen, m.Seen)
        assert seen.pid == os.getpid()
        view = seen.view
        (held,) = view.positions
        (account,) = view.accounts
        (quote,) = view.quotes
        assert (held.id, held.price, held.stop) == (position.id, quote.bid, held.stop)
        assert held.unrealised is not None
        assert account.equity is not None
        assert quote.bid is not None
        assert held.unrealised == 10 * (quote.bid - held.entry_price) == account.unrealised
        assert account.equity == account.cash + 10 * quote.bid
        assert [order.role for order in view.orders] == [Role.STOP]


# -- those who talk badly --

NO_QUESTIONS = {
    "no JSON": b"hello",
    "nothing": b"",
    "another document": b"[1, 2]",
    "an unknown question": b'{"number": 1, "question": {"type": "Reboot"}}',
    "an unknown field": b'{"number": 1, "question": {"type": "Look", "hard": true}}',
    "no number": b'{"question": {"type": "Look"}}',
    "no text": b'{"number": 1, "question": {"type": "CancelAll", "why": "\xff\xfe"}}',
    "deep": b'{"number": 1, "question": {"type": "SendSignal", "document": '
    + b"[" * 5000
    + b"]" * 5000
    + b"}}",
}


@pytest.mark.parametrize("line", NO_QUESTIONS.values(), ids=NO_QUESTIONS.keys())
async def test_a_line_that_is_no_question_is_answered_and_the_next_one_too(
    line: bytes, tmp_path: Path
) -> None:
    async with desk(tmp_path) as opened:
        reader, writer = await asyncio.open_unix_connection(address_of(tmp_path))
        writer.write(line + b'\n{"number": 7, "question": {"type": "Watch"}}\n')
        told = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS))
        assert (told["number"], told["answer"]["type"]) in ((0, "Failed"), (1, "Failed"))
        assert told["answer"]["code"] in ("BAD_REQUEST", "BAD_SIGNAL")
        told = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS))
        assert told == {"number": 7, "answer": {"type": "Done", "items": [], "left": {}, "sizes": {}}}
        writer.close()
        assert opened.engine.is_running


async def test_a_line_that_is_too_long_is_said_so_and_hung_up_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        reader, writer = await asyncio.open_unix_connection(address_of(tmp_path))
        writer.write(b"x" * (m.QUESTION_BYTES_MAX + 10))
        told = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS))
        assert told["answer"]["message"] == "the line is too long"
        writer.close()
        async with await opened.call() as client:
            assert isinstance(await client.ask(m.Look()), m.Seen)


async def test_who_hangs_up_in_the_middle_of_a_line_has_asked_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        _, writer = await asyncio.open_unix_connection(address_of(tmp_path))
        halt = msgspec.json.encode(m.Asked(1, m.SetTrading(TradingState.HALTED, "half a line")))
        writer.write(halt)  # all of it but the end of the line
        writer.close()
        await writer.wait_closed()
        async with await opened.call() as client:
            seen = await client.ask(m.Look())
            assert isinstance(seen, m.Seen)
            assert seen.view.trading is TradingState.ACTIVE


async def test_who_hangs_up_before_the_answer_has_asked_all_the_same(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        _, writer = await asyncio.open_unix_connection(address_of(tmp_path))
        writer.write(msgspec.json.encode(m.Asked(1, m.SetTrading(TradingState.HALTED, "and gone"))) + b"\n")
        await writer.drain()
        writer.transport.abort()
        await opened.until(lambda: opened.engine.book.state.trading is TradingState.HALTED)


async def test_two_talk_at_once_and_each_gets_its_own_answers(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as one, await opened.call() as two:
        ones, twos = [], []
        for number in range(20):
            first, second = await asyncio.gather(
                one.ask(document(**entry(f"one-{number}"))), two.ask(document(**entry(f"two-{number}")))
            )
            assert isinstance(first, m.Judged)
            assert isinstance(second, m.Judged)
            ones.append(first.answer.signal)
            twos.append(second.answer.signal)
        assert ones == [f"one-{number}" for number in range(20)]
        assert twos == [f"two-{number}" for number in range(20)]


# -- watching --


async def test_a_watcher_is_told_of_what_became_durable(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as watcher, await opened.call() as other:
        news = watcher.watch()
        first = asyncio.ensure_future(anext(news))
        await soon(lambda: bool(opened.server._watchers))
        await other.ask(m.SetTrading(TradingState.HALTED, "news"))
        changed = await asyncio.wait_for(first, PATIENCE_SECONDS)
        assert "TradingStateChanged" in changed.kinds
        assert changed.seq == opened.engine.book.state.seq
        await news.aclose()


async def test_a_watcher_that_does_not_read_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "BACKLOG_BYTES_MAX", 10_000)
    async with desk(tmp_path) as opened, await opened.call() as other:
        lazy = socket.socket(socket.AF_UNIX)
        lazy.connect(address_of(tmp_path))
        lazy.sendall(msgspec.json.encode(m.Asked(1, m.Watch())) + b"\n")
        await soon(lambda: bool(opened.server._watchers))
        (caller,) = opened.server._watchers
        while caller.writer.transport.get_write_buffer_size() < 10_000:
            for number in range(100):
                state = TradingState.REDUCING if number % 2 else TradingState.ACTIVE
                opened.engine.set_trading(state, "test", "noise")
            await opened.engine.recorded()
        assert isinstance(await other.ask(m.Look()), m.Seen)
        assert caller.writer.transport.get_write_buffer_size() < 20_000
        await asyncio.wait_for(opened.server.close(), PATIENCE_SECONDS)
        lazy.close()


# -- the end --


def broken(*_: object) -> None:
    raise RuntimeError("no disk")


async def test_an_engine_that_has_failed_says_so_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        monkeypatch.setattr(opened.journal, "append", broken)
        await client.ask(m.SetTrading(TradingState.HALTED, "too late"))
        for question in (m.Look(), m.Watch(), m.CancelAll("x"), document(**entry())):
            told = await client.ask(question)
            assert told == m.Failed("ENGINE_STOPPED", "the engine is not running; nothing was done")


async def test_whoever_calls_while_the_engine_stops_is_not_kept_waiting(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        caller = await opened.call()
        await opened.engine.stop()  # before the call was handed over to anybody
        with pytest.raises(NoAnswerError, match="hung up"):
            await caller.ask(m.Look())
        with pytest.raises(NoEngineError):
            await opened.call()
        await caller.close()


async def test_what_waits_for_the_record_fails_with_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        monkeypatch.setattr(opened.journal, "append", broken)
        told = await client.ask(m.SetTrading(TradingState.HALTED, "too late"))
        assert told == m.Failed("ENGINE_STOPPED", "the engine failed before the outcome was recorded")
        with pytest.raises(EngineStoppedError):
            await opened.engine.recorded()
        with pytest.raises(RuntimeError, match="no disk"):
            await opened.engine.wait()


async def test_when_the_server_goes_the_caller_hears_of_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        await client.ask(m.Look())
        await opened.server.close()
        with pytest.raises(NoAnswerError, match="has hung up"):
            await client.ask(m.Look())


async def test_a_question_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened, await opened.call() as client:
        asked = asyncio.ensure_future(client.ask(m.SetTrading(TradingState.HALTED, "last word")))
        await soon(lambda: any(caller.is_asking for caller in opened.server._callers))
        await opened.server.close()
        assert await asked == m.Done(("all",))


async def test_an_engine_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.05)
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(address_of(tmp_path))
    silent.listen()
    async with await ControlClient.connect(tmp_path) as client:
        with pytest.raises(NoAnswerError, match=r"no answer within 0.05 seconds"):
            await client.ask(m.Look())
    silent.close()


async def test_what_another_program_says_is_no_answer(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail server ready\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(babble, path=address_of(tmp_path))
    async with await ControlClient.connect(tmp_path) as client:
        with pytest.raises(NoAnswerError, match="what this program does not understand"):
            await client.ask(m.Look())
    server.close()
    await server.wait_closed()


async def test_a_socket_at_which_too_many_wait_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the engine is stuck: the system turns callers away in a way that looks like being taken."""
    monkeypatch.setattr("kedge.engine.control.client.PAUSES_SECONDS", (0.0, 0.0))
    stuck = socket.socket(socket.AF_UNIX)
    stuck.bind(address_of(tmp_path))
    stuck.listen(0)
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
    try:
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(address_of(tmp_path))
        with pytest.raises(NoEngineError, match="too many callers wait"):
            await ControlClient.connect(tmp_path)
    finally:
        for each in (*waiting, stuck):
            each.close()
