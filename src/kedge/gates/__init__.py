"""Floor 1: the checks that a signal passes on its way to an order. One small pure file each; the lists are data."""

from kedge.gates.contract import contract
from kedge.gates.exit_size import exit_size
from kedge.gates.fixed_size import fixed_size
from kedge.gates.gate import Approved, Draft, Gate, Refused, Waiting, walk
from kedge.gates.intake import entry_intake, reducing_intake
from kedge.gates.net_opposite import net_opposite
from kedge.gates.order_validity import order_validity
from kedge.gates.pending import pending
from kedge.gates.self_match import self_match
from kedge.gates.session import session
from kedge.gates.stop_change import stop_change
from kedge.gates.stop_plan import stop_plan
from kedge.gates.target_change import target_change
from kedge.gates.trading_state import trading_state

__all__ = [
    "ADJUSTMENT_GATES",
    "ENTRY_GATES",
    "EXIT_GATES",
    "Approved",
    "Draft",
    "Gate",
    "Refused",
    "Waiting",
    "walk",
]

ENTRY_GATES: tuple[Gate, ...] = (
    entry_intake,
    trading_state,
    session,
    contract,
    pending,
    net_opposite,
    fixed_size,
    order_validity,
    self_match,
    stop_plan,
)
# What reduces risk skips everything that guards against new risk.
EXIT_GATES: tuple[Gate, ...] = (reducing_intake, exit_size, order_validity)
ADJUSTMENT_GATES: tuple[Gate, ...] = (reducing_intake, stop_change, target_change)
