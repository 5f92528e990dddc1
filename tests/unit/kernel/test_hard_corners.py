"""Corners that are decided by name: short sales that are refused, and contracts at their end."""

from decimal import Decimal
from typing import NamedTuple

import msgspec
import pytest
from tests.builders import SPY, Desk, account, alarms, names, signal, submitted

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import ZERO
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Direction, Outcome, SignalKind

D = Decimal
DAY = 86_400 * SECOND


# --- short sales ---


def test_a_short_sale_that_the_venue_will_not_lend_for_is_over_and_says_so(desk: Desk) -> None:
    _, orders = desk.send(signal(direction=Direction.SHORT, stop=105, target=90))
    events = desk.reject(orders[0], "no shares to borrow", RejectKind.BORROW)
    (given_up,) = (event for event in events if isinstance(event, e.OrderGivenUp))
    assert given_up.kind is RejectKind.BORROW
    assert desk.order(orders[0]).reason == "no shares to borrow"
    assert submitted(desk.wait(600)) == []
    desk.check()


@pytest.mark.parametrize("kind", [SignalKind.EXIT, SignalKind.SELL])
def test_what_may_not_be_sold_short_can_be_bought_and_sold_again(kind: SignalKind) -> None:
    desk = Desk(instruments=(msgspec.structs.replace(SPY, shortable=False),))
    assert desk.judge(signal("short", direction=Direction.SHORT, stop=105)).code == "NOT_SHORTABLE"
    desk.enter(filled=10)
    events, orders = desk.send(signal("out", kind, None, at=desk.now))
    assert names(events)[0] == "SignalJudged"
    desk.fill(orders[0], 10, 101)
    assert desk.held() == ZERO
    desk.check()


def test_what_is_held_short_is_bought_back_though_no_more_of_it_may_be_sold(desk: Desk) -> None:
    desk.enter(direction=Direction.SHORT, stop=105, target=90, filled=10)
    desk.give(i.InstrumentDeclared(msgspec.structs.replace(SPY, shortable=False), at=desk.now))
    (exit_,) = desk.exit()
    desk.fill(exit_, 10, 99)
    assert desk.held() == ZERO


# --- contracts at their end ---


class End(NamedTuple):
    name: str
    entries_until: int | None  # days from now
    expires: int
    code: str


ENDS = [
    End("a week before its first notice", 7, 30, ""),
    End("on the day of its first notice", 0, 30, "CONTRACT_EXPIRING"),
    End("after its first notice", -1, 29, "CONTRACT_EXPIRING"),
    End("on the day of its expiry", None, 0, "CONTRACT_EXPIRING"),
    End("a day before its expiry, where nothing ends earlier", None, 1, ""),
]


def contract(desk: Desk, end: End) -> Instrument:
    """A future that ends so many days from now."""
    until = None if end.entries_until is None else Instant(desk.now + end.entries_until * DAY)
    return Instrument(
        Symbol("CLZ26"),
        D("0.01"),
        multiplier=D(1000),
        asset=AssetClass.FUTURE,
        root="CL",
        entries_until=until,
        expires=Instant(desk.now + end.expires * DAY),
    )


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
def test_a_contract_is_entered_up_to_its_end_and_no_longer(end: End, desk: Desk) -> None:
    desk.give(i.InstrumentDeclared(contract(desk, end), at=desk.now))
    judged = desk.judge(signal(at=desk.now, instrument="CLZ26", quantity=1, stop=95))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED if end.code else Outcome.ORDERED, end.code)


@pytest.mark.parametrize("end", [end for end in ENDS if end.code], ids=lambda end: end.name)
def test_what_is_held_at_the_end_can_be_closed_and_its_stop_stays(end: End, desk: Desk) -> None:
    long_ago = End("in time", 30, 60, "")
    desk.give(i.InstrumentDeclared(contract(desk, long_ago), at=desk.now))
    _, stop, _ = desk.enter(instrument="CLZ26", quantity=1, filled=1)
    desk.give(i.InstrumentDeclared(contract(desk, end), at=desk.now))
    desk.wait(60)
    assert desk.order(stop).state == "ACCEPTED"
    (exit_,) = desk.exit(instrument="CLZ26")
    desk.fill(exit_, 1, 101)
    assert desk.held("CLZ26") == ZERO
    assert not alarms(desk.events)


def test_an_entry_is_not_tried_again_once_its_contract_is_left() -> None:
    desk = Desk(account())
    ending = msgspec.structs.replace(contract(desk, ENDS[0]), entries_until=Instant(desk.now + 4 * SECOND))
    desk.give(i.InstrumentDeclared(ending, at=desk.now))
    _, orders = desk.send(signal(at=desk.now, instrument="CLZ26", quantity=1, stop=95))
    desk.reject(orders[0], "busy", RejectKind.BUSY)
    (given_up,) = (event for event in desk.wait(5) if isinstance(event, e.OrderGivenUp))
    assert given_up.code == "CONTRACT_EXPIRING"


def test_a_contract_that_the_venue_trades_no_more_is_not_tried_again(desk: Desk) -> None:
    entry, *_ = desk.enter(accept=False)
    events = desk.reject(entry, "the contract has expired", RejectKind.CONTRACT)
    assert "OrderGivenUp" in names(events)
