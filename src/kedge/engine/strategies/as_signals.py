"""What a strategy would do, as the signals that the book judges.

The id of a signal is made of the strategy, the close of the bar and what is wanted, and of nothing else: the same bar
seen twice makes the same signal, and a signal counts once.
"""

from datetime import UTC, datetime
from decimal import Decimal

from kedge.domain.ids import SignalId
from kedge.domain.instants import SECOND
from kedge.domain.numbers import Nano, is_representable, plain, to_nano
from kedge.domain.orders import OrderType
from kedge.domain.signals import Signal, SignalKind, WantedOrder, WantedTarget
from kedge.domain.strategies import StrategyTerms
from kedge.strategies.idea import Enter, Leave
from kedge.strategies.seen import Seen

_WHOLE = Decimal(100)


class IdeaError(ValueError):
    """An idea that no order could be made of."""


def entry_of(terms: StrategyTerms, seen: Seen, idea: Enter) -> Signal:
    """Raises `IdeaError` for prices that are none."""
    return Signal(
        id=_id(terms, seen, idea.direction.lower()),
        ts=seen.end,
        account=terms.account,
        kind=SignalKind.ENTRY,
        instrument=terms.instrument,
        direction=idea.direction,
        strength=None if idea.strength is None else _price(idea.strength, "strength"),
        expected_price=_price(seen.close, "close"),
        order=_order(idea),
        stop=None if idea.stop is None else _price(idea.stop, "stop"),
        targets=_targets(idea),
        strategy=terms.id,
        reason=idea.reason,
        metadata=dict(idea.metadata) | {name: plain(figure) for name, figure in idea.figures.items()},
    )


def exit_of(terms: StrategyTerms, seen: Seen, idea: Leave) -> Signal:
    """All of what is open."""
    return Signal(
        id=_id(terms, seen, "exit"),
        ts=seen.end,
        account=terms.account,
        kind=SignalKind.EXIT,
        instrument=terms.instrument,
        strategy=terms.id,
        reason=idea.reason,
    )


def _id(terms: StrategyTerms, seen: Seen, what: str) -> SignalId:
    close = datetime.fromtimestamp(seen.end // SECOND, UTC)
    return SignalId(f"{terms.id}-{close:%Y%m%dT%H%M%SZ}-{what}")


def _order(idea: Enter) -> WantedOrder:
    if idea.limit is None:
        return WantedOrder()
    return WantedOrder(OrderType.LIMIT, limit_price=_price(idea.limit, "limit"))


def _targets(idea: Enter) -> tuple[WantedTarget, ...]:
    """Each closes the same part, the last one what the others leave."""
    prices = [_price(price, "target") for price in idea.targets]
    if not prices:
        return ()
    part = Nano(to_nano(_WHOLE) // len(prices))
    rest = Nano(to_nano(_WHOLE) - part * (len(prices) - 1))
    return (
        *(WantedTarget(price=price, pct=part) for price in prices[:-1]),
        WantedTarget(price=prices[-1], pct=rest),
    )


def _price(number: Decimal, name: str) -> Nano:
    if not isinstance(number, Decimal):
        raise IdeaError(f"{name} has to be a Decimal, not {number!r}")
    if not (number.is_finite() and number > 0):
        raise IdeaError(f"{name} has to be a number above 0, not {number}")
    if not is_representable(number):
        raise IdeaError(f"{name} {number} is too large or finer than a billionth")
    return to_nano(number)
