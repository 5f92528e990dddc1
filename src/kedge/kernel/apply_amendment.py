"""What the events of `kedge.domain.amendments` do to the state; see `kedge.kernel.apply`."""

from collections.abc import Callable
from typing import Any

from kedge.domain import amendments as a
from kedge.domain.instants import Instant
from kedge.domain.numbers import ZERO, Nano, from_nano
from kedge.domain.orders import Execution, Order
from kedge.domain.positions import Position, effect_of
from kedge.domain.stories import Chapter, Traded
from kedge.kernel.agenda import schedule
from kedge.kernel.apply_strategies import note_amended_trade
from kedge.kernel.state import BookState
from kedge.kernel.story import amend, chapters_of


def _fill_busted(state: BookState, event: a.FillBusted, at: Instant) -> None:
    order = state.orders[event.order]
    order.executions[event.execution] = None  # known: should it be told late, it does not count
    order.busted[event.execution] = None
    _recount(state, order, event, None, at)


def _fill_corrected(state: BookState, event: a.FillCorrected, at: Instant) -> None:
    order = state.orders[event.order]
    order.revisions[event.execution] = event.revision
    _recount(state, order, event, event.now, at)


def _amendment_unsettled(state: BookState, event: a.AmendmentUnsettled, at: Instant) -> None:
    order = state.orders[event.order]
    if event.corrected is None:
        order.busted[event.execution] = None
    else:
        order.revisions[event.execution] = event.revision


def _recount(
    state: BookState,
    order: Order,
    event: a.FillBusted | a.FillCorrected,
    now: Execution | None,
    at: Instant,
) -> None:
    order.filled = from_nano(event.filled)
    order.state = event.state
    order.updated = at
    if event.was is not None:
        _take(state, order, event.was, -1)
        _rewrite_story(state, order, event.execution, now)
        left = 0 if now is None else now.quantity
        order.taken_back += max(from_nano(Nano(event.was.quantity - left)), ZERO)
    if now is not None:
        _take(state, order, now, 1)
    schedule(state, order)


def _take(state: BookState, order: Order, execution: Execution, sign: int) -> None:
    order.value += sign * from_nano(execution.quantity) * from_nano(execution.price)
    instrument = state.instruments[order.request.instrument]
    order.fees += sign * effect_of(execution, order.request.side, instrument).fee


def _rewrite_story(state: BookState, order: Order, execution: str, now: Execution | None) -> None:
    for chapters in state.stories.get(order.request.account, {}).values():
        for chapter in chapters:
            for place, part in enumerate(chapter.parts):
                if isinstance(part, Traded) and part.order == order.id and part.execution.id == execution:
                    amend(chapter.parts, place, now)
                    return


def _position_restated(state: BookState, event: a.PositionRestated, at: Instant) -> None:
    account = state.accounts[event.account]
    account.cash = from_nano(event.cash)
    account.realised = from_nano(event.realised)
    account.fees = from_nano(event.fees)
    state.counter += event.minted
    _merge_chapters(chapters_of(state, event.account, event.instrument), event)
    held = state.positions.setdefault(event.account, {})
    if event.holding is None:
        held.pop(event.instrument, None)
    else:
        before = held.get(event.instrument)
        position = held[event.instrument] = _position(event, event.holding)
        if (
            before is not None and before.id == position.id
        ):  # what has become of its stop is no matter of its fills
            position.locked, position.room, position.word = before.locked, before.room, before.word


def _merge_chapters(chapters: list[Chapter], event: a.PositionRestated) -> None:
    first = len(chapters) - event.chapters
    parts = [part for chapter in chapters[first:] for part in chapter.parts]
    for part in parts:
        if isinstance(part, Traded):
            part.opened = part.stop = None
    for opening in event.openings:
        opener = parts[opening.part]
        assert isinstance(opener, Traded)
        opener.opened, opener.stop = opening.position, opening.stop
    chapters[first:] = [Chapter(parts, from_nano(event.flow), from_nano(event.gained))]


def _position(event: a.PositionRestated, holding: a.Holding) -> Position:
    return Position(
        id=holding.position,
        account=event.account,
        instrument=event.instrument,
        opened=holding.opened,
        entry_order=holding.entry_order,
        quantity=from_nano(holding.quantity),
        cost=from_nano(holding.cost),
        realised=from_nano(holding.realised),
        fees=from_nano(holding.fees),
        entered=from_nano(holding.entered),
        entry_value=from_nano(holding.entry_value),
        exit_value=from_nano(holding.exit_value),
        stop=None if holding.stop is None else from_nano(holding.stop),
        waived=holding.waived,
        risk=None if holding.risk is None else from_nano(holding.risk),
        adds=list(holding.adds),
    )


def _trade_annulled(state: BookState, event: a.TradeAnnulled, at: Instant) -> None:
    _score(state, event, -1)


def _trade_restated(state: BookState, event: a.TradeRestated, at: Instant) -> None:
    _score(state, event, 1)


def _score(state: BookState, event: a.TradeAnnulled | a.TradeRestated, sign: int) -> None:
    account, pnl = state.accounts[event.account], Nano(event.pnl)
    account.trades += sign
    account.wins += sign * (pnl > 0)
    account.losses += sign * (pnl < 0)
    note_amended_trade(state, event.account, event.strategy, pnl, sign)


APPLY_AMENDMENT: dict[type, Callable[[BookState, Any, Instant], None]] = {
    a.FillBusted: _fill_busted,
    a.FillCorrected: _fill_corrected,
    a.AmendmentUnsettled: _amendment_unsettled,
    a.PositionRestated: _position_restated,
    a.TradeAnnulled: _trade_annulled,
    a.TradeRestated: _trade_restated,
}
