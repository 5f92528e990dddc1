"""Futures by their root: the contracts that are traded now, looked up here and handed to the kernel as inputs.

A root in the settings stands for its front contract and those behind it, each with what the root's settings say. When
the front one is left, signals for the root mean the next. Nothing rolls a position: it stays where it is, and that is
told.

By days, a contract is left so long before its end. By volume it is left earlier, at the close of the first whole
session in which the next one was traded more; never later than by days, and never back, over restarts too.
"""

import logging
from collections.abc import Mapping, Sequence

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.inputs import FrontDeclared
from kedge.domain.instants import NEVER, SECOND, Instant, Span, show_instant
from kedge.domain.instruments import Instrument
from kedge.engine.charts import GRACE, CandleClosed, Charts, Notice
from kedge.engine.errors import ContractsUnknownError
from kedge.engine.front import Front
from kedge.engine.volumes import Volumes
from kedge.sessions.calendar import HorizonError
from kedge.sessions.contracts import Chain, Contract
from kedge.sessions.session import Session
from kedge.settings.values import RollBy, Root

log = logging.getLogger("kedge.rolls")

LOOK_BACK = Span(120 * 86_400 * SECOND)  # further than a contract is left before its end
# The front one and the next: a quarter's time to restart in. By volume one more, for the next may be the front by then.
LISTED = {RollBy.DAYS: 2, RollBy.VOLUME: 3}
SETTLE = Span(2 * GRACE)  # after the close of a session: its last bars are known


class Rolls:
    """The roots of one engine."""

    def __init__(self, roots: Sequence[Root], at: Instant) -> None:
        """Look up the contracts that are traded at `at`; raises `ContractsUnknownError`."""
        try:
            self._roots = {root.instrument.symbol: _Chained(root, at) for root in roots}
        except ValueError as error:  # no known product, or beyond the end of its calendar
            raise ContractsUnknownError(str(error)) from error
        self.contracts = {symbol: root.instruments for symbol, root in self._roots.items()}
        self._root_of = {each.symbol: root for root in self._roots.values() for each in root.instruments}
        self._told: dict[Symbol, Symbol] = {}

    @property
    def instruments(self) -> list[Instrument]:
        """All contracts."""
        return [contract for listed in self.contracts.values() for contract in listed]

    @property
    def fronts(self) -> tuple[Front, ...]:
        """What the roots mean, as far as it was told."""
        found = []
        for root, contract in self._told.items():
            listed = self.contracts[root]
            place = _place(listed, contract)
            found.append(Front(root, contract, _until(listed[place]), place + 1 == len(listed)))
        return tuple(found)

    def expanded(self, symbols: Sequence[Symbol]) -> list[Symbol]:
        """These symbols, a root replaced by its contracts."""
        found: list[Symbol] = []
        for symbol in symbols:
            listed = self.contracts.get(symbol)
            found += [symbol] if listed is None else [contract.symbol for contract in listed]
        return found

    def follow(self, charts: Charts, fronts: Mapping[Symbol, Symbol], since: Instant) -> None:
        """Begin to count volume by these charts. `fronts` are what the record knows: by volume none goes back."""
        for symbol, root in self._roots.items():
            root.follow(fronts.get(symbol), since)
        charts.listen(lambda notice: self._hear(charts, notice))

    @property
    def next_change(self) -> Instant:
        """When a contract may be left next; until the front ones have been told, at once."""
        return min((self._change_of(root) for root in self.contracts), default=NEVER)

    def due(self, now: Instant) -> list[FrontDeclared]:
        """What has changed by now. Behind the last contract that is listed none is told of: a restart lists more."""
        told = []
        for symbol, root in self._roots.items():
            front = root.front(now)
            if self._told.get(symbol) == front.symbol:
                continue
            self._told[symbol] = front.symbol
            told.append(FrontDeclared(symbol, front.symbol, at=now))
            if front is root.instruments[-1]:
                log.warning(
                    "%s means %s now, the last contract that this run has listed: restart the engine before %s, so "
                    "that it lists the next",
                    symbol,
                    front.symbol,
                    show_instant(_until(front)),
                )
        return told

    def _hear(self, charts: Charts, notice: Notice) -> None:
        """Count what the charts of contracts tell: one length is enough, and the shortest ends with every session."""
        if notice.length != min(charts.lengths):
            return
        symbol = notice.bar.instrument if isinstance(notice, CandleClosed) else notice.instrument
        root = self._root_of.get(symbol)
        if root is None or root.volumes is None:
            return
        if isinstance(notice, CandleClosed):
            root.volumes.take(notice.bar)
        else:
            root.volumes.take_past(symbol, charts.bars(symbol, notice.length))
            root.look_at = Instant(0)  # the last session may be whole by now

    def _change_of(self, symbol: Symbol) -> Instant:
        told = self._told.get(symbol)
        if told is None:
            return Instant(0)
        root = self._roots[symbol]
        place = _place(root.instruments, told)
        if place + 1 == len(root.instruments):
            return NEVER
        return min(_until(root.instruments[place]), root.look_at)


