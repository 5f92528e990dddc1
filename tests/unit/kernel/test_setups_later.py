"""What becomes of a setup after its bar, and what its strategy's trades come to."""

from decimal import Decimal

import pytest
from tests.builders import SPY, account, names, submitted
from tests.unit.kernel.bars import ORB, Bars, of_type

from kedge.domain import inputs as i
from kedge.domain import setups as s
from kedge.domain.accounts import TradingState
from kedge.domain.ids import SignalId
from kedge.domain.instants import DAY, SECOND, Instant, Span
from kedge.domain.limits import Routing
from kedge.domain.numbers import Ticks
from kedge.domain.strategies import Fate, Told

ASKS = Routing(auto_execute=False, approve_within=Span(600 * SECOND))


def waiting() -> Bars:
    """A desk with one setup that waits for a person."""
    desk = Bars(terms=account(routing=ASKS))
    desk.found("s-1")
    assert (desk.last().fate, desk.counts()) == (Fate.WAITING, (1, 0, 0, 0))
    return desk


def answer(desk: Bars, *, approved: bool) -> list[s.SetupAnswered]:
    """A person says yes or no."""
    bid = SPY.ticks(SPY.tick * 10_000)
    events = desk.give(
        i.ApprovalAsked(SignalId("s-1"), approved, "ann", "", bid, Ticks(bid + 1), at=desk.now)
    )
    return of_type(events, s.SetupAnswered)


@pytest.mark.parametrize(
    ("approved", "fate", "code", "counts"),
    [
        (True, Fate.TAKEN, "", (1, 1, 0, 0)),
        (False, Fate.REFUSED, "APPROVAL_DECLINED", (1, 0, 1, 0)),
    ],
)
def test_a_person_s_answer_is_the_setup_s(
    approved: bool,
    fate: Fate,
    code: str,
    counts: tuple[int, ...],
) -> None:
    desk = waiting()
    delay = desk.known().last_delay
    desk.wait(30)
    assert len(answer(desk, approved=approved)) == 1
    assert (desk.last().fate, desk.last().code, desk.counts()) == (fate, code, counts)
    assert desk.known().last_delay == delay, "a person's time is not the engine's"
    desk.check()


def test_nobody_s_answer_is_a_refusal() -> None:
    desk = waiting()
    desk.wait(700)
    assert (desk.last().code, desk.counts()) == ("APPROVAL_EXPIRED", (1, 0, 1, 0))


def test_an_answer_to_a_setup_of_yesterday_is_none_of_today_s() -> None:
    desk = waiting()
    tomorrow = Instant(desk.close + DAY)
    desk.bar(close=tomorrow, opened=Instant(tomorrow - SECOND))
    desk.wait(0)
    assert desk.counts() == (0, 0, 0, 0)
    total = desk.known().total
    assert (total.found, total.refused) == (1, 1)


def test_an_entry_that_did_not_leave_after_all_was_not_taken() -> None:
    desk = Bars()
    order = submitted(desk.found("s-1"))[0].id
    assert desk.counts() == (1, 1, 0, 0)
    desk.set_trading(TradingState.HALTED)
    events = desk.give(i.EntryLeaving(order, SPY.ticks(SPY.tick * 10_000), None, at=desk.now))
    assert "OrderAbandoned" in names(events)
    assert (desk.last().fate, desk.last().code, desk.counts()) == (
        Fate.REFUSED,
        "TRADING_HALTED",
        (1, 0, 1, 0),
    )
    desk.check()


def test_trades_are_counted_for_their_strategy_by_session_and_in_all() -> None:
    desk = Bars()
    desk.fill(submitted(desk.found("s-1"))[0].id, 10, 100)
    out = submitted(desk.bar(Told(ORB, exits=(desk.leave(),))))[0].id
    desk.fill(out, 10, 101, fee=1)
    tally = desk.known().session
    assert (tally.trades, tally.wins, tally.losses, tally.pnl) == (1, 1, 0, Decimal(9))
    tomorrow = Instant(desk.close + DAY)
    desk.bar(close=tomorrow, opened=Instant(tomorrow - SECOND))
    assert (desk.known().session.trades, desk.known().total.trades) == (0, 1)
    desk.check()
