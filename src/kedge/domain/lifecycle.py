"""The life of an order, as one table that has an answer for every (state, report) pair.

Three things make real order streams hard, and the table is built around them:

1. **In flight is a state.** A request that has left and has no answer yet is neither done nor undone:
   `PENDING_NEW`, `PENDING_CANCEL`, `PENDING_REPLACE`. A submit whose outcome is unknown is `IN_DOUBT`, and only
   evidence from the venue leads out of it; time alone never does.
2. **Quantity is kept outside the table.** A fill counts in every state, the final ones included, because the venue
   did trade. The table only says whether the fill was to be expected (`!` marks the ones that raise an alarm).
3. **Reports come late, twice and out of order.** An echo of something that is already known is stale (`-`): it
   changes nothing. No report moves an order backward.

How to read a cell:

    STATE   move there            =   recorded, the state stays       -   stale: an echo, nothing changes
    !STATE  move, with an alarm   !   an alarm, the state stays       x   a request that makes no sense here

`WORKING` stands for ACCEPTED, or PARTIALLY_FILLED once something has filled. Rows are what the engine believes,
columns what it hears or does: `send`, `cancel` and `replace` are requests of ours; `fill` leaves a rest and
`fill_all` does not; `silence` is a request that got no answer in time; `absent` is the venue's *proven* word that it
never had the order; `bust` and `correct` are its word that a fill it told of was annulled, or was another one. Neither
brings an order back that is over: what a bust takes off a filled order is not traded again.
"""

from enum import StrEnum
from typing import NamedTuple


class OrderState(StrEnum):
    """What the engine believes of an order."""

    NEW = "NEW"  # recorded and held by the engine; nothing has left
    PENDING_NEW = "PENDING_NEW"  # the submit is recorded: from here on it may be at the venue
    IN_DOUBT = "IN_DOUBT"  # the submit got no answer; it counts as live until the venue proves otherwise
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"  # still live, still fills
    PENDING_REPLACE = "PENDING_REPLACE"  # live on the old terms until the new ones are confirmed
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Report(StrEnum):
    """What can happen to an order."""

    SEND = "send"
    ACCEPT = "accept"
    REJECT = "reject"
    FILL = "fill"
    FILL_ALL = "fill_all"
    CANCEL = "cancel"
    CANCELLED = "cancelled"
    CANCEL_REFUSED = "cancel_refused"
    REPLACE = "replace"
    REPLACED = "replaced"
    REPLACE_REFUSED = "replace_refused"
    EXPIRE = "expire"
    SILENCE = "silence"
    ABSENT = "absent"
    BUST = "bust"
    CORRECT = "correct"


TABLE = """
state            | send        accept   reject    fill      fill_all cancel         cancelled cancel_refused
NEW              | PENDING_NEW !WORKING REJECTED  !WORKING  !FILLED  x              CANCELLED !
PENDING_NEW      | x           WORKING  REJECTED  WORKING   FILLED   x              CANCELLED !
IN_DOUBT         | x           WORKING  REJECTED  WORKING   FILLED   x              CANCELLED -
ACCEPTED         | x           -        REJECTED  WORKING   FILLED   PENDING_CANCEL CANCELLED -
PARTIALLY_FILLED | x           -        !CANCELLED =        FILLED   PENDING_CANCEL CANCELLED -
PENDING_CANCEL   | x           -        REJECTED  =         FILLED   =              CANCELLED WORKING
PENDING_REPLACE  | x           -        REJECTED  =         FILLED   PENDING_CANCEL CANCELLED -
FILLED           | x           -        !         !         !        x              !         -
CANCELLED        | x           -        -         !         !FILLED  x              -         -
REJECTED         | x           !WORKING -         !IN_DOUBT !FILLED  x              -         -
EXPIRED          | x           -        -         !         !FILLED  x              -         -

state            | replace         replaced replace_refused expire   silence  absent   bust    correct
NEW              | x               !        !               EXPIRED  -        x        !       !
PENDING_NEW      | x               !WORKING !               EXPIRED  IN_DOUBT x        =       =
IN_DOUBT         | x               !WORKING -               EXPIRED  =        REJECTED =       =
ACCEPTED         | PENDING_REPLACE !        -               EXPIRED  -        !        =       =
PARTIALLY_FILLED | PENDING_REPLACE !        -               EXPIRED  -        !        WORKING =
PENDING_CANCEL   | x               =        =               EXPIRED  =        !        =       =
PENDING_REPLACE  | x               WORKING  WORKING         EXPIRED  =        !        =       =
FILLED           | x               !        -               !        -        !        =       =
CANCELLED        | x               !        -               -        -        -        =       =
REJECTED         | x               !        -               -        -        -        !       !
EXPIRED          | x               !        -               -        -        -        =       =
"""

FINAL_STATES = (OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)
WORKING_STATES = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
SENDING_STATES = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)  # a submit of which nothing has been heard
UNANSWERED_STATES = (
    OrderState.PENDING_NEW,
    OrderState.IN_DOUBT,
    OrderState.PENDING_CANCEL,
    OrderState.PENDING_REPLACE,
)


class Kind(StrEnum):
    """How an answer of the table is to be taken."""

    EXPECTED = "expected"
    STALE = "stale"
    ALARM = "alarm"
    REFUSED = "refused"


class Answer(NamedTuple):
    """The table's answer to one (state, report) pair."""

    state: OrderState
    kind: Kind


def answer(state: OrderState, report: Report, *, filled: bool) -> Answer:
    """What becomes of an order in this state when it hears this report; `filled`: whether anything has filled."""
    return _ANSWERS[state, report, filled]


def is_final(state: OrderState) -> bool:
    """Whether nothing more is expected of the order (a late fill may still come, and will count)."""
    return state in _FINAL


def _read_cell(state: OrderState, cell: str, *, filled: bool) -> Answer:
    if cell in _STAYING:
        return Answer(state, _STAYING[cell])
    target = cell.removeprefix("!")
    kind = Kind.ALARM if cell.startswith("!") else Kind.EXPECTED
    if target == "WORKING":
        return Answer(OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED, kind)
    return Answer(OrderState(target), kind)


def _read_table(text: str) -> dict[tuple[OrderState, Report, bool], Answer]:
    answers = {}
    for block in text.strip().split("\n\n"):
        header, *rows = block.splitlines()
        reports = [Report(word) for word in header.partition("|")[2].split()]
        for row in rows:
            name, _, cells = row.partition("|")
            state = OrderState(name.strip())
            for report, cell in zip(reports, cells.split(), strict=True):
                for filled in (False, True):
                    answers[state, report, filled] = _read_cell(state, cell, filled=filled)
    return answers


_STAYING = {"=": Kind.EXPECTED, "-": Kind.STALE, "!": Kind.ALARM, "x": Kind.REFUSED}
_FINAL = frozenset(FINAL_STATES)
_ANSWERS = _read_table(TABLE)
