"""Matching on quotes and prints: the prices that come in wake the orders that wait for them."""

from kedge.domain.quotes import Bar, Print, Quote
from kedge.sim.bars import match_bar, sweep
from kedge.sim.floor import Floor
from kedge.sim.market import Market
from kedge.sim.prices import Pair, pair_of
from kedge.sim.trailing import follow


def take_quote(floor: Floor, market: Market, quote: Quote) -> None:
    """The quote stands from now on; let it meet the orders that it wakes."""
    market.show(quote)
    market.tape.quoted = True
    if market.tape.open and not market.book.is_quiet(quote.bid, quote.ask):
        _match(floor, market, Pair(quote.bid, quote.ask))


def take_print(floor: Floor, market: Market, printed: Print) -> None:
    """A trade elsewhere is as good as a quote around it, where there are no quotes."""
    if market.tape.quoted:
        return
    market.show(printed)
    pair = pair_of(printed, floor.settings.spread_ticks)
    if market.tape.open and not market.book.is_quiet(pair.bid, pair.ask):
        _match(floor, market, pair)


def take_bar(floor: Floor, market: Market, bar: Bar) -> None:
    """Match a bar, unless finer data have told already what happened in it."""
    if bar.start < market.tape.at:
        floor.data_ignored += 1
        return
    market.show(bar)
    if market.tape.open and not market.sleeps_through_bar(bar):
        match_bar(floor, market, bar)


def _match(floor: Floor, market: Market, pair: Pair) -> None:
    follow(market, pair)
    sweep(floor, market, pair)
