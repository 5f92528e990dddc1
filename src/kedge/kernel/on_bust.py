"""A venue takes a trade back, or says that it was another one: busts and corrections.

Order, position and money become what they would be had the fill been so from the first. Where that cannot be worked
out to the last digit nothing is changed: a person is called and the account takes no new risk. What follows for the
exits is seen to by `kedge.kernel.mended_cover`.
"""

from typing import NamedTuple

import msgspec

from kedge.domain.accounts import TradingState
from kedge.domain.amendments import (
    AmendmentUnsettled,
    FillBusted,
    FillCorrected,
    Holding,
    PositionRestated,
    TradeAnnulled,
)
from kedge.domain.events import OrderEnded, TradingStateChanged
from kedge.domain.ids import PositionId, Symbol
from kedge.domain.inputs import Amendment, VenueBusted, VenueCorrected
from kedge.domain.lifecycle import Kind, OrderState, Report, answer, is_final
from kedge.domain.numbers import ZERO, Nano, plain, to_nano
from kedge.domain.orders import Execution, Order
from kedge.domain.positions import Position
from kedge.domain.stories import Chapter, Part, Traded
from kedge.kernel.mended_cover import follow_up, guarding_entry
from kedge.kernel.on_change import in_shares_of_now
from kedge.kernel.on_fill import fill
from kedge.kernel.retelling import Subject, Telling, UntellableError, agree, filled_of
from kedge.kernel.turn import Turn


class Place(NamedTuple):
    """Where a fill stands in the story of an instrument, which may go by another name than its order by now."""

    symbol: Symbol
    chapter: int
    fill: Traded


class Retold(NamedTuple):
    """A story before and after."""

    before: Telling
    after: Telling
    chapters: list[Chapter]
    filled: Nano


def amend(turn: Turn, order: Order, report: Amendment) -> None:
    """Take one of either in."""
    if isinstance(report, VenueBusted):
        busted(turn, order, report)
    else:
        corrected(turn, order, report)


def is_known(order: Order, report: Amendment) -> bool:
    """Whether it says nothing new: an annulled fill is annulled for good, and a later correction holds."""
    id_ = report.execution
    if id_ in order.busted:
        return True
    return isinstance(report, VenueCorrected) and report.revision <= order.revisions.get(id_, 0)


def busted(turn: Turn, order: Order, report: VenueBusted) -> None:
    """A fill never was. One that was not heard of yet must not count when it is."""
    id_ = report.execution
    if is_known(order, report):
        return
    if id_ not in order.executions:
        state = _believed(turn, order, Report.BUST, to_nano(order.filled))
        turn.emit(
            FillBusted(
                order=order.id,
                execution=id_,
                reason=report.reason,
                state=state,
                filled=to_nano(order.filled),
            )
        )
        return
    place = _find(turn, order, id_)
    try:
        retold = _retell(turn, order, place, None)
    except UntellableError as error:
        turn.emit(AmendmentUnsettled(order=order.id, execution=id_, why=str(error)))
        _block(turn, order, str(error), id_)
        return
    assert place is not None, "what was told again was found"
    turn.emit(
        FillBusted(
            order=order.id,
            execution=id_,
            reason=report.reason,
            state=_believed(turn, order, Report.BUST, retold.filled),
            filled=retold.filled,
            was=place.fill.execution,
        )
    )
    _restate(turn, order, place.symbol, retold)


