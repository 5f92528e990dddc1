"""What a market is doing, told to people by the market's own clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.markets import MarketHours, Phase
from kedge.sessions.markets import calendar
from kedge.wording.phrases import spoken_phase

_TODAY = Span(18 * 3600 * SECOND)  # further away a time needs its weekday


def market_status(name: str, hours: MarketHours, now: Instant) -> str:
    """XNYS is open until 16:00 EST; XNYS is closed, opens Thu 09:30 EST."""
    if hours.until == NEVER:
        return f"{name} is always open"
    zone = ZoneInfo(calendar(name).zone)
    if hours.phase is Phase.OPEN:
        return f"{name} is open until {_clock(hours.until, zone, now)}"
    opens = hours.until if hours.phase is Phase.BREAK else hours.next_open
    return f"{name} is {spoken_phase(hours.phase)}, opens {_clock(opens, zone, now)}"


def _clock(at: Instant, zone: ZoneInfo, now: Instant) -> str:
    there = datetime.fromtimestamp(at // SECOND, zone)
    return there.strftime("%H:%M %Z" if at - now < _TODAY else "%a %H:%M %Z")
