"""The link: what it hears, how often it looks, and how it comes back."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.engine.control.opened import desk, soon
from tests.unit.engine.stage import PATIENCE_SECONDS

from kedge.domain.accounts import TradingState
from kedge.engine.control import messages as m
from kedge.engine.control.address import address_of
from kedge.engine.control.server import ControlServer
from kedge.tui import link as link_module
from kedge.tui.link import EngineLink, Gone, Heard


class Ears:
    """Keeps all that is heard."""

    def __init__(self, data_dir: Path) -> None:
        self.heard: list[Heard] = []
        self.link = EngineLink(data_dir)
        self.task = asyncio.create_task(self.link.keep(self.heard.append))

    def of(self, kind: type) -> list[Heard]:
        return [heard for heard in self.heard if isinstance(heard, kind)]

    async def until(self, kind: type, count: int = 1) -> None:
        await soon(lambda: len(self.of(kind)) >= count)

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_it_looks_first_and_recalls_what_was_before(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        await opened.priced()
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        first, second = ears.heard[:2]
        assert isinstance(first, m.Seen)
        assert isinstance(second, m.Recalled)
        assert next(line.text[:14] for line in second.lines) == "engine started"
        await ears.close()


async def test_news_are_heard_as_they_come_and_a_look_follows(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        opened.engine.set_trading(TradingState.HALTED, "ann", "look out")
        await soon(lambda: any(isinstance(each, m.Changed) and each.lines for each in ears.heard))
        await soon(lambda: _last(ears).view.trading is TradingState.HALTED)
        await ears.close()


def _last(ears: Ears) -> m.Seen:
    last = ears.of(m.Seen)[-1]
    assert isinstance(last, m.Seen)
    return last


async def test_a_storm_of_news_makes_no_storm_of_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "SOONEST_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(link_module, "LOOK_SECONDS", 2 * PATIENCE_SECONDS)
    async with desk(tmp_path) as opened:
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        for number in range(200):
            state = TradingState.ACTIVE if number % 2 else TradingState.REDUCING
            opened.engine.set_trading(state, "test", "noise")
        await opened.engine.recorded()
        await ears.until(m.Changed, 200)
        async with (
            await opened.call() as other
        ):  # others are answered meanwhile, so there was time for a look
            for _ in range(10):
                await other.ask(m.Look())
        assert len(ears.of(m.Seen)) == 1
        await ears.close()


async def test_when_the_news_are_over_it_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "SOONEST_SECONDS", 0.0)
    monkeypatch.setattr(link_module, "LOOK_SECONDS", 2 * PATIENCE_SECONDS)
    async with desk(tmp_path) as opened:
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        opened.engine.set_trading(TradingState.HALTED, "ann", "one thing")
        await ears.until(m.Seen, 2)
        async with await opened.call() as other:
            for _ in range(200):
                await other.ask(m.Look())
        assert len(ears.of(m.Seen)) <= len(ears.of(m.Changed)) + 1, "no look without news"
        await ears.close()


async def test_without_news_it_looks_again_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "SOONEST_SECONDS", 0.01)
    monkeypatch.setattr(link_module, "LOOK_SECONDS", 0.02)
    async with desk(tmp_path):
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        changes = len(ears.of(m.Changed))
        await ears.until(m.Seen, 3)
        assert len(ears.of(m.Changed)) == changes
        await ears.close()


async def test_pauses_between_calls_grow_up_to_the_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "RETRY_SECONDS", (0.001, 0.002, 0.003))
    ears = Ears(tmp_path)
    await ears.until(Gone, 5)
    assert [gone.pause for gone in ears.heard[:5] if isinstance(gone, Gone)] == [
        0.001,
        0.002,
        0.003,
        0.003,
        0.003,
    ]
    await ears.close()


async def test_after_an_attachment_the_pauses_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "RETRY_SECONDS", (0.01, 0.02))
    ears = Ears(tmp_path)
    await ears.until(Gone, 3)
    async with desk(tmp_path):
        await ears.until(m.Recalled)
        before = len(ears.of(Gone))
    await ears.until(Gone, before + 2)
    again = [gone.pause for gone in ears.of(Gone)[before : before + 2] if isinstance(gone, Gone)]
    assert again == [0.01, 0.02]
    await ears.close()


async def test_an_engine_that_has_failed_counts_as_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no disk")

    async with desk(tmp_path) as opened:
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        monkeypatch.setattr(opened.journal, "append", broken)  # its socket is still there, and says so
        opened.engine.set_trading(TradingState.HALTED, "ann", "wrong prices")
        await ears.until(Gone)
        assert "the engine is not running" in str(ears.of(Gone)[0])
        await ears.close()


async def test_a_program_that_understands_nothing_is_told_as_such(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(b'{"number":0,"answer":{"type":"Failed","code":"BAD_REQUEST","message":"what?"}}\n')
        writer.close()

    server = await asyncio.start_unix_server(refuse, path=address_of(tmp_path))
    ears = Ears(tmp_path)
    await ears.until(Gone)
    assert isinstance(ears.heard[0], Gone)
    assert ears.heard[0].why == "what?"
    await ears.close()
    server.close()
    await server.wait_closed()


async def test_when_only_the_news_break_off_both_are_attached_anew(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        ears = Ears(tmp_path)
        await ears.until(m.Recalled)
        (watcher,) = opened.server._watchers
        watcher.writer.transport.abort()
        await ears.until(m.Recalled, 2)
        assert isinstance(opened.server, ControlServer)
        await ears.close()


async def test_what_is_asked_goes_over_a_line_of_its_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as opened:
        link = EngineLink(tmp_path)
        assert await link.ask(m.SetTrading(TradingState.HALTED, "stop")) == m.Done(("all",))
        await soon(lambda: not opened.server._callers)
