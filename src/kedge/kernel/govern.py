"""The governor at work: after every step that moved money, an account's limits are looked at.

    a position is closed at a loss   ──► so many in a row: a cool-down
    equity or balance rises          ──► the peak is raised, and the floor with it
    equity reaches a floor or a goal ──► the account is locked: its entries are withdrawn, and where the limit says so
                                         all that it holds is closed (again and again, until it is: `holding`)

A lock holds whatever equity does afterwards. It ends with the day, or when a person lets the account go on.
"""

from decimal import ROUND_CEILING, Decimal

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain.accounts import Account
from kedge.domain.amendments import PositionRestated
from kedge.domain.changes import DustRescaled, PositionRescaled
from kedge.domain.codes import SENDERS_FAULTS, Code
from kedge.domain.governor import Trail
from kedge.domain.ids import AccountId
from kedge.domain.inputs import DayTurned, MarkReached, ReleaseAsked, StrategyAsked
from kedge.domain.instants import Instant
from kedge.domain.numbers import ZERO, from_nano, plain, to_nano
from kedge.domain.orders import Role
from kedge.domain.positions import Position
from kedge.domain.signals import Signal
from kedge.kernel.bounds import bounds_of, peak_of
from kedge.kernel.marks import PEAK_STEP
from kedge.kernel.pools import Pool
from kedge.kernel.requests import cancel
from kedge.kernel.turn import Turn

ENGINE = "engine"
_MOVES_MONEY: dict[type, None] = dict.fromkeys(
    (
        e.AccountDefined,
        e.PositionOpened,
        e.PositionGrown,
        e.PositionReduced,
        e.PositionClosed,
        e.DustSold,
        DustRescaled,
        PositionRescaled,
        PositionRestated,
        g.DayBegan,
        g.PositionMarked,
    )
)


def govern(turn: Turn) -> None:
    """Look at every account whose money the events of this turn have moved, and at the strategies that tried."""
    moved: dict[AccountId, None] = {}
    for event in list(turn.events):
        if type(event) in _MOVES_MONEY:
            moved[_account_of(event)] = None
        if isinstance(event, g.OwnersDefined):  # what was lost before the limit was set is lost
            moved |= dict.fromkeys(turn.state.accounts)
        if isinstance(event, e.PositionClosed):
            _cool_down(turn, turn.state.accounts[event.account])
        elif isinstance(event, (e.OrderEnded, e.OrderSubmitted)):
            _watch_strategy(turn, event)
    for account in moved:
        _raise_peak(turn, turn.state.accounts[account])
        _look(turn, turn.state.accounts[account])
    if turn.state.owners:
        for account in moved:
            _look_at_all(turn, account)


def on_mark(turn: Turn, reached: MarkReached) -> None:
    """A position is worth something else now."""
    position = turn.state.position(reached.account, reached.instrument)
    price = from_nano(reached.price)
    if position is None or position.mark == price:
        return
    _mark(turn, position, price)
    pool = turn.sums.pool_of(reached.account) if turn.state.owners else None
    floor = None if pool is None else pool.floor
    if pool is not None and floor is not None and floor.room(pool.equity) <= ZERO:
        _mark_the_others(turn, reached, position, pool)


def _mark(turn: Turn, position: Position, price: Decimal) -> None:
    account, symbol = position.account, position.instrument
    instrument, sign = turn.state.instruments[symbol], 1 if position.quantity > ZERO else -1
    before = turn.sums.stake(account, symbol).gain
    gain = sign * (instrument.value(abs(position.quantity), price) - position.cost)
    equity = turn.sums.equity(account) + gain - before
    turn.emit(
        g.PositionMarked(account=account, instrument=symbol, price=to_nano(price), equity=to_nano(equity))
    )


def _mark_the_others(turn: Turn, reached: MarkReached, first: Position, pool: Pool) -> None:
    """One quote moves all of an owner's accounts: what one has lost by it another may have gained."""
    for member in pool.members:
        position = turn.state.position(member, reached.instrument)
        if position is None or member == reached.account:
            continue
        same_side = position.quantity * first.quantity > ZERO
        price = reached.price if same_side or reached.opposite is None else reached.opposite
        if position.mark != from_nano(price):
            _mark(turn, position, from_nano(price))


