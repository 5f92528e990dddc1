"""What rules are made of: small questions about a bar at its close. What is not known is never so."""

from decimal import Decimal

from kedge.domain.signals import Direction
from kedge.strategies.seen import Seen

Level = Decimal | float | None


def opposite(side: Direction) -> Direction:
    """The other way."""
    return Direction.SHORT if side is Direction.LONG else Direction.LONG


def closed_above(seen: Seen, level: Level) -> bool:
    """It closed above the level."""
    return level is not None and seen.close > level


def closed_below(seen: Seen, level: Level) -> bool:
    """It closed below the level."""
    return level is not None and seen.close < level


def closed_beyond(seen: Seen, level: Level, side: Direction) -> bool:
    """It closed on that side of the level."""
    return closed_above(seen, level) if side is Direction.LONG else closed_below(seen, level)


def closed_within(seen: Seen, low: Level, high: Level) -> bool:
    """It closed between the two, or on one of them."""
    return low is not None and high is not None and low <= seen.close <= high


def crossed_above(seen: Seen, level: Level) -> bool:
    """It closed above a level that the bar before it did not close above."""
    return seen.before is not None and closed_above(seen, level) and not closed_above(seen.before, level)


def crossed_below(seen: Seen, level: Level) -> bool:
    """It closed below a level that the bar before it did not close below."""
    return seen.before is not None and closed_below(seen, level) and not closed_below(seen.before, level)


def crossed(seen: Seen, level: Level, side: Direction) -> bool:
    """It crossed the level towards that side."""
    return crossed_above(seen, level) if side is Direction.LONG else crossed_below(seen, level)


def touched(seen: Seen, level: Level) -> bool:
    """The level lies within the bar."""
    return level is not None and seen.low <= level <= seen.high


def reached_back(seen: Seen, level: Level, side: Direction) -> bool:
    """A market on its way to that side came back to the level, or went through it."""
    if level is None:
        return False
    return seen.low <= level if side is Direction.LONG else seen.high >= level


def closed_towards(seen: Seen, side: Direction) -> bool:
    """It closed further to that side than it opened."""
    return seen.close > seen.open if side is Direction.LONG else seen.close < seen.open


def higher(one: Level, other: Level) -> Direction | None:
    """Which way a first average lies from a second one; neither where they are equal or not known."""
    if one is None or other is None or one == other:
        return None
    return Direction.LONG if one > other else Direction.SHORT


def same_session(seen: Seen) -> bool:
    """The bar before it lies in its session."""
    before = seen.before
    if before is None or before.session is None or seen.session is None:
        return False
    return before.session.open == seen.session.open
