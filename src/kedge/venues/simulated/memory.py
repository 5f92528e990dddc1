"""How an exchange outlives its process: a snapshot, and every deed since it was taken.

The matching engine is a function of what it is told and when, so writing that down is enough. A deed is written before
it is done: a process that dies in between does it at the next start. Snapshots only keep the deeds from piling up;
one is written beside the old one and takes its place in one move, and deeds that it contains already are passed over.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from kedge.domain.announcements import Action
from kedge.domain.ids import OrderId
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import MarketData
from kedge.venues.simulated.ledger import LedgerError, write_all

S = TypeVar("S")


class _Deed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, tag=True):
    at: Instant


class Submitted(_Deed, frozen=True):
    """An order came in with its legs."""

    request: OrderRequest
    legs: tuple[OrderRequest, ...] = ()
    expires: Instant = NEVER


class Cancelled(_Deed, frozen=True):
    """A cancel came in."""

    order: OrderId


class Replaced(_Deed, frozen=True):
    """A replace came in."""

    order: OrderId
    terms: Terms


class Moved(_Deed, frozen=True):
    """The market moved."""

    data: MarketData


class Passed(_Deed, frozen=True):
    """Time passed."""


class Acted(_Deed, frozen=True):
    """A company did something to its shares."""

    action: Action


class Busted(_Deed, frozen=True):
    """A trade was annulled."""

    order: OrderId
    execution: str
    reason: str = ""


class Corrected(_Deed, frozen=True):
    """A trade was given other figures."""

    order: OrderId
    execution: Execution


Deed = Submitted | Cancelled | Replaced | Moved | Passed | Acted | Busted | Corrected


class _Numbered(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    number: int
    deed: Deed


class _Kept(msgspec.Struct, Generic[S], frozen=True, forbid_unknown_fields=True):
    number: int  # of the last deed that is in it
    snapshot: S


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Numbered)


def snapshot_of(ledger: Path) -> Path:
    """Where the newest snapshot of the exchange with this ledger lies."""
    return ledger.with_name(ledger.name + ".snapshot")


class Memory(Generic[S]):
    """The files beside a ledger that let its exchange go on; `kind` is the type of the snapshots."""

    def __init__(self, ledger: Path, kind: type[S], *, sync: bool = False) -> None:
        """Open the memory that lies beside this ledger; raises `LedgerError` when it is damaged."""
        self._path = snapshot_of(ledger)
        self._deeds_path = ledger.with_name(ledger.name + ".deeds")
        self._sync = sync
        self._kept = self._read_snapshot(kind)
        self._file = os.open(self._deeds_path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.number = 0 if self._kept is None else self._kept.number

    @property
    def snapshot(self) -> S | None:
        """The newest snapshot, if any was ever taken."""
        return None if self._kept is None else self._kept.snapshot

    def deeds(self) -> Iterator[Deed]:
        """The deeds since the snapshot, oldest first. Read them once and `keep` a snapshot before anything is noted.

        A torn last line is a deed that never was; the snapshot clears it away.
        """
        content = self._deeds_path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for line in content[:whole].splitlines():
            numbered = self._read_deed(line)
            if numbered.number <= self.number:
                continue  # the snapshot contains it: the process died before it could clear the deeds
            if numbered.number != self.number + 1:
                raise LedgerError(f"{self._deeds_path}: deed {self.number + 1} is missing")
            self.number = numbered.number
            yield numbered.deed

    def note(self, deed: Deed) -> None:
        """Write a deed down; when it returns the deed survives the death of this process."""
        write_all(self._file, _encoder.encode(_Numbered(self.number + 1, deed)) + b"\n")
        if self._sync:
            os.fsync(self._file)
        self.number += 1

    def keep(self, snapshot: S) -> None:
        """Keep a snapshot that contains every deed noted so far."""
        beside = self._path.with_name(self._path.name + ".new")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            write_all(file, _encoder.encode(_Kept(self.number, snapshot)))
            os.fsync(file)
        finally:
            os.close(file)
        beside.replace(self._path)
        _sync_folder(self._path.parent)  # the deeds may only go once the snapshot cannot
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._file)

    def _read_snapshot(self, kind: type[S]) -> _Kept[S] | None:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(content, type=_Kept[kind])  # type: ignore[valid-type]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(f"{self._path} is no snapshot of this version: {error}") from None

    def _read_deed(self, line: bytes) -> _Numbered:
        try:
            return _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(f"{self._deeds_path}: not a deed: {error}") from None


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
