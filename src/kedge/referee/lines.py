"""The lines of an exported record: one event each, numbered without a gap from the first."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)


class RecordError(Exception):
    """The record cannot be judged, and why."""


class Line(NamedTuple):
    """One event as it was written."""

    seq: int
    step: int
    at: int  # nanoseconds since 1970
    kind: str
    version: int
    payload: bytes


class _Written(msgspec.Struct):
    seq: int
    step: int
    at: str
    kind: str
    version: int
    payload: msgspec.Raw


_decode: Callable[[bytes], _Written] = msgspec.json.Decoder(_Written).decode


def read_line(text: bytes, number: int) -> Line:
    """The event on a line; raises `RecordError`, which names the line and its fault."""
    try:
        written = _decode(text)
        at = _instant(written.at)
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordError(f"line {number} is no event of an exported record: {error}") from None
    if written.seq != number:
        raise RecordError(
            f"line {number} is event {written.seq}: a record is judged from its first event on, without a gap"
        )
    return Line(written.seq, written.step, at, written.kind, written.version, bytes(written.payload))


def read_payload(line: Line, decode: Callable[[bytes], Any]) -> Any:
    """What the event says, in the referee's own form."""
    try:
        return decode(line.payload)
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordError(
            f"line {line.seq}: the {line.kind}.{line.version} cannot be read: {error}"
        ) from None


def _instant(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time")
    whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    return int(whole.timestamp()) * 10**9 + int((found[2] or "").ljust(9, "0"))
