"""What a simulated exchange has listed, read beside it: without its lock, and also while it trades."""

from pathlib import Path

import msgspec

from kedge.domain.instruments import Instrument
from kedge.venues.simulated.ledger import LedgerError
from kedge.venues.simulated.memory import snapshot_of


class _Sim(msgspec.Struct):
    instruments: list[Instrument]


class _Snapshot(msgspec.Struct):
    sim: _Sim


class _Kept(msgspec.Struct):
    """The part of the snapshot that tells of instruments; each start of an exchange writes one."""

    snapshot: _Snapshot


def read_listing(ledger: Path) -> list[Instrument]:
    """The instruments of the exchange with this ledger, none where none ever was.

    Raises `LedgerError` when its snapshot is damaged, and `OSError`.
    """
    path = snapshot_of(ledger)
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    try:
        return msgspec.json.decode(content, type=_Kept).snapshot.sim.instruments
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path} is no snapshot of this version: {error}") from None
