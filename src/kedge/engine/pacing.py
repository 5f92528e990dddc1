"""The last place before a venue: what would leave too fast for it waits for its turn, ways out first.

The kernel keeps entries within their part of the budget. This is for what is left: a storm of cancels and exits, which
nobody refuses. Time is the engine's own clock, and who runs the loop asks when to look again.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from kedge.domain.commands import Command, QueryOrder, SubmitOrder
from kedge.domain.ids import AccountId
from kedge.domain.instants import MINUTE, NEVER, Instant
from kedge.domain.messages import WINDOWS, MessageBudget, sent_since
from kedge.domain.orders import Role
from kedge.engine.clock import Clock


class Lane(NamedTuple):
    """An account at a venue, and how fast it may be spoken to."""

    account: AccountId
    budget: MessageBudget


class _Waiting(NamedTuple):
    rank: int
    number: int  # the order of coming: of one rank the first comes first
    leave: Callable[[], None]


class Pacer:
    """A queue for each account at a venue; hardly ever anything is in one."""

    def __init__(self, clock: Clock, sent: Mapping[AccountId, Sequence[Instant]]) -> None:
        """`sent`: what an earlier run has sent in the last minute."""
        self._clock = clock
        self._sent = {account: list(instants) for account, instants in sent.items()}
        self._queues: dict[Lane, list[_Waiting]] = {}
        self._number = 0

    def take(self, command: Command, lane: Lane, leave: Callable[[], None]) -> None:
        """Let it leave now, or when its turn has come. A question takes nothing and does not wait."""
        if isinstance(command, QueryOrder):
            leave()
        elif lane in self._queues or self._free_at(lane) > self._clock():
            self._number += 1
            entry = isinstance(command, SubmitOrder) and command.request.role is Role.ENTRY
            heappush(self._queues.setdefault(lane, []), _Waiting(int(entry), self._number, leave))
        else:
            self._leave(lane, leave)

    def release(self) -> None:
        """Let everything leave whose turn has come."""
        for lane in list(self._queues):
            queue = self._queues[lane]
            while queue and self._free_at(lane) <= self._clock():
                self._leave(lane, heappop(queue).leave)
            if not queue:
                del self._queues[lane]

    @property
    def waits(self) -> bool:
        """Whether anything does."""
        return bool(self._queues)

    @property
    def next_at(self) -> Instant:
        """When something may leave."""
        return min(map(self._free_at, self._queues), default=NEVER)

    def _leave(self, lane: Lane, leave: Callable[[], None]) -> None:
        now, sent = self._clock(), self._sent.setdefault(lane.account, [])
        del sent[: len(sent) - sent_since(sent, Instant(now - MINUTE))]
        sent.append(now)
        leave()

    def _free_at(self, lane: Lane) -> Instant:
        """From when on one more is within all that the venue takes."""
        sent = self._sent.get(lane.account, ())
        free = Instant(0)
        for window, span in WINDOWS:
            most = lane.budget.most(window)
            if len(sent) >= most:
                free = max(free, Instant(sent[-most] + span))
        return free
