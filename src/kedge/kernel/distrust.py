"""When what the engine believed has proved wrong, the account takes no new risk until a person has looked.

Exits, stops and targets go on. What was seen is an alarm of its own; here follows only what it means for entries.
"""

from collections.abc import Sequence

from kedge.domain.accounts import TradingState
from kedge.domain.events import Anomaly, TradingStateChanged
from kedge.domain.ids import AccountId, OrderId
from kedge.kernel.turn import Turn

ENGINE = "engine"
# Alarms that mean: what is held or under way was another thing than the engine believed.
SHAKES_TRUST: dict[str, None] = dict.fromkeys(
    ("BOOKS_DIFFER", "FOREIGN_CONTENT", "INTENT_DOUBLED", "OVERFILL", "POSITION_TURNED", "TURN_UNPROVEN")
)


def distrust(turn: Turn) -> None:
    """Let the accounts of such alarms only reduce what they hold."""
    for event in list(turn.events):
        if type(event) is not Anomaly or event.kind not in SHAKES_TRUST:
            continue
        for id_ in _accounts(turn, event.subject):
            account = turn.state.accounts[id_]
            if account.terms.reduce_on_anomaly and account.state is TradingState.ACTIVE:
                why = f"{event.kind} ({event.subject}): {event.detail}"
                turn.emit(TradingStateChanged(state=TradingState.REDUCING, who=ENGINE, why=why, account=id_))


def _accounts(turn: Turn, subject: str) -> Sequence[AccountId]:
    """Whose order it is, or who shares the account at the venue."""
    order = turn.order(OrderId(subject))
    return turn.state.sharers.get(AccountId(subject), ()) if order is None else (order.request.account,)