def corrected(turn: Turn, order: Order, report: VenueCorrected) -> None:
    """A fill was another one. What is not heard of yet counts as it is now, and once."""
    id_ = report.execution
    if is_known(order, report):
        return
    told = msgspec.structs.replace(report.corrected, id=id_)
    if told.quantity <= 0:
        turn.alarm(
            "EMPTY_FILL", order.id, "a fill was corrected to nothing, which is not counted", execution=id_
        )
        return
    if id_ not in order.executions:
        _note(turn, order, report)
        fill(turn, order, told)
        return
    place = _find(turn, order, id_)
    now = in_shares_of_now(turn, order, told, None if place is None else place.fill.seq)
    if place is not None and _same(place.fill.execution, now):
        _note(turn, order, report)
        return
    try:
        retold = _retell(turn, order, place, now)
    except UntellableError as error:
        turn.emit(
            AmendmentUnsettled(
                order=order.id, execution=id_, why=str(error), corrected=told, revision=report.revision
            )
        )
        _block(turn, order, str(error), id_)
        return
    assert place is not None, "what was told again was found"
    turn.emit(
        FillCorrected(
            order=order.id,
            execution=id_,
            revision=report.revision,
            state=_believed(turn, order, Report.CORRECT, retold.filled),
            filled=retold.filled,
            was=place.fill.execution,
            now=now,
        )
    )
    if order.leaves < ZERO:
        turn.alarm("OVERFILL", order.id, "more was filled than was asked for", excess=plain(-order.leaves))
    if order.leaves <= ZERO and not is_final(order.state):
        turn.emit(OrderEnded(order=order.id, state=OrderState.FILLED))
    _restate(turn, order, place.symbol, retold)


def shown(turn: Turn, order: Order, execution: Execution) -> None:
    """A fill that an answer shows: counted unless it is known.

    Figures that differ from the known ones, without a word that they were corrected, may be older or newer ones.
    """
    if execution.id not in order.executions:
        fill(turn, order, execution)
        return
    place = _find(turn, order, execution.id)
    if place is None or execution.id in order.revisions:
        return
    if not _same(place.fill.execution, in_shares_of_now(turn, order, execution, place.fill.seq)):
        turn.alarm(
            "FILL_DIFFERS", order.id, "the venue shows a fill with other figures", execution=execution.id
        )


def _note(turn: Turn, order: Order, report: VenueCorrected) -> None:
    filled = to_nano(order.filled)
    turn.emit(
        FillCorrected(
            order=order.id,
            execution=report.execution,
            revision=report.revision,
            state=_believed(turn, order, Report.CORRECT, filled),
            filled=filled,
        )
    )


def _believed(turn: Turn, order: Order, report: Report, filled: Nano) -> OrderState:
    believed = answer(order.state, report, filled=filled > 0)
    if believed.kind is Kind.ALARM:
        turn.alarm(
            "CONTRADICTION", order.id, f"{report.value} was reported for an order that is {order.state}"
        )
    return believed.state


def _same(one: Execution, other: Execution) -> bool:
    names = ("quantity", "price", "fee", "fee_base")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _find(turn: Turn, order: Order, id_: str) -> Place | None:
    for symbol, chapters in turn.state.stories.get(order.request.account, {}).items():
        for number, chapter in enumerate(chapters):
            for part in chapter.parts:
                if isinstance(part, Traded) and part.order == order.id and part.execution.id == id_:
                    return Place(symbol, number, part)
    return None


def _retell(turn: Turn, order: Order, place: Place | None, now: Execution | None) -> Retold:
    """The story as it was, which has to lead to what is held, and as it is; raises `UntellableError`."""
    if place is None:
        raise UntellableError("the fill has left the book's memory")
    account, state = order.request.account, turn.state
    whole = state.stories[account][place.symbol]
    chapters = whole[place.chapter :]
    if any(chapter.cut for chapter in chapters):
        raise UntellableError("the beginning of the position has left the book's memory")
    parts = [part for chapter in chapters for part in chapter.parts]
    empty = Position(state.position_id(), account, place.symbol, turn.at, order.id)
    subject = Subject(empty, state.instruments[place.symbol], order.id)
    before = Telling(subject, state.position_id).tell(parts)
    is_known = (
        agree(before.position, state.position(account, place.symbol))
        and before.flow == sum((chapter.flow for chapter in chapters), ZERO)
        and before.gained == sum((chapter.gained for chapter in chapters), ZERO)
        and filled_of(_parts(whole), order.id) == to_nano(order.filled)
    )
    if not is_known:
        raise UntellableError("what is kept of the position's story does not lead to what is held")
    heir = place.fill if now is None else None
    after = Telling(msgspec.structs.replace(subject, heir=heir), state.position_id)
    after.tell(_amended(parts, place.fill, now))
    filled = filled_of(_amended(_parts(whole), place.fill, now), order.id)
    return Retold(before, after, chapters, filled)


