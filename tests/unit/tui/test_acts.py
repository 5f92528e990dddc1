"""What is said before an act, what is asked of the engine, and what is told after."""

from typing import Any

import pytest
from tests.unit.tui.stage import ALPHA, account, order, position, stop_order, view

from kedge.domain.accounts import TradingState
from kedge.domain.orders import Role
from kedge.engine.control import messages as m
from kedge.tui import acts
from kedge.tui.acts import Act, Refusal

CLOSE = acts.close(position())


@pytest.mark.parametrize(
    ("act", "question"),
    [
        pytest.param(acts.kill_switch(view()), m.SetTrading(TradingState.HALTED, "why"), id="kill on"),
        pytest.param(
            acts.kill_switch(view(trading=TradingState.HALTED)),
            m.SetTrading(TradingState.ACTIVE, "why"),
            id="kill off",
        ),
        pytest.param(acts.pause(account()), m.SetTrading(TradingState.REDUCING, "why", ALPHA), id="pause"),
        pytest.param(
            acts.pause(account(state=TradingState.HALTED)),
            m.SetTrading(TradingState.ACTIVE, "why", ALPHA),
            id="resume",
        ),
        pytest.param(acts.cancel(order()), m.Cancel(order().id, "why"), id="cancel"),
        pytest.param(acts.cancel_entries(view()), m.CancelAll("why", entries_only=True), id="cancel entries"),
        pytest.param(CLOSE, m.Close("why", position().id), id="close"),
        pytest.param(acts.flatten(view()), m.Close("why"), id="flatten"),
    ],
)
def test_each_act_asks_the_engine_for_just_that(act: Act | Refusal, question: m.Question) -> None:
    assert isinstance(act, Act)
    assert act.question("why") == question


@pytest.mark.parametrize(
    ("act", "words"),
    [
        pytest.param(
            CLOSE, "LONG 50 SPY of alpha is closed at the market (now 591.45, open result -2.50)", id="close"
        ),
        pytest.param(
            acts.close(position(price=None)), "of alpha is closed at the market. Its", id="close, no price"
        ),
        pytest.param(
            acts.cancel(order()), "entry order r1-5 of alpha (buy 20 SPY, limit 590.10)", id="cancel"
        ),
        pytest.param(acts.cancel(stop_order()), "this key takes none away", id="a stop"),
        pytest.param(
            acts.cancel(stop_order(role=Role.DISASTER)),
            "The disaster stop order r1-3 of",
            id="a disaster stop",
        ),
        pytest.param(
            acts.cancel_entries(view()), "of all accounts: buy 20 SPY, limit 590.10. Stops", id="entries"
        ),
        pytest.param(acts.cancel_entries(view(orders=())), "No entry waits", id="no entries"),
        pytest.param(acts.flatten(view()), "closed at the market: LONG 50 SPY. Entries", id="flatten"),
        pytest.param(
            acts.flatten(view(positions=(position(),) * 9)),
            "; LONG 50 SPY; and 3 more. Entries",
            id="flatten many",
        ),
        pytest.param(acts.flatten(view(positions=())), "No position is open", id="flat already"),
    ],
)
def test_each_act_says_what_it_is_about(act: Act | Refusal, words: str) -> None:
    assert words in act.words


def test_a_stop_cannot_be_asked_for() -> None:
    assert isinstance(acts.cancel(stop_order()), Refusal)


@pytest.mark.parametrize(
    ("act", "done", "told"),
    [
        pytest.param(acts.kill_switch(view()), {"items": ("all",)}, "Trading is HALTED.", id="kill"),
        pytest.param(acts.kill_switch(view()), {}, "Trading was HALTED already.", id="killed already"),
        pytest.param(CLOSE, {"items": ("j-r1-2",)}, "Exits sent for 1 position.", id="closed"),
        pytest.param(
            CLOSE,
            {"left": {"j-r1-2": "ALREADY_EXITING"}},
            "Exits sent for 0 positions. r1-2: an exit is on its way already.",
            id="closing already",
        ),
        pytest.param(
            CLOSE, {"left": {"j-r1-2": "NO_PRICE_X"}}, "r1-2: NO EXIT SENT, NO_PRICE_X", id="not closed"
        ),
    ],
)
def test_what_came_of_it_is_told(act: Act, done: dict[str, Any], told: str) -> None:
    assert told in act.told(m.Done(**done))
