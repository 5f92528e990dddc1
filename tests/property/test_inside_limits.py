"""Inside the limits: whatever is open and under way, no entry leaves that could breach one, fill as it may.

The checker reads the recorded events only and does its own sums, in plain fractions; it shares no code with the gates.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import ALPHA, ENGINE_HELD, ES, FREE, SPY, Desk, account, signal

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import is_final
from kedge.domain.limits import Counted, Limits, SizeMethod, Sizing
from kedge.domain.orders import Order, OrderRequest, Role, Side, Terms
from kedge.domain.signals import Direction

BILLION = 10**9
INSTRUMENTS = (SPY, ES)


class Checker:
    """What the record says that the account has at risk."""

    def __init__(self, terms: AccountTerms) -> None:
        self.limits = terms.limits
        self.largest = Fraction(terms.max_position_size)
        self.cash = Fraction(terms.cash)
        self.held: dict[str, Fraction] = {}
        self.cost: dict[str, Fraction] = {}  # signed
        self.mark: dict[str, Fraction] = {}
        self.requests: dict[OrderId, OrderRequest] = {}
        self.left: dict[OrderId, Fraction] = {}  # of the orders that may still fill
        self.stops: dict[OrderId, Fraction] = {}
        self.at_venue: dict[OrderId, None] = {}
        self.sent: list[OrderRequest] = []  # entries that are to be checked
        self.asked: dict[
            OrderId, Terms
        ] = {}  # what orders are to become, which the venue has not answered yet

    def take(self, event: e.Event) -> None:
        match event:
            case e.OrderSubmitted(request=request, legs=legs):
                for one in (request, *legs):
                    self._add(one)
                    self.at_venue[one.id] = None
                if request.role is Role.ENTRY:
                    self.sent.append(request)
            case e.OrderHeld(request=request):
                self._add(request)
            case e.OrderReleased(request=request):
                self.left[request.id] = Fraction(request.quantity, BILLION)
                self.at_venue[request.id] = None
            case e.OrderFilled(order=order, execution=done):
                self._fill(self.requests[order], done.quantity, done.price, done.fee)
                if is_final(event.state):
                    self._end(order)
            case e.OrderEnded(order=order) | e.OrderProvenAbsent(order=order):
                self._end(order)
            case e.ReplaceSubmitted(order=order, terms=terms):
                before = self._at_stake()
                self.asked[order] = terms
                more = any(now > was for now, was in zip(self._at_stake(), before, strict=True))
                if more and self.requests[order].role is Role.ENTRY:
                    self.sent.append(self.requests[order])
            case e.ReplaceRefused(order=order):
                self.asked.pop(order, None)
            case e.OrderReplaced(order=order, terms=terms):
                self.asked.pop(order, None)
                self._replace(order, terms)
            case g.PositionMarked(instrument=symbol, price=price):
                self.mark[symbol] = Fraction(price, BILLION)
            case _:
                pass

    def check_sent(self) -> None:
        """With all that was decided together: a stop that the engine holds is recorded after its entry."""
        for request in self.sent:
            self.check(request)
        self.sent = []

    def check(self, newest: OrderRequest) -> None:
        """Each side by itself, everything on its way filled."""
        equity = max(self.cash + sum(map(self._worth, INSTRUMENTS)), Fraction(0))
        exposures = {one.symbol: self._exposure(one) for one in INSTRUMENTS}
        limits = self.limits
        symbol = newest.instrument
        assert sum(exposures.values()) <= equity * Fraction(limits.max_exposure_pct) / 100
        assert sum(exposures.values()) <= equity * Fraction(limits.max_leverage)
        assert exposures[symbol] <= equity * Fraction(limits.max_position_pct) / 100
        assert sum(map(self._risk, INSTRUMENTS)) <= equity * Fraction(limits.max_open_risk_pct) / 100
        assert sum(
            bool(self._quantity(one, Side.BUY) or self._quantity(one, Side.SELL)) for one in INSTRUMENTS
        ) <= (limits.max_positions)
        assert max(self._quantity(_instrument(symbol), side) for side in Side) <= self.largest
        assert len(self.at_venue) <= limits.max_active_orders

    def _at_stake(self) -> tuple[Fraction, Fraction, Fraction]:
        sizes = [self._quantity(one, side) for one in INSTRUMENTS for side in Side]
        return (
            sum(map(self._exposure, INSTRUMENTS), Fraction(0)),
            sum(map(self._risk, INSTRUMENTS), Fraction(0)),
            sum(sizes, Fraction(0)),
        )

    def _add(self, request: OrderRequest) -> None:
        self.requests[request.id] = request
        self.left[request.id] = Fraction(request.quantity, BILLION)
        if request.role is Role.STOP and request.stop_price is not None:
            self.stops[request.id] = Fraction(request.stop_price, BILLION)

    def _replace(self, order: OrderId, terms: Terms) -> None:
        was = self.requests[order]
        given = {
            name: value for name in Terms.__struct_fields__ if (value := getattr(terms, name)) is not None
        }
        self.requests[order] = now = msgspec.structs.replace(was, **given)
        if order in self.left:
            self.left[order] += Fraction(now.quantity - was.quantity, BILLION)
        if order in self.stops and now.stop_price is not None:
            self.stops[order] = Fraction(now.stop_price, BILLION)

    def _end(self, order: OrderId) -> None:
        self.left.pop(order, None)
        self.at_venue.pop(order, None)

    def _fill(self, request: OrderRequest, quantity: int, price: int, fee: int) -> None:
        symbol, instrument = request.instrument, _instrument(request.instrument)
        signed = Fraction(quantity, BILLION) * request.side.sign
        at = Fraction(price, BILLION)
        held, cost = self.held.get(symbol, Fraction(0)), self.cost.get(symbol, Fraction(0))
        unit = Fraction(instrument.multiplier)
        closing = min(abs(signed), abs(held)) * (-1 if held > 0 else 1) if held * signed < 0 else Fraction(0)
        released = -cost * closing / held if held else Fraction(0)  # signed as the cost is
        opening = signed - closing
        if instrument.settles_in_full:
            self.cash -= signed * at * unit
        else:
            self.cash -= closing * at * unit + released
        self.cash -= Fraction(fee, BILLION)
        self.held[symbol] = held + signed
        self.cost[symbol] = cost - released + opening * at * unit
        if not self.held[symbol] or held * self.held[symbol] <= 0:
            self.mark.pop(symbol, None)
        if request.id in self.left:
            self.left[request.id] -= Fraction(quantity, BILLION)

    def _entries(self, instrument: Instrument, side: Side) -> list[tuple[Fraction, list[Fraction], OrderId]]:
        """Quantity and prices of what may still fill on a side: a change that is asked for may have come to pass."""
        found = []
        for id_, left in self.left.items():
            request = self.requests[id_]
            if (
                request.role is Role.ENTRY
                and request.instrument == instrument.symbol
                and request.side is side
            ):
                price = request.limit_price or request.stop_price or request.expected
                assert price is not None, "an entry is counted at a price"
                asked = self.asked.get(id_, Terms())
                more = Fraction(max((asked.quantity or 0) - request.quantity, 0), BILLION)
                dearer = (
                    request.expected if side is Side.SELL else None
                )  # a sale below the market fills at it
                prices = [each for each in (price, dearer, asked.limit_price) if each is not None]
                found.append((left + more, [Fraction(each, BILLION) for each in prices], id_))
        return found

    def _open(self, instrument: Instrument, side: Side) -> Fraction:
        return max(self.held.get(instrument.symbol, Fraction(0)) * side.sign, Fraction(0))

    def _quantity(self, instrument: Instrument, side: Side) -> Fraction:
        return self._open(instrument, side) + sum(left for left, _, _ in self._entries(instrument, side))

    def _value(self, instrument: Instrument, quantity: Fraction, price: Fraction) -> Fraction:
        if self.limits.exposure is Counted.MARGIN and instrument.margin is not None:
            return quantity * Fraction(instrument.margin)
        return quantity * price * Fraction(instrument.multiplier)

    def _marked(self, instrument: Instrument) -> Fraction:
        symbol = instrument.symbol
        if symbol in self.mark:
            return self.mark[symbol]
        return self.cost[symbol] / self.held[symbol] / Fraction(instrument.multiplier)

    def _exposure(self, instrument: Instrument) -> Fraction:
        def of(side: Side) -> Fraction:
            open_ = self._open(instrument, side)
            total = self._value(instrument, open_, self._marked(instrument)) if open_ else Fraction(0)
            return total + sum(
                self._value(instrument, left, max(at)) for left, at, _ in self._entries(instrument, side)
            )

        return max(of(side) for side in Side)

    def _risk(self, instrument: Instrument) -> Fraction:
        unit = Fraction(instrument.multiplier)

        def of(side: Side) -> Fraction:
            total = Fraction(0)
            if open_ := self._open(instrument, side):
                stops = [
                    self.stops[id_]
                    for id_ in self.left
                    if id_ in self.stops
                    and self.requests[id_].instrument == instrument.symbol
                    and self.requests[id_].side is side.opposite
                ]
                mean = abs(self.cost[instrument.symbol]) / open_ / unit
                # Without a stop the engine may go by the first one, which is not farther than all of it.
                total += max(
                    (open_ * unit * max((mean - at) * side.sign, Fraction(0)) for at in stops), default=0
                )
            for left, prices, id_ in self._entries(instrument, side):
                at = max(prices) if side is Side.BUY else min(prices)
                stops = [
                    self.stops[leg]
                    for leg in self.stops
                    if self.requests[leg].parent == id_ and leg in self.left
                ]
                farthest = max(((at - stop) * side.sign for stop in stops), default=at)
                total += left * unit * max(farthest, Fraction(0))
            return total

        return max(of(side) for side in Side)

    def _worth(self, instrument: Instrument) -> Fraction:
        held = self.held.get(instrument.symbol, Fraction(0))
        if not held:
            return Fraction(0)
        value = held * self._marked(instrument) * Fraction(instrument.multiplier)
        return value if instrument.settles_in_full else value - self.cost[instrument.symbol]


def _instrument(symbol: str) -> Instrument:
    return next(one for one in INSTRUMENTS if one.symbol == symbol)


PERCENT = st.sampled_from([1, 3, 5, 10, 20, 50, 100, 400])
LIMITS = st.builds(
    Limits,
    max_order_value=st.sampled_from([Decimal(500), Decimal(5_000), Decimal(50_000), Decimal(10**9)]),
    max_positions=st.integers(1, 3),
    max_position_pct=PERCENT.map(Decimal),
    max_exposure_pct=PERCENT.map(Decimal),
    max_leverage=st.sampled_from([Decimal("0.1"), Decimal(1), Decimal(4)]),
    max_open_risk_pct=st.sampled_from([Decimal("0.1"), Decimal(1), Decimal(3), Decimal(100)]),
    min_cash=st.sampled_from([Decimal(0), Decimal(5_000)]),
    max_active_orders=st.integers(3, 12),
    repeat_window=st.just(0),
    exposure=st.sampled_from([*Counted]),
)
SIZINGS = st.sampled_from(
    [
        Sizing(),
        Sizing(SizeMethod.EQUITY_PCT, Decimal(5)),
        Sizing(SizeMethod.EQUITY_PCT, Decimal(100)),
        Sizing(SizeMethod.RISK, Decimal(1)),
        Sizing(SizeMethod.RISK, Decimal(50)),
    ]
)
STEP = st.tuples(
    st.sampled_from(
        [*["enter", "answer", "fill", "change", "changed"] * 2, "enter", "quote", "exit", "cancel", "wait"]
    ),
    st.integers(0, 10**6),
    st.sampled_from(INSTRUMENTS),
    st.sampled_from([*Direction]),
    st.sampled_from([None, None, None, 1, 10, 400]),
)


class Player:
    """Plays steps against a desk; the checker sees every event as it comes."""

    def __init__(self, terms: AccountTerms) -> None:
        self.desk = Desk(terms)
        self.checker = Checker(terms)
        self.price = {SPY.symbol: 100, ES.symbol: 100}
        self.count = 0
        self.seen = 0

    def play(
        self, what: str, place: int, instrument: Instrument, direction: Direction, quantity: int | None
    ) -> None:
        desk = self.desk
        self.count += 1
        alive = [order for order in desk.book.state.orders.values() if not is_final(order.state)]
        chosen = alive[place % len(alive)].id if alive else None
        if what == "enter":
            self._enter(place, instrument, direction, quantity)
        elif what == "quote":
            self.price[instrument.symbol] += place % 41 - 20
            self.price[instrument.symbol] = max(self.price[instrument.symbol], 30)
            at = self.price[instrument.symbol]
            desk.quote(str(at), str(at + instrument.tick), instrument)
        elif what == "exit":
            desk.exit(f"x-{self.count}", instrument=instrument.symbol)
        elif what == "wait":
            desk.wait(place % 30)
        elif chosen is not None and what == "answer":
            (desk.accept, desk.reject, desk.silent)[place % 3](chosen)
        elif chosen is not None and what == "fill":
            order = desk.order(chosen)
            desk.fill(
                chosen, str(1 + place % max(int(order.leaves), 1)), self.price[order.request.instrument]
            )
        elif chosen is not None and what == "change":
            order = desk.order(chosen)
            terms = {"quantity": quantity or 50} if place % 2 else {"limit_price": 90 + place % 30}
            desk.ask_replace(chosen, self.price[order.request.instrument], **terms)
        elif chosen is not None and what == "changed":
            self._answer_change(desk.order(chosen), place)
        elif chosen is not None and what == "cancel":
            desk.ask_cancel(chosen) if place % 2 else desk.cancelled(chosen)
        for event in desk.events[self.seen :]:
            self.checker.take(event)
        self.checker.check_sent()
        self.seen = len(desk.events)

    def _answer_change(self, order: Order, place: int) -> None:
        if order.pending is None:
            return
        if place % 3:
            self.desk.give(i.VenueReplaced(order.id, order.pending, at=self.desk.now))
        else:
            self.desk.refused(order.id, i.Request.REPLACE)

    def _enter(self, place: int, instrument: Instrument, direction: Direction, quantity: int | None) -> None:
        price = self.price[instrument.symbol]
        away = 1 + place % 9
        stop = price - away if direction is Direction.LONG else price + away
        wanted: dict[str, Any] = {"limit": price + place % 9 - 4} if place % 2 == 0 else {}
        bid = instrument.ticks(Decimal(price))
        sent = signal(
            f"s-{self.count}",
            direction=direction,
            at=self.desk.now,
            instrument=instrument.symbol,
            quantity=quantity,
            stop=stop,
            **wanted,
        )
        self.desk.give(i.SignalArrived(sent, bid, type(bid)(bid + 1), at=self.desk.now))


@settings(deadline=None, max_examples=600)
@given(
    limits=LIMITS,
    sizing=SIZINGS,
    capabilities=st.sampled_from([Capabilities(), ENGINE_HELD]),
    steps=st.lists(STEP, min_size=4, max_size=40),
)
def test_no_entry_leaves_that_could_breach_a_limit(
    limits: Limits, sizing: Sizing, capabilities: Capabilities, steps: list[Any]
) -> None:
    terms = account(limits=limits, sizing=sizing, capabilities=capabilities, governor=FREE, quantity=5_000)
    player = Player(terms)
    for step in steps:
        player.play(*step)
    held = player.desk.book.state.positions.get(ALPHA, {})
    assert {symbol: Fraction(each.quantity) for symbol, each in held.items()} == {
        symbol: quantity for symbol, quantity in player.checker.held.items() if quantity
    }
    assert Fraction(player.desk.book.state.accounts[ALPHA].cash) == round_to_billionths(player.checker.cash)


def round_to_billionths(number: Fraction) -> Fraction:
    return Fraction(round(number * BILLION), BILLION)
