"""What a strategy wants to know again after a restart, as it is written down."""

import msgspec

from kedge.strategies.strategy import Strategy


def saved(strategy: Strategy) -> str:
    """Its state as JSON: the same text for the same state."""
    return msgspec.json.encode(strategy.state, order="deterministic").decode()


def check_readable(strategy: Strategy, state: str) -> None:
    """Raises `ValueError` for a state that it could not be given again: one with a number that is none, say."""
    msgspec.json.decode(state, type=strategy.State)


def restore(strategy: Strategy, state: str) -> None:
    """Give it the state that was written down; an empty one is a new beginning. Raises `ValueError`."""
    strategy.state = msgspec.json.decode(state, type=strategy.State) if state else strategy.State()
