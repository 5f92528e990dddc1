"""Every reason for a refusal: reached by a named case, with the figures that the gate compared.

The cases go through the kernel's own door, so they also show that the gates stand in the lists where they should.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest
from tests.builders import ALPHA, ENGINE_HELD, NOON, SPY, Desk, account, names, nano, signal

from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.announcements import Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.codes import MEANING, Code
from kedge.domain.events import SignalJudged
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.inputs import ActionTaken, FrontDeclared, HaltSeen, InstrumentDeclared
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import Phase
from kedge.domain.numbers import Figure, Ticks
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.protection import (
    Levels,
    LevelStop,
    Plan,
    StopMethod,
    StopWord,
    TargetMethod,
    TargetPlan,
    WantedStop,
)
from kedge.domain.signals import Direction, Outcome, SignalKind, WantedOrder, WantedTarget
from kedge.gates import ENTRY_GATES

D = Decimal
N = nano
BETA = AccountId("beta")
ENTRY, EXIT, ADJUST = SignalKind.ENTRY, SignalKind.EXIT, SignalKind.STOP_ADJUSTMENT
LONG, SHORT = Direction.LONG, Direction.SHORT


class Case(NamedTuple):
    """A desk as it stands, the signal that comes, and the no that it gets from the gate, with its figures."""

    code: Code
    gate: str
    figures: dict[str, Figure]
    wanted: dict[str, Any]
    before: Callable[[Desk], object] = lambda _: None
    terms: dict[str, Any] = {}  # noqa: RUF012
    quoted: bool = True


EXPIRING = Instrument(
    Symbol("ESH26"), D("0.25"), asset=AssetClass.FUTURE, root="ES", entries_until=Instant(NOON - MINUTE)
)


def _rolled_early(desk: Desk) -> None:
    """Both contracts may be entered for days; then the shell tells that the root means the later one."""
    for symbol, days in (("ESH26", 3), ("ESM26", 90)):
        end = Instant(desk.now + days * 86_400 * SECOND)
        one = Instrument(
            Symbol(symbol),
            D("0.25"),
            asset=AssetClass.FUTURE,
            root="ES",
            entries_until=end,
            expires=Instant(end + SECOND),
        )
        desk.give(InstrumentDeclared(one, at=desk.now))
    desk.give(FrontDeclared(Symbol("ES"), Symbol("ESM26"), at=desk.now))


def _listed(**terms: Any) -> Callable[[Desk], None]:
    """SPY with these terms."""

    def list_anew(desk: Desk) -> None:
        desk.give(InstrumentDeclared(msgspec.structs.replace(SPY, **terms), at=desk.now))

    return list_anew


def order(type_: OrderType, **prices: Any) -> WantedOrder:
    tif = prices.pop("tif", TimeInForce.DAY)
    return WantedOrder(type_, **{name: nano(price) for name, price in prices.items()}, tif=tif)


def _filled(desk: Desk) -> None:
    desk.enter("old", filled=10)


def _filled_short(desk: Desk) -> None:
    desk.enter("old", direction=SHORT, stop=105, target=90, filled=10)


def _filled_without_exits(desk: Desk) -> None:
    desk.enter("old", unprotected=True, stop=None, target=None, filled=10)


def _exiting(desk: Desk) -> None:
    _filled(desk)
    desk.exit("out")


def _stop_is_moving(desk: Desk) -> None:
    _filled(desk)
    desk.send(signal("move", ADJUST, None, stop=96, at=desk.now))


def _stop_hit_in_the_engine(desk: Desk) -> None:
    _filled(desk)
    desk.quote("94.00", "94.01")


def _another_goes_short(desk: Desk, **wanted: Any) -> None:
    """By an account that is held in the same account at the venue."""
    beta = msgspec.structs.replace(desk.book.state.accounts[ALPHA].terms, id=BETA, venue_account=ALPHA)
    desk.give(i.AccountDeclared(beta, at=desk.now))
    desk.enter("old", account=BETA, direction=SHORT, stop=105, target=None, **wanted)


def _another_rests(desk: Desk) -> None:
    _another_goes_short(desk, limit=100)


ALL = "market, limit, stop, stop_limit, trailing_stop"
MARKET_CHECK: dict[str, Figure] = {"type": "market", "tif": "day", "tick": N("0.01")}
SIZED: dict[str, Figure] = {"source": "signal", "lot": N(1), "max_position_size": N(1000)}

CASES = {
    # --- intake ---
    "an account that nobody declared": Case(
        Code.UNKNOWN_ACCOUNT, "entry_intake", {"account": "beta"}, {"account": AccountId("beta")}
    ),
    "an exit for an account that nobody declared": Case(
        Code.UNKNOWN_ACCOUNT,
        "reducing_intake",
        {"account": "beta"},
        {"kind": EXIT, "account": AccountId("beta")},
    ),
    "an instrument that nobody declared": Case(
        Code.UNKNOWN_INSTRUMENT, "entry_intake", {"instrument": "QQQ"}, {"instrument": "QQQ"}
    ),
    "an instrument in another money": Case(
        Code.CURRENCY_MISMATCH, "entry_intake", {"instrument": "EUR", "account": "USD"}, {"instrument": "DAX"}
    ),
    "an entry that does not say which way": Case(
        Code.DIRECTION_MISSING, "entry_intake", {"kind": "ENTRY"}, {"direction": None}
    ),
    "a BUY that says SHORT": Case(
        Code.DIRECTION_CONTRADICTS,
        "entry_intake",
        {"kind": "BUY", "direction": "SHORT"},
        {"kind": SignalKind.BUY, "direction": SHORT},
    ),
    "a SELL that says SHORT": Case(
        Code.DIRECTION_CONTRADICTS,
        "reducing_intake",
        {"kind": "SELL", "direction": "SHORT"},
        {"kind": SignalKind.SELL, "direction": SHORT},
        _filled,
    ),
    "a SELL while short": Case(
        Code.DIRECTION_CONTRADICTS,
        "reducing_intake",
        {"signal": "LONG", "position": "SHORT"},
        {"kind": SignalKind.SELL, "direction": None},
        _filled_short,
    ),
    "an exit of a short while long": Case(
        Code.DIRECTION_CONTRADICTS,
        "reducing_intake",
        {"signal": "SHORT", "position": "LONG"},
        {"kind": EXIT, "direction": SHORT},
        _filled,
    ),
    "an entry of an hour ago": Case(
        Code.SIGNAL_EXPIRED,
        "entry_intake",
        {"age_s": 3600 * SECOND, "signal_ttl_s": 60 * SECOND},
        {"at": -3600 * SECOND},
    ),
    "an entry of next week": Case(
        Code.SIGNAL_FROM_FUTURE,
        "entry_intake",
        {"ahead_s": 7 * 24 * 60 * MINUTE, "tolerance_s": MINUTE},
        {"at": 7 * 24 * 60 * MINUTE},
    ),
    "an exit while flat": Case(
        Code.NO_POSITION, "reducing_intake", {"instrument": "SPY"}, {"kind": EXIT, "direction": None}
    ),
    "a second exit": Case(
        Code.ALREADY_EXITING,
        "reducing_intake",
        {"order": "journal1-r1-5", "state": "PENDING_NEW"},
        {"kind": EXIT, "direction": None},
        _exiting,
    ),
    "an exit while the engine's stop is on its way": Case(
        Code.ALREADY_EXITING,
        "reducing_intake",
        {"order": "journal1-r1-2", "state": "PENDING_NEW"},
        {"kind": EXIT, "direction": None},
        _stop_hit_in_the_engine,
        {"capabilities": ENGINE_HELD},
    ),
    # --- trading state ---
    "halted": Case(
        Code.TRADING_HALTED,
        "trading_state",
        {"engine": "HALTED", "account": "ACTIVE"},
        {},
        lambda desk: desk.set_trading(TradingState.HALTED),
    ),
    "reducing": Case(
        Code.REDUCING_ONLY,
        "trading_state",
        {"engine": "ACTIVE", "account": "REDUCING"},
        {},
        lambda desk: desk.set_trading(TradingState.REDUCING, AccountId("alpha")),
    ),
    # --- session ---
    "a market that nobody has told of": Case(
        Code.MARKET_UNKNOWN, "session", {"market": "XNYS"}, {}, terms={"calendar": "XNYS"}
    ),
    "a phase that has run out": Case(
        Code.MARKET_UNKNOWN,
        "session",
        {"market": "XNYS"},
        {},
        lambda desk: desk.phase(Phase.OPEN, minutes=0),
        terms={"calendar": "XNYS"},
    ),
    "a halted instrument": Case(
        Code.INSTRUMENT_HALTED,
        "session",
        {"reason": "news pending"},
        {},
        lambda desk: desk.give(HaltSeen(Symbol("SPY"), "news pending", at=desk.now)),
    ),
    "a closed market, and no wish to wait": Case(
        Code.MARKET_CLOSED,
        "session",
        {"market": "XNYS", "phase": "AFTERHOURS", "opens_in_s": 3_600 * N(1)},
        {},
        lambda desk: desk.phase(Phase.AFTERHOURS),
        terms={"calendar": "XNYS", "queue_when_closed": False},
    ),
    "so near to the close that positions are closed": Case(
        Code.CLOSING_SOON,
        "session",
        {
            "market": "XNYS",
            "phase": "OPEN",
            "to_close_s": 300 * N(1),
            "flatten_before_close_s": 600 * N(1),
        },
        {},
        lambda desk: desk.phase(Phase.OPEN, closes_in=5),
        terms={"calendar": "XNYS", "flatten_before_close": Span(10 * MINUTE)},
    ),
    "a contract that is left for the next": Case(
        Code.CONTRACT_EXPIRING,
        "contract",
        {"contract": "ESH26", "entries_until_s": -60 * N(1) - 4 * 10**6},
        {"instrument": "ESH26"},
        lambda desk: desk.give(InstrumentDeclared(EXPIRING, at=desk.now)),
    ),
    "a contract that is left before its day": Case(
        Code.CONTRACT_EXPIRING,
        "contract",
        {"contract": "ESH26", "entries_until_s": 0},
        {"instrument": "ESH26"},
        _rolled_early,
    ),
    # --- what is open, on its way or unknown ---
    "an order in doubt": Case(
        Code.ORDER_IN_DOUBT,
        "pending",
        {"order": "journal1-r1-1", "state": "IN_DOUBT"},
        {},
        lambda desk: desk.silent(desk.enter("old", accept=False)[0]),
    ),
    "an entry on its way": Case(
        Code.POSITION_PENDING,
        "pending",
        {"order": "journal1-r1-1", "state": "ACCEPTED"},
        {},
        lambda desk: desk.enter("old"),
    ),
    "a position": Case(
        Code.POSITION_OPEN, "pending", {"position": "journal1-r1-4", "quantity": N(10)}, {}, _filled
    ),
    "a position that was added to as often as may be": Case(
        Code.ADDS_EXHAUSTED,
        "pending",
        {"position": "journal1-r1-4", "quantity": N(15), "adds": N(1), "max_adds": N(1)},
        {},
        lambda desk: (desk.enter("old", filled=10), desk.enter("more", quantity=5, filled=5)),
        terms={"max_adds": 1},
    ),
    "a position that does not gain": Case(
        Code.ADDS_TO_LOSER,
        "pending",
        {
            "position": "journal1-r1-4",
            "quantity": N(10),
            "adds": 0,
            "max_adds": N(1),
            "price": N(100),
            "mean": N(100),
            "gained": 0,
        },
        {"limit": 100},
        _filled,
        terms={"max_adds": 1},
    ),
    "the other side is on its way at the same venue account": Case(
        Code.NET_OPPOSITE,
        "net_opposite",
        {"account": "beta", "held": N(0), "at_worst": N(-10)},
        {},
        _another_goes_short,
    ),
    # --- size ---
    "nobody says how much": Case(
        Code.SIZE_MISSING, "sizing", {"signal": "none", "account": "none"}, {}, terms={"quantity": None}
    ),
    "less than nothing": Case(
        Code.SIZE_ROUNDS_TO_NOTHING, "sizing", {"quantity": N(-5)} | SIZED, {"quantity": -5}
    ),
    "the account's half of a lot": Case(
        Code.SIZE_ROUNDS_TO_NOTHING,
        "sizing",
        {"quantity": 0, "source": "account", "lot": N(1), "max_position_size": N(1000)},
        {},
        terms={"quantity": "0.5"},
    ),
    "an exit of nothing": Case(
        Code.SIZE_ROUNDS_TO_NOTHING,
        "exit_size",
        {"open": N(10), "wanted": 0},
        {"kind": EXIT, "direction": None, "quantity": 0},
        _filled,
    ),
    # --- short sales and minimum sizes ---
    "a short sale of what nobody lends": Case(
        Code.NOT_SHORTABLE,
        "shorting",
        {"shortable": "false"},
        {"direction": SHORT, "stop": 105, "target": 90},
        _listed(shortable=False),
    ),
    "less than the venue takes": Case(
        Code.QUANTITY_TOO_SMALL,
        "minimum_size",
        {"quantity": N(10), "min_quantity": N(11)},
        {},
        _listed(min_quantity=D(11)),
    ),
    "worth less than the venue takes": Case(
        Code.VALUE_TOO_SMALL,
        "minimum_size",
        {"value": N("1000.1"), "min_value": N("1000.2")},
        {},
        _listed(min_value=D("1000.2")),
    ),
    # --- order validity ---
    "a fraction of a lot": Case(
        Code.QUANTITY_OFF_LOT, "lots", {"quantity": N("2.5"), "lot": N(1)}, {"quantity": "2.5"}
    ),
    "a type that the venue does not take": Case(
        Code.ORDER_TYPE_UNSUPPORTED,
        "order_validity",
        {"type": "stop", "allowed": "market, limit"},
        {"order": order(OrderType.STOP, stop_price=101)},
        terms={"capabilities": Capabilities(order_types=(OrderType.MARKET, OrderType.LIMIT))},
    ),
    "a time in force that the venue does not take": Case(
        Code.TIME_IN_FORCE_UNSUPPORTED,
        "order_validity",
        {"tif": "fok", "allowed": "day, gtc"},
        {"order": order(OrderType.MARKET, tif=TimeInForce.FOK)},
        terms={"capabilities": Capabilities(times_in_force=(TimeInForce.DAY, TimeInForce.GTC))},
    ),
    "a limit order without a limit": Case(
        Code.PRICE_MISSING,
        "order_validity",
        MARKET_CHECK | {"type": "limit", "missing": "limit_price"},
        {"order": order(OrderType.LIMIT)},
    ),
    "a trailing stop that does not say how far": Case(
        Code.PRICE_MISSING,
        "order_validity",
        MARKET_CHECK | {"type": "trailing_stop", "missing": "trail"},
        {"order": order(OrderType.TRAILING_STOP)},
    ),
    "a market order with a limit": Case(
        Code.PRICE_NOT_USED,
        "order_validity",
        MARKET_CHECK | {"limit_price": N(100)},
        {"order": order(OrderType.MARKET, limit_price=100)},
    ),
    "a price of nothing": Case(
        Code.PRICE_NOT_POSITIVE,
        "order_validity",
        MARKET_CHECK | {"type": "limit", "limit_price": 0},
        {"order": order(OrderType.LIMIT, limit_price=0)},
    ),
    "a price between two ticks": Case(
        Code.PRICE_OFF_TICK,
        "order_validity",
        MARKET_CHECK | {"type": "limit", "limit_price": N("100.005")},
        {"order": order(OrderType.LIMIT, limit_price="100.005")},
    ),
    "an exit's price between two ticks": Case(
        Code.PRICE_OFF_TICK,
        "order_validity",
        MARKET_CHECK | {"type": "limit", "limit_price": N("100.005")},
        {"kind": EXIT, "direction": None, "order": order(OrderType.LIMIT, limit_price="100.005")},
        _filled,
    ),
    # --- protection ---
    "no stop where one is needed": Case(
        Code.UNPROTECTED_NOT_ALLOWED,
        "stop_plan",
        {"reference": N("100.01"), "allow_unprotected": "false"},
        {"unprotected": True, "stop": None},
    ),
    "no price to measure a stop from": Case(
        Code.NO_REFERENCE_PRICE, "stop_plan", {"reference": "none"}, {"stop": None}, quoted=False
    ),
    "a stop above a long": Case(
        Code.STOP_ON_WRONG_SIDE, "stop_plan", {"reference": N("100.01"), "stop": N(101)}, {"stop": 101}
    ),
    "a stop at the price of a long": Case(
        Code.STOP_ON_WRONG_SIDE,
        "stop_plan",
        {"reference": N("100.01"), "stop": N("100.01")},
        {"stop": "100.01"},
    ),
    "a stop below a short": Case(
        Code.STOP_ON_WRONG_SIDE,
        "stop_plan",
        {"reference": N(100), "stop": N(99)},
        {"direction": SHORT, "stop": 99},
    ),
    "a target below a long": Case(
        Code.TARGET_ON_WRONG_SIDE,
        "stop_plan",
        {"reference": N("100.01"), "stop": N(95), "target": N(90)},
        {"target": 90},
    ),
    "a stop by a range that is not known": Case(
        Code.LEVEL_NOT_KNOWN,
        "stop_plan",
        {"reference": N("100.01"), "stop_by": "opposite_range", "not_known": "range_low"},
        {"stop": None},
        terms={"plan": Plan(level_stop=LevelStop(StopMethod.OPPOSITE_RANGE))},
    ),
    "a stop by a method without the value that it needs": Case(
        Code.PROTECTION_INVALID,
        "stop_plan",
        {"reference": N("100.01"), "stop": "value: missing; ticks are counted"},
        {"stop": None, "stop_by": WantedStop(StopWord.TICKS)},
    ),
    "a target on the side of the loss by its R": Case(
        Code.PROTECTION_INVALID,
        "stop_plan",
        {"reference": N("100.01"), "target_at_r": N(-1)},
        {"targets": (WantedTarget(at_r=nano(-1)),)},
    ),
    "a target nowhere": Case(
        Code.PROTECTION_INVALID,
        "stop_plan",
        {"reference": N("100.01"), "target_at_r": "neither a price nor at_r"},
        {"targets": (WantedTarget(),)},
    ),
    "a multiple of a risk that nobody knows": Case(
        Code.NO_REFERENCE_PRICE,
        "stop_plan",
        {"reference": "none"},
        {"targets": (WantedTarget(at_r=nano(2)),)},
        quoted=False,
    ),
    "a multiple of no risk": Case(
        Code.LEVEL_NOT_KNOWN,
        "stop_plan",
        {"reference": N("100.01"), "stop": "none", "not_known": "the risk: there is no stop"},
        {"unprotected": True, "stop": None, "targets": (WantedTarget(at_r=nano(2)),)},
        terms={"allow_unprotected": True},
    ),
    "no ATR yet": Case(
        Code.LEVEL_NOT_KNOWN,
        "stop_plan",
        {"reference": N("100.01"), "stop_by": "atr", "not_known": "atr"},
        {"stop": None},
        terms={"plan": Plan(level_stop=LevelStop(StopMethod.ATR))},
    ),
    "no swing above a short": Case(
        Code.LEVEL_NOT_KNOWN,
        "stop_plan",
        {"reference": N(100), "stop_by": "structure", "not_known": "swing_high"},
        {"direction": SHORT, "stop": None},
        terms={"plan": Plan(level_stop=LevelStop(StopMethod.STRUCTURE))},
    ),
    "no price to measure the account's target from": Case(
        Code.NO_REFERENCE_PRICE,
        "stop_plan",
        {"reference": "none"},
        {},
        terms={"plan": Plan(target=TargetPlan(TargetMethod.RISK_REWARD, Decimal(2)))},
        quoted=False,
    ),
    "a target at a swing that is not known": Case(
        Code.LEVEL_NOT_KNOWN,
        "stop_plan",
        {"reference": N("100.01"), "target_by": "resistance", "not_known": "a swing_high above the entry"},
        {"target": None},
        terms={"plan": Plan(target=TargetPlan(TargetMethod.RESISTANCE, Decimal(1)))},
    ),
    "targets for more than there is": Case(
        Code.TARGETS_EXCEED,
        "stop_plan",
        {"reference": N("100.01"), "targets": N(2), "pct": N(110)},
        {"targets": (WantedTarget(nano(110), nano(60)), WantedTarget(nano(120), nano(50)))},
    ),
    "a target for nothing": Case(
        Code.TARGETS_EXCEED,
        "stop_plan",
        {"reference": N("100.01"), "targets": N(2), "pct": N(50)},
        {"targets": (WantedTarget(nano(110), nano(50)), WantedTarget(nano(120), nano(0)))},
    ),
    "the second of two targets on the wrong side": Case(
        Code.TARGET_ON_WRONG_SIDE,
        "stop_plan",
        {"reference": N("100.01"), "stop": N(95), "target": N(110), "target_2": N(90)},
        {"targets": (WantedTarget(nano(110), nano(50)), WantedTarget(nano(90), nano(50)))},
    ),
    "a stop of nothing": Case(
        Code.PRICE_NOT_POSITIVE, "stop_plan", {"reference": N("100.01"), "stop": 0}, {"stop": 0}
    ),
    "a stop between two ticks": Case(
        Code.PRICE_OFF_TICK,
        "stop_plan",
        {"reference": N("100.01"), "stop": N("95.001"), "tick": N("0.01")},
        {"stop": "95.001"},
    ),
    "an order of the same venue account in its way": Case(
        Code.SELF_MATCH,
        "self_match",
        {"reach": N("100.01"), "account": "beta", "order": "journal1-r1-1", "limit": N(100)},
        {},
        _another_rests,
        {"capabilities": Capabilities(nets=False)},
    ),
    # --- moving a stop ---
    "a move to nowhere": Case(
        Code.STOP_MISSING,
        "stop_change",
        {"stop": "none"},
        {"kind": ADJUST, "direction": None, "stop": None},
        _filled,
    ),
    "a move below nothing": Case(
        Code.PRICE_NOT_POSITIVE,
        "stop_change",
        {"stop": N(-1), "tick": N("0.01")},
        {"kind": ADJUST, "direction": None, "stop": -1},
        _filled,
    ),
    "a move between two ticks": Case(
        Code.PRICE_OFF_TICK,
        "stop_change",
        {"stop": N("95.001"), "tick": N("0.01")},
        {"kind": ADJUST, "direction": None, "stop": "95.001"},
        _filled,
    ),
    "a move of a stop that is not there": Case(
        Code.NO_STOP_TO_ADJUST,
        "stop_change",
        {"stop": N(96), "tick": N("0.01")},
        {"kind": ADJUST, "direction": None, "stop": 96},
        _filled_without_exits,
        {"allow_unprotected": True},
    ),
    "a move beyond the risk that was taken on": Case(
        Code.STOP_BEYOND_RISK,
        "stop_change",
        {"stop": N(94), "tick": N("0.01"), "at_entry": N(95)},
        {"kind": ADJUST, "direction": None, "stop": 94},
        _filled,
    ),
    "of before a split": Case(
        Code.INSTRUMENT_CHANGED,
        "entry_intake",
        {"before_s": 4_000_001},
        {},
        lambda desk: desk.give(ActionTaken(Split(Symbol("SPY"), Instant(desk.now + 1), 4), at=desk.now)),
    ),
    "a move of a stop that is moving": Case(
        Code.STOP_NOT_ADJUSTABLE,
        "stop_change",
        {
            "stop": N(97),
            "tick": N("0.01"),
            "order": "journal1-r1-2",
            "state": "PENDING_REPLACE",
            "from": N(95),
            "venue_can_move_it": "true",
        },
        {"kind": ADJUST, "direction": None, "stop": 97},
        _stop_is_moving,
    ),
    "targets of an entry that still fills": Case(
        Code.TARGET_NOT_ADJUSTABLE,
        "target_change",
        {"open": N(4), "target": N(112), "order": "journal1-r1-1", "state": "PARTIALLY_FILLED"},
        {"kind": ADJUST, "direction": None, "stop": None, "target": 112},
        lambda desk: desk.enter("old", limit=100, filled=4),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused(case: Case) -> None:
    dax = Instrument(Symbol("DAX"), D("0.5"), currency="EUR")
    desk = Desk(account(**case.terms), (Instrument(Symbol("SPY"), D("0.01")), dax))
    case.before(desk)
    desk.now = desk.book.state.last_at
    wanted: dict[str, Any] = {"kind": ENTRY, "direction": LONG, "stop": 95} | case.wanted
    if "at" in wanted:
        wanted["at"] = desk.now + wanted["at"]
    before = set(desk.book.state.orders)
    judged = desk.judge(
        signal("new", wanted.pop("kind"), wanted.pop("direction"), **wanted), quoted=case.quoted
    )
    assert (judged.outcome, judged.code, judged.order) == (Outcome.REFUSED, case.code, None)
    assert (judged.checks[-1].gate, judged.checks[-1].code) == (case.gate, case.code)
    assert judged.checks[-1].figures == case.figures
    assert [check.code for check in judged.checks[:-1]] == [""] * (len(judged.checks) - 1)
    assert set(desk.book.state.orders) == before
    desk.check()


def test_every_code_is_reached_and_means_something() -> None:
    from tests.unit.gates.test_risk_codes import RISK_CODES

    assert {case.code for case in CASES.values()} | RISK_CODES == set(Code)
    assert list(MEANING) == list(Code)
    assert all(text.endswith(".") and len(text) > 20 for text in MEANING.values())
    assert len(set(MEANING.values())) == len(MEANING)


@pytest.mark.parametrize("state", [OrderState.IN_DOUBT])
def test_what_takes_risk_away_skips_what_guards_against_new_risk(state: OrderState) -> None:
    """Late, halted, in doubt, above the size cap, in another currency's account: an exit leaves all the same."""
    desk = Desk(account(max_position_size=D(20)))
    entry, stop, _ = desk.enter("old", accept=False)
    desk.fill(entry, 10)
    desk.silent(stop)
    assert desk.state(stop) is state
    desk.set_trading(TradingState.HALTED)
    judged = desk.judge(
        signal("out", EXIT, None, at=Instant(NOON - 24 * 3600 * SECOND), quantity=5_000), quoted=False
    )
    assert judged.outcome is Outcome.ORDERED
    gates = [check.gate for check in judged.checks]
    assert gates == ["reducing_intake", "selling_strength", "exit_size", "order_validity", "lots"]
    assert judged.checks[2].figures == {"open": N(10), "wanted": N(5_000)}


