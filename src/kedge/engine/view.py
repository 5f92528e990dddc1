"""What is there now, as people look at it: a read-only picture of a book with the last prices on it.

Dashboards and `kedge status` get this from a running engine. It is made on demand, from the book and the last quotes;
nothing in it is kept.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import msgspec

from kedge.domain.accounts import Account, TradingState
from kedge.domain.headroom import Headroom
from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol
from kedge.domain.instants import Instant, Span
from kedge.domain.kill import KillReport
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.markets import MarketHours
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Holder, Order, OrderType, Role, Side
from kedge.domain.performance import in_risks
from kedge.domain.positions import Position, PositionState
from kedge.domain.signals import Direction
from kedge.engine.front import Front
from kedge.engine.held_back import NOTHING, HeldBack, held_back
from kedge.kernel.book import Book
from kedge.kernel.kill_report import report_of
from kedge.kernel.standing import CoveredBy, standing_of
from kedge.market.quality import QualityReport

NO_REPORTS: Mapping[Symbol, QualityReport] = MappingProxyType({})


class OrderView(msgspec.Struct, frozen=True):
    """One open order."""

    id: OrderId
    account: AccountId
    instrument: Symbol
    side: Side
    type: OrderType
    role: Role
    quantity: Decimal
    filled: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    state: OrderState
    holder: Holder
    created: Instant


class PositionView(msgspec.Struct, frozen=True):
    """One open position, valued at the price at which it could be closed now."""

    id: PositionId
    account: AccountId
    instrument: Symbol
    direction: Direction
    quantity: Decimal
    entry_price: Decimal
    price: Decimal | None
    unrealised: Decimal | None
    stop: Decimal | None
    target: Decimal | None
    opened: Instant
    exiting: bool
    state: PositionState = PositionState.OPEN
    covered_by: CoveredBy = CoveredBy.NOBODY
    disaster_stop: Decimal | None = (
        None  # rests at the venue, for when the engine that holds the stop is gone
    )
    r_now: Decimal | None = None  # the result so far in units of what was at risk at entry


class AccountView(msgspec.Struct, frozen=True):
    """One account with the limits on its orders; `equity` is None while a position of it has no price."""

    id: AccountId
    venue: str
    currency: str
    state: TradingState
    cash: Decimal
    equity: Decimal | None
    realised: Decimal
    unrealised: Decimal | None
    fees: Decimal
    trades: int
    wins: int
    losses: int
    max_position_size: Decimal
    order_timeout: Span
    signal_ttl: Span
    room: Headroom | None = None  # what is left under each of its rules


class QuoteView(msgspec.Struct, frozen=True):
    """The last bid and ask of one instrument."""

    instrument: Symbol
    bid: Decimal | None
    ask: Decimal | None
    halted: str = ""  # the exchange's reason
    refused: dict[str, int] = {}  # pieces of data that were not acted on, by what was wrong with them


class MarketView(msgspec.Struct, frozen=True):
    """A market by its calendar."""

    name: str
    hours: MarketHours


class View(msgspec.Struct, frozen=True):
    """All of it, at one moment."""

    at: Instant
    book: str
    seq: int
    trading: TradingState
    accounts: tuple[AccountView, ...]
    positions: tuple[PositionView, ...]
    orders: tuple[OrderView, ...]
    quotes: tuple[QuoteView, ...]
    markets: tuple[MarketView, ...] = ()
    waiting: int = 0  # signals that wait for an open
    kills: tuple[KillReport, ...] = ()  # that have something to take away
    fronts: tuple[Front, ...] = ()  # the contracts that futures' roots mean
    held_back: HeldBack = NOTHING


def view_of(
    book: Book,
    at: Instant,
    quality: Mapping[Symbol, QualityReport] = NO_REPORTS,
    fronts: tuple[Front, ...] = (),
) -> View:
    """The picture of this moment; `quality` tells how good the market data has been."""
    state = book.state
    positions = {
        account: tuple(_position_view(book, position) for position in held.values())
        for account, held in state.positions.items()
    }
    return View(
        at=at,
        book=state.book,
        seq=state.seq,
        trading=state.trading,
        accounts=tuple(
            _account_view(book, account, positions.get(id_, ()), at)
            for id_, account in state.accounts.items()
        ),
        positions=tuple(position for held in positions.values() for position in held),
        orders=tuple(
            _order_view(order)
            for order in state.orders.values()
            if order.id not in state.closed and not is_final(order.state)
        ),
        quotes=tuple(_quote_view(book, symbol, quality) for symbol in state.instruments),
        markets=tuple(MarketView(name, hours) for name, hours in state.markets.items()),
        waiting=len(state.queue),
        kills=tuple(report for scope in state.kills if (report := report_of(state, scope)) is not None),
        fronts=fronts,
        held_back=held_back(state, at),
    )


def _quote_view(
    book: Book, symbol: Symbol, quality: Mapping[Symbol, QualityReport] = NO_REPORTS
) -> QuoteView:
    bid, ask = book.quote(symbol)
    instrument = book.state.instruments[symbol]
    return QuoteView(
        symbol,
        None if bid is None else instrument.price(bid),
        None if ask is None else instrument.price(ask),
        book.state.halted.get(symbol, ""),
        {} if symbol not in quality else {f: n for f, n in quality[symbol].refused.items() if n},
    )


def _order_view(order: Order) -> OrderView:
    request = order.request
    return OrderView(
        id=order.id,
        account=request.account,
        instrument=request.instrument,
        side=request.side,
        type=request.type,
        role=request.role,
        quantity=order.quantity,
        filled=order.filled,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        state=order.state,
        holder=request.holder,
        created=order.created,
    )


def _position_view(book: Book, position: Position) -> PositionView:
    instrument = book.state.instruments[position.instrument]
    quotes = _quote_view(book, position.instrument)
    price = quotes.bid if position.quantity > ZERO else quotes.ask
    size = abs(position.quantity)
    orders = book.state.open_orders(position.account, position.instrument)
    standing = standing_of(position.quantity, orders)
    unrealised = None if price is None else _unrealised(position, instrument.value(size, price))
    result = None if unrealised is None else position.realised + unrealised - position.fees
    return PositionView(
        id=position.id,
        account=position.account,
        instrument=position.instrument,
        direction=Direction.LONG if position.quantity > ZERO else Direction.SHORT,
        quantity=size,
        entry_price=position.cost / (size * instrument.multiplier),
        price=price,
        unrealised=unrealised,
        stop=standing.stop,
        target=standing.target,
        opened=position.opened,
        exiting=standing.state is PositionState.PENDING_EXIT,
        state=standing.state,
        covered_by=standing.covered_by,
        disaster_stop=None if standing.disaster is None else standing.disaster.price,
        r_now=None if result is None else in_risks(result, position.risk),
    )


def _unrealised(position: Position, worth: Decimal) -> Decimal:
    return worth - position.cost if position.quantity > ZERO else position.cost - worth


def _account_view(
    book: Book, account: Account, positions: tuple[PositionView, ...], at: Instant
) -> AccountView:
    """`positions` are those of the account."""
    unrealised: Decimal | None = ZERO
    equity: Decimal | None = account.cash
    for position in positions:
        if position.unrealised is None or unrealised is None or equity is None:
            unrealised = equity = None
            continue
        unrealised += position.unrealised
        equity += _share_of_equity(book, position, position.unrealised)
    return AccountView(
        id=account.terms.id,
        venue=account.terms.venue,
        currency=account.terms.currency,
        state=account.state,
        cash=account.cash,
        equity=equity,
        realised=account.realised,
        unrealised=unrealised,
        fees=account.fees,
        trades=account.trades,
        wins=account.wins,
        losses=account.losses,
        max_position_size=account.terms.max_position_size,
        order_timeout=account.terms.order_timeout,
        signal_ttl=account.terms.signal_ttl,
        room=book.headroom(account.terms.id, at, equity),
    )


def _share_of_equity(book: Book, position: PositionView, unrealised: Decimal) -> Decimal:
    """What the position adds to the cash: all that it is worth where buying paid for it, else its open result."""
    instrument = book.state.instruments[position.instrument]
    if not instrument.settles_in_full:
        return unrealised
    assert position.price is not None, "an open result needs a price"
    worth = instrument.value(position.quantity, position.price)
    return worth if position.direction is Direction.LONG else -worth
