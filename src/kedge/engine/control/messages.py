"""What is said over the control socket: one JSON document a line, each question with a number, each answer with the same.

`Watch` is the one question with many answers: a `Changed` whenever something became durable, until the line is cut.
"""

from typing import Any

import msgspec

from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId, OrderId
from kedge.engine.answers import SignalAnswer
from kedge.engine.view import View

SOCKET_NAME = "control.sock"
LINE_BYTES_MAX = 1 << 20


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    pass


class SendSignal(_Message, frozen=True):
    """Hand a signal in, in its JSON form."""

    document: dict[str, Any]


class Cancel(_Message, frozen=True):
    """Cancel one order; a stop or target only when `including_stops` says so."""

    order: OrderId
    why: str
    including_stops: bool = False


class CancelAll(_Message, frozen=True):
    """Cancel every order that is not protective (or, when asked for, those too)."""

    why: str
    account: AccountId | None = None
    including_stops: bool = False


class Close(_Message, frozen=True):
    """Close one position (by its id), or all of them, at the market."""

    why: str
    position: str | None = None
    account: AccountId | None = None


class SetTrading(_Message, frozen=True):
    """Halt, reduce or resume trading: the kill switch where no account is named."""

    state: TradingState
    why: str
    account: AccountId | None = None


class Look(_Message, frozen=True):
    """What is there now."""


class Watch(_Message, frozen=True):
    """Be told whenever something changes."""


Question = SendSignal | Cancel | CancelAll | Close | SetTrading | Look | Watch


class Judged(_Message, frozen=True):
    """A signal's outcome."""

    answer: SignalAnswer


class Done(_Message, frozen=True):
    """It was done; `items` names the orders, signals or accounts that it was done to."""

    items: tuple[str, ...] = ()


class Seen(_Message, frozen=True):
    """What is there now."""

    view: View
    pid: int


class Changed(_Message, frozen=True):
    """Something became durable: lines in words, oldest first, and the seq of the last event."""

    seq: int
    kinds: tuple[str, ...]


class Failed(_Message, frozen=True):
    """It was not done, and why."""

    code: str
    message: str
    facts: dict[str, str] = {}


Answer = Judged | Done | Seen | Changed | Failed


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question with its number."""

    number: int
    question: Question


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer with the number of its question."""

    number: int
    answer: Answer
