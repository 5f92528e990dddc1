"""Settings that are in force: frozen, made of the engine's own words, and free of how they were written."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import Symbol, VenueName
from kedge.domain.instants import MINUTE, Span
from kedge.domain.instruments import Instrument
from kedge.domain.messages import MessageBudget
from kedge.domain.owners import OwnerTerms
from kedge.domain.strategies import StrategyTerms
from kedge.sessions.contracts import RollTerms
from kedge.settings.secret import Secret
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms

_DIGEST_BYTES = 16


class PaperVenue(msgspec.Struct, frozen=True, tag="paper", tag_field="kind"):
    """A simulated exchange in this process."""

    name: VenueName
    seed: int
    terms: SimSettings
    messages: MessageBudget = MessageBudget()


class SimulatedFeed(msgspec.Struct, frozen=True, tag="simulated", tag_field="kind"):
    """Prices that walk at random."""

    instruments: tuple[Symbol, ...]
    quotes_per_second: Decimal
    seed: int = 0
    walk: WalkTerms = WalkTerms()


class RollBy(StrEnum):
    """What decides when a contract is left for the next."""

    DAYS = "days"  # before its end
    VOLUME = "volume"  # of the next one, and the days at the latest


class Root(msgspec.Struct, frozen=True):
    """A future by its root: what all its contracts have in common, and which of them are traded."""

    instrument: Instrument
    roll: RollTerms
    by: RollBy = RollBy.DAYS


class BarStamps(StrEnum):
    """Which end of a bar its stamp in a file is."""

    START = "start"
    END = "end"


class RecordedFeed(msgspec.Struct, frozen=True, tag="recorded", tag_field="kind"):
    """Prices out of files, played in real time with their stamps moved to now."""

    instruments: tuple[Symbol, ...]
    paths: tuple[Path, ...]
    stamps: BarStamps = BarStamps.START


class SocketFeed(msgspec.Struct, frozen=True, tag="socket", tag_field="kind"):
    """Prices over a WebSocket that speaks our own protocol."""

    instruments: tuple[Symbol, ...]
    url: str


Feed = SimulatedFeed | RecordedFeed | SocketFeed


class Bars(msgspec.Struct, frozen=True):
    """What charts are made of."""

    lengths: tuple[Span, ...] = (Span(5 * MINUTE),)
    history: int = 200  # bars of each length that are asked for at the start


class Settings(msgspec.Struct, frozen=True):
    """Everything that a start needs to know. Names are unique and refer to what is there."""

    data_dir: Path
    venues: Mapping[VenueName, PaperVenue]
    accounts: tuple[AccountTerms, ...]
    instruments: tuple[Instrument, ...]
    feeds: tuple[Feed, ...]
    owners: tuple[OwnerTerms, ...] = ()  # those with limits over all their accounts
    starts: Mapping[Symbol, Decimal] = MappingProxyType({})  # where simulated prices begin
    record_market_data: bool = True
    actions: Path | None = None  # splits and new symbols
    roots: tuple[Root, ...] = ()  # futures that are traded by their front contract
    bars: Bars = Bars()  # also those that strategies look at
    strategies: tuple[StrategyTerms, ...] = ()  # `compiling` makes objects of them
    folder: Path = Path()  # from which on files of strategies are named

    def digest(self) -> str:
        """A hash of what is in force, however and wherever it was written.

        Secrets are not in it, nor are the places of the record and of the settings, which may be moved. The order of
        accounts, instruments and feeds is: they are declared in that order.
        """
        content = {
            "venues": dict(self.venues),
            "accounts": self.accounts,
            "owners": self.owners,
            "instruments": self.instruments,
            "feeds": self.feeds,
            "starts": dict(self.starts),
            "actions": self.actions,
            "roots": self.roots,
            "bars": self.bars,
            "strategies": self.strategies,
        }
        return blake2b(canonical(content), digest_size=_DIGEST_BYTES).hexdigest()


def canonical(content: object) -> bytes:
    """One text for one content: keys in order, secrets as nothing."""
    return msgspec.json.encode(content, enc_hook=_hide, order="sorted")


def _hide(value: object) -> Any:
    if isinstance(value, Secret):
        return None
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"settings hold a {type(value).__name__}, which has no canonical form")
