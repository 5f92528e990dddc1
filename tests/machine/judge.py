"""The judge: what has to hold after each step, and what when all is quiet, by the exchange's own ledger.

Positions, cash and fees are added up here from the exchange's executions; cover is counted from what rests at the
exchange. Of the book the judge takes only what nobody else can know: what the engine itself holds, and what it has
noted down to look at by when.
"""

from decimal import Decimal

from tests.builders import ALPHA, check_indexes
from tests.machine.wire import is_out
from tests.machine.world import CASH, INSTRUMENTS, World

from kedge.domain.capabilities import Way
from kedge.domain.ids import OrderId, Symbol
from kedge.domain.inputs import VenueBusted
from kedge.domain.instants import NEVER, SECOND
from kedge.domain.lifecycle import UNANSWERED_STATES, OrderState, is_final
from kedge.domain.numbers import ZERO, Nano, from_nano, to_nano
from kedge.domain.orders import Order, Role, Side
from kedge.domain.positions import Position
from kedge.kernel.cover import is_waiting

LOOKED_AT_WITHIN = 30 * SECOND


def after_a_step(world: World) -> None:
    """The laws that hold at every moment, whatever is lost or on its way."""
    conserve(world)
    one_order_of_one_intent(world)
    covered(world)
    nothing_turned_over(world)
    check_indexes(world.desk.book)


def when_all_is_quiet(world: World) -> None:
    """The laws that hold once everything was told and every question answered."""
    after_a_step(world)
    the_ledgers_are_the_same(world)
    orders_agree(world)
    no_orphans(world)
    nothing_is_naked(world)
    what_was_to_go_is_gone(world)
    disaster_stops_are_for_what_is_open(world)
    assert "AMENDMENT_UNSETTLED" not in world.anomalies, (
        "a trade that was taken back is still in the book's memory"
    )


# --- at every moment ---


def conserve(world: World) -> None:
    """The book is the sum of what it was told, the exchange of all that traded: the difference is on the wire."""
    zero = dict.fromkeys(INSTRUMENTS, ZERO)
    told, all_ = zero.copy(), zero.copy()
    money, fees = CASH, ZERO
    for order, done in world.exchange.executions(ALPHA):
        known = world.known[order]
        all_[known.request.instrument] += from_nano(done.quantity) * known.request.side.sign
    for known in world.known.values():
        symbol = known.request.instrument
        for heard in known.told.values():
            signed = from_nano(heard.quantity) * known.request.side.sign
            told[symbol] += signed
            fees += from_nano(heard.fee)
            money -= INSTRUMENTS[symbol].value(signed, from_nano(heard.price)) + from_nano(heard.fee)
    there = world.exchange.positions(ALPHA)
    account = world.desk.book.state.accounts[ALPHA]
    believed = account.cash
    for position in world.desk.book.state.positions.get(ALPHA, {}).values():
        if not INSTRUMENTS[position.instrument].settles_in_full:
            believed -= position.cost.copy_sign(position.quantity)  # as if it were paid in full
    for symbol in INSTRUMENTS:
        held = world.desk.held(symbol)
        assert held == told[symbol], f"{symbol}: the book holds {held} and was told of {told[symbol]}"
        assert there.get(symbol, ZERO) == all_[symbol]
    assert account.fees == fees, f"the book counts {account.fees} in fees and was told of {fees}"
    assert believed == money, f"the book counts {believed} less what is open, and was told of {money}"


def one_order_of_one_intent(world: World) -> None:
    """A signal has one order in each role (one for each target) that lives at the exchange or has traded there."""
    orders: dict[tuple[str, ...], OrderId] = {}
    traded = dict.fromkeys(order for order, _ in world.exchange.executions(ALPHA))
    for order in traded | dict.fromkeys(world.exchange.open_orders(ALPHA)):
        assert order in world.known, f"{order} is at the exchange and was never recorded before it was sent"
        first = orders.setdefault(world.known[order].intent, order)
        assert first == order, f"two orders of one intent, {world.known[order].intent}: {first} and {order}"


