"""The open positions: what they make now, and how far away their stop and target are.

Where a disaster stop rests at a venue there is a column for it, and room is made for that: distances are told shorter,
and a narrow table leaves out the entry and how far away the target is.
"""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.positions import PositionState
from kedge.engine.view import PositionView
from kedge.kernel.standing import CoveredBy
from kedge.tui.picture import Picture
from kedge.tui.sheet import Column, Row, Sheet
from kedge.wording.figures import gain, gain_cell, price, quantity
from kedge.wording.text import Cell

NO_STOP = Cell("none", "bold red")


class _Form(NamedTuple):
    """What there is a place for."""

    wide: bool
    disasters: bool  # whether a disaster stop rests somewhere

    @property
    def is_tight(self) -> bool:
        return self.disasters and not self.wide


def positions(picture: Picture, *, wide: bool) -> Sheet:
    """The table; a narrow one tells distances in per cent only."""
    open_ = () if picture.view is None else picture.view.positions
    form = _Form(wide, disasters=any(each.disaster_stop is not None for each in open_))
    columns = (
        Column("Account"),
        Column("Symbol"),
        Column("Position"),
        *(() if form.is_tight else (Column("Entry", right=True),)),
        Column("Now", right=True),
        Column("Open P&L", right=True),
        Column("Stop (distance)" if wide else "Stop", right=True),
        *((Column("Disaster stop" if wide else "Disaster", right=True),) if form.disasters else ()),
        Column("Target (distance)" if wide else "Target", right=True),
        *((Column("State"),) if wide else ()),
    )
    return Sheet(columns, [_row(each, form) for each in open_])


def holding(position: PositionView) -> str:
    """A position by its side, size and symbol: LONG 50 SPY."""
    return f"{position.direction} {quantity(position.quantity)} {position.instrument}"


def _row(position: PositionView, form: _Form) -> Row:
    now = position.price
    stop = NO_STOP if position.stop is None else Cell(_distant(position.stop, now, form))
    target = (
        "none" if position.target is None else _distant(position.target, None if form.is_tight else now, form)
    )
    return Row(
        position.id,
        (
            position.account,
            position.instrument,
            f"{position.direction} {quantity(position.quantity)}",
            *(() if form.is_tight else (price(position.entry_price),)),
            "no price" if now is None else price(now),
            "" if position.unrealised is None else gain_cell(position.unrealised),
            stop,
            *((_disaster(position),) if form.disasters else ()),
            Cell("closing", "yellow") if position.exiting else target,
            *((_state(position),) if form.wide else ()),
        ),
    )


def _state(position: PositionView) -> Cell:
    """How far it is, and who covers it when that is not all of it at the venue."""
    state = position.state.lower().replace("_", " ")
    if position.covered_by in (CoveredBy.NOBODY, CoveredBy.PARTLY):
        return Cell(f"{state}, NOT COVERED" if position.stop is not None else state, "bold red")
    held = ", engine's stop" if position.covered_by is CoveredBy.ENGINE else ""
    return Cell(f"{state}{held}", "yellow" if position.state is PositionState.PENDING_EXIT else "")


def _disaster(position: PositionView) -> str:
    """What rests at the venue for when the engine that holds the stop is gone; nothing where the venue holds it."""
    if position.disaster_stop is not None:
        return price(position.disaster_stop)
    return "none" if position.covered_by is CoveredBy.ENGINE else ""


def _distant(level: Decimal, now: Decimal | None, form: _Form) -> str:
    """A price, and how far the market has to move to reach it."""
    if not now:
        return price(level)
    share = f"{(level - now) / now * 100:+.2f}%"
    if form.wide and not form.disasters:
        return f"{price(level)} ({gain(level - now)}, {share})"
    return f"{price(level)} {share}"
