"""Commands to venues. Each is sent once; whatever comes of it, silence included, goes back in as an input.

A command gets here only after the event that calls for it is durable. Nothing in this file retries: what to do about
a request without an answer is the kernel's decision. Only a question that could not leave, for the venue was out of
reach, is kept and put when the venue is there.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

import msgspec

from kedge.domain.commands import CancelOrder, Command, QueryOrder, ReplaceOrder, SubmitOrder
from kedge.domain.ids import OrderId, VenueName
from kedge.domain.inputs import Request, VenueRefused, VenueRejected, VenueReport, VenueSilent
from kedge.domain.instants import NEVER, Instant
from kedge.domain.orders import Role
from kedge.domain.refusals import RejectKind
from kedge.engine.clock import Clock
from kedge.engine.pacing import Lane, Pacer
from kedge.venues.base import Venue
from kedge.venues.errors import DuplicateError, NotSentError, RefusedError, VenueError

LOOK_SECONDS = 0.02  # while the engine stops and its loop does not turn any more

log = logging.getLogger("kedge.dispatch")


class Dispatcher:
    """Carries commands out, each in a task of its own."""

    def __init__(
        self,
        venues: Mapping[VenueName, Venue],
        clock: Clock,
        put: Callable[[VenueReport], None],
        fail: Callable[[BaseException], None],
        may_leave: Callable[[OrderId, Instant], bool],
        pacer: Pacer,
    ) -> None:
        """`put` takes the outcomes; when it cannot, that is the end of the engine, and `fail` is told.

        `may_leave` is asked about each entry at the last moment; it records by itself why one may not.
        """
        self._venues = venues
        self._clock = clock
        self._put = put
        self._fail = fail
        self._may_leave = may_leave
        self.pacer = pacer
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._unasked: dict[VenueName, dict[OrderId, None]] = {}

    def send(self, command: Command, venue: VenueName, lane: Lane, expires: Instant = NEVER) -> None:
        """Carry a command out as soon as its lane is free; returns at once.

        The venue is to refuse a submit that comes after `expires`.
        """
        self.pacer.take(command, lane, lambda: self._start(command, venue, expires))

    def _start(self, command: Command, venue: VenueName, expires: Instant = NEVER) -> None:
        task = asyncio.get_running_loop().create_task(self._carry_out(command, venue, expires))
        self._tasks[task] = None
        task.add_done_callback(self._done)

    def reached(self, venue: VenueName) -> None:
        """The venue is there (again): put the questions that could not leave."""
        for order in self._unasked.pop(venue, {}):
            self._start(QueryOrder(order), venue)

    @property
    def under_way(self) -> int:
        """How many requests have no outcome yet."""
        return len(self._tasks)

    async def settle(self, seconds: float) -> None:
        """Wait for requests under way, up to so long; those left over are asked about at the next start."""
        end = asyncio.get_running_loop().time() + seconds
        while self.pacer.waits and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(LOOK_SECONDS)
            self.pacer.release()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=seconds)
        for task in list(self._tasks):
            task.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    async def _carry_out(self, command: Command, venue_name: VenueName, expires: Instant) -> None:
        venue = self._venues.get(venue_name)
        if venue is None:
            self._tell(_not_sent(command, self._clock(), f"no venue {venue_name!r} is connected"))
            return
        if not self._is_wanted(command, expires):
            return
        try:
            reports = await self._request(venue, command, expires)
        except NotSentError as error:
            if isinstance(command, QueryOrder):
                self._unasked.setdefault(venue_name, {})[command.order] = None
            self._tell(_not_sent(command, self._clock(), f"not sent: {error}"))
        except DuplicateError as error:
            # Ours, or somebody else's with our id? The order itself has to tell.
            self._tell(_silent(command, self._clock(), f"the venue knows the id already: {error}"))
        except RefusedError as error:
            self._tell(_refused(command, self._clock(), str(error)))
        except VenueError as error:
            self._tell(_silent(command, self._clock(), str(error)))
        except Exception as error:  # an adapter's own fault: the request may have been made all the same
            log.exception("the adapter of venue %s failed", venue_name)
            self._tell(_silent(command, self._clock(), f"adapter failed: {error!r}"))
        else:
            for report in reports:
                self._tell(report)

    def _is_wanted(self, command: Command, expires: Instant) -> bool:
        """The last look at a submit: nothing may come between it and the call of the adapter."""
        if not isinstance(command, SubmitOrder):
            return True
        now = self._clock()
        if now >= expires:  # an absence may have been taken as proof by now, and another order have left
            self._tell(_not_sent(command, now, "not sent: it waited for too long"))
            return False
        return command.request.role is not Role.ENTRY or self._may_leave(command.request.id, now)

    async def _request(self, venue: Venue, command: Command, expires: Instant) -> list[VenueReport]:
        match command:
            case SubmitOrder(request=request, legs=legs):
                return await venue.submit(request, legs, expires)
            case CancelOrder(order=order):
                return await venue.cancel(order)
            case ReplaceOrder(order=order, terms=terms):
                return await venue.replace(order, terms)
            case QueryOrder(order=order):
                asked = self._clock()
                answer = await venue.query(order)
                if isinstance(answer, list):
                    return [msgspec.structs.replace(missing, asked=asked) for missing in answer]
                return [msgspec.structs.replace(answer, asked=asked)]

    def _tell(self, report: VenueReport | None) -> None:
        if report is not None:
            self._put(report)


_REQUEST_OF = {SubmitOrder: Request.SUBMIT, CancelOrder: Request.CANCEL, ReplaceOrder: Request.REPLACE}


def _order_of(command: Command) -> OrderId:
    return command.request.id if isinstance(command, SubmitOrder) else command.order


def _not_sent(command: Command, at: Instant, why: str) -> VenueReport | None:
    """Certainly nothing left: a submit is dead; a cancel or replace is asked about, for its order lives on."""
    if isinstance(command, SubmitOrder):
        return VenueRejected(command.request.id, why, RejectKind.NOT_SENT, at=at)
    return _silent(command, at, why)


def _refused(command: Command, at: Instant, why: str) -> VenueReport | None:
    request = _REQUEST_OF.get(type(command))
    return None if request is None else VenueRefused(_order_of(command), request, why, at=at)


def _silent(command: Command, at: Instant, why: str) -> VenueReport | None:
    """A question without an answer needs no input: it has a deadline and is put again."""
    request = _REQUEST_OF.get(type(command))
    return None if request is None else VenueSilent(_order_of(command), request, why, at=at)
