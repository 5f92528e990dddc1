"""Futures: which contract a root means now. The shell, which knows when they end, tells; nothing is moved by it."""

from kedge.domain.events import FrontChanged
from kedge.domain.inputs import FrontDeclared
from kedge.kernel.turn import Turn


def on_front(turn: Turn, declared: FrontDeclared) -> None:
    """Signals for the root mean the new contract from here on, but where the old one is still held."""
    before = turn.state.fronts.get(declared.root)
    if before == declared.contract:
        return
    holders = [] if before is None else [id_ for id_, held in turn.state.positions.items() if before in held]
    turn.emit(
        FrontChanged(
            root=declared.root, contract=declared.contract, before=before or "", holders=tuple(holders)
        )
    )
