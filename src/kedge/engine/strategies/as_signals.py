"""What a strategy would do, as the signals that the book judges.

They go in by the door that all signals go in by (`read_signal`): a class of a user's own can put no more into the
record than anybody else can. The id of a signal is made of the strategy, the close of the bar and what is wanted, and
of nothing else: the same bar seen twice makes the same signal, and a signal counts once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from kedge.domain.instants import SECOND, show_instant
from kedge.domain.numbers import plain
from kedge.domain.signal_form import SignalFormError, read_signal
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.domain.strategies import StrategyTerms
from kedge.strategies.idea import Enter, Leave
from kedge.strategies.seen import Seen

_WHOLE = Decimal(100)
_BILLIONTH = Decimal("0.000000001")


class IdeaError(ValueError):
    """An idea that no order could be made of."""


def entry_of(terms: StrategyTerms, seen: Seen, idea: Enter) -> Signal:
    """Raises `IdeaError` for what no signal may say."""
    if idea.direction not in (*Direction,):
        raise IdeaError(f"direction has to be LONG or SHORT, not {idea.direction!r}")
    figures = {name: plain(_number(figure, name)) for name, figure in idea.figures.items()}
    wanted: dict[str, Any] = {
        "direction": idea.direction,
        "expected_price": _price(seen.close, "close"),
        "targets": _targets(idea),
        "metadata": dict(idea.metadata) | figures,
    }
    if idea.strength is not None:
        wanted["strength"] = _number(idea.strength, "strength")
    if idea.limit is not None:
        wanted["order"] = {"type": "limit", "limit_price": _price(idea.limit, "limit")}
    if idea.stop is not None:
        wanted["stop"] = {"price": _price(idea.stop, "stop")}
    return _signal(terms, seen, SignalKind.ENTRY, idea.direction.lower(), idea.reason, wanted)


def exit_of(terms: StrategyTerms, seen: Seen, idea: Leave) -> Signal:
    """All of what is open."""
    return _signal(terms, seen, SignalKind.EXIT, "exit", idea.reason, {})


def _signal(
    terms: StrategyTerms, seen: Seen, kind: SignalKind, what: str, reason: str, wanted: Mapping[str, Any]
) -> Signal:
    close = datetime.fromtimestamp(seen.end // SECOND, UTC)
    document = {
        "id": f"{terms.id}-{close:%Y%m%dT%H%M%SZ}-{what}",
        "ts": show_instant(seen.end),
        "account": terms.account,
        "kind": kind,
        "instrument": terms.instrument,
        "strategy": terms.id,
        "reason": reason,
        **wanted,
    }
    try:
        return read_signal(document, seen.end, _mints_nothing)
    except SignalFormError as error:
        raise IdeaError(str(error)) from None


def _mints_nothing() -> NoReturn:
    raise AssertionError("a strategy's signal has its id")


def _targets(idea: Enter) -> list[dict[str, Decimal]]:
    """Each closes the same part, the last one what the others leave."""
    prices = [_price(price, "target") for price in idea.targets]
    if not prices:
        return []
    part = (_WHOLE / len(prices)).quantize(_BILLIONTH)
    parts = [part] * (len(prices) - 1)
    return [
        {"price": price, "pct": pct}
        for price, pct in zip(prices, [*parts, _WHOLE - sum(parts, Decimal(0))], strict=True)
    ]


def _number(number: Decimal, name: str) -> Decimal:
    if not isinstance(number, Decimal):
        raise IdeaError(f"{name} has to be a Decimal, not {number!r}")
    if not number.is_finite():
        raise IdeaError(f"{name} has to be a number, not {number}")
    return number


def _price(number: Decimal, name: str) -> Decimal:
    if _number(number, name) <= 0:
        raise IdeaError(f"{name} has to be a number above 0, not {number}")
    return number
