"""Keeping the story of each position: `apply` notes here what moved it, so that it can be told again.

A bounded window, like all that is kept of what is done: old chapters are dropped, the newest goes on.
"""

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from kedge.domain.announcements import Split
from kedge.domain.ids import AccountId, PositionId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.orders import Execution, Order
from kedge.domain.stories import Chapter, Divided, Dusted, Expired, Part, Restated, Retaken, Traded
from kedge.kernel.state import CHAPTERS_KEPT, PARTS_KEPT, BookState


def chapters_of(state: BookState, account: AccountId, symbol: Symbol) -> list[Chapter]:
    """The story that is kept, oldest chapter first; empty where nothing is."""
    return state.stories.get(account, {}).get(symbol, [])


def note_trade(state: BookState, order: Order, execution: Execution, at: Instant) -> None:
    """A fill was counted; what it does to the position is told next."""
    request = order.request
    chapters = state.stories.setdefault(request.account, {}).setdefault(request.instrument, [])
    if not chapters or state.position(request.account, request.instrument) is None:
        chapters.append(Chapter())
    _trim(chapters)
    chapters[-1].parts.append(
        Traded(state.seq, at, order.id, request.side, request.role, execution, request.strategy)
    )


def note_opening(
    state: BookState, account: AccountId, symbol: Symbol, opened: PositionId, stop: Nano | None
) -> None:
    """The fill that was noted last has opened this position."""
    chapters = chapters_of(state, account, symbol)
    last = chapters[-1].parts[-1] if chapters else None
    if isinstance(last, Traded):
        last.opened, last.stop = opened, stop
        last.entry_stop = stop


def note_growth(state: BookState, account: AccountId, symbol: Symbol, stop: Nano | None) -> None:
    """The fill that was noted last has added to the position."""
    chapters = chapters_of(state, account, symbol)
    last = chapters[-1].parts[-1] if chapters else None
    if isinstance(last, Traded):
        last.entry_stop = stop


def note_money(state: BookState, account: AccountId, symbol: Symbol, flow: Decimal, gained: Decimal) -> None:
    """What the part that was noted last came to."""
    chapters = chapters_of(state, account, symbol)
    if chapters:
        chapters[-1].flow += flow
        chapters[-1].gained += gained


def note_split(state: BookState, account: AccountId, split: Split, at: Instant) -> None:
    """What is held, or comes to be held after all, counts in other shares from here on."""
    _add(state, account, split.instrument, Divided(state.seq, at, split))


def note_rest(state: BookState, account: AccountId, symbol: Symbol, rest: Decimal, paid: Nano) -> None:
    """The venue has closed a part by itself: what no whole lot was left of by a split."""
    chapters = chapters_of(state, account, symbol)
    if chapters and (divided := _last_split(chapters[-1])) is not None:
        divided.rest, divided.paid = to_nano(rest), paid


def note_restated(state: BookState, order: Order) -> None:
    """An order counts anew by the split that was noted last."""
    if order.executions:
        _add(state, order.request.account, order.request.instrument, Restated(state.seq, order.id))


def note_settlement(state: BookState, account: AccountId, symbol: Symbol, price: Nano, at: Instant) -> None:
    """The contract has expired at this price."""
    _add(state, account, symbol, Expired(state.seq, at, price))


def note_dust(state: BookState, account: AccountId, symbol: Symbol, quantity: Nano, at: Instant) -> None:
    """What was left is counted apart."""
    _add(state, account, symbol, Dusted(state.seq, at, quantity))


def note_retaken(state: BookState, account: AccountId, symbol: Symbol, quantity: Nano, cost: Nano) -> None:
    """The fill that was noted last has sold what was counted apart as well: that came to the position before it."""
    chapters, position = chapters_of(state, account, symbol), state.position(account, symbol)
    if chapters and position is not None:
        retaken = Retaken(state.seq, quantity, cost, to_nano(position.quantity))
        chapters[-1].parts.insert(-1, retaken)


def forget_trade(state: BookState, account: AccountId, symbol: Symbol) -> None:
    """The fill that was noted last was of no position: it has begun a chapter in which there is nothing to tell."""
    chapters = chapters_of(state, account, symbol)
    if chapters:
        chapters.pop()


def carry_over(state: BookState, account: AccountId, old: Symbol, new: Symbol) -> None:
    """The story goes on under another symbol; what was told under that one before is another story."""
    stories = state.stories.get(account, {})
    if old in stories:
        stories[new] = stories.pop(old)


def amend(parts: list[Part], place: int, now: Execution | None) -> None:
    """Let a fill be another one, or none."""
    was = parts[place]
    assert isinstance(was, Traded)
    parts[place : place + 1] = [] if now is None else [replace(was, execution=now)]


def _add(state: BookState, account: AccountId, symbol: Symbol, part: Part) -> None:
    chapters = chapters_of(state, account, symbol)
    if chapters:  # before the first fill there is nothing to tell
        chapters[-1].parts.append(part)


def _last_split(chapter: Chapter) -> Divided | None:
    for part in _backward(chapter):
        if isinstance(part, Divided):
            return part
        if not isinstance(part, Restated):
            return None
    return None


def _backward(chapter: Chapter) -> Iterator[Part]:
    return reversed(chapter.parts)


def _trim(chapters: list[Chapter]) -> None:
    del chapters[:-CHAPTERS_KEPT]
    newest = chapters[-1]
    if len(newest.parts) >= PARTS_KEPT:
        del newest.parts[: PARTS_KEPT // 4]
        newest.cut = True
