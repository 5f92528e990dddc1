"""Three accounts on one of an exchange: whatever they do, and whatever is lost, each has its own and all is there."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.builders import SPY
from tests.unit.kernel.shared_pair import MAIN, SHARERS, Shared

from kedge.domain.ids import AccountId
from kedge.domain.instants import MINUTE
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, Nano, Ticks, use_exact_arithmetic
from kedge.domain.orders import Holder, Order, Role, Side
from kedge.domain.quotes import Quote
from kedge.domain.signals import Direction

TICK = Decimal("0.01")
RATIOS = [(2, 1), (3, 2), (1, 2), (2, 3), (1, 7), (7, 1)]
NAMES = st.sampled_from(SHARERS)


class Floor(RuleBasedStateMachine):
    """One instrument at an exchange that nets; fills come in parts, by what the market shows."""

    @initialize(hands=st.booleans())
    def open(self, hands: bool) -> None:
        use_exact_arithmetic()
        self.shared = Shared(SPY, respect_size=True)
        self.hands = hands  # whether somebody trades the account past the engine
        self.hand_trades = 0
        self.compared = True
        self.signals = 0
        self.bid = 10_000
        self.has_price = False
        self.move(0, 100)

    # -- what happens --

    @rule(by=st.integers(-300, 300), size=st.integers(1, 30))
    def move(self, by: int, size: int) -> None:
        self.bid = min(max(self.bid + by, 500), 10**6)
        if any(id_.startswith("hand") for id_ in self.shared.exchange.open_orders(MAIN)):
            self.compared = False  # more of it may fill
        self.shared.wait(1)
        shown = Nano(size * 10**9)
        quote = Quote(SPY.symbol, self.shared.desk.now, Ticks(self.bid), Ticks(self.bid + 1), shown, shown)
        self.shared.hear(self.shared.exchange.on_market(quote))
        self.shared.act(self.shared.desk.quote(str(self.bid * TICK), str((self.bid + 1) * TICK)))
        self.has_price = True

    @precondition(lambda self: self.has_price)
    @rule(
        name=NAMES,
        direction=st.sampled_from(Direction),
        quantity=st.integers(1, 60),
        distance=st.integers(2, 200),
        at_limit=st.sampled_from([None, 0, 50]),
    )
    def enter(
        self, name: AccountId, direction: Direction, quantity: int, distance: int, at_limit: int | None
    ) -> None:
        self.signals += 1
        away = -1 if direction is Direction.LONG else 1
        start = self.bid + away * (at_limit or 0)
        self.shared.enter_for(
            name,
            f"s-{self.signals}",
            direction=direction,
            quantity=quantity,
            limit=None if at_limit is None else str(start * TICK),
            stop=str((start + away * (distance + 2)) * TICK),
            target=str((start - away * (distance + 2)) * TICK),
        )

    @rule(name=NAMES, part=st.sampled_from([None, 3]), beyond=st.sampled_from([None, 0, 40]))
    def leave(self, name: AccountId, part: int | None, beyond: int | None) -> None:
        before = self.shared.holdings(*SHARERS)
        self.signals += 1
        sign = 1 if before[name] > 0 else -1
        self.shared.exit_for(
            name,
            f"s-{self.signals}",
            quantity=part,
            limit=None if beyond is None else str((self.bid + sign * beyond) * TICK),
        )
        after = self.shared.holdings(*SHARERS)
        assert before | {name: ZERO} == after | {name: ZERO}
        assert abs(after[name]) <= abs(before[name])

    @precondition(lambda self: not self.shared.deaf)
    @rule(ratio=st.sampled_from(RATIOS))
    def split(self, ratio: tuple[int, int]) -> None:
        new, old = ratio
        bid = self.bid * old // new
        if not 500 <= bid <= 10**6 or not self.compared:
            return
        self.shared.wait(1)
        self.shared.split(new, old)
        self.bid, self.has_price = bid, False

    @precondition(lambda self: self.hands and self.has_price)
    @rule(side=st.sampled_from(Side), quantity=st.integers(1, 20))
    def trade_by_hand(self, side: Side, quantity: int) -> None:
        self.hand_trades += 1
        self.shared.by_hand(side, quantity, f"hand-{self.hand_trades}")
        self.compared = False

    # -- what is lost, and found --

    @rule()
    def be_deaf(self) -> None:
        self.shared.deaf = True

    @rule()
    def hear_again(self) -> None:
        self.shared.catch_up()

    @rule()
    def die_and_start(self) -> None:
        self.shared.restart()

    @rule()
    def compare(self) -> None:
        self.shared.compare()
        self.shared.compare()  # what rests was asked, if need be, and has answered
        self.compared = not self.shared.deaf

    def teardown(self) -> None:
        """The record leads to the same book."""
        if hasattr(self, "shared"):
            self.shared.desk.check_record()

    # -- what always holds --

    def _is_calm(self) -> bool:
        return not self.shared.deaf

    @invariant()
    def nobody_stands_against_another(self) -> None:
        held = self.shared.holdings(*SHARERS).values()
        assert min(held) >= 0 or max(held) <= 0

    @invariant()
    def together_they_are_what_the_exchange_says(self) -> None:
        if self._is_calm() and self.compared:
            self.shared.check_sums()

    @invariant()
    def their_money_is_the_money_there(self) -> None:
        if self._is_calm() and not self.hand_trades:
            self.shared.check_cash()

    @invariant()
    def what_each_holds_has_its_stop(self) -> None:
        if self.hand_trades:
            return  # a way out may be held back by what the engine does not know of
        for name in SHARERS:
            held = self.shared.held(name)
            orders = self.shared.open_of(name)
            ways_out = (o for o in orders if o.request.role in (Role.STOP, Role.EXIT) or _is_let_go(o))
            covered = sum((o.leaves for o in ways_out), ZERO) >= abs(held)
            assert covered or self._is_looked_at(name), name

    def _is_looked_at(self, name: AccountId) -> bool:
        """What was tried in vain a moment ago is tried again after a pause."""
        exposure = self.shared.desk.book.state.exposure(name, SPY.symbol)
        return (
            exposure is not None and exposure.armed > 0 and exposure.look_at <= self.shared.desk.now + MINUTE
        )

    @invariant()
    def nothing_is_nobody_s_but_what_was_traded_by_hand(self) -> None:
        if not self.hands and self._is_calm() and self.compared:
            assert not self.shared.desk.book.state.unallocated.get(MAIN)


def _is_let_go(order: Order) -> bool:
    """Whether the engine held it and it is at the market now."""
    return order.request.holder is Holder.ENGINE and order.state is not OrderState.NEW


Floor.TestCase.settings = settings(stateful_step_count=30)
TestFloor = Floor.TestCase
