"""What a row of each readable table says, from the thing that it is about. Columns stand in the order of `tables`."""

from decimal import Decimal
from functools import lru_cache

import msgspec

from kedge.domain.accounts import Account, AccountTerms, TradingState
from kedge.domain.amendments import TradeRestated
from kedge.domain.changes import UnallocatedChanged
from kedge.domain.events import PositionClosed, RunStarted, SignalJudged
from kedge.domain.ids import AccountId, BookId, OrderId, Symbol
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import ZERO, Nano, from_nano, money, plain
from kedge.domain.orders import Execution, Order
from kedge.domain.performance import in_risks
from kedge.domain.positions import Position, fee_worth
from kedge.domain.signals import Direction, Signal
from kedge.domain.strategies import FoundSetup, StrategyBook, StrategyTerms, Tally
from kedge.journal.codec import encode_order
from kedge.journal.tables import Line
from kedge.kernel.state import Dust

_ENCODE = msgspec.json.Encoder(order="deterministic").encode


class Timing(msgspec.Struct):
    """What an order's row keeps that the order does not know: each is written once, `last_fill` ever anew."""

    sent: Instant | None = None
    signal_time: Instant | None = None
    expected_price: str | None = None
    accepted: Instant | None = None
    first_fill: Instant | None = None
    last_fill: Instant | None = None


NO_TIMING = Timing()


class Score(msgspec.Struct):
    """What a strategy has done since its row was last written."""

    trades: int = 0
    wins: int = 0
    losses: int = 0
    pnl: Decimal = ZERO
    updated: Instant = Instant(0)


def text(number: Decimal | None) -> str | None:
    """A number as the tables show it."""
    return None if number is None else plain(number)


@lru_cache(maxsize=8_192)  # the same quantities, prices and fees come again and again
def nano(number: Nano) -> str:
    """A number of billionths as the tables show it."""
    return plain(from_nano(number))


def text_of_nano(number: Nano | None) -> str | None:
    """A number of billionths that may be absent."""
    return None if number is None else nano(number)


def run_line(book: BookId, step: int, event: RunStarted, at: Instant) -> Line:
    """A start of the engine."""
    return (book, step, event.epoch, event.nonce, event.journal_id, event.version, event.settings_hash, at)


def symbol_line(book: BookId, known: Instrument, at: Instant) -> Line:
    """An instrument."""
    return (
        book,
        known.symbol,
        known.asset,
        plain(known.tick),
        plain(known.lot),
        plain(known.multiplier),
        known.currency,
        text(known.margin),
        at,
    )


def broker_account_line(book: BookId, terms: AccountTerms, at: Instant) -> Line:
    """An account at a venue."""
    return (book, terms.venue, terms.held_at, terms.currency, at)


def unallocated_line(book: BookId, event: UnallocatedChanged, at: Instant) -> Line:
    """What an account at a venue holds that is no account's here."""
    return (
        book,
        event.venue,
        event.account,
        event.instrument,
        nano(event.quantity),
        nano(event.held),
        at,
    )


def dust_line(book: BookId, account: AccountId, symbol: Symbol, dust: Dust, at: Instant) -> Line:
    """What an account holds of an instrument and cannot sell."""
    return (book, account, symbol, plain(dust.quantity), plain(dust.cost), at)


def account_line(book: BookId, book_state: TradingState, account: Account, at: Instant) -> Line:
    """An account with its money."""
    terms = account.terms
    return (
        book,
        terms.id,
        terms.venue,
        terms.currency,
        plain(terms.cash),
        plain(account.cash),
        plain(account.realised),
        plain(account.fees),
        account.state,
        book_state,
        account.trades,
        account.wins,
        account.losses,
        at,
        terms.held_at,
        terms.owner or None,
    )


def order_line(book: BookId, order: Order, timing: Timing) -> Line:
    """An order as it stands; the last column holds all of it."""
    request = order.request
    average = order.average_price
    return (
        book,
        request.id,
        order.venue_order_id,
        request.account,
        request.instrument,
        request.side,
        request.type,
        plain(order.quantity),
        plain(order.filled),
        None if average is None else plain(money(average)),
        text(order.limit_price),
        text(order.stop_price),
        plain(order.fees),
        order.state,
        request.role,
        request.tif,
        request.holder,
        int(request.reduce_only),
        request.signal,
        request.parent,
        request.strategy,
        order.reason,
        order.created,
        order.updated,
        timing.sent,
        timing.signal_time,
        timing.expected_price,
        timing.accepted,
        timing.first_fill,
        timing.last_fill,
        encode_order(order),
    )


def fill_line(
    book: BookId, order: Order, execution: Execution, at: Instant, recorded: Instant, *, late: bool
) -> Line:
    """One fill."""
    request = order.request
    return (
        book,
        order.id,
        execution.id,
        request.account,
        request.instrument,
        request.side,
        request.role,
        nano(execution.quantity),
        nano(execution.price),
        plain(fee_worth(execution)),
        at,
        recorded,
        int(late),
    )


