"""How much of what is open has a way out at a loss, and whose orders belong to it.

Covered is what a stop rests for at the venue, what the engine holds a stop for, and what is on its way out at the
market. A stop that the venue has not answered for covers nothing yet, and neither does one that is being withdrawn.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from kedge.domain.capabilities import Way
from kedge.domain.ids import AccountId
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import WORKING_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, from_nano
from kedge.domain.orders import Holder, Order, OrderType, Role
from kedge.domain.positions import Position
from kedge.kernel.pairs import surely_left_in_pair
from kedge.kernel.requests import ask
from kedge.kernel.state import BookState
from kedge.kernel.turn import Turn

_HUNDRED = Decimal(100)
_STANDS = (
    OrderState.NEW,
    *WORKING_STATES,
    OrderState.PENDING_REPLACE,
)  # a replace: the old terms hold until then
_UNANSWERED = (OrderState.PENDING_NEW, OrderState.IN_DOUBT)


class Cover(NamedTuple):
    """Quantities, unsigned."""

    open: Decimal
    stopped: Decimal  # by the stops of the plan
    leaving: Decimal  # on its way out at the market
    withdrawing: Decimal  # on its way out, and somebody wants it back
    coming: Decimal  # by stops that the venue has not answered for or does not find, and that only may fill
    yielded: Decimal  # what no stop rests for at the venue since another exit needs the place
    met: Decimal  # by stops whose price is met and whose limit may keep them from filling, as long as they have time
    guarded: Decimal  # by stops that the engine holds where the venue should have one
    guards: tuple[Order, ...]  # those

    @property
    def missing(self) -> Decimal:
        """What the plan leaves uncovered; that the engine stands in where a stop has to give way is of the plan."""
        return max(self.unprotected - min(self.guarded, self.yielded), ZERO)

    @property
    def uncovered(self) -> Decimal:
        """What nobody holds a stop for."""
        return max(self.unprotected - self.guarded - self.met, ZERO)

    @property
    def unprotected(self) -> Decimal:
        """What the engine has to hold a stop for."""
        return self.open - self.stopped - self.leaving


def cover_of(state: BookState, position: Position) -> Cover:
    """Count the ways out of a position."""
    stopped = leaving = withdrawing = coming = met = guarded = ZERO
    guards = []
    way = state.able(position.account).way
    for order in closing(state, position):
        if is_on_its_way(order):
            if order.state is OrderState.PENDING_CANCEL:
                withdrawing += order.leaves
            elif order.state is not OrderState.NEW:
                leaving += order.leaves
        elif order.request.role is not Role.STOP:
            continue
        elif order.met_its_limit:
            met += active_in(state, order) if may_fill_yet(order) else ZERO
        elif order.state is OrderState.NEW and way is not Way.ENGINE:
            guards.append(order)
            guarded += active_in(state, order)
        elif order.state in _STANDS and not order.absences:
            left = min(_left_for(state, position, order), surely_left_in_pair(state, order))
            stands, grows = _of_a_replace(order, min(active_in(state, order), left))
            stopped += stands
            coming += grows if way is Way.RESTING else ZERO
        elif order.state in _UNANSWERED or order.absences:
            coming += active_in(state, order)
    yielded = _yielded(state, position) if way is Way.RESTING else ZERO
    open_ = state.instruments[position.instrument].tradable(abs(position.quantity))
    return Cover(open_, stopped, leaving, withdrawing, coming + met, yielded, met, guarded, tuple(guards))


def may_fill_yet(order: Order) -> bool:
    """Whether a stop with a limit that has met its price still has its time."""
    return order.state in WORKING_STATES and order.cancel_at != NEVER and not order.refusals


def closing(state: BookState, position: Position) -> list[Order]:
    """The open orders that take from the position, oldest first."""
    orders = state.open_orders(position.account, position.instrument)
    return [order for order in orders if (order.request.side.sign > 0) != (position.quantity > ZERO)]


def _yielded(state: BookState, position: Position) -> Decimal:
    """For what another exit needs the place, what is being withdrawn, and what was added with a stop of its own."""
    found = ZERO
    for order in closing(state, position):
        if order.state is OrderState.NEW:
            is_own = order.request.role is Role.STOP and is_of_an_add(position, order)
            if is_waiting(order):
                found += order.leaves
            elif is_own:
                found += active_in(state, order)
        elif order.request.role is Role.DISASTER:
            continue  # no stop waits for its place: it is the first to give way
        elif order.request.role is not Role.STOP:
            # One that came beside a stop takes no place from any: without it, it is withdrawn.
            found += ZERO if is_on_its_way(order) or order.pair is not None else order.leaves
        elif order.state is OrderState.PENDING_CANCEL and not is_on_its_way(order):
            found += order.leaves
    return found


def _of_a_replace(order: Order, active: Decimal) -> tuple[Decimal, Decimal]:
    """What it surely has left while a replace is under way, and what that would add."""
    wanted = None if order.pending is None else order.pending.quantity
    if wanted is None or order.state is not OrderState.PENDING_REPLACE:
        return active, ZERO
    then = from_nano(wanted) - order.filled
    return min(active, then), max(then - order.leaves, ZERO)


def _left_for(state: BookState, position: Position, stop: Order) -> Decimal:
    """What of its entry may be open still: of several entries, one's targets take from its own stop alone."""
    entry = None if stop.request.parent is None else state.orders.get(stop.request.parent)
    if entry is None or not position.adds or stop.request.signal is None or stop.state is OrderState.NEW:
        return stop.leaves  # what the engine holds may have been made larger, and no target takes it away
    closed = sum(
        (
            order.filled
            for order in state.orders.values()
            if order.request.parent == entry.id and order.request.role is Role.TARGET
        ),
        ZERO,
    )
    return max(entry.filled - closed - stop.filled, ZERO)


