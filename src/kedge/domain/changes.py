"""The events of what a venue changes by no order of ours: contracts that expire, shares that split, new symbols."""

from kedge.domain.announcements import Action, Split
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano
from kedge.domain.recorded import Recorded


class ContractSettled(Recorded, frozen=True, tag="ContractSettled.1"):
    """The venue has settled an expired contract that an account held; `id` is the venue's name for it."""

    account: AccountId
    instrument: Symbol
    id: str
    quantity: Nano  # what was held, signed
    price: Nano


class SharesSplit(Recorded, frozen=True, tag="SharesSplit.1"):
    """A split has changed what an account has in an instrument; `id` is the venue's name for it."""

    account: AccountId
    id: str
    split: Split
    done: Instant  # when the venue did it: what had filled by then was in old shares

    @property
    def instrument(self) -> Symbol:
        """Whose shares were split."""
        return self.split.instrument


class SymbolChanged(Recorded, frozen=True, tag="SymbolChanged.1"):
    """What an account has in an instrument goes by another symbol; `id` is the venue's name for it."""

    account: AccountId
    instrument: Symbol
    id: str
    new_symbol: Symbol


class InstrumentChanged(Recorded, frozen=True, tag="InstrumentChanged.1"):
    """A company has split its shares or has a new symbol: signals of before it mean something else."""

    action: Action

    @property
    def instrument(self) -> Symbol:
        """The symbol of before."""
        return self.action.instrument


class UnallocatedChanged(Recorded, frozen=True, tag="UnallocatedChanged.1"):
    """An account at a venue holds so much more than its accounts here do together; below zero: so much less."""

    venue: VenueName
    account: AccountId  # at the venue
    instrument: Symbol
    quantity: Nano  # signed; zero: the books agree
    held: Nano  # by the word of the venue


class PositionRescaled(Recorded, frozen=True, tag="PositionRescaled.1"):
    """The position counts in the shares of after the split; what it cost stays."""

    account: AccountId
    instrument: Symbol
    quantity: Nano
    entered: Nano
    stop: Nano | None = None


class DustRescaled(Recorded, frozen=True, tag="DustRescaled.1"):
    """What is too little to be sold counts in the shares of after the split; a rest of it may have been paid out."""

    account: AccountId
    instrument: Symbol
    quantity: Nano  # signed; zero: all of it was paid out
    cost: Nano
    gained: Nano  # by the rest
    cash: Nano


class OrderRescaled(Recorded, frozen=True, tag="OrderRescaled.1"):
    """The order counts in the shares of after the split."""

    order: OrderId
    quantity: Nano
    filled: Nano
    limit_price: Nano | None = None
    stop_price: Nano | None = None
