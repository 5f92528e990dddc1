"""Answers requests from an exchange: the protocol's words on one side, the exchange's on the other. Knows no faults."""

from collections.abc import Callable

import msgspec

from kedge.domain.inputs import VenueReport
from kedge.domain.instants import Instant
from kedge.sim.errors import AmendmentError, DuplicateOrderError
from kedge.venues.simulated import wire
from kedge.venues.simulated.exchange import Exchange, UnknownAccountError

Change = wire.Submit | wire.Cancel | wire.Replace
Operation = wire.Bust | wire.Correct  # what who runs the exchange does to it
Question = (
    wire.Hello
    | wire.Ping
    | wire.FindOrder
    | wire.ListOrders
    | wire.ListOpenOrders
    | (wire.ListPositions | wire.ShowBalance | wire.ListExecutions | wire.ListChanges | wire.ListAmendments)
)


class Desk:
    """One exchange, spoken to in the words of the wire."""

    def __init__(self, exchange: Exchange, clock: Callable[[], Instant]) -> None:
        self._exchange = exchange
        self._clock = clock

    def change(self, request: Change) -> tuple[wire.Result, list[VenueReport]]:
        """Do what changes something; the reports are what there is to tell everybody."""
        try:
            reports = self._do(request)
        except DuplicateOrderError as error:
            return wire.Failed(wire.FailureCode.DUPLICATE, str(error)), []
        return wire.Done(tuple(reports)), reports

    def withdraw(self) -> list[VenueReport]:
        """Cancel whatever may still open something."""
        now = self._clock()
        return [
            report
            for order in self._exchange.opening_orders()
            for report in self._exchange.cancel(order, now)
        ]

    def operate(self, request: Operation) -> tuple[wire.Result, list[VenueReport]]:
        """Do what an operator asks for, or refuse."""
        try:
            reports = self._amend(request)
        except AmendmentError as error:
            return wire.Failed(wire.FailureCode.REFUSED, str(error)), []
        return wire.Done(tuple(reports)), reports

    def answer(self, request: Question) -> wire.Result:
        """Answer what changes nothing."""
        try:
            return self._tell(request)
        except UnknownAccountError as error:
            return wire.Failed(wire.FailureCode.REFUSED, str(error))

    def _do(self, request: Change) -> list[VenueReport]:
        now = self._clock()
        match request:
            case wire.Submit(request=order, legs=legs, expires=expires):
                return self._exchange.submit(order, legs, now, expires)
            case wire.Cancel(order=order_id):
                return self._exchange.cancel(order_id, now)
            case wire.Replace(order=order_id, terms=terms):
                return self._exchange.replace(order_id, terms, now)

    def _amend(self, request: Operation) -> list[VenueReport]:
        now = self._clock()
        if isinstance(request, wire.Bust):
            return self._exchange.bust(request.order, request.execution, now, request.reason)
        was = self._exchange.trade(request.order, request.execution)
        named = {
            name: value
            for name in ("quantity", "price", "fee")
            if (value := getattr(request, name)) is not None
        }
        return self._exchange.correct(request.order, msgspec.structs.replace(was, **named), now)

    def _tell(self, request: Question) -> wire.Result:
        exchange = self._exchange
        match request:
            case wire.Hello(version=version):
                if version != wire.PROTOCOL_VERSION:
                    reason = f"version {wire.PROTOCOL_VERSION} is spoken here, not {version}"
                    return wire.Failed(wire.FailureCode.REFUSED, reason)
                return wire.Welcome(exchange.name)
            case wire.Ping():
                return wire.Pong()
            case wire.FindOrder(order=order):
                return wire.Found(exchange.look_up(order, self._clock()))
            case wire.ListOrders(after=after):
                page = exchange.orders(after, wire.LISTING_PAGE)
                reached = after + len(page)
                return wire.Orders(tuple(page), reached if len(page) == wire.LISTING_PAGE else None)
            case wire.ListOpenOrders(account=account):
                return wire.Orders(tuple(exchange.open_orders(account)))
            case wire.ListPositions(account=account):
                return wire.Holdings(exchange.positions(account))
            case wire.ShowBalance(account=account):
                return wire.Money(exchange.cash(account), exchange.fees(account))
            case wire.ListExecutions(account=account):
                return wire.Fills(tuple(exchange.executions(account)))
            case wire.ListAmendments(account=account):
                return wire.Amendments(tuple(exchange.amendments(account)))
            case wire.ListChanges(account=account, after=after, orders=orders):
                return wire.Changes(tuple(exchange.changes(account, after, orders)))
