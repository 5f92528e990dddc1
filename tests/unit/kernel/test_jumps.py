"""Quotes that no market can have, and prices that have jumped: no entry is made on them."""

from decimal import Decimal

import pytest
from tests.builders import ALPHA, SPY, Desk, account, nano, number, signal

from kedge.domain import inputs as i
from kedge.domain.codes import Code
from kedge.domain.events import OrderAbandoned, SignalJudged
from kedge.domain.limits import Filters
from kedge.domain.numbers import Figure
from kedge.domain.signals import Outcome

TWO_PERCENT = account(filters=Filters(max_jump_pct=Decimal(2)))


def judge(desk: Desk, bid: str, ask: str, id_: str = "s-1") -> SignalJudged:
    """A signal that comes with this quote, as the engine hands it in."""
    ticks = [SPY.ticks(number(price)) for price in (bid, ask)]
    jumped_from = desk.book.jumped_from(SPY.symbol)
    sent = signal(id_, at=desk.now, stop=50)
    arrived = i.SignalArrived(
        sent, ticks[0], ticks[1], quoted_at=desk.now, jumped_from=jumped_from, at=desk.now
    )
    judged = desk.give(arrived)[0]
    assert isinstance(judged, SignalJudged)
    return judged


@pytest.mark.parametrize(
    ("bid", "ask", "crossed"),
    [("100.02", "100.01", True), ("0", "100.01", True), ("-1", "100.01", True), ("100.01", "100.01", False)],
)
def test_no_entry_is_made_on_a_crossed_or_absurd_quote(bid: str, ask: str, crossed: bool) -> None:
    """Also where the account asks for no filter. A locked market (bid equal to ask) is one."""
    judged = judge(Desk(), bid, ask)
    assert judged.outcome is (Outcome.REFUSED if crossed else Outcome.ORDERED)
    if crossed:
        assert (judged.code, judged.checks[-1].gate) == (Code.QUOTE_CROSSED, "filters")
        assert judged.checks[-1].figures == {"bid": nano(bid), "ask": nano(ask)}


@pytest.mark.parametrize(
    ("earlier", "seconds", "now", "jumped_from"),
    [
        (["100"], 1, "102", None),
        (["100"], 1, "102.01", "100"),
        (["100"], 1, "97.99", "100"),
        (["100", "103", "101"], 1, "100.5", "103"),
        (["100"], 9.9, "103", "100"),
        (["100"], 19.9, "103", "100"),
        (["100"], 20, "103", None),
        ([], 1, "103", None),
    ],
    ids=str,
)
def test_a_price_that_has_moved_too_far_within_seconds(
    earlier: list[str], seconds: float, now: str, jumped_from: str | None
) -> None:
    desk = Desk(TWO_PERCENT)
    for price in earlier:
        desk.quote(price, str(number(price) + SPY.tick))
    desk.wait(seconds)
    desk.quote(now, str(number(now) + SPY.tick))
    judged = judge(desk, now, str(number(now) + SPY.tick))
    if jumped_from is None:
        assert judged.outcome is Outcome.ORDERED
        return
    figures: dict[str, Figure] = {"jumped_from": nano(jumped_from), "max_jump_pct": nano(2)}
    assert (judged.code, judged.checks[-1].gate) == (Code.PRICE_JUMPED, "filters")
    assert figures.items() <= judged.checks[-1].figures.items()


def test_a_price_that_jumps_before_the_entry_has_left() -> None:
    desk = Desk(TWO_PERCENT)
    desk.quote("100", "100.01")
    order = judge(desk, "100", "100.01").order
    assert order is not None
    desk.quote("97", "97.01")
    bid, ask = desk.book.quote(SPY.symbol)
    jumped_from = desk.book.jumped_from(SPY.symbol)
    abandoned = desk.give(i.EntryLeaving(order, bid, ask, desk.now, jumped_from, at=desk.now))[0]
    assert isinstance(abandoned, OrderAbandoned)
    assert abandoned.code == Code.PRICE_JUMPED


def test_prices_of_before_a_split_are_forgotten() -> None:
    desk = Desk(TWO_PERCENT)
    desk.quote("100", "100.01")
    desk.book.forget_price(SPY.symbol)
    desk.quote("50", "50.01")
    assert desk.book.jumped_from(SPY.symbol) == SPY.ticks(Decimal(50))


def test_nothing_is_kept_where_nobody_asks() -> None:
    desk = Desk()
    desk.quote("100", "100.01")
    desk.quote("90", "90.01")
    assert desk.book.jumped_from(SPY.symbol) is None
    desk.give(i.AccountDeclared(TWO_PERCENT, at=desk.now))
    desk.quote("80", "80.01")
    assert desk.book.jumped_from(SPY.symbol) is not None
    assert list(desk.book.state.accounts) == [ALPHA]


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "0", "-1"])
def test_no_number_is_no_filter(wrong: str) -> None:
    with pytest.raises(ValueError, match="filters: max_jump_pct must be a number above 0"):
        Filters(max_jump_pct=Decimal(wrong))
