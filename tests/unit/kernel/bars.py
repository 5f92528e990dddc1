"""A desk with strategies of our own: bars are handed in as the engine's host does it."""

from collections.abc import Iterable
from typing import Any

from tests.builders import ALPHA, NOON, SPY, Desk, account, later, number, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import Ticks
from kedge.domain.signals import Signal, SignalKind
from kedge.domain.strategies import FoundSetup, Missed, StrategyBook, StrategyTerms, Told

ORB = "orb-spy"
M5 = Span(5 * MINUTE)
OPENED, CLOSES = NOON, Instant(NOON + 360 * MINUTE)


def strategy(id_: str = ORB, **others: Any) -> StrategyTerms:
    """An opening-range breakout on five-minute bars of SPY, for the account `alpha`."""
    return StrategyTerms(**({"id": id_, "account": ALPHA, "instrument": SPY.symbol, "rule": "orb"} | others))


class Bars(Desk):
    """A desk whose settings name strategies; `close` is that of the last bar."""

    def __init__(self, *strategies: StrategyTerms, terms: AccountTerms | None = None, **others: Any) -> None:
        super().__init__(terms or account(), **others)
        self.close = NOON
        self.declare(*(strategies or (strategy(),)))

    def declare(self, *strategies: StrategyTerms) -> list[e.Event]:
        """The settings name these strategies and no others."""
        return self.give(i.StrategiesDeclared(strategies, at=self.now))

    def bar(
        self,
        *told: Told,
        panel: str | None = None,
        opened: Instant = OPENED,
        delay: float = 0.02,
        close: Instant | None = None,
        instrument: Symbol = SPY.symbol,
        length: Span = M5,
        price: int = 100,
        **others: Any,
    ) -> list[e.Event]:
        """The next bar is known, so many seconds after its close, at a bid of 100, asked a tick above."""
        self.close = later(self.close, 5) if close is None else close
        self.now = max(self.now, Instant(self.close + int(delay * SECOND)))
        bid = SPY.ticks(number(price))
        return self.give(
            i.BarJudged(
                instrument=instrument,
                length=length,
                close=self.close,
                opened=opened,
                closes=CLOSES if opened == OPENED else Instant(opened + 360 * MINUTE),
                panel=f'{{"at":{self.close}}}' if panel is None else panel,
                told=told,
                at=self.now,
                **({"bid": bid, "ask": Ticks(bid + 1), "quoted_at": self.now} | others),
            )
        )

    def setup(self, id_: str = "", of: str = ORB, **wanted: Any) -> Signal:
        """An entry with a stop at 95, as the strategy would ask for it at the close of the next bar."""
        close = later(self.close, 5)
        asked: dict[str, Any] = {"stop": 95, "strategy": of} | wanted
        return signal(id_ or f"{of}-{close}", at=close, **asked)

    def leave(self, id_: str = "x-1", of: str = ORB) -> Signal:
        """An exit, as the strategy would ask for it at the close of the next bar."""
        return signal(id_, SignalKind.EXIT, None, at=later(self.close, 5), strategy=of)

    def found(
        self, id_: str = "", of: str = ORB, missed: Missed | None = None, **wanted: Any
    ) -> list[e.Event]:
        """A bar at which the strategy has found a setup."""
        return self.bar(Told(of, setups=(self.setup(id_, of, **wanted),), missed=missed))

    def known(self, id_: str = ORB) -> StrategyBook:
        """What is kept of a strategy."""
        return self.book.state.strategies[id_]

    def last(self, id_: str = ORB) -> FoundSetup:
        """Its last setup."""
        return self.known(id_).setups[-1]

    def counts(self, id_: str = ORB) -> tuple[int, int, int, int]:
        """Setups of this session: found, taken, refused, missed."""
        tally = self.known(id_).session
        return tally.found, tally.taken, tally.refused, tally.missed


def of_type(events: Iterable[e.Event], kind: type) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]
