"""What the market looks like for a stop or a target that goes by it: the average true range, the last swings, and the
opening range, out of the bars that the charts hold. Worked out when a signal comes, and recorded with it.
"""

from collections.abc import Callable, Sequence

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, to_nano
from kedge.domain.protection import Horizon, Levels
from kedge.domain.quotes import Bar
from kedge.domain.signals import Signal
from kedge.engine.charts import Charts
from kedge.kernel.state import BookState
from kedge.market.hours import HoursOf
from kedge.market.indicators.atr import Atr
from kedge.market.indicators.swing import Side, Swing


class MarketLevels:
    """The levels of one engine's instruments."""

    def __init__(self, charts: Charts, hours_for: Callable[[Symbol], HoursOf]) -> None:
        self._charts = charts
        self._hours_for = hours_for

    def for_signal(self, signal: Signal, state: BookState, now: Instant) -> Levels | None:
        """Those that the account's plan may ask for; None where it asks for none."""
        account = state.accounts.get(signal.account)
        instrument = state.instruments.get(state.contract_of(signal.account, signal.instrument))
        if account is None or instrument is None or not account.terms.plan.needs_levels:
            return None
        horizon = account.terms.plan.horizon
        bars = self._charts.bars(instrument.symbol, horizon.bar)
        session = self._hours_for(instrument.symbol)(now)
        opened = None if session is None else session.open
        return levels_of(bars, instrument, horizon, opened, now)


def levels_of(
    bars: Sequence[Bar], instrument: Instrument, horizon: Horizon, opened: Instant | None, now: Instant
) -> Levels:
    """Out of finished bars, oldest first; what they do not tell is left out."""
    atr = Atr.of(horizon.atr_bars)
    high, low = (Swing.of(side, horizon.swing_bars, horizon.swing_bars) for side in (Side.HIGH, Side.LOW))
    for bar in bars:
        atr.update(bar.high, bar.low, bar.close)
        high.update(bar.high)
        low.update(bar.low)
    tick = to_nano(instrument.tick)
    edges = _opening(bars, opened, horizon.opening, now)
    return Levels(
        atr=None if atr.value is None else Nano(int(atr.value * tick)),
        swing_high=_price(high.value, tick),
        swing_low=_price(low.value, tick),
        range_high=None if edges is None else Nano(edges[0] * tick),
        range_low=None if edges is None else Nano(edges[1] * tick),
    )


def _price(ticks: float | None, tick: int) -> Nano | None:
    return None if ticks is None else Nano(int(ticks) * tick)


def _opening(
    bars: Sequence[Bar], opened: Instant | None, length: Span, now: Instant
) -> tuple[int, int] | None:
    """Highest and lowest of the session's first minutes, once they are over; a range with a hole is none."""
    if opened is None or now < opened + length:
        return None
    inside = [bar for bar in bars if opened <= bar.start and bar.at <= opened + length]
    reached = opened
    for bar in inside:
        if bar.start != reached:
            return None
        reached = bar.at
    if reached != opened + length:
        return None
    return max(bar.high for bar in inside), min(bar.low for bar in inside)
