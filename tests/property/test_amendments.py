"""Whatever is annulled, corrected, doubled and told too late: the book is as if each fill had been from the first what
it is in the end.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.builders import ALPHA, ES, SPY, Desk, account, archived

from kedge.domain import amendments as a
from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, PositionId
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, to_nano, use_exact_arithmetic
from kedge.domain.orders import Execution, Side
from kedge.domain.positions import Position

FIGURES = ("quantity", "cost", "realised", "fees", "entered", "entry_value", "exit_value")
INSTRUMENTS = [SPY, ES]


class Fill(msgspec.Struct):
    """A fill as the venue first tells it, and what it makes of it afterwards, one after the other."""

    execution: Execution
    order: OrderId
    instrument: Instrument
    corrections: list[Execution]
    is_busted: bool

    @property
    def last(self) -> Execution | None:
        """What it is in the end."""
        return None if self.is_busted else [self.execution, *self.corrections][-1]

    def reports(self, at: Instant) -> list[i.VenueReport]:
        """All that the venue has to say of it."""
        told: list[i.VenueReport] = [i.VenueFilled(self.order, self.execution, at=at)]
        for number, now in enumerate(self.corrections, start=1):
            told.append(i.VenueCorrected(self.order, self.execution.id, now, number, at=at))
        if self.is_busted:
            told.append(i.VenueBusted(self.order, self.execution.id, "erroneous", at=at))
        return told


def figures(id_: str, price: int, at: int = 0) -> st.SearchStrategy[Execution]:
    """A fill whose price and fee leave shares of a cost that no billionth holds."""
    return st.builds(
        Execution,
        id=st.just(id_),
        quantity=st.integers(1, 7).map(lambda lots: Nano(lots * 10**9)),
        price=st.integers(-40, 40).map(lambda ticks: Nano(price * 10**9 + ticks * 250_000_000)),
        fee=st.integers(0, 3).map(lambda cents: Nano(cents * 333_333_333)),
        at=st.just(Instant(at)),
    )


@st.composite
def fills(draw: st.DrawFn, most: int = 9) -> list[Fill]:
    """Fills of a few orders on both sides of both instruments."""
    told = []
    for number in range(draw(st.integers(1, most))):
        instrument = draw(st.sampled_from(INSTRUMENTS))
        kind = figures(f"x{number}", 100 if instrument is SPY else 5000)
        order = f"{instrument.symbol}-{draw(st.sampled_from([*Side]))}-{draw(st.integers(0, 1))}"
        told.append(
            Fill(
                draw(kind),
                OrderId(order),
                instrument,
                draw(st.lists(kind, max_size=2)),
                draw(st.booleans()),
            )
        )
    return told


def desk() -> Desk:
    """A desk with old orders that take any fill."""
    use_exact_arithmetic()
    made = Desk(account(cash=100_000, allow_unprotected=True))
    for instrument in INSTRUMENTS:
        for side in Side:
            for number in range(2):
                order = archived(f"{instrument.symbol}-{side}-{number}", side, instrument)
                made.give(i.OrderRecalled(order, at=made.now))
    return made


def clean(order_heard: list[str], by_id: dict[str, Fill], after: Callable[[Desk, int], None]) -> Desk:
    """The story told without what never was, in the order in which each fill was first heard to be one."""
    told = desk()
    for place, id_ in enumerate(order_heard):
        last = by_id[id_].last
        if last is not None:
            told.give(i.VenueFilled(by_id[id_].order, last, at=told.now))
        after(told, place)
    return told


def assert_same(one: Desk, other: Desk) -> None:
    """Orders, positions and money are the same to the last digit; so are the round trips."""
    ours, theirs = one.book.state, other.book.state
    for id_, order in ours.orders.items():
        twin = theirs.orders[id_]
        assert (order.filled, order.value, order.fees, order.leaves) == (
            twin.filled,
            twin.value,
            twin.fees,
            twin.leaves,
        ), id_
        assert order.average_price == twin.average_price
    assert positions(one) == positions(other)
    account_, twin_account = ours.accounts[ALPHA], theirs.accounts[ALPHA]
    for name in ("cash", "realised", "fees", "trades", "wins", "losses"):
        assert getattr(account_, name) == getattr(twin_account, name), name


def positions(one: Desk) -> dict[str, list[Decimal]]:
    """All figures of all positions."""

    def figures_of(position: Position) -> list[Decimal]:
        return [getattr(position, name) for name in FIGURES]

    held = one.book.state.positions.get(ALPHA, {})
    return {symbol: figures_of(position) for symbol, position in held.items()}


def standing(one: Desk) -> list[PositionId]:
    """The names of the round trips that stand, and of what is open."""
    names: dict[PositionId, None] = {}
    for event in one.events:
        if isinstance(event, e.PositionClosed | a.TradeRestated):
            assert event.position not in names, "two round trips of one name"
            names[event.position] = None
        elif isinstance(event, a.TradeAnnulled):
            del names[event.position]
    return [*names, *(position.id for position in one.book.state.positions.get(ALPHA, {}).values())]


@given(told=fills(), data=st.data())
def test_the_book_is_as_if_each_fill_had_been_what_it_is_in_the_end(
    told: list[Fill], data: st.DataObject
) -> None:
    noisy = desk()
    reports = [report for fill in told for report in fill.reports(noisy.now)]
    reports += data.draw(st.lists(st.sampled_from(reports), max_size=4))  # told twice
    shuffled = data.draw(st.permutations(reports)) if data.draw(st.booleans()) else reports
    by_id = {fill.execution.id: fill for fill in told}
    heard: dict[str, None] = {}
    for report in shuffled:
        noisy.give(report)
        if isinstance(report, i.VenueFilled):
            heard.setdefault(report.execution.id)
        elif isinstance(report, i.VenueCorrected):
            heard.setdefault(report.execution)
    assert_same(noisy, clean([*heard], by_id, lambda _desk, _place: None))
    noisy.check_record()
    assert noisy.book.state.accounts[ALPHA].state is TradingState.ACTIVE
    names = standing(noisy)
    assert len(names) == len(set(names))
    assert len(names) == noisy.book.state.accounts[ALPHA].trades + len(
        noisy.book.state.positions.get(ALPHA, {})
    )


@given(told=fills(6), ratio=st.sampled_from([(2, 1), (4, 1), (3, 2), (1, 2)]), data=st.data())
def test_so_it_is_after_a_split(told: list[Fill], ratio: tuple[int, int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(told)))
    split = Split(SPY.symbol, Instant(10), *ratio)
    by_id = {fill.execution.id: fill for fill in told}
    order_heard = [fill.execution.id for fill in told]

    def do_split(one: Desk, place: int) -> None:
        if place + 1 == cut:
            held = to_nano(one.held())
            rest = split.exact(held) - split.in_lots(held, 10**9)
            assume(not rest)
            now_held = split.in_lots(held, 10**9)
            one.give(i.VenueSplit("c-1", ALPHA, split, quantity=now_held, at=one.now))

    plain_story = clean(order_heard, by_id, do_split)
    noisy = desk()
    later = []
    for place, fill in enumerate(told):
        first, *rest = fill.reports(noisy.now)
        noisy.give(first)
        do_split(noisy, place)
        later += rest
    shuffled = data.draw(st.permutations(later)) if later else []
    for report in shuffled:
        noisy.give(report)
    assume(noisy.book.state.accounts[ALPHA].state is TradingState.ACTIVE)  # a rest on the way: see the cases
    assert_same(noisy, plain_story)
    noisy.check_record()


@given(told=fills(), data=st.data())
def test_an_answer_leads_to_the_same_as_the_reports_that_were_missed(
    told: list[Fill], data: st.DataObject
) -> None:
    live, absent = desk(), desk()
    for fill in told:
        first, *rest = fill.reports(live.now)
        live.give(first)
        absent.give(first)
        for report in rest:
            live.give(report)
            if data.draw(st.booleans()):
                absent.give(report)
    for id_, order in list(absent.book.state.orders.items()):
        own = [fill for fill in told if fill.order == id_]
        amended = [
            report
            for fill in own
            for report in fill.reports(absent.now)
            if isinstance(report, i.VenueBusted | i.VenueCorrected)
        ]
        absent.give(
            i.VenueShowed(
                id_,
                "v",
                order.state,
                executions=tuple(fill.last for fill in own if fill.last is not None),
                amended=tuple(amended),
                at=absent.now,
            )
        )
    assert_same(absent, live)


@given(told=fills(), data=st.data())
def test_an_answer_that_is_older_takes_nothing_back(told: list[Fill], data: st.DataObject) -> None:
    one = desk()
    for fill in told:
        for report in fill.reports(one.now):
            one.give(report)
    before = [positions(one), one.cash()]
    for id_, order in list(one.book.state.orders.items()):
        own = [fill.execution for fill in told if fill.order == id_]
        some = data.draw(st.lists(st.sampled_from(own), unique_by=lambda done: done.id)) if own else []
        one.give(i.VenueShowed(id_, "v", order.state, executions=tuple(some), at=one.now))
    assert [positions(one), one.cash()] == before
