"""An entry at the venue that is to be for more, or at another price, is held against the limits as a new one is."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import ALPHA, FREE, Desk, account, names, signal

from kedge.domain import events as e
from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.governor import DailyLoss
from kedge.domain.ids import Symbol
from kedge.domain.inputs import InstrumentDeclared, Request, TradingStateAsked
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import Limits
from kedge.domain.messages import MessageBudget

D = Decimal


def limits(**given: Any) -> Limits:
    """Nothing is short but what is named."""
    wide: dict[str, Any] = {
        "max_order_value": D(10**9),
        "max_price_deviation_pct": D(1000),
        "max_position_pct": D(1000),
        "max_exposure_pct": D(1000),
        "max_leverage": D(10),
        "max_open_risk_pct": D(100),
        "repeat_window": 0,
    }
    return Limits(**(wide | given))


def asked(short: dict[str, Any], resting: dict[str, Any], terms: dict[str, Any]) -> list[e.Event]:
    """A limit entry of 10 at 100 with a stop at 95 rests; a person asks for other terms."""
    desk = Desk(account(cash=10_000, limits=limits(**short)))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None, **resting)
    return desk.ask_replace(entry, **terms)


REFUSED = [
    ({"max_order_value": D(1100)}, {"quantity": 12}, Code.ORDER_VALUE_TOO_LARGE),
    ({"max_position_pct": D(11)}, {"quantity": 12}, Code.POSITION_TOO_LARGE),
    ({"max_exposure_pct": D(11)}, {"quantity": 12}, Code.EXPOSURE_TOO_LARGE),
    ({"max_exposure_pct": D("10.4")}, {"limit_price": 105}, Code.EXPOSURE_TOO_LARGE),
    ({"max_leverage": D("0.11")}, {"quantity": 12}, Code.LEVERAGE_TOO_HIGH),
    ({"max_open_risk_pct": D("0.55")}, {"quantity": 12}, Code.RISK_TOO_LARGE),
    ({"max_open_risk_pct": D("0.55")}, {"limit_price": 101}, Code.RISK_TOO_LARGE),
    ({"min_cash": D(8_900), "max_leverage": D(1)}, {"quantity": 12}, Code.BUYING_POWER),
]


@pytest.mark.parametrize(
    ("short", "terms", "code"), REFUSED, ids=[f"{next(iter(s))}, {next(iter(t))}" for s, t, _ in REFUSED]
)
def test_what_a_limit_would_not_let_in_is_not_let_in_by_a_change(
    short: dict[str, Any], terms: dict[str, Any], code: Code
) -> None:
    (refused,) = asked(short, {}, terms)
    assert isinstance(refused, e.RequestRefused)
    assert f" {code}: " in refused.reason
    assert next(iter(short)) in refused.reason or code is Code.BUYING_POWER, "the limit is named"
    (sent,) = asked({}, {}, terms)
    assert isinstance(sent, e.ReplaceSubmitted), "and by itself the change can be made"


@pytest.mark.parametrize("terms", [{"quantity": 8}, {"limit_price": 99}, {"quantity": 8, "limit_price": 101}])
def test_what_risks_less_is_never_refused_for_a_limit(terms: dict[str, Any]) -> None:
    """Also where the limits have become smaller than what is under way."""
    desk = Desk(account(cash=10_000, limits=limits()))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None)
    desk.book.state.accounts[ALPHA].terms = account(cash=10_000, limits=limits(max_exposure_pct=D(1)))
    (sent,) = desk.ask_replace(entry, **terms)
    assert isinstance(sent, e.ReplaceSubmitted)


def test_a_price_far_from_the_market_is_none_for_a_change_either() -> None:
    short = {"max_price_deviation_pct": D(5)}
    (refused,) = asked(short, {}, {"limit_price": 110, "bid": 100})
    assert isinstance(refused, e.RequestRefused)
    assert f" {Code.PRICE_TOO_FAR}: " in refused.reason
    assert isinstance(asked(short, {}, {"limit_price": 104, "bid": 100})[0], e.ReplaceSubmitted)


def test_nothing_is_made_larger_while_trading_is_halted() -> None:
    desk = Desk(account(cash=10_000, limits=limits()))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None)
    desk.give(TradingStateAsked(TradingState.HALTED, "ann", "news", None, at=desk.now))
    (refused,) = desk.ask_replace(entry, quantity=11)
    assert isinstance(refused, e.RequestRefused)
    assert refused.reason == "no new risk is taken: trading is halted or only reducing"


@pytest.mark.parametrize("price", [105, 90], ids=["dearer", "cheaper"])
def test_until_the_venue_has_answered_a_change_both_prices_may_be_worked_for(price: int) -> None:
    """The dearer of the two is what is taken of the limit: nine more fit into the rest, ten do not."""
    short = limits(max_exposure_pct=D("20.6") if price > 100 else D("19.5"))
    desk = Desk(account(cash=10_000, limits=short, max_adds=1, quantity=None))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None)
    (sent,) = desk.ask_replace(entry, limit_price=price)
    assert isinstance(sent, e.ReplaceSubmitted)
    second: dict[str, Any] = {"instrument": "XYZ", "limit": 105 if price > 100 else 100, "stop": 95}
    desk.give(InstrumentDeclared(Instrument(Symbol("XYZ"), D("0.01")), at=desk.now))
    assert desk.judge(signal("ten", at=desk.now, quantity=10, **second)).code == Code.EXPOSURE_TOO_LARGE
    assert desk.judge(signal("nine", at=desk.now, quantity=9, **second)).code == ""


LARGER = [{"quantity": 12}, {"limit_price": 101}]


@pytest.mark.parametrize("terms", LARGER)
def test_nothing_is_made_larger_while_the_account_is_locked_though_its_entry_could_not_be_withdrawn(
    terms: dict[str, Any],
) -> None:
    desk = Desk(account(governor=replace(FREE, daily_loss=DailyLoss(D(100), flatten=False))))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None, instrument="ES")
    lost, *_ = desk.enter("s-2", quantity=100, stop=50, target=None, filled=100)
    desk.quote("98", "98.01")
    desk.refused(entry, Request.CANCEL)
    assert (desk.state(entry), desk.state(lost)) == (OrderState.ACCEPTED, OrderState.FILLED)
    told = desk.ask_replace(entry, **terms)
    assert names(told) == ["RequestRefused"]
    assert Code.DAILY_LOSS_LIMIT in told[0].reason  # type: ignore[union-attr]


def test_no_higher_price_either_while_trading_is_only_reducing() -> None:
    desk = Desk(account())
    entry, *_ = desk.enter(limit=100, quantity=10, target=None)
    desk.set_trading(TradingState.REDUCING)
    told = desk.ask_replace(entry, limit_price=101)
    assert names(told) == ["RequestRefused"]
    assert Code.REDUCING_ONLY in told[0].reason  # type: ignore[union-attr]
    assert names(desk.ask_replace(entry, limit_price=99)) == ["ReplaceSubmitted"]


@pytest.mark.parametrize("terms", LARGER)
def test_what_is_kept_of_the_message_budget_is_not_for_making_an_entry_larger(terms: dict[str, Any]) -> None:
    desk = Desk(account(messages=MessageBudget(per_second=2, per_minute=2, reserve_pct=50)))
    entry, *_ = desk.enter(limit=100, quantity=10, target=None)
    told = desk.ask_replace(entry, **terms)
    assert names(told) == ["RequestRefused"]
    assert Code.MESSAGE_BUDGET in told[0].reason  # type: ignore[union-attr]
    assert names(desk.ask_replace(entry, quantity=8)) == ["ReplaceSubmitted"]
