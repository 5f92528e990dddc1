"""How the dashboard looks: pictures of the screen, kept beside this file.

After a change that is meant: `pytest tests/unit/tui/test_screens.py --snapshot-update`, and look at the pictures.
"""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from tests.unit.tui.stage import (
    ES,
    FUTURES,
    account,
    ago,
    dashboard,
    position,
    recalled,
    room,
    seen,
    stop_order,
    texts,
    view,
)
from textual.pilot import Pilot

from kedge.domain.accounts import TradingState
from kedge.domain.ids import OrderId, PositionId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Holder, Role
from kedge.engine.control import messages as m
from kedge.kernel.standing import CoveredBy
from kedge.tui.app import Dashboard
from kedge.tui.leaving import Leaving
from kedge.tui.link import Gone, Heard

LARGE, SMALL = (120, 40), (80, 24)
HALTED = m.Switched(None, TradingState.HALTED, "ann", "wrong prices", ago(30))
HELD_HERE = (
    position(covered_by=CoveredBy.ENGINE, disaster_stop=Decimal("584.70")),
    position(
        id=PositionId("journal1-r1-8"),
        account=FUTURES,
        instrument=ES,
        quantity=Decimal(2),
        entry_price=Decimal("5912.25"),
        price=Decimal("5915.50"),
        unrealised=Decimal("325.00"),
        stop=Decimal("5900.25"),
        target=Decimal("5936.25"),
    ),
)
RESTING = (
    stop_order(state=OrderState.NEW, holder=Holder.ENGINE),
    stop_order(id=OrderId("journal1-r1-4"), role=Role.DISASTER, stop_price=Decimal("584.70")),
)
Compare = Callable[..., bool]


class Case(NamedTuple):
    """What is heard, what is pressed then, and what is to be seen."""

    size: tuple[int, int] = LARGE
    heard: tuple[Heard, ...] = (seen(), recalled())
    keys: tuple[str, ...] = ()
    settings: Mapping[str, Any] = MappingProxyType({})


CASES = {
    "large": Case(),
    "small": Case(SMALL),
    "small events in front": Case(SMALL, keys=("2",)),
    "small price in front": Case(SMALL, keys=("3",)),
    "narrow and high": Case((80, 50)),
    "a long data directory small": Case(SMALL, settings={"place": f"/srv/{'long/' * 20}kedge-data"}),
    "tiny": Case((40, 12)),
    "without colour": Case(settings={"colour": False}),
    "without colour small": Case(SMALL, settings={"colour": False}),
    "nothing but ASCII": Case(settings={"plain": True}, keys=("k",)),
    "a position without stop": Case(
        heard=(seen(view(positions=(position(stop=None, target=None),))), recalled())
    ),
    "a disaster stop": Case(heard=(seen(view(positions=HELD_HERE, orders=RESTING)), recalled())),
    "a disaster stop small": Case(SMALL, (seen(view(positions=HELD_HERE, orders=RESTING)), recalled())),
    "no price": Case(
        SMALL,
        (
            seen(
                view(
                    accounts=(account(equity=None, unrealised=None),),
                    positions=(position(price=None, unrealised=None, exiting=True),),
                    quotes=(),
                )
            ),
        ),
    ),
    "kill switch on": Case(heard=(seen(view(trading=TradingState.HALTED), HALTED), recalled())),
    "kill switch on small": Case(SMALL, (seen(view(trading=TradingState.HALTED), HALTED), recalled())),
    "engine gone": Case(heard=(seen(), recalled(), Gone("the engine has hung up", 5.0))),
    "engine gone small and without colour": Case(
        SMALL, (seen(), recalled(), Gone("the engine has hung up", 0.25)), settings={"colour": False}
    ),
    "nobody answered yet": Case(SMALL, (Gone("nobody listens at its control socket", 0.5),)),
    "closing is asked": Case(keys=("x",)),
    "closing is asked small": Case(SMALL, keys=("x",)),
    "a stop is not cancelled": Case(SMALL, keys=("c",)),
    "quitting is asked": Case(SMALL, keys=("q",)),
    "quitting is asked of the owner": Case(SMALL, keys=("q",), settings={"owner": True}),
    "help": Case(SMALL, keys=("question_mark",)),
    "an answer": Case(SMALL, keys=("k", "enter")),
    "rules": Case(heard=(seen(view(accounts=(account(room=room()), account(FUTURES)))), recalled())),
    "locked small": Case(SMALL, (seen(view(accounts=(account(room=room(locked=True)),))), recalled())),
}


def ready(case: Case) -> Callable[[Pilot[Leaving]], Awaitable[None]]:
    async def press(pilot: Pilot[Leaving]) -> None:
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, Dashboard)
        for key in case.keys:
            await pilot.press(key)
            await pilot.pause()
        while case.keys[-1:] == ("enter",) and not texts(app):
            await pilot.pause()
        app.repaint()
        await pilot.pause()

    return press


@pytest.mark.parametrize("case", CASES.values(), ids=[name.replace(" ", "-") for name in CASES])
def test_the_screen_looks_as_it_did(case: Case, snap_compare: Compare) -> None:
    app = dashboard(*case.heard, **case.settings)
    app.animation_level = "none"
    assert snap_compare(app, terminal_size=case.size, run_before=ready(case))
