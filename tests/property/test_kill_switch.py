"""The kill switch, thrown at any moment of a bad day: it is confirmed only when it is true, and in the end it is.

The day is that of `tests/machine`, at a venue of each way to protect a position, with the same laws after each step.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from tests.builders import ALPHA, account
from tests.machine.machine import BracketVenue
from tests.machine.trial import STEPS
from tests.machine.venues import PlainVenue, StoplessVenue
from tests.machine.world import World

from kedge.domain import inputs as i
from kedge.domain.ids import OrderId
from kedge.domain.instants import SECOND, Instant
from kedge.domain.kill import KillMode
from kedge.domain.numbers import to_nano
from kedge.domain.orders import Role

EXAMPLES_SHARE = 2  # of the profile's, for each kind of venue


def listed(world: World, *, late: bool = False) -> None:
    """The exchange says what is open there; a late answer says that the question left before that."""
    there = world.exchange.positions(ALPHA)
    held = {symbol: to_nano(quantity) for symbol, quantity in there.items() if quantity}
    orders, now = tuple(world.exchange.open_orders(ALPHA)), world.desk.now
    asked = Instant(now - SECOND) if late else now
    world.give(i.VenueListed(account().venue, ALPHA, orders, held, asked, at=now))


def entries_there(world: World) -> list[OrderId]:
    """The entries that rest at the exchange."""
    ids = world.exchange.open_orders(ALPHA)
    return [id_ for id_ in ids if world.known[id_].request.role is Role.ENTRY]


class _Killed:
    """What is added to a machine."""

    world: World
    signals: int

    @precondition(lambda self: self.signals > 2 * len(KillMode))
    @rule(mode=st.sampled_from([KillMode.CANCEL, KillMode.FLATTEN]), one=st.booleans())
    def the_kill_switch_is_thrown(self, mode: KillMode, one: bool) -> None:
        now = self.world.desk.now
        self.world.give(i.KillAsked(mode, "ann", "test", ALPHA if one else None, at=now))

    @rule(late=st.booleans())
    def the_venue_lists_what_is_open(self, late: bool) -> None:
        listed(self.world, late=late)

    @invariant()
    def what_is_confirmed_is_true(self) -> None:
        for kill in self.world.desk.book.state.kills.values() if hasattr(self, "world") else ():
            if kill.confirmed:
                assert not entries_there(self.world)

    def quieten(self) -> None:
        """With time, and the venue's word at the end of it, it is over."""
        super().quieten()  # type: ignore[misc]
        listed(self.world)
        for kill in self.world.desk.book.state.kills.values():
            assert not entries_there(self.world)
            assert not (kill.mode.closes and any(self.world.exchange.positions(ALPHA).values()))
            assert kill.confirmed, kill


class BracketKilled(_Killed, BracketVenue):
    """Where the venue holds stops with their entries."""


class PlainKilled(_Killed, PlainVenue):
    """Where stops rest by themselves."""


class StoplessKilled(_Killed, StoplessVenue):
    """Where the engine holds stops."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("machine", [BracketKilled, PlainKilled, StoplessKilled])
def test_the_laws_hold_when_the_kill_switch_is_thrown(machine: type[Any]) -> None:
    terms = settings(
        max_examples=settings().max_examples // EXAMPLES_SHARE,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=terms)
