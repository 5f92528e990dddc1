"""Is the signal one that this account takes: whose strategy, which instrument, how strong, and what is open already?"""

from kedge.domain.codes import Code
from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import from_nano, to_nano
from kedge.domain.signals import SignalKind
from kedge.gates.gate import Draft, Figures, Refusal


def routing(draft: Draft) -> Figures | Refusal:
    """Lists that are empty allow everything but what `deny` names."""
    terms, signal, symbol = draft.account.terms.routing, draft.signal, draft.instrument.symbol
    if terms.strategies and signal.strategy not in terms.strategies:
        allowed = ", ".join(terms.strategies)
        return Refusal(Code.STRATEGY_NOT_ALLOWED, {"strategy": signal.strategy or "none", "allowed": allowed})
    if terms.deny and _is_among(terms.deny, draft.instrument):
        return Refusal(Code.INSTRUMENT_DENIED, {"instrument": symbol, "deny": ", ".join(terms.deny)})
    if terms.allow and not _is_among(terms.allow, draft.instrument):
        return Refusal(Code.INSTRUMENT_NOT_ALLOWED, {"instrument": symbol, "allow": ", ".join(terms.allow)})
    if terms.one_symbol and draft.elsewhere:
        return Refusal(Code.OTHER_SYMBOL_OPEN, {"instrument": symbol, "open": draft.elsewhere})
    return {"one_symbol": "true" if terms.one_symbol else "false", "elsewhere": draft.elsewhere or "nothing"}


def _is_among(names: tuple[Symbol, ...], instrument: Instrument) -> bool:
    """By its own symbol, or by the root of its contracts."""
    return instrument.symbol in names or (instrument.root != "" and instrument.root in names)


def strength(draft: Draft) -> Figures | Refusal:
    """A signal that says how strong it is has to be stronger than the account asks for; an EXIT is always taken."""
    given, least = draft.signal.strength, draft.account.terms.routing.min_strength
    figures: Figures = {"strength": "none" if given is None else given, "above": to_nano(least)}
    if given is not None and from_nano(given) <= least:
        return Refusal(Code.SIGNAL_TOO_WEAK, figures)
    return figures


def selling_strength(draft: Draft) -> Figures | Refusal:
    """A SELL is weighed as a BUY is; an EXIT, which takes risk away by the sender's own word, is not."""
    return strength(draft) if draft.signal.kind is SignalKind.SELL else {"kind": draft.signal.kind}
