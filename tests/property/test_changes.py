"""Whatever trades, splits and moves: the book and the exchange hold the same, and nothing is left without its stop."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.builders import ALPHA, SPY
from tests.unit.kernel.pair import Pair

from kedge.domain.numbers import Nano, Ticks, use_exact_arithmetic
from kedge.domain.orders import Role
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction, SignalKind

TICK = Decimal("0.01")
RATIOS = [(2, 1), (3, 2), (1, 2), (2, 3), (1, 7), (7, 1)]


class Market(RuleBasedStateMachine):
    """One instrument, a book with brackets at the exchange, fills in parts by what the market shows."""

    def __init__(self) -> None:
        super().__init__()
        use_exact_arithmetic()
        self.pair = Pair(SPY, respect_size=True)
        self.signals = 0
        self.bid = 10_000
        self.has_price = False
        self.move(0, 100)

    @rule(by=st.integers(-300, 300), size=st.integers(1, 30))
    def move(self, by: int, size: int) -> None:
        self.bid = min(max(self.bid + by, 500), 10**6)
        self.pair.wait(1)
        quote = Quote(
            SPY.symbol,
            self.pair.desk.now,
            Ticks(self.bid),
            Ticks(self.bid + 1),
            Nano(size * 10**9),
            Nano(size * 10**9),
        )
        self.pair.hear(self.pair.exchange.on_market(quote))
        self.pair.act(self.pair.desk.quote(str(self.bid * TICK), str((self.bid + 1) * TICK)))
        self.has_price = True

    @precondition(lambda self: self.has_price)
    @rule(
        direction=st.sampled_from(Direction),
        quantity=st.integers(1, 60),
        distance=st.integers(2, 200),
        at_limit=st.sampled_from([None, 0, 50]),
    )
    def enter(self, direction: Direction, quantity: int, distance: int, at_limit: int | None) -> None:
        self.signals += 1
        away = -1 if direction is Direction.LONG else 1
        start = self.bid + away * (at_limit or 0)
        self.pair.enter(
            f"s-{self.signals}",
            direction=direction,
            quantity=quantity,
            limit=None if at_limit is None else str(start * TICK),
            stop=str((start + away * (distance + 2)) * TICK),
            target=str((start - away * (distance + 2)) * TICK),
        )

    @rule()
    def leave(self) -> None:
        self.signals += 1
        self.pair.enter(f"s-{self.signals}", kind=SignalKind.EXIT, direction=None)

    @rule(ratio=st.sampled_from(RATIOS))
    def split(self, ratio: tuple[int, int]) -> None:
        new, old = ratio
        bid = self.bid * old // new
        if not 500 <= bid <= 10**6:
            return
        self.pair.wait(1)
        self.pair.split(new, old)
        self.bid, self.has_price = bid, False

    @invariant()
    def both_hold_the_same(self) -> None:
        self.pair.check()

    @invariant()
    def what_is_open_has_its_stop(self) -> None:
        position = self.pair.desk.position()
        if position is None:
            return
        stops = [
            order
            for order in self.pair.desk.book.state.open_orders(ALPHA, SPY.symbol)
            if order.request.role is Role.STOP and order.request.side.sign * position.quantity < 0
        ]
        assert sum(order.leaves for order in stops) >= abs(position.quantity)


Market.TestCase.settings = settings(stateful_step_count=30)
TestMarket = Market.TestCase
