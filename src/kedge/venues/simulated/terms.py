"""The terms of a simulated exchange: what trades there, who trades there, and how it treats orders."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from kedge.domain.ids import AccountId
from kedge.domain.instruments import GRID, Instrument
from kedge.sim.accounts import Ledger as AccountBook
from kedge.sim.market import Tape
from kedge.sim.settings import SimSettings
from kedge.sim.state import SimState
from kedge.venues.simulated.ledger import AccountOpened, Fact, InstrumentListed, LedgerError


class InstrumentChangedError(LedgerError):
    """The terms name another grid than the one that was traded on. Nothing was changed; the terms have to be."""


class Change(NamedTuple):
    """One term of an instrument, as it was and as it is asked for."""

    name: str
    before: str
    after: str


class ExchangeTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an exchange is made with. Accounts that it has already keep the money that their trades left them."""

    instruments: tuple[Instrument, ...]
    accounts: dict[AccountId, Decimal]
    settings: SimSettings = SimSettings()
    seed: int = 0
    name: str = "sim"

    def __post_init__(self) -> None:
        """Refuse terms on which nothing could trade."""
        if not self.instruments:
            raise ValueError("an exchange needs at least one instrument")
        symbols = [instrument.symbol for instrument in self.instruments]
        if len(dict.fromkeys(symbols)) != len(symbols):
            raise ValueError(f"an instrument is listed twice: {', '.join(symbols)}")
        for account, cash in self.accounts.items():
            if not (cash.is_finite() and cash >= 0):
                raise ValueError(f"account {account}: cash must be a number of 0 or more, not {cash}")


def adopt(state: SimState, terms: ExchangeTerms, opened: dict[AccountId, Decimal]) -> list[Fact]:
    """Bring a stopped exchange to these terms; returns what is new.

    `opened` are accounts that an earlier try has opened, with the cash that it gave them.
    """
    facts: list[Fact] = []
    known = {instrument.symbol: index for index, instrument in enumerate(state.instruments)}
    for instrument in terms.instruments:
        index = known.get(instrument.symbol)
        if index is None:
            state.instruments.append(instrument)
            state.tapes[instrument.symbol] = Tape()
        elif state.instruments[index] != instrument:
            _refuse_other_grid(state.instruments[index], instrument)
            state.instruments[index] = instrument
        else:
            continue
        facts.append(InstrumentListed(instrument=instrument))
    for account, cash in terms.accounts.items():
        if account not in state.ledgers:
            first = opened.get(account, cash)
            state.ledgers[account] = AccountBook(first)
            facts.append(AccountOpened(account=account, cash=first))
    state.settings = terms.settings
    state.seed = terms.seed
    return facts


def changes(old: Instrument, new: Instrument) -> Iterator[Change]:
    """What a restart would change of an instrument and may not."""
    for name in GRID:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(name, str(before), str(after))


def _refuse_other_grid(old: Instrument, new: Instrument) -> None:
    for change in changes(old, new):
        raise InstrumentChangedError(
            f"{new.symbol} has traded with {change.name} {change.before}, now {change.after} is asked for; put it "
            "back, or begin in another data directory once nothing is open"
        )
