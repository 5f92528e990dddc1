"""The other end of the control socket, for the command line and the dashboard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from kedge.engine.control import messages as m
from kedge.engine.control.address import reachable

_ANSWERED = msgspec.json.Decoder(m.Answered)
_ENCODE = msgspec.json.Encoder(decimal_format="string").encode
ANSWER_SECONDS = 10.0
PAUSES_SECONDS = (0.05, 0.2, 0.5)  # between tries, when so many call at once that the system turns some away


class NoEngineError(Exception):
    """No engine can be reached on this data directory: nothing was asked of any."""


class NoAnswerError(Exception):
    """The engine went away, or said nothing in time: what was asked may have been done, or not."""


class ControlClient:
    """One connection to a running engine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Made by `connect`."""
        self._reader = reader
        self._writer = writer
        self._number = 0

    @classmethod
    async def connect(cls, data_dir: Path) -> Self:
        """Reach the engine that runs on a data directory."""
        for pause in (*PAUSES_SECONDS, None):
            reader, writer = await cls._open(data_dir)
            if _is_connected(writer):
                return cls(reader, writer)
            writer.transport.abort()
            if pause is not None:
                await asyncio.sleep(pause)
        raise NoEngineError("too many callers wait at its control socket, or it is stuck")

    @staticmethod
    async def _open(data_dir: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            with reachable(data_dir) as address:
                return await asyncio.open_unix_connection(address, limit=m.ANSWER_BYTES_MAX)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            raise NoEngineError("nobody listens at its control socket") from None
        except PermissionError:
            raise NoEngineError("its control socket is open to its own user and to root only") from None
        except OSError as error:
            raise NoEngineError(f"its control socket cannot be opened: {error.strerror or error}") from None

    async def ask(self, question: m.Question) -> m.Answer:
        """One question, one answer; news for a watcher that come in between are passed over."""
        self._number += 1
        number = self._number
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._writer.write(_ENCODE(m.Asked(number, question)) + b"\n")
                await self._writer.drain()
                while True:
                    answered = await self._read()
                    if answered.number in (number, 0):
                        return answered.answer
        except TimeoutError:
            waited = f"the engine gave no answer within {ANSWER_SECONDS:g} seconds"
            raise NoAnswerError(f"{waited} (`kedge kill end` ends one that hangs)") from None
        except OSError:  # not all that a broken socket says is a ConnectionError
            raise NoAnswerError("the engine has hung up") from None

    async def watch(self) -> AsyncIterator[m.Changed]:
        """Every change from now on; ends with `NoAnswerError` when the engine goes."""
        await self.subscribe()
        async for changed in self.news():
            yield changed

    async def subscribe(self) -> None:
        """Be told of every change from now on; `news` gives them out."""
        answer = await self.ask(m.Watch())
        if isinstance(answer, m.Failed):
            raise NoAnswerError(answer.message)

    async def news(self) -> AsyncIterator[m.Changed]:
        """The changes since `subscribe`, as they come; nothing else can be asked on this connection meanwhile."""
        while True:
            answered = await self._read()
            if isinstance(answered.answer, m.Changed):
                yield answered.answer

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def __aenter__(self) -> Self:
        """The connection itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        await self.close()

    async def _read(self) -> m.Answered:
        try:
            line = await self._reader.readline()
        except OSError:
            line = b""
        if not line.endswith(b"\n"):
            raise NoAnswerError("the engine has hung up")
        try:
            return _ANSWERED.decode(line)
        except (msgspec.DecodeError, UnicodeError):
            raise NoAnswerError("the engine says what this program does not understand") from None


def _is_connected(writer: asyncio.StreamWriter) -> bool:
    """A call that found the queue full looks like one that was taken, until somebody asks who is at the other end."""
    try:
        writer.get_extra_info("socket").getpeername()
    except OSError:
        return False
    return True