def _parts(chapters: list[Chapter]) -> list[Part]:
    return [part for chapter in chapters for part in chapter.parts]


def _amended(parts: list[Part], fill_: Traded, now: Execution | None) -> list[Part]:
    instead = [] if now is None else [msgspec.structs.replace(fill_, execution=now)]
    place = next(index for index, part in enumerate(parts) if part is fill_)
    return [*parts[:place], *instead, *parts[place + 1 :]]


def _restate(turn: Turn, order: Order, symbol: Symbol, retold: Retold) -> None:
    """Say which round trips were others, what is open, and what the account has; then see to the exits."""
    before, after = retold.before, retold.after
    account = turn.state.accounts[order.request.account]
    position = turn.state.position(account.terms.id, symbol)
    held = ZERO if position is None else position.quantity
    for trade in before.trades:
        if trade not in after.trades:
            turn.emit(
                TradeAnnulled(
                    position=trade.position,
                    account=trade.account,
                    instrument=symbol,
                    order=order.id,
                    pnl=trade.pnl,
                    strategy=trade.strategy,
                )
            )
    for trade in after.trades:
        if trade not in before.trades:
            turn.emit(trade)
    turn.emit(
        PositionRestated(
            account=account.terms.id,
            instrument=symbol,
            order=order.id,
            cash=to_nano(account.cash + after.flow - before.flow),
            realised=to_nano(account.realised + after.gained - before.gained),
            fees=to_nano(account.fees + after.fees - before.fees),
            chapters=len(retold.chapters),
            flow=to_nano(after.flow),
            gained=to_nano(after.gained),
            holding=None if after.position is None else _holding(turn, after.position),
            gone=tuple(id_ for id_ in _ids(before) if id_ not in _ids(after)),
            openings=tuple(after.openings),
            minted=after.minted,
        )
    )
    follow_up(turn, order, symbol, held, turned=after.is_turned)


def _ids(telling: Telling) -> list[PositionId]:
    ids = [trade.position for trade in telling.trades]
    return ids if telling.position is None else [*ids, telling.position.id]


def _holding(turn: Turn, position: Position) -> Holding:
    as_it_was = turn.state.position(position.account, position.instrument)
    guarding = guarding_entry(turn, position)
    return Holding(
        position=position.id,
        opened=position.opened,
        entry_order=guarding,
        quantity=to_nano(position.quantity),
        cost=to_nano(position.cost),
        realised=to_nano(position.realised),
        fees=to_nano(position.fees),
        entered=to_nano(position.entered),
        entry_value=to_nano(position.entry_value),
        exit_value=to_nano(position.exit_value),
        stop=None if position.stop is None else to_nano(position.stop),
        waived=as_it_was is not None and as_it_was.id == position.id and as_it_was.waived,
        risk=None if position.risk is None else to_nano(position.risk),
        adds=tuple(entry for entry in position.entries if entry != guarding),
    )


def _block(turn: Turn, order: Order, why: str, execution: str) -> None:
    """What is held and what it cost is not known any more: no new risk until a person has compared it."""
    turn.alarm(
        "AMENDMENT_UNSETTLED",
        order.id,
        f"a fill was annulled or corrected, and what follows cannot be worked out: {why}",
        execution=execution,
    )
    account = turn.state.accounts[order.request.account]
    if account.state is not TradingState.HALTED:
        turn.emit(
            TradingStateChanged(
                state=TradingState.HALTED,
                who="engine",
                why=f"fill {execution} of {order.id} was annulled or corrected, and it is not known what follows",
                account=account.terms.id,
            )
        )
