"""The open positions: what they make now, and how far away their stop and target are."""

from decimal import Decimal

from kedge.domain.positions import PositionState
from kedge.engine.view import PositionView
from kedge.kernel.standing import CoveredBy
from kedge.tui.picture import Picture
from kedge.tui.sheet import Column, Row, Sheet
from kedge.wording.figures import gain, gain_cell, price, quantity
from kedge.wording.text import Cell

NO_STOP = Cell("none", "bold red")


def positions(picture: Picture, *, wide: bool) -> Sheet:
    """The table; a narrow one tells distances in per cent only."""
    columns = (
        Column("Account"),
        Column("Symbol"),
        Column("Position"),
        Column("Entry", right=True),
        Column("Now", right=True),
        Column("Open P&L", right=True),
        Column("Stop (distance)" if wide else "Stop", right=True),
        Column("Target (distance)" if wide else "Target", right=True),
        *((Column("State"),) if wide else ()),
    )
    view = picture.view
    return Sheet(columns, [] if view is None else [_row(each, wide=wide) for each in view.positions])


def holding(position: PositionView) -> str:
    """A position by its side, size and symbol: LONG 50 SPY."""
    return f"{position.direction} {quantity(position.quantity)} {position.instrument}"


def _row(position: PositionView, *, wide: bool) -> Row:
    now = position.price
    stop = NO_STOP if position.stop is None else Cell(_distant(position.stop, now, wide=wide))
    target = "none" if position.target is None else _distant(position.target, now, wide=wide)
    return Row(
        position.id,
        (
            position.account,
            position.instrument,
            f"{position.direction} {quantity(position.quantity)}",
            price(position.entry_price),
            "no price" if now is None else price(now),
            "" if position.unrealised is None else gain_cell(position.unrealised),
            stop,
            Cell("closing", "yellow") if position.exiting else target,
            *((_state(position),) if wide else ()),
        ),
    )


def _state(position: PositionView) -> Cell:
    """How far it is, and who covers it when that is not all of it at the venue."""
    state = position.state.lower().replace("_", " ")
    if position.covered_by in (CoveredBy.NOBODY, CoveredBy.PARTLY):
        return Cell(f"{state}, NOT COVERED" if position.stop is not None else state, "bold red")
    held = ", engine's stop" if position.covered_by is CoveredBy.ENGINE else ""
    return Cell(f"{state}{held}", "yellow" if position.state is PositionState.PENDING_EXIT else "")


def _distant(level: Decimal, now: Decimal | None, *, wide: bool) -> str:
    """A price, and how far the market has to move to reach it."""
    if not now:
        return price(level)
    share = f"{(level - now) / now * 100:+.2f}%"
    return f"{price(level)} ({gain(level - now)}, {share})" if wide else f"{price(level)} {share}"