def open_position_line(book: BookId, instrument: Instrument, position: Position, at: Instant) -> Line:
    """A position as it stands."""
    entry_price = None
    if position.entered:
        entry_price = plain(money(position.entry_value / position.entered / instrument.multiplier))
    return (
        book,
        position.id,
        position.account,
        position.instrument,
        "OPEN",
        Direction.LONG if position.quantity > 0 else Direction.SHORT,
        plain(position.quantity),
        plain(position.entered),
        entry_price,
        None,
        plain(position.cost),
        plain(position.realised),
        plain(position.fees),
        text(position.stop),
        position.opened,
        None,
        position.entry_order,
        at,
        text(position.risk),
        len(position.adds),
    )


def closed_position_line(book: BookId, event: PositionClosed | TradeRestated, at: Instant) -> Line:
    """A position that is no more, kept for its history."""
    return (
        book,
        event.position,
        event.account,
        event.instrument,
        "CLOSED",
        event.direction,
        "0",
        nano(event.quantity),
        nano(event.entry_price),
        nano(event.exit_price),
        "0",
        nano(Nano(event.pnl + event.fees)),
        nano(event.fees),
        text_of_nano(event.stop),
        event.opened,
        at,
        event.entry_order,
        at,
        text_of_nano(event.risk),
        event.adds,
    )


def trade_line(
    book: BookId,
    instrument: Instrument,
    event: PositionClosed | TradeRestated,
    at: Instant,
    exit_order: OrderId | None,
) -> Line:
    """A completed round trip."""
    return (
        book,
        event.position,
        event.account,
        event.strategy,
        event.instrument,
        event.direction,
        nano(event.quantity),
        event.opened,
        nano(event.entry_price),
        at,
        nano(event.exit_price),
        event.exit_reason,
        nano(event.pnl),
        nano(event.fees),
        _r_multiple(instrument, event),
        text_of_nano(event.stop),
        event.entry_order,
        exit_order,
        text_of_nano(event.risk),
        event.adds,
    )


def strategy_line(book: BookId, account: AccountId, strategy: str, added: Score) -> Line:
    """What round trips add to their strategy's sums."""
    return (book, account, strategy, added.trades, added.wins, added.losses, plain(added.pnl), added.updated)


def own_strategy_line(book: BookId, known: StrategyBook, at: Instant) -> Line:
    """A strategy of our own, with what it has done so far."""
    terms = known.terms
    return (
        book,
        terms.id,
        terms.account,
        terms.instrument,
        terms.rule,
        terms.bar,
        known.since,
        *_tally(known.total),
        known.last_delay,
        known.worst_delay,
        known.last_error or None,
        known.opened or None,
        *_tally(known.session),
        at,
    )


def _tally(tally: Tally) -> Line:
    setups = (tally.found, tally.taken, tally.refused, tally.missed)
    return (*setups, tally.trades, tally.wins, tally.losses, plain(tally.pnl))


def setup_line(book: BookId, terms: StrategyTerms, found: FoundSetup, at: Instant) -> Line:
    """A setup, and what has become of it."""
    return (
        book,
        found.signal,
        terms.id,
        terms.account,
        terms.instrument,
        found.at,
        found.seen,
        found.direction,
        found.reason or None,
        found.fate,
        found.code or None,
        found.seen - found.at,
        at,
    )


def signal_line(book: BookId, event: SignalJudged, asked: Signal | None, at: Instant) -> Line:
    """A signal and how it ended; what it asked for is known where it was the cause of the step."""
    wish: Line = (None,) * 10
    told: Line = (None, None)
    if asked is not None:
        told = (_metadata(asked), text_of_nano(asked.pnl))
        wish = (
            asked.kind,
            asked.instrument,
            asked.direction,
            text_of_nano(asked.strength),
            text_of_nano(asked.expected_price),
            text_of_nano(asked.quantity),
            text_of_nano(asked.stop),
            asked.strategy,
            asked.reason,
            asked.ts,
        )
    outcome = (event.outcome, event.code, event.order, event.digest)
    return (book, event.signal, event.account, *wish, at, *outcome, *told)


def _metadata(signal: Signal) -> str | None:
    """What its sender has put beside it, as a JSON object."""
    return _ENCODE(signal.metadata).decode() if signal.metadata else None


def _r_multiple(instrument: Instrument, event: PositionClosed | TradeRestated) -> str | None:
    """The result in units of what was at risk at entry."""
    if event.risk is not None:
        at_risk = from_nano(event.risk)
    elif event.stop is not None:
        distance = abs(from_nano(event.entry_price) - from_nano(event.stop))
        at_risk = distance * from_nano(event.quantity) * instrument.multiplier
    else:
        return None
    return text(in_risks(from_nano(event.pnl), at_risk))
