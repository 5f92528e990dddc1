"""All that the dashboard knows: the last look at the engine, and what it has gathered by looking again and again."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import SECOND, Instant, Span
from kedge.engine.control import messages as m
from kedge.engine.view import AccountView, QuoteView, View
from kedge.tui.link import Gone, Heard

LINES_KEPT = 200
POINTS_KEPT = 1200
FRESH = Span(3 * SECOND)  # a picture is taken at least once a second; an older one is said to be old


class Point(NamedTuple):
    """A price from this moment on; a float, for it is only drawn."""

    at: Instant
    price: float


class Picture:
    """What is known at this moment; times in it are the engine's, but for those of looking."""

    def __init__(self) -> None:
        self.seen: m.Seen | None = None
        self.looked = Instant(0)  # when the last look was taken
        self.since = Instant(0)  # when this journal was first looked at
        self.gone: Gone | None = None
        self._lines: dict[tuple[int, int], m.Told] = {}
        self._peaks: dict[AccountId, Decimal] = {}
        self._points: dict[Symbol, deque[Point]] = {}

    @property
    def view(self) -> View | None:
        """The engine as it was when it was looked at last."""
        return None if self.seen is None else self.seen.view

    @property
    def lines(self) -> list[m.Told]:
        """The news, newest first."""
        return list(reversed(self._lines.values()))

    def is_old(self, now: Instant) -> bool:
        """Whether what is shown may have changed since."""
        return self.gone is not None or now - self.looked > FRESH

    def below_peak(self, account: AccountView) -> Decimal | None:
        """How far equity lies below the most that was seen of it; None where it is not known."""
        peak = self._peaks.get(account.id)
        return None if peak is None or account.equity is None else peak - account.equity

    def peak(self, account: AccountView) -> Decimal | None:
        """The most equity that was seen."""
        return self._peaks.get(account.id)

    def points(self, symbol: Symbol) -> list[Point]:
        """The prices of an instrument, oldest first; each holds until the next."""
        return list(self._points.get(symbol, ()))

    def moved(self, symbol: Symbol) -> Instant | None:
        """When the price last changed, as far as was seen."""
        points = self._points.get(symbol)
        return points[-1].at if points else None

    def take(self, heard: Heard, now: Instant) -> None:
        """Take in what the link has heard."""
        match heard:
            case m.Seen():
                self._look(heard, now)
            case m.Recalled():
                self._add_lines(heard.lines)
                for symbol, samples in heard.prices.items():
                    self._add_points(symbol, samples)
            case m.Changed():
                self._add_lines(heard.lines)
            case Gone():
                self.gone = heard

    def _look(self, seen: m.Seen, now: Instant) -> None:
        if (
            self.seen is None or self.seen.journal != seen.journal
        ):  # another record: nothing of the old one is true
            self.since = now
            self._lines.clear()
            self._peaks.clear()
            self._points.clear()
        self.seen, self.looked, self.gone = seen, now, None
        for account in seen.view.accounts:
            if account.equity is not None:
                self._peaks[account.id] = max(self._peaks.get(account.id, account.equity), account.equity)
        for quote in seen.view.quotes:
            self._move(quote, seen.view.at)

    def _move(self, quote: QuoteView, at: Instant) -> None:
        if quote.bid is None or quote.ask is None:
            return
        points = self._points.setdefault(quote.instrument, deque(maxlen=POINTS_KEPT))
        middle = float(quote.bid + quote.ask) / 2
        if not points or points[-1].price != middle:
            points.append(Point(at, middle))

    def _add_points(self, symbol: Symbol, samples: Iterable[m.Sample]) -> None:
        own = self._points.get(symbol, ())
        known = {sample.at: Point(sample.at, float(sample.price)) for sample in samples}
        known |= {point.at: point for point in own}
        self._points[symbol] = deque((known[at] for at in sorted(known)), maxlen=POINTS_KEPT)

    def _add_lines(self, lines: Iterable[m.Told]) -> None:
        known = self._lines | {(line.step, line.place): line for line in lines}
        self._lines = {key: known[key] for key in sorted(known)[-LINES_KEPT:]}