class _Chained:
    """One root: its contracts, the nearest first, and how far it has rolled."""

    def __init__(self, root: Root, at: Instant) -> None:
        self._by = root.by
        self._chain = Chain(root.instrument.symbol, root.roll)
        self._contracts = _contracts(self._chain, at, LISTED[root.by])
        self.instruments = [_instrument(root.instrument, self._chain, one) for one in self._contracts]
        self.volumes: Volumes | None = None
        self.look_at = NEVER  # when a session is over next, and its volumes can be compared
        self._least = 0  # never back before this one

    def follow(self, front: Symbol | None, since: Instant) -> None:
        """Begin to count volume, where it is the volume that matters."""
        if self._by is not RollBy.VOLUME:
            return
        symbols = [each.symbol for each in self.instruments]
        self.volumes = Volumes(self._chain.calendar, symbols, since)
        self.look_at = Instant(0)
        if front in symbols:
            self._least = symbols.index(front)

    def front(self, now: Instant) -> Instrument:
        """The contract that is traded now; the last one also when it has been left, for no other is known."""
        last = len(self.instruments) - 1
        by_days = next((place for place, one in enumerate(self.instruments) if _until(one) > now), last)
        place = max(by_days, self._least)
        if self.volumes is not None:
            if now >= self.look_at:
                place += self._is_passed(self.volumes, place, now)
                self.look_at = self._next_look(now)
            self._least = place
        return self.instruments[place]

    def _is_passed(self, volumes: Volumes, place: int, now: Instant) -> bool:
        """Whether the contract behind this one was traded more, in the last session that is over."""
        session = self._last_session(now)
        if session is None or place + 1 == len(self.instruments):
            return False
        found = {}
        for number in (place, place + 1):
            volume = volumes.of(self.instruments[number].symbol, session)
            if volume is None:
                return False
            found[self._contracts[number]] = volume
        front = self._contracts[place]
        return self._chain.front_by_volume(now, found, front) != front

    def _last_session(self, now: Instant) -> Session | None:
        try:
            return self._chain.calendar.previous_session(Instant(now - SETTLE))
        except HorizonError:
            return None

    def _next_look(self, now: Instant) -> Instant:
        at, calendar = Instant(now - SETTLE), self._chain.calendar
        try:
            session = calendar.session_at(at) or calendar.next_session(at)
        except HorizonError:
            return NEVER
        return Instant(session.close + SETTLE)


def _contracts(chain: Chain, at: Instant, count: int) -> list[Contract]:
    """From the first that has not ended (it may still be held) to the last of so many from the front one on."""
    last = chain.upcoming(at, count)[-1]
    begin = Instant(at - LOOK_BACK)
    while (since := chain.upcoming(begin, count))[-1] != last:
        count += 1
    return [one for one in since if chain.expiry(one).at > at]


def _instrument(root: Instrument, chain: Chain, contract: Contract) -> Instrument:
    return msgspec.structs.replace(
        root,
        symbol=Symbol(contract.symbol(2)),
        root=root.symbol,
        entries_until=chain.rolls_at(contract),
        expires=chain.expiry(contract).at,
    )


def _place(listed: Sequence[Instrument], contract: Symbol) -> int:
    return next(number for number, one in enumerate(listed) if one.symbol == contract)


def _until(contract: Instrument) -> Instant:
    return NEVER if contract.entries_until is None else contract.entries_until
