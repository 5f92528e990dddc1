"""The rules once more, as somebody would work them out with pencil and paper: slow, and with nothing of the engine's.

What comes out is what the page on strategies prints beside each bar: the readings, and what the rule makes of it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

LONG, SHORT = "**LONG**", "**SHORT**"
UNKNOWN = "not known yet"
WITHIN = 5  # bars that a pullback may take

Reading = Decimal | None


class Line(NamedTuple):
    """A bar, and when its session opened."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    opened: datetime


class Verdict(NamedTuple):
    """The readings, and what the rule says."""

    readings: tuple[Reading, ...]
    says: str


def opening_range_breakout(lines: Sequence[Line], range_minutes: int = 15) -> list[Verdict]:
    found = []
    for number, line in enumerate(lines):
        over = line.opened + timedelta(minutes=range_minutes)
        first = [each for each in lines[: number + 1] if each.opened == line.opened and each.start < over]
        high, low = max(each.high for each in first), min(each.low for each in first)
        if line.start < over:
            is_last = number + 1 == len(lines) or lines[number + 1].start >= over
            found.append(Verdict((high, low) if is_last else (None, None), "in the range"))
            continue
        earlier = [each for each in lines[:number] if each.opened == line.opened and each.start >= over]
        found.append(Verdict((high, low), _broke(line.close, [each.close for each in earlier], high, low)))
    return found


def _broke(close: Decimal, earlier: Sequence[Decimal], high: Decimal, low: Decimal) -> str:
    if low <= close <= high:
        return "inside"
    where, says = ("above", LONG) if close > high else ("below", SHORT)
    beyond = [each > high if close > high else each < low for each in earlier]
    if not any(beyond):
        return says
    return f"still {where}" if beyond[-1] else f"{where} again"


def n_bar_breakout(lines: Sequence[Line], bars: int = 20) -> list[Verdict]:
    found: list[Verdict] = []
    for number, line in enumerate(lines):
        before = lines[max(number - bars, 0) : number]
        if len(before) < bars:
            found.append(Verdict((None, None), UNKNOWN))
            continue
        highest, lowest = max(each.high for each in before), min(each.low for each in before)
        last = found[-1].says
        if lowest <= line.close <= highest:
            says = "between"
        else:
            where, news = ("above", LONG) if line.close > highest else ("below", SHORT)
            says = f"still {where}" if last in (news, f"still {where}") or last == UNKNOWN else news
        found.append(Verdict((highest, lowest), says))
    return found


def averages(closes: Iterable[Decimal], length: int, begins_with: int = 0) -> list[Reading]:
    """It begins with the mean of the first so many, and then goes a part of the way to each close."""
    first = begins_with or length
    found: list[Reading] = []
    seen: list[Decimal] = []
    for close in closes:
        seen.append(close)
        before = found[-1] if found else None
        if before is not None:
            found.append(before + (close - before) * 2 / (length + 1))
        else:
            found.append(sum(seen, Decimal(0)) / first if len(seen) == first else None)
    return found


def ema_cross(lines: Sequence[Line], fast: int = 9, slow: int = 21) -> list[Verdict]:
    found: list[Verdict] = []
    side = ""
    for one, other in _pairs(lines, fast, slow):
        if one is None or other is None:
            found.append(Verdict((one, other), UNKNOWN))
            continue
        now = "above" if one > other else "below" if one < other else side
        is_cross = bool(side) and now != side
        found.append(Verdict((one, other), {"above": LONG, "below": SHORT}[now] if is_cross else now))
        side = now
    return found


def ema_pullback(lines: Sequence[Line], fast: int = 20, slow: int = 50) -> list[Verdict]:
    found: list[Verdict] = []
    trend, away, back = "", False, 0
    for line, (one, other) in zip(lines, _pairs(lines, fast, slow), strict=True):
        if one is None or other is None:
            found.append(Verdict((one, other), UNKNOWN))
            continue
        up = one > other
        if trend != ("up" if up else "down"):
            trend, away, back = ("up" if up else "down"), False, 0
        reached = line.low <= one if up else line.high >= one
        if not back and not (reached and away):
            away = away or not reached
            found.append(Verdict((one, other), f"{trend}, {'at the average' if reached else 'away'}"))
            continue
        back += 1
        is_off = one < line.close > line.open if up else one > line.close < line.open
        found.append(Verdict((one, other), (LONG if up else SHORT) if is_off else f"{trend}, has come back"))
        if is_off or back == WITHIN:
            away, back = not reached, 0
    return found


def rsi_turn(lines: Sequence[Line], length: int = 14, low: int = 30, high: int = 70) -> list[Verdict]:
    found: list[Verdict] = []
    closes = [line.close for line in lines]
    changes = [later - earlier for earlier, later in pairwise(closes)]
    gains = averages([max(each, Decimal(0)) for each in changes], 2 * length - 1, begins_with=length)
    losses = averages([max(-each, Decimal(0)) for each in changes], 2 * length - 1, begins_with=length)
    last = None
    for gain, loss in [(None, None), *zip(gains, losses, strict=True)]:
        if gain is None or loss is None:
            found.append(Verdict((None,), UNKNOWN))
            continue
        now = 100 * gain / (gain + loss) if gain + loss else Decimal(50)
        says = "low" if now < low else "high" if now > high else "between"
        if last is not None and (last < low <= now or last > high >= now):
            says = LONG if last < low else SHORT
        found.append(Verdict((now,), says))
        last = now
    return found


def _pairs(lines: Sequence[Line], fast: int, slow: int) -> list[tuple[Reading, Reading]]:
    closes = [line.close for line in lines]
    return list(zip(averages(closes, fast), averages(closes, slow), strict=True))


BY_HAND: dict[str, Callable[..., list[Verdict]]] = {
    each.__name__: each
    for each in (opening_range_breakout, n_bar_breakout, ema_cross, ema_pullback, rsi_turn)
}
