"""At which prices an account's positions are valued anew: a quote that crosses none of them costs the account nothing.

Each position has a band around the price where it was last marked. It is given a share of the money that lies between
the account's equity and its nearest limit, and its band is as wide as that share lets it be. All shares together are
never more than the whole, so while every price is inside its band no limit can have been reached. When one leaves its
band the position is marked, and the shares are dealt again: near a limit they shrink to single ticks.

Far from every limit a band is as wide as equity has to be exact for limits in percent: TOLERANCE of equity, and for a
position that is many times that, MOVE of its price.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain.amendments import PositionRestated
from kedge.domain.changes import PositionRescaled, SymbolChanged
from kedge.domain.governor import Trail
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.numbers import NANO, ZERO, Ticks
from kedge.domain.orders import Side
from kedge.domain.positions import Position
from kedge.kernel.bounds import bounds_of
from kedge.kernel.state import BookState
from kedge.kernel.sums import Sums, mark_of
from kedge.kernel.triggers import Band, Triggers

TOLERANCE = Decimal("0.005")  # of equity
MOVE = Decimal("0.0005")  # of the price
PEAK_STEP = Decimal("0.01")  # of the drawdown: a peak is told in such steps


class _Room(NamedTuple):
    """How much equity may move before something has to be looked at."""

    down: Decimal
    up: Decimal


_NONE = _Room(ZERO, ZERO)


class Marks:
    """The bands of all positions."""

    def __init__(self, state: BookState, sums: Sums, triggers: Triggers) -> None:
        """Deal every share."""
        self._state = state
        self._sums = sums
        self._triggers = triggers
        self._shares: dict[AccountId, dict[Symbol, _Room]] = {}
        self._dealt: dict[AccountId, _Room] = {}  # the sum of an account's shares
        for account in state.accounts:
            self.arm_all(account)

    def note(self, event: e.Event) -> None:
        """An event may move what a position is worth, or what the account may lose."""
        arm = _ARM.get(type(event))
        if arm is not None:
            arm(self, event)

    def arm_everywhere(self, event: e.InstrumentDefined) -> None:
        """It is another instrument for everybody."""
        for account in self._state.accounts:
            self.arm(account, event.instrument.symbol)

    def arm_both(self, event: SymbolChanged) -> None:
        """A position has gone from one symbol to another."""
        self.arm(event.account, event.instrument)
        self.arm(event.account, event.new_symbol)

    def arm(self, account: AccountId, instrument: Symbol) -> None:
        """Something has happened to this position."""
        self._deal(account, instrument, None)
        held = self._state.position(account, instrument)
        if held is None:
            self._triggers.value(instrument, account, None)
            return
        room, dealt = self._room(account), self._dealt[account]
        down, up = room.down - dealt.down, room.up - dealt.up
        count = len(self._shares[account]) + 1
        if 2 * count * down < room.down or 2 * count * up < room.up:
            self.arm_all(account)
        else:
            self._give(account, held, _Room(down / 2, up / 2))

    def arm_all(self, account: AccountId) -> None:
        """Deal the account's shares again, the same to each position."""
        held = self._state.positions.get(account, {})
        for gone in [symbol for symbol in self._shares.get(account, {}) if symbol not in held]:
            self._deal(account, gone, None)
            self._triggers.value(gone, account, None)
        if not held:
            return
        room, count = self._room(account), len(held)
        for position in held.values():
            self._give(account, position, _Room(room.down / (2 * count), room.up / (2 * count)))

    def _deal(self, account: AccountId, instrument: Symbol, share: _Room | None) -> None:
        """Put a position's share in the place of the one that it had; the sum moves by the difference."""
        shares, dealt = self._shares.setdefault(account, {}), self._dealt.get(account, _NONE)
        before, now = shares.pop(instrument, _NONE), share or _NONE
        if share is not None:
            shares[instrument] = share
        self._dealt[account] = _Room(
            dealt.down - before.down + now.down,
            dealt.up - before.up + now.up,
        )

    def _room(self, account: AccountId) -> _Room:
        holder, equity = self._state.accounts[account], self._sums.equity(account)
        down = up = max(equity, ZERO)
        for bound in bounds_of(holder):
            room = bound.room(equity)
            if room > ZERO and bound.is_floor:
                down = min(down, room)
            elif room > ZERO:
                up = min(up, room)
        drawdown = holder.terms.governor.drawdown
        if drawdown is not None and drawdown.mode is Trail.INTRADAY:
            up = min(up, drawdown.of(holder.governed.initial) * PEAK_STEP)
        return _Room(down, up)

    def _give(self, account: AccountId, position: Position, share: _Room) -> None:
        instrument = self._state.instruments[position.instrument]
        unit = abs(position.quantity) * instrument.multiplier
        long = position.quantity > ZERO
        mark = mark_of(position, instrument)
        widest = max(self._sums.equity(account) * TOLERANCE, unit * mark * MOVE)
        share = _Room(_whole(min(share.down, widest)), _whole(min(share.up, widest)))
        self._deal(account, position.instrument, share)
        below, above = (share.down, share.up) if long else (share.up, share.down)
        # Towards the mark, so that what is lost at the edge is within the share; but never on the mark itself.
        low = ((mark - below / unit) / instrument.tick).to_integral_value(ROUND_CEILING)
        high = ((mark + above / unit) / instrument.tick).to_integral_value(ROUND_FLOOR)
        at = mark / instrument.tick
        low = min(low, (at - 1).to_integral_value(ROUND_CEILING))
        high = max(high, (at + 1).to_integral_value(ROUND_FLOOR))
        band = Band(Side.SELL if long else Side.BUY, Ticks(int(low)), Ticks(int(high)))
        self._triggers.value(position.instrument, account, band)


def _whole(amount: Decimal) -> Decimal:
    """Down to a billionth, so that shares can be added and taken away for ever without a rest."""
    return amount.quantize(NANO, ROUND_FLOOR)


_ARM: dict[type, Callable[[Marks, Any], None]] = {
    **dict.fromkeys(
        (
            e.PositionOpened,
            e.PositionGrown,
            e.PositionReduced,
            e.PositionClosed,
            g.PositionMarked,
            PositionRescaled,
            PositionRestated,
        ),
        lambda marks, event: marks.arm(event.account, event.instrument),
    ),
    **dict.fromkeys(
        (g.DayBegan, g.PeakRaised, g.LimitBreached, g.LockReleased),
        lambda marks, event: marks.arm_all(event.account),
    ),
    e.AccountDefined: lambda marks, event: marks.arm_all(event.terms.id),
    e.InstrumentDefined: Marks.arm_everywhere,
    SymbolChanged: Marks.arm_both,
}
