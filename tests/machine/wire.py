"""What lies on the wire between the book and the exchange, and what is known of the orders that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kedge.domain import inputs as i
from kedge.domain.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Execution, Holder, OrderRequest, Role

_REQUEST = {SubmitOrder: i.Request.SUBMIT, CancelOrder: i.Request.CANCEL, ReplaceOrder: i.Request.REPLACE}


@dataclass
class Sent:
    """A command, and when it was decided."""

    command: Command
    decided: Instant

    @property
    def order(self) -> OrderId:
        """The order that it is about."""
        return self.command.request.id if isinstance(self.command, SubmitOrder) else self.command.order

    @property
    def silence(self) -> i.VenueSilent | None:
        """What the transport says when it does not know; a question has a deadline and needs no such word."""
        request = _REQUEST.get(type(self.command))
        return None if request is None else i.VenueSilent(self.order, request, "time-out", at=self.decided)


@dataclass
class Telling:
    """A report that waits to be told; `number` counts in the order in which things happened."""

    report: i.OrderReport
    number: int
    happened: Instant
    times: int = 0


@dataclass
class Known:
    """What the judge keeps of an order: how it was asked for, and what the book has been told of it."""

    request: OrderRequest
    intent: tuple[str, ...]
    told: dict[str, Execution] = field(default_factory=dict)  # each as it was told last
    busted: dict[str, None] = field(default_factory=dict)  # annulled for good, told or not
    revisions: dict[str, int] = field(default_factory=dict)
    told_end: bool = False

    def fill(self, done: Execution) -> None:
        """A trade is told; what was said of it before holds."""
        if done.id not in self.busted:
            self.told.setdefault(done.id, done)

    def hear(self, amendment: i.Amendment) -> None:
        """A trade was another one, or never was, which is for good."""
        id_ = amendment.execution
        if isinstance(amendment, i.VenueBusted):
            self.busted[id_] = None
            self.told.pop(id_, None)
        elif amendment.revision > self.revisions.get(id_, 0) and id_ not in self.busted:
            self.revisions[id_] = amendment.revision
            self.told[id_] = amendment.corrected


def of_orders(reports: Iterable[i.VenueReport]) -> list[i.OrderReport]:
    """The reports, all of which are about orders: nothing is settled, split or renamed here."""
    orders = []
    for report in reports:
        assert not isinstance(report, i.VenueChange)
        orders.append(report)
    return orders


def is_out(request: OrderRequest, state: OrderState) -> bool:
    """Whether it closes at any price: an exit at the market, or what the engine held and has let go."""
    at_market = request.role is Role.EXIT and request.limit_price is None and request.stop_price is None
    return at_market or (request.holder is Holder.ENGINE and state is not OrderState.NEW)
