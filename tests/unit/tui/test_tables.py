"""What stands in the tables and the lines around them."""

from decimal import Decimal

import pytest
from rich.text import Text
from tests.unit.engine.stage import NOON
from tests.unit.tui.stage import ALPHA, FUTURES, account, ago, order, position, seen, stop_order, told, view

from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.governor import Ends, Lock
from kedge.domain.headroom import Headroom, Level
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderType, Role
from kedge.engine.control import messages as m
from kedge.engine.view import AccountView, OrderView, PositionView, QuoteView
from kedge.kernel.standing import CoveredBy
from kedge.tui.accounts import accounts
from kedge.tui.events import events
from kedge.tui.header import banner, header
from kedge.tui.link import Gone
from kedge.tui.orders import age, orders
from kedge.tui.picture import Picture
from kedge.tui.positions import NO_STOP, positions
from kedge.tui.sheet import Sheet
from kedge.tui.standing import standing
from kedge.wording.text import Cell


def picture_of(first: m.Seen, *others: m.Seen) -> Picture:
    picture = Picture()
    for each in (first, *others):
        picture.take(each, NOON)
    return picture


def cell(sheet: Sheet, title: str) -> str | Cell:
    """The only row's cell under a heading."""
    (row,) = sheet.rows
    return row.cells[[column.title for column in sheet.columns].index(title)]


def text(sheet: Sheet, title: str) -> str:
    found = cell(sheet, title)
    return found.text if isinstance(found, Cell) else found


@pytest.mark.parametrize(
    ("shown", "title", "expected"),
    [
        pytest.param(account(wins=2, losses=1), "Won/lost", "2/1 66%", id="rate"),
        pytest.param(account(wins=0, losses=0), "Won/lost", "0/0", id="no trade yet"),
        pytest.param(account(equity=None), "Equity", "no price", id="no price"),
        pytest.param(account(unrealised=None), "Open P&L", "", id="no open result"),
        pytest.param(account(state=TradingState.HALTED), "State", "HALTED", id="state in words"),
        pytest.param(
            account(equity=Decimal("99000.00")), "Drawdown since 12:00:00", "1,000.00 1.00%", id="drawdown"
        ),
    ],
)
def test_accounts(shown: AccountView, title: str, expected: str) -> None:
    before = account(equity=Decimal(100_000))
    picture = picture_of(seen(view(accounts=(before,))), seen(view(accounts=(shown,))))
    assert text(accounts(picture, wide=True), title) == expected


LOSS = Level(Code.DAILY_LOSS_LIMIT, Decimal(99_000), Decimal(1_000), Ends.DAY, flatten=True, is_floor=True)
LOCK = Lock("DAILY_LOSS_LIMIT", ago(60), Ends.DAY)


def room(*levels: Level, locks: tuple[Lock, ...] = ()) -> Headroom:
    hundred = Decimal(100_000)
    return Headroom(
        ALPHA, "", hundred, hundred, hundred, None, "2026-03-02", NOON, None, locks, levels, (), None
    )


@pytest.mark.parametrize(
    ("of", "state", "cell", "line"),
    [
        pytest.param(
            room(LOSS),
            Cell("ACTIVE", "green"),
            Cell("1,000.00 to daily loss limit"),
            "A loss of 1,000.00 locks this account for the day.",
            id="room left",
        ),
        pytest.param(
            room(LOSS, locks=(LOCK,)),
            Cell("LOCKED", "bold red"),
            Cell("at daily loss limit", "bold red"),
            "Locked by the daily loss limit since ",
            id="locked",
        ),
    ],
)
def test_the_nearest_rule_of_each_account_is_in_its_row_and_of_the_selected_one_in_words(
    of: Headroom, state: Cell, cell: Cell, line: str
) -> None:
    ruled = account(room=of)
    picture = picture_of(seen(view(accounts=(ruled, account(FUTURES)))))
    wide, narrow = (accounts(picture, wide=each) for each in (True, False))
    assert wide.columns[-1].title == "Nearest rule"
    assert [row.cells[-1] for row in wide.rows] == [cell, Cell("")]
    assert narrow.columns[-1].title.startswith("DD "), "a narrow one has no place for it"
    assert wide.rows[0].cells[1] == narrow.rows[0].cells[1] == state
    assert f"\n{line}" in lines(picture, ruled)


