"""The trading floor: all that the exchange holds, and the few moves that keep its indexes true.

What happens on it is told elsewhere: `trading` (one order and one price), `settling` (what follows from a trade),
`matching` and `bars` (market data), `sessions` (opening and closing).
"""

import heapq
from bisect import insort

import msgspec

from kedge.domain.announcements import Action
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Amendment, VenueChange, VenueReport
from kedge.domain.instants import NEVER, Instant
from kedge.sim.accounts import Ledger
from kedge.sim.bracket import Group, pool
from kedge.sim.market import Market
from kedge.sim.settings import SimSettings
from kedge.sim.ticket import Place, Ticket


class Changed(msgspec.Struct, frozen=True):
    """A change, and how many executions the account had by then."""

    change: VenueChange
    traded: int


class Floor:
    """Markets, orders and accounts; reports gather in `out`, orders whose trades have consequences in `unsettled`."""

    def __init__(self, settings: SimSettings, seed: int, name: str) -> None:
        self.settings = settings
        self.seed = seed
        self.name = name
        self.now = Instant(0)
        self.trading_at = Instant(0)  # time of the trades being made: a bar's start while its open is matched
        self.orders_seen = 0
        self.executions_seen = 0
        self.markets: dict[Symbol, Market] = {}
        self.ledgers: dict[AccountId, Ledger] = {}
        self.tickets: dict[OrderId, Ticket] = {}  # every order ever, for an id is good for one order
        self.by_number: dict[int, Ticket] = {}  # open ones
        self.open: dict[AccountId, dict[int, Ticket]] = {}
        self.groups: dict[int, Group] = {}  # those with an open leg
        self.due: list[tuple[Instant, int]] = []  # a heap: when which order arrives
        self.ambiguous = False  # stop and target of one position both lay in the bar being matched
        self.ambiguous_bars = 0
        self.data_ignored = 0
        self.changes: list[Changed] = []  # what was done to holdings without an order, ever
        self.amendments: list[Amendment] = []  # trades that were annulled or corrected, ever
        self.acted: dict[Action, None] = {}  # what companies did to their shares
        self.expiries: list[tuple[Instant, Symbol]] = []  # of contracts that are not settled yet, by time
        self.out: list[VenueReport] = []
        self.unsettled: list[Ticket] = []

    def add_market(self, market: Market) -> None:
        """List an instrument."""
        self.markets[market.instrument.symbol] = market
        if market.instrument.expires is not None and market.instrument.expires > self.now:
            insort(self.expiries, (market.instrument.expires, market.instrument.symbol))

    def add_account(self, account: AccountId, ledger: Ledger) -> None:
        """Open an account."""
        self.ledgers[account] = ledger
        self.open[account] = {}

    def track(self, ticket: Ticket) -> None:
        """Count an order among the open ones."""
        self.by_number[ticket.number] = ticket
        self.open[ticket.request.account][ticket.number] = ticket

    def market_of(self, ticket: Ticket) -> Market:
        """The market that an order is for."""
        return self.markets[ticket.request.instrument]

    def rest(self, ticket: Ticket) -> None:
        """Put an order into its market's book."""
        ticket.place = Place.RESTING
        self.market_of(ticket).book.put(ticket)

    def hold(self, ticket: Ticket) -> None:
        """Take a resting exit out of the book until there is something for it to close again; a stop is armed anew."""
        self.market_of(ticket).book.take(ticket)
        ticket.place = Place.HELD
        ticket.triggered = False

    def leave(self, ticket: Ticket) -> None:
        """Take an order that is done off the floor."""
        if ticket.place is Place.RESTING:
            self.market_of(ticket).book.take(ticket)
        ticket.place = Place.DONE
        del self.by_number[ticket.number]
        del self.open[ticket.request.account][ticket.number]

    def open_in(self, market: Market) -> list[Ticket]:
        """Open orders of one instrument, oldest first."""
        symbol = market.instrument.symbol
        tickets = self.by_number.values()
        return sorted((t for t in tickets if t.request.instrument == symbol), key=lambda t: t.number)

    def parties(self, market: Market) -> dict[AccountId, None]:
        """The accounts that hold the instrument or have an open order in it."""
        symbol = market.instrument.symbol
        return {
            account: None
            for account, ledger in self.ledgers.items()
            if ledger.held(symbol) or any(t.request.instrument == symbol for t in self.open[account].values())
        }

    def concerned(self, market: Market) -> dict[AccountId, None]:
        """Those, and the accounts that have traded it: a trade that is taken back can bring something to be held."""
        symbol = market.instrument.symbol
        traded = {account: None for account, ledger in self.ledgers.items() if ledger.has_traded(symbol)}
        return self.parties(market) | traded

    def change_id(self) -> str:
        """The name of the next change."""
        return f"{self.name}-c{len(self.changes) + 1}-{self.now}"  # the time tells it from one of an earlier exchange

    def tell_change(self, change: VenueChange) -> None:
        """Something was done to a holding without an order."""
        traded = len(self.ledgers[change.account].executions)
        self.changes.append(Changed(change, traded))
        self.out.append(change)

    def schedule(self, ticket: Ticket, at: Instant) -> None:
        """Have an order arrive later."""
        heapq.heappush(self.due, (at, ticket.number))

    @property
    def next_due(self) -> Instant:
        """When the next order arrives."""
        while self.due and self.due[0][1] not in self.by_number:
            heapq.heappop(self.due)
        return self.due[0][0] if self.due else NEVER

    def pop_due(self) -> Ticket:
        """The order that arrives next."""
        return self.by_number[heapq.heappop(self.due)[1]]

    def entry_of(self, group: Group) -> Ticket | None:
        """The entry of a group, if it has one."""
        return None if group.entry is None else self.tickets[group.entry]

    def legs_of(self, group: Group) -> list[Ticket]:
        """All legs of a group, done ones included, stops first."""
        return [self.tickets[order] for order in group.legs]

    def working(self, ticket: Ticket) -> int:
        """How much of an order may trade now: all that is left, or for an exit what there is to close."""
        group = self.groups.get(ticket.group)
        if group is None or ticket.request.id == group.entry:
            return ticket.leaves
        return min(ticket.leaves, pool(group, self.entry_of(group), self.legs_of(group)))

    def reducible(self, ticket: Ticket) -> int:
        """How much of the position an order of this side would reduce, in whole lots."""
        held = self.ledgers[ticket.request.account].held(ticket.request.instrument)
        lot = self.market_of(ticket).lot
        return max(-held if ticket.buys else held, 0) // lot * lot

    def is_idle(self, ticket: Ticket) -> bool:
        """Whether a reduce-only order has nothing left to reduce, and no open entry that could bring something."""
        if not ticket.request.reduce_only or self.reducible(ticket):
            return False
        group = self.groups.get(ticket.group)
        entry = None if group is None else self.entry_of(group)
        return entry is None or not entry.is_open
