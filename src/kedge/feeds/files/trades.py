"""Rows of trades. Off the grid they are an error, unless declared adjusted: then they round to the nearest tick."""

import numpy as np

from kedge.domain.quotes import MarketData, Print
from kedge.feeds.files.amounts import Rounding
from kedge.feeds.files.form import Terms
from kedge.feeds.files.page import Page
from kedge.feeds.files.stamps import Instants


class TradeRows:
    """Reads the trades of one file."""

    def __init__(self, terms: Terms) -> None:
        self._rounding = Rounding.NEAREST if terms.adjusted else Rounding.REFUSED

    def read(self, page: Page) -> tuple[Instants, list[MarketData]]:
        """When each trade of a batch happened, and the trades."""
        price = page.prices("price", self._rounding)
        size = page.sizes("size", self._rounding)
        page.fault(np.isnan(price.numbers), lambda _: "price is missing")
        page.need_above_zero(price)
        page.need_sizes(size)
        page.faults.refuse_any()
        at = page.stamps[page.left]
        prints: list[MarketData] = list(
            map(Print, page.symbols(), at.tolist(), page.kept(price.counts), page.kept_sizes(size))
        )
        return at, prints
