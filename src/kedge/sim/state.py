"""The exchange as one value: what is needed to go on exactly where it stopped, and nothing that can be derived."""

import msgspec

from kedge.domain.announcements import Action
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import Amendment
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.sim.accounts import Ledger
from kedge.sim.bracket import Group
from kedge.sim.floor import Changed, Floor
from kedge.sim.market import Market, Tape
from kedge.sim.settings import SimSettings
from kedge.sim.ticket import Place, Ticket


class SimState(msgspec.Struct, forbid_unknown_fields=True):
    """A saved exchange; it shares nothing that changes with the one it was taken from."""

    name: str
    seed: int
    settings: SimSettings
    instruments: list[Instrument]
    now: Instant
    orders_seen: int
    executions_seen: int
    ambiguous_bars: int
    data_ignored: int
    tapes: dict[Symbol, Tape]
    ledgers: dict[AccountId, Ledger]
    tickets: list[Ticket]
    groups: dict[int, Group]
    due: list[tuple[Instant, int]]
    changes: list[Changed] = []
    acted: list[Action] = []
    amendments: list[Amendment] = []


def saved(floor: Floor) -> SimState:
    """The floor's state, copied."""
    floor.next_due  # noqa: B018 - drops what is due for orders that are done
    return SimState(
        name=floor.name,
        seed=floor.seed,
        settings=floor.settings,
        instruments=[market.instrument for market in floor.markets.values()],
        now=floor.now,
        orders_seen=floor.orders_seen,
        executions_seen=floor.executions_seen,
        ambiguous_bars=floor.ambiguous_bars,
        data_ignored=floor.data_ignored,
        tapes={symbol: msgspec.structs.replace(market.tape) for symbol, market in floor.markets.items()},
        ledgers={account: ledger.copy() for account, ledger in floor.ledgers.items()},
        tickets=[msgspec.structs.replace(t) if t.is_open else t for t in floor.tickets.values()],
        groups=dict(floor.groups),
        due=sorted(floor.due),
        changes=list(floor.changes),
        acted=list(floor.acted),
        amendments=list(floor.amendments),
    )


def loaded(state: SimState) -> Floor:
    """A floor that goes on from a saved state."""
    floor = Floor(state.settings, state.seed, state.name)
    floor.now = floor.trading_at = state.now
    floor.orders_seen, floor.executions_seen = state.orders_seen, state.executions_seen
    floor.ambiguous_bars, floor.data_ignored = state.ambiguous_bars, state.data_ignored
    for instrument in state.instruments:
        tape = msgspec.structs.replace(state.tapes[instrument.symbol])
        floor.add_market(Market(instrument, state.settings, tape))
    for account, ledger in state.ledgers.items():
        floor.add_account(account, ledger.copy())
    for saved_ticket in state.tickets:
        ticket = msgspec.structs.replace(saved_ticket) if saved_ticket.is_open else saved_ticket
        floor.tickets[ticket.request.id] = ticket
        if ticket.is_open:
            floor.track(ticket)
        if ticket.place is Place.RESTING:
            floor.markets[ticket.request.instrument].book.put(ticket)
    floor.groups = dict(state.groups)
    floor.due = sorted(state.due)
    floor.changes, floor.acted = list(state.changes), dict.fromkeys(state.acted)
    floor.amendments = list(state.amendments)
    return floor
