"""One client of the exchange server: where its lines go."""

import asyncio

from kedge.venues.simulated import wire

_BACKLOG_BYTES_MAX = 16 * 1024 * 1024  # a client that reads so much too slowly is cut off, as brokers do


class Client:
    """The sending half of one connection; a client that is gone is silently sent nothing."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.wants_reports = False
        self.wants_quotes = False

    def subscribe(self, hello: wire.Hello) -> None:
        """From now on push what the client asked for."""
        self.wants_reports = hello.reports
        self.wants_quotes = hello.quotes

    def answer(self, number: int, result: wire.Result) -> None:
        """Answer one request."""
        self.send(wire.to_line(wire.Answer(number, result)))

    def send(self, line: bytes) -> None:
        """Send a line, or cut the client off when it does not keep up."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > _BACKLOG_BYTES_MAX:
            self.cut()
            return
        self._writer.write(line)

    def cut(self) -> None:
        """Hang up at once; what was not sent yet is lost."""
        self._writer.transport.abort()
