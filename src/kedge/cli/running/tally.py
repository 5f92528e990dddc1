"""What one run of the demo came to, counted from the steps that the engine reports."""

from kedge.cli.forms import Item
from kedge.domain.amendments import FillBusted, FillCorrected, TradeAnnulled, TradeRestated
from kedge.domain.events import Anomaly, OrderFilled, OrderHeld, OrderSubmitted, PositionClosed, SignalJudged
from kedge.domain.numbers import ZERO, Nano, from_nano, plain
from kedge.domain.positions import Position, fee_worth
from kedge.domain.signals import Outcome
from kedge.domain.steps import Step
from kedge.journal.base import Head
from kedge.kernel.state import BookState


class Tally:
    """The counts of one run."""

    def __init__(self) -> None:
        self.signals = self.refused = self.orders = self.fills = 0
        self.trades = self.wins = self.losses = self.anomalies = 0
        self.pnl = self.fees = ZERO

    def take(self, step: Step) -> None:
        """Count one step."""
        for event in step.events:
            match event:
                case SignalJudged(outcome=outcome):
                    self.signals += 1
                    self.refused += outcome is Outcome.REFUSED
                case OrderSubmitted(legs=legs):
                    self.orders += 1 + len(legs)
                case OrderHeld():
                    self.orders += 1
                case OrderFilled(execution=execution):
                    self.fills += 1
                    self.fees += fee_worth(execution)
                case PositionClosed(pnl=pnl):
                    self._score(pnl, 1)
                case FillBusted(was=was) if was is not None:
                    self.fills -= 1
                    self.fees -= fee_worth(was)
                case FillCorrected(was=was, now=now) if was is not None and now is not None:
                    self.fees += fee_worth(now) - fee_worth(was)
                case TradeAnnulled(pnl=pnl):
                    self._score(pnl, -1)
                case TradeRestated(pnl=pnl):
                    self._score(pnl, 1)
                case Anomaly():
                    self.anomalies += 1
                case _:
                    pass

    def _score(self, pnl: Nano, sign: int) -> None:
        self.trades += sign
        self.wins += sign * (pnl > 0)
        self.losses += sign * (pnl < 0)
        self.pnl += sign * from_nano(pnl)


class Summary:
    """A run's counts, with the accounts and the record as they stand at its end."""

    def __init__(self, tally: Tally, state: BookState, head: Head, seconds: float) -> None:
        self.tally = tally
        self.head = head
        self.seconds = seconds
        self.accounts = list(state.accounts.values())
        self.positions: list[Position] = [
            position for held in state.positions.values() for position in held.values()
        ]

    def document(self, data_dir: str, journal_id: str) -> Item:
        """As programs get it."""
        tally = self.tally
        return {
            "data_dir": data_dir,
            "seconds": round(self.seconds, 1),
            "signals": tally.signals,
            "refused": tally.refused,
            "orders": tally.orders,
            "fills": tally.fills,
            "trades": tally.trades,
            "wins": tally.wins,
            "losses": tally.losses,
            "pnl": plain(tally.pnl),
            "fees": plain(tally.fees),
            "anomalies": tally.anomalies,
            "accounts": [
                {
                    "id": account.terms.id,
                    "cash": plain(account.cash),
                    "realised": plain(account.realised),
                    "fees": plain(account.fees),
                    "trades": account.trades,
                    "wins": account.wins,
                    "losses": account.losses,
                }
                for account in self.accounts
            ],
            "open_positions": [
                {
                    "id": position.id,
                    "account": position.account,
                    "instrument": position.instrument,
                    "quantity": plain(position.quantity),
                }
                for position in self.positions
            ],
            "journal": {
                "id": journal_id,
                "events": self.head.seq,
                "last_seq": self.head.seq,
                "head": self.head.hash.hex(),
            },
        }