def nothing_turned_over(world: World) -> None:
    """No exit opens anything; where the venue does not see to that, no more may close there than is open.

    A trade that is taken back may leave more exits than there is, until the book hears of it. So may an end that hides
    a fill: then the book has to tell, and to close what was opened, which is looked at when all is quiet.
    """
    if world.able.reduce_only or not (world.blind or world.amended):
        assert not world.flips, f"an exit has opened a position: {world.flips}"
    if world.able.reduce_only or world.amended or world.blind:
        return
    for symbol in INSTRUMENTS:
        held = world.exchange.positions(ALPHA).get(symbol, ZERO)
        closing = ZERO
        for id_ in world.exchange.open_orders(ALPHA):
            request = world.known[id_].request
            if (
                request.instrument == symbol
                and request.role is not Role.ENTRY
                and request.side.sign * held <= 0
                and not _counts_with_its_stop(world, id_)
            ):
                closing += _left_there(world, id_)
        assert closing <= abs(held), f"{symbol}: {closing} may close, and {held} is open"


def _counts_with_its_stop(world: World, id_: OrderId) -> bool:
    """The exchange keeps the two of a pair to one quantity."""
    is_target = world.known[id_].request.role is Role.TARGET
    return is_target and world.pairs.get(id_) in world.exchange.open_orders(ALPHA)


def covered(world: World) -> None:
    """What the book knows to be open has a way out at a loss, or the book has noted by when it looks at it again.

    What has been closed at the exchange without its knowing needs none; what has been opened so it cannot know. Nor
    can it know of a trade that was taken back before it hears of that.
    """
    state = world.desk.book.state
    for symbol, position in state.positions.get(ALPHA, {}).items():
        if position.waived:
            assert symbol in world.waived, f"{symbol}: nobody has taken the stop away"
            continue
        if _amended_unheard(world, symbol):
            continue
        open_ = abs(position.quantity) - _closed_unheard(world, symbol, position.quantity)
        cover = cover_of(world, symbol, position.quantity)
        if cover >= open_:
            continue
        exposure = state.exposure(ALPHA, symbol)
        missing = f"{symbol}: {cover} of {open_} have a way out at a loss"
        assert exposure is not None, f"{missing}, and the book has not noticed"
        assert state.last_at < exposure.look_at != NEVER, f"{missing}, and nobody will look at it"
        assert exposure.look_at - state.last_at <= LOOKED_AT_WITHIN, f"{missing}, for too long"


def _closed_unheard(world: World, symbol: Symbol, quantity: Decimal) -> Decimal:
    closed = ZERO
    for order, done in world.exchange.executions(ALPHA):
        known = world.known[order]
        closes = known.request.instrument == symbol and known.request.side.sign * quantity < ZERO
        if closes and done.id not in known.told:
            closed += from_nano(done.quantity)
    return closed


def _amended_unheard(world: World, symbol: Symbol) -> bool:
    for amendment in world.exchange.amendments(ALPHA):
        known = world.known[amendment.order]
        if known.request.instrument != symbol or amendment.execution in known.busted:
            continue
        if isinstance(amendment, VenueBusted) or amendment.revision > known.revisions.get(
            amendment.execution, 0
        ):
            return True
    return False


def cover_of(world: World, symbol: Symbol, quantity: Decimal) -> Decimal:
    """What rests at the exchange as a stop, what the engine holds as one, and what is on its way out."""
    side = Side.SELL if quantity > ZERO else Side.BUY
    open_there = dict.fromkeys(world.exchange.open_orders(ALPHA))
    cover = ZERO
    for order in world.desk.book.state.open_orders(ALPHA, symbol):
        request = order.request
        leaving = is_out(request, order.state)
        if request.side is not side or not (leaving or request.role is Role.STOP):
            continue
        if order.state is OrderState.NEW:
            cover += order.leaves
        elif request.limit_price is not None and request.role is Role.STOP and order.reached is not None:
            continue  # it has met its price, and its limit may keep it there for ever
        elif order.id in open_there:
            cover += _left_there(world, order.id)
        elif world.exchange.look_up(order.id) is not None:
            cover += order.leaves if _may_be_believed(world, order) else ZERO
        elif leaving and order.deadline > world.desk.book.state.last_at:
            cover += order.leaves  # on its way, or lost: the book will ask
    return cover


