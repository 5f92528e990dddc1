"""Three accounts of a book on one account of a simulated exchange, which knows nothing of them."""

from decimal import Decimal
from typing import Any

import msgspec
from tests.builders import ALPHA, ES, SPY, account
from tests.unit.kernel.pair import Pair

from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.commands import Command, SubmitOrder
from kedge.domain.ids import AccountId, OrderId, Symbol, VenueName
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import ZERO, to_nano
from kedge.domain.orders import Execution, Order, OrderRequest, OrderType, Role, Side
from kedge.domain.signals import SignalKind
from kedge.engine.venue_accounts import addressed, last_change_at, open_orders_at
from kedge.sim.exchange import SimExchange

MAIN = AccountId("main")  # at the exchange
BETA, GAMMA = AccountId("beta"), AccountId("gamma")
SHARERS = (ALPHA, BETA, GAMMA)
CASH = Decimal(100_000)


def sharer(name: AccountId = ALPHA, **others: Any) -> AccountTerms:
    """Terms of one of them."""
    terms = account(**{"allow_unprotected": True} | others)
    return msgspec.structs.replace(terms, id=name, venue_account=MAIN)


class Shared(Pair):
    """A pair whose book has several accounts; what is asked of it names one of them."""

    def __init__(
        self, *instruments: Instrument, accounts: tuple[AccountId, ...] = SHARERS, **settings: Any
    ) -> None:
        super().__init__(*(instruments or (SPY, ES)), **settings)
        listed = instruments or (SPY, ES)
        floor = self.exchange.state()
        cash = {MAIN: CASH * len(accounts)}
        self.exchange = SimExchange(listed, cash, floor.settings, floor.seed)
        self.accounts = accounts
        for name in accounts:
            self.give(i.AccountDeclared(sharer(name), at=self.desk.now))

    def enter_for(self, name: AccountId, id_: str, **wanted: Any) -> None:
        """An entry of one of them."""
        self.enter(id_, account=name, **wanted)

    def exit_for(self, name: AccountId, id_: str, **wanted: Any) -> None:
        """A way out of one of them."""
        self.enter(id_, kind=SignalKind.EXIT, direction=None, account=name, **wanted)

    def by_hand(self, side: Side, quantity: int, id_: str, instrument: Instrument = SPY) -> list[Execution]:
        """Somebody trades the account at the exchange itself, past the engine."""
        request = OrderRequest(
            OrderId(id_), MAIN, instrument.symbol, side, OrderType.MARKET, to_nano(Decimal(quantity))
        )
        reports = self.exchange.submit(request, (), self.desk.now)
        return [report.execution for report in reports if isinstance(report, i.VenueFilled)]

    def compare(self) -> None:
        """The engine asks what is held."""
        held = {symbol: to_nano(quantity) for symbol, quantity in self.exchange.positions(MAIN).items()}
        asked = self.desk.now
        self.give(i.VenueHeld(VenueName("paper"), MAIN, held, asked, at=asked))

    def held(self, name: AccountId, instrument: Instrument = SPY) -> Decimal:
        """What one of them has."""
        position = self.desk.book.state.position(name, instrument.symbol)
        return ZERO if position is None else position.quantity

    def holdings(self, *names: AccountId, instrument: Instrument = SPY) -> dict[AccountId, Decimal]:
        """What several of them have."""
        return {name: self.held(name, instrument) for name in names}

    def cash_of(self, name: AccountId) -> Decimal:
        return self.desk.book.state.accounts[name].cash

    def open_of(self, name: AccountId, instrument: Instrument = SPY) -> list[Order]:
        """Its open orders, also those that the engine holds."""
        return self.desk.book.state.open_orders(name, instrument.symbol)

    def stop_of(self, name: AccountId) -> Order:
        (found,) = (order for order in self.open_of(name) if order.request.role is Role.STOP)
        return found

    def catch_up(self) -> None:
        """Hear what was missed, as after an absence: changes, and every order that is asked about."""
        self.deaf, self.missed = False, []
        state = self.desk.book.state
        self.hear(self.exchange.changes(MAIN, last_change_at(state, MAIN), open_orders_at(state, MAIN)))
        for id_ in list(state.orders):
            showed = self.exchange.look_up(id_, self.desk.now)
            self.hear([] if showed is None else [showed])

    def restart(self) -> None:
        """The engine dies with what it has not heard, and starts."""
        self.missed, self.deaf, self.mute = [], False, False
        started = self.desk.start(f"r{self.desk.now}")
        state = self.desk.book.state
        after, orders = last_change_at(state, MAIN), open_orders_at(state, MAIN)
        for told in self.exchange.changes(MAIN, after, orders):
            self.give(told)
        self.act(list(started))
        for _ in range(3):
            self.wait(60)

    def _answer(self, command: Command | None) -> list[i.VenueReport]:
        if isinstance(command, SubmitOrder):
            terms = self.desk.book.state.accounts[command.request.account].terms
            command = addressed(command, terms)
        return super()._answer(command)

    # -- what there is --

    def sums(self) -> dict[Symbol, Decimal]:
        """All that the accounts hold, with what is nobody's."""
        state = self.desk.book.state
        symbols = [*state.unallocated.get(MAIN, {})]
        symbols += [symbol for name in self.accounts for symbol in state.positions.get(name, {})]
        sums = {each: state.held_together(MAIN, each) + state.unallocated_in(MAIN, each) for each in symbols}
        return {symbol: quantity for symbol, quantity in sums.items() if quantity}

    def check(self) -> None:
        """Together they are what the exchange says, and the record leads to the same book."""
        self.check_sums()
        self.desk.check_record()

    def check_sums(self) -> None:
        """Together they are what the exchange says."""
        assert self.sums() == self.exchange.positions(MAIN)
        theirs = self._ours(self.exchange.open_orders(MAIN))
        assert sorted(order.id for order in self.open()) == sorted(theirs)

    def check_cash(self) -> None:
        """The money of all is the money there, to the last digit; futures apart."""
        assert sum(map(self.cash_of, self.accounts), ZERO) == self.exchange.cash(MAIN)

    def open(self) -> list[Order]:
        state = self.desk.book.state
        orders = [state.orders[id_] for id_ in open_orders_at(state, MAIN)]
        return [order for order in orders if order.state is not OrderState.NEW]

    def _ours(self, ids: list[OrderId]) -> list[OrderId]:
        return [id_ for id_ in ids if not id_.startswith("hand")]
