"""Market data as tests write them: minutes and seconds after the open, prices in ticks, sizes in units."""

from collections.abc import Iterable

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import UNIT, Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.market.bars import BarBuilder, BuiltBar
from kedge.market.hours import Hours

SPY = Symbol("SPY")
OPEN = Instant(1_299_508_200 * SECOND)  # Monday, 7 March 2011, 14:30 UTC
SESSION = Hours(OPEN, Instant(OPEN + 390 * MINUTE))
NEXT_SESSION = Hours(Instant(OPEN + 24 * 60 * MINUTE), Instant(OPEN + 30 * 60 * MINUTE))


def after(minutes: float) -> Instant:
    """So many minutes after the open."""
    return Instant(OPEN + int(minutes * MINUTE))


def trade(minutes: float, price: int, size: int = 1) -> Print:
    return Print(SPY, after(minutes), Ticks(price), Nano(size * UNIT))


def quote(minutes: float, bid: int, ask: int, size: int = 1) -> Quote:
    return Quote(SPY, after(minutes), Ticks(bid), Ticks(ask), Nano(size * UNIT), Nano(size * UNIT))


def bar(start: float, length: float, prices: tuple[int, int, int, int], volume: int = 1) -> Bar:
    """A bar from its start in minutes and its open, high, low and close."""
    first, high, low, last = map(Ticks, prices)
    return Bar(SPY, after(start + length), after(start), first, high, low, last, Nano(volume * UNIT))


def minutes(count: float) -> Span:
    return Span(int(count * MINUTE))


def built_of(builder: BarBuilder, pieces: Iterable[Print | Quote | Bar]) -> list[BuiltBar]:
    """Everything that a builder makes known while it is fed."""
    known: list[BuiltBar] = []
    for piece in pieces:
        match piece:
            case Print():
                known += builder.on_print(piece)
            case Quote():
                known += builder.on_quote(piece)
            case Bar():
                known += builder.on_bar(piece)
    return known
