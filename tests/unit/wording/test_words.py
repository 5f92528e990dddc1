"""Events in plain words."""

from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from kedge.domain import amendments as am
from kedge.domain import changes as ch
from kedge.domain import disasters as ds
from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain import kill as kl
from kedge.domain import setups as st
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.adaptive import MovedBy
from kedge.domain.announcements import Split, SymbolChange
from kedge.domain.codes import Code
from kedge.domain.events import Event
from kedge.domain.governor import Ends
from kedge.domain.ids import AccountId, OrderId, PositionId, SignalId, Symbol, VenueName
from kedge.domain.inputs import SignalArrived
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.intents import Intent
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.numbers import Nano
from kedge.domain.orders import (
    Absence,
    Execution,
    OrderRequest,
    OrderType,
    Role,
    Side,
    Terms,
    order_from,
)
from kedge.domain.owners import OwnerTerms
from kedge.domain.refusals import Course, RejectKind
from kedge.domain.signals import Direction, Outcome, Signal, SignalKind
from kedge.domain.strategies import Missed, StrategyTerms
from kedge.wording.phrases import ask, meaning, wish
from kedge.wording.times import show_clock
from kedge.wording.words import Place, Words

NOW = Instant(1_772_461_800_000_000_000)


def nano(number: str | int) -> Nano:
    return Nano(int(Decimal(number) * 10**9))


ENTRY = OrderRequest(
    OrderId("o-1"),
    AccountId("alpha"),
    Symbol("SPY"),
    Side.BUY,
    OrderType.MARKET,
    nano(50),
    signal=SignalId("s-1"),
)
STOP = msgspec.structs.replace(
    ENTRY, id=OrderId("o-2"), side=Side.SELL, type=OrderType.STOP, stop_price=nano("590.1"), role=Role.STOP
)
TARGET = msgspec.structs.replace(
    ENTRY, id=OrderId("o-3"), side=Side.SELL, type=OrderType.LIMIT, limit_price=nano(592), role=Role.TARGET
)
DISASTER = msgspec.structs.replace(STOP, id=OrderId("o-4"), stop_price=nano(584), role=Role.DISASTER)
KNOWN = {request.id: request for request in (ENTRY, STOP, TARGET, DISASTER)}
WORDS = Words(KNOWN.get, {Symbol("SPY"): Decimal(1), Symbol("ES"): Decimal(50)}.get)
ALPHA, SPY = AccountId("alpha"), Symbol("SPY")
O1, O2, O3, O9 = OrderId("o-1"), OrderId("o-2"), OrderId("o-3"), OrderId("o-9")
FILL = Execution("x-1", nano(50), nano("591.26"), fee=nano("0.3"))
PART = Execution("x-2", nano(12), nano("591.26"))
MORE = Execution("x-3", nano(200), nano("147.81"))
POSITION: dict[str, Any] = {"account": ALPHA, "instrument": SPY, "order": O1, "fee": nano(0), "cash": nano(0)}
AFTER_ALL: dict[str, Any] = {"account": ALPHA, "instrument": SPY, "order": O1, "cash": nano(0)}

