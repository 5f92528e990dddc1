"""Refusals by routing, governor, filters, size and limits: each by a named case, with what was compared."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import ALPHA, ENGINE_HELD, ES, FREE, SPY, WIDE, Desk, account, nano, signal, submitted
from tests.unit.gates.test_codes import Case

from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.events import SignalJudged
from kedge.domain.governing import ApprovalRefused
from kedge.domain.governor import DailyLoss, Drawdown, Governor, Tier, Window
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.limits import Counted, Filters, Limits, Routing, SizeMethod, Sizing, Trial
from kedge.domain.numbers import Figure
from kedge.domain.signals import Direction, Outcome, SignalKind
from kedge.gates import ENTRY_GATES

D, N = Decimal, nano
LONG, SHORT, ENTRY = Direction.LONG, Direction.SHORT, SignalKind.ENTRY
FLAT: dict[str, Figure] = {
    "equity": N(100_000),
    "entries_per_minute": 0,
    "max_entries_per_minute": N(10**9),
    "entries_per_hour": 0,
    "max_entries_per_hour": N(10**9),
    "entries_per_day": 0,
    "max_entries_per_day": N(10**9),
    "orders_today": 0,
    "max_daily_orders": N(10**9),
}


def _lost(desk: Desk, times: int = 1) -> None:
    for number in range(times):
        entry = desk.enter(f"old-{number}", quantity=1)[0]
        desk.fill(entry, 1)
        desk.fill(desk.exit(f"out-{number}")[0], 1, 99)


def _lost_an_hour_ago(desk: Desk) -> None:
    _lost(desk, 2)
    desk.wait(4000)


def _es_is_open(desk: Desk) -> None:
    desk.fill(desk.enter("old", instrument="ES", quantity=1, target=None)[0], 1)


def _locked(code: str) -> Any:
    def lock(desk: Desk) -> None:
        _es_is_open(desk)
        desk.quote({"PROFIT": "110", "DAY_PR": "110"}.get(code[:6], "90"), "110.25", ES)

    return lock


def _paused(desk: Desk) -> None:
    desk.give(i.StrategyAsked(strategy="orb", paused=True, who="ann", why="looks odd", at=desk.now))


def tight(**limits: Any) -> dict[str, Any]:
    """Terms with one limit that counts."""
    return {"limits": replace(WIDE, **limits)}


def governed(**terms: Any) -> dict[str, Any]:
    """Terms with one rule of the governor."""
    return {"governor": replace(FREE, **terms)}


RISK_CASES = {
    # --- routing ---
    "a strategy that may not": Case(
        Code.STRATEGY_NOT_ALLOWED,
        "routing",
        {"strategy": "none", "allowed": "orb, ema"},
        {},
        terms={"routing": Routing(strategies=("orb", "ema"))},
    ),
    "an instrument that is denied": Case(
        Code.INSTRUMENT_DENIED,
        "routing",
        {"instrument": "SPY", "deny": "SPY"},
        {},
        terms={"routing": Routing(deny=(SPY.symbol,))},
    ),
    "an instrument that is not on the list": Case(
        Code.INSTRUMENT_NOT_ALLOWED,
        "routing",
        {"instrument": "SPY", "allow": "ES"},
        {},
        terms={"routing": Routing(allow=(ES.symbol,))},
    ),
    "another symbol, while one is open": Case(
        Code.OTHER_SYMBOL_OPEN,
        "routing",
        {"instrument": "SPY", "open": "ES"},
        {},
        _es_is_open,
        {"routing": Routing(one_symbol=True)},
    ),
    "another symbol, while one is on its way": Case(
        Code.OTHER_SYMBOL_OPEN,
        "routing",
        {"instrument": "SPY", "open": "ES"},
        {},
        lambda desk: desk.enter("old", instrument="ES"),
        {"routing": Routing(one_symbol=True)},
    ),
    "a strength that is not above": Case(
        Code.SIGNAL_TOO_WEAK,
        "strength",
        {"strength": N(70), "above": N(70)},
        {"kind": SignalKind.BUY, "strength": N(70)},
    ),
    "a weak SELL": Case(
        Code.SIGNAL_TOO_WEAK,
        "selling_strength",
        {"strength": N(12), "above": N(70)},
        {"kind": SignalKind.SELL, "direction": None, "strength": N(12)},
        lambda desk: desk.enter("old", filled=10),
    ),
    # --- governor ---
    "a lock of the day": Case(
        Code.DAILY_LOSS_LIMIT,
        "governor",
        {"equity": N(99_500), "since_s": 0, "ends": "day"},
        {},
        _locked("DAILY"),
        governed(daily_loss=DailyLoss(D(500), flatten=False)),
    ),
    "a lock for a person": Case(
        Code.DRAWDOWN_LIMIT,
        "governor",
        {"equity": N(99_500), "since_s": 0, "ends": "person"},
        {},
        _locked("DRAW"),
        governed(drawdown=Drawdown(D("0.5"), in_pct=True, flatten=False)),
    ),
    "a target that was reached": Case(
        Code.PROFIT_TARGET_REACHED,
        "governor",
        {"equity": N(100_500), "since_s": 0, "ends": "person"},
        {},
        _locked("PROFIT"),
        governed(profit_target=D(500)),
    ),
    "enough for a day": Case(
        Code.DAY_PROFIT_REACHED,
        "governor",
        {"equity": N(100_500), "since_s": 0, "ends": "day"},
        {},
        _locked("DAY_PROFIT"),
        governed(max_day_profit=D(500)),
    ),
    "a day that is over": Case(
        Code.DAY_UNKNOWN,
        "governor",
        {"equity": N(100_000), "day": "2026-03-02"},
        {},
        lambda desk: desk.give(i.DayTurned(account=ALPHA, day="2026-03-02", until=desk.now, at=desk.now)),
    ),
    "a strategy that is paused": Case(
        Code.STRATEGY_PAUSED,
        "governor",
        {"strategy": "orb", "why": "looks odd"},
        {"strategy": "orb"},
        _paused,
    ),
    "a strategy on trial that would hold more": Case(
        Code.STRATEGY_ON_TRIAL,
        "trial",
        {"strategy": "orb", "position_size": N(10), "max_position_size": N(9)},
        {"strategy": "orb"},
        terms={"trials": (Trial("orb", max_position_size=D(9)),)},
    ),
    "a strategy on trial with an order of too much value": Case(
        Code.STRATEGY_ON_TRIAL,
        "trial",
        {"strategy": "orb", "order_value": N("1000.1"), "max_order_value": N(1000)},
        {"strategy": "orb"},
        terms={"trials": (Trial("orb", max_order_value=D(1000)),)},
    ),
    "a strategy on trial that has entered often enough": Case(
        Code.STRATEGY_ON_TRIAL,
        "trial",
        {"strategy": "orb", "entries_per_day": N(1), "max_entries_per_day": N(1)},
        {"strategy": "orb"},
        lambda desk: desk.enter("old", instrument="ES", quantity=1, target=None, strategy="orb"),
        {"trials": (Trial("orb", max_entries_per_day=1),)},
    ),
    "a strategy on trial in another instrument": Case(
        Code.STRATEGY_ON_TRIAL,
        "trial",
        {"strategy": "orb", "instrument": "SPY", "allow": "ES"},
        {"strategy": "orb"},
        terms={"trials": (Trial("ema"), Trial("orb", allow=(ES.symbol,)))},
    ),
    "a cool-down": Case(
        Code.COOLING_DOWN,
        "governor",
        {"equity": N(99_998), "left_s": 5 * MINUTE - 10**6},
        {},
        lambda desk: _lost(desk, 2),
        governed(cooldown_losses=2),
    ),
    "a third entry in a minute": Case(
        Code.TOO_MANY_ENTRIES,
        "governor",
        {"equity": N(99_998), "entries_per_minute": N(2), "max_entries_per_minute": N(2)},
        {},
        lambda desk: _lost(desk, 2),
        governed(max_entries_per_minute=2),
    ),
    "a third entry in a day": Case(
        Code.TOO_MANY_ENTRIES,
        "governor",
        {
            "equity": N(99_998),
            "entries_per_minute": 0,
            "max_entries_per_minute": N(10**9),
            "entries_per_hour": 0,
            "max_entries_per_hour": N(10**9),
            "entries_per_day": N(2),
            "max_entries_per_day": N(2),
        },
        {},
        _lost_an_hour_ago,
        governed(max_entries_per_day=2),
    ),
    "an order too many for a day": Case(
        Code.TOO_MANY_ORDERS,
        "governor",
        FLAT
        | {"equity": N(99_999), "entries_per_minute": N(1), "entries_per_hour": N(1)}
        | {"entries_per_day": N(1), "orders_today": N(4), "max_daily_orders": N(4)},
        {},
        _lost,
        governed(max_daily_orders=4),
    ),
    # --- filters ---
    "before the window": Case(
        Code.OUTSIDE_WINDOW,
        "filters",
        {"opens_in_s": 60 * N(1) - 10**6, "closes_in_s": 120 * N(1) - 10**6},
        {},
        lambda desk: desk.give(
            i.DayTurned(
                account=ALPHA,
                day="d",
                until=NEVER,
                window=Window(Instant(desk.now + 60 * SECOND), Instant(desk.now + 120 * SECOND)),
                at=desk.now,
            )
        ),
    ),
    "no quote": Case(
        Code.NO_QUOTE,
        "filters",
        {"bid": "none", "ask": "none"},
        {"limit": 100},
        terms={"filters": Filters(max_spread_bps=D(10))},
        quoted=False,
    ),
    "a quote of unknown age": Case(
        Code.QUOTE_TOO_OLD,
        "filters",
        {"bid": N(100), "ask": N("100.01"), "max_quote_age_s": SECOND, "quote_age": "unknown"},
        {},
        terms={"filters": Filters(max_quote_age=Span(SECOND))},
    ),
    "a wide spread": Case(
        Code.SPREAD_TOO_WIDE,
        "filters",
        {"bid": N(100), "ask": N("100.01"), "spread": N("0.01"), "max_spread_bps": N("0.9")},
        {},
        terms={"filters": Filters(max_spread_bps=D("0.9"))},
    ),
    "a price that has run away": Case(
        Code.SLIPPAGE_TOO_LARGE,
        "filters",
        {
            "bid": N(100),
            "ask": N("100.01"),
            "expected": N("99.9"),
            "slippage": N("0.11"),
            "max_slippage_bps": N(10),
        },
        {"expected_price": N("99.9")},
        terms={"filters": Filters(max_slippage_bps=D(10))},
    ),
    # --- collar ---
    "a slip of the pen": Case(
        Code.PRICE_TOO_FAR,
        "collar",
        {"max_price_deviation_pct": N(5), "market": N("100.01"), "limit_price": N("94.99")},
        {"limit": "94.99", "stop": 90},
        terms=tight(max_price_deviation_pct=D(5)),
    ),
}

MONEY: dict[str, tuple[dict[str, Any], dict[str, Any], Code, str, Any, Any, Any]] = {
    # name: terms, signal, code, the limit's name, limit, used, needed
    "an order of too much value": (
        tight(max_order_value=D(1000)),
        {},
        Code.ORDER_VALUE_TOO_LARGE,
        "max_order_value",
        1000,
        0,
        "1000.1",
    ),
    "a position that is too much of the equity": (
        tight(max_position_pct=D(1)),
        {},
        Code.POSITION_TOO_LARGE,
        "max_position_pct",
        1000,
        0,
        "1000.1",
    ),
    "a future by its notional": (
        tight(max_position_pct=D(4)),
        {"instrument": "ES", "quantity": 1},
        Code.POSITION_TOO_LARGE,
        "max_position_pct",
        4000,
        0,
        "5012.5",
    ),
    "a future by its margin": (
        tight(max_position_pct=D(14), exposure=Counted.MARGIN),
        {"instrument": "ES", "quantity": 1},
        Code.POSITION_TOO_LARGE,
        "max_position_pct",
        14_000,
        0,
        15_000,
    ),
    "too much in all": (
        tight(max_exposure_pct=D(1)),
        {},
        Code.EXPOSURE_TOO_LARGE,
        "max_exposure_pct",
        1000,
        0,
        "1000.1",
    ),
    "more than the account has": (
        tight(max_leverage=D("0.01")),
        {},
        Code.LEVERAGE_TOO_HIGH,
        "max_leverage",
        1000,
        0,
        "1000.1",
    ),
    "too much at the stop": (
        tight(max_open_risk_pct=D("0.05")),
        {},
        Code.RISK_TOO_LARGE,
        "max_open_risk_pct",
        50,
        0,
        "50.1",
    ),
    "cash that has to stay": (
        tight(min_cash=D(99_500), max_leverage=D(1)),
        {},
        Code.BUYING_POWER,
        "buying_power",
        500,
        0,
        "1000.1",
    ),
    "a tier": (
        governed(tiers=(Tier(D(0), D(9)), Tier(D(1000), D(20)))),
        {},
        Code.TIER_EXCEEDED,
        "tier",
        9,
        0,
        10,
    ),
    "more than the account may": (
        {},
        {"quantity": 1001},
        Code.SIZE_TOO_LARGE,
        "max_position_size",
        1000,
        0,
        1001,
    ),
}


def _send(desk: Desk, wanted: dict[str, Any], *, quoted: bool = True) -> Any:
    given: dict[str, Any] = {"kind": ENTRY, "direction": LONG, "stop": 95, "quantity": 10} | wanted
    return desk.judge(
        signal("new", given.pop("kind"), given.pop("direction"), at=desk.now, **given), quoted=quoted
    )


@pytest.mark.parametrize("case", RISK_CASES.values(), ids=RISK_CASES)
def test_refused(case: Case) -> None:
    desk = Desk(account(**case.terms))
    case.before(desk)
    judged = _send(desk, case.wanted, quoted=case.quoted)
    assert (judged.outcome, judged.code, judged.order) == (Outcome.REFUSED, case.code, None)
    assert (judged.checks[-1].gate, judged.checks[-1].figures) == (case.gate, case.figures)
    desk.check()


@pytest.mark.parametrize(
    ("terms", "wanted", "code", "name", "limit", "used", "needed"), MONEY.values(), ids=MONEY
)
def test_a_limit_refuses_what_a_signal_names(
    terms: dict[str, Any], wanted: dict[str, Any], code: Code, name: str, limit: Any, used: Any, needed: Any
) -> None:
    """The same limit lets through what just fits: it is by no hair stricter than it says."""
    judged = _send(Desk(account(**terms)), wanted)
    assert (judged.outcome, judged.code, judged.checks[-1].gate) == (Outcome.REFUSED, code, "limits")
    found = {key: judged.checks[-1].figures[key] for key in (name, "used", "needed")}
    assert found == {name: N(limit), "used": N(used), "needed": N(needed)}


@pytest.mark.parametrize(
    ("terms", "quantity", "cut_by"),
    [
        (tight(max_order_value=D(1000)), 9, "max_order_value"),
        (tight(max_position_pct=D(5)), 49, "max_position_pct"),
        (tight(max_exposure_pct=D(6)), 59, "max_exposure_pct"),
        (tight(max_leverage=D("0.07")), 69, "max_leverage"),
        (tight(max_open_risk_pct=D("0.4")), 79, "max_open_risk_pct"),
        (tight(min_cash=D(91_000), max_leverage=D(1)), 89, "buying_power"),
        (governed(tiers=(Tier(D(0), D(19)),)), 19, "tier"),
        ({"max_position_size": D(29)}, 29, "max_position_size"),
        ({}, 100, None),
    ],
    ids=str,
)
def test_a_limit_cuts_down_the_account_s_own_size_and_is_named(
    terms: dict[str, Any], quantity: int, cut_by: str | None
) -> None:
    judged = _send(Desk(account(quantity=100, **terms)), {"quantity": None})
    sized = next(check for check in judged.checks if check.gate == "sizing")
    assert (judged.outcome, sized.figures["quantity"]) == (Outcome.ORDERED, N(quantity))
    assert sized.figures.get("cut_by") == cut_by


# --- what is under way counts ---


def test_what_is_on_its_way_counts_at_its_worst() -> None:
    desk = Desk(account(**tight(max_exposure_pct=D("5.9"))))
    desk.enter("old", instrument="ES", quantity=1, target=None, accept=False)  # nobody has answered for it
    judged = _send(desk, {})
    assert (judged.code, judged.checks[-1].figures["used"]) == (Code.EXPOSURE_TOO_LARGE, N("5012.5"))


def test_a_sale_below_the_market_counts_at_the_market_where_it_will_fill() -> None:
    desk = Desk(account(**tight(max_exposure_pct=D("5.8")), quantity=None))
    desk.enter("old", quantity=10, direction=SHORT, limit=95, stop=105, target=None)
    judged = _send(desk, {"instrument": "ES", "quantity": 1, "limit": 97})
    assert (judged.code, judged.checks[-1].figures["used"]) == (Code.EXPOSURE_TOO_LARGE, N(1000))


def test_a_limit_beyond_the_market_counts_in_full() -> None:
    judged = _send(Desk(account(**tight(max_exposure_pct=D("1.01")))), {"quantity": 10, "limit": 102})
    assert (judged.code, judged.checks[-1].figures["needed"]) == (Code.EXPOSURE_TOO_LARGE, N(1020))


def test_an_order_in_doubt_counts_until_the_venue_has_spoken() -> None:
    desk = Desk(account(**tight(max_positions=1)))
    entry = desk.enter("old", instrument="ES", quantity=1, target=None, accept=False)[0]
    desk.silent(entry)
    assert _send(desk, {}).code is Code.TOO_MANY_POSITIONS
    desk.reject(entry)
    assert desk.judge(signal("another", at=desk.now, stop=95)).outcome is Outcome.ORDERED


def test_an_entry_that_is_being_cancelled_counts_for_it_may_still_fill() -> None:
    desk = Desk(account(**tight(max_positions=1)))
    entry = desk.enter("old", instrument="ES", quantity=1, target=None, limit=90, stop=80)[0]
    desk.ask_cancel(entry)
    assert _send(desk, {}).code is Code.TOO_MANY_POSITIONS
    desk.cancelled(entry)
    assert desk.judge(signal("another", at=desk.now, stop=95)).outcome is Outcome.ORDERED


def test_orders_at_the_venue_are_counted_with_the_exits_that_leave_too() -> None:
    desk = Desk(account(**tight(max_active_orders=4)))
    desk.enter("old", instrument="ES", quantity=1)
    judged = _send(desk, {})
    assert judged.code is Code.TOO_MANY_ACTIVE_ORDERS
    assert judged.checks[-1].figures["orders"] == N(5)


def test_what_the_engine_holds_is_no_order_at_the_venue() -> None:
    desk = Desk(account(capabilities=ENGINE_HELD, **tight(max_active_orders=3)))
    desk.enter("old", instrument="ES", quantity=1)
    assert _send(desk, {}).outcome is Outcome.ORDERED


def test_the_same_entry_again_is_a_stutter() -> None:
    desk = Desk(account(**tight(repeat_window=Span(10 * SECOND))))
    first = desk.enter("old", target=None)[0]
    desk.cancelled(first)
    judged = _send(desk, {"quantity": None})
    assert (judged.code, judged.checks[-1].figures["order"]) == (Code.REPEATED_ENTRY, first)
    assert desk.judge(signal("more", at=desk.now, stop=95, quantity=11)).outcome is Outcome.ORDERED


# --- sizes ---


@pytest.mark.parametrize(
    ("sizing", "wanted", "quantity"),
    [
        (Sizing(SizeMethod.EQUITY_PCT, D(10)), {}, 99),  # 10,000 / 100.01
        (Sizing(SizeMethod.EQUITY_PCT, D(12)), {"instrument": "ES"}, 2),  # 12,000 / 5,012.50
        (Sizing(SizeMethod.RISK, D(1)), {}, 199),  # 1,000 / 5.01
        (Sizing(SizeMethod.RISK, D(1)), {"instrument": "ES", "stop": 98}, 8),  # 1,000 / (2.25 * 50)
        (Sizing(SizeMethod.RISK, D(1)), {"direction": SHORT, "stop": 104}, 250),  # 1,000 / 4
    ],
    ids=str,
)
def test_a_size_by_equity_or_by_risk(sizing: Sizing, wanted: dict[str, Any], quantity: int) -> None:
    desk = Desk(account(quantity=None, sizing=sizing))
    judged = _send(desk, {"quantity": None} | wanted)
    assert judged.order is not None, judged.code
    assert desk.order(judged.order).quantity == quantity


def test_a_size_is_of_equity_with_open_losses() -> None:
    desk = Desk(account(quantity=None, sizing=Sizing(SizeMethod.EQUITY_PCT, D(10))))
    desk.fill(desk.enter("old", instrument="ES", quantity=10, target=None, stop=20)[0], 10)
    desk.quote("80", "80.25", ES)
    judged = _send(desk, {"quantity": None})
    assert judged.order is not None
    assert desk.order(judged.order).quantity == 89  # 9,000 / 100.01


# --- a person's yes ---


def held(**routing: Any) -> Desk:
    return Desk(account(routing=Routing(auto_execute=False, **routing)))


def test_what_a_person_has_to_approve_waits_and_passes_every_gate_again() -> None:
    desk = held()
    judged = _send(desk, {})
    assert (judged.outcome, judged.code) == (Outcome.HELD, Code.APPROVAL_NEEDED)
    assert [check.gate for check in judged.checks] == [gate.__name__ for gate in ENTRY_GATES]
    desk.wait(200)
    events = desk.give(_approval(desk, approved=True))
    again = next(event for event in events if isinstance(event, SignalJudged))
    assert again.outcome is Outcome.ORDERED
    assert again.checks[-1].figures == {"approved_by": "ann"}


def _approval(desk: Desk, *, approved: bool) -> i.ApprovalAsked:
    return i.ApprovalAsked(
        signal=signal("new").id,
        approved=approved,
        who="ann",
        why="too hot",
        bid=SPY.ticks(D(100)),
        ask=SPY.ticks(D("100.01")),
        at=desk.now,
    )


def test_approval_comes_too_late_for_what_other_gates_have_closed() -> None:
    desk = held()
    _send(desk, {})
    desk.set_trading(TradingState.HALTED)
    events = desk.give(_approval(desk, approved=True))
    assert [event.code for event in events if isinstance(event, SignalJudged)] == [Code.TRADING_HALTED]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda desk: desk.give(_approval(desk, approved=False)), Code.APPROVAL_DECLINED),
        (lambda desk: desk.wait(300), Code.APPROVAL_EXPIRED),
    ],
    ids=["declined", "forgotten"],
)
def test_what_nobody_approves_is_refused(step: Any, code: Code) -> None:
    desk = held()
    _send(desk, {})
    step(desk)
    known = desk.book.state.signals[signal("new").id]
    assert (known.outcome, known.code, desk.book.state.held) == (Outcome.REFUSED, code, {})
    (refused,) = desk.give(_approval(desk, approved=True))
    assert isinstance(refused, ApprovalRefused)
    assert refused.reason == f"it waits for nobody: it is REFUSED ({code})"


def test_an_exit_waits_for_nobody() -> None:
    desk = held()
    _send(desk, {})
    events = desk.give(_approval(desk, approved=True))
    desk.fill(submitted(events)[0].id, 10)
    assert len(desk.exit()) == 1


def test_no_number_is_no_limit() -> None:
    for wrong in (D("NaN"), D("Infinity"), D(0), D(-1)):
        with pytest.raises(ValueError, match="max_order_value must be a number above 0"):
            Limits(max_order_value=wrong)
        with pytest.raises(ValueError, match="limit must be a number above 0"):
            DailyLoss(wrong)
    with pytest.raises(ValueError, match="max_entries_per_day must be 1 or more"):
        Governor(max_entries_per_day=0)


RISK_CODES = {
    *(case.code for case in RISK_CASES.values()),
    *(case[2] for case in MONEY.values()),
    Code.APPROVAL_NEEDED,
    Code.APPROVAL_DECLINED,
    Code.APPROVAL_EXPIRED,
    Code.REPEATED_ENTRY,
    Code.TOO_MANY_ACTIVE_ORDERS,
    Code.TOO_MANY_POSITIONS,
}
