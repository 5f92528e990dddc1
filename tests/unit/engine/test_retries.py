"""A paper venue that refuses orders by chance: the entry is tried again, its stop with it, and the record tells it."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.cli.calls import Call, Outcome
from tests.unit.engine.paper import Paper
from tests.unit.engine.stage import ALPHA, entry

from kedge.cli.main import main
from kedge.domain.capabilities import Capabilities
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import Role
from kedge.engine import engine as engine_module
from kedge.sim.settings import SimSettings

HALF = SimSettings(reject_rate=Decimal("0.5"))
REFUSED_ONCE = 3  # the seed by which chance says no to the first order and yes to the second


@pytest.fixture
def kedge(capfd: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        return Outcome(int(status), printed.out, printed.err)

    return call


async def asked(paper: Paper) -> None:
    """One signal for ten."""
    await paper.start()
    await paper.move(10_000, 10_001)
    await paper.engine.signal(entry(ts="2026-03-02T12:00:01Z"))


async def test_a_retry_succeeds_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kedge: Call
) -> None:
    monkeypatch.setattr(engine_module, "QUIET_SECONDS", 0.01)
    paper = Paper(Capabilities(), tmp_path, settings=HALF, seed=REFUSED_ONCE)
    await asked(paper)
    retries = paper.engine.book.state.retries
    await paper.until(lambda: bool(retries))
    paper.clock.pass_seconds(5)
    await paper.until_held(10)
    await paper.engine.stop()
    orders = paper.engine.book.state.orders.values()
    assert [order.state for order in orders if order.request.role is Role.ENTRY] == [
        OrderState.REJECTED,
        OrderState.FILLED,
    ]
    assert [order.state for order in orders if order.request.role is Role.STOP] == [
        OrderState.REJECTED,
        OrderState.ACCEPTED,
    ]
    told = kedge("explain", "s-1", "--data-dir", tmp_path / "data", "--json").document
    first, second = (order["id"] for order in told["orders"] if order["role"] == "entry")
    planned, sent = told["attempts"]
    assert (planned["what"], planned["order"], planned["kind"], planned["said"]) == (
        "planned",
        first,
        "BUSY",
        "rejected by chance",
    )
    assert (sent["what"], sent["order"], sent["by"]) == ("sent", first, second)
    assert told["result"]["status"] == "open"
    shown = kedge("explain", "s-1", "--data-dir", tmp_path / "data").out
    assert "retry 1 planned" in shown
    lives = [kedge("order", id_, "--data-dir", tmp_path / "data").out for id_ in (first, second)]
    assert f"tried again by order {second}" in " ".join(lives[0].split())
    assert f"in place of {first}" in " ".join(lives[1].split())


async def test_what_the_cash_does_not_cover_is_bought_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "QUIET_SECONDS", 0.01)
    paper = Paper(Capabilities(), tmp_path, settings=SimSettings(commission_flat=Decimal(99_500)))
    await asked(paper)
    await paper.until_held(4)  # 500 are left for shares at 100.01
    await paper.engine.stop()
    assert paper.exchange.cash(ALPHA) == Decimal("99.96")
