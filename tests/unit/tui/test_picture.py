"""What the dashboard gathers by looking again and again."""

from decimal import Decimal

from tests.unit.engine.stage import NOON
from tests.unit.tui.stage import ALPHA, ES, SPY, account, ago, recalled, seen, told, view

from kedge.domain.instants import SECOND, Instant
from kedge.engine.control import messages as m
from kedge.engine.view import QuoteView
from kedge.tui.link import Gone
from kedge.tui.picture import LINES_KEPT, Picture


def later(seconds: float) -> Instant:
    return Instant(NOON + round(seconds * SECOND))


def with_equity(equity: str | None) -> m.Seen:
    return seen(view(accounts=(account(equity=None if equity is None else Decimal(equity)),)))


def with_price(price: str, at: Instant) -> m.Seen:
    return seen(view(at=at, quotes=(QuoteView(SPY, Decimal(price), Decimal(price)),)))


def looked(*heard: m.Seen | m.Recalled | m.Changed | Gone) -> Picture:
    picture = Picture()
    for each in heard:
        picture.take(each, NOON)
    return picture


def test_drawdown_counts_from_the_most_that_was_seen() -> None:
    picture = looked(with_equity("100"), with_equity("120"), with_equity("110"))
    assert picture.peak(account()) == 120
    assert picture.below_peak(account(equity=Decimal(110))) == 10
    assert picture.below_peak(account(equity=Decimal(120))) == 0


def test_an_account_without_a_price_has_no_drawdown_and_keeps_its_peak() -> None:
    picture = looked(with_equity("100"), with_equity(None))
    assert picture.below_peak(account(equity=None)) is None
    assert picture.below_peak(account(equity=Decimal(90))) == 10


def test_a_price_that_stays_is_one_point_and_has_moved_when_it_came() -> None:
    picture = looked(with_price("10", ago(3)), with_price("10", ago(2)), with_price("11", ago(1)))
    assert [(point.at, point.price) for point in picture.points(SPY)] == [(ago(3), 10.0), (ago(1), 11.0)]
    assert picture.moved(SPY) == ago(1)
    assert picture.moved(ES) is None


def test_what_the_engine_recalls_comes_before_what_was_seen() -> None:
    history = m.Recalled((), {SPY: (m.Sample(ago(9), Decimal(8)), m.Sample(ago(5), Decimal(9)))})
    picture = looked(with_price("10", ago(3)), history)
    assert [point.price for point in picture.points(SPY)] == [8.0, 9.0, 10.0]


def test_lines_are_in_order_and_come_once_however_they_arrive() -> None:
    picture = looked(
        seen(),
        m.Changed(9, (), (told("five", 5), told("six", 6))),
        m.Recalled((told("four", 4), told("five", 5))),
    )
    assert [line.text for line in picture.lines] == ["six", "five", "four"]


def test_no_more_lines_are_kept_than_anybody_reads() -> None:
    picture = looked(*(m.Changed(step, (), (told(str(step), step),)) for step in range(LINES_KEPT + 50)))
    assert len(picture.lines) == LINES_KEPT
    assert picture.lines[0].text == str(LINES_KEPT + 49)


def test_another_journal_is_another_picture() -> None:
    picture = looked(with_equity("120"), recalled())
    picture.take(seen(view(accounts=(account(equity=Decimal(50)),), quotes=()), journal="other"), later(60))
    assert picture.lines == []
    assert picture.points(SPY) == []
    assert picture.peak(account()) == 50
    assert picture.since == later(60)


def test_an_engine_that_comes_back_on_its_journal_goes_on() -> None:
    picture = looked(with_equity("120"), recalled(), Gone("hung up", 1.0), with_equity("110"))
    assert picture.gone is None
    assert picture.lines
    assert picture.below_peak(account(id_=ALPHA, equity=Decimal(110))) == 10


def test_a_picture_grows_old_when_no_look_follows_and_at_once_when_the_engine_goes() -> None:
    picture = looked(seen())
    assert not picture.is_old(later(3))
    assert picture.is_old(later(3.1))
    picture.take(Gone("hung up", 1.0), NOON)
    assert picture.is_old(NOON)
    assert picture.view is not None