def _may_be_believed(world: World, order: Order) -> bool:
    """It is over at the exchange, and the book was not told, or only that fills are owed, for which it is asking."""
    if world.known[order.id].told_end:
        return order.asked > 0 and order.deadline > world.desk.book.state.last_at
    return order.state is not OrderState.PENDING_CANCEL


def _left_there(world: World, id_: OrderId) -> Decimal:
    shown = world.exchange.look_up(id_)
    assert shown is not None
    filled = sum(done.quantity for done in shown.executions)
    return from_nano(Nano((shown.terms.quantity or 0) - filled))


# --- when all is quiet ---


def the_ledgers_are_the_same(world: World) -> None:
    """To the cent; an open future's cash depends on the order of its fills, so it is compared less what is open."""
    believed, there = world.desk.book.state.accounts[ALPHA].cash, world.exchange.cash(ALPHA)
    for position in world.desk.book.state.positions.get(ALPHA, {}).values():
        if not INSTRUMENTS[position.instrument].settles_in_full:
            believed -= position.cost.copy_sign(position.quantity)
    for holding in world.exchange.state().ledgers[ALPHA].holdings.values():
        there -= holding.cost.copy_sign(holding.quantity)  # kept for futures only
    assert believed == there, f"cash: {believed} here, {there} there"
    assert world.desk.book.state.accounts[ALPHA].fees == world.exchange.fees(ALPHA)
    for symbol in INSTRUMENTS:
        held, truth = world.desk.held(symbol), world.exchange.positions(ALPHA).get(symbol, ZERO)
        assert held == truth, f"{symbol}: {held} here, {truth} there"


def orders_agree(world: World) -> None:
    """Every order is over on both sides or lives on both; what the engine holds lives here alone."""
    open_there = dict.fromkeys(world.exchange.open_orders(ALPHA))
    for id_, order in world.desk.book.state.orders.items():
        assert order.state not in UNANSWERED_STATES, f"{id_} is left as {order.state}"
        if order.state is OrderState.NEW:
            assert id_ not in open_there, f"{id_} is held here and lives there"
            continue
        lives = not is_final(order.state)
        assert lives is (id_ in open_there), f"{id_} ({order.request.role}) is {order.state} here"
    for id_ in open_there:
        assert id_ in world.desk.book.state.orders, f"{id_} lives there and is not known here"


def no_orphans(world: World) -> None:
    """No exit is left that has nothing to close and no entry that could bring something."""
    for id_ in world.exchange.open_orders(ALPHA):
        request = world.known[id_].request
        if request.role is Role.ENTRY:
            continue
        held = world.exchange.positions(ALPHA).get(request.instrument, ZERO)
        closes = held * request.side.sign < ZERO
        entry = None if request.parent is None else world.desk.book.state.orders.get(request.parent)
        waits = entry is not None and not is_final(entry.state)
        waits = waits and request.role is not Role.DISASTER  # which is for what is open, and for nothing else
        assert closes or waits, f"{id_} is a {request.role} of nothing: {held} is open"


def what_was_to_go_is_gone(world: World) -> None:
    """While a kill switch is on no entry lives, and where it closes nothing is open."""
    kills = world.desk.book.state.kills_on(ALPHA)
    for id_ in world.exchange.open_orders(ALPHA) if any(kill.mode.withdraws for kill in kills) else ():
        assert world.known[id_].request.role is not Role.ENTRY, f"the entry {id_} was to go"
    if any(kill.mode.closes for kill in kills):
        held = world.exchange.positions(ALPHA)
        assert not held, f"{held} was to be closed"


