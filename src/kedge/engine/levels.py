"""What the market looks like for a stop or a target that goes by it: the average true range, the last swings, and the
opening range, out of the bars that the charts hold. Worked out when a signal comes, and recorded with it.
"""

from collections.abc import Callable, Sequence

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.protection import Horizon, Levels, Plan, StopMethod
from kedge.domain.signals import Signal, SignalKind
from kedge.domain.strategies import StrategyTerms, with_own
from kedge.engine.charts import Charts
from kedge.kernel.state import BookState
from kedge.market.bars import BuiltBar
from kedge.market.hours import HoursOf
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.swing import Side, Swing

SWINGS_TOLD = 20  # of either side


class MarketLevels:
    """The levels of one engine's instruments."""

    def __init__(self, charts: Charts, hours_for: Callable[[Symbol], HoursOf]) -> None:
        self._charts = charts
        self._hours_for = hours_for

    def for_signal(self, signal: Signal, state: BookState, now: Instant) -> Levels | None:
        """Those that the account's plan may ask for; None where it asks for none."""
        if signal.kind not in (SignalKind.ENTRY, SignalKind.BUY, SignalKind.STOP_ADJUSTMENT):
            return None
        account = state.accounts.get(signal.account)
        instrument = state.instruments.get(state.contract_of(signal.account, signal.instrument))
        own = signal.stop_by is not None and signal.stop_by.method in (*StopMethod,)
        enters = signal.kind is not SignalKind.STOP_ADJUSTMENT
        plan = None if account is None else _plan_of(account.terms, state.strategy_of(signal))
        asks = own or (enters and plan is not None and plan.needs_levels)
        if plan is None or instrument is None or not asks:
            return None
        horizon = plan.horizon
        self._charts.pass_time(now)  # a bar that has ended is to be counted
        return self.of(instrument, horizon, now)

    def of(self, instrument: Instrument, horizon: Horizon, now: Instant) -> Levels:
        """Those of an instrument by the bars that are known."""
        bars = self._charts.built(instrument.symbol, horizon.bar)
        session = self._hours_for(instrument.symbol)(now)
        opened = None if session is None else session.open
        return levels_of(bars, instrument, horizon, opened, now)


def _plan_of(account: AccountTerms, strategy: StrategyTerms | None) -> Plan:
    """By which the gates will place what the signal asks for."""
    return (account if strategy is None else with_own(account, strategy)).plan


def levels_of(
    bars: Sequence[BuiltBar], instrument: Instrument, horizon: Horizon, opened: Instant | None, now: Instant
) -> Levels:
    """Out of finished bars, oldest first; what they do not tell is left out."""
    atr = Atr.of(horizon.atr_bars)
    high, low = (Swing.of(side, horizon.swing_bars, horizon.swing_bars) for side in (Side.HIGH, Side.LOW))
    tick = to_nano(instrument.tick)
    highs: list[Nano] = []
    lows: list[Nano] = []
    for built in bars:
        atr.update(built.bar.high, built.bar.low, built.bar.close)
        _note(high, high.update(built.bar.high), highs, tick)
        _note(low, low.update(built.bar.low), lows, tick)
    edges = _opening(bars, opened, horizon.opening, now)
    return Levels(
        atr=None if atr.value is None else Nano(int(atr.value * tick)),
        swing_high=_price(high.value, tick),
        swing_low=_price(low.value, tick),
        range_high=None if edges is None else Nano(edges[0] * tick),
        range_low=None if edges is None else Nano(edges[1] * tick),
        highs=tuple(highs[: -SWINGS_TOLD - 1 : -1]),
        lows=tuple(lows[: -SWINGS_TOLD - 1 : -1]),
    )


def _note(swing: Swing, ticks: float | None, found: list[Nano], tick: int) -> None:
    """Keep a swing that this bar has made known."""
    if ticks is not None and swing.bars_since == swing.after.length:
        found.append(Nano(int(ticks) * tick))


def _price(ticks: float | None, tick: int) -> Nano | None:
    return None if ticks is None else Nano(int(ticks) * tick)


def _opening(
    bars: Sequence[BuiltBar], opened: Instant | None, length: Span, now: Instant
) -> tuple[int, int] | None:
    """Highest and lowest of the session's first minutes, once they are over; a range with a hole is none."""
    if opened is None or now < opened + length:
        return None
    heard = [built for built in bars if opened <= built.bar.start and built.bar.at <= opened + length]
    inside = [built.bar for built in heard]
    reached = opened
    for built in heard:
        if built.bar.start != reached or built.missing:  # who began after the open has not heard all of a bar
            return None
        reached = built.bar.at
    if reached != opened + length:
        return None
    return max(bar.high for bar in inside), min(bar.low for bar in inside)
