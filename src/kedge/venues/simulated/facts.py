"""What the exchange's deeds come to in its ledger."""

from collections.abc import Callable, Iterator, Sequence

from kedge.domain.ids import OrderId
from kedge.domain.inputs import (
    VenueAccepted,
    VenueBusted,
    VenueCancelled,
    VenueCorrected,
    VenueExpired,
    VenueFilled,
    VenueRefused,
    VenueRejected,
    VenueRenamed,
    VenueReplaced,
    VenueReport,
    VenueSettled,
    VenueSplit,
)
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderRequest, Terms
from kedge.venues.simulated import ledger as book
from kedge.venues.simulated.memory import Cancelled, Deed, Replaced, Submitted

RequestOf = Callable[[OrderId], OrderRequest]
StateOf = Callable[[OrderId], OrderState | None]


def facts_of(
    deed: Deed, reports: Sequence[VenueReport], request_of: RequestOf, state_of: StateOf
) -> list[book.Fact]:
    """The facts to record of a deed that led to these reports; `state_of` tells the state after all of them."""
    asked: list[book.Fact] = []
    expires = deed.expires if isinstance(deed, Submitted) else None
    match deed:
        case Cancelled(order=order):
            asked = [book.CancelAsked(order=order)]
        case Replaced(order=order, terms=terms):
            asked = [book.ReplaceAsked(order=order, terms=terms)]
        case _:
            pass
    last_fills = {
        report.order: index for index, report in enumerate(reports) if isinstance(report, VenueFilled)
    }
    for index, report in enumerate(reports):
        match report:
            case VenueAccepted() if expires is not None:
                asked.append(
                    book.OrderAccepted(
                        request=request_of(report.order),
                        venue_order_id=report.venue_order_id,
                        expires=expires,
                    )
                )
            case VenueCorrected():
                asked.append(
                    book.TradeCorrected(
                        order=report.order,
                        account=request_of(report.order).account,
                        execution=report.corrected,
                    )
                )
                if state_of(report.order) is OrderState.FILLED:  # it may have become so by this
                    asked.append(book.OrderEnded(order=report.order, state=OrderState.FILLED))
            case VenueFilled():
                is_last = last_fills[report.order] == index and state_of(report.order) is OrderState.FILLED
                asked += _trade(report, request_of(report.order), is_last=is_last)
            case _:
                asked += _plain(report, request_of)
    return asked


def _trade(report: VenueFilled, request: OrderRequest, *, is_last: bool) -> Iterator[book.Fact]:
    yield book.Executed(
        order=report.order,
        account=request.account,
        instrument=request.instrument,
        side=request.side,
        execution=report.execution,
    )
    if is_last:
        yield book.OrderEnded(order=report.order, state=OrderState.FILLED)


def _plain(report: VenueReport, request_of: RequestOf) -> list[book.Fact]:
    match report:
        case VenueRejected(order=order, reason=reason):
            return [book.OrderRejected(request=request_of(order), reason=reason)]
        case VenueCancelled(order=order, reason=reason):
            return [book.OrderEnded(order=order, state=OrderState.CANCELLED, reason=reason)]
        case VenueExpired(order=order, reason=reason):
            return [book.OrderEnded(order=order, state=OrderState.EXPIRED, reason=reason)]
        case VenueReplaced(order=order, terms=terms):
            return [book.OrderReplaced(order=order, terms=terms)]
        case VenueRefused(order=order, request=request, reason=reason):
            return [book.RequestRefused(order=order, request=request, reason=reason)]
        case VenueSettled(account=account, instrument=instrument, id=id_, quantity=quantity, price=price):
            return [
                book.Settled(account=account, instrument=instrument, id=id_, quantity=quantity, price=price)
            ]
        case VenueSplit():
            return list(_split(report))
        case VenueBusted(order=order, execution=execution, reason=reason):
            account = request_of(order).account
            return [book.TradeBusted(order=order, account=account, execution=execution, reason=reason)]
        case VenueRenamed(account=account, instrument=instrument, id=id_, new_symbol=new_symbol):
            return [
                book.HoldingRenamed(account=account, instrument=instrument, id=id_, new_symbol=new_symbol)
            ]
        case _:
            return []


def _split(report: VenueSplit) -> Iterator[book.Fact]:
    yield book.HoldingSplit(
        account=report.account,
        id=report.id,
        split=report.split,
        quantity=report.quantity,
        paid=report.paid,
    )
    for each in report.orders:
        terms = Terms(each.quantity, each.limit_price, each.stop_price)
        yield book.OrderSplit(order=each.order, terms=terms)
