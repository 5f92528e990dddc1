"""What the shell offers when a name is half written: ids out of the record. Where there is none it offers nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kedge.cli.errors import Problem
from kedge.domain.codes import LOCKS
from kedge.domain.lifecycle import FINAL_STATES, OrderState
from kedge.domain.signals import Outcome

if TYPE_CHECKING:
    from kedge.journal.reader import Fields, JournalReader

_OFFERED = 50
Rows = Callable[["JournalReader"], "Sequence[Fields]"]
Offer = Callable[[typer.Context, str], list[str]]


def _offering(rows: Rows) -> Offer:
    def offer(context: typer.Context, incomplete: str) -> list[str]:
        from kedge.cli.options import DEFAULT_DATA_DIR
        from kedge.cli.record import reading
        from kedge.journal.errors import JournalError

        data_dir = Path(context.params.get("data_dir") or DEFAULT_DATA_DIR)
        try:
            with reading(data_dir) as reader:
                ids = [str(row["id"]) for row in rows(reader)]
        except (JournalError, Problem, OSError):
            return []  # a shell that asks must never be answered with an error
        return [id_ for id_ in reversed(ids) if id_.startswith(incomplete)][:_OFFERED]

    return offer


def _open_orders(reader: "JournalReader") -> "Sequence[Fields]":
    return reader.orders(states=[state for state in OrderState if state not in FINAL_STATES])


def _held(reader: "JournalReader") -> "Sequence[Fields]":
    return reader.signals(outcome=Outcome.HELD)


def _accounts_and_strategies(reader: "JournalReader") -> "Sequence[Fields]":
    strategies: list[Fields] = [{"id": name} for name in reader.strategies_heard()]
    return [*strategies, *reader.accounts()]


def offer_locks(context: typer.Context, incomplete: str) -> list[str]:
    """The codes of what locks accounts."""
    return [code for code in LOCKS if code.startswith(incomplete.upper())]


offer_accounts = _offering(lambda reader: reader.accounts())
offer_orders = _offering(lambda reader: reader.orders())
offer_open_orders = _offering(_open_orders)
offer_positions = _offering(lambda reader: reader.positions(states=("OPEN",)))
offer_signals = _offering(lambda reader: reader.signals())
offer_held_signals = _offering(_held)
offer_strategies = _offering(lambda reader: reader.own_strategies())
offer_accounts_and_strategies = _offering(_accounts_and_strategies)