# --- what an approved signal carries into its order ---


@pytest.mark.parametrize(
    ("tick", "percent", "direction", "limit", "stop"),
    [
        ("0.01", 2, LONG, "100", "98"),
        ("0.01", 2, SHORT, "100", "102"),
        (
            "0.01",
            2,
            LONG,
            "99.99",
            "98",
        ),  # 97.9902 is rounded towards the entry: never more risk than asked for
        ("0.01", 2, SHORT, "99.99", "101.98"),
        ("0.25", 2, LONG, "100.25", "98.25"),
        ("0.25", 2, SHORT, "100.25", "102.25"),
        ("0.25", 0, LONG, "100.25", "100"),  # no percent at all: still one tick away
        ("0.25", 0, SHORT, "100.25", "100.5"),
        ("0.01", "0.001", LONG, "1.00", "0.99"),
        ("5", 1, LONG, "100", "95"),
    ],
)
def test_the_default_stop(tick: str, percent: Any, direction: Direction, limit: str, stop: str) -> None:
    desk = Desk(account(stop_percent=D(percent)), (Instrument(Symbol("SPY"), D(tick)),))
    _, (_, leg) = desk.send(signal(direction=direction, limit=limit), quoted=False)
    assert desk.order(leg).stop_price == D(stop)


@pytest.mark.parametrize(
    ("wanted", "direction", "stop", "target"),
    [
        (WantedStop(StopWord.PERCENT), LONG, "98.01", "104.01"),
        (WantedStop(StopWord.PERCENT, nano(1)), SHORT, "101", "98"),
        (WantedStop(StopWord.TICKS, nano(50)), LONG, "99.51", "101.01"),
        (WantedStop(StopWord.ATR, nano(2)), LONG, "98.51", "103.01"),
        (WantedStop(StopWord.ATR), SHORT, "101.12", "97.76"),
        (WantedStop(StopWord.STRUCTURE), LONG, "98.99", "102.05"),
        (WantedStop(StopWord.STRUCTURE, None, 0), SHORT, "101", "98"),
        (WantedStop(StopWord.OPPOSITE_RANGE, None, 3), LONG, "99.47", "101.09"),
    ],
    ids=str,
)
def test_a_signal_s_own_method_goes_before_the_account_s(
    wanted: WantedStop, direction: Direction, stop: str, target: str
) -> None:
    seen = Levels(
        atr=nano("0.75"),
        swing_high=nano(101),
        swing_low=nano(99),
        range_high=nano(101),
        range_low=nano("99.5"),
    )
    desk = Desk(account(plan=Plan(stop_ticks=D(5))))
    asked = signal(direction=direction, stop_by=wanted, targets=(WantedTarget(at_r=nano(2)),))
    before = set(desk.book.state.orders)
    arrived = i.SignalArrived(asked, Ticks(10_000), Ticks(10_001), levels=seen, at=desk.now)
    desk.give(arrived)
    _, leg, aim = (desk.order(id_) for id_ in desk.book.state.orders if id_ not in before)
    assert (leg.stop_price, aim.limit_price) == (D(stop), D(target))
    desk.check()