def test_without_rules_no_room_is_taken_for_them() -> None:
    sheet = accounts(picture_of(seen(view(accounts=(account(room=room()),)))), wide=True)
    assert [column.title for column in sheet.columns][-1].startswith("Drawdown since")


@pytest.mark.parametrize(
    ("shown", "title", "expected"),
    [
        pytest.param(position(), "Stop (distance)", "588.10 (-3.35, -0.57%)", id="stop below"),
        pytest.param(position(stop=None), "Stop (distance)", "none", id="no stop"),
        pytest.param(position(price=None), "Stop (distance)", "588.10", id="no price to count from"),
        pytest.param(position(target=None), "Target (distance)", "none", id="no target"),
        pytest.param(position(exiting=True), "Target (distance)", "closing", id="closing"),
        pytest.param(position(), "State", "open", id="open"),
        pytest.param(position(exiting=True), "State", "pending exit", id="an exit is on its way"),
        pytest.param(
            position(covered_by=CoveredBy.ENGINE),
            "State",
            "open, engine's stop",
            id="held by the engine",
        ),
        pytest.param(
            position(covered_by=CoveredBy.PARTLY), "State", "open, NOT COVERED", id="a part is bare"
        ),
        pytest.param(position(price=None), "Now", "no price", id="no price"),
    ],
)
def test_positions(shown: PositionView, title: str, expected: str) -> None:
    assert text(positions(picture_of(seen(view(positions=(shown,)))), wide=True), title) == expected


HELD_HERE = position(covered_by=CoveredBy.ENGINE, disaster_stop=Decimal("584.70"))


@pytest.mark.parametrize(
    ("wide", "title", "target"), [(True, "Disaster stop", "597.00 +0.94%"), (False, "Disaster", "597.00")]
)
def test_a_disaster_stop_has_a_column_beside_the_stop_and_room_is_made_for_it(
    wide: bool, title: str, target: str
) -> None:
    sheet = positions(picture_of(seen(view(positions=(HELD_HERE,)))), wide=wide)
    titles = [column.title for column in sheet.columns]
    stop = titles.index("Stop (distance)" if wide else "Stop")
    shown = titles[stop : stop + 3]
    assert shown[1] == title
    assert [text(sheet, each) for each in shown] == ["588.10 -0.57%", "584.70", target]


@pytest.mark.parametrize("wide", [True, False])
def test_a_position_that_has_none_beside_one_that_has_says_so_where_the_engine_holds_its_stop(
    wide: bool,
) -> None:
    shown = (HELD_HERE, position(covered_by=CoveredBy.ENGINE), position())
    sheet = positions(picture_of(seen(view(positions=shown))), wide=wide)
    place = [column.title.startswith("Disaster") for column in sheet.columns].index(True)
    assert [row.cells[place] for row in sheet.rows] == ["584.70", "none", ""]


@pytest.mark.parametrize("wide", [True, False])
def test_without_disaster_stops_no_room_is_taken_for_them(wide: bool) -> None:
    sheet = positions(picture_of(seen(view(positions=(position(covered_by=CoveredBy.ENGINE),)))), wide=wide)
    assert not [column for column in sheet.columns if column.title.startswith("Disaster")]


@pytest.mark.parametrize("wide", [True, False])
def test_a_missing_stop_is_red_and_said(wide: bool) -> None:
    sheet = positions(picture_of(seen(view(positions=(position(stop=None),)))), wide=wide)
    assert sheet.rows[0].cells[6] == NO_STOP == Cell("none", "bold red")


