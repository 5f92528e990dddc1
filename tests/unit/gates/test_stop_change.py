"""Where a stop may be moved to: not where it is reached already, and not beyond the risk that was taken on."""

from typing import Any

import pytest
from tests.builders import ENGINE_HELD, Desk, account, names, nano, signal

from kedge.domain.codes import Code
from kedge.domain.signals import Direction, Outcome, SignalKind

ADJUST = SignalKind.STOP_ADJUSTMENT
LONG, SHORT = Direction.LONG, Direction.SHORT


@pytest.mark.parametrize(
    ("direction", "stop"), [(LONG, "100"), (LONG, "700"), (SHORT, "100.01"), (SHORT, "50")], ids=str
)
def test_a_stop_is_not_moved_to_where_it_is_reached_already(direction: Direction, stop: str) -> None:
    desk = Desk()
    levels: dict[str, Any] = {"stop": 95, "target": 110} if direction is LONG else {"stop": 105, "target": 90}
    _, leg, _ = desk.enter("old", direction=direction, filled=10, **levels)
    judged = desk.judge(signal("move", ADJUST, None, stop=stop, at=desk.now))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, Code.STOP_ON_WRONG_SIDE)
    assert desk.order(leg).stop_price == levels["stop"]


@pytest.mark.parametrize(
    ("direction", "first", "moves"),
    [
        (LONG, 95, {"95": "", "94.99": "STOP_BEYOND_RISK", "1": "STOP_BEYOND_RISK", "99": ""}),
        (SHORT, 105, {"105": "", "105.01": "STOP_BEYOND_RISK", "700": "STOP_BEYOND_RISK", "101": ""}),
    ],
    ids=str,
)
def test_a_stop_is_given_no_more_room_than_it_had_at_entry(
    direction: Direction, first: int, moves: dict[str, str]
) -> None:
    for stop, code in moves.items():
        desk = Desk()
        _, leg = desk.enter("old", direction=direction, filled=10, stop=first, target=None)
        nearer = first + (2 if direction is LONG else -2)
        assert (
            desk.judge(signal("nearer", ADJUST, None, stop=nearer, at=desk.now)).outcome is Outcome.ADJUSTED
        )
        desk.replaced(leg, stop_price=nearer)
        judged = desk.judge(signal("move", ADJUST, None, stop=stop, at=desk.now))
        assert judged.code == code
        if code:
            assert judged.checks[-1].figures["at_entry"] == nano(first)


@pytest.mark.parametrize("answered", [False, True])
def test_a_stop_that_has_gone_off_is_moved_by_nobody(answered: bool) -> None:
    """It leaves at the market: there is no price of it any more that could be changed."""
    desk = Desk(account(capabilities=ENGINE_HELD))
    _, stop, _ = desk.enter("old", filled=10)
    desk.quote("94", "94.01")
    if answered:
        desk.accept(stop)
    judged = desk.judge(signal("move", ADJUST, None, stop="96", at=desk.now))
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, Code.ALREADY_EXITING)
    assert judged.checks[-1].figures["order"] == stop
    assert names(desk.ask_replace(stop, stop_price=96)) == ["RequestRefused"]
    desk.check()
