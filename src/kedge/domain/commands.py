"""Commands: what the shell is to do, in the imperative. Each follows from one event that is already durable."""

import msgspec

from kedge.domain.events import (
    CancelSubmitted,
    Event,
    OrderQueried,
    OrderReleased,
    OrderSubmitted,
    ReplaceSubmitted,
)
from kedge.domain.ids import OrderId
from kedge.domain.orders import OrderRequest, Terms


class SubmitOrder(msgspec.Struct, frozen=True, gc=False, tag=True, omit_defaults=True):
    """Place an order, with the exits that belong to it when the venue takes brackets.

    An exit with a leg is a pair of exits (`Capabilities.oco`): what one of them fills is taken from the other.
    """

    request: OrderRequest
    legs: tuple[OrderRequest, ...] = ()


class CancelOrder(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Cancel what is left of an order."""

    order: OrderId


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Change an order's terms."""

    order: OrderId
    terms: Terms


class QueryOrder(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Find out what became of an order, by every endpoint that can tell."""

    order: OrderId


Command = SubmitOrder | CancelOrder | ReplaceOrder | QueryOrder


def command_for(event: Event) -> Command | None:
    """The command that an event calls for. Being a function of the event, it needs no record of its own."""
    match event:
        case OrderSubmitted(request=request, legs=legs):
            return SubmitOrder(request, legs)
        case OrderReleased(request=request):
            return SubmitOrder(request)
        case CancelSubmitted(order=order):
            return CancelOrder(order)
        case ReplaceSubmitted(order=order, terms=terms):
            return ReplaceOrder(order, terms)
        case OrderQueried(order=order):
            return QueryOrder(order)
        case _:
            return None