@pytest.mark.parametrize(
    ("shown", "title", "expected"),
    [
        pytest.param(order(), "Order", "r1-5", id="short id"),
        pytest.param(order(), "Price", "limit 590.10", id="limit"),
        pytest.param(stop_order(), "Price", "stop 588.10", id="stop"),
        pytest.param(order(stop_price=Decimal(591)), "Price", "stop 591.00 limit 590.10", id="both"),
        pytest.param(order(type=OrderType.MARKET, limit_price=None), "Price", "market", id="market"),
        pytest.param(
            order(type=OrderType.TRAILING_STOP, limit_price=None), "Price", "trailing stop", id="trail"
        ),
        pytest.param(order(state=OrderState.IN_DOUBT), "State", "in doubt", id="state in words"),
        pytest.param(order(created=ago(3700)), "Age", "1 h", id="age"),
        pytest.param(stop_order(role=Role.DISASTER), "Role", "disaster stop", id="what it is for, in words"),
    ],
)
def test_orders(shown: OrderView, title: str, expected: str) -> None:
    assert text(orders(picture_of(seen(view(orders=(shown,)))), NOON), title) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (-SECOND, "0 s"),
        (0, "0 s"),
        (59 * SECOND, "59 s"),
        (MINUTE, "1 min"),
        (60 * MINUTE, "1 h"),
        (2880 * MINUTE, "2 d"),
    ],
)
def test_age_is_told_in_one_unit(span: int, expected: str) -> None:
    assert age(span) == expected


def test_nothing_that_a_terminal_would_obey_comes_through() -> None:
    table = events([told("fine \x1b[2J", account="al\x07pha")])
    assert not isinstance(table, Text)
    shown = "".join(str(cell) for column in table.columns for cell in column.cells)
    assert "\x1b" not in shown
    assert "\x07" not in shown


def lines(picture: Picture, shown: AccountView | None = None, now: Instant = NOON) -> str:
    return str(standing(picture, shown, now))


HALTED = TradingState.HALTED


@pytest.mark.parametrize(
    ("switches", "expected"),
    [
        pytest.param((m.Switched(None, HALTED, "ann", "news", NOON),), "(12:00:00 by ann: news)", id="known"),
        pytest.param((), "(since before this start of the engine)", id="unknown"),
        pytest.param(
            (m.Switched(FUTURES, HALTED, "ann", "news", NOON),), "(since before this", id="of another"
        ),
        pytest.param(
            (m.Switched(None, TradingState.ACTIVE, "ann", "x", NOON),), "(since before this", id="outdated"
        ),
    ],
)
def test_the_kill_switch_says_who_and_why_where_that_is_known(
    switches: tuple[m.Switched, ...], expected: str
) -> None:
    shown = lines(picture_of(seen(view(trading=HALTED), *switches)))
    assert shown.startswith(f"KILL SWITCH ON  trading is HALTED  {expected}")


def test_the_limits_are_those_of_the_selected_account() -> None:
    shown = lines(picture_of(seen()), account(state=TradingState.REDUCING))
    assert "alpha is REDUCING (since before this start of the engine): size at most 1,000, " in shown
    assert "entries time out after 10 s, signals live 60 s" in shown


def test_of_many_instruments_the_quietest_are_told() -> None:
    quotes = [
        QuoteView(Symbol(f"S{number}"), Decimal(10 + number), Decimal(10 + number)) for number in range(8)
    ]
    quiet = [QuoteView(quote.instrument, Decimal(5), Decimal(5)) for quote in quotes[:3]]
    picture = picture_of(
        seen(view(at=ago(20), quotes=(*quotes[:3], *quotes[4:]))),
        seen(
            view(
                at=ago(10),
                quotes=(*quiet, quotes[3], *quotes[4:6], QuoteView(Symbol("S6"), Decimal(1), Decimal(1))),
            )
        ),
        seen(view(quotes=(*quotes, QuoteView(Symbol("NEW"), None, None)))),
    )
    assert lines(picture).endswith(
        "Moved: NEW no quotes, S4 20 s ago, S5 20 s ago, S7 20 s ago, 5 others since"
    )


def test_the_header_tells_when_the_picture_is_old_in_words() -> None:
    picture = picture_of(seen())
    assert "attached" in str(header(picture, "data", NOON))
    late = Instant(NOON + 8 * SECOND)
    assert "ENGINE SLOW, picture 8 s old" in str(header(picture, "data", late))
    picture.take(Gone("the engine has hung up", 2.0), late)
    assert "NO ENGINE, picture 8 s old" in str(header(picture, "data", late))
    assert banner(picture) == (
        "NO ENGINE: the engine has hung up; calling again every 2 s. This is the OLD picture of 12:00:00."
    )
