"""The kill switch: what it is to take away, what has come of that, and what venues say is still there.

`BLOCK` is a trading state and nothing more. The other two have something to take away, so they are kept with what has
been settled, until every venue has said that nothing of it is left.
"""

from enum import StrEnum

import msgspec

from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol, VenueName
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.recorded import Recorded

ALL = AccountId("")  # the scope of a kill switch that is thrown for every account


class KillMode(StrEnum):
    """How far it goes; each does what the one before it does, and more. None of them takes a stop from what stays."""

    BLOCK = "block"  # no new risk
    CANCEL = "cancel"  # and entries are withdrawn
    FLATTEN = "flatten"  # and positions are closed

    @property
    def withdraws(self) -> bool:
        """Whether entries go."""
        return self is not KillMode.BLOCK

    @property
    def closes(self) -> bool:
        """Whether positions go."""
        return self is KillMode.FLATTEN

    def or_further(self, other: "KillMode") -> "KillMode":
        """Whichever of the two goes further."""
        order = list(KillMode)
        return max(self, other, key=order.index)


class KillWord(msgspec.Struct, frozen=True, gc=False):
    """A venue's last word on one account there: what is left, each with why it is."""

    left: dict[OrderId, str] = {}
    open: dict[str, str] = {}
    foreign: tuple[OrderId, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left."""
        return not (self.left or self.open or self.foreign)


class Kill(msgspec.Struct, gc=False):
    """What a kill switch that is on has still to take away, and what has come of the rest."""

    mode: KillMode
    who: str
    why: str
    since: Instant
    asked: Instant  # an answer to a question of before this proves nothing
    orders: dict[OrderId, OrderState | None] = msgspec.field(default_factory=dict)  # how each has ended
    positions: dict[PositionId, None] = msgspec.field(default_factory=dict)
    refused: dict[OrderId, str] = msgspec.field(default_factory=dict)  # why a venue would not cancel
    held_at: tuple[AccountId, ...] = ()  # the accounts at venues whose word is needed
    words: dict[AccountId, KillWord] = msgspec.field(default_factory=dict)  # by account at a venue
    confirmed: bool = False


class KillOrdered(Recorded, frozen=True, tag="KillOrdered.1"):
    """The kill switch is thrown, for one account or for all: these orders are withdrawn, these positions closed.

    It is over when the venues have said of each of `held_at`, which are accounts there, that nothing is left.
    """

    mode: KillMode
    who: str
    why: str
    account: AccountId | None = None
    orders: tuple[OrderId, ...] = ()
    positions: tuple[PositionId, ...] = ()
    held_at: tuple[AccountId, ...] = ()


class KillExtended(Recorded, frozen=True, tag="KillExtended.1"):
    """What has come up since then goes as well: an order that lives after all, a position that an entry has opened."""

    account: AccountId | None = None
    orders: tuple[OrderId, ...] = ()
    positions: tuple[PositionId, ...] = ()


class KillChecked(Recorded, frozen=True, tag="KillChecked.1"):
    """A venue was asked (at `asked`) what is still open in an account there, and that is news.

    `settled`: how orders have ended since the last such word. `left` and `open` are the orders and positions that are
    still there, with why; `foreign` are orders that are not of this book's making.
    """

    venue: VenueName
    held_at: AccountId  # at the venue
    asked: Instant
    account: AccountId | None = None
    settled: dict[OrderId, OrderState] = {}  # noqa: RUF012 (msgspec gives each event its own)
    left: dict[OrderId, str] = {}  # noqa: RUF012
    open: dict[str, str] = {}  # noqa: RUF012
    foreign: tuple[OrderId, ...] = ()


class KillConfirmed(Recorded, frozen=True, tag="KillConfirmed.1"):
    """Every venue has said that nothing is left of what the kill switch was to take away."""

    orders: int  # that were to be withdrawn
    filled: int  # of them, before they could be
    positions: int  # that were to be closed
    account: AccountId | None = None


Killing = KillOrdered | KillExtended | KillChecked | KillConfirmed


class Left(msgspec.Struct, frozen=True, gc=False):
    """Something that is still there, and why."""

    id: str
    account: AccountId
    instrument: Symbol
    why: str


class KillReport(msgspec.Struct, frozen=True, gc=False):
    """How far a kill switch has come. `silent` are accounts of which their venues have said nothing yet."""

    account: AccountId | None
    mode: KillMode
    who: str
    why: str
    since: Instant
    confirmed: bool
    orders: int
    cancelled: int
    filled: int
    orders_left: tuple[Left, ...]
    positions: int
    closed: int
    positions_left: tuple[Left, ...]
    foreign: tuple[OrderId, ...] = ()
    silent: tuple[AccountId, ...] = ()
