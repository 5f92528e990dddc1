"""Contracts that expire: what is held is settled at the last price, and no order trades any more."""

from kedge.domain.inputs import VenueSettled
from kedge.domain.instants import Instant
from kedge.domain.numbers import Nano
from kedge.sim.floor import Floor
from kedge.sim.market import Market
from kedge.sim.settling import settle
from kedge.sim.trading import expire

EXPIRED = "the contract has expired"


def settle_expired(floor: Floor, until: Instant) -> None:
    """Settle every contract that has expired by this time."""
    while floor.expiries and floor.expiries[0][0] <= until:
        at, symbol = floor.expiries.pop(0)
        floor.now = floor.trading_at = max(floor.now, at)
        _settle(floor, floor.markets[symbol])


def is_expired(floor: Floor, market: Market) -> bool:
    """Whether nothing trades there any more."""
    expires = market.instrument.expires
    return expires is not None and expires <= floor.now


def _settle(floor: Floor, market: Market) -> None:
    price = _settlement_price(market)
    for account, ledger in floor.ledgers.items():
        held = ledger.held(market.instrument.symbol)
        if price is None:
            continue
        ledger.settle(market.instrument, price)
        if not held:
            continue
        floor.tell_change(
            VenueSettled(
                at=floor.now,
                id=floor.change_id(),
                account=account,
                instrument=market.instrument.symbol,
                quantity=Nano(held),
                price=price,
            )
        )
    for ticket in floor.open_in(market):
        if ticket.is_open:
            expire(floor, ticket, EXPIRED)
    settle(floor)
    market.tape.open = False


def _settlement_price(market: Market) -> Nano | None:
    """The middle of the last prices, on the grid; nobody can hold what never had a price."""
    middle = market.last_middle()
    return None if middle is None else market.price(int(middle / market.tick // 1))
