"""What somebody has to hear of at once: its names, who is told, and that a listener cannot do harm."""

import logging
from decimal import Decimal

import msgspec
import pytest
from tests.unit.engine.stage import ALPHA, FarVenue, House, entry, house, terms

from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.governing import LimitBreached
from kedge.domain.governor import LENIENT, DailyLoss
from kedge.domain.ids import Symbol
from kedge.domain.limits import Routing
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.engine.alerts import Alert


def tight() -> AccountTerms:
    governor = msgspec.structs.replace(LENIENT, daily_loss=DailyLoss(Decimal(100)))
    return msgspec.structs.replace(terms(), governor=governor)


async def lose(opened: House) -> None:
    """Fall by 20 with ten shares."""
    order = await opened.enter()
    opened.fill(order)
    await opened.until(lambda: bool(opened.engine.book.state.positions.get(ALPHA)))
    opened.engine.on_quote(Quote(Symbol("SPY"), opened.engine.now(), Ticks(8_000), Ticks(8_001)))
    await opened.until(lambda: bool(opened.engine.book.state.accounts[ALPHA].governed.locks))
    await opened.engine.recorded()


async def test_a_breached_limit_is_an_alert_with_its_name_its_words_and_the_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "kedge.alerts")
    async with house(account=tight()) as opened:
        heard: list[Alert] = []
        opened.engine.on_alert(heard.append)
        await lose(opened)
    (alert,) = [alert for alert in heard if alert.name == "RISK_LIMIT_BREACHED"]
    assert isinstance(alert.event, LimitBreached)
    assert (alert.account, alert.event.code) == ("alpha", "DAILY_LOSS_LIMIT")
    assert alert.text.startswith(
        "account alpha has reached the daily loss limit (equity 99,800.00, limit 99,900.00)"
    )
    assert f"RISK_LIMIT_BREACHED: {alert.text}" in caplog.messages


async def test_a_listener_that_fails_is_told_of_once_and_nobody_else_misses_anything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(_: Alert) -> None:
        raise RuntimeError("no")

    async with house() as opened:
        heard: list[str] = []
        opened.engine.on_alert(fails)
        opened.engine.on_alert(lambda alert: heard.append(alert.name))
        for paused in (True, False, True):
            await opened.engine.operator.set_strategy("orb", "ann", "why", paused=paused)
        assert heard == ["STRATEGY_PAUSED", "STRATEGY_RESUMED", "STRATEGY_PAUSED"]
        assert sum("a listener to alerts failed" in message for message in caplog.messages) == 1
        assert (await opened.engine.signal(entry())).order is not None


async def test_a_signal_that_waits_and_the_kill_switch_are_alerts_and_a_plain_fill_is_none() -> None:
    account = msgspec.structs.replace(terms(), routing=Routing(auto_execute=False))
    async with house(account=account, venue=FarVenue([])) as opened:
        heard: list[str] = []
        opened.engine.on_alert(lambda alert: heard.append(alert.name))
        await opened.engine.signal(entry())
        opened.engine.set_trading(TradingState.HALTED, "ann", "why")
        await opened.engine.recorded()
    assert heard == ["APPROVAL_NEEDED", "TRADING_STATE_CHANGED"]
    async with house() as opened:
        heard.clear()
        opened.engine.on_alert(lambda alert: heard.append(alert.name))
        opened.fill(await opened.enter())
        await opened.until(lambda: bool(opened.engine.book.state.positions.get(ALPHA)))
        assert heard == []