def on_day(turn: Turn, turned: DayTurned) -> None:
    """A day is told once; it begins with what the account has then."""
    account = turn.state.accounts.get(turned.account)
    if account is None:
        return
    known = account.governed
    if (known.day, known.until, known.window) == (turned.day, turned.until, turned.window):
        return
    equity = turn.sums.equity(turned.account)
    balance = equity - turn.sums.total(turned.account).gain
    if (
        account.governed.day == turned.day
    ):  # the same day, of another length: the clock or the settings changed
        balance, equity = account.governed.day_balance, account.governed.day_equity
    turn.emit(
        g.DayBegan(
            account=turned.account,
            day=turned.day,
            until=turned.until,
            balance=to_nano(balance),
            equity=to_nano(equity),
            window=turned.window,
        )
    )


def on_release(turn: Turn, asked: ReleaseAsked) -> None:
    """A person lets the account go on; not while it is still below a floor, for it would be locked again at once."""
    account = turn.state.accounts.get(asked.account)
    if account is None or asked.code not in account.governed.locks:
        reason = f"it is not locked by {asked.code}"
    else:
        equity = turn.sums.equity(asked.account)
        bounds = bounds_of(account)
        pool = turn.sums.pool_of(asked.account)
        if asked.code == Code.OWNER_DAILY_LOSS and pool is not None and pool.floor is not None:
            bounds, equity = [pool.floor], pool.equity
        broken = [b for b in bounds if b.code == asked.code and b.is_floor and b.room(equity) <= ZERO]
        reason = "".join(
            f"equity {plain(equity)} is still at or below the limit {plain(bound.level)}, which would lock it again"
            for bound in broken
        )
    if reason:
        turn.emit(g.ReleaseRefused(account=asked.account, code=asked.code, who=asked.who, reason=reason))
        return
    turn.emit(g.LockReleased(account=asked.account, code=asked.code, who=asked.who, why=asked.why))


def on_strategy(turn: Turn, asked: StrategyAsked) -> None:
    """A person pauses a strategy, or has looked at it and lets it go on."""
    pace = turn.state.paces.get(asked.strategy)
    if asked.paused and (pace is None or not pace.paused):
        turn.emit(g.StrategyPaused(strategy=asked.strategy, who=asked.who, why=asked.why))
    elif not asked.paused and pace is not None:
        turn.emit(g.StrategyResumed(strategy=asked.strategy, who=asked.who, why=asked.why))


def _account_of(event: e.Event) -> AccountId:
    if isinstance(event, e.AccountDefined):
        return event.terms.id
    account: AccountId = getattr(event, "account")  # noqa: B009 (each of _MOVES_MONEY has one)
    return account


def _cool_down(turn: Turn, account: Account) -> None:
    terms, governed = account.terms.governor, account.governed
    if governed.losses >= terms.cooldown_losses:
        until = Instant(turn.at + terms.cooldown)
        turn.emit(g.CooldownStarted(account=account.terms.id, losses=governed.losses, until=until))


def note_refusal(turn: Turn, signal: Signal, code: Code) -> None:
    """One that asks again and again for what it cannot have is paused."""
    strategy = signal.strategy
    if strategy is None or code not in SENDERS_FAULTS:
        return
    pace = turn.state.paces.get(strategy)
    in_a_row = 1 if pace is None else pace.refusals + 1
    turn.emit(g.StrategyRefused(strategy=strategy, signal=signal.id, code=code, in_a_row=in_a_row))
    most = turn.state.accounts[signal.account].terms.governor.max_refusals
    if in_a_row >= most and not turn.state.paces[strategy].paused:
        why = f"{in_a_row} of its entries in a row were refused for what they asked for, the last as {code}"
        turn.emit(g.StrategyPaused(strategy=strategy, who=ENGINE, why=why))