def is_of_an_add(position: Position, order: Order) -> bool:
    """Whether it is the own stop of what was added to the position, or may be: the engine holds it where it is."""
    return order.request.parent is not None and order.request.parent != position.entry_order


def is_waiting(order: Order) -> bool:
    """Whether it is to leave, and the engine holds it until there is room for it at the venue."""
    return order.state is OrderState.NEW and (order.reached is not None or order.request.role is Role.EXIT)


def is_on_its_way(order: Order) -> bool:
    """Whether it closes at any price: an exit at the market, or what the engine has let go."""
    request = order.request
    released = request.holder is Holder.ENGINE and order.state is not OrderState.NEW
    at_market = request.role is Role.EXIT and request.type is OrderType.MARKET
    return released or at_market


def active_part(order: Order, entry: Order | None) -> Decimal:
    """What it can close by now: a leg of an entry that may still fill is for what has filled of that.

    `entry` is the leg's own; a stop that was put up for what is open already waits for nothing.
    """
    if entry is None or order.request.signal is None or is_final(entry.state):
        return order.leaves
    return min(order.leaves, max(entry.filled - order.filled, ZERO))


def active_in(state: BookState, order: Order) -> Decimal:
    """What of it can close something by now."""
    parent = order.request.parent
    return active_part(order, None if parent is None else state.orders.get(parent))


def rests_stops(state: BookState, account: AccountId) -> bool:
    """Whether the stops of this account are to be at the venue; else the engine holds them by plan."""
    return state.able(account).way is not Way.ENGINE


def is_wanted(state: BookState, position: Position) -> bool:
    """Whether the position is to have a stop: always, unless its entry was let in without one."""
    if position.waived:
        return False
    allowed = state.accounts[position.account].terms.allow_unprotected
    if not allowed or position.stop is not None:
        return True  # without a look through all orders
    return _last_stop_price(state, position) is not None


def stop_price_of(state: BookState, position: Position) -> Decimal:
    """Where its stop is, or was last; else so far from its mean price as the account's default stop."""
    known = _last_stop_price(state, position)
    if known is not None:
        return known
    instrument, terms = state.instruments[position.instrument], state.accounts[position.account].terms
    mean = position.cost / (abs(position.quantity) * instrument.multiplier)
    long = position.quantity > ZERO
    price = mean * (1 + (-terms.stop_percent if long else terms.stop_percent) / _HUNDRED)
    return _on_grid(price, state, position)


def _last_stop_price(state: BookState, position: Position) -> Decimal | None:
    entries = position.entries
    stops = [
        order
        for order in state.orders.values()
        if order.request.parent in entries
        and order.request.role is Role.STOP
        and order.request.instrument == position.instrument
        and (order.stop_price or order.level) is not None
    ]
    if position.adds:  # several entries with a stop each: what is missing goes to where the one was that is
        gone = [order for order in stops if order.state not in _STANDS or order.absences]
        stops = gone or stops

    def rank(order: Order) -> tuple[bool, bool, Instant]:
        # One that the venue has rejected was never there; it says where to go only when there is no other. Where a
        # stop is moved by way of the engine's own, that one stands, and what was withdrawn for it does not.
        stands = order.state is not OrderState.PENDING_CANCEL and not is_final(order.state)
        return order.state is not OrderState.REJECTED, stands, order.updated

    newest = max(reversed(stops), key=rank, default=None)  # of two that changed at one instant the later one
    price = None if newest is None else newest.stop_price or newest.level
    if newest is None or price is None:
        return position.stop
    for done in state.splits.get(position.account, ()):
        if done.at > newest.updated and position.instrument in state.goes_by(
            position.account, done.split.instrument
        ):
            price = _on_grid(price * done.split.old / done.split.new, state, position)
    return price


def _on_grid(price: Decimal, state: BookState, position: Position) -> Decimal:
    """Rounded towards the market: the risk is never above what was asked for."""
    tick = state.instruments[position.instrument].tick
    rounding = ROUND_CEILING if position.quantity > ZERO else ROUND_FLOOR
    return max((price / tick).to_integral_value(rounding), Decimal(1)) * tick


def protects(turn: Turn, order: Order) -> bool:
    """Whether the order is a stop or target of what is open now."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    return request.role.is_protective and position is not None and request.parent in position.entries


def is_left_behind(turn: Turn, order: Order) -> bool:
    """Whether the order is a way out of something that is neither open nor can become so."""
    request, parent = order.request, order.request.parent
    if request.role is Role.EXIT:
        return turn.state.position(request.account, request.instrument) is None
    if not order.request.role.is_protective or protects(turn, order) or parent is None:
        return False
    entry = turn.order(parent)
    return entry is None or is_final(entry.state)


def ask_siblings(turn: Turn, order: Order) -> None:
    """A position has lost an exit: its other exit may have filled without our hearing of it, so that one is asked."""
    request = order.request
    position = turn.state.position(request.account, request.instrument)
    if position is None or (request.role is not Role.EXIT and request.parent not in position.entries):
        return
    entries = position.entries if request.role is Role.EXIT else [request.parent]
    for other in turn.state.open_orders(request.account, request.instrument):
        live = other.state not in (OrderState.NEW, *_UNANSWERED)  # a submit keeps its own deadline
        if other.request.parent in entries and live and not other.asked:
            ask(turn, other)
