"""The engine's end of the control socket.

The socket lies in the data directory with mode 0600, and the kernel is asked who calls: only the engine's own user and
root are listened to.
"""

import asyncio
import logging
import os
import pwd
import socket
import struct
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec

from kedge.domain.signal_form import SignalFormError
from kedge.domain.steps import Step
from kedge.engine.control import messages as m
from kedge.engine.control.address import reachable
from kedge.engine.control.desk import Desk
from kedge.engine.control.news import News
from kedge.engine.control.tape import Tape
from kedge.engine.engine import Engine
from kedge.engine.errors import EngineStoppedError

log = logging.getLogger("kedge.control")

_ASKED = msgspec.json.Decoder(m.Asked)
_ENCODE = msgspec.json.Encoder(decimal_format="string").encode
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of the caller, as Linux tells them
BACKLOG_BYTES_MAX = 1 << 20  # a watcher that is so far behind misses news until it has caught up
HANG_UP_SECONDS = 1.0
BACKLOG = 1024  # callers who wait to be taken: a burst of them must not turn a kill switch away


class _Caller:
    """Somebody at the other end of a connection."""

    def __init__(self, writer: asyncio.StreamWriter, task: "asyncio.Task[None]", who: str) -> None:
        self.writer = writer
        self.task = task
        self.who = who
        self.is_asking = False

    def say(self, answered: m.Answered) -> None:
        self.writer.write(_ENCODE(answered) + b"\n")


class ControlServer:
    """Listens for as long as the engine runs."""

    def __init__(self, engine: Engine, data_dir: Path) -> None:
        """Nothing is opened before `start`."""
        self._engine = engine
        self._news = News(engine.book.state)
        self._tape = Tape(engine.book, engine.now)
        self._taping: asyncio.Task[None] | None = None
        self._desk = Desk(engine, self._news, self._tape)
        self._data_dir = data_dir
        self._address: Path | None = None
        self._reach = ExitStack()  # for as long as the socket is there
        self._server: asyncio.Server | None = None
        self._closing = False
        self._callers: dict[_Caller, None] = {}
        self._watchers: dict[_Caller, int] = {}
        engine.subscribe(self._tell_watchers)  # at once: what happens before the socket is open is news too

    async def start(self) -> None:
        """Open the socket; one that a dead engine left behind is replaced (the journal's lock keeps out a live one).

        Raises `OSError` when it cannot be made.
        """
        self._address = Path(self._reach.enter_context(reachable(self._data_dir)))
        try:
            await self._open()
        except BaseException:
            self._reach.close()
            raise
        self._taping = asyncio.create_task(self._tape.keep(), name="price tape")

    async def _open(self) -> None:
        self._remove()
        mask = os.umask(0o177)  # so that there is no moment in which others could open it
        try:
            self._server = await asyncio.start_unix_server(
                self._attend, path=self._address, limit=m.QUESTION_BYTES_MAX, backlog=BACKLOG
            )
        finally:
            os.umask(mask)

    async def close(self) -> None:
        """Let questions under way be answered, hang up on everybody, and take the socket away."""
        if self._server is None:
            return
        self._closing = True
        if self._taping is not None:
            self._taping.cancel()
        self._remove()
        # asyncio never hangs up on a caller whom it has taken, but not yet handed over, when its server is closed:
        # with the way in gone there are no new ones, and in two rounds of the loop the last of them is handed over.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self._server.close()
        callers = list(self._callers)
        for caller in callers:
            if not caller.is_asking:
                caller.writer.close()
        if callers:
            _, pending = await asyncio.wait([caller.task for caller in callers], timeout=HANG_UP_SECONDS)
            for task in pending:
                task.cancel()
        for caller in callers:
            caller.writer.transport.abort()  # what somebody does not read would hold us up for ever
        await asyncio.gather(*(caller.task for caller in callers), return_exceptions=True)
        await self._server.wait_closed()
        self._reach.close()

    def _remove(self) -> None:
        assert self._address is not None, "there is an address from the start on"
        with suppress(FileNotFoundError):
            self._address.unlink()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = caller_of(writer.get_extra_info("socket"))
        task = asyncio.current_task()
        if who is None:
            log.warning("another user was turned away from the control socket")
        if who is None or task is None or self._closing:
            writer.close()
            return
        caller = _Caller(writer, task, who)
        self._callers[caller] = None
        try:
            await self._talk(reader, caller)
        except ConnectionError as error:
            log.info("a control connection broke: %s", error)
        finally:
            self._watchers.pop(caller, None)
            self._callers.pop(caller, None)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, caller: _Caller) -> None:
        while not self._closing:
            try:
                line = await reader.readline()
            except ValueError:  # so the reader says that a line is too long
                caller.say(m.Answered(0, m.Failed("BAD_REQUEST", "the line is too long")))
                return
            if not line.endswith(b"\n"):  # hung up, perhaps in the middle of a line
                return
            caller.is_asking = True
            caller.say(await self._answer(line, caller))
            caller.is_asking = False
            await caller.writer.drain()

    async def _answer(self, line: bytes, caller: _Caller) -> m.Answered:
        try:
            asked = _ASKED.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return m.Answered(0, m.Failed("BAD_REQUEST", f"this is no question: {error}"))
        try:
            answer = await self._desk.answer(asked.question, caller.who)
        except SignalFormError as error:
            answer = m.Failed("BAD_SIGNAL", str(error))
        except EngineStoppedError as error:
            answer = m.Failed("ENGINE_STOPPED", str(error))
        if isinstance(asked.question, m.Watch) and isinstance(answer, m.Done):
            self._watchers[caller] = asked.number
        return m.Answered(asked.number, answer)

    def _tell_watchers(self, step: Step) -> None:
        lines = self._news.take(step, tell=bool(self._watchers))
        if not self._watchers or not step.events:
            return
        kinds = tuple(type(event).__name__ for event in step.events)
        changed = m.Changed(self._engine.book.state.seq, kinds, lines)
        for caller, number in self._watchers.items():
            if caller.writer.transport.get_write_buffer_size() < BACKLOG_BYTES_MAX:
                caller.say(m.Answered(number, changed))


def caller_of(connection: socket.socket) -> str | None:
    """The name of the user at the other end, or None when he is not to be listened to."""
    if not hasattr(socket, "SO_PEERCRED"):
        return _name_of(os.getuid())  # the socket's mode is the guard there
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return _name_of(uid) if uid in (0, os.getuid()) else None


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