def test_a_default_stop_that_would_be_nothing_is_refused() -> None:
    desk = Desk(account(stop_percent=D(50)), (Instrument(Symbol("SPY"), D("0.01")),))
    assert desk.judge(signal(limit="0.01")).code is Code.PRICE_NOT_POSITIVE


def _figures(judged: SignalJudged, gate: str) -> dict[str, Figure]:
    return next(check.figures for check in judged.checks if check.gate == gate)


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        ({"limit": 99}, N(99)),
        ({"order": order(OrderType.STOP, stop_price=101)}, N(101)),
        ({"order": order(OrderType.STOP_LIMIT, stop_price=101, limit_price=102)}, N(101)),
        # What the sender makes of the price does not move the stop away from the market ...
        ({"expected_price": nano(1)}, N("100.01")),
        ({"limit": 700}, N("100.01")),  # ... nor does a limit that fills at the market at once,
        ({"limit": 50, "direction": SHORT}, N(100)),
        ({"order": order(OrderType.STOP, stop_price=90)}, N("100.01")),  # nor a stop that is reached already
        ({"order": order(OrderType.STOP, stop_price=110), "direction": SHORT}, N(100)),
        ({}, N("100.01")),  # a buy pays the ask ...
        ({"direction": SHORT}, N(100)),  # ... a sell gets the bid
    ],
    ids=str,
)
def test_what_the_stop_is_measured_from(given: dict[str, Any], reference: int) -> None:
    direction = given.get("direction", LONG)
    others = {name: value for name, value in given.items() if name != "direction"}
    judged = Desk().judge(signal(direction=direction, **others))
    assert judged.outcome is Outcome.ORDERED
    assert _figures(judged, "stop_plan")["reference"] == reference


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        ({"limit": 99}, N(99)),
        ({"expected_price": nano(98)}, N(98)),
        ({"limit": 99, "expected_price": nano(98)}, N(99)),
    ],
    ids=str,
)
def test_without_a_market_the_sender_s_price_has_to_do(given: dict[str, Any], reference: int) -> None:
    judged = Desk().judge(signal(**given), quoted=False)
    assert judged.outcome is Outcome.ORDERED
    assert _figures(judged, "stop_plan")["reference"] == reference


def test_an_approved_entry_carries_what_the_signal_wants() -> None:
    desk = Desk(account(quantity="7.9"))
    wanted = signal(
        stop=95,
        target=110,
        order=order(OrderType.STOP_LIMIT, stop_price=101, limit_price=102, tif=TimeInForce.GTC),
        strategy="orb",
    )
    judged = desk.judge(wanted)
    assert [check.gate for check in judged.checks] == [gate.__name__ for gate in ENTRY_GATES]
    assert judged.order is not None
    request = desk.order(judged.order).request
    assert (request.quantity, request.type, request.tif) == (N(7), OrderType.STOP_LIMIT, TimeInForce.GTC)
    assert (request.stop_price, request.limit_price, request.strategy) == (N(101), N(102), "orb")


def test_an_unprotected_entry_leaves_alone_where_the_account_allows_it() -> None:
    desk = Desk(account(allow_unprotected=True))
    _, orders = desk.send(signal(unprotected=True))
    assert len(orders) == 1
    assert names(desk.fill(orders[0], 10)) == ["OrderFilled", "PositionOpened"]
