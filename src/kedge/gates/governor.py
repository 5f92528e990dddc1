"""Does the governor let the account take new risk now?"""

from bisect import bisect_right

from kedge.domain.codes import LOCKS, Code
from kedge.domain.governor import Governor
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.numbers import UNIT, money_nano
from kedge.gates.gate import Draft, Figures, Refusal

_RATES = (
    ("entries_per_minute", "max_entries_per_minute", MINUTE),
    ("entries_per_hour", "max_entries_per_hour", Span(60 * MINUTE)),
    ("entries_per_day", "max_entries_per_day", None),
)


def governor(draft: Draft) -> Figures | Refusal:
    """Locks first, for they are the reason that a person has to look at."""
    governed, terms = draft.account.governed, draft.account.terms.governor
    figures: Figures = {"equity": money_nano(draft.equity)}
    for code in LOCKS if governed.locks else ():
        if (lock := governed.locks.get(code)) is not None:
            return Refusal(code, figures | {"since_s": draft.at - lock.since, "ends": lock.ends})
    if draft.at >= governed.until:
        return Refusal(Code.DAY_UNKNOWN, figures | {"day": governed.day})
    pace = draft.pace
    if pace is not None and pace.paused:
        return Refusal(Code.STRATEGY_PAUSED, {"strategy": draft.signal.strategy or "", "why": pace.paused})
    if draft.at < governed.cooling_until:
        return Refusal(Code.COOLING_DOWN, figures | {"left_s": governed.cooling_until - draft.at})
    return _too_many(draft, terms, governed.entries, figures) or figures


def _too_many(draft: Draft, terms: Governor, entries: list[Instant], figures: Figures) -> Refusal | None:
    for name, limit, span in _RATES:
        most: int = getattr(terms, limit)
        made = len(entries)
        if span is not None:  # looked up, for a day may have thousands; no more than are asked for
            made = min(made - bisect_right(entries, draft.at - span), most)
        figures[name], figures[limit] = made * UNIT, most * UNIT
        if made >= most:
            return Refusal(Code.TOO_MANY_ENTRIES, figures)
    orders, most = draft.account.governed.orders, terms.max_daily_orders
    figures["orders_today"], figures["max_daily_orders"] = orders * UNIT, most * UNIT
    return Refusal(Code.TOO_MANY_ORDERS, figures) if orders >= most else None
