"""The events that move what an account has at stake, in the referee's own form: the fields that it needs, no more.

Numbers without a point are billionths, as they stand in the record.
"""

import msgspec

from kedge.referee import terms


class Request(msgspec.Struct):
    """An order as it is asked for."""

    id: str
    account: str
    instrument: str
    side: str
    quantity: int
    limit_price: int | None = None
    stop_price: int | None = None
    role: str = "entry"
    parent: str | None = None
    strategy: str | None = None
    expected: int | None = None


class Asked(msgspec.Struct):
    """New terms of an order."""

    quantity: int | None = None
    limit_price: int | None = None
    stop_price: int | None = None


class InstrumentDefined(msgspec.Struct):
    """An instrument."""

    instrument: terms.Instrument


class AccountDefined(msgspec.Struct):
    """An account, or its new terms."""

    terms: terms.Account


class OwnersDefined(msgspec.Struct):
    """All owners with limits."""

    owners: tuple[terms.Owner, ...]


class TradingStateChanged(msgspec.Struct):
    """Of one account or of all."""

    state: str
    account: str | None = None


class Submitted(msgspec.Struct):
    """An order leaves, or is held by the engine."""

    request: Request
    legs: tuple[Request, ...] = ()


class OfAnOrder(msgspec.Struct):
    """Something became of an order."""

    order: str
    state: str = ""


class Execution(msgspec.Struct):
    """A fill."""

    quantity: int


class OrderFilled(msgspec.Struct):
    """A fill of an order."""

    order: str
    execution: Execution
    state: str


class Recounted(msgspec.Struct):
    """A fill was annulled or corrected: so much of the order has filled."""

    order: str
    state: str
    filled: int


class Replaced(msgspec.Struct):
    """An order is to have new terms, or has them."""

    order: str
    terms: Asked
    state: str = ""


class OrderRescaled(msgspec.Struct):
    """An order in new shares."""

    order: str
    quantity: int
    filled: int
    limit_price: int | None = None
    stop_price: int | None = None


class Archived(msgspec.Struct):
    """An order as it was kept."""

    request: Request
    state: str
    quantity: str
    filled: str = "0"
    limit_price: str | None = None
    stop_price: str | None = None


class OrderRestored(msgspec.Struct):
    """An old order is spoken of again."""

    order: Archived


class PositionOpened(msgspec.Struct):
    """Something is open."""

    account: str
    instrument: str
    quantity: int
    cost: int
    cash: int
    stop: int | None = None


class PositionMoved(msgspec.Struct):
    """It has grown or become less."""

    account: str
    instrument: str
    quantity: int
    cost: int
    cash: int


class PositionClosed(msgspec.Struct):
    """Nothing is open any more."""

    account: str
    instrument: str
    cash: int
    pnl: int


class DustTaken(msgspec.Struct):
    """What was too little to be sold is open again."""

    account: str
    instrument: str
    quantity: int
    cost: int


class CashMoved(msgspec.Struct):
    """Dust was sold or paid out."""

    account: str
    cash: int


class PositionRescaled(msgspec.Struct):
    """What is open in new shares."""

    account: str
    instrument: str
    quantity: int
    stop: int | None = None


class Holding(msgspec.Struct):
    """An open position."""

    quantity: int
    cost: int
    stop: int | None = None
    waived: bool = False


class PositionRestated(msgspec.Struct):
    """What is open after all."""

    account: str
    instrument: str
    cash: int
    holding: Holding | None = None


class SymbolChanged(msgspec.Struct):
    """An instrument goes by another symbol."""

    account: str
    instrument: str
    new_symbol: str


class OfAPosition(msgspec.Struct):
    """Something became of a position."""

    account: str
    instrument: str


class PositionMarked(msgspec.Struct):
    """A position was valued anew."""

    account: str
    instrument: str
    price: int


class DayBegan(msgspec.Struct):
    """What an account's day is measured from."""

    account: str
    day: str
    until: int
    balance: int
    equity: int


class PeakRaised(msgspec.Struct):
    """What its drawdown is measured from."""

    account: str
    peak: int


class LimitBreached(msgspec.Struct):
    """It is locked."""

    account: str
    code: str
    ends: str


class LockReleased(msgspec.Struct):
    """It is let go."""

    account: str
    code: str


class CooldownStarted(msgspec.Struct):
    """It waits."""

    account: str
    until: int


class OfAStrategy(msgspec.Struct):
    """A strategy is paused or goes on."""

    strategy: str
