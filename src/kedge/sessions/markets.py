"""The markets that are known, and the names they go by."""

from collections.abc import Iterable
from functools import lru_cache

from kedge.domain.instants import Instant, Span
from kedge.sessions.calendar import Calendar
from kedge.sessions.table import Table
from kedge.sessions.tables.cme_energy import CME_ENERGY
from kedge.sessions.tables.cme_fx import CME_FX
from kedge.sessions.tables.cme_rates import CME_RATES
from kedge.sessions.tables.cmes import CMES
from kedge.sessions.tables.crypto import CRYPTO
from kedge.sessions.tables.forex import FOREX
from kedge.sessions.tables.xetr import XETR
from kedge.sessions.tables.xeur import XEUR
from kedge.sessions.tables.xlon import XLON
from kedge.sessions.tables.xnys import XNYS

MARKETS: dict[str, Table] = {
    table.name: table
    for table in (XNYS, CMES, CME_ENERGY, CME_FX, CME_RATES, XEUR, XETR, XLON, FOREX, CRYPTO)
}
ALIASES = {
    "NASDAQ": "XNYS",
    "NYSE": "XNYS",
    "XNAS": "XNYS",
    "XCEC": "CME_ENERGY",
    "XNYM": "CME_ENERGY",
    "24/5": "FOREX",
    "24/7": "CRYPTO",
}


def calendar(name: str) -> Calendar:
    """The calendar of a market by its name or another that it goes by; raises `ValueError` for an unknown one."""
    market = ALIASES.get(name, name)
    if market not in MARKETS:
        raise ValueError(f"{name!r} is no known calendar; there are {', '.join((*MARKETS, *ALIASES))}")
    return _made(market)


@lru_cache(maxsize=len(MARKETS))
def _made(market: str) -> Calendar:
    return Calendar(MARKETS[market])


def running_out(names: Iterable[str], at: Instant, within: Span) -> list[Calendar]:
    """Of these calendars those that know less than so much time beyond an instant, or nothing of it any more."""
    found = dict.fromkeys(calendar(name) for name in names)
    return [one for one in found if one.known_until - at < within]
