"""Rows of quotes. Off the grid they are an error, unless declared adjusted: then the bid rounds down and the ask up, so
that nobody trades at a better price than there was.
"""

import numpy as np
from numpy.typing import NDArray

from kedge.domain.quotes import MarketData, Quote
from kedge.feeds.files.amounts import Rounding
from kedge.feeds.files.faults import Mask
from kedge.feeds.files.form import Terms
from kedge.feeds.files.page import Page
from kedge.feeds.files.stamps import Instants


class QuoteRows:
    """Reads the quotes of one file."""

    def __init__(self, terms: Terms) -> None:
        self._adjusted = terms.adjusted

    def read(self, page: Page) -> tuple[Instants, list[MarketData]]:
        """When each quote of a batch came, and the quotes."""
        bid = page.prices("bid", Rounding.DOWN if self._adjusted else Rounding.REFUSED)
        ask = page.prices("ask", Rounding.UP if self._adjusted else Rounding.REFUSED)
        sizes_round = Rounding.NEAREST if self._adjusted else Rounding.REFUSED
        bid_size, ask_size = page.sizes("bid_size", sizes_round), page.sizes("ask_size", sizes_round)
        # Sources write a side that nobody quotes as 0 or leave it empty; half a quote has no price to trade at.
        page.drop(_nobody(bid.numbers) | _nobody(ask.numbers), "a quote without bid or ask")
        for side in (bid, ask):
            page.need_above_zero(side)
        for sizes in (bid_size, ask_size):
            page.need_sizes(sizes)
        page.faults.refuse_any()
        page.summary.crossed += int((bid.counts > ask.counts)[page.left].sum())
        at = page.stamps[page.left]
        quotes: list[MarketData] = list(
            map(
                Quote,
                page.symbols(),
                at.tolist(),
                page.kept(bid.counts),
                page.kept(ask.counts),
                page.kept_sizes(bid_size),
                page.kept_sizes(ask_size),
            )
        )
        return at, quotes


def _nobody(prices: NDArray[np.float64]) -> Mask:
    nobody: Mask = np.isnan(prices) | (prices == 0)
    return nobody
