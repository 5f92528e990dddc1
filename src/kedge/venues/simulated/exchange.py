"""The simulated exchange with its ledger and its memory: the matching engine, made to outlive its process.

Every deed goes the same way: noted, done, entered in the ledger, and only then told. A process that dies in between
has told nobody, and the next one does the noted deed and enters what is missing.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from kedge.domain.announcements import Action
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import Amendment, VenueReport, VenueShowed
from kedge.domain.instants import NEVER, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Execution, OrderRequest, Terms
from kedge.domain.quotes import MarketData
from kedge.sim.errors import DuplicateOrderError
from kedge.sim.exchange import SimExchange
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.facts import facts_of
from kedge.venues.simulated.ledger import Entry, Fact
from kedge.venues.simulated.memory import (
    Acted,
    Busted,
    Cancelled,
    Corrected,
    Deed,
    Moved,
    Passed,
    Replaced,
    Submitted,
)
from kedge.venues.simulated.record import Record
from kedge.venues.simulated.terms import ExchangeTerms, adopt


class UnknownAccountError(ValueError):
    """The exchange has no such account."""


class ExchangeHaltedError(Exception):
    """A deed could not be brought to its end (the disk, most likely). Nothing is done any more; start it anew."""


class Exchange:
    """One exchange. With a path it keeps a ledger there, and goes on where it was when made again on the same path."""

    def __init__(
        self, terms: ExchangeTerms, at: Instant, path: Path | None = None, *, sync: bool = False
    ) -> None:
        """Found the exchange or go on with it; raises `LedgerError` and `OSError`."""
        self.name = terms.name
        self._halted = ""
        self._requests: dict[OrderId, OrderRequest] = {}
        self._market: dict[Symbol, MarketData] = {}
        self._sim = SimExchange([], {}, terms.settings, terms.seed, name=terms.name)
        self._record = None if path is None else Record(path, self._index, sync=sync)
        try:
            self._begin(terms, at)
        except BaseException:
            if self._record is not None:
                self._record.close()
            raise
        self._listed = [order for order in self._requests if self._sim.look_up(order) is not None]

    def close(self) -> None:
        """Keep a last snapshot and let go of the files."""
        if self._record is not None:
            if not self._halted:
                with suppress(OSError):  # nothing is lost by it: the deeds since the last one are all there
                    self._record.keep(self._sim.state())
            self._record.close()
            self._halted = "closed"
            self._record = None

    # --- what changes something ---

    def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...], at: Instant, expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Take an order with its exits; raises `DuplicateOrderError`."""
        return self._do(Submitted(request=request, legs=legs, expires=expires, at=self._time(at)))

    def cancel(self, order: OrderId, at: Instant) -> list[VenueReport]:
        """Cancel what is left of an order."""
        return self._do(Cancelled(order=order, at=self._time(at)))

    def replace(self, order: OrderId, terms: Terms, at: Instant) -> list[VenueReport]:
        """Change an order's terms."""
        return self._do(Replaced(order=order, terms=terms, at=self._time(at)))

    def take(self, data: MarketData) -> list[VenueReport]:
        """Let the market move."""
        return self._do(Moved(data=data, at=self._time(data.at)))

    def advance(self, at: Instant) -> list[VenueReport]:
        """Let time pass: what is due by then happens."""
        return self._do(Passed(at=self._time(at)))

    def announce(self, action: Action, at: Instant) -> list[VenueReport]:
        """Do what a company did to its shares, after all that was due before: that is of the old ones."""
        now = self._time(at)
        return [*self._do(Passed(at=now)), *self._do(Acted(action=action, at=now))]

    def bust(self, order: OrderId, execution: str, at: Instant, reason: str = "") -> list[VenueReport]:
        """Annul a trade, after all that was due before; raises `AmendmentError` and leaves it where that cannot be."""
        return self._amend(Busted(order=order, execution=execution, reason=reason, at=self._time(at)))

    def correct(self, order: OrderId, corrected: Execution, at: Instant) -> list[VenueReport]:
        """Give the trade of this id other figures, as `bust` annuls one."""
        return self._amend(Corrected(order=order, execution=corrected, at=self._time(at)))

    # --- what is there ---

    @property
    def next_due(self) -> Instant:
        """When `advance` will have something to do."""
        return self._sim.next_due

    @property
    def market(self) -> dict[Symbol, MarketData]:
        """The newest market data of each instrument that has any."""
        return dict(self._market)

    def look_up(self, order: OrderId, at: Instant) -> VenueShowed | None:
        """The order as it is here; None when it never was."""
        return self._sim.look_up(order, at)

    def opening_orders(self) -> list[OrderId]:
        """Open orders that may open something: neither exits of an entry nor ones that can only reduce."""
        open_orders = (order for account in self._accounts for order in self._sim.open_orders(account))
        return [
            order
            for order in open_orders
            if not (self._requests[order].reduce_only or self._requests[order].parent)
        ]

    def orders(self, after: int, limit: int) -> list[OrderId]:
        """Ids of the orders that came, oldest first, without so many of the first ones."""
        return self._listed[after : after + limit]

    def open_orders(self, account: AccountId) -> list[OrderId]:
        """Ids of the account's open orders; raises `UnknownAccountError`, as the next four do."""
        self._check(account)
        return self._sim.open_orders(account)

    def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        """What the account holds, signed."""
        self._check(account)
        return self._sim.positions(account)

    def cash(self, account: AccountId) -> Decimal:
        """The account's cash."""
        self._check(account)
        return self._sim.cash(account)

    def fees(self, account: AccountId) -> Decimal:
        """All fees that the account has paid."""
        self._check(account)
        return self._sim.fees(account)

    def executions(self, account: AccountId) -> list[tuple[OrderId, Execution]]:
        """Everything that the account has traded."""
        self._check(account)
        return self._sim.executions(account)

    def amendments(self, account: AccountId) -> list[Amendment]:
        """Every trade of the account that was annulled or corrected."""
        self._check(account)
        return self._sim.amendments(account)

    def trade(self, order: OrderId, execution: str) -> Execution:
        """A trade as it stands; raises `AmendmentError` when there is none."""
        return self._sim.trade(order, execution)

    def changes(
        self, account: AccountId, after: str = "", orders: Sequence[OrderId] = ()
    ) -> list[VenueReport]:
        """What was done to the account's holdings without an order, and the fills of these orders before each."""
        self._check(account)
        return self._sim.changes(account, after, orders)

    # --- inside ---

    def _begin(self, terms: ExchangeTerms, at: Instant) -> None:
        record = self._record
        opened: dict[AccountId, Decimal] = {}
        if record is not None:
            if record.state is None:
                record.keep(self._sim.state())
            else:
                self._sim = SimExchange.restore(record.state)
                for deed in record.deeds():
                    record.confirm(deed, self._perform(deed)[1])
            opened = record.opened
        state = self._sim.state()
        news = adopt(state, terms, opened)
        self._sim = SimExchange.restore(state)
        self._now = max(at, state.now)
        self._market = {symbol: tape.last for symbol, tape in state.tapes.items() if tape.last is not None}
        self._accounts = dict.fromkeys(state.ledgers)
        if record is not None:
            record.found(news, self._now)
            record.keep(state)

    def _time(self, at: Instant) -> Instant:
        self._now = max(self._now, at)  # clocks are set back; an exchange's time is not
        return self._now

    def _do(self, deed: Deed) -> list[VenueReport]:
        if self._halted:
            raise ExchangeHaltedError(f"exchange {self.name} is halted: {self._halted}")
        try:
            reports, refusal = self._carry_out(deed)
        except BaseException as error:
            self._halted = f"{type(error).__name__}: {error}"
            raise
        if refusal is not None:
            raise refusal
        return reports

    def _carry_out(self, deed: Deed) -> tuple[list[VenueReport], DuplicateOrderError | None]:
        record = self._record
        if record is not None:
            record.note(deed)
        reports, facts, refusal = self._perform(deed)
        for fact in facts:
            self._list(fact)
        if record is not None:
            record.enter(facts, deed.at)
            if record.wants_snapshot:
                record.keep(self._sim.state())
        return reports, refusal

    def _perform(self, deed: Deed) -> tuple[list[VenueReport], list[Fact], DuplicateOrderError | None]:
        try:
            reports = self._run(deed)
        except DuplicateOrderError as error:
            return [], [book.DuplicateRefused(order=error.order, reason=str(error))], error
        if isinstance(deed, Submitted):
            self._requests.update({request.id: request for request in (deed.request, *deed.legs)})
        return reports, facts_of(deed, reports, self._request_of, self._state_of), None

    def _run(self, deed: Deed) -> list[VenueReport]:
        match deed:
            case Submitted(request=request, legs=legs, expires=expires, at=at):
                return self._sim.submit(request, legs, at, expires)
            case Cancelled(order=order, at=at):
                return self._sim.cancel(order, at)
            case Replaced(order=order, terms=terms, at=at):
                return self._sim.replace(order, terms, at)
            case Moved(data=data):
                self._market[data.instrument] = data
                return self._sim.on_market(data)
            case Passed(at=at):
                return self._sim.advance(at)
            case Acted(action=action, at=at):
                return self._act(action, at)
            case Busted(order=order, execution=trade, reason=reason, at=at):
                return self._sim.bust(order, trade, at, reason)
            case Corrected(order=order, execution=corrected, at=at):
                return self._sim.correct(order, corrected, at)

    def _amend(self, deed: Busted | Corrected) -> list[VenueReport]:
        """Tried on a copy first: what is refused must not be noted as done."""
        again = SimExchange.restore(self._sim.state())
        if isinstance(deed, Busted):
            again.bust(deed.order, deed.execution, deed.at, deed.reason)
        else:
            again.correct(deed.order, deed.execution, deed.at)
        return self._do(deed)

    def _act(self, action: Action, at: Instant) -> list[VenueReport]:
        reports = self._sim.announce(action, at)
        if self._sim.last(action.instrument) is None:
            self._market.pop(action.instrument, None)  # that was the price of other shares
        return reports

    def _request_of(self, order: OrderId) -> OrderRequest:
        """The request under the symbol that the order trades under by now."""
        request, symbol = self._requests[order], self._sim.instrument_of(order)
        return request if symbol in (None, request.instrument) else replace(request, instrument=symbol)

    def _state_of(self, order: OrderId) -> OrderState | None:
        showed = self._sim.look_up(order)
        return None if showed is None else showed.state

    def _index(self, entry: Entry) -> None:
        if isinstance(entry.fact, book.OrderAccepted | book.OrderRejected):
            self._requests[entry.fact.request.id] = entry.fact.request

    def _list(self, fact: Fact) -> None:
        if isinstance(fact, book.OrderAccepted | book.OrderRejected):
            order = fact.request.id
            if self._sim.look_up(order) is not None:  # what came too late never was
                self._listed.append(order)

    def _check(self, account: AccountId) -> None:
        if account not in self._accounts:
            raise UnknownAccountError(f"exchange {self.name} has no account {account}")
