"""Whatever happens, every setup has one fate, and found = taken + refused + waiting + missed."""

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import SPY, account
from tests.unit.kernel.bars import ORB, Bars, strategy

from kedge.domain import inputs as i
from kedge.domain.ids import OrderId, SignalId
from kedge.domain.instants import DAY, SECOND, Instant, Span
from kedge.domain.limits import Routing
from kedge.domain.numbers import Ticks
from kedge.domain.strategies import Fate, Missed, Tally, Told
from kedge.kernel.book import Book

NAMES = ("s-1", "s-2", "s-3", "s-4")
ACTS = st.sampled_from(
    ("find", "miss", "fail", "quiet", "approve", "decline", "wait", "abandon", "tomorrow", "terms", "restart")
)


def act(desk: Bars, what: str, name: str) -> None:
    """One thing that may happen."""
    bid = SPY.ticks(SPY.tick * 10_000)
    if what in ("find", "miss"):
        desk.found(name, missed=Missed.LATE if what == "miss" else None)
    elif what == "fail":
        desk.bar(Told(ORB, error="boom"))
    elif what == "quiet":
        desk.bar()
    elif what in ("approve", "decline"):
        said = what == "approve"
        desk.give(i.ApprovalAsked(SignalId(name), said, "ann", "", bid, Ticks(bid + 1), at=desk.now))
    elif what == "wait":
        desk.wait(100)
    elif what == "abandon":
        for order in list(desk.book.state.orders):
            desk.give(i.EntryLeaving(OrderId(order), None, None, at=desk.now))
    elif what == "tomorrow":
        close = Instant(desk.close + DAY)
        desk.bar(close=close, opened=Instant(close - SECOND))
    elif what == "terms":
        known = desk.known().terms.parameters
        desk.declare(strategy(parameters={"n": str(len(known.get("n", "")))}))
    else:
        desk.book = Book.restored(desk.book.snapshot())


def waiting(tally: Tally) -> int:
    """Those that have no answer yet."""
    return tally.found - tally.taken - tally.refused - tally.missed


@given(asks=st.booleans(), acts=st.lists(st.tuples(ACTS, st.sampled_from(NAMES)), max_size=25))
def test_every_setup_has_one_fate(asks: bool, acts: list[tuple[str, str]]) -> None:
    routing = Routing(auto_execute=not asks, approve_within=Span(600 * SECOND))
    desk = Bars(terms=account(routing=routing))
    for what, name in acts:
        act(desk, what, name)
        known = desk.known()
        fates = [found.fate for found in known.setups]
        for fate in (Fate.TAKEN, Fate.REFUSED, Fate.MISSED):
            assert fates.count(fate) == getattr(known.total, fate.value)
        assert waiting(known.total) == fates.count(Fate.WAITING)
        today = [found for found in known.setups if not found.past]
        assert known.session.found == len(today)
        assert waiting(known.session) == sum(found.fate is Fate.WAITING for found in today)
        assert len({found.signal for found in known.setups}) == len(fates), "none is found twice"
        held = desk.book.state.held
        assert {found.signal for found in known.setups if found.fate is Fate.WAITING} == set(held)
    desk.check_record()
