"""What paper venues have listed under a data directory, held against the settings before anything is opened."""

from collections.abc import Iterator
from pathlib import Path

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.settings.values import Settings
from kedge.venues.simulated.listing import read_listing
from kedge.venues.simulated.terms import Change, changes


def ledger_of(data_dir: Path, venue: str) -> Path:
    """Where a paper venue keeps what it knows."""
    return data_dir / f"{venue}.ledger"


def listed_otherwise(settings: Settings, now: Instant) -> Iterator[tuple[Symbol, Change]]:
    """Instruments that a paper venue has listed on other terms than the settings name, and with which it would not
    start; a contract is told of under its root. Nothing is locked and nothing written.

    Raises `LedgerError` when what a venue keeps is damaged, and `OSError`.
    """
    named = {each.symbol: each for each in settings.instruments}
    roots = {root.instrument.symbol: root.instrument for root in settings.roots}
    for venue in settings.venues:
        for listed in read_listing(ledger_of(settings.data_dir, venue)):
            new = named.get(listed.symbol)
            if new is None and not _has_expired(listed, now):
                new = roots.get(Symbol(listed.root))
            if new is not None:
                yield from ((new.symbol, change) for change in changes(listed, new))


def _has_expired(instrument: Instrument, now: Instant) -> bool:
    return instrument.expires is not None and instrument.expires <= now
