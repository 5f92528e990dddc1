"""What companies do to their shares: what of it is done, when, and once."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from tests.builders import ES, NOON, SPY
from tests.builders import account as terms
from tests.unit.engine.stage import ALPHA, FAR, HandClock
from tests.unit.engine.test_feeds import FollowingVenue

from kedge.domain.announcements import Action, Schedule, Split, SymbolChange
from kedge.domain.ids import BookId, Symbol, VenueName
from kedge.domain.inputs import AccountDeclared, InstrumentDeclared, VenueReport
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, OrderRequest, OrderType, Side, order_from
from kedge.domain.positions import Position
from kedge.domain.quotes import Quote
from kedge.engine.charts import Charts
from kedge.engine.intake import MarketIntake
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.journal.memory import MemoryJournal
from kedge.kernel.book import Book
from kedge.market.hours import HoursOf, utc_day
from kedge.settings.values import Bars
from kedge.venues.errors import HaltedError, NotSentError, VenueError

META = msgspec.structs.replace(SPY, symbol=Symbol("META"))
ORDER = "o-1"


def at(seconds: float) -> Instant:
    return Instant(NOON + round(seconds * SECOND))


def split(seconds: float, new: int = 4, old: int = 1) -> Split:
    return Split(SPY.symbol, at(seconds), new, old)


def new_symbol(seconds: float, symbol: str = "META") -> SymbolChange:
    return SymbolChange(SPY.symbol, at(seconds), Symbol(symbol))


class ActingVenue(FollowingVenue):
    """Notes what is announced to it; at first it cannot do it so many times."""

    def __init__(self, *errors: VenueError) -> None:
        super().__init__()
        self.announced: list[Action] = []
        self.errors = list(errors)

    def announce(self, action: Action) -> list[VenueReport]:
        if self.errors:
            raise self.errors.pop(0)
        self.announced.append(action)
        return []


class Stage:
    """The intake of an engine that trades shares by two symbols."""

    def __init__(self, *venues: ActingVenue) -> None:
        self.clock = HandClock()
        self.book = Book.empty(BookId("main"))
        for instrument in (SPY, META, ES):
            self.book.handle(InstrumentDeclared(instrument, at=NOON))
        self.book.handle(AccountDeclared(msgspec.structs.replace(terms(), venue=FAR), at=NOON))
        self.venue = ActingVenue()
        charts = Charts(Bars((Span(MINUTE),)))
        charts.open([(symbol, utc_day) for symbol in self.book.state.instruments], self.clock())
        self.writer = Writer(self.book, MemoryJournal(BookId("main"), "journal1"), state_schema())
        self.intake = MarketIntake(self.writer, venues or [self.venue], self.clock, _all_day, charts)

    def quote(self, bid: int, seconds: float, ahead: float = 0) -> bool:
        """A price, stamped by a clock that is ahead of the one here; whether it was used."""
        self.clock.now = at(seconds - ahead)
        return self.intake.take(Quote(SPY.symbol, at(seconds), Ticks(bid), Ticks(bid + 1)))

    def schedule(self, *actions: Action) -> None:
        self.intake.schedule(Schedule(actions))

    def wait_until(self, seconds: float) -> None:
        self.clock.now = at(seconds)
        self.intake.act()

    def hold(self, symbol: Symbol = SPY.symbol, since: float = -1) -> None:
        self.book.state.positions.setdefault(ALPHA, {})[symbol] = msgspec.convert(
            {"id": "p", "account": ALPHA, "instrument": symbol, "opened": at(since), "entry_order": "x"}
            | dict.fromkeys(("quantity", "entered", "cost", "entry_value"), "10"),
            Position,
        )

    def order(self) -> Order:
        request = OrderRequest(ORDER, ALPHA, SPY.symbol, Side.BUY, OrderType.LIMIT, 10**9)  # type: ignore[arg-type]
        order = order_from(request, OrderState.ACCEPTED, NOON)
        state = self.book.state
        state.orders[order.id] = order
        state.open[ALPHA] = {SPY.symbol: [order.id]}
        return order


def _all_day(_: Symbol) -> HoursOf:
    return utc_day


# -- what is to come can still be changed --


@pytest.mark.parametrize(
    ("now", "done"),
    [
        pytest.param([split(5)], [split(5)], id="the ratio put right"),
        pytest.param([split(7, 40)], [split(7, 40)], id="put off"),
        pytest.param([], [], id="taken back"),
    ],
)
def test_a_line_holds_as_it_reads_when_its_time_comes(now: Sequence[Split], done: Sequence[Split]) -> None:
    stage = Stage()
    stage.schedule(split(5, 40))
    stage.schedule(*now)
    stage.wait_until(10)
    assert stage.venue.announced == done


@pytest.mark.parametrize("file_first", [True, False])
def test_two_sources_that_name_another_time_mean_one_split(*, file_first: bool) -> None:
    stage = Stage()
    sources: list[Callable[[], None]] = [
        lambda: stage.schedule(split(5)),
        lambda: stage.intake.announce(split(5.25)),
    ]
    for tell in sources if file_first else reversed(sources):
        tell()
    stage.wait_until(5.1)
    stage.wait_until(10)
    for tell in sources:
        tell()
    stage.wait_until(20)
    assert len(stage.venue.announced) == 1


def test_another_ratio_is_another_split() -> None:
    stage = Stage()
    stage.schedule(split(5), split(6, 2))
    stage.wait_until(10)
    assert stage.venue.announced == [split(5), split(6, 2)]


def test_what_is_split_at_the_moment_of_its_new_symbol_is_split_under_the_old_one() -> None:
    stage = Stage()
    stage.schedule(new_symbol(5), split(5))
    stage.wait_until(5)
    assert stage.venue.announced == [split(5), new_symbol(5)]


# -- its time --


def test_a_price_of_after_it_says_that_its_time_has_come_whatever_the_clock_here_says() -> None:
    stage = Stage()
    assert stage.quote(10_000, 0)
    stage.schedule(split(0.3))
    assert stage.quote(2_500, 0.31, ahead=0.3)
    assert stage.venue.announced == [split(0.3)]


def test_a_price_stamped_far_ahead_does_not_start_it() -> None:
    stage = Stage()
    stage.schedule(split(3_600))
    assert not stage.quote(2_500, 3_601, ahead=3_600)
    assert stage.venue.announced == []


def test_it_waits_for_what_was_asked_about_before_it() -> None:
    stage = Stage()
    order = stage.order()
    order.asked = 1  # what filled of it is not known: a fill would be of old shares
    stage.schedule(split(1))
    stage.wait_until(2)
    assert stage.venue.announced == []
    assert not stage.quote(2_500, 2)
    order.asked = 0
    stage.wait_until(3)
    assert stage.venue.announced == [split(1)]


def test_orders_at_a_venue_that_does_not_do_it_are_not_waited_for() -> None:
    stage = Stage()
    stage.order().asked = 1
    account = stage.book.state.accounts[ALPHA]
    account.terms = msgspec.structs.replace(account.terms, venue=VenueName("elsewhere"))
    stage.schedule(split(1))
    stage.wait_until(2)
    assert stage.venue.announced == [split(1)]


# -- what is too late, or nobody's concern --


@pytest.mark.parametrize("action", [split(-9_999, 7), new_symbol(-9_999), new_symbol(-9_999, "METV")])
@pytest.mark.parametrize("traded", [False, True])
def test_what_was_done_long_ago_is_nobodys_concern(
    action: Action, caplog: pytest.LogCaptureFixture, *, traded: bool
) -> None:
    stage = Stage()
    if traded:
        stage.intake.remember([Quote(SPY.symbol, at(-60), Ticks(10_000), Ticks(10_001))])
        stage.hold(since=-100)
    stage.schedule(action)
    assert (stage.venue.announced, stage.book.state.halted, caplog.text) == ([], {}, "")
    assert stage.quote(1_000, 0) is not traded  # held against the price of before the start, if there is one


def test_what_was_done_while_nothing_ran_is_done_and_the_last_price_counted_by_it() -> None:
    stage = Stage()
    stage.intake.remember([Quote(SPY.symbol, at(-60), Ticks(10_000), Ticks(10_001))])
    stage.schedule(split(-30))
    assert stage.venue.announced == [split(-30)]
    assert not stage.quote(10_000, 1), "the last price of before the split, told again"
    assert stage.quote(2_500, 2)


def test_without_any_price_it_is_done_for_those_who_had_something_before_it() -> None:
    stage = Stage()
    stage.hold(since=-100)
    stage.schedule(split(-30))
    assert stage.venue.announced == [split(-30)]


@pytest.mark.parametrize(("held_since", "told"), [(0.5, True), (1.5, False)])
@pytest.mark.parametrize(("action", "what"), [(split(1), "split"), (new_symbol(1), "new symbol")])
def test_what_comes_after_prices_that_followed_it_is_told_of_where_somebody_had_it(
    action: Action, what: str, held_since: float, caplog: pytest.LogCaptureFixture, *, told: bool
) -> None:
    stage = Stage()
    stage.clock.now = at(2)
    stage.hold(since=held_since)
    assert stage.quote(10_000, 2)
    stage.intake.announce(action)
    stage.intake.announce(action)
    late = f"this {what} was announced too late, after what followed it: what alpha has is as it was"
    assert caplog.text.count(late) == told
    assert stage.venue.announced == []
    assert stage.quote(10_001, 2), "held against prices that were right"


def test_a_contract_is_not_split(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    stage.schedule(Split(ES.symbol, at(1), 2))
    stage.wait_until(2)
    assert stage.venue.announced == []
    assert "only what is paid in full can be split" in caplog.text


# -- what cannot be done --


def test_a_venue_that_stands_still_for_good_holds_nobody_else_back(caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = ActingVenue(*[HaltedError("exchange far is halted: disk full")] * 9), ActingVenue()
    stage = Stage(broken, sound)
    stage.schedule(split(0))
    assert (broken.announced, sound.announced) == ([], [split(0)])
    assert all(stage.quote(2_500 + n, n) for n in range(5))
    assert caplog.text.count("is not done at far: exchange far is halted") == 1


def test_a_venue_that_is_away_is_waited_for_and_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    away = ActingVenue(*[NotSentError("venue far is not connected")] * 3)
    stage = Stage(away)
    stage.schedule(split(0))
    assert [stage.quote(2_500, n) for n in range(3)] == [False, False, True]
    assert away.announced == [split(0)]
    assert caplog.text.count("has to wait") == 1


def test_a_new_symbol_that_could_not_be_taken_on_is_as_soon_as_it_can() -> None:
    stage = Stage()
    stage.hold(SPY.symbol)
    stage.hold(META.symbol)
    stage.schedule(new_symbol(1))
    stage.wait_until(2)
    assert stage.book.state.halted[SPY.symbol].endswith("has something in both: close one of them")
    stage.wait_until(3)
    assert stage.venue.announced == []
    del stage.book.state.positions[ALPHA][META.symbol]
    stage.wait_until(4)
    stage.wait_until(5)
    assert (stage.venue.announced, stage.book.state.halted) == ([new_symbol(1)], {})
