"""The way between engine and exchange on a bad day: requests and reports get lost, doubled, late and out of order.

Time is virtual. What has left the engine before a crash may still arrive after it, as on a real network.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

import msgspec

from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder
from kedge.domain.ids import OrderId
from kedge.domain.inputs import Request, VenueMissing, VenueReport, VenueSilent
from kedge.domain.instants import MILLISECOND, SECOND, Instant, Span
from kedge.sim.errors import DuplicateOrderError
from kedge.sim.exchange import SimExchange

REQUEST_LIFETIME = Span(2 * SECOND)
ANSWER_TIMEOUT_MS = (
    300,
    3_000,
)  # the transport gives up now before, now after a late request is refused as too old


class Faults(msgspec.Struct, frozen=True):
    """How often each thing goes wrong, as a chance for each request or report."""

    request_lost: float = 0.05
    request_late: float = 0.05
    answer_lost: float = 0.05
    report_lost: float = 0.05
    report_doubled: float = 0.05
    report_late: float = 0.10
    crash: float = 0.01  # for each tick of the session, between two inputs
    crash_in_step: float = 0.001  # before a step is recorded, and again before its commands leave
    amendment: float = 0.0  # for each tick of the session: a trade is annulled or corrected

    @classmethod
    def none(cls) -> "Faults":
        """A good day."""
        return cls(0, 0, 0, 0, 0, 0, 0, 0)

    @classmethod
    def only(cls, **chances: float) -> "Faults":
        """Nothing goes wrong but this."""
        return msgspec.structs.replace(cls.none(), **chances)


class Network:
    """Carries commands to the exchange and reports back, badly."""

    def __init__(self, exchange: SimExchange, random: Random, faults: Faults) -> None:
        """All chance comes from `random`."""
        self.exchange = exchange
        self.faults = faults
        self._random = random
        self._due: list[tuple[Instant, int, bool, Callable[[Instant], list[VenueReport]]]] = []
        self._count = 0
        self.tally: dict[str, int] = {}

    def send(self, command: Command, now: Instant) -> None:
        """A command leaves the engine."""
        if isinstance(command, QueryOrder):
            self._at(now, self._latency(), lambda at: self._query(command.order, at))
            return
        expires = Instant(now + REQUEST_LIFETIME)
        silence = VenueSilent(_order_of(command), _REQUEST[type(command)], "time-out", at=now)
        if self._chance("request_lost"):
            self._at(now, self._patience(), lambda at: [_stamped(silence, at)])
        elif self._chance("request_late"):
            delay = self._random.randrange(500, 6000) * MILLISECOND
            self._at(now, Span(delay), lambda at: self._answer(command, at, expires), survives=True)
            self._at(now, self._patience(), lambda at: [_stamped(silence, at)])
        elif self._chance("answer_lost"):
            self._at(now, self._latency(), lambda at: self._lose_answer(command, at, expires), survives=True)
            self._at(now, self._patience(), lambda at: [_stamped(silence, at)])
        else:
            self._at(now, self._latency(), lambda at: self._answer(command, at, expires), survives=True)

    def carry(self, reports: list[VenueReport], now: Instant) -> None:
        """Reports leave the exchange; each meets its own fate on the way."""
        for report in reports:
            if self._chance("report_lost"):
                continue
            self._bring(report, now, self._latency())
            if self._chance("report_doubled"):
                self._bring(report, now, Span(self._random.randrange(1, 20_000) * MILLISECOND))

    def deliver(self, now: Instant) -> list[VenueReport]:
        """What reaches the engine by now."""
        arrived: list[VenueReport] = []
        while self._due and self._due[0][0] <= now:
            at, _, _, happen = heappop(self._due)
            arrived += happen(at)
        return arrived

    def cut(self) -> None:
        """The engine died: what was on its way to it is gone, what was on its way to the exchange arrives."""
        left, self._due = self._due, []
        for at, number, survives, happen in sorted(left, key=lambda entry: entry[:2]):
            if survives:
                heappush(self._due, (at, number, survives, happen))

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._due

    def _answer(self, command: Command, at: Instant, expires: Instant) -> list[VenueReport]:
        self.carry(self._carry_out(command, at, expires), at)
        return []

    def _lose_answer(self, command: Command, at: Instant, expires: Instant) -> list[VenueReport]:
        self._carry_out(command, at, expires)
        return []

    def _carry_out(self, command: Command, at: Instant, expires: Instant) -> list[VenueReport]:
        match command:
            case SubmitOrder(request=request, legs=legs):
                try:
                    return self.exchange.submit(request, legs, at, expires)
                except DuplicateOrderError as error:
                    return [VenueSilent(request.id, Request.SUBMIT, str(error), at=at)]
            case CancelOrder(order=order):
                return self.exchange.cancel(order, at)
            case ReplaceOrder(order=order, terms=terms):
                return self.exchange.replace(order, terms, at)
            case QueryOrder():
                raise AssertionError("questions have a way of their own")

    def _query(self, order: OrderId, at: Instant) -> list[VenueReport]:
        if self._chance("answer_lost"):
            return []
        shown = self.exchange.look_up(order, at)
        if shown is not None:
            return [msgspec.structs.replace(shown, asked=at)]
        return [VenueMissing(order, endpoint, control=True, at=at) for endpoint in ("by_id", "listing")]

    def _bring(self, report: VenueReport, now: Instant, delay: Span) -> None:
        if self._chance("report_late"):
            delay = Span(self._random.randrange(100, 30_000) * MILLISECOND)
        self._at(now, delay, lambda at: [_stamped(report, at)])

    def _at(
        self,
        now: Instant,
        delay: Span,
        happen: Callable[[Instant], list[VenueReport]],
        *,
        survives: bool = False,
    ) -> None:
        self._count += 1
        heappush(self._due, (Instant(now + delay), self._count, survives, happen))

    def _latency(self) -> Span:
        return Span(self._random.randrange(1, 40) * MILLISECOND)

    def _patience(self) -> Span:
        return Span(self._random.randrange(*ANSWER_TIMEOUT_MS) * MILLISECOND)

    def _chance(self, fault: str) -> bool:
        likelihood: float = getattr(self.faults, fault)
        happens = self._random.random() < likelihood
        if happens:
            self.tally[fault] = self.tally.get(fault, 0) + 1
        return happens


_REQUEST = {SubmitOrder: Request.SUBMIT, CancelOrder: Request.CANCEL, ReplaceOrder: Request.REPLACE}


def _order_of(command: Command) -> OrderId:
    return command.request.id if isinstance(command, SubmitOrder) else command.order


def _stamped(report: VenueReport, at: Instant) -> VenueReport:
    return msgspec.structs.replace(report, at=at)