HOURS = MarketHours(Phase.PREMARKET, NOW, NOW, NOW)
WAITING = Signal(SignalId("s"), NOW, ALPHA, SignalKind.ENTRY, SPY, Direction.LONG)
ORB = StrategyTerms("orb", ALPHA, SPY, "orb")
TOLD: list[tuple[Event, str]] = [
    (ev.FrontChanged(root=Symbol("ES"), contract=Symbol("ESH27")), "means ESH27 now"),
    (
        ev.FrontChanged(
            root=Symbol("ES"),
            contract=Symbol("ESH27"),
            before="ESZ26",
            holders=(AccountId("a"), AccountId("b")),
        ),
        "means ESH27 now instead of ESZ26; still held by a, b",
    ),
    (ev.MarketPhaseChanged(market="XNYS", hours=HOURS), "market XNYS is in its pre-market"),
    (ev.HaltChanged(instrument=SPY, reason="news pending"), "halted by its exchange: news pending"),
    (ev.HaltChanged(instrument=SPY), "trading goes on after the halt"),
    (
        ev.ClosingBegan(account=ALPHA, market="CMES", close=NOW),
        "closes what it holds in CMES before the session ends",
    ),
    (ev.SignalQueued(signal=WAITING, due=NOW), "signal LONG waits for the open"),
    (
        ev.SignalTaken(signal=WAITING, why="the market has opened"),
        "signal LONG is judged: the market has opened",
    ),
    (
        am.FillBusted(
            order=O1,
            execution="x-1",
            reason="erroneous",
            state=OrderState.FILLED,
            filled=nano(0),
            was=FILL,
        ),
        "the venue has annulled the fill of 50 at 591.26: erroneous",
    ),
    (
        am.FillBusted(order=O1, execution="x-1", reason="", state=OrderState.FILLED, filled=nano(0)),
        "fill x-1 was annulled by the venue before it was heard of",
    ),
    (
        am.FillCorrected(
            order=O1,
            execution="x-1",
            revision=1,
            state=OrderState.FILLED,
            filled=nano(12),
            was=FILL,
            now=PART,
        ),
        "the venue has corrected the fill of 50 at 591.26: it was 12 at 591.26",
    ),
    (
        am.FillCorrected(order=O1, execution="x-1", revision=1, state=OrderState.FILLED, filled=nano(12)),
        "fill x-1 is known as the venue has corrected it",
    ),
    (
        am.AmendmentUnsettled(order=O1, execution="x-1", why="the fill has left the book's memory"),
        "fill x-1 was annulled, and nothing is changed: the fill has left the book's memory",
    ),
    (
        am.AmendmentUnsettled(order=O1, execution="x-1", why="", corrected=PART, revision=1),
        "fill x-1 was corrected, and nothing is changed",
    ),
    (
        am.PositionRestated(
            realised=nano(0), fees=nano(0), chapters=1, flow=nano(0), gained=nano(0), **AFTER_ALL
        ),
        "after all nothing is held",
    ),
    (
        am.PositionRestated(
            realised=nano(0),
            fees=nano(0),
            chapters=1,
            flow=nano(0),
            gained=nano(0),
            holding=am.Holding(PositionId("p-1"), NOW, O1, nano(12), *(nano(0),) * 6),
            **AFTER_ALL,
        ),
        "after all LONG 12 is held",
    ),
    (
        am.TradeAnnulled(position=PositionId("p-1"), account=ALPHA, instrument=SPY, order=O1, pnl=nano(-7)),
        "the trade that made -7.00 does not stand",
    ),
    (
        am.TradeRestated(
            position=PositionId("p-1"),
            account=ALPHA,
            instrument=SPY,
            order=O1,
            direction=Direction.LONG,
            opened=NOW,
            closed=NOW,
            entry_order=O1,
            quantity=nano(12),
            entry_price=nano(100),
            exit_price=nano(101),
            pnl=nano(12),
            fees=nano(0),
            exit_reason="stop",
        ),
        "after all a trade closed by stop: LONG 12, +12.00",
    ),
    (
        ev.RunStarted(journal_id="j", nonce="n", epoch=3, version="0.1.0", settings_hash=""),
        "engine started (kedge 0.1.0, start 3)",
    ),
    (
        ev.InstrumentDefined(
            instrument=Instrument(
                Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE
            )
        ),
        "ES: future, tick 0.25, multiplier 50, USD",
    ),
    (
        ev.AccountDefined(terms=AccountTerms(ALPHA, VenueName("paper"), Decimal(100_000))),
        "account alpha on paper, begun with 100,000.00 USD",
    ),
    (
        ev.TradingStateChanged(state=TradingState.HALTED, who="ann", why="lunch"),
        "trading of all accounts is HALTED (ann: lunch)",
    ),
    (
        ev.SignalJudged(
            signal=SignalId("s"),
            account=ALPHA,
            digest="d",
            outcome=Outcome.REFUSED,
            checks=(),
            code="NO_POSITION",
        ),
        "signal: refused, NO_POSITION",
    ),
    (
        ev.SignalRepeated(signal=SignalId("s"), account=ALPHA, digest="d", first_digest="e"),
        "signal s came again with another content: nothing was done",
    ),
    (ev.OrderHeld(request=STOP), "held by the engine: sell 50 SPY, stop 590.10"),
    (
        ev.OrderSubmitted(request=ENTRY, legs=(STOP, TARGET)),
        "sent: buy 50 SPY, at the market, with stop at 590.10 and target at 592.00",
    ),
    (
        ev.OrderSubmitted(request=STOP, legs=(TARGET,)),
        "sent: sell 50 SPY, stop 590.10, with target at 592.00: what one of them fills the other loses",
    ),
    (
        ev.OrderSubmitted(request=STOP, intent=Intent(attempt=1, after=O1)),
        "sent in place of o-1: sell 50 SPY, stop 590.10",
    ),
    (ev.OrderReleased(request=ENTRY, answer_by=NOW), "price reached, sent: buy 50 SPY, at the market"),
    (
        ev.OrderAccepted(order=O1, venue_order_id="v", state=OrderState.ACCEPTED),
        "accepted by the venue: buy 50 SPY, at the market",
    ),
    (
        ev.OrderAccepted(order=O2, venue_order_id="v", state=OrderState.ACCEPTED),
        "stop rests at the venue: sell 50 SPY, stop 590.10",
    ),
    (ev.OrderAccepted(order=O9, venue_order_id="v", state=OrderState.ACCEPTED), "accepted by the venue"),
    (ev.OrderFilled(order=O1, execution=FILL, state=OrderState.FILLED), "bought 50 at 591.26, fee 0.30"),
    (
        ev.OrderFilled(order=O2, execution=PART, state=OrderState.PARTIALLY_FILLED),
        "stop filled: sold 12 of 50 at 591.26",
    ),
    (
        ev.OrderFilled(order=O2, execution=MORE, state=OrderState.FILLED),
        "stop filled: sold 200 at 147.81",
    ),  # after a split
    (
        ev.OrderFilled(order=O9, execution=PART, state=OrderState.FILLED, late=True),
        "traded 12 at 591.26, although it was believed done",
    ),
    (ev.OrderEnded(order=O1, state=OrderState.REJECTED, reason="no funds"), "rejected: no funds"),
    (
        ev.OrderEnded(order=O2, state=OrderState.CANCELLED, reason="oco"),
        "stop cancelled: the other exit was filled",
    ),
    (
        ev.OrderConfirmed(order=O2),
        "the venue shows it as it was believed to be: sell 50 SPY, stop 590.10",
    ),
    (
        ev.OrderRevived(order=O1, state=OrderState.IN_DOUBT),
        "heard of again although it was believed done; now in doubt",
    ),
    (
        ev.CancelSubmitted(order=O1, who="engine", why="order timeout", answer_by=NOW),
        "cancel sent (engine: order timeout)",
    ),
    (
        ev.CancelPlanned(order=O1, who="engine", why="position closed", cancel_at=NOW),
        "to be cancelled (engine: position closed)",
    ),
    (
        ev.CancelRefused(order=O1, reason="too late", state=OrderState.ACCEPTED),
        "the venue did not cancel it: too late",
    ),
    (
        ev.ReplaceSubmitted(
            order=O2, terms=Terms(stop_price=nano(591)), who="signal", why="s-2", answer_by=NOW
        ),
        "change to stop 591.00 sent (signal: s-2)",
    ),
    (
        ev.OrderReplaced(order=O2, terms=Terms(quantity=nano(12)), state=OrderState.ACCEPTED),
        "stop is now for 12",
    ),
    (
        ev.OrderReplaced(order=O2, terms=Terms(stop_price=nano(591)), state=OrderState.ACCEPTED),
        "stop is now at 591.00",
    ),
    (
        ev.StopMoved(
            account=ALPHA,
            instrument=SPY,
            order=O2,
            price=nano(591),
            by=MovedBy.TRAIL,
            who="engine",
            why="trails 592",
            before=nano(590),
        ),
        "stop goes to 591.00, from 590.00: trails 592",
    ),
    (
        ev.StopMoved(
            account=ALPHA,
            instrument=SPY,
            order=O2,
            price=nano(589),
            by=MovedBy.PERSON,
            who="ann",
            why="news",
        ),
        "stop goes to 589.00 (ann: news)",
    ),
    (
        ev.TargetMoved(order=O3, price=nano(597), who="engine", why="the ranges", before=nano(595)),
        "target goes to 597.00, from 595.00: the ranges",
    ),
    (
        ev.RoomNoted(account=ALPHA, instrument=SPY, room=nano(2), atr=nano(1)),
        "the stop is given 2.00 behind the price: the average true range is 1.00",
    ),
    (ev.ReplaceRefused(order=O2, reason="no", state=OrderState.ACCEPTED), "not changed: no"),
    (
        ev.OrderAbandoned(order=O1, code="SPREAD_TOO_WIDE", gate="filters", figures={}),
        "not sent after all: SPREAD_TOO_WIDE at filters",
    ),
    (ev.RequestRefused(order=O1, who="ann", reason="it is done"), "wish of ann not followed: it is done"),
    (
        ev.OrderDoubted(order=O1, state=OrderState.IN_DOUBT, detail="no answer in time"),
        "outcome unknown, now in doubt: no answer in time",
    ),
    (
        ev.OrderQueried(order=O1, attempt=2, ask_at=NOW),
        "the venue is asked what became of it, question 2: buy 50 SPY, at the market",
    ),
    (
        ev.AbsenceNoted(order=O1, absence=Absence("listing", control=False, at=NOW)),
        "the venue does not find it by listing, which finds no others either",
    ),
    (
        ev.OrderProvenAbsent(order=O1, evidence=(Absence("by_id", control=True, at=NOW),) * 2),
        "the venue never had it: it said so 2 times",
    ),
    (
        ev.OrderRestored(order=order_from(ENTRY, OrderState.FILLED, NOW)),
        "taken back out of the archive, filled",
    ),
    (
        ev.PositionOpened(position=PositionId("p"), quantity=nano(-12), cost=nano("7095.12"), **POSITION),
        "opened: SHORT 12 at 591.26",
    ),
    (
        ev.PositionGrown(quantity=nano(50), cost=nano(29563), **POSITION),
        "grown to LONG 50 at 591.26",
    ),
    (
        ev.PositionReduced(quantity=nano(8), cost=nano(0), gained=nano("12.3"), value=nano(0), **POSITION),
        "reduced to LONG 8, +12.30",
    ),
    (
        ev.PositionClosed(
            position=PositionId("p"),
            gained=nano(0),
            value=nano(0),
            direction=Direction.SHORT,
            opened=NOW,
            entry_order=O1,
            quantity=nano(50),
            entry_price=nano(591),
            exit_price=nano(592),
            pnl=nano("-37.5"),
            fees=nano("1.2"),
            exit_reason="stop",
            **POSITION,
        ),
        "closed by stop: SHORT 50, -37.50 after fees of 1.20",
    ),
    (
        ch.ContractSettled(account=ALPHA, instrument=SPY, id="c1", quantity=nano(-2), price=nano("5000.25")),
        "expired: SHORT 2 settled by the venue at 5000.25",
    ),
    (
        ch.UnallocatedChanged(
            venue=VenueName("paper"),
            account=AccountId("main"),
            instrument=SPY,
            quantity=nano(-5),
            held=nano(10),
        ),
        "at paper the account main holds 10, the accounts here 15: unallocated -5",
    ),
    (
        ch.UnallocatedChanged(
            venue=VenueName("paper"),
            account=AccountId("main"),
            instrument=SPY,
            quantity=nano(0),
            held=nano(10),
        ),
        "at paper the account main holds what the accounts here hold",
    ),
    (
        ch.SharesSplit(account=ALPHA, id="c1", split=Split(SPY, NOW, 3, 2), done=NOW),
        "split: 3 new for 2 old",
    ),
    (
        ch.InstrumentChanged(action=Split(SPY, Instant(5), 4)),
        "from now on in new shares, 4 for 1: signals of before it are refused",
    ),
    (
        ch.InstrumentChanged(action=SymbolChange(SPY, Instant(5), Symbol("SPYX"))),
        "from now on SPYX: signals of before it are refused",
    ),
    (
        ch.SymbolChanged(account=ALPHA, instrument=SPY, id="c1", new_symbol=Symbol("SPYX")),
        "goes by SPYX from now on",
    ),
    (
        ch.PositionRescaled(
            account=ALPHA, instrument=SPY, quantity=nano(60), entered=nano(60), stop=nano("95.5")
        ),
        "after the split: LONG 60, its first stop at 95.50",
    ),
    (
        ch.OrderRescaled(order=O2, quantity=nano(60), filled=nano(0), stop_price=nano("95.5")),
        "after the split: quantity 60, stop 95.50",
    ),
    (
        ev.OrderTriggered(order=O2, price=nano("94.9")),
        "reached at 94.90: leaves as soon as what rests at the venue is withdrawn",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, look_at=NEVER, order=O9, tries=2
        ),
        "the venue is asked for a disaster stop, time 2",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, look_at=NEVER, order=O9
        ),
        "the disaster stop is withdrawn",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, tries=1, look_at=Instant(5)
        ),
        "the venue took no disaster stop: it is asked again after a pause",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, look_at=Instant(5), tries=3, told=True
        ),
        "the venue took no disaster stop: it is asked rarely, and the engine holds the stop as before",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, look_at=NEVER, tries=4, told=True
        ),
        "the venue is asked for a disaster stop, time 4",
    ),
    (
        ds.DisasterStopNoted(
            position=PositionId("p"), account=ALPHA, instrument=SPY, look_at=NEVER, taken_by="ann"
        ),
        "left without a disaster stop by ann: the engine holds the stop as before",
    ),
    (
        ds.DisasterStopEnded(account=ALPHA, instrument=SPY),
        "nothing is left at the venue of the disaster stop",
    ),
    (
        ev.OrderSubmitted(request=DISASTER, answer_by=Instant(5)),
        "disaster stop sent: sell 50 SPY, stop 584.00",
    ),
    (ev.OrderEnded(order=DISASTER.id, state=OrderState.CANCELLED), "disaster stop cancelled"),
    (
        ev.ExposureNoted(account=ALPHA, instrument=SPY, quantity=nano(4), look_at=Instant(5)),
        "4 without a stop of the plan",
    ),
    (
        ev.ExposureNoted(account=ALPHA, instrument=SPY, quantity=nano(4), look_at=Instant(5), armed=1),
        "4 without a stop of the plan, the engine holds one instead",
    ),
    (
        ev.ExposureNoted(
            account=ALPHA, instrument=SPY, quantity=nano(4), look_at=Instant(5), armed=1, placed=2
        ),
        "4 without a stop at the venue: asked for one, time 2",
    ),
    (
        ev.ExposureNoted(account=ALPHA, instrument=SPY, quantity=nano(0), look_at=Instant(5), placed=1),
        "covered by a stop that the venue has taken: to be watched for a while",
    ),
    (ev.ExposureEnded(account=ALPHA, instrument=SPY), "covered"),
    (ev.ProtectionWaived(account=ALPHA, instrument=SPY, who="ann"), "left without a stop by ann"),
    (
        gv.DayBegan(account=ALPHA, day="2026-03-02", until=NOW, balance=nano(100_000), equity=nano(99_500)),
        "day 2026-03-02 of account alpha begins with a balance of 100,000.00, equity 99,500.00",
    ),
    (
        gv.PositionMarked(account=ALPHA, instrument=SPY, price=nano("99.5"), equity=nano(99_995)),
        "valued at 99.50: equity 99,995.00",
    ),
    (
        gv.PeakRaised(account=ALPHA, peak=nano(102_000), floor=nano(100_000)),
        "equity of account alpha has reached 102,000.00: it may not fall to 100,000.00 from here on",
    ),
    (
        gv.LimitBreached(
            account=ALPHA,
            code="DAILY_LOSS_LIMIT",
            equity=nano(97_990),
            limit=nano(98_000),
            ends=Ends.DAY,
            flatten=True,
        ),
        (
            "account alpha has reached the daily loss limit (equity 97,990.00, limit 98,000.00): "
            "no entries until the day ends; what it holds is closed"
        ),
    ),
    (
        gv.LimitBreached(
            account=ALPHA,
            code="PROFIT_TARGET_REACHED",
            equity=nano(106_000),
            limit=nano(106_000),
            ends=Ends.PERSON,
        ),
        (
            "account alpha has reached the profit target (equity 106,000.00, limit 106,000.00): "
            "no entries until a person lets it go on"
        ),
    ),
    (
        gv.LimitBreached(
            account=ALPHA,
            code="OWNER_DAILY_LOSS",
            equity=nano(299_000),
            limit=nano(299_000),
            ends=Ends.DAY,
            owner="ann",
        ),
        (
            "account alpha has reached the daily loss limit over all accounts of its owner ann "
            "(equity 299,000.00, limit 299,000.00): no entries until the day ends"
        ),
    ),
    (
        gv.OwnersDefined(owners=(OwnerTerms("ann"), OwnerTerms("bob"))),
        "limits over all accounts of: ann, bob",
    ),
    (
        gv.LockReleased(account=ALPHA, code="DRAWDOWN_LIMIT", who="ann", why="talked it over"),
        "account alpha goes on after the drawdown limit (ann: talked it over)",
    ),
    (
        gv.ReleaseRefused(account=ALPHA, code="DRAWDOWN_LIMIT", who="ann", reason="still below"),
        "ann cannot let account alpha go on: still below",
    ),
    (
        gv.CooldownStarted(account=ALPHA, losses=3, until=NOW),
        f"account alpha has lost 3 times in a row: no entries until {show_clock(NOW)}",
    ),
    (
        gv.StrategyRefused(strategy="orb", signal=SignalId("s"), code="SIZE_MISSING", in_a_row=1),
        "strategy orb asks for what it cannot have (SIZE_MISSING)",
    ),
    (
        gv.StrategyRefused(strategy="orb", signal=SignalId("s"), code="SIZE_MISSING", in_a_row=3),
        "strategy orb asks for what it cannot have (SIZE_MISSING, 3 times in a row by now)",
    ),
    (
        gv.StrategyPaused(strategy="orb", who="engine", why="5 of its entries in a row"),
        "strategy orb is paused (engine: 5 of its entries in a row)",
    ),
    (
        gv.SignalHeld(signal=WAITING, until=NOW),
        f"signal LONG waits for a person until {show_clock(NOW)}",
    ),
    (
        gv.ApprovalRefused(signal=SignalId("s-1"), who="ann", reason="no such signal is known"),
        "ann cannot approve or decline signal s-1: no such signal is known",
    ),
    (gv.StrategyResumed(strategy="orb", who="ann", why="mended"), "strategy orb goes on (ann: mended)"),
    (st.StrategyDefined(terms=ORB), "strategy orb is on: orb on 5m bars of SPY, for account alpha"),
    (
        st.StrategyDefined(terms=ORB, anew=True),
        "strategy orb is on: orb on 5m bars of SPY, for account alpha; it begins anew",
    ),
    (st.StrategyDropped(strategy="orb"), "strategy orb is off: the settings name it no more"),
    (
        st.SessionBegan(strategy="orb", opened=NOW, closes=NOW),
        f"a session of strategy orb has begun, opened at {show_clock(NOW)}",
    ),
    (
        st.PanelNoted(instrument=SPY, length=Span(5 * MINUTE), close=NOW, state="{}"),
        f"the 5m bar that closed at {show_clock(NOW)} was seen by all strategies that look at it",
    ),
    (
        st.StrategyMoved(strategy="orb", close=NOW, state="{}"),
        f"strategy orb knows more by the bar that closed at {show_clock(NOW)}",
    ),
    (
        st.SetupFound(strategy="orb", close=NOW, signal=WAITING),
        f"strategy orb has found a setup in the bar that closed at {show_clock(NOW)}: LONG",
    ),
    (
        st.SetupFound(
            strategy="orb", close=NOW, signal=msgspec.structs.replace(WAITING, reason="above the range")
        ),
        f"strategy orb has found a setup (above the range) in the bar that closed at {show_clock(NOW)}: LONG",
    ),
    (
        st.SetupMissed(strategy="orb", signal=SignalId("s"), why=Missed.DOWN, late=Span(90 * SECOND)),
        "setup s of strategy orb is missed: the engine did not run when it was complete, 1 min 30 s after its bar",
    ),
    (
        st.SetupMissed(strategy="orb", signal=SignalId("s"), why=Missed.HOLE),
        "setup s of strategy orb is missed: time is missing in its bar",
    ),
    (
        st.SetupAnswered(strategy="orb", signal=SignalId("s"), outcome=Outcome.REFUSED, code="NO_QUOTE"),
        "setup s of strategy orb: refused, NO_QUOTE",
    ),
    (
        st.SetupAnswered(strategy="orb", signal=SignalId("s"), outcome=Outcome.ORDERED),
        "setup s of strategy orb: ordered",
    ),
    (
        st.StrategyFailed(strategy="orb", close=NOW, error="KeyError: 'ema'", in_a_row=1),
        "strategy orb has failed at a bar: KeyError: 'ema'",
    ),
    (
        st.StrategyFailed(strategy="orb", close=NOW, error="KeyError: 'ema'", in_a_row=3),
        "strategy orb has failed at a bar, 3 times in a row by now: KeyError: 'ema'",
    ),
    (
        kl.KillOrdered(mode=kl.KillMode.CANCEL, who="ann", why="drill", orders=(O1,)),
        "kill switch: entries are withdrawn, 1 entry (ann: drill)",
    ),
    (
        kl.KillOrdered(
            mode=kl.KillMode.FLATTEN, who="ann", why="drill", account=ALPHA, positions=(PositionId("p-1"),)
        ),
        (
            "kill switch of account alpha: entries are withdrawn and positions closed, "
            "0 entries and 1 position (ann: drill)"
        ),
    ),
    (kl.KillExtended(orders=(O1,)), f"kill switch: {O1} as well"),
    (
        kl.KillChecked(
            venue=VenueName("paper"),
            held_at=ALPHA,
            asked=NOW,
            left={O1: "the venue refuses: no"},
            foreign=(OrderId("theirs"),),
        ),
        (
            f"kill switch: paper says of account alpha: still open are {O1} (the venue refuses: no), "
            "theirs (not of this book's making)"
        ),
    ),
    (
        kl.KillChecked(venue=VenueName("paper"), held_at=ALPHA, asked=NOW),
        "kill switch: paper says of account alpha: nothing is left",
    ),
    (
        kl.KillConfirmed(orders=3, filled=1, positions=2),
        "kill switch: confirmed by all venues, 3 entries gone (1 had filled), 2 positions closed",
    ),
    (
        ev.RetryPlanned(
            order=O1,
            kind=RejectKind.FUNDS,
            course=Course.ADJUST,
            due=Instant(5),
            request=ENTRY,
            intent=Intent(attempt=2),
            changes={"quantity": "10 to 7"},
        ),
        "retry 2 planned, as the account's money does not cover it: quantity 10 to 7",
    ),
    (
        ev.RetryPlanned(
            order=O1,
            kind=RejectKind.CLOSED,
            course=Course.WAIT,
            due=Instant(5),
            request=ENTRY,
            intent=Intent(),
        ),
        "to be sent again, as the market is closed there",
    ),
    (
        ev.DustLeft(
            position=PositionId("p-1"), account=ALPHA, instrument=SPY, quantity=nano("0.0005"), cost=nano(5)
        ),
        "0.0005 are too little to be sold, and are held on",
    ),
    (
        ev.DustTaken(account=ALPHA, instrument=SPY, order=O2, quantity=nano("0.0005"), cost=nano(5)),
        "0.0005 that were too little to be sold are sold with it",
    ),
    (
        ev.DustSold(
            account=ALPHA,
            instrument=SPY,
            order=O2,
            quantity=nano("0.0005"),
            cost=nano(5),
            gained=nano("-0.25"),
            fee=nano(0),
            cash=nano(100),
        ),
        "what was too little to be sold is sold: 0.0005 are left, -0.25",
    ),
    (
        ch.DustRescaled(
            account=ALPHA,
            instrument=SPY,
            quantity=nano("0.001"),
            cost=nano(5),
            gained=nano(0),
            cash=nano(100),
        ),
        "0.001 in new shares are held on as too little to be sold",
    ),
    (
        ch.DustRescaled(
            account=ALPHA, instrument=SPY, quantity=nano(0), cost=nano(0), gained=nano(0), cash=nano(100)
        ),
        "what was too little to be sold was paid out",
    ),
    (
        ev.OrderFilled(
            order=O1,
            execution=Execution("x", nano(50), nano(100), fee_base=nano("0.05")),
            state=OrderState.FILLED,
        ),
        "bought 50 at 100.00, fee 0.05 of it",
    ),
    (ev.OrderMissed(order=O1), "the venue does not find it any more"),
    (ev.OrderNamed(order=O1, venue_order_id="v-7"), "the venue calls it v-7"),
    (ev.OrderRetried(order=O1, by=O2), "tried again by order o-2"),
    (
        ev.OrderGivenUp(order=O1, kind=RejectKind.BORROW, why="it would be a no again"),
        "not tried again: there is nothing to borrow for a short sale, and it would be a no again",
    ),
    (
        ev.OrderGivenUp(
            order=O1, kind=RejectKind.UNKNOWN, why="a gate speaks against it", code="TRADING_HALTED"
        ),
        "not tried again: a gate speaks against it (TRADING_HALTED)",
    ),
    (
        ev.Anomaly(kind="OVERFILL", subject="o-1", detail="too much", figures={"excess": "3"}),
        "ANOMALY OVERFILL: too much (excess 3)",
    ),
]


