"""Random days at the exchange: lists of deeds that Hypothesis makes up, and how they are done."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st
from tests.unit.sim.builders import ALPHA, BETA, ES, INSTRUMENTS, SPY

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import VenueReport
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import OrderRequest, OrderType, Role, Side, Terms, TimeInForce
from kedge.domain.quotes import Bar, Print, Quote
from kedge.sim.exchange import SimExchange
from kedge.sim.settings import SimSettings

CASH = Decimal(2_000)
_UNIT = 10**9
_CENTRE = 1_000  # ticks
_TICK = {SPY: 10_000_000, ES: 250_000_000}


class Deed(NamedTuple):
    """Something done at the exchange `wait` ticks of the clock after the last thing."""

    wait: int
    do: Callable[[SimExchange, Instant, int], list[VenueReport]]
    text: str

    def __repr__(self) -> str:
        return f"+{self.wait} {self.text}"


def perform(
    exchange: SimExchange, deeds: list[Deed], start: int = 0, clock: int = 100
) -> list[list[VenueReport]]:
    """Do the deeds; orders are named after the number of the deed."""
    reports = []
    for number, deed in enumerate(deeds[start:], start):
        clock += deed.wait
        reports.append(deed.do(exchange, Instant(clock), number))
    return reports


def clock_after(deeds: list[Deed], clock: int = 100) -> int:
    return clock + sum(deed.wait for deed in deeds)


_accounts = st.sampled_from([ALPHA, BETA])
_symbols = st.sampled_from([SPY, ES])
_sides = st.sampled_from(list(Side))
_steps = st.integers(-30, 30)
_lots = st.integers(1, 12)
_tifs = st.sampled_from([TimeInForce.GTC] * 4 + list(TimeInForce))
_stop_tifs = st.sampled_from([TimeInForce.GTC] * 3 + [TimeInForce.DAY, TimeInForce.IOC])


def request(
    name: str, account: AccountId, symbol: Symbol, side: Side, kind: OrderType, lots: int, near: int, far: int,
    tif: TimeInForce, *, reduce_only: bool = False, parent: str | None = None, role: Role = Role.ENTRY,
) -> OrderRequest:  # fmt: skip
    tick = _TICK[symbol]
    has_limit = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    has_stop = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
    return OrderRequest(
        id=OrderId(name),
        account=account,
        instrument=symbol,
        side=side,
        type=kind,
        quantity=Nano(lots * _UNIT),
        limit_price=Nano((_CENTRE + near) * tick) if has_limit else None,
        stop_price=Nano((_CENTRE + far) * tick) if has_stop else None,
        trail_amount=Nano((abs(near) + 1) * tick) if kind is OrderType.TRAILING_STOP else None,
        tif=tif,
        reduce_only=reduce_only,
        role=role,
        parent=None if parent is None else OrderId(parent),
    )


@st.composite
def _submit(draw: st.DrawFn) -> Deed:
    kind = draw(st.sampled_from(list(OrderType)))
    tif = draw(_tifs if kind in (OrderType.MARKET, OrderType.LIMIT) else _stop_tifs)
    given = (
        draw(_accounts),
        draw(_symbols),
        draw(_sides),
        kind,
        draw(_lots),
        draw(_steps),
        draw(_steps),
        tif,
    )
    reduce_only = draw(st.integers(0, 3)) == 0

    def do(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
        return exchange.submit(request(f"o{number}", *given, reduce_only=reduce_only), (), at)

    return Deed(draw(st.integers(0, 3)), do, f"submit {given} {reduce_only=}")


@st.composite
def _bracket(draw: st.DrawFn) -> Deed:
    account, symbol, side, lots = draw(_accounts), draw(_symbols), draw(_sides), draw(_lots)
    kind = draw(st.sampled_from([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP]))
    price, risk, gain = draw(_steps), draw(st.integers(1, 15)), draw(st.integers(1, 15))
    tif = draw(_stop_tifs)
    stop_kind = draw(st.sampled_from([OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP]))

    def do(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
        entry = request(f"e{number}", account, symbol, side, kind, lots, price, price, tif)
        away, exit_ = side.sign, side.opposite
        stop = request(
            f"s{number}", account, symbol, exit_, stop_kind, lots, price - 2 * away * risk, price - away * risk,
            TimeInForce.GTC, reduce_only=True, parent=entry.id, role=Role.STOP,
        )  # fmt: skip
        target = request(
            f"t{number}", account, symbol, exit_, OrderType.LIMIT, lots, price + away * gain, 0,
            TimeInForce.GTC, reduce_only=True, parent=entry.id, role=Role.TARGET,
        )  # fmt: skip
        return exchange.submit(entry, (stop, target), at)

    text = (
        f"bracket {account} {symbol} {side} {lots} {kind} at {price} {tif}, {stop_kind} {risk}, target {gain}"
    )
    return Deed(draw(st.integers(0, 3)), do, text)


@st.composite
def _pair(draw: st.DrawFn) -> Deed:
    account, symbol, lots = draw(_accounts), draw(_symbols), draw(_lots)
    first = (account, symbol, draw(_sides), OrderType.STOP, lots, 0, draw(_steps), TimeInForce.GTC)
    second = (account, symbol, draw(_sides), OrderType.LIMIT, lots, draw(_steps), 0, TimeInForce.DAY)

    def do(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
        return exchange.submit_oco((request(f"p{number}", *first), request(f"q{number}", *second)), at)

    return Deed(draw(st.integers(0, 3)), do, f"pair {first} {second}")


@st.composite
def _change(draw: st.DrawFn) -> Deed:
    which = draw(st.integers(0, 12))
    terms = draw(
        st.one_of(
            st.none(),
            st.builds(Terms, quantity=_lots.map(lambda lots: Nano(lots * _UNIT))),
            st.builds(Terms, limit_price=_steps.map(lambda step: Nano((_CENTRE + step) * 250_000_000))),
            st.builds(Terms, stop_price=_steps.map(lambda step: Nano((_CENTRE + step) * 250_000_000))),
        )
    )

    def do(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
        orders = exchange.open_orders(ALPHA) + exchange.open_orders(BETA) + [OrderId("nobody")]
        order = orders[which % len(orders)]
        return exchange.cancel(order, at) if terms is None else exchange.replace(order, terms, at)

    return Deed(draw(st.integers(0, 3)), do, f"change {which} to {terms}")


@st.composite
def _market(draw: st.DrawFn) -> Deed:
    symbol, kind = draw(_symbols), draw(st.sampled_from("qqqqpb"))
    middle, width, sizes = _CENTRE + draw(_steps), draw(st.integers(0, 3)), draw(st.tuples(_lots, _lots))
    prices = sorted(_CENTRE + step for step in draw(st.tuples(_steps, _steps, _steps, _steps)))
    up, wait = draw(st.booleans()), draw(st.integers(1, 12))

    def do(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
        if kind == "q":
            bid_size, ask_size = (Nano(size * _UNIT) for size in sizes)
            return exchange.on_market(
                Quote(symbol, at, Ticks(middle), Ticks(middle + width), bid_size, ask_size)
            )
        if kind == "p":
            return exchange.on_market(Print(symbol, at, Ticks(middle), Nano(sizes[0] * _UNIT)))
        low, first, last, high = (Ticks(price) for price in prices)
        opened, closed = (first, last) if up else (last, first)
        return exchange.on_market(
            Bar(symbol, at, Instant(at - wait), opened, high, low, closed, Nano(10 * sizes[0] * _UNIT))
        )

    return Deed(wait, do, f"market {symbol} {kind} {middle}+{width} {sizes} {prices} {up=}")


def _session(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
    return exchange.open_session(at) if number % 4 else exchange.close_session(at)


def _advance(exchange: SimExchange, at: Instant, number: int) -> list[VenueReport]:
    return exchange.advance(at)


_deeds = st.one_of(
    _market(),
    _market(),
    _market(),
    _submit(),
    _bracket(),
    _bracket(),
    _pair(),
    _change(),
    st.just(Deed(5, _advance, "advance")),
    st.just(Deed(1, _session, "open or close")),
)
days = st.lists(_deeds, min_size=12, max_size=60)


@st.composite
def sim_settings(draw: st.DrawFn) -> SimSettings:
    return msgspec.convert(
        {
            "slippage_bps": draw(st.sampled_from(["0", "10"])),
            "commission_flat": draw(st.sampled_from(["0", "1"])),
            "commission_per_share": draw(st.sampled_from(["0", "0.005"])),
            "commission_percent": draw(st.sampled_from(["0", "0.0333"])),
            "commission_minimum": draw(st.sampled_from(["0", "0.7"])),
            "fill_delay": draw(st.sampled_from([0, 0, 4])),
            "partial_fill_rate": draw(st.sampled_from(["0", "0.5"])),
            "reject_rate": draw(st.sampled_from(["0", "0.05"])),
            "spread_ticks": draw(st.sampled_from([0, 3])),
            "fill_on": draw(st.sampled_from(["next_open", "close"])),
            "limit_fill": draw(st.sampled_from(["touch", "through"])),
            "respect_size": draw(st.booleans()),
            "check_cash": draw(st.booleans()),
        },
        SimSettings,
    )


def listed_exchange(settings: SimSettings, seed: int) -> SimExchange:
    return SimExchange(INSTRUMENTS, {ALPHA: CASH, BETA: CASH}, settings, seed)
