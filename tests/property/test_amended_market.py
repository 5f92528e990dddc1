"""Trades are annulled and corrected at the exchange while it trades, splits and is not heard: the book and the exchange
hold the same, by the exchange's own books.
"""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.builders import ALPHA, SPY
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.numbers import Nano, Ticks, to_nano, use_exact_arithmetic
from kedge.domain.orders import Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, SignalKind
from kedge.sim.errors import AmendmentError

TICK = Decimal("0.01")


class AmendedMarket(RuleBasedStateMachine):
    """One instrument, brackets at the exchange, fills in parts, and an operator who takes trades back."""

    def __init__(self) -> None:
        super().__init__()
        use_exact_arithmetic()
        self.pair = Pair(SPY, respect_size=True, commission_per_share=Decimal("0.003"))
        self.signals = 0
        self.bid = 10_000
        self.move(0, 100)

    @rule(by=st.integers(-300, 300), size=st.integers(1, 30))
    def move(self, by: int, size: int) -> None:
        self.bid = min(max(self.bid + by, 500), 10**6)
        self.pair.wait(1)
        sizes = Nano(size * 10**9)
        quote = Quote(SPY.symbol, self.pair.desk.now, Ticks(self.bid), Ticks(self.bid + 1), sizes, sizes)
        self.pair.hear(self.pair.exchange.on_market(quote))
        self.pair.act(self.pair.desk.quote(str(self.bid * TICK), str((self.bid + 1) * TICK)))

    @rule(direction=st.sampled_from(Direction), quantity=st.integers(1, 40), distance=st.integers(2, 200))
    def enter(self, direction: Direction, quantity: int, distance: int) -> None:
        self.signals += 1
        away = -1 if direction is Direction.LONG else 1
        self.pair.enter(
            f"s-{self.signals}",
            direction=direction,
            quantity=quantity,
            stop=str((self.bid + away * (distance + 2)) * TICK),
            target=str((self.bid - away * (distance + 2)) * TICK),
        )

    @rule()
    def leave(self) -> None:
        self.signals += 1
        self.pair.enter(f"s-{self.signals}", kind=SignalKind.EXIT, direction=None)

    @precondition(lambda self: self.pair.trades())
    @rule(place=st.integers(0, 1_000))
    def bust(self, place: int) -> None:
        trades = self.pair.trades()
        order, done = trades[place % len(trades)]
        try:
            self.pair.bust(order, done.id)
        except AmendmentError:
            return

    @precondition(lambda self: self.pair.trades())
    @rule(place=st.integers(0, 1_000), lots=st.integers(1, 40), by=st.integers(-50, 50))
    def correct(self, place: int, lots: int, by: int) -> None:
        trades = self.pair.trades()
        order, done = trades[place % len(trades)]
        quantity, price = Nano(lots * 10**9), Nano(done.price + to_nano(by * TICK))
        try:
            self.pair.correct(order, done.id, quantity=quantity, price=price)
        except AmendmentError:
            return

    @rule(ratio=st.sampled_from([(2, 1), (3, 1), (1, 2)]))
    def split(self, ratio: tuple[int, int]) -> None:
        new, old = ratio
        bid = self.bid * old // new
        if self.pair.deaf or not 500 <= bid <= 10**6:
            return
        self.pair.wait(1)
        self.pair.split(new, old)
        self.bid = bid
        self.move(0, 5)

    @rule()
    def stop_listening(self) -> None:
        self.pair.deaf = True

    @precondition(lambda self: self.pair.deaf)
    @rule(late=st.booleans())
    def listen_again(self, late: bool) -> None:
        """What was missed is asked for; what was traded and taken back may be told late all the same, and backward."""
        traded = (i.VenueFilled, i.VenueBusted, i.VenueCorrected)
        missed: list[i.VenueReport] = [report for report in self.pair.missed if isinstance(report, traded)]
        self.pair.catch_up()
        if late:
            self.pair.hear(missed[::-1])

    @rule()
    def restart(self) -> None:
        self.pair.desk.book = self.pair.desk.folded()
        self.pair.catch_up()

    @invariant()
    def both_hold_the_same(self) -> None:
        if not self.pair.deaf:
            self.pair.check()

    @invariant()
    def no_exit_can_turn_what_is_open_over(self) -> None:
        position = self.pair.desk.position()
        for order in self.pair.desk.book.state.open_orders(ALPHA, SPY.symbol):
            if order.request.role is not Role.ENTRY and position is not None:
                assert order.request.reduce_only


AmendedMarket.TestCase.settings = settings(stateful_step_count=30)
TestAmendedMarket = AmendedMarket.TestCase
