"""The chart: prices as dots, levels across, labels at the right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.stage import NOON
from tests.unit.tui.stage import ago

from kedge.domain.instants import SECOND, Instant
from kedge.tui.chart import Canvas, Level, chart
from kedge.tui.picture import Point

STOP = Level("stop", 95.0, "red")


def rising(count: int = 60) -> list[Point]:
    return [Point(ago(count - number), 100.0 + number / 10) for number in range(count)]


def drawn(points: list[Point], *levels: Level, canvas: Canvas, now: Instant = NOON) -> list[str]:
    return str(chart(points, now, levels, canvas)).split("\n")


def test_a_rising_price_is_drawn_from_below_at_the_left_to_above_at_the_right() -> None:
    *rows, times = drawn(rising(), canvas=Canvas(48, 9, plain=True))
    first_stars = [row.find("*") for row in rows if "*" in row]
    assert first_stars == sorted(first_stars, reverse=True)
    assert len(first_stars) == 8
    assert rows[0].endswith("105.90 now")
    assert (times.split()[0], times.split()[-1]) == ("11:59:00", "12:00:00")


def test_braille_holds_the_same_line_more_finely() -> None:
    rows = drawn(rising(), canvas=Canvas(48, 9))[:-1]
    dots = sum(
        (ord(sign) - 0x2800).bit_count() for row in rows for sign in row if 0x2800 <= ord(sign) < 0x2900
    )
    stars = sum(row.count("*") for row in drawn(rising(), canvas=Canvas(48, 9, plain=True)))
    assert dots > stars


def test_levels_are_inside_the_picture_marked_across_and_labelled() -> None:
    rows = drawn(rising(), STOP, Level("target", 110.0, "green"), canvas=Canvas(60, 12))
    assert "╌╌╌" in rows[0] and rows[0].endswith("110.00 target")
    assert "╌╌╌" in rows[10] and rows[10].endswith("95.00 stop")
    assert sum("now" in row for row in rows) == 1


def test_labels_that_want_one_row_stand_on_neighbours() -> None:
    levels = [Level(name, 105.9, "") for name in ("entry", "stop", "target")]
    rows = drawn(rising(), *levels, canvas=Canvas(60, 12))
    for name in ("now", "entry", "stop", "target"):
        assert sum(row.endswith(f"105.90 {name}") for row in rows) == 1


def test_a_price_that_does_not_move_is_a_line() -> None:
    rows = drawn([Point(ago(60), 100.0)], canvas=Canvas(40, 8, plain=True))
    (row,) = [row for row in rows if "*" in row]
    assert row.count("*") == 40 - len("100.00 now") - 1


def test_a_price_holds_until_the_next_one() -> None:
    points = [Point(ago(100), 100.0), Point(ago(50), 110.0)]
    rows = drawn(points, canvas=Canvas(51, 8, plain=True))
    low = next(row for row in reversed(rows) if "*" in row)
    assert 18 <= low.count("*") <= 21, "about half of the forty columns"


@pytest.mark.parametrize(
    ("width", "height"),
    [pytest.param(10, 20, id="narrow"), pytest.param(80, 2, id="low"), pytest.param(0, 0, id="no")],
)
def test_where_there_is_no_room_the_price_is_told(width: int, height: int) -> None:
    assert drawn(rising(), canvas=Canvas(width, height)) == ["now 105.90"]


def test_without_prices_that_is_said() -> None:
    assert drawn([], canvas=Canvas(60, 10)) == ["No price has been seen yet."]


@given(
    prices=st.lists(st.floats(0.0001, 1e9), min_size=1, max_size=50),
    levels=st.lists(st.floats(0.0001, 1e9), max_size=3),
    width=st.integers(0, 200),
    height=st.integers(0, 60),
    later=st.integers(-5, 100),
    plain=st.booleans(),
)
def test_it_fits_whatever_is_to_be_drawn(
    prices: list[float], levels: list[float], width: int, height: int, later: int, plain: bool
) -> None:
    points = [Point(ago(60 - number), price) for number, price in enumerate(prices)]
    marks = [Level("level", price, "") for price in levels]
    now = Instant(points[-1].at + later * SECOND)
    rows = drawn(points, *marks, canvas=Canvas(width, height, 2, plain), now=now)
    assert len(rows) <= max(height, 1)
    if len(rows) > 1 and width >= 60:
        assert max(map(len, rows)) <= width
        assert plain is not any(ord(sign) > 127 for row in rows for sign in row)
