"""How much room an account has left under every rule, for people to see before it is used up.

The levels of equity are those that the governor watches (`bounds`), the limits those that the gates hold an entry
against (`gates.room`), both by the same functions. What a limit holds in contracts depends on the instrument: it is
told for one, the one that is open, else the one that was entered last, else the first that the account may trade.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal

from kedge.domain.accounts import Account
from kedge.domain.codes import Code
from kedge.domain.governor import Trail
from kedge.domain.headroom import BestDay, Headroom, Left, Level, Sample
from kedge.domain.ids import AccountId, SignalId, Symbol
from kedge.domain.instants import MINUTE, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.limits import Counted
from kedge.domain.numbers import ZERO, down_to, money, up_to
from kedge.domain.orders import Side
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.gates import Draft
from kedge.gates.room import ONE, rooms
from kedge.kernel.bounds import Bound, bounds_of, peak_of
from kedge.kernel.on_signal import together
from kedge.kernel.state import BookState
from kedge.kernel.sums import Sums, mark_of
from kedge.protection.stops import percent_away, ticks_away

Prices = Callable[[Symbol], Decimal | None]


def headroom(
    state: BookState,
    sums: Sums,
    account: AccountId,
    at: Instant,
    prices: Prices,
    equity: Decimal | None = None,
) -> Headroom:
    """Of this moment. `equity`: at the last prices, where somebody knows it better than the last marks do."""
    holder = state.accounts[account]
    governed, terms = holder.governed, holder.terms.governor
    marked = sums.equity(account)
    worth = marked if equity is None else equity
    balance = marked - sums.total(account).gain
    sample = _sample(state, holder, prices)
    follows = terms.drawdown is not None and terms.drawdown.mode is not Trail.STATIC
    return Headroom(
        account=account,
        profile=terms.profile,
        equity=worth,
        balance=balance,
        initial=governed.initial,
        peak=peak_of(holder) if follows else None,
        day=governed.day,
        until=governed.until,
        cooling_until=governed.cooling_until if governed.cooling_until > at else None,
        locks=tuple(governed.locks.values()),
        levels=(
            *_levels(state, holder, worth, sample),
            *_of_owner(state, sums, account, prices, sample),
        ),
        limits=(*_counts(sums, holder, at), *_limits(state, sums, holder, at, sample)),
        sample=sample,
        best_day=_best_day(holder, balance),
    )


def _levels(state: BookState, holder: Account, equity: Decimal, sample: Sample | None) -> Iterator[Level]:
    passed = holder.governed.passed
    for bound in bounds_of(holder):
        if not bound.is_floor and bound.code in passed:
            continue  # a person lets the account go beyond it
        yield _level(state, bound, equity, sample)


def _of_owner(
    state: BookState, sums: Sums, account: AccountId, prices: Prices, sample: Sample | None
) -> Iterator[Level]:
    """The floor of all accounts of its owner together: the same figures, whichever of them is looked at."""
    pool = sums.pool_of(account)
    if pool is None or pool.floor is None:
        return
    equity = pool.equity + sum((_unmarked(state, member, prices) for member in pool.members), ZERO)
    yield _level(state, pool.floor, equity, sample, pool.terms.name)


def _unmarked(state: BookState, account: AccountId, prices: Prices) -> Decimal:
    """What its positions have made since they were last marked."""
    moved = ZERO
    for position in state.positions.get(account, {}).values():
        instrument, price = state.instruments[position.instrument], prices(position.instrument)
        if price is not None:
            moved += (price - mark_of(position, instrument)) * position.quantity * instrument.multiplier
    return moved


def _level(state: BookState, bound: Bound, equity: Decimal, sample: Sample | None, owner: str = "") -> Level:
    left = bound.room(equity)
    points = None
    if sample is not None and left > ZERO:
        tick = state.instruments[sample.instrument].tick
        points = up_to(left / (sample.quantity * sample.multiplier), tick)
    return Level(bound.code, bound.level, left, bound.ends, bound.flatten, bound.is_floor, points, owner)


def _counts(sums: Sums, holder: Account, at: Instant) -> Iterator[Left]:
    """What is counted, whatever is traded."""
    terms, governed, total = holder.terms, holder.governed, sums.total(holder.terms.id)
    governor, entries = terms.governor, governed.entries
    for name, code, most, used, counts in (
        (
            "max_entries_per_minute",
            Code.TOO_MANY_ENTRIES,
            governor.max_entries_per_minute,
            _since(entries, Instant(at - MINUTE)),
            "entries",
        ),
        (
            "max_entries_per_hour",
            Code.TOO_MANY_ENTRIES,
            governor.max_entries_per_hour,
            _since(entries, Instant(at - 60 * MINUTE)),
            "entries",
        ),
        (
            "max_entries_per_day",
            Code.TOO_MANY_ENTRIES,
            governor.max_entries_per_day,
            len(entries),
            "entries",
        ),
        ("max_daily_orders", Code.TOO_MANY_ORDERS, governor.max_daily_orders, governed.orders, "orders"),
        ("cooldown_losses", Code.COOLING_DOWN, governor.cooldown_losses, governed.losses, "losses"),
        ("max_positions", Code.TOO_MANY_POSITIONS, terms.limits.max_positions, total.used, "positions"),
        (
            "max_active_orders",
            Code.TOO_MANY_ACTIVE_ORDERS,
            terms.limits.max_active_orders,
            total.orders,
            "orders",
        ),
    ):
        yield Left(name, code, Decimal(most), Decimal(used), counts)


def _since(entries: list[Instant], begin: Instant) -> int:
    return len(entries) - bisect_right(entries, begin)


def _limits(
    state: BookState, sums: Sums, holder: Account, at: Instant, sample: Sample | None
) -> Iterator[Left]:
    """The limits in money and quantities, as an entry in the sample's instrument would meet them."""
    if sample is None:
        return
    instrument, price = state.instruments[sample.instrument], sample.price
    draft = _next_entry(state, sums, holder, at, sample, instrument)
    for room in rooms(draft, ONE if price is None else price):  # what is used does not depend on it
        counts = price is not None and room.each > ZERO
        fits = down_to(room.fits, instrument.lot) if counts else None
        yield Left(room.kind.name, room.kind.code, money(room.limit), money(room.used), fits=fits)


