"""A small venue that tells the truth too late, twice, in the wrong order or not at all.

It keeps its promises (an id is taken once, a request older than its lifetime is not taken, an order can be seen a
second after it came) and no others. What it does lands on a wire from which the test delivers, doubles or drops.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from kedge.domain import inputs as i
from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder
from kedge.domain.ids import OrderId
from kedge.domain.instants import SECOND, Instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.numbers import ZERO, Nano, from_nano, to_nano
from kedge.domain.orders import Execution, OrderRequest, Role, Terms
from kedge.domain.refusals import RejectKind

LIFETIME = 5 * SECOND
VISIBLE_AFTER = SECOND


@dataclass
class Ticket:
    """An order as the venue has it."""

    request: OrderRequest
    arrived: Instant
    terms: Terms
    state: OrderState = OrderState.ACCEPTED
    executions: list[Execution] = field(default_factory=list)

    @property
    def id(self) -> OrderId:
        """Its client order id."""
        return self.request.id

    @property
    def filled(self) -> int:
        """All that has traded, in billionths."""
        return sum(done.quantity for done in self.executions)

    @property
    def leaves(self) -> int:
        """What may still trade, in billionths."""
        return (self.terms.quantity or 0) - self.filled

    @property
    def is_open(self) -> bool:
        """Whether it may still trade."""
        return not is_final(self.state)


class VenueModel:
    """Orders, and the reports about them that are still on the wire."""

    def __init__(self, *, brackets: bool = True, replaces: bool = True) -> None:
        """Nothing is there yet; without brackets it lets every order fill, also when that turns a position over."""
        self.brackets = brackets
        self.replaces = replaces
        self.tickets: dict[OrderId, Ticket] = {}
        self.wire: list[i.VenueReport] = []
        self.trades = 0

    # --- what it is asked ---

    def take(
        self, command: Command, sent: Instant, now: Instant, *, refuse: bool = False, busy: bool = False
    ) -> None:
        """Do what a command says, and put the answer on the wire; a no that may pass is one that says `busy`."""
        match command:
            case SubmitOrder(request=request, legs=legs):
                if now - sent > LIFETIME:
                    return
                assert request.id not in self.tickets, f"{request.id} was submitted twice"
                if refuse:
                    kind = RejectKind.BUSY if busy else RejectKind.UNKNOWN
                    self.wire.append(i.VenueRejected(request.id, "not today", kind, at=now))
                    return
                assert self.brackets or not legs, f"{request.id} was submitted with legs"
                for one in (request, *legs):
                    terms = Terms(one.quantity, one.limit_price, one.stop_price)
                    self.tickets[one.id] = Ticket(one, now, terms)
                    self.wire.append(i.VenueAccepted(one.id, f"v-{one.id}", at=now))
            case CancelOrder(order=id_):
                ticket = self.tickets.get(id_)
                if refuse or ticket is None or not ticket.is_open:
                    self.wire.append(i.VenueRefused(id_, i.Request.CANCEL, "too late", at=now))
                else:
                    self._end(ticket, OrderState.CANCELLED, now)
            case ReplaceOrder(order=id_, terms=terms):
                ticket = self.tickets.get(id_)
                assert self.replaces, f"{id_} was to be replaced where that cannot be done"
                if now - sent > LIFETIME:
                    return
                if (
                    refuse
                    or ticket is None
                    or not ticket.is_open
                    or (terms.quantity or ticket.filled + 1) <= ticket.filled
                ):
                    self.wire.append(i.VenueRefused(id_, i.Request.REPLACE, "no", at=now))
                else:
                    ticket.terms = _changed(ticket.terms, terms)
                    self.wire.append(i.VenueReplaced(id_, terms, at=now))
            case QueryOrder(order=id_):
                self.wire += self.look_up(id_, now)

    def look_up(self, id_: OrderId, now: Instant) -> list[i.VenueReport]:
        """What it shows of an order: all, or by each of its two ways that it finds nothing."""
        ticket = self.tickets.get(id_)
        if ticket is None or now - ticket.arrived < VISIBLE_AFTER:
            return [i.VenueMissing(id_, way, control=True, at=now) for way in ("by_id", "listing")]
        shown = ticket.state
        if ticket.is_open and ticket.executions:
            shown = OrderState.PARTIALLY_FILLED
        executions = tuple(ticket.executions)
        return [i.VenueShowed(id_, f"v-{id_}", shown, executions, ticket.terms, at=now, asked=now)]

    # --- what it does by itself ---

    def fillable(self) -> list[Ticket]:
        """What may trade now: exits only for what their entry has filled and neither of them has closed."""
        return [ticket for ticket in self.tickets.values() if self._room(ticket) > 0]

    def trade(self, ticket: Ticket, parts: int, price: Decimal, now: Instant) -> None:
        """Fill one of so many parts of what may trade."""
        self.trades += 1
        step = int(to_nano(Decimal(1)))
        room = self._room(ticket)
        quantity = max(room // parts // step * step, min(step, room))
        done = Execution(f"x{self.trades}", Nano(quantity), to_nano(price), Nano(1_000_000), now)
        ticket.executions.append(done)
        if not ticket.leaves:
            ticket.state = OrderState.FILLED
        self.wire.append(i.VenueFilled(ticket.id, done, at=now))
        self._settle_bracket(ticket, now)

    def expire(self, ticket: Ticket, now: Instant) -> None:
        """The order's time is over."""
        self._end(ticket, OrderState.EXPIRED, now)

    def _room(self, ticket: Ticket) -> int:
        if not ticket.is_open:
            return 0
        entry = self.tickets.get(ticket.request.parent) if ticket.request.parent else None
        if entry is None or not self.brackets:
            return ticket.leaves
        closed = sum(leg.filled for leg in self._legs(entry))
        return min(ticket.leaves, entry.filled - closed)

    def _legs(self, entry: Ticket) -> list[Ticket]:
        return [ticket for ticket in self.tickets.values() if ticket.request.parent == entry.id]

    def _end(self, ticket: Ticket, state: OrderState, now: Instant) -> None:
        ticket.state = state
        report = i.VenueCancelled if state is OrderState.CANCELLED else i.VenueExpired
        self.wire.append(report(ticket.id, "", at=now, filled=Nano(ticket.filled)))
        self._settle_bracket(ticket, now)

    def _settle_bracket(self, ticket: Ticket, now: Instant) -> None:
        """Exits of an entry that is done end when there is nothing left for them to close."""
        entry = (
            ticket
            if ticket.request.role is Role.ENTRY
            else self.tickets.get(ticket.request.parent or OrderId(""))
        )
        if entry is None or entry.is_open or not self.brackets:
            return
        if entry.filled <= sum(leg.filled for leg in self._legs(entry)):
            for leg in self._legs(entry):
                if leg.is_open:
                    self._end(leg, OrderState.CANCELLED, now)

    def closing(self, symbol: str) -> Decimal:
        """What of the open position its orders may still close, all together."""
        held = self.held(symbol)
        return sum(
            (
                from_nano(Nano(ticket.leaves))
                for ticket in self.tickets.values()
                if ticket.is_open
                and ticket.request.instrument == symbol
                and ticket.request.role is not Role.ENTRY
                and ticket.request.side.sign * held <= ZERO
            ),
            ZERO,
        )

    def held(self, symbol: str) -> Decimal:
        """The position that its executions add up to."""
        return sum(
            (
                from_nano(done.quantity) * ticket.request.side.sign
                for ticket in self.tickets.values()
                if ticket.request.instrument == symbol
                for done in ticket.executions
            ),
            ZERO,
        )


def _changed(old: Terms, new: Terms) -> Terms:
    return Terms(
        *(
            getattr(old, name) if getattr(new, name) is None else getattr(new, name)
            for name in Terms.__struct_fields__
        )
    )
