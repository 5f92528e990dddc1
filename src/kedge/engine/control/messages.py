"""What is said over the control socket: one JSON document a line.

Each question has a number, and its answer has the same; what could not be read is answered under the number 0.

`Watch` is the one question with many answers: a `Changed` whenever something became durable, until the line is cut.
What came before it is told by `Recall`.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId, OrderId, SignalId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.kill import KillMode, KillReport
from kedge.engine.answers import SignalAnswer
from kedge.engine.preview import Preview
from kedge.engine.view import View

QUESTION_BYTES_MAX = 1 << 20
ANSWER_BYTES_MAX = 1 << 26  # a book with many open orders is a long line
WHY_LENGTH_MAX = 256


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    pass


class SendSignal(_Message, frozen=True):
    """Hand a signal in: its JSON document as it was written, so that no number in it is rounded on the way."""

    document: msgspec.Raw


class Cancel(_Message, frozen=True):
    """Cancel one order; a stop or target only when `including_stops` says so."""

    order: OrderId
    why: str
    including_stops: bool = False


class CancelAll(_Message, frozen=True):
    """Cancel every order that is not protective (or, when asked for, those too; or no orders but entries)."""

    why: str
    account: AccountId | None = None
    including_stops: bool = False
    entries_only: bool = False


class Close(_Message, frozen=True):
    """Close one position (by its id), or all of them, at the market. One that cannot be closed holds up no other.

    Of one position also a part: so much of it, or so many percent.
    """

    why: str
    position: str | None = None
    account: AccountId | None = None
    quantity: Decimal | None = None
    pct: Decimal | None = None


class Adjust(_Message, frozen=True):
    """Move the stop or the targets of one position (by its id); each as people type it."""

    position: str
    why: str
    stop: str | None = None
    targets: tuple[str, ...] = ()


class SetTrading(_Message, frozen=True):
    """Halt, reduce or resume trading: the kill switch where no account is named."""

    state: TradingState
    why: str
    account: AccountId | None = None


class ThrowKill(_Message, frozen=True):
    """Throw the kill switch, of one account or of all; answered when it is durable, before anything is confirmed."""

    mode: KillMode
    why: str
    account: AccountId | None = None


class LookAtKill(_Message, frozen=True):
    """How far a kill switch has come."""

    account: AccountId | None = None


class Approve(_Message, frozen=True):
    """Say yes or no to a signal that waits for a person."""

    signal: SignalId
    approved: bool
    why: str


class Release(_Message, frozen=True):
    """Let an account go on that a limit has locked."""

    account: AccountId
    code: str
    why: str


class SetStrategy(_Message, frozen=True):
    """Pause a strategy, or let it go on."""

    strategy: str
    paused: bool
    why: str


class TryOut(_Message, frozen=True):
    """What would come of a signal; nothing is done."""

    document: msgspec.Raw


class Look(_Message, frozen=True):
    """What is there now."""


class Watch(_Message, frozen=True):
    """Be told whenever something changes."""


class Recall(_Message, frozen=True):
    """What happened lately, for somebody who comes late."""


Question = (
    SendSignal
    | Cancel
    | CancelAll
    | Close
    | Adjust
    | SetTrading
    | ThrowKill
    | LookAtKill
    | Approve
    | Release
    | SetStrategy
    | TryOut
    | Look
    | Watch
    | Recall
)


class Weight(StrEnum):
    """How a line of news is to be taken."""

    QUIET = "quiet"
    PLAIN = "plain"
    NOTABLE = "notable"
    GOOD = "good"
    LOSS = "loss"
    CAUTION = "caution"
    ALARM = "alarm"


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One event in plain words; `step` and `place` number it in the book. `alert`: its name where it is one."""

    step: int
    place: int
    at: Instant
    text: str
    account: str = ""
    instrument: str = ""
    weight: Weight = Weight.PLAIN
    alert: str = ""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """The middle between bid and ask at one moment."""

    at: Instant
    price: Decimal


class Switched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who set the trading state of an account, or of all of them (None), and why."""

    account: AccountId | None
    state: TradingState
    who: str
    why: str
    at: Instant


class Judged(_Message, frozen=True):
    """A signal's outcome."""

    answer: SignalAnswer


class Tried(_Message, frozen=True):
    """What would have come of a signal."""

    preview: Preview


class Done(_Message, frozen=True):
    """It was done, and is durable; `items` names what it was done to, `left` what it was not done to and why.

    `sizes`: how much of each.
    """

    items: tuple[str, ...] = ()
    left: dict[str, str] = {}
    sizes: dict[str, Decimal] = {}


class KillSeen(_Message, frozen=True):
    """How far it has come; None where none is on that has something to take away. `resting`: entries that may fill."""

    report: KillReport | None = None
    resting: tuple[OrderId, ...] = ()


class Seen(_Message, frozen=True):
    """What is there now, and who sees it: the engine's process, its program's version and its journal.

    `switches` holds the last change of each trading state since this start of the engine.
    """

    view: View
    pid: int
    version: str
    journal: str
    switches: tuple[Switched, ...] = ()


class Recalled(_Message, frozen=True):
    """The last lines of news and the last minutes of prices, oldest first, both since this start of the engine."""

    lines: tuple[Told, ...] = ()
    prices: dict[Symbol, tuple[Sample, ...]] = {}


class Changed(_Message, frozen=True):
    """Something became durable: the names of the events, oldest first, and the seq that the book has reached.

    `lines` tells those of them that a person would want to hear of.
    """

    seq: int
    kinds: tuple[str, ...]
    lines: tuple[Told, ...] = ()


class Failed(_Message, frozen=True):
    """It was not done, and why."""

    code: str
    message: str
    facts: dict[str, str] = {}


Answer = Judged | Tried | Done | KillSeen | Seen | Recalled | Changed | Failed


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question with its number."""

    number: int
    question: Question


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer with the number of its question."""

    number: int
    answer: Answer
