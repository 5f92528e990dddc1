"""Would this entry use up messages that a way out may need?"""

from kedge.domain.codes import Code
from kedge.domain.instants import Instant
from kedge.domain.messages import WINDOWS, sent_since
from kedge.domain.numbers import UNIT
from kedge.gates.gate import Draft, Figures, Refusal


def message_budget(draft: Draft) -> Figures | Refusal:
    """What was sent to the account at the venue, for whichever account here; a part of the budget is kept."""
    budget = draft.account.terms.messages
    figures: Figures = {"venue_account": draft.account.terms.held_at}
    for window, span in WINDOWS:
        sent, most = sent_since(draft.sent, Instant(draft.at - span)), budget.for_entries(window)
        figures |= {f"sent_in_a_{window}": sent * UNIT, f"for_entries_in_a_{window}": most * UNIT}
        if sent >= most:
            kept = budget.most(window) - most
            return Refusal(Code.MESSAGE_BUDGET, figures | {"kept_for_ways_out": kept * UNIT})
    return figures
