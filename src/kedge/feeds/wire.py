"""Our own small protocol for market data, spoken by `kedge.lab.feed_server`: JSON, one message a WebSocket frame.

The client says `subscribe` once and is answered with `welcome` or `refused`. Then it is told `data`: a quote, print or
bar in whole ticks and billionths as in `kedge.domain.quotes`, or an announcement of `kedge.domain.announcements`, with
a number that counts the messages of an instrument over all connections. `alive` comes now and then when there is
nothing to tell. Bars that were are asked for over HTTP:
`GET /history?symbol=SPY&length=60000000000&count=100&before=1772461800000000000`, all times in nanoseconds.
"""

from typing import Final

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.quotes import Bar
from kedge.feeds.base import FeedItem
from kedge.feeds.errors import GarbledError

VERSION: Final = 1
STREAM_PATH: Final = "/stream"
HISTORY_PATH: Final = "/history"


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe", forbid_unknown_fields=True):
    """What the client wants to hear of."""

    symbols: tuple[Symbol, ...]
    token: str = ""
    version: int = VERSION


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The client will be told."""

    symbols: tuple[Symbol, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The client will not be told, and why."""

    why: str


class Told(msgspec.Struct, frozen=True, tag="data"):
    """One piece of market data, or an announcement."""

    number: int
    data: FeedItem


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """There is nothing to tell."""


Message = Welcome | Refused | Told | Alive

_MESSAGES: Final[msgspec.json.Decoder[Message]] = msgspec.json.Decoder(Message)
_SUBSCRIBES: Final = msgspec.json.Decoder(Subscribe)
_BARS: Final = msgspec.json.Decoder(list[Bar])


def to_text(message: Subscribe | Message) -> str:
    """A message as it is sent."""
    return msgspec.json.encode(message).decode()


def read_message(frame: str | bytes) -> Message:
    """A message of the server; raises `GarbledError`."""
    try:
        return _MESSAGES.decode(frame)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise GarbledError(f"a message cannot be read: {error}") from error


def read_subscribe(frame: str | bytes) -> Subscribe:
    """The message of a client; raises `GarbledError`."""
    try:
        return _SUBSCRIBES.decode(frame)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise GarbledError(f"a message cannot be read: {error}") from error


def read_bars(body: bytes) -> list[Bar]:
    """The answer to a question for history; raises `GarbledError`."""
    try:
        return _BARS.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise GarbledError(f"history cannot be read: {error}") from error
