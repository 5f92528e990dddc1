"""Where a simulated exchange listens: `HOST:PORT`, or `unix:PATH` for a socket in the file system."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

import msgspec

from kedge.venues.simulated.wire import LINE_BYTES_MAX

_UNIX = "unix:"
Visitor = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Address(msgspec.Struct, frozen=True):
    """One end of the wire; either a host with a port, or a path."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that a text names; raises `ValueError` that says what was expected."""
        if text.startswith(_UNIX) and len(text) > len(_UNIX):
            return cls(path=text.removeprefix(_UNIX))
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise ValueError(f"{text!r} is no address: HOST:PORT or unix:PATH is expected")
        return cls(host=host, port=int(port))

    def __str__(self) -> str:
        return f"{_UNIX}{self.path}" if self.path else f"{self.host}:{self.port}"

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to whoever listens here; raises `OSError`."""
        if self.path:
            return await asyncio.open_unix_connection(self.path, limit=LINE_BYTES_MAX)
        return await asyncio.open_connection(self.host, self.port, limit=LINE_BYTES_MAX)

    async def listen(self, visitor: Visitor) -> tuple[asyncio.Server, "Address"]:
        """Listen here; returns the server and the address it got (port 0 asks for any free one); raises `OSError`."""
        if self.path:
            return await asyncio.start_unix_server(visitor, self.path, limit=LINE_BYTES_MAX), self
        server = await asyncio.start_server(visitor, self.host, self.port, limit=LINE_BYTES_MAX)
        port = server.sockets[0].getsockname()[1]
        return server, Address(host=self.host, port=port)
