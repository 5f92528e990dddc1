"""The engine's end of the control socket.

The socket lies in the data directory with mode 0600, and the kernel is asked who calls: only the engine's own user and
root are listened to. The caller's name goes into the record as `who`.
"""

import asyncio
import logging
import os
import pwd
import socket
import struct
from contextlib import suppress
from pathlib import Path

import msgspec

from kedge.domain.orders import Order, Role
from kedge.domain.signal_form import SignalFormError
from kedge.domain.signals import SignalKind
from kedge.domain.steps import Step
from kedge.engine.control import messages as m
from kedge.engine.engine import Engine, EngineStoppedError
from kedge.engine.view import view_of

log = logging.getLogger("kedge.control")

_ASKED = msgspec.json.Decoder(m.Asked)
_ENCODE = msgspec.json.Encoder(decimal_format="string").encode
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid of the caller, as Linux tells them
PATH_BYTES_MAX = 100  # the system's limit for socket paths is 108 on Linux and 104 elsewhere


class ControlServer:
    """Listens for as long as the engine runs."""

    def __init__(self, engine: Engine, data_dir: Path) -> None:
        """Nothing is opened before `start`."""
        self._engine = engine
        self._path = data_dir / m.SOCKET_NAME
        self._server: asyncio.Server | None = None
        self._watchers: dict[asyncio.StreamWriter, int] = {}
        self._callers: dict[asyncio.StreamWriter, None] = {}

    async def start(self) -> None:
        """Open the socket; one that a dead engine left behind is replaced (the journal's lock keeps out a live one)."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._attend, path=_short(self._path), limit=m.LINE_BYTES_MAX
            )
        finally:
            os.umask(mask)
        self._engine.subscribe(self._tell_watchers)

    async def close(self) -> None:
        """Hang up on everybody and take the socket away."""
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._callers):
            writer.close()
        await self._server.wait_closed()
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = _caller(writer.get_extra_info("socket"))
        if who is None:
            writer.close()
            return
        self._callers[writer] = None
        try:
            while line := await reader.readline():
                writer.write(_ENCODE(await self._answer(line, writer, who)) + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.LimitOverrunError, ValueError) as error:
            log.info("control connection ended: %s", error)
        finally:
            self._watchers.pop(writer, None)
            self._callers.pop(writer, None)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter, who: str) -> m.Answered:
        try:
            asked = _ASKED.decode(line)
        except msgspec.DecodeError as error:
            return m.Answered(0, m.Failed("BAD_REQUEST", f"not a request: {error}"))
        try:
            return m.Answered(asked.number, await self._do(asked, writer, who))
        except SignalFormError as error:
            return m.Answered(asked.number, m.Failed("BAD_SIGNAL", str(error)))
        except EngineStoppedError as error:
            return m.Answered(asked.number, m.Failed("ENGINE_STOPPED", str(error)))

    async def _do(self, asked: m.Asked, writer: asyncio.StreamWriter, who: str) -> m.Answer:
        engine = self._engine
        match asked.question:
            case m.SendSignal(document=document):
                return m.Judged(await engine.signal(document))
            case m.Cancel() as question:
                return self._cancel(question, who)
            case m.CancelAll() as question:
                return self._cancel_all(question, who)
            case m.Close() as question:
                return await self._close(question, who)
            case m.SetTrading(state=state, why=why, account=account):
                if account is not None and account not in engine.book.state.accounts:
                    return m.Failed("NOT_FOUND", f"there is no account {account}")
                engine.set_trading(state, who, why, account)
                return m.Done((account or "all accounts",))
            case m.Look():
                return m.Seen(view_of(engine.book, engine.now()), os.getpid())
            case m.Watch():
                self._watchers[writer] = asked.number
                return m.Done()

    def _cancel(self, question: m.Cancel, who: str) -> m.Answer:
        order = self._engine.book.state.orders.get(question.order)
        if order is None:
            return m.Failed("NOT_FOUND", f"there is no open order {question.order}")
        if order.request.role.is_protective and not question.including_stops:
            return m.Failed(
                "PROTECTIVE",
                f"{order.id} protects a position; close the position, or ask again with --including-stops",
            )
        self._engine.cancel(order.id, who, question.why)
        return m.Done((order.id,))

    def _cancel_all(self, question: m.CancelAll, who: str) -> m.Answer:
        chosen = [order for order in self._open_orders() if _is_meant(order, question)]
        for order in chosen:
            self._engine.cancel(order.id, who, question.why)
        return m.Done(tuple(order.id for order in chosen))

    async def _close(self, question: m.Close, who: str) -> m.Answer:
        positions = [
            position
            for held in self._engine.book.state.positions.values()
            for position in held.values()
            if question.position in (None, position.id) and question.account in (None, position.account)
        ]
        if question.position is not None and not positions:
            return m.Failed("NOT_FOUND", f"there is no open position {question.position}")
        closed = []
        for position in positions:
            answer = await self._engine.signal(
                {
                    "kind": SignalKind.EXIT,
                    "account": position.account,
                    "instrument": position.instrument,
                    "reason": question.why,
                    "metadata": {"who": who},
                }
            )
            if answer.code:
                return m.Failed(answer.code, f"{position.id} was not closed: {answer.code}")
            closed.append(position.id)
        return m.Done(tuple(closed))

    def _open_orders(self) -> list[Order]:
        state = self._engine.book.state
        return [order for order in state.orders.values() if order.id not in state.closed]

    def _tell_watchers(self, step: Step) -> None:
        if not self._watchers:
            return
        changed = m.Changed(self._engine.book.state.seq, tuple(type(event).__name__ for event in step.events))
        for writer, number in list(self._watchers.items()):
            if writer.transport.get_write_buffer_size() < m.LINE_BYTES_MAX:  # one that does not read misses some
                writer.write(_ENCODE(m.Answered(number, changed)) + b"\n")


def _is_meant(order: Order, question: m.CancelAll) -> bool:
    if question.account not in (None, order.request.account):
        return False
    return question.including_stops or order.request.role in (Role.ENTRY, Role.EXIT)


def _caller(connection: socket.socket) -> str | None:
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


def _short(path: Path) -> str:
    """The path as the system can take it: relative to the working directory where the full one is too long."""
    full = str(path.absolute())
    return full if len(os.fsencode(full)) <= PATH_BYTES_MAX else os.path.relpath(full)