def disaster_stops_are_for_what_is_open(world: World) -> None:
    """Where the engine holds the stops and the venue could, one rests there, beyond them, for what nothing else closes.

    Where the venue holds them it is for what was added to a position, whose own stop the engine holds.

    Not where a person has taken it or the stop away, nor where the venue has taken none and a person knows.
    """
    state = world.desk.book.state
    for symbol, held in world.exchange.positions(ALPHA).items():
        there = [world.known[id_].request for id_ in world.exchange.open_orders(ALPHA)]
        here = [one for one in there if one.instrument == symbol and one.role is not Role.ENTRY]
        ours = [one for one in here if one.role is Role.DISASTER]
        position, known = state.position(ALPHA, symbol), state.disaster(ALPHA, symbol)
        assert position is not None
        is_gone = known is not None and bool(known.told or known.taken_by)
        others = [] if world.able.reduce_only else [one for one in here if one.role is not Role.DISASTER]
        left = abs(held) - sum((_left_there(world, one.id) for one in others), ZERO)
        is_due = world.able.way is Way.ENGINE and world.able.takes_stops
        if world.able.way is Way.RESTING and position.adds:
            is_due = True
            stops = sum(_left_there(world, one.id) for one in here if one.role is Role.STOP)
            left = min(left, abs(held) - stops, _held_for_adds(world, symbol, position))
        waiting = any(is_waiting(order) for order in _open_in(world, symbol))
        if not is_due or position.waived:
            assert not ours, f"{symbol}: a disaster stop that nobody wants"
        elif not (is_gone or waiting) and left > ZERO:
            sizes = [_left_there(world, one.id) for one in ours]
            assert sizes == [left], (
                f"{symbol}: {left} is open without another exit, and {sizes} have a disaster stop"
            )
        for one in ours:
            where = world.exchange.look_up(one.id)
            assert where is not None
            for stop in _open_in(world, symbol):
                is_stop = stop.request.role is Role.STOP and stop.request.parent in position.entries
                if is_stop and stop.stop_price is not None and where.terms.stop_price is not None:
                    beyond = (to_nano(stop.stop_price) - where.terms.stop_price) * (1 if held > ZERO else -1)
                    assert beyond > 0, (
                        f"{symbol}: the disaster stop is no wider than the engine's at {stop.stop_price}"
                    )


def _held_for_adds(world: World, symbol: Symbol, position: Position) -> Decimal:
    """What the engine holds stops for that belong to entries which joined the position."""
    held = ZERO
    for order in _open_in(world, symbol):
        if (
            order.state is OrderState.NEW
            and order.request.role is Role.STOP
            and order.request.parent in position.adds
        ):
            entry = world.desk.order(order.request.parent)
            brought = order.leaves if is_final(entry.state) else max(entry.filled - order.filled, ZERO)
            held += min(order.leaves, brought)
    return held


def _open_in(world: World, symbol: Symbol) -> list[Order]:
    return world.desk.book.state.open_orders(ALPHA, symbol)


def nothing_is_naked(world: World) -> None:
    """All that the exchange holds is covered, and nothing is left open that nobody wanted."""
    state = world.desk.book.state
    for symbol, quantity in world.exchange.positions(ALPHA).items():
        position = state.position(ALPHA, symbol)
        assert position is not None
        opened_by = world.known[position.entry_order].request.role
        joined = sum((world.desk.order(entry).filled for entry in position.adds), ZERO)
        is_wanted = opened_by is Role.ENTRY or abs(quantity) <= joined
        assert is_wanted, f"{symbol}: a position that {opened_by} opened is left"
        if position.waived:
            continue
        cover = cover_of(world, symbol, quantity)
        assert cover >= abs(quantity), f"{symbol}: {cover} of {quantity} have a way out at a loss"
    if world.flips:
        assert "POSITION_TURNED" in world.anomalies, f"nobody was told of {world.flips}"
