"""The events of the disaster stop: the wider one that rests at the venue of a position whose stop the engine holds."""

from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.recorded import Recorded


class DisasterStopNoted(Recorded, frozen=True, tag="DisasterStopNoted.1"):
    """What was done about the disaster stop of a position, and when the engine looks at it again.

    `order` is the last one that the venue was asked for, `tries` how many in a row have come to nothing. Once a person
    has been told so (`told`) it is asked for rarely; once one has taken it away (`taken_by`), no more.
    """

    position: PositionId
    account: AccountId
    instrument: Symbol
    look_at: Instant
    order: OrderId | None = None
    tries: int = 0
    told: bool = False
    taken_by: str = ""


class DisasterStopEnded(Recorded, frozen=True, tag="DisasterStopEnded.1"):
    """Its position is closed, and no disaster stop is left at the venue."""

    account: AccountId
    instrument: Symbol
