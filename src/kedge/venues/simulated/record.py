"""An exchange's files taken together: its ledger for everybody, its memory for itself, and how they are made to agree.

The memory runs ahead of the ledger by at most one deed, the one that a dying process had noted and not yet entered.
Doing the deeds since the snapshot again gives the facts again: those that the ledger has must be the same ones, and
those that it lacks are entered.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from kedge.domain.ids import AccountId
from kedge.domain.instants import Instant
from kedge.sim.state import SimState
from kedge.venues.simulated.ledger import (
    AccountOpened,
    Entry,
    Fact,
    InstrumentListed,
    Ledger,
    LedgerError,
    read_ledger,
)
from kedge.venues.simulated.memory import Deed, Memory

_DEEDS_PER_SNAPSHOT = 10_000


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exchange, and how many ledger entries tell how it came to be so."""

    sim: SimState
    entries: int


class Record:
    """The files of one exchange, held by one process."""

    def __init__(self, path: Path, each: Callable[[Entry], None], *, sync: bool = False) -> None:
        """Open or begin the record at `path`; shows every ledger entry to `each`. Raises `LedgerError`."""
        self._path = path
        self._deeds_since = 0
        self._openings: list[Fact] = []  # of instruments and accounts, entered since the snapshot
        self._unconfirmed: deque[Entry] = deque()  # what else was entered since
        self._ledger = Ledger(path, sync=sync)
        try:
            self._memory = Memory(path, Snapshot, sync=sync)
            try:
                self._read(each)
            except BaseException:
                self._memory.close()
                raise
        except BaseException:
            self._ledger.close()
            raise

    @property
    def state(self) -> SimState | None:
        """The exchange as of the newest snapshot; None when it is only being founded."""
        return None if self._memory.snapshot is None else self._memory.snapshot.sim

    def deeds(self) -> Iterator[Deed]:
        """The deeds since the snapshot. Do each again and `confirm` it before the next."""
        yield from self._memory.deeds()
        if self._unconfirmed:
            raise LedgerError(f"{self._path}: no deed led to entry {self._unconfirmed[0].number}")

    def confirm(self, deed: Deed, facts: Sequence[Fact]) -> None:
        """Compare the facts of a deed done again with the ledger, and enter those that it lacks."""
        for fact in facts:
            if not self._unconfirmed:
                self._ledger.append([fact], deed.at)
                continue
            entry = self._unconfirmed.popleft()
            if entry.fact != fact:
                raise LedgerError(f"{self._path}: entry {entry.number} is not what its deed led to")

    def found(self, facts: Sequence[Fact], at: Instant) -> None:
        """Enter instruments and accounts, save those that an opening which was cut short has entered already."""
        self._ledger.append([fact for fact in facts if fact not in self._openings], at)
        self._openings.clear()

    @property
    def opened(self) -> dict[AccountId, Decimal]:
        """Accounts that an opening which was cut short has entered already, with their cash."""
        return {fact.account: fact.cash for fact in self._openings if isinstance(fact, AccountOpened)}

    def note(self, deed: Deed) -> None:
        """Write a deed down before it is done."""
        self._memory.note(deed)
        self._deeds_since += 1

    def enter(self, facts: Sequence[Fact], at: Instant) -> None:
        """Enter facts before anybody is told of them."""
        self._ledger.append(facts, at)

    @property
    def wants_snapshot(self) -> bool:
        """Whether so many deeds have piled up that doing them again would take long."""
        return self._deeds_since >= _DEEDS_PER_SNAPSHOT

    def keep(self, sim: SimState) -> None:
        """Keep a snapshot of the exchange as it is now."""
        self._memory.keep(Snapshot(sim, self._ledger.number))
        self._deeds_since = 0

    def close(self) -> None:
        """Let go of the files."""
        self._memory.close()
        self._ledger.close()

    def _read(self, each: Callable[[Entry], None]) -> None:
        kept = self._memory.snapshot
        since = 0 if kept is None else kept.entries
        if self._ledger.number < since:
            raise LedgerError(
                f"{self._path}: entries after {self._ledger.number} are missing, {since} were written"
            )
        for entry in read_ledger(self._path):
            each(entry)
            if entry.number <= since:
                continue
            if isinstance(entry.fact, InstrumentListed | AccountOpened):
                self._openings.append(entry.fact)
            else:
                self._unconfirmed.append(entry)
        if kept is None and self._ledger.number:
            raise LedgerError(f"{self._path}: the snapshot that belongs to it is missing")
