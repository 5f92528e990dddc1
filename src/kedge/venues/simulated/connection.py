"""One connection to a simulated exchange, from its first byte to its last.

Requests carry numbers, so answers may come in any order. A connection that is lost stays lost: every request that
waits on it ends as unknown, and whoever wants another connection makes one. Half-open connections (the far end is
gone and nobody said so) are found by asking for a sign of life at intervals.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from kedge.domain.inputs import VenueReport
from kedge.domain.quotes import Quote
from kedge.venues.errors import NotSentError, RefusedError, UnknownOutcomeError
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.wire import (
    Answer,
    Ask,
    Done,
    Hello,
    Ping,
    Priced,
    Pushed,
    Request,
    Result,
    Welcome,
    read_reply,
    to_line,
)


class Connection:
    """Ask, and be told. Made by `Connection.open`; `lost` is done, with the reason, when it is no more."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_report: Callable[[VenueReport], None],
        on_quote: Callable[[Quote], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_report = on_report
        self._on_quote = on_quote
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Result]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls,
        address: Address,
        on_report: Callable[[VenueReport], None],
        on_quote: Callable[[Quote], None],
        *,
        timeout: float,
        heartbeat: float,
    ) -> "Connection":
        """Connect and say hello; raises `NotSentError` when nobody answers, `RefusedError` if we are not wanted."""
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await address.open()
        except (OSError, TimeoutError) as error:
            raise NotSentError(
                f"the exchange at {address} cannot be reached: {str(error) or type(error).__name__}"
            ) from error
        connection = cls(reader, writer, on_report, on_quote)
        connection._tasks.append(asyncio.create_task(connection._read()))
        try:
            await connection._greet(address, timeout)
        except BaseException:
            await connection.close()
            raise
        connection._tasks.append(asyncio.create_task(connection._beat(heartbeat)))
        return connection

    async def ask(self, request: Request, timeout: float) -> Result:
        """The answer to a request; raises `NotSentError` or `UnknownOutcomeError`. The request is sent once."""
        if self.lost.done() or self._writer.is_closing():
            raise NotSentError("the connection to the exchange is lost")
        self._number += 1
        number = self._number
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._writer.write(to_line(Ask(number, request)))
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            raise UnknownOutcomeError(f"no answer within {timeout:g} s") from None
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Hang up; what waits for an answer ends as unknown."""
        self._lose("closed by us")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _greet(self, address: Address, timeout: float) -> None:
        try:
            welcome = await self.ask(Hello(), timeout)
        except UnknownOutcomeError as error:
            raise NotSentError(f"the exchange at {address} does not answer: {error}") from error
        if not isinstance(welcome, Welcome):
            raise RefusedError(f"the exchange at {address} does not take us: {welcome}")

    async def _read(self) -> None:
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):
                self._take(line)
            reason = "the exchange hung up"
        except (OSError, ValueError) as error:  # ValueError: a line without end, or one that nobody can read
            reason = f"{type(error).__name__}: {error}"
        self._lose(reason)

    def _take(self, line: bytes) -> None:
        match read_reply(line):
            case Answer(number=number, result=result):
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
                elif isinstance(result, Done):  # too late for the one who asked, but still facts
                    for report in result.reports:
                        self._on_report(report)
            case Pushed(report=report):
                self._on_report(report)
            case Priced(quote=quote):
                self._on_quote(quote)

    async def _beat(self, heartbeat: float) -> None:
        while True:
            await asyncio.sleep(heartbeat)
            try:
                await self.ask(Ping(), heartbeat)
            except (NotSentError, UnknownOutcomeError):
                self._lose(f"no sign of life within {heartbeat:g} s")
                return

    def _lose(self, reason: str) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        self._writer.transport.abort()  # a close would first try to get rid of what is still buffered
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(UnknownOutcomeError(f"the connection was lost: {reason}"))