@pytest.mark.parametrize(
    ("event", "text"), TOLD, ids=[f"{type(e).__name__}-{i}" for i, (e, _) in enumerate(TOLD)]
)
def test_an_event_is_told_in_plain_words(event: Event, text: str) -> None:
    assert WORDS.tell(event) == text


def test_every_event_has_words_and_a_place() -> None:
    assert {type(event) for event, _ in TOLD} == set(get_args(Event))
    for event, _ in TOLD:
        assert isinstance(WORDS.place(event), Place)


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (ev.OrderSubmitted(request=ENTRY), Place("alpha", "SPY")),
        (ev.OrderConfirmed(order=O2), Place("alpha", "SPY")),
        (ev.OrderConfirmed(order=O9), Place()),
        (ev.Anomaly(kind="K", subject="o-1", detail="d"), Place("alpha", "SPY")),
        (ev.Anomaly(kind="K", subject="somebody else's", detail="d"), Place()),
        (ev.TradingStateChanged(state=TradingState.ACTIVE, who="w", why="y", account=ALPHA), Place("alpha")),
        (ev.MarketPhaseChanged(market="XNYS", hours=HOURS), Place()),
        (ev.HaltChanged(instrument=SPY), Place("", "SPY")),
        (ev.FrontChanged(root=Symbol("ES"), contract=Symbol("ESH27")), Place("", "ES")),
        (ev.ClosingBegan(account=ALPHA, market="CMES", close=NOW), Place("alpha")),
        (ev.SignalQueued(signal=WAITING, due=NOW), Place("alpha", "SPY")),
    ],
)
def test_an_event_is_told_of_where_it_happened(event: Event, place: Place) -> None:
    assert WORDS.place(event) == place


