"""Does the governor let the account take new risk now?"""

from kedge.domain.codes import LOCKS, Code
from kedge.domain.governor import Governor
from kedge.domain.instants import MINUTE, Instant, Span
from kedge.domain.numbers import UNIT, to_nano
from kedge.gates.gate import Draft, Figures, Refusal


def governor(draft: Draft) -> Figures | Refusal:
    """Locks first, for they are the reason that a person has to look at."""
    governed, terms = draft.account.governed, draft.account.terms.governor
    figures = locks(draft)
    if isinstance(figures, Refusal):
        return figures
    if draft.at >= governed.until:
        return Refusal(Code.DAY_UNKNOWN, figures | {"day": governed.day})
    if draft.at < governed.cooling_until:
        return Refusal(Code.COOLING_DOWN, figures | {"left_s": governed.cooling_until - draft.at})
    return _too_many(draft, terms, governed.entries, figures) or figures


def locks(draft: Draft) -> Figures | Refusal:
    """What holds the account or the strategy back until a day ends or a person has looked."""
    governed = draft.account.governed
    figures: Figures = {"equity": to_nano(draft.equity)}
    for code in LOCKS:
        if (lock := governed.locks.get(code)) is not None:
            return Refusal(code, figures | {"since_s": draft.at - lock.since, "ends": lock.ends})
    pace = draft.pace
    if pace is not None and pace.paused:
        return Refusal(Code.STRATEGY_PAUSED, {"strategy": draft.signal.strategy or "", "why": pace.paused})
    return figures


def _too_many(draft: Draft, terms: Governor, entries: list[Instant], figures: Figures) -> Refusal | None:
    for name, span, most in (
        ("entries_per_minute", MINUTE, terms.max_entries_per_minute),
        ("entries_per_hour", Span(60 * MINUTE), terms.max_entries_per_hour),
        ("entries_per_day", None, terms.max_entries_per_day),
    ):
        made = _since(entries, None if span is None else Instant(draft.at - span), most)
        figures[name] = made * UNIT
        if made >= most:
            return Refusal(Code.TOO_MANY_ENTRIES, figures | {"max_" + name: most * UNIT})
    orders = draft.account.governed.orders
    figures["orders_today"] = orders * UNIT
    if orders >= terms.max_daily_orders:
        return Refusal(Code.TOO_MANY_ORDERS, figures | {"max_daily_orders": terms.max_daily_orders * UNIT})
    return None


def _since(entries: list[Instant], begin: Instant | None, most: int) -> int:
    """How many of the last ones: no more than that is asked for."""
    if begin is None:
        return len(entries)
    return sum(at > begin for at in entries[-most:])
