"""The rules that settings can name, their parameters, and how a strategy is made of one.

What holds for the rules here holds for a class of a user's own: its `Terms` say which parameters there are.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import cast

import msgspec

from kedge.domain.instants import Span
from kedge.strategies.gauges import gauge_of
from kedge.strategies.parameters import ParameterError, parameters_of, value_of
from kedge.strategies.rules.ema_cross import EmaCross
from kedge.strategies.rules.ema_pullback import EmaPullback
from kedge.strategies.rules.n_bar_breakout import NBarBreakout
from kedge.strategies.rules.opening_range_breakout import OpeningRangeBreakout
from kedge.strategies.rules.rsi_turn import RsiTurn
from kedge.strategies.strategy import Strategy, Terms

RULES: Mapping[str, type[Strategy]] = MappingProxyType(
    {
        "opening_range_breakout": OpeningRangeBreakout,
        "ema_pullback": EmaPullback,
        "n_bar_breakout": NBarBreakout,
        "ema_cross": EmaCross,
        "rsi_turn": RsiTurn,
    }
)
COMPILED_KEPT = 4_096


def build(rule: type[Strategy], parameters: Mapping[str, object], bar: Span) -> Strategy:
    """A strategy that begins; its parameters may be text. Raises `ParameterError` for the first that is wrong."""
    known = {parameter.name: parameter for parameter in parameters_of(rule)}
    for name in parameters:
        if name not in known:
            names = ", ".join(known)
            needed = f"one of {names} is needed" if names else "it has no parameters"
            raise ParameterError(name, "is not known", needed)
    for parameter in known.values():
        if parameter.is_required and parameter.name not in parameters:
            raise ParameterError(parameter.name, "is missing", f"{parameter.words} is needed")
    values = {name: value_of(known[name], value) for name, value in parameters.items()}
    strategy = rule(_compiled(rule, msgspec.json.encode(values, order="deterministic")))
    _check(strategy, bar)
    return strategy


def shown(strategy: Strategy) -> dict[str, str]:
    """All parameters that it goes by as text, of which `build` makes the same ones again."""
    return {
        parameter.name: parameter.show(getattr(strategy.terms, parameter.name))
        for parameter in parameters_of(type(strategy))
    }


def _compile(rule: type[Strategy], values: bytes) -> Terms:
    try:
        return msgspec.json.decode(values, type=rule.Terms)
    except ValueError as error:  # a class of a user's own may have looked at them together
        raise ParameterError("parameters", str(error)) from None


# The frozen terms, one object for all strategies that go by the same ones. Typed by hand because the cache hides it.
_compiled = cast("Callable[[type[Strategy], bytes], Terms]", lru_cache(COMPILED_KEPT)(_compile))


def _check(strategy: Strategy, bar: Span) -> None:
    fault = strategy.fault(bar)
    if fault:
        name, _, needed = fault.partition(" ")
        said = shown(strategy).get(name)
        if said is None:  # a class of a user's own may speak of several
            raise ParameterError("parameters", fault)
        raise ParameterError(name, f"{said!r} does not fit", f"it {needed}")
    for name, need in strategy.needs().items():
        try:
            gauge_of(need)
        except ValueError as error:
            raise ParameterError("needs", f"{name}: {error}") from None
