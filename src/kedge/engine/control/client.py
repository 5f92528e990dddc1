"""The other end of the control socket: for the command line and the dashboard, in plain blocking calls or awaited."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from kedge.engine.control import messages as m

_ANSWERED = msgspec.json.Decoder(m.Answered)
_ENCODE = msgspec.json.Encoder(decimal_format="string").encode
ANSWER_SECONDS = 10.0


class NoEngineError(Exception):
    """No engine runs on this data directory, or it went away: nothing is known to have been done."""


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
        path = data_dir / m.SOCKET_NAME
        try:
            reader, writer = await asyncio.open_unix_connection(str(path), limit=m.LINE_BYTES_MAX)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoEngineError(f"no engine is running on {data_dir}") from None
        except OSError as error:
            raise NoEngineError(f"the engine on {data_dir} cannot be reached: {error.strerror}") from None
        return cls(reader, writer)

    async def ask(self, question: m.Question) -> m.Answer:
        """One question, one answer; a watched line's news in between are passed over."""
        self._number += 1
        number = self._number
        try:
            self._writer.write(_ENCODE(m.Asked(number, question)) + b"\n")
            await self._writer.drain()
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    answered = await self._read()
                    if answered.number in (number, 0):
                        return answered.answer
        except (ConnectionError, TimeoutError) as error:
            raise NoEngineError(f"the engine gave no answer ({type(error).__name__}); ask `kedge status`") from None

    async def watch(self) -> AsyncIterator[m.Changed]:
        """Every change from now on; ends with `NoEngineError` when the engine goes."""
        await self.ask(m.Watch())
        while True:
            answered = await self._read()
            if isinstance(answered.answer, m.Changed):
                yield answered.answer

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(ConnectionError):
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
        line = await self._reader.readline()
        if not line:
            raise NoEngineError("the engine has hung up")
        return _ANSWERED.decode(line)
