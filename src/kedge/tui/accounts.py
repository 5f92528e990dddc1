"""The accounts: what they have, what they made, how far they fell."""

from kedge.domain.accounts import TradingState
from kedge.domain.numbers import ZERO
from kedge.engine.view import AccountView
from kedge.tui.picture import Picture
from kedge.tui.sheet import Column, Row, Sheet
from kedge.wording.figures import gain_cell, money
from kedge.wording.governing import LIMITS
from kedge.wording.text import Cell
from kedge.wording.times import show_clock

STATE_STYLES = {
    TradingState.ACTIVE: "green",
    TradingState.REDUCING: "bold yellow",
    TradingState.HALTED: "bold red",
}


def accounts(picture: Picture, *, wide: bool) -> Sheet:
    """The table; a narrow one goes without the fees and without the nearest rule."""
    view = picture.view
    ruled = wide and view is not None and any(_room(each).text for each in view.accounts)
    since = show_clock(picture.since) if wide else show_clock(picture.since)[:5]
    columns = (
        Column("Account"),
        Column("State"),
        Column("Cash", right=True),
        Column("Equity", right=True),
        Column("Open P&L" if wide else "Open", right=True),
        Column("Realised", right=True),
        *((Column("Fees", right=True),) if wide else ()),
        Column("Won/lost", right=True),
        Column(f"Drawdown since {since}" if wide else f"DD {since}", right=True),
        *((Column("Nearest rule"),) if ruled else ()),
    )
    rows = [] if view is None else [_row(picture, each, wide=wide, ruled=ruled) for each in view.accounts]
    return Sheet(columns, rows)


def _row(picture: Picture, account: AccountView, *, wide: bool, ruled: bool) -> Row:
    return Row(
        account.id,
        (
            account.id,
            _state(account),
            money(account.cash),
            "no price" if account.equity is None else money(account.equity),
            "" if account.unrealised is None else gain_cell(account.unrealised),
            gain_cell(account.realised),
            *((money(account.fees),) if wide else ()),
            _score(account),
            _drawdown(picture, account, wide=wide),
            *((_room(account),) if ruled else ()),
        ),
    )


def _state(account: AccountView) -> Cell:
    """An account that may trade and that a rule has locked is told as locked."""
    if account.state is TradingState.ACTIVE and account.room is not None and account.room.locks:
        return Cell("LOCKED", "bold red")
    return Cell(account.state, STATE_STYLES[account.state])


def _room(account: AccountView) -> Cell:
    """How far it is to the rule that is nearest, or by which the account is locked."""
    room = account.room
    if room is None:
        return Cell("")
    if room.locks:
        code = room.locks[0].code
        return Cell(f"at {LIMITS.get(code, code).removeprefix('the ')}", "bold red")
    level = room.nearest
    if level is None:
        return Cell("")
    return Cell(f"{money(level.left)} to {LIMITS[level.code].removeprefix('the ')}", "")


def _score(account: AccountView) -> str:
    decided = account.wins + account.losses
    rate = f" {100 * account.wins // decided}%" if decided else ""
    return f"{account.wins}/{account.losses}{rate}"


def _drawdown(picture: Picture, account: AccountView, *, wide: bool) -> Cell:
    below, peak = picture.below_peak(account), picture.peak(account)
    if below is None or peak is None:
        return Cell("")
    share = f"{below / peak * 100:.2f}%" if peak > ZERO else ""
    return Cell(f"{money(below)} {share}".rstrip() if wide else share, "red" if below else "")
