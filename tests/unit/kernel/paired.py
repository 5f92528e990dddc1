"""A position at a venue that takes pairs of exits and no brackets, driven by hand."""

from decimal import Decimal

from tests.builders import ALPHA, SPY, Desk, nano

from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO
from kedge.domain.orders import Order, Role
from kedge.domain.signals import WantedTarget
from kedge.kernel.cover import cover_of

D = Decimal
S = OrderState
PAIRED = Capabilities(bracket=False, reduce_only=False)
HALVES = (WantedTarget(nano(110), pct=nano(50)), WantedTarget(nano(120), pct=nano(50)))


def living(desk: Desk, role: Role, *, here: bool = False) -> list[Order]:
    """At the venue, or held `here`."""
    orders = desk.book.state.open_orders(ALPHA, SPY.symbol)
    return [each for each in orders if each.request.role is role and (each.state is S.NEW) is here]


def asked(desk: Desk, filled: int = 10) -> tuple[Order, Order]:
    """Long ten from 100: the stop and the target that the venue is asked for."""
    desk.enter(filled=filled)
    (stop,), (target,) = living(desk, Role.STOP), living(desk, Role.TARGET)
    return stop, target


def rested(desk: Desk) -> tuple[Order, Order]:
    stop, target = asked(desk)
    desk.accept(stop.id)
    desk.accept(target.id)
    return stop, target


def uncovered(desk: Desk) -> Decimal:
    position = desk.position()
    return ZERO if position is None else cover_of(desk.book.state, position).uncovered
