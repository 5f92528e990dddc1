"""Telling a position's story again, with a fill that was annulled left out or with one that was another.

Average costs are shares that were rounded on the way, so what a fill did cannot be taken off the end: everything
after it is worked out anew, by the same arithmetic and in the same order as the first time. That is exact by
construction. What it rests on is checked: the story as it was has to lead to what is held now.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from kedge.domain.amendments import Opening, TradeRestated
from kedge.domain.announcements import Split
from kedge.domain.ids import OrderId, PositionId
from kedge.domain.instants import Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import ZERO, Nano, added, from_nano, to_nano
from kedge.domain.orders import Role
from kedge.domain.positions import (
    Part,
    Position,
    cash_flow,
    effect_of,
    gain,
    mean_price,
    risk_of,
    split,
    without_rest,
)
from kedge.domain.signals import Direction
from kedge.domain.stories import Divided, Dusted, Expired, Restated, Retaken, Traded
from kedge.domain.stories import Part as Told
from kedge.kernel.closing import DUST, By


class UntellableError(Exception):
    """The story cannot be told again to the last digit, and why."""


class Subject(msgspec.Struct, frozen=True):
    """Whose story is told: of which account's instrument, and by which order's fill that came up."""

    position: Position  # an empty one of the account and instrument
    instrument: Instrument
    order: OrderId
    # A fill that was annulled: the position that it had opened is that of the next fill of its order.
    heir: Traded | None = None


class Telling:
    """A story as far as it has been told."""

    def __init__(self, subject: Subject, mint: Callable[[int], PositionId]) -> None:
        """Nothing is open at the beginning; `mint` makes the id of a position that there was not before."""
        self.position: Position | None = None
        self.trades: list[TradeRestated] = []
        self.openings: list[Opening] = []
        self.flow = self.gained = self.fees = ZERO
        self.minted = 0
        self._subject = subject
        self._mint = mint
        self._heir = subject.heir
        self._opener: Traded | None = None

    def tell(self, parts: Sequence[Told]) -> "Telling":
        """All of it."""
        for place, part in enumerate(parts):
            match part:
                case Traded():
                    self._trade(place, part)
                case Divided():
                    self._divide(part)
                case Expired(at=at, price=price):
                    self._expire(at, price)
                case Dusted():
                    self._leave(part)
                case Retaken():
                    self._take_up(part)
                case Restated():
                    pass  # of an order, see `filled_of`
        return self

    @property
    def is_turned(self) -> bool:
        """Whether what is open was opened by an order that was to close something."""
        opener = self._opener
        return self.position is not None and opener is not None and opener.role is not Role.ENTRY

    def _trade(self, place: int, fill: Traded) -> None:
        held = ZERO if self.position is None else self.position.quantity
        signed, price, fee = effect_of(fill.execution, fill.side, self._subject.instrument)
        for part in split(held, signed, price, fee, self._subject.instrument):
            if part.closes:
                self._close(part, By(fill.order, fill.role.value, fill.strategy), fill.at)
            else:
                self._enter(place, fill, part)

    def _enter(self, place: int, fill: Traded, part: Part) -> None:
        position = self.position
        stop = None if fill.entry_stop is None else from_nano(fill.entry_stop)
        risk = None if stop is None else risk_of(part, stop, self._subject.instrument)
        if position is None:
            position = self.position = self._open(place, fill)
            position.risk = risk
        else:
            position.risk = added(position.risk, risk)
            if fill.role is Role.ENTRY and fill.order not in position.entries:
                position.adds.append(fill.order)
        position.entered += abs(part.quantity)
        position.entry_value += part.value
        position.quantity += part.quantity
        position.cost += part.value
        position.fees += part.fee
        self._pay(part, ZERO)

    def _open(self, place: int, fill: Traded) -> Position:
        known, heir = fill, self._heir
        if fill.opened is None and heir is not None and heir.order == fill.order:
            known, self._heir = heir, None  # once: a name is of one position
        if known.opened is not None:
            id_, stop = known.opened, known.stop
        else:
            id_, stop = self._mint(self.minted), None
            self.minted += 1
        self.openings.append(Opening(place, id_, stop))
        self._opener = fill
        return msgspec.structs.replace(
            self._subject.position,
            id=id_,
            opened=fill.at,
            entry_order=fill.order,
            adds=[],
            stop=None if stop is None else from_nano(stop),
        )

    def _close(self, part: Part, by: By, at: Instant) -> None:
        position = self.position
        assert position is not None, "a closing part has a position to close"
        released, gained = gain(position, part)
        self._pay(part, gained)
        position.exit_value += part.value
        position.fees += part.fee
        position.realised += gained
        before = position.quantity
        position.quantity += part.quantity
        position.cost -= released
        if not position.quantity:
            self.trades.append(self._round_trip(position, before, by, at))
            self.position = None

    def _round_trip(self, position: Position, before: Decimal, by: By, at: Instant) -> TradeRestated:
        unit = position.entered * self._subject.instrument.multiplier
        return TradeRestated(
            position=position.id,
            account=position.account,
            instrument=position.instrument,
            order=self._subject.order,
            direction=Direction.LONG if before > ZERO else Direction.SHORT,
            opened=position.opened,
            closed=at,
            entry_order=position.entry_order,
            quantity=to_nano(position.entered),
            entry_price=to_nano(mean_price(position.entry_value, unit)),
            exit_price=to_nano(mean_price(position.exit_value, unit)),
            pnl=to_nano(position.realised - position.fees),
            fees=to_nano(position.fees),
            exit_reason=by.reason,
            exit_order=by.order,
            strategy=None if self._opener is None else self._opener.strategy,
            stop=None if position.stop is None else to_nano(position.stop),
            risk=None if position.risk is None else to_nano(position.risk),
            adds=len(position.adds),
        )

    def _divide(self, part: Divided) -> None:
        position, done = self.position, part.split
        if position is None:
            return
        held = to_nano(position.quantity)
        exact = done.rounded(held)
        rest = Nano(exact - done.in_lots(held, to_nano(self._subject.instrument.lot)))
        if rest and rest != part.rest:
            raise UntellableError("a split has paid out a rest that would have been another one")
        position.quantity = from_nano(exact)
        position.entered = from_nano(done.rounded(to_nano(position.entered)))
        if position.stop is not None:
            position.stop = from_nano(Nano(round(Fraction(to_nano(position.stop) * done.old, done.new))))
        if rest:
            paid = Part(-from_nano(rest), from_nano(part.paid), ZERO, closes=True)
            self._close(paid, By(None, "split"), part.at)

    def _expire(self, at: Instant, price: Nano) -> None:
        position = self.position
        if position is not None:
            value = self._subject.instrument.value(abs(position.quantity), from_nano(price))
            self._close(Part(-position.quantity, value, ZERO, closes=True), By(None, "settlement"), at)

    def _leave(self, part: Dusted) -> None:
        """What could not be sold: the same again, or nobody knows what would have been done with it."""
        position = self.position
        if position is None or to_nano(position.quantity) != part.quantity:
            raise UntellableError("other dust would have been left")
        rest = without_rest(position, self._subject.instrument)
        trade = self._round_trip(position, position.quantity, By(None, DUST), part.at)
        self.trades.append(
            msgspec.structs.replace(
                trade,
                quantity=to_nano(rest.quantity),
                entry_price=to_nano(rest.entry_price),
                exit_price=to_nano(rest.exit_price),
            )
        )
        self.position = None

    def _take_up(self, part: Retaken) -> None:
        """The same again, or nobody knows how much the venue would have sold."""
        position = self.position
        if position is None or to_nano(position.quantity) != part.held:
            raise UntellableError("other dust would have been sold")
        cost, quantity = from_nano(part.cost), from_nano(part.quantity)
        position.entered += abs(quantity)
        position.entry_value += cost
        position.quantity += quantity
        position.cost += cost

    def _pay(self, part: Part, gained: Decimal) -> None:
        self.flow += cash_flow(self._subject.instrument, part, gained)
        self.gained += gained
        self.fees += part.fee


def filled_of(parts: Sequence[Told], order: OrderId) -> Nano:
    """How much of an order the story says has filled, in the shares in which the order counts."""
    filled, last = 0, None
    for part in parts:
        match part:
            case Traded() if part.order == order:
                filled += part.execution.quantity
            case Divided(split=done):
                last = done
            case Restated() if part.order == order:
                filled = _counted_anew(filled, last)
            case _:
                pass
    return Nano(filled)


def _counted_anew(filled: int, done: Split | None) -> int:
    return filled if done is None else done.rounded(filled)


def agree(one: Position | None, other: Position | None) -> bool:
    """Whether two positions are the same to the last digit."""
    if one is None or other is None:
        return one is other
    names = ("quantity", "cost", "realised", "fees", "entered", "entry_value", "exit_value")
    return all(getattr(one, name) == getattr(other, name) for name in names)
