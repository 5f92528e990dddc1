"""A strategy that is new does little at first, whatever the account may do."""

from kedge.domain.codes import Code
from kedge.domain.limits import Trial
from kedge.domain.numbers import UNIT, to_nano
from kedge.gates.gate import Draft, Figures, Refusal
from kedge.gates.room import worst_prices


def trial(draft: Draft) -> Figures | Refusal:
    """What the account's settings say of this strategy; of others nothing is asked."""
    strategy, terms = draft.signal.strategy, draft.account.terms
    for each in terms.trials:
        if each.strategy == strategy:
            return _within(draft, each)
    return {"strategy": strategy or "none", "on_trial": "false"}


def _within(draft: Draft, may: Trial) -> Figures | Refusal:
    assert draft.reference is not None, "an entry without a reference price has been refused"
    instrument, figures = draft.instrument, Figures(strategy=may.strategy)
    if may.allow and instrument.symbol not in may.allow and instrument.root not in may.allow:
        allowed = ", ".join(may.allow)
        return Refusal(Code.STRATEGY_ON_TRIAL, figures | {"instrument": instrument.symbol, "allow": allowed})
    price = worst_prices(draft, draft.reference)[0]
    made = draft.account.governed.by_strategy.get(may.strategy, 0)
    for name, used, limit in (
        ("position_size", draft.stake.of(draft.side) + draft.quantity, may.max_position_size),
        ("order_value", instrument.value(draft.quantity, price), may.max_order_value),
    ):
        if limit is not None:
            figures |= {name: to_nano(used), f"max_{name}": to_nano(limit)}
            if used > limit:
                return Refusal(Code.STRATEGY_ON_TRIAL, figures)
    if may.max_entries_per_day is not None:
        figures |= {"entries_per_day": made * UNIT, "max_entries_per_day": may.max_entries_per_day * UNIT}
        if made >= may.max_entries_per_day:
            return Refusal(Code.STRATEGY_ON_TRIAL, figures)
    return figures
