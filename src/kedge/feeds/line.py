"""One WebSocket connection, from its first frame to its last.

An open socket proves nothing: the far end may be gone without a word, or be there and say nothing. So a sign of life is
asked for whenever nothing came for a while, and awaited; and a line that answers but brings no message for too long is
given up as well.
"""

import asyncio
from contextlib import suppress
from typing import Final, Self

import aiohttp
from aiohttp import WSMsgType

from kedge.feeds.errors import RefusedError, UnreachableError

_REFUSALS: Final = (401, 403)


class LineLostError(Exception):
    """The connection is no more; the text says why."""


class LineSilentError(LineLostError):
    """The far end is there, but brings nothing."""


class Line:
    """A connection that was made; `receive` is for one reader."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, heartbeat: float, silence: float | None
    ) -> None:
        """Made by `open`."""
        self._socket = socket
        self._heartbeat = heartbeat
        self._silence = silence
        self._now = asyncio.get_running_loop().time
        self._last_message = self._now()

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        url: str,
        *,
        heartbeat: float,
        silence: float | None,
        frame_bytes_max: int,
    ) -> Self:
        """Connect; raises `UnreachableError` or `RefusedError`. The caller sets the time limit."""
        try:
            # Pings are ours, so that a missing answer is seen; aiohttp would only close the socket.
            socket = await session.ws_connect(url, autoping=False, max_msg_size=frame_bytes_max)
        except aiohttp.WSServerHandshakeError as error:
            kind = RefusedError if error.status in _REFUSALS else UnreachableError
            raise kind(f"{url} answers with status {error.status}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UnreachableError(
                f"{url} cannot be reached: {str(error) or type(error).__name__}"
            ) from error
        return cls(socket, heartbeat, silence)

    async def send(self, text: str) -> None:
        """Send a message; raises `LineLostError`."""
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError) as error:
            raise LineLostError(f"the connection broke: {error}") from error

    async def receive(self) -> str | bytes:
        """The next message; raises `LineLostError` when there will be none."""
        was_asked = False
        while True:
            try:
                async with asyncio.timeout(self._patience()):
                    frame = await self._socket.receive()
            except TimeoutError:
                if self._silence is not None and self._now() - self._last_message >= self._silence:
                    raise LineSilentError(f"nothing came for {self._silence:g} s") from None
                if was_asked:
                    raise LineLostError(f"no sign of life within {self._heartbeat:g} s") from None
                await self._ask_for_life()
                was_asked = True
                continue
            match frame.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    self._last_message = self._now()
                    message: str | bytes = frame.data
                    return message
                case WSMsgType.PING:
                    await self._answer(frame.data)
                case WSMsgType.PONG:
                    was_asked = False
                case _:
                    raise LineLostError(self._end_of(frame))

    async def close(self) -> None:
        """Hang up."""
        with suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._socket.close()

    def _patience(self) -> float:
        if self._silence is None:
            return self._heartbeat
        return min(self._heartbeat, max(self._last_message + self._silence - self._now(), 0.0))

    async def _ask_for_life(self) -> None:
        try:
            await self._socket.ping()
        except (aiohttp.ClientError, OSError) as error:
            raise LineLostError(f"the connection broke: {error}") from error

    async def _answer(self, ping: bytes) -> None:
        with suppress(aiohttp.ClientError, OSError):  # a connection that broke shows at the next receive
            await self._socket.pong(ping)

    def _end_of(self, frame: aiohttp.WSMessage) -> str:
        if frame.type is WSMsgType.ERROR:
            return f"a frame that cannot be taken: {self._socket.exception()}"
        code = self._socket.close_code
        return "the far end hung up" + (f" ({code})" if code is not None else "")
