"""What the dashboard is tried on: a picture of an engine made by hand, and a link that tells what it is given."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from tests.unit.engine.stage import NOON, HandClock

from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.governor import Ends, Lock
from kedge.domain.headroom import Headroom, Level, Sample
from kedge.domain.ids import AccountId, OrderId, PositionId, Symbol
from kedge.domain.instants import MINUTE, NEVER, SECOND, Instant, Span
from kedge.domain.lifecycle import OrderState
from kedge.domain.markets import MarketHours, Phase
from kedge.domain.orders import Holder, OrderType, Role, Side
from kedge.domain.positions import PositionState
from kedge.domain.signals import Direction
from kedge.engine.control import messages as m
from kedge.engine.view import AccountView, MarketView, OrderView, PositionView, QuoteView, View
from kedge.kernel.standing import CoveredBy
from kedge.tui.app import Dashboard
from kedge.tui.link import Ear, Heard

ALPHA, FUTURES = AccountId("alpha"), AccountId("futures")
SPY, ES = Symbol("SPY"), Symbol("ES")
JOURNAL = "journal1"


def ago(seconds: float) -> Instant:
    """So long before noon."""
    return Instant(NOON - round(seconds * SECOND))


def account(id_: AccountId = ALPHA, **others: Any) -> AccountView:
    fields: dict[str, Any] = {
        "venue": "paper",
        "currency": "USD",
        "state": TradingState.ACTIVE,
        "cash": Decimal("70440.25"),
        "equity": Decimal("100012.75"),
        "realised": Decimal("20.50"),
        "unrealised": Decimal("-2.50"),
        "fees": Decimal("5.25"),
        "trades": 5,
        "wins": 3,
        "losses": 2,
        "max_position_size": Decimal(1000),
        "order_timeout": Span(10 * SECOND),
        "signal_ttl": MINUTE,
    }
    return AccountView(id=id_, **(fields | others))


def room(*, locked: bool = False) -> Headroom:
    """600 more may be lost on this day: 12 points of one ES; or the limit has been reached."""
    loss = Level(
        Code.DAILY_LOSS_LIMIT,
        Decimal(49_000),
        Decimal(600),
        Ends.DAY,
        flatten=True,
        is_floor=True,
        points=Decimal(12),
    )
    locks = (Lock(Code.DAILY_LOSS_LIMIT, ago(60), Ends.DAY),) if locked else ()
    begun, now = Decimal(50_000), Decimal(49_600)
    next_one = Sample(ES, Side.BUY, Decimal(1), Decimal(50), Decimal(5912), is_open=False, is_future=True)
    return Headroom(
        FUTURES, "", now, now, begun, None, "2026-03-02", ago(-3600), None, locks, (loss,), (), next_one
    )


def position(**others: Any) -> PositionView:
    fields: dict[str, Any] = {
        "id": PositionId("journal1-r1-2"),
        "account": ALPHA,
        "instrument": SPY,
        "direction": Direction.LONG,
        "quantity": Decimal(50),
        "entry_price": Decimal("591.50"),
        "price": Decimal("591.45"),
        "unrealised": Decimal("-2.50"),
        "stop": Decimal("588.10"),
        "target": Decimal("597.00"),
        "opened": ago(65),
        "exiting": False,
        "covered_by": CoveredBy.VENUE if others.get("stop", True) else CoveredBy.NOBODY,
    }
    if others.get("exiting"):
        fields["state"] = PositionState.PENDING_EXIT
    return PositionView(**(fields | others))


def order(**others: Any) -> OrderView:
    fields: dict[str, Any] = {
        "id": OrderId("journal1-r1-5"),
        "account": ALPHA,
        "instrument": SPY,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "role": Role.ENTRY,
        "quantity": Decimal(20),
        "filled": Decimal(5),
        "limit_price": Decimal("590.10"),
        "stop_price": None,
        "state": OrderState.PARTIALLY_FILLED,
        "holder": Holder.VENUE,
        "created": ago(42),
    }
    return OrderView(**(fields | others))


def stop_order(**others: Any) -> OrderView:
    fields: dict[str, Any] = {
        "id": OrderId("journal1-r1-3"),
        "side": Side.SELL,
        "type": OrderType.STOP,
        "role": Role.STOP,
        "quantity": Decimal(50),
        "filled": Decimal(0),
        "limit_price": None,
        "stop_price": Decimal("588.10"),
        "state": OrderState.ACCEPTED,
        "created": ago(65),
    }
    return order(**(fields | others))


def quotes() -> tuple[QuoteView, ...]:
    return (
        QuoteView(SPY, Decimal("591.45"), Decimal("591.46"), refused={"crossed": 3}),
        QuoteView(ES, None, None),
    )


def view(**others: Any) -> View:
    """Two accounts, a position with its stop, an entry that waits."""
    futures = account(
        FUTURES,
        cash=Decimal(50_000),
        equity=Decimal(50_000),
        realised=Decimal(0),
        unrealised=Decimal(0),
        fees=Decimal(0),
        trades=0,
        wins=0,
        losses=0,
        state=TradingState.REDUCING,
    )
    fields: dict[str, Any] = {
        "at": NOON,
        "book": "main",
        "seq": 120,
        "trading": TradingState.ACTIVE,
        "accounts": (account(), futures),
        "positions": (position(),),
        "orders": (stop_order(), order()),
        "quotes": quotes(),
        "markets": (
            MarketView("XNYS", MarketHours(Phase.PREMARKET, ago(3 * 3600), ago(-9000), ago(-9000))),
            MarketView("24/7", MarketHours(Phase.OPEN, Instant(0), NEVER, NEVER)),
        ),
        "waiting": 2,
    }
    return View(**(fields | others))


def seen(view_: View | None = None, *switches: m.Switched, journal: str = JOURNAL) -> m.Seen:
    return m.Seen(view_ or view(), 4711, "0.1.0", journal, switches)


def told(text: str, step: int = 1, **others: Any) -> m.Told:
    return m.Told(step, others.pop("place", 0), others.pop("at", ago(60 - step)), text, **others)


def recalled() -> m.Recalled:
    """Some minutes of prices, and how the position came to be."""
    prices = tuple(
        m.Sample(ago(180 - second), Decimal("591.20") + Decimal(second * 7 % 60 - 30) / 50)
        for second in range(180)
    )
    return m.Recalled(
        (
            told("engine started (kedge 0.1.0, start 1)"),
            told("signal LONG (new high): ordered", 2, account="alpha", instrument="SPY"),
            told("opened: LONG 50 at 591.50", 3, account="alpha", instrument="SPY", weight=m.Weight.NOTABLE),
            told("stop rests at the venue: sell 50 SPY, stop 588.10", 4, account="alpha", instrument="SPY"),
            told(
                "signal SHORT: refused, POSITION_OPEN",
                5,
                account="alpha",
                instrument="SPY",
                weight=m.Weight.CAUTION,
            ),
            told(
                "closed by target: SHORT 20, +31.40 after fees of 0.24",
                6,
                account="alpha",
                weight=m.Weight.GOOD,
            ),
        ),
        {SPY: prices},
    )


class StillLink:
    """Tells what it is given, and then nothing more; what is asked of it is kept, and answered as it is told."""

    def __init__(self, *heard: Heard, answer: m.Answer | Exception | None = None) -> None:
        self._heard = heard
        self._answer = answer or m.Done(("it",))
        self.asked: list[m.Question] = []
        self.hear: Ear | None = None

    async def keep(self, hear: Ear) -> None:
        self.hear = hear
        for heard in self._heard:
            hear(heard)
        await asyncio.Event().wait()

    async def ask(self, question: m.Question) -> m.Answer:
        self.asked.append(question)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def dashboard(
    *heard: Heard, link: StillLink | None = None, place: str = "kedge-data", **others: Any
) -> Dashboard:
    """The dashboard at noon, on what was heard."""
    return Dashboard(link or StillLink(*heard), Path(place), HandClock(), **others)


def changed(view_: View, **others: Any) -> View:
    return msgspec.structs.replace(view_, **others)


def texts(app: Dashboard, names: Sequence[str] = ("answer",)) -> str:
    """What stands in some of the static panels."""
    return "\n".join(str(app.board.query_one(f"#{name}").render()) for name in names)
