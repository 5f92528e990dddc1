"""What the simulated exchange and its clients say to each other: one JSON document a line.

A client sends numbered requests (`Ask`); the exchange answers each by its number (`Answer`), in whatever order they
become ready. Beside the answers the exchange pushes `Pushed` reports and `Priced` quotes to the clients that said
so in their `Hello`. What is pushed while a client is away is lost to it, as with real brokers.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Amendment, VenueReport, VenueShowed
from kedge.domain.instants import NEVER, Instant
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import Quote

PROTOCOL_VERSION = 1
LINE_BYTES_MAX = 4 * 1024 * 1024  # a longer line is a fault, not a message
LISTING_PAGE = 1_000


class WireError(ValueError):
    """A line that is no message of this protocol. Whoever reads it closes the connection."""


class _Message(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag=True):
    pass


# --- What a client asks. ---


class Hello(_Message, frozen=True):
    """First request of a connection: which version is spoken, and what is to be pushed."""

    version: int = PROTOCOL_VERSION
    reports: bool = True
    quotes: bool = True


class Ping(_Message, frozen=True):
    """Is anybody there?"""


class Submit(_Message, frozen=True):
    """Place an order with its exits."""

    request: OrderRequest
    legs: tuple[OrderRequest, ...] = ()
    expires: Instant = NEVER


class Cancel(_Message, frozen=True):
    """Cancel what is left of an order."""

    order: OrderId


class Replace(_Message, frozen=True):
    """Change an order's terms."""

    order: OrderId
    terms: Terms


class FindOrder(_Message, frozen=True):
    """Look an order up by its client order id."""

    order: OrderId


class ListOrders(_Message, frozen=True):
    """The client order ids of all orders ever taken, oldest first, a page at a time."""

    after: int = 0


class ListOpenOrders(_Message, frozen=True):
    """The account's orders that may still fill."""

    account: AccountId


class ListPositions(_Message, frozen=True):
    """The account's holdings."""

    account: AccountId


class ShowBalance(_Message, frozen=True):
    """The account's money."""

    account: AccountId


class ListExecutions(_Message, frozen=True):
    """The account's fills, oldest first."""

    account: AccountId


class ListChanges(_Message, frozen=True):
    """What was done to the account's holdings without an order after this change, and fills of these orders before."""

    account: AccountId
    after: str = ""
    orders: tuple[OrderId, ...] = ()


class ListAmendments(_Message, frozen=True):
    """The account's trades that were annulled or corrected, oldest first."""

    account: AccountId


class KeepAlive(_Message, frozen=True):
    """Withdraw this client's entries unless the same is said again within so many seconds; stops and targets stay."""

    seconds: float


class Bust(_Message, frozen=True):
    """For who runs the exchange: annul a trade."""

    order: OrderId
    execution: str
    reason: str = ""


class Correct(_Message, frozen=True):
    """For who runs the exchange: give a trade other figures; what is not named stays."""

    order: OrderId
    execution: str
    quantity: Nano | None = None
    price: Nano | None = None
    fee: Nano | None = None


Request = (
    Hello
    | Ping
    | Submit
    | Cancel
    | Replace
    | FindOrder
    | ListOrders
    | ListOpenOrders
    | ListPositions
    | ShowBalance
    | ListExecutions
    | ListChanges
    | ListAmendments
    | KeepAlive
    | Bust
    | Correct
)


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request under the number that its answer will carry."""

    number: int
    request: Request


# --- What the exchange says. ---


class FailureCode(StrEnum):
    """Why a request was not done."""

    DUPLICATE = "duplicate"  # the client order id was seen before
    REFUSED = "refused"  # definitely no


class Failed(_Message, frozen=True):
    """The request was certainly not done."""

    code: FailureCode
    reason: str


class Welcome(_Message, frozen=True):
    """The connection is good, and whom it leads to."""

    exchange: str


class Pong(_Message, frozen=True):
    """Somebody is there."""


class Done(_Message, frozen=True):
    """What came of a submit, a cancel or a replace; of a bust or a correction too."""

    reports: tuple[VenueReport, ...]


class Found(_Message, frozen=True):
    """The order that was looked up, if the exchange has it."""

    order: VenueShowed | None


class Orders(_Message, frozen=True):
    """Client order ids; `more`: the page does not reach the end, ask again after that many."""

    orders: tuple[OrderId, ...]
    more: int | None = None


class Holdings(_Message, frozen=True):
    """Signed quantities by symbol."""

    quantities: dict[Symbol, Decimal]


class Money(_Message, frozen=True):
    """The account's money; `cash` has the fees taken off already."""

    cash: Decimal
    fees: Decimal


class Fills(_Message, frozen=True):
    """Executions with the client order ids that they belong to."""

    fills: tuple[tuple[OrderId, Execution], ...]


class Changes(_Message, frozen=True):
    """What was done without an order."""

    reports: tuple[VenueReport, ...]


class Amendments(_Message, frozen=True):
    """Trades that were annulled or corrected, as it was reported."""

    amendments: tuple[Amendment, ...]


Result = Amendments | Failed | Welcome | Pong | Done | Found | Orders | Holdings | Money | Fills | Changes


class Answer(_Message, frozen=True):
    """The answer to the request of this number."""

    number: int
    result: Result


class Pushed(_Message, frozen=True):
    """Something happened to an order."""

    report: VenueReport


class Priced(_Message, frozen=True):
    """A price moved."""

    quote: Quote


Reply = Answer | Pushed | Priced

_encoder = msgspec.json.Encoder()
_asks = msgspec.json.Decoder(Ask)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def to_line(message: Ask | Reply) -> bytes:
    """The message as one line, its end included."""
    return _encoder.encode(message) + b"\n"


def read_ask(line: bytes) -> Ask:
    """The request on a line; raises `WireError`."""
    try:
        return _asks.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"not a request: {error}") from None


def read_reply(line: bytes) -> Reply:
    """The reply on a line; raises `WireError`."""
    try:
        return _replies.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError(f"not a reply: {error}") from None
