"""What the engine asks of a venue about an order that exists: cancel it, replace it, say what became of it.

Each has a time by which an answer is due. When it passes, or when the transport says that it does not know, the order
is in doubt and the venue is asked, again and again with growing pauses, until there is evidence. Time alone proves
nothing.
"""

from kedge.domain.events import (
    CancelPlanned,
    CancelSubmitted,
    OrderDoubted,
    OrderEnded,
    OrderQueried,
    OrderReplaced,
    ReplaceSubmitted,
)
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.lifecycle import Kind, OrderState, Report
from kedge.domain.numbers import Nano
from kedge.domain.orders import Order, Terms
from kedge.kernel.turn import Turn, outcome

ANSWER_WITHIN = Span(10 * SECOND)  # a request unanswered for so long is in doubt
ASK_AGAIN_MAX = Span(30 * SECOND)
POSITION_CLOSED = "position closed"
ENTRY_ENDED = "entry ended"
CLOSING_GRACE = SECOND  # time for the venue to take its own exits away once a position is closed


def asked_again_at(refusals: int, refused_at: Instant) -> Instant:
    """When what a venue would not do may be asked of it again: not at once, and less and less often."""
    if not refusals:
        return Instant(0)
    return Instant(refused_at + min(SECOND << min(refusals - 1, 5), ASK_AGAIN_MAX))


def withdraw(turn: Turn, order: Order, why: str) -> None:
    """Cancel it, or as soon as it may be asked for again after a refusal."""
    again_at = asked_again_at(order.refusals, order.refused_at)
    if turn.at >= again_at:
        cancel(turn, order, "engine", why)
    elif order.cancel_at != again_at:
        turn.emit(CancelPlanned(order=order.id, who="engine", why=why, cancel_at=again_at))


def answer_by(turn: Turn) -> Instant:
    """When a request that leaves now is in doubt."""
    return Instant(turn.at + ANSWER_WITHIN)


def cancel(turn: Turn, order: Order, who: str, why: str) -> None:
    """Cancel as soon as can be: a held order ends here, a working one now, an unanswered one when its answer comes."""
    if order.state is OrderState.NEW:
        turn.emit(OrderEnded(order=order.id, state=OrderState.CANCELLED, reason=why))
    elif outcome(order, Report.CANCEL).kind is Kind.EXPECTED:
        turn.emit(CancelSubmitted(order=order.id, who=who, why=why, answer_by=answer_by(turn)))
    else:
        turn.emit(CancelPlanned(order=order.id, who=who, why=why, cancel_at=turn.at))


def cancel_later(turn: Turn, order: Order, why: str) -> None:
    """Cancel unless the venue does so by itself within the grace."""
    if order.state is OrderState.NEW:
        cancel(turn, order, "engine", why)
    else:
        at = Instant(turn.at + CLOSING_GRACE)
        turn.emit(CancelPlanned(order=order.id, who="engine", why=why, cancel_at=at))


def replace(turn: Turn, order: Order, terms: Terms, who: str, why: str) -> None:
    """Change the terms; at once where the engine holds the order, by request where the venue does."""
    if order.state is OrderState.NEW:
        turn.emit(OrderReplaced(order=order.id, terms=terms, state=OrderState.NEW))
    else:
        turn.emit(ReplaceSubmitted(order=order.id, terms=terms, who=who, why=why, answer_by=answer_by(turn)))


def doubt(turn: Turn, order: Order, detail: str) -> None:
    """A request got no answer: the venue is asked at once."""
    believed = outcome(order, Report.SILENCE)
    if believed.kind is Kind.EXPECTED:
        turn.emit(OrderDoubted(order=order.id, state=believed.state, detail=detail))
        ask(turn, order)


def ask(turn: Turn, order: Order, *, afresh: bool = False, owed: Nano | None = None) -> None:
    """Put the question to the venue, and note when to put it again; `afresh` forgets how often it was put before."""
    before = 0 if afresh else order.asked
    pause = min(SECOND << min(before, 5), ASK_AGAIN_MAX)
    ask_at = Instant(turn.at + pause)
    turn.emit(OrderQueried(order=order.id, attempt=before + 1, ask_at=ask_at, owed=owed))
