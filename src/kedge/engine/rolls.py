"""Futures by their root: the contracts that are traded now, looked up here and handed to the kernel as inputs.

A root in the settings stands for its front contract and the one behind it, each with what the root's settings say.
When the front one is left, signals for the root mean the next. Nothing rolls a position: it stays where it is, and
that is told.
"""

from collections.abc import Sequence

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.inputs import FrontDeclared
from kedge.domain.instants import NEVER, SECOND, Instant, Span
from kedge.domain.instruments import Instrument
from kedge.engine.errors import ContractsUnknownError
from kedge.sessions.contracts import Chain
from kedge.settings.values import Root

LOOK_BACK = Span(120 * 86_400 * SECOND)  # further than a contract is left before its end
CONTRACTS = 2  # the front one and the next: a quarter's time to restart in


class Rolls:
    """The roots of one engine."""

    def __init__(self, roots: Sequence[Root], at: Instant) -> None:
        """Look up the contracts that are traded at `at`; raises `ContractsUnknownError`."""
        try:
            self.contracts = {root.instrument.symbol: _contracts(root, at) for root in roots}
        except ValueError as error:  # no known product, or beyond the end of its calendar
            raise ContractsUnknownError(str(error)) from error
        self._told: dict[Symbol, Symbol] = {}

    @property
    def instruments(self) -> list[Instrument]:
        """All contracts."""
        return [contract for listed in self.contracts.values() for contract in listed]

    def expanded(self, symbols: Sequence[Symbol]) -> list[Symbol]:
        """These symbols, a root replaced by its contracts."""
        found: list[Symbol] = []
        for symbol in symbols:
            listed = self.contracts.get(symbol)
            found += [symbol] if listed is None else [contract.symbol for contract in listed]
        return found

    @property
    def next_change(self) -> Instant:
        """When a contract is left next; until the front ones have been told, at once."""
        return min((self._change_of(root) for root in self.contracts), default=NEVER)

    def due(self, now: Instant) -> list[FrontDeclared]:
        """What has changed by now. Behind the last contract that is listed none is told of: a restart lists more."""
        told = []
        for root, listed in self.contracts.items():
            front = next((one for one in listed if _until(one) > now), None)
            if front is not None and self._told.get(root) != front.symbol:
                self._told[root] = front.symbol
                told.append(FrontDeclared(root, front.symbol, at=now))
        return told

    def _change_of(self, root: Symbol) -> Instant:
        told = self._told.get(root)
        if told is None:
            return Instant(0)
        listed = self.contracts[root]
        place = next(number for number, one in enumerate(listed) if one.symbol == told)
        return _until(listed[place]) if place + 1 < len(listed) else NEVER


def _contracts(root: Root, at: Instant) -> list[Instrument]:
    """From the first that has not ended (it may still be held) to the one behind the front one."""
    chain = Chain(root.instrument.symbol, root.roll)
    last = chain.upcoming(at, CONTRACTS)[-1]
    begin, count = Instant(at - LOOK_BACK), CONTRACTS
    while (since := chain.upcoming(begin, count))[-1] != last:
        count += 1
    listed = [one for one in since if chain.expiry(one).at > at]
    return [
        msgspec.structs.replace(
            root.instrument,
            symbol=Symbol(contract.symbol(2)),
            root=root.instrument.symbol,
            entries_until=chain.rolls_at(contract),
            expires=chain.expiry(contract).at,
        )
        for contract in listed
    ]


def _until(contract: Instrument) -> Instant:
    return NEVER if contract.entries_until is None else contract.entries_until
