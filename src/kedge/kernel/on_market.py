"""Markets open and close: entries are withdrawn, signals that waited are judged, positions are closed in time.

The phases are told by the shell, which has the calendars. They are state, so a restart and a replay decide alike.
"""

from typing import NamedTuple

from kedge.domain.events import ClosingBegan, HaltChanged, MarketPhaseChanged, SignalTaken
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.inputs import HaltSeen, MarketPhased, OpenReached
from kedge.domain.instants import NEVER, Instant
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.orders import Order, Role, TimeInForce
from kedge.domain.positions import Position
from kedge.domain.signals import Signal, SignalKind
from kedge.kernel.on_signal import judge
from kedge.kernel.requests import cancel
from kedge.kernel.state import BookState, Queued
from kedge.kernel.turn import Turn


class Closing(NamedTuple):
    """When an account begins to close its positions in a market."""

    at: Instant
    account: AccountId
    market: str


NO_CLOSING = Closing(NEVER, AccountId(""), "")
_OF_THE_AUCTIONS = (TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE)


def on_market(turn: Turn, phased: MarketPhased) -> None:
    """A phase that is known already changes nothing."""
    market, hours = phased.market, phased.hours
    if turn.state.markets.get(market) == hours:
        return
    turn.emit(MarketPhaseChanged(market=market, hours=hours))
    if hours.phase is Phase.BREAK:
        return
    _cancel_entries_at_close(turn, market, hours)
    _give_up_missed_opens(turn, market, hours)


def on_halt(turn: Turn, seen: HaltSeen) -> None:
    """A halt holds new entries back until it is lifted; what rests at the venue stays."""
    if (
        turn.state.halted.get(seen.instrument, "") != seen.reason
        and seen.instrument in turn.state.instruments
    ):
        turn.emit(HaltChanged(instrument=seen.instrument, reason=seen.reason))


def on_open_reached(turn: Turn, reached: OpenReached) -> None:
    """Signals that waited go through every gate again, in the order in which they came."""
    for signal in waiting(turn.state, reached.instrument):
        queued = turn.state.queue[signal.id]
        turn.emit(SignalTaken(signal=signal, why="the market has opened"))
        # The levels of before the open speak of a market that is gone; older records have no others.
        levels = reached.levels.get(signal.id, queued.levels)
        judge(
            turn,
            signal,
            reached.bid,
            reached.ask,
            waited_until=queued.due,
            levels=levels,
            quoted_at=reached.at,
        )


def waiting(state: BookState, instrument: Symbol) -> list[Signal]:
    """The signals of an instrument that wait, and whose market trades now."""
    return [queued.signal for queued in state.queue.values() if _may_go(state, queued, instrument)]


def awaited(state: BookState) -> dict[Symbol, None]:
    """The instruments whose next price lets a signal go that has waited."""
    queue = state.queue.values()
    meant = [(q, state.contract_of(q.signal.account, q.signal.instrument)) for q in queue]
    return {symbol: None for q, symbol in meant if _may_go(state, q, symbol)}


def next_closing(state: BookState) -> Closing:
    """When the next account begins to close its positions, and by which market's close."""
    found = NO_CLOSING
    for account in state.accounts.values():
        terms = account.terms
        if terms.flatten_before_close is None:
            continue
        for market in (terms.calendar,) if terms.calendar else state.markets:
            hours = state.markets.get(market)
            if hours is not None and hours.close is not None and not _has_begun(state, terms.id, market):
                found = min(
                    found, Closing(Instant(hours.close - terms.flatten_before_close), terms.id, market)
                )
    return found


def close_late_arrival(turn: Turn, account: AccountId, instrument: Symbol) -> None:
    """A fill that comes when the account has begun to close is closed as well."""
    market = turn.state.market_of(account, instrument)
    position = turn.state.position(account, instrument)
    if market and position is not None and _has_begun(turn.state, account, market):
        _close(turn, position)


def begin_closing(turn: Turn, account: AccountId, market: str) -> None:
    """Withdraw the account's entries in this market and close what it holds there."""
    state, close = turn.state, turn.state.markets[market].close
    assert close is not None, "only a session that is on is closed"
    turn.emit(ClosingBegan(account=account, market=market, close=close))
    for order in _entries(state, market):
        if order.request.account == account:
            cancel(turn, order, "engine", "before the close")
    for position in list(state.positions.get(account, {}).values()):
        if state.market_of(account, position.instrument) == market:
            _close(turn, position)


def close_by_engine(turn: Turn, position: Position, id_: SignalId, reason: str, why: str) -> None:
    """By a signal of the engine's own, so that it can be explained like any other."""
    signal = Signal(id_, turn.at, position.account, SignalKind.EXIT, position.instrument, reason=reason)
    turn.emit(SignalTaken(signal=signal, why=why))
    judge(turn, signal, None, None)


def _close(turn: Turn, position: Position) -> None:
    why = "the account closes its positions before the session ends"
    close_by_engine(turn, position, SignalId(f"close-{position.id}"), "before the close", why)


def _has_begun(state: BookState, account: AccountId, market: str) -> bool:
    hours = state.markets.get(market)
    begun = state.closings.get(account, {}).get(market)
    return hours is not None and begun is not None and begun == hours.close


def _cancel_entries_at_close(turn: Turn, market: str, hours: MarketHours) -> None:
    for order in _entries(turn.state, market):
        terms = turn.state.accounts[order.request.account].terms
        trades = hours.trades(premarket=terms.premarket, afterhours=terms.afterhours)
        if terms.cancel_at_close and not trades and order.request.tif not in _OF_THE_AUCTIONS:
            cancel(turn, order, "engine", "market close")


def _give_up_missed_opens(turn: Turn, market: str, hours: MarketHours) -> None:
    """What waited for an open that came and went unseen lapses: it speaks of a market that is gone."""
    for queued in list(turn.state.queue.values()):
        signal = queued.signal
        if turn.state.market_of(signal.account, signal.instrument) != market or queued.due >= turn.at:
            continue
        if not _trades(turn.state, signal.account, signal.instrument):
            turn.emit(SignalTaken(signal=signal, why="the open that it waited for was missed"))
            judge(turn, signal, None, None, waited_until=queued.due)


def _entries(state: BookState, market: str) -> list[Order]:
    """The open entries of a market, of all accounts."""
    return [
        state.orders[id_]
        for account, by_instrument in state.open.items()
        for instrument, ids in by_instrument.items()
        if ids and state.market_of(account, instrument) == market
        for id_ in ids
        if state.orders[id_].request.role is Role.ENTRY
    ]


def _may_go(state: BookState, queued: Queued, instrument: Symbol) -> bool:
    signal = queued.signal
    meant = state.contract_of(signal.account, signal.instrument)
    return meant == instrument and _trades(state, signal.account, instrument)


def _trades(state: BookState, account: AccountId, instrument: Symbol) -> bool:
    known = state.accounts.get(account)
    hours = state.markets.get(state.market_of(account, instrument))
    if known is None or hours is None:
        return False
    return hours.trades(premarket=known.terms.premarket, afterhours=known.terms.afterhours)
