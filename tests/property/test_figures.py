"""The figures of a trade agree with ones that are worked out anew from its fills alone, in fractions."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import ALPHA, Desk, Ledger, account, signal

from kedge.domain.events import PositionClosed
from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import DAY, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano, from_nano, use_exact_arithmetic
from kedge.domain.performance import per_day, return_pct
from kedge.domain.signals import Direction
from kedge.engine.view import view_of
from kedge.journal import tables
from kedge.journal.lines import trade_line

D = Decimal
STOCK = Instrument(Symbol("STOCK"), D("0.01"))
FUTURE = Instrument(Symbol("FUTURE"), D("0.25"), multiplier=D(50), asset=AssetClass.FUTURE)
_fills = st.lists(
    st.tuples(
        st.sampled_from([STOCK, FUTURE]),
        st.booleans(),
        st.integers(1, 30).map(D),
        st.integers(1, 10**5).map(lambda count: count * D("0.01")),
        st.integers(0, 10**6).map(lambda count: count * D("1E-6")),
    ),
    min_size=2,
    max_size=14,
)
TINY = Fraction(1, 10**7)


class Trip(NamedTuple):
    """A round trip out of its fills: signed quantity, price and fee of each part."""

    parts: list[tuple[Fraction, Fraction, Fraction]]

    @property
    def sign(self) -> int:
        return 1 if self.parts[0][0] > 0 else -1

    @property
    def entered(self) -> Fraction:
        return sum((abs(q) for q, _, _ in self.parts if q * self.sign > 0), Fraction(0))

    @property
    def entry_value(self) -> Fraction:
        return sum((abs(q) * p for q, p, _ in self.parts if q * self.sign > 0), Fraction(0))

    @property
    def exit_value(self) -> Fraction:
        return sum((abs(q) * p for q, p, _ in self.parts if q * self.sign < 0), Fraction(0))

    def pnl(self, multiplier: Fraction) -> Fraction:
        paid = sum((fee for *_, fee in self.parts), Fraction(0))
        return self.sign * (self.exit_value - self.entry_value) * multiplier - paid


def trips(fills: Iterable[tuple[Fraction, Fraction, Fraction]]) -> tuple[list[Trip], Trip | None]:
    """Cut where nothing is open; a fill that turns a position over belongs to both, its fee by size."""
    done: list[Trip] = []
    held, parts = Fraction(0), list[tuple[Fraction, Fraction, Fraction]]()
    for quantity, price, fee in fills:
        rest, left = quantity, fee
        if held and held * quantity < 0 and abs(quantity) > abs(held):
            closing = fee * abs(held) / abs(quantity)
            parts.append((-held, price, closing))
            done.append(Trip(parts))
            rest, left, held, parts = quantity + held, fee - closing, Fraction(0), []
        parts.append((rest, price, left))
        held += rest
        if not held:
            done.append(Trip(parts))
            parts = []
    return done, Trip(parts) if parts else None


@given(_fills)
def test_trades_and_open_positions_are_what_their_fills_come_to(
    fills: list[tuple[Instrument, bool, Decimal, Decimal, Decimal]],
) -> None:
    ledger = Ledger(STOCK, FUTURE)
    for instrument, buys, quantity, price, fee in fills:
        ledger.book(instrument, quantity if buys else -quantity, price, fee)
    use_exact_arithmetic()
    for instrument in (STOCK, FUTURE):
        own = [
            (Fraction(quantity if buys else -quantity), Fraction(price), Fraction(fee))
            for each, buys, quantity, price, fee in fills
            if each is instrument
        ]
        done, open_ = trips(own)
        closed = [
            event
            for event in ledger.desk.events
            if isinstance(event, PositionClosed) and event.instrument == instrument.symbol
        ]
        assert len(closed) == len(done)
        for event, trip in zip(closed, done, strict=True):
            check_trade(event, trip, instrument)
        check_open(ledger.desk, instrument, open_)


def check_trade(event: PositionClosed, trip: Trip, instrument: Instrument) -> None:
    multiplier = Fraction(instrument.multiplier)
    pnl = trip.pnl(multiplier)
    assert near(event.pnl, pnl)
    assert near(event.entry_price, trip.entry_value / trip.entered)
    assert near(event.exit_price, trip.exit_value / trip.entered)
    assert from_nano(event.quantity) == D(trip.entered.numerator)
    assert event.direction is (Direction.LONG if trip.sign > 0 else Direction.SHORT)
    value = trip.entered * Fraction(from_nano(event.entry_price)) * multiplier
    shown = return_pct(from_nano(event.pnl), D(value.numerator) / D(value.denominator))
    assert shown is not None
    assert abs(Fraction(shown) - 100 * pnl / (trip.entry_value * multiplier)) <= Fraction(1, 1000)


def check_open(desk: Desk, instrument: Instrument, trip: Trip | None) -> None:
    """What is still open, at a price of now: the mean cost of all that was entered, less the share that was closed."""
    bid, ask = D("400.00"), D("400.25")
    desk.quote(str(bid), str(ask), instrument)
    seen = [each for each in view_of(desk.book, desk.now).positions if each.instrument == instrument.symbol]
    if trip is None:
        assert seen == []
        return
    (view,) = seen
    cost, held = Fraction(0), Fraction(0)
    for quantity, price, _ in trip.parts:
        if held * quantity < 0:
            cost -= cost * abs(quantity) / abs(held)
        else:
            cost += abs(quantity) * price
        held += quantity
    price = Fraction(bid if held > 0 else ask)
    assert abs(Fraction(view.quantity)) == abs(held)
    assert abs(Fraction(view.entry_price) - cost / abs(held)) < TINY
    assert view.unrealised is not None
    worth = trip.sign * (price * abs(held) - cost) * Fraction(instrument.multiplier)
    assert abs(Fraction(view.unrealised) - worth) < TINY * 50


def near(number: Nano, wanted: Fraction) -> bool:
    return abs(Fraction(from_nano(number)) - wanted) < TINY


_prices = st.integers(-99, 300).map(lambda count: D(100) + count * D("0.01"))
_parts = st.lists(st.tuples(st.integers(1, 4), _prices), min_size=1, max_size=3)


@given(
    direction=st.sampled_from([*Direction]),
    entries=st.lists(st.tuples(st.integers(1, 80), _parts), min_size=1, max_size=3),
    exits=st.lists(st.tuples(st.integers(1, 6), _prices), max_size=3),
    last=_prices,
)
def test_a_result_in_r_is_measured_by_each_entry_up_to_its_own_stop(
    direction: Direction,
    entries: list[tuple[int, list[tuple[int, Decimal]]]],
    exits: list[tuple[int, Decimal]],
    last: Decimal,
) -> None:
    """Entries that add to the first, each filled in parts and stopped at its own price; then exits in parts."""
    long = direction is Direction.LONG
    sign = 1 if long else -1
    desk = Desk(account(max_adds=5))
    risk = paid = held = Fraction(0)
    worst: int | None = None
    for number, (wanted_away, parts) in enumerate(entries):
        size = sum(quantity for quantity, _ in parts)
        away = wanted_away if worst is None else min(wanted_away, worst)
        worst = away if worst is None else worst
        stop = D(100) - sign * (D(1) + away * D("0.01"))
        wanted = signal(
            f"s-{number}",
            direction=direction,
            at=desk.now,
            quantity=size,
            stop=str(stop),
            expected_price=None,
        )
        _, orders = desk.send(wanted)
        if not orders:
            continue  # what is open does not gain at 100
        for order in orders:
            desk.accept(order)
        for quantity, price in parts:
            desk.fill(orders[0], quantity, str(price))
            risk += quantity * abs(Fraction(price) - Fraction(stop))
            paid += sign * quantity * Fraction(price)
            held += quantity
    for number, (quantity, price) in enumerate(exits):
        if quantity >= held:
            break
        (out,) = desk.exit(f"x-{number}", quantity=quantity)
        desk.accept(out)
        desk.fill(out, quantity, str(price))
        paid -= sign * quantity * Fraction(price)
        held -= quantity
    (out,) = desk.exit("x-last")
    desk.accept(out)
    desk.fill(out, str(held), str(last))
    paid -= sign * held * Fraction(last)
    use_exact_arithmetic()
    (event,) = (each for each in desk.events if isinstance(each, PositionClosed))
    assert event.risk is not None
    assert Fraction(from_nano(event.risk)) == risk
    line = dict(
        zip(
            tables.TRADES.columns,
            trade_line(BookId("main"), desk.book.state.instruments[event.instrument], event, desk.now, out),
            strict=True,
        )
    )
    if risk:
        assert abs(Fraction(str(line["r_multiple"])) - -paid / risk) <= Fraction(1, 1000)
    else:
        assert line["r_multiple"] is None  # all of it has filled at its stop
    assert Fraction(str(line["pnl"])) == -paid
    assert desk.book.state.accounts[ALPHA].realised == D(str(line["pnl"]))
    desk.check()


@given(st.integers(-(10**6), 10**6), st.integers(1, 400), st.integers(0, DAY))
def test_a_result_a_day_is_the_result_over_the_days(cents: int, days: int, more: int) -> None:
    use_exact_arithmetic()
    held = Span(days * DAY + more)
    told = per_day(cents * D("0.01"), held)
    assert told is not None
    assert abs(Fraction(told) - Fraction(cents, 100) * DAY / held) <= Fraction(1, 100)