def _next_entry(
    state: BookState, sums: Sums, holder: Account, at: Instant, sample: Sample, instrument: Instrument
) -> Draft:
    """An entry that nobody has asked for, with the account's plain stop."""
    id_, side, terms = holder.terms.id, sample.side, holder.terms
    direction = Direction.LONG if side is Side.BUY else Direction.SHORT
    draft = Draft(
        Signal(SignalId(""), at, id_, SignalKind.ENTRY, sample.instrument, direction),
        at,
        account=holder,
        instrument=instrument,
        position=None,
        open_orders=(),
        trading=state.trading,
        bid=None,
        ask=None,
    )
    draft.account, draft.instrument, draft.side = holder, instrument, side
    draft.stake, draft.total = sums.stake(id_, sample.instrument), sums.total(id_)
    draft.equity = sums.equity(id_)
    draft.of_asset = sums.in_asset(id_, instrument.asset)
    draft.together = together(sums, id_, sample.instrument)
    if sample.price is None:
        return draft
    if terms.plan.stop_ticks is not None:
        draft.stop = ticks_away(sample.price, terms.plan.stop_ticks, side, instrument.tick)
    else:
        draft.stop = percent_away(sample.price, terms.stop_percent, side, instrument.tick)
    return draft


def _sample(state: BookState, holder: Account, prices: Prices) -> Sample | None:
    held = list(state.positions.get(holder.terms.id, {}).values())
    if held:
        position = max(held, key=lambda each: (each.opened, each.instrument))
        instrument = state.instruments[position.instrument]
        side = Side.BUY if position.quantity > ZERO else Side.SELL
        price = prices(position.instrument) or mark_of(position, instrument)
        return _of(instrument, side, abs(position.quantity), price, is_open=True)
    symbol = _meant_next(state, holder)
    if symbol is None:
        return None
    instrument = state.instruments[symbol]
    quantity = holder.terms.quantity or instrument.lot
    return _of(instrument, Side.BUY, quantity, prices(symbol), is_open=False)


def _of(
    instrument: Instrument, side: Side, quantity: Decimal, price: Decimal | None, *, is_open: bool
) -> Sample:
    return Sample(
        instrument.symbol,
        side,
        quantity,
        instrument.multiplier,
        price,
        is_open,
        not instrument.settles_in_full,
    )


def _meant_next(state: BookState, holder: Account) -> Symbol | None:
    """What was entered last, else the first that the account may trade: a future, where it counts in margin."""
    orders = [
        order for id_ in holder.governed.last_entry.values() if (order := state.orders.get(id_)) is not None
    ]
    if orders:
        return max(orders, key=lambda order: (order.created, order.id)).request.instrument
    terms = holder.terms
    named = [state.contract_of(terms.id, symbol) for symbol in terms.routing.allow]
    may = [
        instrument
        for symbol in named or state.instruments
        if (instrument := state.instruments.get(symbol)) is not None
        and symbol not in terms.routing.deny
        and instrument.currency == terms.currency
    ]
    by_margin = terms.limits.exposure is Counted.MARGIN
    futures = [each for each in may if by_margin and not each.settles_in_full]
    return next((each.symbol for each in (*futures, *may)), None)


def _best_day(holder: Account, balance: Decimal) -> BestDay | None:
    most, governed = holder.terms.governor.best_day_pct, holder.governed
    if most is None:
        return None
    today = balance - governed.day_balance
    return BestDay(max(governed.best_day, today, ZERO), balance - governed.initial, most)
