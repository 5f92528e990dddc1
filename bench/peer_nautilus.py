"""Run by `peers` with the Python of another environment: NautilusTrader's order path, as one line of JSON.

One market order for each quote, buy and sell in turns, timed from `submit_order` to the strategy's fill event; then
a burst of market orders from one callback, timed to the last fill. It has no type information to check against.
"""
# mypy: ignore-errors

import json
from decimal import Decimal
from time import perf_counter_ns
from typing import Any

import nautilus_trader
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

SINGLES = 2_000
BURST = 10_000
_START = 1_772_452_800_000_000_000
_STEP = 100_000_000


class Trader(Strategy):
    """Singles first, one a quote; then the burst."""

    def __init__(self, instrument: Any) -> None:
        super().__init__(StrategyConfig())
        self.traded = instrument
        self.taken = []
        self.fills = 0
        self.sent = 0
        self.sent_at = 0
        self.burst_at = 0
        self.done_at = 0

    def on_start(self) -> None:
        """Ask for the quotes."""
        self.subscribe_quote_ticks(self.traded.id)

    def on_quote_tick(self, tick: Any) -> None:
        """Send the next single, or the burst once all singles have filled."""
        if self.sent < SINGLES:
            order = self._order()
            self.sent_at = perf_counter_ns()
            self.submit_order(order)
        elif not self.burst_at:
            self.burst_at = perf_counter_ns()
            for _ in range(BURST):
                self.submit_order(self._order())

    def on_order_filled(self, event: Any) -> None:
        """Note when."""
        now = perf_counter_ns()
        self.fills += 1
        if self.fills <= SINGLES:
            self.taken.append(now - self.sent_at)
        elif self.fills == SINGLES + BURST:
            self.done_at = now

    def _order(self) -> Any:
        side = OrderSide.SELL if self.sent % 2 else OrderSide.BUY
        self.sent += 1
        return self.order_factory.market(self.traded.id, side, Quantity.from_int(1))


def main() -> None:
    """Run the engine once over both parts."""
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        run_analysis=False,
        risk_engine=RiskEngineConfig(max_order_submit_rate="10000000/00:00:01"),  # else a burst is refused
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        venue=Venue("XNAS"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(1_000_000, USD)],
        default_leverage=Decimal(1),
    )
    instrument = TestInstrumentProvider.equity(symbol="AAPL", venue="XNAS")
    engine.add_instrument(instrument)
    bid, ask, size = Price.from_str("100.00"), Price.from_str("100.01"), Quantity.from_int(1_000_000)
    times = [_START + _STEP * number for number in range(SINGLES + 5)]
    engine.add_data([QuoteTick(instrument.id, bid, ask, size, size, at, at) for at in times])
    trader = Trader(instrument)
    engine.add_strategy(trader)
    engine.run()
    taken = sorted(trader.taken)
    answer = {
        "version": nautilus_trader.__version__,
        "burst_orders_per_second": BURST * 1e9 / (trader.done_at - trader.burst_at),
        "single_p50_us": taken[len(taken) // 2] / 1_000,
        "single_p99_us": taken[len(taken) * 99 // 100] / 1_000,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
