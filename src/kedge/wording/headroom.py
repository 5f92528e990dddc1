"""The room that an account has left, in plain words: what one more loss would do, and what each rule says."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from kedge.domain.codes import Code
from kedge.domain.governor import Ends, Lock
from kedge.domain.headroom import BestDay, Headroom, Left, Level, Sample
from kedge.domain.instants import NEVER
from kedge.domain.instruments import AssetClass
from kedge.domain.numbers import ZERO, plain
from kedge.domain.orders import Side
from kedge.wording.figures import gain, money, quantity
from kedge.wording.governing import LIMITS, UNTIL
from kedge.wording.times import show_moment

_LIMITS = {
    "max_entries_per_minute": "entries a minute",
    "max_entries_per_hour": "entries an hour",
    "max_entries_per_day": "entries a day",
    "max_daily_orders": "orders a day",
    "cooldown_losses": "losses in a row",
    "max_positions": "positions",
    "max_active_orders": "orders at the venue",
    "max_position_size": "size in one instrument",
    "max_order_value": "value of an entry",
    "max_position_pct": "value in one instrument",
    "max_exposure_pct": "value in all",
    "max_leverage": "leverage",
    "max_open_risk_pct": "risk up to the stops",
    "buying_power": "buying power",
    "tier": "contracts by profit",
    **{f"max_exposure_by_asset.{asset}": f"value in all {asset}" for asset in AssetClass},
    "owner.max_position_pct": "owner: value in one instrument",
    "owner.max_position_size": "owner: size in one instrument",
    "owner.max_exposure_pct": "owner: value in all",
    "owner.max_exposure": "owner: value in all, in money",
    "owner.max_open_risk_pct": "owner: risk up to the stops",
    "owner.max_open_risk": "owner: risk up to the stops, in money",
}
_QUANTITIES = ("max_position_size", "owner.max_position_size", "tier")


class Rule(NamedTuple):
    """One rule, ready to be shown: what it is, where it ends, what is now, what is left, and what that means."""

    name: str
    limit: str
    now: str
    left: str
    words: str
    is_reached: bool = False


def nearest(room: Headroom) -> str:
    """The rule that is nearest, in one sentence; empty where no loss locks the account."""
    if room.locks:
        return lock_words(room, room.locks[0])
    level = room.nearest
    if level is None:
        return ""
    if level.left <= ZERO:
        return f"Equity {money(level.now)} has reached {LIMITS[level.code]} of {money(level.level)}."
    return f"{_loss(room.sample, level)} {_lock(level)}."


def lock_words(room: Headroom, lock: Lock) -> str:
    """Which lock holds, since when, and what ends it."""
    name = LIMITS.get(lock.code, lock.code)
    return f"Locked by {name} since {show_moment(lock.since)}, {_ending(room, lock)}."


def rules(room: Headroom) -> Iterator[Rule]:
    """Every rule: levels of equity first, then what limits the next entry."""
    for level in room.levels:
        yield _level(room, level)
    if room.best_day is not None:
        yield _best_day(room.best_day)
    for left in room.limits:
        yield _limit(left, room.sample)


def day_words(room: Headroom) -> str:
    """The account's day, and when it ends."""
    if not room.day:
        return "No day of it has begun yet."
    ends = "" if room.until == NEVER else f" ends {show_moment(room.until)}"
    return f"Day {room.day}{ends}."


def _level(room: Headroom, level: Level) -> Rule:
    name = LIMITS[level.code].removeprefix("the ")
    reached = level.left <= ZERO
    parts = [] if reached or level.points is None else [_move(room.sample, level)]
    if level.code == Code.DRAWDOWN_LIMIT and room.peak is not None:
        parts.append(f"peak {money(room.peak)}")
    parts.append(f"then no entries {UNTIL[level.ends]}" + (", all is closed" if level.flatten else ""))
    return Rule(
        name, money(level.level), money(level.now), money(level.left), "; ".join(parts), is_reached=reached
    )


def _best_day(day: BestDay) -> Rule:
    most = f"{plain(day.most_pct)} %"
    share = "" if day.pct is None else f"{money(day.pct)} %"
    if day.missing > ZERO:
        words = f"{gain(day.missing)} on other days, before the best one ({gain(day.gained)}) is {most} of all profit"
    else:
        words = f"{gain(day.gained)} of {gain(day.profit)}" if day.gained else "no day with a profit yet"
    return Rule("best day, of all profit", most, share, "", words, is_reached=day.missing > ZERO)


def _limit(left: Left, sample: Sample | None) -> Rule:
    show = quantity if left.counts or left.name in _QUANTITIES else money
    rest = left.left
    words = ""
    if left.fits is not None and sample is not None and left.name not in _QUANTITIES:
        words = f"{quantity(left.fits)} more {sample.instrument}"
        words += ", by the account's own stop" if "max_open_risk" in left.name else ""
    if left.counts == "losses":
        words = "then a pause"
    shown = show(max(rest, ZERO))
    return Rule(
        _LIMITS.get(left.name, left.name),
        show(left.limit),
        show(left.used),
        shown,
        words,
        is_reached=rest <= ZERO or left.fits == ZERO,
    )


def _loss(sample: Sample | None, level: Level) -> str:
    """A loss that reaches the level, as a trader counts: one more 12-point ES loss."""
    if sample is None or level.points is None:
        return f"A loss of {money(level.left)}"
    if sample.is_open:
        return f"Another {_points(sample, level.points)} against the open {_size(sample)}"
    if sample.is_future:
        return f"One more {quantity(level.points)}-point {sample.instrument} loss ({_contracts(sample.quantity)})"
    return f"One more loss of {money(level.points)} a piece on {_size(sample)}"


def _lock(level: Level) -> str:
    whose = f"all accounts of {level.owner}" if level.owner else "this account"
    if level.ends is Ends.DAY:
        return f"locks {whose} for the day"
    return f"locks {whose} {UNTIL[level.ends]}"


def _move(sample: Sample | None, level: Level) -> str:
    assert sample is not None
    assert level.points is not None
    sign = (1 if level.is_floor else -1) * (-1 if sample.side is Side.BUY else 1)
    held = "held" if sample.is_open else "bought"
    return f"{'+' if sign > 0 else '-'}{quantity(level.points)} on {_size(sample)} {held}"


def _points(sample: Sample, points: Decimal) -> str:
    if not sample.is_future:
        return quantity(points)
    return f"{quantity(points)} point{'' if points == 1 else 's'}"


def _size(sample: Sample) -> str:
    return f"{quantity(sample.quantity)} {sample.instrument}"


def _contracts(count: Decimal) -> str:
    return f"{quantity(count)} contract{'' if count == 1 else 's'}"


def _ending(room: Headroom, lock: Lock) -> str:
    if lock.ends is Ends.DAY:
        return "until the day ends" + ("" if room.until == NEVER else f" at {show_moment(room.until)}")
    return f"until a person lets it go on (`kedge resume {room.account} --release {lock.code}`)"