def _watch_strategy(turn: Turn, event: e.OrderEnded | e.OrderSubmitted) -> None:
    """One that the venue keeps refusing, or that enters again and again with nobody looking, is paused."""
    order = turn.order(event.request.id if isinstance(event, e.OrderSubmitted) else event.order)
    if order is None or order.request.role is not Role.ENTRY or order.request.strategy is None:
        return
    strategy, terms = order.request.strategy, turn.state.accounts[order.request.account].terms.governor
    pace = turn.state.paces.get(strategy)
    if pace is None or pace.paused:
        return
    if pace.rejections >= terms.max_rejections:
        why = f"the venue has rejected {pace.rejections} of its entries in a row"
        turn.emit(g.StrategyPaused(strategy=strategy, who=ENGINE, why=why))
    elif pace.repeats >= terms.max_repeats:
        why = f"it has entered {pace.repeats} times without a person having looked"
        turn.emit(g.StrategyPaused(strategy=strategy, who=ENGINE, why=why))


def _raise_peak(turn: Turn, account: Account) -> None:
    drawdown = account.terms.governor.drawdown
    if drawdown is None or drawdown.mode is Trail.STATIC:
        return
    reached = _reached(turn, account, drawdown.mode, drawdown.of(account.governed.initial) * PEAK_STEP)
    if reached <= peak_of(account):
        return
    floor = drawdown.floor(account.governed.initial, reached)
    turn.emit(g.PeakRaised(account=account.terms.id, peak=to_nano(reached), floor=to_nano(floor)))


def _reached(turn: Turn, account: Account, mode: Trail, step: Decimal) -> Decimal:
    """What the account has come to, as far as its kind of drawdown looks at it."""
    id_ = account.terms.id
    equity = turn.sums.equity(id_)
    match mode:
        case Trail.INTRADAY:
            # Rounded up to a whole step: what equity reached between two looks was not more than that.
            above = equity - account.governed.initial
            return account.governed.initial + (above / step).to_integral_value(ROUND_CEILING) * step
        case Trail.CLOSED:
            return equity - turn.sums.total(id_).gain
        case _:
            return account.governed.day_balance


def _look(turn: Turn, account: Account) -> None:
    governed, equity = account.governed, turn.sums.equity(account.terms.id)
    for bound in bounds_of(account):
        if bound.room(equity) > ZERO or bound.code in governed.locks:
            continue
        if not bound.is_floor and bound.code in governed.passed:
            continue
        turn.emit(
            g.LimitBreached(
                account=account.terms.id,
                code=bound.code,
                equity=to_nano(equity),
                limit=to_nano(bound.level),
                ends=bound.ends,
                flatten=bound.flatten,
            )
        )
        _withdraw_entries(turn, account.terms.id, bound.code)


def _look_at_all(turn: Turn, account: AccountId) -> None:
    """At the owner's accounts together: what they have lost in a day locks each of them."""
    pool = turn.sums.pool_of(account)
    bound = None if pool is None else pool.floor
    if pool is None or bound is None or bound.room(pool.equity) > ZERO or _between_days(turn, pool):
        return
    for member in pool.members:
        if bound.code in turn.state.accounts[member].governed.locks:
            continue
        turn.emit(
            g.LimitBreached(
                account=member,
                code=bound.code,
                equity=to_nano(pool.equity),
                limit=to_nano(bound.level),
                ends=bound.ends,
                flatten=bound.flatten,
                owner=pool.terms.name,
            )
        )
        _withdraw_entries(turn, member, bound.code)


def _between_days(turn: Turn, pool: Pool) -> bool:
    """Days of several accounts begin one after the other: what some of them lost yesterday is not of today."""
    if not any(isinstance(event, g.DayBegan) for event in turn.events):
        return False
    return len({turn.state.accounts[member].governed.day for member in pool.members}) > 1


def _withdraw_entries(turn: Turn, account: AccountId, code: str) -> None:
    for ids in list(turn.state.open.get(account, {}).values()):
        for id_ in list(ids):
            order = turn.state.orders[id_]
            if order.request.role is Role.ENTRY:
                cancel(turn, order, ENGINE, code)
