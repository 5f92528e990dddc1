"""What holds on every day at the exchange, whatever happens: found out with books of our own."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sim.builders import ALPHA, BETA, INSTRUMENTS
from tests.unit.sim.scripts import CASH, Deed, days, listed_exchange, perform, sim_settings

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import (
    VenueAccepted,
    VenueCancelled,
    VenueChange,
    VenueExpired,
    VenueFilled,
    VenueRefused,
    VenueRejected,
    VenueReplaced,
    VenueReport,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import FINAL_STATES, OrderState
from kedge.domain.numbers import Nano, from_nano, money, use_exact_arithmetic
from kedge.domain.orders import OrderRequest, OrderType
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

_BY_SYMBOL = {instrument.symbol: instrument for instrument in INSTRUMENTS}
_WHY_EXITS_END = {
    "oco",
    "nothing left to reduce",
    "cancelled on request",
    "entry cancelled",
    "entry expired",
}


class Auditor:
    """Follows the reports and checks each one against all that was told before."""

    def __init__(self, exchange: SimExchange, settings: SimSettings) -> None:
        self.exchange = exchange
        self.settings = settings
        self.state: dict[OrderId, OrderState] = {}
        self.quantity: dict[OrderId, Nano] = {}
        self.filled: dict[OrderId, int] = defaultdict(int)
        self.held: dict[tuple[AccountId, Symbol], int] = defaultdict(int)
        self.limits: dict[OrderId, int | None] = {}
        self.executions: dict[str, None] = {}
        self.last = Instant(0)

    def take(self, report: VenueReport) -> None:
        assert report.at >= self.last
        self.last = report.at
        assert not isinstance(report, VenueChange)
        order = report.order
        match report:
            case VenueAccepted() | VenueRejected():
                assert order not in self.state
                self.state[order] = (
                    OrderState.ACCEPTED if isinstance(report, VenueAccepted) else OrderState.REJECTED
                )
                self.quantity[order] = self.request(order).quantity
                self.limits[order] = self.request(order).limit_price
            case VenueFilled():
                self.take_fill(report)
            case VenueReplaced(terms=terms):
                assert self.state[order] not in FINAL_STATES
                self.quantity[order] = terms.quantity or self.quantity[order]
                self.limits[order] = terms.limit_price or self.limits[order]
                assert self.filled[order] < self.quantity[order]
            case VenueCancelled() | VenueExpired():
                assert self.state[order] not in FINAL_STATES
                assert report.filled == self.filled[order]
                if order[0] in "st" and isinstance(report, VenueCancelled):
                    assert report.reason in _WHY_EXITS_END
                cancelled = isinstance(report, VenueCancelled)
                self.state[order] = OrderState.CANCELLED if cancelled else OrderState.EXPIRED
            case _:
                assert isinstance(report, VenueRefused)

    def take_fill(self, report: VenueFilled) -> None:
        order, execution = report.order, report.execution
        assert self.state[order] not in FINAL_STATES
        assert execution.quantity > 0
        assert execution.id not in self.executions
        self.executions[execution.id] = None
        self.filled[order] += execution.quantity
        assert self.filled[order] <= self.quantity[order]
        done = self.filled[order] == self.quantity[order]
        self.state[order] = OrderState.FILLED if done else OrderState.PARTIALLY_FILLED
        self.check_price(self.request(order), execution.price)
        self.check_exits(order)
        self.check_position(self.request(order), execution.quantity)

    def check_price(self, request: OrderRequest, price: int) -> None:
        """No worse than the limit; a stop no better than its price (unless it had to wait for size)."""
        sign, limit = request.side.sign, self.limits[request.id]
        assert limit is None or sign * price <= sign * limit
        shown = self.exchange.look_up(request.id)
        assert shown is not None
        if request.type is OrderType.STOP and len(shown.executions) == 1 and not self.settings.respect_size:
            assert shown.terms.stop_price is not None
            assert sign * price >= sign * shown.terms.stop_price

    def check_exits(self, order: OrderId) -> None:
        """Exits never close more than their entry has opened, and a pair never trades twice."""
        kind, number = order[0], order[1:]
        if kind in "st":
            exits = self.filled[OrderId(f"s{number}")] + self.filled[OrderId(f"t{number}")]
            assert exits <= self.filled[OrderId(f"e{number}")]
        if kind in "pq":
            both = self.filled[OrderId(f"p{number}")] + self.filled[OrderId(f"q{number}")]
            assert both <= self.request(order).quantity

    def check_position(self, request: OrderRequest, quantity: int) -> None:
        """A reduce-only order never opens a position and never turns one."""
        key = (request.account, request.instrument)
        before = self.held[key]
        self.held[key] += request.side.sign * quantity
        if request.reduce_only:
            assert abs(self.held[key]) < abs(before)
            assert self.held[key] * before >= 0

    def check_the_end(self) -> None:
        """What the exchange shows is what it told."""
        for order, state in self.state.items():
            shown = self.exchange.look_up(order)
            assert shown is not None
            assert shown.state is state
            assert sum(execution.quantity for execution in shown.executions) == self.filled[order]
            assert shown.terms.quantity == self.quantity[order]
        live = [order for order, state in self.state.items() if state not in FINAL_STATES]
        assert sorted(self.exchange.open_orders(ALPHA) + self.exchange.open_orders(BETA)) == sorted(live)
        for account in (ALPHA, BETA):
            positions = {
                symbol: held for (owner, symbol), held in self.held.items() if owner == account and held
            }
            assert self.exchange.positions(account) == {
                s: from_nano(Nano(held)) for s, held in positions.items()
            }

    def request(self, order: OrderId) -> OrderRequest:
        return self.exchange._floor.tickets[order].request


@given(days, sim_settings(), st.integers(0, 5))
def test_every_report_keeps_the_laws(day: list[Deed], settings: SimSettings, seed: int) -> None:
    exchange = listed_exchange(settings, seed)
    auditor = Auditor(exchange, settings)
    clock = 100
    for number, deed in enumerate(day):
        clock += deed.wait
        for report in deed.do(exchange, Instant(clock), number):
            auditor.take(report)
        assert exchange.next_due > clock
    auditor.check_the_end()


@given(days, sim_settings(), st.integers(0, 5))
def test_cash_is_what_the_executions_leave(day: list[Deed], settings: SimSettings, seed: int) -> None:
    use_exact_arithmetic()
    exchange = listed_exchange(settings, seed)
    perform(exchange, day)
    for account in (ALPHA, BETA):
        held: dict[Symbol, Decimal] = defaultdict(Decimal)
        flow: dict[Symbol, Decimal] = defaultdict(Decimal)
        fees = Decimal(0)
        for order, execution in exchange.executions(account):
            request = exchange._floor.tickets[order].request
            quantity = request.side.sign * from_nano(execution.quantity)
            multiplier = _BY_SYMBOL[request.instrument].multiplier
            held[request.instrument] += quantity
            flow[request.instrument] -= money(quantity * from_nano(execution.price) * multiplier)
            fees += from_nano(execution.fee)
        assert exchange.fees(account) == fees
        cash = CASH - fees
        for symbol, amount in flow.items():
            cash += amount
            if not _BY_SYMBOL[symbol].settles_in_full and held[symbol]:
                # Of an open future nothing was paid: its cost is still in the flow.
                cost = exchange.state().ledgers[account].holdings[symbol].cost
                cash += cost if held[symbol] > 0 else -cost
        assert exchange.cash(account) == cash
