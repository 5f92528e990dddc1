"""The kinds of venue at which the machine plays: what each can do, and nothing else, is what makes them different."""

from tests.builders import ENGINE_HELD
from tests.machine.machine import BracketVenue
from tests.machine.tally import Tally

from kedge.domain.capabilities import Capabilities
from kedge.domain.orders import Holder, OrderType

_NO_PLAIN_STOPS = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)


class BracketVenueWithoutReplace(BracketVenue):
    """The venue takes brackets and changes no order: a stop is moved by a second one."""

    able = Capabilities(replace=False)
    tally = Tally()


class PlainVenue(BracketVenue):
    """The venue takes single orders and changes them; exits there may turn a position over."""

    able = Capabilities(bracket=False, oco=False, reduce_only=False)
    tally = Tally()


class PlainVenueWithoutReplace(BracketVenue):
    """The venue takes single orders, and that is all."""

    able = Capabilities(bracket=False, oco=False, reduce_only=False, replace=False)
    tally = Tally()


class PairVenue(BracketVenue):
    """The venue takes pairs of exits, no brackets; exits there may turn a position over."""

    able = Capabilities(bracket=False, reduce_only=False)
    tally = Tally()


class ReducingPairVenue(BracketVenue):
    """The venue takes pairs of exits, no brackets; it keeps exits from turning a position over."""

    able = Capabilities(bracket=False)
    tally = Tally()


class StoplessVenue(BracketVenue):
    """The venue takes no stops: the engine holds them."""

    able = ENGINE_HELD
    tally = Tally()


class ReducingVenue(BracketVenue):
    """The venue takes single orders and changes none; it keeps exits from turning a position over."""

    able = Capabilities(bracket=False, oco=False, replace=False)
    tally = Tally()


class StopLimitVenue(BracketVenue):
    """The venue takes brackets, and stops only with a limit: they may meet their price and not fill."""

    able = Capabilities(order_types=_NO_PLAIN_STOPS)
    tally = Tally()


class PlainStopLimitVenue(BracketVenue):
    """The venue takes single orders, and stops only with a limit; exits there may turn a position over."""

    able = Capabilities(order_types=_NO_PLAIN_STOPS, bracket=False, oco=False, reduce_only=False)
    tally = Tally()


class PairStopLimitVenue(BracketVenue):
    """The venue takes pairs of exits, and stops only with a limit; exits there may turn a position over."""

    able = Capabilities(order_types=_NO_PLAIN_STOPS, bracket=False, reduce_only=False)
    tally = Tally()


class HoldingVenue(BracketVenue):
    """The engine holds the exits although the venue could, and has a disaster stop there; exits only reduce."""

    able = Capabilities(hold=Holder.ENGINE)
    tally = Tally()


class PlainHoldingVenue(BracketVenue):
    """So it is where exits may turn a position over: the disaster stop has to give way to each of them."""

    able = Capabilities(bracket=False, oco=False, reduce_only=False, hold=Holder.ENGINE)
    tally = Tally()


class PlainHoldingVenueWithoutReplace(BracketVenue):
    """So it is where no order can be changed either."""

    able = Capabilities(bracket=False, oco=False, reduce_only=False, replace=False, hold=Holder.ENGINE)
    tally = Tally()


MACHINES = (
    BracketVenue,
    BracketVenueWithoutReplace,
    PlainVenue,
    PlainVenueWithoutReplace,
    StoplessVenue,
    ReducingVenue,
    StopLimitVenue,
    PlainStopLimitVenue,
    HoldingVenue,
    PlainHoldingVenue,
    PlainHoldingVenueWithoutReplace,
    PairVenue,
    ReducingPairVenue,
    PairStopLimitVenue,
)