def signal(kind: SignalKind, **fields: object) -> Signal:
    return Signal(SignalId("s"), NOW, ALPHA, kind, SPY, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (signal(SignalKind.ENTRY, direction=Direction.LONG), "LONG"),
        (signal(SignalKind.BUY), "buy"),
        (signal(SignalKind.EXIT), "exit"),
        (signal(SignalKind.EXIT, direction=Direction.SHORT), "exit SHORT"),
        (signal(SignalKind.STOP_ADJUSTMENT, stop=nano("590.1")), "stop to 590.10"),
        (signal(SignalKind.STOP_ADJUSTMENT), "stop"),
    ],
)
def test_a_signal_is_told_by_what_it_asks_for(asked: Signal, text: str) -> None:
    assert ask(asked) == text


def test_a_signals_outcome_is_told_with_its_reason() -> None:
    judged = ev.SignalJudged(
        signal=SignalId("s"), account=ALPHA, digest="d", outcome=Outcome.ORDERED, checks=(), order=O1
    )
    cause = SignalArrived(signal(SignalKind.ENTRY, direction=Direction.LONG, reason="new high"), at=NOW)
    assert WORDS.tell(judged, cause) == "signal LONG (new high): ordered"
    assert WORDS.place(judged, cause) == Place("alpha", "SPY")


def test_a_trailing_stop_is_told_by_its_distance() -> None:
    by_amount = msgspec.structs.replace(
        STOP, type=OrderType.TRAILING_STOP, stop_price=None, trail_amount=nano(2)
    )
    by_percent = msgspec.structs.replace(by_amount, trail_amount=None, trail_percent=nano("1.5"))
    assert wish(by_amount) == "sell 50 SPY, trailing by 2.00"
    assert wish(by_percent) == "sell 50 SPY, trailing by 1.5 %"


def test_every_code_of_refusal_has_a_meaning_and_an_unknown_one_has_none() -> None:
    assert all(meaning(code) for code in Code)
    assert meaning("WRITTEN_BY_A_NEWER_PROGRAM") == ""
