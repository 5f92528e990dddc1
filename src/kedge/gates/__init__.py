"""Floor 1: the checks that a signal passes on its way to an order. One small pure file each; the lists are data."""

from kedge.gates.approval import approval
from kedge.gates.contract import contract
from kedge.gates.exit_size import exit_size
from kedge.gates.filters import filters
from kedge.gates.gate import Approved, Draft, Gate, Held, Refused, Verdict, Waiting, walk
from kedge.gates.governor import governor, locks
from kedge.gates.intake import entry_intake, reducing_intake
from kedge.gates.limits import collar, limits
from kedge.gates.message_budget import message_budget
from kedge.gates.minimum_size import minimum_size
from kedge.gates.net_opposite import net_opposite
from kedge.gates.order_validity import order_validity
from kedge.gates.owner_opposite import owner_opposite
from kedge.gates.pending import pending
from kedge.gates.repeats import repeats
from kedge.gates.routing import routing, selling_strength, strength
from kedge.gates.self_match import self_match
from kedge.gates.session import session
from kedge.gates.shorting import shorting
from kedge.gates.sizing import lots, sizing
from kedge.gates.stop_change import stop_change
from kedge.gates.stop_plan import stop_plan
from kedge.gates.target_change import target_change
from kedge.gates.trading_state import trading_state
from kedge.gates.trial import trial
from kedge.gates.withdrawn import withdrawn

__all__ = [
    "ADJUSTMENT_GATES",
    "ENLARGING_GATES",
    "ENTRY_GATES",
    "EXIT_GATES",
    "LEAVING_GATES",
    "RETRY_GATES",
    "Approved",
    "Draft",
    "Gate",
    "Held",
    "Refused",
    "Verdict",
    "Waiting",
    "walk",
]

ENTRY_GATES: tuple[Gate, ...] = (
    entry_intake,
    trading_state,
    session,
    contract,
    routing,
    strength,
    shorting,
    pending,
    net_opposite,
    owner_opposite,
    governor,
    filters,
    order_validity,
    self_match,
    collar,
    stop_plan,
    sizing,
    lots,
    minimum_size,
    limits,
    trial,
    repeats,
    message_budget,
    approval,
)
# What an entry that its venue has rejected passes again before another order is sent for it.
RETRY_GATES: tuple[Gate, ...] = (
    trading_state,
    session,
    contract,
    shorting,
    pending,
    net_opposite,
    owner_opposite,
    self_match,
    routing,
    governor,
    limits,
    message_budget,
)
# What an entry passes once more at the moment at which it leaves.
LEAVING_GATES: tuple[Gate, ...] = (withdrawn, trading_state, session, locks, filters)
# What an entry at the venue passes again when it is to be for more, or at a price that risks more.
ENLARGING_GATES: tuple[Gate, ...] = (trading_state, locks, collar, limits, trial, message_budget)
# What reduces risk skips everything that guards against new risk.
EXIT_GATES: tuple[Gate, ...] = (reducing_intake, selling_strength, exit_size, order_validity, lots)
ADJUSTMENT_GATES: tuple[Gate, ...] = (reducing_intake, stop_change, target_change)
