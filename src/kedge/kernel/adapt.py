"""A bar has ended: the stop and the target of an open position follow what the market is like by now.

The stop comes closer near the target, and is given room in a volatile market; a target is placed anew by its rule.
All of it at the close of a bar, with the levels of that moment handed in, so that a replay decides alike.
"""

from decimal import Decimal
from typing import NamedTuple

from kedge.domain.adaptive import Adjust, AdjustBy, Widen
from kedge.domain.events import RoomNoted
from kedge.domain.inputs import LevelsSeen
from kedge.domain.lifecycle import WORKING_STATES, OrderState
from kedge.domain.numbers import ZERO, Figure, Nano, down_to, from_nano, plain, to_nano, up_to
from kedge.domain.orders import Order
from kedge.domain.positions import Position
from kedge.domain.protection import Levels
from kedge.kernel.aiming import Aim, move_target
from kedge.kernel.moving import Move, move_stop
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn
from kedge.kernel.upward import STEP, Upward, limit_of, open_targets, risk_of, show_price, standing_stops


def on_levels(turn: Turn, seen: LevelsSeen) -> None:
    """Nothing is recorded of a bar at which nothing changes."""
    position, account = (
        turn.state.position(seen.account, seen.instrument),
        turn.state.accounts.get(seen.account),
    )
    if position is None or account is None or position.stop is None:
        return
    adapt = account.terms.adapt
    instrument = turn.state.instruments[seen.instrument]
    price = instrument.price(seen.bid if position.quantity > ZERO else seen.ask)
    if adapt.widen is not None and seen.levels.atr is not None:
        _note_room(turn, position, adapt.widen, seen.levels.atr)
    views = [(order, Upward(turn.state, position, order)) for order in standing_stops(turn.state, position)]
    for order, view in views:
        if view.risk > ZERO and not view.is_held(view.sign * price):
            goal = view.tightens_to(price) or view.widens_to(price)
            if goal is not None:
                move_stop(turn, order, Move(to_nano(goal.stop), goal.by, "engine", goal.why, goal.figures))
    if adapt.target is not None:
        _place_anew(turn, position, adapt.target, seen.levels, price)


def _note_room(turn: Turn, position: Position, widen: Widen, atr: Nano) -> None:
    tick = turn.state.instruments[position.instrument].tick
    room = (widen.atr_multiple * from_nano(atr) / tick).to_integral_value() * tick
    if room != position.room:
        turn.emit(
            RoomNoted(account=position.account, instrument=position.instrument, room=to_nano(room), atr=atr)
        )


class _Ground(NamedTuple):
    """What a target is measured by; prices are signed, so that a gain lies above."""

    sign: int
    mean: Decimal
    risk: Decimal
    tick: Decimal


def _place_anew(turn: Turn, position: Position, rule: Adjust, levels: Levels, price: Decimal) -> None:
    """The account's own target, unless somebody has said where it lies."""
    ground = _ground(turn.state, position)
    if ground.risk <= ZERO:
        return
    for order in open_targets(turn.state, position):
        if not order.request.adjusts or order.named or not _answered(order):
            continue
        found = _wanted(rule, levels, ground, ground.sign * price)
        now = ground.sign * limit_of(order)
        if found is None or abs(found.price - now) < max(ground.tick, STEP * abs(now - ground.mean)):
            continue
        aim = Aim(
            to_nano(ground.sign * found.price), "engine", found.why, found.figures | {"price": to_nano(price)}
        )
        move_target(turn, order, aim)


class _Found(NamedTuple):
    price: Decimal  # signed
    why: str
    figures: dict[str, Figure]


def _wanted(rule: Adjust, levels: Levels, ground: _Ground, at: Decimal) -> _Found | None:
    """Where the rule puts it by now; None where the market does not say, or has passed it."""
    sign, least = ground.sign, ground.mean + rule.min_r * ground.risk
    figures: dict[str, Figure] = {"at_least": to_nano(_away(sign * least, sign, ground.tick))}
    if rule.by is AdjustBy.ATR and levels.atr is not None:
        price = ground.mean + rule.value * from_nano(levels.atr)
        figures["atr"] = levels.atr
        atr = show_price(from_nano(levels.atr), ground.tick)
        why = f"{plain(rule.value)} average true ranges of {atr} from the entry"
    elif rule.by is AdjustBy.RANGE and levels.range_high is not None and levels.range_low is not None:
        high, low = from_nano(levels.range_high), from_nano(levels.range_low)
        price = sign * (high if sign > 0 else low) + rule.value * (high - low)
        figures |= {"range_high": levels.range_high, "range_low": levels.range_low}
        why = f"{plain(rule.value)} heights of the opening range beyond it"
    elif rule.by is AdjustBy.RESISTANCE:
        swings = [sign * from_nano(swing) for swing in (levels.highs if sign > 0 else levels.lows)]
        ahead = [swing for swing in swings if swing > at and swing >= least]
        if not ahead:
            return None
        price = min(ahead)
        figures["swing"] = to_nano(sign * price)
        why = "at the nearest swing on the way"
    else:
        return None
    if price < least:
        price, why = (
            least,
            f"{plain(rule.min_r)} R from the entry, the least; by the market it would be nearer",
        )
    price = sign * _away(sign * price, sign, ground.tick)
    return _Found(price, why, figures) if price > at else None


def _away(price: Decimal, sign: int, tick: Decimal) -> Decimal:
    """On the grid, rounded away from the entry: the least distance is kept."""
    return up_to(price, tick) if sign > 0 else down_to(price, tick)


def _ground(state: BookState, position: Position) -> _Ground:
    instrument = state.instruments[position.instrument]
    sign = 1 if position.quantity > ZERO else -1
    mean = sign * position.cost / (abs(position.quantity) * instrument.multiplier)
    return _Ground(sign, mean, risk_of(position, instrument, mean), instrument.tick)


def _answered(order: Order) -> bool:
    return order.state is OrderState.NEW or order.state in WORKING_STATES
