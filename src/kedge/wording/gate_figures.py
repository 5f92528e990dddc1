"""What a gate compared, in words: figures with their units, counts as so many of so many, and what is left.

The figures themselves, by their names, are in the JSON. What is not named here is told by its own name.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from kedge.domain.instants import SECOND
from kedge.wording.figures import decimal, money, price, quantity
from kedge.wording.times import show_span

Figures = Mapping[str, str]
_BPS = Decimal(10_000)

# A count and the most that it may be.
_COUNTS = {
    "entries_per_minute": ("entries in the last minute", "max_entries_per_minute"),
    "entries_per_hour": ("entries in the last hour", "max_entries_per_hour"),
    "entries_per_day": ("entries today", "max_entries_per_day"),
    "orders_today": ("orders today", "max_daily_orders"),
    "positions": ("positions with this one", "max_positions"),
    "orders": ("active orders with this one", "max_active_orders"),
    "adds": ("adds", "max_adds"),
}
_MONEY = {
    "equity": "equity",
    "budget": "budget",
    "gained": "the position gains",
    "risk_each": "risk of each",
    "value": "value",
    "min_value": "least value",
}
_PERCENT = {
    "pct": "part",
    "stop_percent": "stop away",
    "fallback_percent": "stop away, as a fallback",
    "max_wider_percent": "at most wider",
    "max_price_deviation_pct": "prices at most away",
    "trail_percent": "trailing",
}
_PRICES = frozenset(
    (
        *("bid", "ask", "reference", "stop", "target", "price", "mean", "market", "expected", "reach"),
        *("limit", "limit_price", "stop_price", "position_stop"),
    )
)
# Rooms: what is limited, and whether it is money (else a size).
_ROOMS = {
    "max_position_size": ("size of the position", False),
    "max_order_value": ("value of the order", True),
    "max_position_pct": ("value in this instrument", True),
    "max_exposure_pct": ("value in all positions", True),
    "max_leverage": ("what equity may carry", True),
    "max_open_risk_pct": ("risk down to all stops", True),
    "buying_power": ("buying power", True),
    "tier": ("contracts of the profit's tier", False),
}
_SOURCES = {
    "signal": "as the signal says",
    "account": "as the account says",
    "equity_pct": "a share of equity",
    "risk": "by the risk down to the stop",
}


def tell_figures(gate: str, figures: Figures) -> str:
    """One line; empty where a gate has nothing to tell."""
    teller = _TELLERS.get(gate)
    left = dict(figures)
    told = [] if teller is None else teller(left)
    return ", ".join([*told, *_rest(left)])


def _rest(figures: dict[str, str]) -> list[str]:
    """What no teller has taken: counts with their limits first, then each by its name."""
    told = [_count(figures, name) for name in _COUNTS if name in figures]
    return told + [_one(name, value) for name, value in figures.items()]


def _count(figures: dict[str, str], name: str) -> str:
    words, limit = _COUNTS[name]
    made, most = figures.pop(name), figures.pop(limit, None)
    return f"{words} {quantity(_number(made))}" + ("" if most is None else f" of {quantity(_number(most))}")


def _one(name: str, value: str) -> str:
    words = name.replace("_", " ")
    amount = _maybe(value)
    if amount is None:
        return f"{words} {value}"
    if name.endswith("_s"):
        return f"{words[:-2]} {_span(value)}"
    if name.endswith("_bps"):
        return f"{words[:-4]} {quantity(amount)} bps"
    if name in _PRICES or name.startswith("target_"):
        return f"{words} {price(amount)}"
    if name in _MONEY:
        return f"{_MONEY[name]} {money(amount)}"
    if name in _PERCENT:
        return f"{_PERCENT[name]} {quantity(amount)} %"
    return f"{words} {value}"


def _routing(figures: dict[str, str]) -> list[str]:
    one, elsewhere = figures.pop("one_symbol", None), figures.pop("elsewhere", None)
    if one is None:
        return _not_routed(figures)
    return (
        [f"one symbol at a time, open elsewhere: {elsewhere}"] if one == "true" else ["any number of symbols"]
    )


def _not_routed(figures: dict[str, str]) -> list[str]:
    symbol = figures.get("instrument", "")
    for name, words in (
        ("deny", f"{symbol} is on the list of risk.deny: "),
        ("allow", f"{symbol} is not on the list of risk.allow: "),
        ("open", f"one symbol at a time: {symbol} is asked for and open, or on its way, is "),
    ):
        if name in figures:
            del figures["instrument"]
            return [words + figures.pop(name)]
    return []


def _strength(figures: dict[str, str]) -> list[str]:
    given, above = figures.pop("strength", None), figures.pop("above", None)
    if given is None or above is None:
        return []
    return [
        f"{'no strength given' if given == 'none' else f'strength {given}'}, more than {above} is asked for"
    ]


def _governor(figures: dict[str, str]) -> list[str]:
    told = [_one("equity", figures.pop("equity"))] if "equity" in figures else []
    since, ends, left = figures.pop("since_s", None), figures.pop("ends", None), figures.pop("left_s", None)
    if since is not None:
        told.append(
            f"locked {_span(since)} before, until {'the day ends' if ends == 'day' else 'a person releases it'}"
        )
    if left is not None:
        told.append(f"{_span(left)} of the pause were left")
    return told


def _filters(figures: dict[str, str]) -> list[str]:
    told = []
    opens, closes = figures.pop("opens_in_s", None), figures.pop("closes_in_s", None)
    if opens is not None and closes is not None:
        told.append(f"the window opens in {_span(opens)}" if _number(opens) > 0 else "the window is over")
    if figures.get("filters") == "none":
        figures.clear()
        return ["none are set"]
    bid, ask = figures.pop("bid", None), figures.pop("ask", None)
    if bid is not None and ask is not None:
        told.append(f"bid {_price(bid)}, ask {_price(ask)}")
    age, oldest = figures.pop("quote_age_s", None), figures.pop("max_quote_age_s", None)
    if oldest is not None:
        old = (
            f"quote {_span(age)} old"
            if age is not None
            else f"quote of {figures.pop('quote_age', 'unknown')} age"
        )
        told.append(f"{old}, at most {_span(oldest)}")
    for name, base in (("spread", _middle(bid, ask)), ("slippage", _maybe(figures.get("expected")))):
        told += _in_bps(figures, name, base)
    return told


def _middle(bid: str | None, ask: str | None) -> Decimal | None:
    low, high = _maybe(bid), _maybe(ask)
    return None if low is None or high is None else (low + high) / 2


def _in_bps(figures: dict[str, str], name: str, base: Decimal | None) -> list[str]:
    """A distance in price and in basis points, with the most that it may be."""
    far, most = figures.pop(name, None), figures.pop(f"max_{name}_bps", None)
    if far is None:
        return []
    bps = "" if not base else f" ({_number(far) * _BPS / base:.1f} bps)"
    return [f"{name} {far}{bps}" + ("" if most is None else f", at most {quantity(_number(most))} bps")]


def _sizing(figures: dict[str, str]) -> list[str]:
    size, source = figures.pop("quantity", None), figures.pop("source", "")
    told = []
    if size is not None:
        told.append(" ".join(filter(None, (quantity(_number(size)), _SOURCES.get(source, source)))))
    cut = figures.pop("cut_by", None)
    if cut is not None:
        told.append(f"cut down by {cut}")
    return told


def _limits(figures: dict[str, str]) -> list[str]:
    equity, size, paid = (figures.pop(name, None) for name in ("equity", "quantity", "price"))
    asked = [] if size is None or paid is None else [f"{quantity(_number(size))} at {_price(paid)}"]
    asked += [] if equity is None else [_one("equity", equity)]
    told: list[str] = []
    used, needed = figures.pop("used", None), figures.pop("needed", None)
    for name, (words, _) in _ROOMS.items():
        limit = figures.pop(name, None)
        if limit is not None and used is not None and needed is not None:
            free = max(_number(limit) - _number(used), Decimal(0))
            told.append(
                f"{words} ({name}): needs {_amount(name, needed)}, {_text(name, free)} left "
                f"of {_amount(name, limit)}"
            )
    rooms = [
        f"{words} {_amount(name, figures.pop(f'{name}_left'))}"
        for name, (words, _) in _ROOMS.items()
        if f"{name}_left" in figures
    ]
    left = f"it {'would leave' if told else 'leaves'}: {'; '.join(rooms)}"
    return [*told, *asked, *([left] if rooms else [])]


def _approval(figures: dict[str, str]) -> list[str]:
    if figures.pop("auto_execute", None) is not None:
        return ["the account executes by itself"]
    within, waited, by = (figures.pop(n, None) for n in ("approve_within_s", "waited_s", "approved_by"))
    told = [] if by is None else [f"approved by {by}"]
    told += [] if within is None else [f"waits {_span(within)} for a yes or no (`kedge approve`)"]
    told += [] if waited is None else [f"nobody has approved it in {_span(waited)}"]
    if "who" in figures:
        told.append(f"declined by {figures.pop('who')}: {figures.pop('why', '')}")
    return told


def _collar(figures: dict[str, str]) -> list[str]:
    most, market = figures.pop("max_price_deviation_pct", None), figures.pop("market", None)
    if most is None or market is None:
        return []
    where = "the market, which is not known" if market == "none" else f"the market at {_price(market)}"
    return [f"a price at most {quantity(_number(most))} % from {where}"]


def _shorting(figures: dict[str, str]) -> list[str]:
    if figures.pop("side", None) == "buy":
        return ["a buy borrows nothing"]
    return [
        "it may be sold short" if figures.pop("shortable", None) == "true" else "it may not be sold short"
    ]


def _trial(figures: dict[str, str]) -> list[str]:
    return ["the strategy is not on trial"] if figures.pop("on_trial", None) == "false" else []


def _self_match(figures: dict[str, str]) -> list[str]:
    if "order" in figures or "against" not in figures:
        return []
    against = quantity(_number(figures.pop("against")))
    return [
        "nothing rests against it"
        if against == "0"
        else f"{against} orders rest against it, none in its reach"
    ]


def _minimum(figures: dict[str, str]) -> list[str]:
    return ["the venue names no least"] if figures.pop("least", None) == "none" else []


def _price(text: str) -> str:
    amount = _maybe(text)
    return text if amount is None else price(amount)


def _amount(name: str, value: str) -> str:
    return _text(name, _number(value))


def _text(name: str, amount: Decimal) -> str:
    return money(amount) if _ROOMS[name][1] else quantity(amount)


def _span(seconds: str) -> str:
    span = int(_number(seconds) * SECOND)
    return f"{'-' if span < 0 else ''}{show_span(abs(span))}"


def _number(text: str) -> Decimal:
    return _maybe(text) or Decimal(0)


def _maybe(text: str | None) -> Decimal | None:
    """A figure that is a number."""
    try:
        number = decimal(text)
    except ArithmeticError:
        return None
    return number if number is not None and number.is_finite() else None


_TELLERS: dict[str, Callable[[dict[str, str]], list[str]]] = {
    "routing": _routing,
    "strength": _strength,
    "selling_strength": _strength,
    "governor": _governor,
    "filters": _filters,
    "sizing": _sizing,
    "limits": _limits,
    "approval": _approval,
    "collar": _collar,
    "shorting": _shorting,
    "trial": _trial,
    "self_match": _self_match,
    "minimum_size": _minimum,
}
