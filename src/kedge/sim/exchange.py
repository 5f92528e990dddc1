"""The simulated exchange: one matching engine behind replay, behind paper trading and behind the venue servers.

It is pure: time is handed in with every call and never runs backward, chance comes from the seed and the order ids.
Every call returns the reports that it led to, in the order in which things happened. A call may also report on other
orders than the one it names: what was due before is done first, and linked orders follow each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Self

from kedge.domain.announcements import Action
from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import (
    Amendment,
    Request,
    VenueFilled,
    VenueRefused,
    VenueReplaced,
    VenueReport,
    VenueShowed,
)
from kedge.domain.instants import NEVER, Instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Nano, from_nano, use_exact_arithmetic
from kedge.domain.orders import Execution, OrderRequest, Role, Terms
from kedge.domain.quotes import MarketData, Print, Quote
from kedge.sim.accounts import Ledger
from kedge.sim.actions import act
from kedge.sim.admission import fault_in_legs, fault_in_pair
from kedge.sim.amending import bust, correct, find
from kedge.sim.expiry import settle_expired
from kedge.sim.floor import Floor
from kedge.sim.intake import (
    accept,
    fault_in_orders,
    link,
    refuse_duplicates,
    refuse_late,
    reject,
    send_in,
    venue_order_id_of,
)
from kedge.sim.market import Market, Tape
from kedge.sim.matching import take_bar, take_print, take_quote
from kedge.sim.prices import is_sane
from kedge.sim.replacement import fault_in_replace, put_terms
from kedge.sim.sessions import close_markets, open_markets
from kedge.sim.settings import SimSettings
from kedge.sim.settling import run_due, settle
from kedge.sim.state import SimState, loaded, saved
from kedge.sim.trading import cancel

_UNTIMED = Instant(0)


class SimExchange:
    """A simulated exchange with its own books of orders, positions and cash."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        accounts: Mapping[AccountId, Decimal],
        settings: SimSettings,
        seed: int,
        *,
        name: str = "sim",
    ) -> None:
        self._floor = Floor(settings, seed, name)
        for instrument in instruments:
            self._floor.add_market(Market(instrument, settings, Tape()))
        for account, cash in accounts.items():
            self._floor.add_account(account, Ledger(cash))

    @classmethod
    def restore(cls, state: SimState) -> Self:
        """An exchange that goes on from a saved state as if it had never stopped."""
        exchange = cls([], {}, state.settings, state.seed, name=state.name)
        exchange._floor = loaded(state)
        return exchange

    def state(self) -> SimState:
        """All that `restore` needs, copied."""
        return saved(self._floor)

    # --- orders ---

    def submit(
        self, request: OrderRequest, legs: tuple[OrderRequest, ...], at: Instant, expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Take an order, with the exits that are to follow its fills; raises `DuplicateOrderError`.

        A stop or another exit with a leg is a pair.
        """
        if len(legs) == 1 and request.role is not Role.ENTRY:
            return self.submit_oco((request, legs[0]), at, expires)
        requests = (request, *legs)
        refuse_duplicates(self._floor, requests)
        floor = self._start(at)
        if floor.now > expires:
            refuse_late(floor, requests)
            return self._reports()
        fault = fault_in_orders(floor, requests) or fault_in_legs(request, legs)
        if legs and not floor.settings.abilities.bracket:
            fault = fault or "there are no brackets here"
        if not reject(floor, requests, fault, paying=(request,)):
            entry, *exits = accept(floor, requests)
            if exits:
                link(floor, entry, exits)
            send_in(floor, (entry,))
        return self._reports()

    def submit_oco(
        self, requests: tuple[OrderRequest, OrderRequest], at: Instant, expires: Instant = NEVER
    ) -> list[VenueReport]:
        """Take two orders of which one cancels the other; raises `DuplicateOrderError`."""
        refuse_duplicates(self._floor, requests)
        floor = self._start(at)
        if floor.now > expires:
            refuse_late(floor, requests)
            return self._reports()
        fault = fault_in_orders(floor, requests) or fault_in_pair(*requests)
        if not floor.settings.abilities.oco:
            fault = fault or "there are no pairs of which one order cancels the other here"
        if not reject(floor, requests, fault, paying=requests):
            pair = accept(floor, requests)
            link(floor, None, pair)
            send_in(floor, pair)
        return self._reports()

    def cancel(self, order: OrderId, at: Instant) -> list[VenueReport]:
        """Cancel what is left of an order."""
        floor = self._start(at)
        ticket = floor.tickets.get(order)
        if ticket is not None and ticket.is_open:
            cancel(floor, ticket, "cancelled on request")
            settle(floor)
        else:
            reason = "unknown order" if ticket is None else f"already {ticket.state.lower()}"
            floor.out.append(VenueRefused(at=floor.now, order=order, request=Request.CANCEL, reason=reason))
        return self._reports()

    def replace(self, order: OrderId, terms: Terms, at: Instant) -> list[VenueReport]:
        """Change an order's terms, or refuse and leave it as it is."""
        floor = self._start(at)
        ticket = floor.tickets.get(order)
        fault = "unknown order" if ticket is None else fault_in_replace(floor, ticket, terms)
        if ticket is None or fault:
            floor.out.append(VenueRefused(at=floor.now, order=order, request=Request.REPLACE, reason=fault))
        else:
            floor.out.append(VenueReplaced(at=floor.now, order=order, terms=terms))
            put_terms(floor, ticket, terms)
        return self._reports()

    # --- market and time ---

    def on_market(self, data: MarketData) -> list[VenueReport]:
        """Take in market data; data of unknown instruments, out of order or absurd are counted and ignored."""
        floor = self._floor
        at = data.at
        market = floor.markets.get(data.instrument)
        if (
            market is not None
            and type(data) is Quote
            and not floor.due
            and not floor.expiries
            and market.lets_pass(data)
        ):
            if at > floor.now:  # noqa: PLR1730 - max() costs more
                floor.now = at
            return []
        if market is None or at < market.tape.at or not is_sane(data):
            floor.data_ignored += 1
            return []
        use_exact_arithmetic()
        run_due(floor, Instant(at - 1))
        settle_expired(floor, at)
        floor.now = floor.trading_at = max(floor.now, at)
        if isinstance(data, Quote):
            take_quote(floor, market, data)
        elif isinstance(data, Print):
            take_print(floor, market, data)
        else:
            take_bar(floor, market, data)
        run_due(floor, floor.now)
        return self._reports()

    def advance(self, at: Instant) -> list[VenueReport]:
        """Let time pass: what is due until then is done."""
        self._start(at)
        return self._reports()

    @property
    def next_due(self) -> Instant:
        """When `advance` will have something to do."""
        floor = self._floor
        return min(floor.next_due, floor.expiries[0][0] if floor.expiries else NEVER)

    def announce(self, action: Action, at: Instant) -> list[VenueReport]:
        """Do what a company did to its shares, once; what comes too late or cannot be done here is counted."""
        floor = self._start(at)
        if not act(floor, action):
            floor.data_ignored += 1
        return self._reports()

    def bust(self, order: OrderId, execution: str, at: Instant, reason: str = "") -> list[VenueReport]:
        """Annul a trade; raises `AmendmentError`. What was due before is done in any case, and told with the next."""
        bust(self._start(at), order, execution, reason)
        return self._reports()

    def correct(self, order: OrderId, corrected: Execution, at: Instant) -> list[VenueReport]:
        """Change the price, the quantity or the fee of the trade of this id; raises `AmendmentError`, as `bust`."""
        correct(self._start(at), order, corrected)
        return self._reports()

    def open_session(self, at: Instant, symbols: Iterable[Symbol] | None = None) -> list[VenueReport]:
        """Open the market (of these instruments, or of all)."""
        open_markets(self._start(at), self._markets(symbols))
        return self._reports()

    def close_session(self, at: Instant, symbols: Iterable[Symbol] | None = None) -> list[VenueReport]:
        """Close the market (of these instruments, or of all): nothing trades there until it opens."""
        close_markets(self._start(at), self._markets(symbols))
        return self._reports()

    # --- what is there ---

    def look_up(self, order: OrderId, at: Instant = _UNTIMED) -> VenueShowed | None:
        """The order as it is here, or None when it never was."""
        ticket = self._floor.tickets.get(order)
        if ticket is None:
            return None
        market = self._floor.markets.get(ticket.request.instrument)
        terms = Terms(
            quantity=Nano(ticket.quantity),
            limit_price=market.price(ticket.limit) if market and ticket.limit is not None else None,
            stop_price=market.price(ticket.stop) if market and ticket.stop is not None else None,
        )
        return VenueShowed(
            at=at,
            order=order,
            venue_order_id=venue_order_id_of(self._floor, ticket),
            state=ticket.state,
            executions=ticket.executions,
            terms=terms,
            reason=ticket.reason,
            instrument=ticket.request.instrument,
            side=ticket.request.side,
            splits=ticket.splits,
            amended=tuple(each for each in self._floor.amendments if each.order == order),
        )

    def last(self, symbol: Symbol) -> MarketData | None:
        """The newest market data of an instrument that means anything."""
        market = self._floor.markets.get(symbol)
        return None if market is None else market.tape.last

    def instrument_of(self, order: OrderId) -> Symbol | None:
        """What an order trades; None when it never was."""
        ticket = self._floor.tickets.get(order)
        return None if ticket is None else ticket.request.instrument

    def open_orders(self, account: AccountId) -> list[OrderId]:
        """Ids of the account's open orders, held exits included, oldest first."""
        return [ticket.request.id for _, ticket in sorted(self._floor.open[account].items())]

    def positions(self, account: AccountId) -> dict[Symbol, Decimal]:
        """Signed quantity of each instrument that the account holds."""
        holdings = self._floor.ledgers[account].holdings
        return {symbol: from_nano(Nano(holdings[symbol].quantity)) for symbol in sorted(holdings)}

    def cash(self, account: AccountId) -> Decimal:
        """The account's cash."""
        return self._floor.ledgers[account].cash

    def fees(self, account: AccountId) -> Decimal:
        """All fees that the account has paid."""
        return self._floor.ledgers[account].fees

    def executions(self, account: AccountId) -> list[tuple[OrderId, Execution]]:
        """Everything that the account has traded, in order; each trade as it stands."""
        return list(self._floor.ledgers[account].executions)

    def changes(
        self, account: AccountId, after: str = "", orders: Sequence[OrderId] = ()
    ) -> list[VenueReport]:
        """What was done to the account's holdings without an order, in order, after the change of this id.

        Each comes behind the fills of these orders that came before it: they are of before the change.
        """
        own = [changed for changed in self._floor.changes if changed.change.account == account]
        ids = [changed.change.id for changed in own]
        start = ids.index(after) + 1 if after in ids else 0
        executions, wanted = self._floor.ledgers[account].executions, dict.fromkeys(orders)
        told: list[VenueReport] = []
        since = 0
        for changed in own[start:]:
            for order, execution in executions[since : changed.traded]:
                if order in wanted:
                    told.append(VenueFilled(at=execution.at, order=order, execution=execution))
            told.append(changed.change)
            since = changed.traded
        return told

    def amendments(self, account: AccountId) -> list[Amendment]:
        """Every trade of the account that was annulled or corrected, in order."""
        tickets = self._floor.tickets
        return [each for each in self._floor.amendments if tickets[each.order].request.account == account]

    def trade(self, order: OrderId, execution: str) -> Execution:
        """A trade as it stands; raises `AmendmentError` when there is none."""
        return find(self._floor, order, execution)[1]

    @property
    def ambiguous_bars(self) -> int:
        """In how many bars a stop and its target both lay."""
        return self._floor.ambiguous_bars

    @property
    def data_ignored(self) -> int:
        """How many market data told nothing: unknown, out of order, absurd, or bars that finer data had told."""
        return self._floor.data_ignored

    # --- inside ---

    def _start(self, at: Instant) -> Floor:
        use_exact_arithmetic()
        floor = self._floor
        run_due(floor, at)
        settle_expired(floor, at)
        floor.now = floor.trading_at = max(floor.now, at)
        return floor

    def _reports(self) -> list[VenueReport]:
        reports, self._floor.out = self._floor.out, []
        return reports

    def _markets(self, symbols: Iterable[Symbol] | None) -> list[Market]:
        markets = self._floor.markets
        return list(markets.values()) if symbols is None else [markets[symbol] for symbol in symbols]
