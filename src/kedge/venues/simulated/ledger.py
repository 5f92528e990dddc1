"""The exchange's own record: an append-only file of JSON lines, one fact a line, each with its number and time.

It is what an auditor believes when the engine and the exchange disagree, so a fact is written before the report of it
goes out. A program that dies while writing leaves a torn last line; nobody was told of that fact, so reading passes
over it and the next writer cuts it off. Anything else that is wrong with the file is an error.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Self

import msgspec

from kedge.domain.announcements import Split
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Request
from kedge.domain.instants import NEVER, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, OrderRequest, Side, Terms


class LedgerError(Exception):
    """The file is no ledger, is damaged, or is in use. A person has to look; nothing was changed."""


class _Fact(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag=True,
):
    pass


class InstrumentListed(_Fact, frozen=True):
    """An instrument trades here, or trades under new terms."""

    instrument: Instrument


class AccountOpened(_Fact, frozen=True):
    """An account exists and starts with this cash."""

    account: AccountId
    cash: Decimal


class OrderAccepted(_Fact, frozen=True):
    """The exchange took an order (or a leg of one), with all that was asked for."""

    request: OrderRequest
    venue_order_id: str
    expires: Instant = NEVER


class OrderRejected(_Fact, frozen=True):
    """The exchange did not take an order."""

    request: OrderRequest
    reason: str


class DuplicateRefused(_Fact, frozen=True):
    """A submit came with a client order id that had been seen before; the first order is untouched."""

    order: OrderId
    reason: str


class CancelAsked(_Fact, frozen=True):
    """A cancel came in; what came of it follows."""

    order: OrderId


class ReplaceAsked(_Fact, frozen=True):
    """A replace came in; what came of it follows."""

    order: OrderId
    terms: Terms


class RequestRefused(_Fact, frozen=True):
    """A cancel or a replace was not done."""

    order: OrderId
    request: Request
    reason: str


class OrderReplaced(_Fact, frozen=True):
    """The order lives on under new terms."""

    order: OrderId
    terms: Terms


class Executed(_Fact, frozen=True):
    """A trade."""

    order: OrderId
    account: AccountId
    instrument: Symbol
    side: Side
    execution: Execution


class OrderEnded(_Fact, frozen=True):
    """The order is dead; `state` says how."""

    order: OrderId
    state: OrderState
    reason: str = ""


class Settled(_Fact, frozen=True):
    """A contract expired: what an account held was closed at this price."""

    account: AccountId
    instrument: Symbol
    id: str
    quantity: Nano  # what was held, signed
    price: Nano


class HoldingSplit(_Fact, frozen=True):
    """A split changed what an account holds; `paid` is what the rest was worth, and who was short has paid it."""

    account: AccountId
    id: str
    split: Split
    quantity: Nano
    paid: Nano


class OrderSplit(_Fact, frozen=True):
    """A split changed an open order."""

    order: OrderId
    terms: Terms


class HoldingRenamed(_Fact, frozen=True):
    """What an account has in an instrument goes by another symbol."""

    account: AccountId
    instrument: Symbol
    id: str
    new_symbol: Symbol


class TradeBusted(_Fact, frozen=True):
    """A trade was annulled: it never was."""

    order: OrderId
    account: AccountId
    execution: str
    reason: str = ""


class TradeCorrected(_Fact, frozen=True):
    """A trade was another one from the first."""

    order: OrderId
    account: AccountId
    execution: Execution


Fact = (
    InstrumentListed
    | AccountOpened
    | OrderAccepted
    | OrderRejected
    | DuplicateRefused
    | CancelAsked
    | ReplaceAsked
    | RequestRefused
    | OrderReplaced
    | Executed
    | OrderEnded
    | Settled
    | HoldingSplit
    | OrderSplit
    | HoldingRenamed
    | TradeBusted
    | TradeCorrected
)


class Entry(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One line of the ledger; numbers count from 1 without a gap."""

    number: int
    at: Instant
    fact: Fact


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def read_ledger(path: Path) -> Iterator[Entry]:
    """The entries of a ledger, oldest first, also while an exchange writes it; raises `LedgerError` at damage."""
    content = path.read_bytes()
    for number, line in enumerate(content[: _whole_length(content)].splitlines(), start=1):
        try:
            entry = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(f"{path}, line {number}: not a ledger entry: {error}") from None
        if entry.number != number:
            raise LedgerError(f"{path}, line {number}: entry {entry.number} is out of its place")
        yield entry


class Ledger:
    """A ledger open for writing; only one exchange can have it open."""

    def __init__(self, path: Path, *, sync: bool = False) -> None:
        """Open or begin the ledger at `path`; raises `LedgerError` when another exchange has it.

        With `sync` each write is on the disk before it is done.
        """
        self._sync = sync
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            self._lock(path)
            content = path.read_bytes()
            os.ftruncate(self._file, _whole_length(content))
        except BaseException:
            os.close(self._file)
            raise
        self.number = content.count(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, facts: Sequence[Fact], at: Instant) -> None:
        """Write these facts as one; when it returns they survive the death of this process."""
        if not facts:
            return
        entries = [Entry(self.number + index, at, fact) for index, fact in enumerate(facts, start=1)]
        write_all(self._file, b"".join(_encoder.encode(entry) + b"\n" for entry in entries))
        if self._sync:
            os.fsync(self._file)
        self.number += len(facts)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _lock(self, path: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(f"{path} is in use by another exchange; stop that one first") from None


def write_all(file: int, content: bytes) -> None:
    """Hand all of the content over to the operating system."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _whole_length(content: bytes) -> int:
    return content.rfind(b"\n") + 1
