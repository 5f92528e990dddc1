"""What companies do to their shares, done to everybody's holdings and open orders at once: splits and new symbols."""

from decimal import Decimal

from msgspec.structs import replace

from kedge.domain.announcements import Action, Split, SymbolChange
from kedge.domain.ids import AccountId
from kedge.domain.inputs import Rescaled, VenueRenamed, VenueSplit
from kedge.domain.instants import Instant
from kedge.domain.instruments import same_grid
from kedge.domain.numbers import ZERO, Nano, from_nano, money, to_nano
from kedge.sim.accounts import Division
from kedge.sim.fees import order_fee
from kedge.sim.floor import Floor
from kedge.sim.market import Market
from kedge.sim.settling import settle
from kedge.sim.ticket import Place, Ticket
from kedge.sim.trading import cancel

NOTHING_LEFT = "less than one lot is left of it after the split"


def act(floor: Floor, action: Action) -> bool:
    """Do what a company did, once. Whether it was done: not when its time has passed, or where it cannot be."""
    market = floor.markets.get(action.instrument)
    if market is None or _is_too_late(floor, market, action):
        return False
    if isinstance(action, Split):
        if not market.instrument.settles_in_full:
            return False  # contracts are not split: their terms change, and that is another contract
        _split(floor, market, action)
    else:
        new = floor.markets.get(action.new_symbol)
        if new is None or not _may_be_renamed(floor, market, new):
            return False
        _rename(floor, market, new, action)
    floor.acted[action] = None
    return True


def _is_too_late(floor: Floor, market: Market, action: Action) -> bool:
    """Prices of after it have come, or something later was done: whatever is held was traded on those terms."""
    own = [done for done in floor.acted if done.instrument == action.instrument]
    return action in floor.acted or action.at < market.tape.at or any(done.at > action.at for done in own)


def _split(floor: Floor, market: Market, action: Split) -> None:
    """Change quantities and prices; nothing trades before the first price of after the split."""
    price = _last_price(market)
    tickets = floor.open_in(market)
    for ticket in tickets:
        if ticket.place is Place.RESTING:
            market.book.take(ticket)
        _rescale(floor, market, ticket, action)
    for number in dict.fromkeys(ticket.group for ticket in tickets if ticket.group in floor.groups):
        _restate(floor, number, action)
    market.split(action)
    for account in floor.concerned(market):
        _split_account(floor, market, account, action, price)
    for ticket in tickets:
        if ticket.place is Place.RESTING:
            market.book.put(ticket)
    for ticket in tickets:
        if ticket.is_open and not ticket.leaves:
            cancel(floor, ticket, NOTHING_LEFT)
    settle(floor)
    # What trades from now on is told by its time from what traded in this very instant.
    floor.now = Instant(floor.now + 1)


def _may_be_renamed(floor: Floor, old: Market, new: Market) -> bool:
    """Whether quantities and prices mean the same there, and nobody has something in both."""
    has_both = any(account in floor.parties(new) for account in floor.parties(old))
    return same_grid(old.instrument, new.instrument) and not has_both


def _rename(floor: Floor, old: Market, new: Market, action: SymbolChange) -> None:
    """Carry holdings and orders over to another market of the same grid; the old one trades no more."""
    parties = floor.concerned(old)
    for ticket in floor.open_in(old):
        if ticket.place is Place.RESTING:
            old.book.take(ticket)
        ticket.request = replace(ticket.request, instrument=action.new_symbol)
        if ticket.place is Place.RESTING:
            new.book.put(ticket)
    for account in parties:
        floor.ledgers[account].rename(action.instrument, action.new_symbol)
        floor.tell_change(
            VenueRenamed(
                at=floor.now,
                id=floor.change_id(),
                account=account,
                instrument=action.instrument,
                new_symbol=action.new_symbol,
            )
        )
    new.tape.open, old.tape.open = old.tape.open, False


def _split_account(floor: Floor, market: Market, account: AccountId, action: Split, price: Decimal) -> None:
    ledger, symbol = floor.ledgers[account], market.instrument.symbol
    held = ledger.held(symbol)
    orders = [ticket for ticket in floor.open_in(market) if ticket.request.account == account]
    now_held = action.in_lots(held, market.lot)
    rest = abs(action.exact(held) - now_held)
    worth = Decimal(rest.numerator) / Decimal(rest.denominator * 10**9) * price * action.old / action.new
    paid = money(worth * market.instrument.multiplier)
    ledger.rescale(symbol, now_held, paid)
    ledger.deeds.append(
        Division(symbol, action, market.lot, held, paid, tuple(ticket.request.id for ticket in orders))
    )
    floor.tell_change(
        VenueSplit(
            at=floor.now,
            id=floor.change_id(),
            account=account,
            split=action,
            quantity=now_held,
            paid=to_nano(paid),
            orders=tuple(_shown(market, ticket) for ticket in orders),
        )
    )


def _restate(floor: Floor, number: int, action: Split) -> None:
    """A group counts what all of its orders have filled, those that are done too."""
    group = floor.groups[number]
    floor.groups[number] = replace(group, whole=action.rounded(group.whole))
    entry = floor.entry_of(group)
    for ticket in (*floor.legs_of(group), *(() if entry is None else (entry,))):
        if not ticket.is_open:
            ticket.restated = action.rounded(ticket.counted)


def _rescale(floor: Floor, market: Market, ticket: Ticket, action: Split) -> None:
    side = ticket.request.side
    leaves = action.in_lots(ticket.leaves, market.lot)
    ticket.filled = action.rounded(ticket.filled)
    ticket.quantity = ticket.filled + leaves
    ticket.splits += 1
    if ticket.limit is not None:
        ticket.limit = action.price(ticket.limit, 1, side)
    if ticket.stop is not None:
        ticket.stop = action.price(ticket.stop, 1, side)
    if ticket.extreme is not None:
        ticket.extreme = action.price(ticket.extreme, 1, side)
    if ticket.trail is not None:
        ticket.trail = max(action.price(ticket.trail, 1, side), 1)
    if ticket.filled:  # what has been charged stays charged, and nothing is charged for the new count
        ticket.fee = order_fee(floor.settings, from_nano(Nano(ticket.filled)), ticket.value)


def _shown(market: Market, ticket: Ticket) -> Rescaled:
    return Rescaled(
        ticket.request.id,
        Nano(ticket.quantity),
        None if ticket.limit is None else market.price(ticket.limit),
        None if ticket.stop is None else market.price(ticket.stop),
    )


def _last_price(market: Market) -> Decimal:
    middle = market.last_middle()
    return ZERO if middle is None else Decimal(middle.numerator) / Decimal(middle.denominator * 10**9)
