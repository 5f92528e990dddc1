"""Where the crash loop plays: instruments, accounts and an exchange on which a lot happens within a second.

One account's venue takes brackets, another's leaves the exits to the engine, a third takes stops only, a fourth a stop
and a target as a pair, and at a fifth the engine holds the stops beside a disaster stop: each way of protecting a
position is killed in the middle.
"""

from decimal import Decimal
from typing import Any

import msgspec

from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, BookId, Symbol, VenueName
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.orders import Holder, OrderType
from kedge.sim.settings import SimSettings
from kedge.venues.simulated.remote import RemoteSettings

BOOK = BookId("main")
VENUE = VenueName("sim")
CASH = Decimal(100_000_000)
INSTRUMENTS = (
    Instrument(Symbol("SPY"), Decimal("0.01")),
    Instrument(Symbol("QQQ"), Decimal("0.01")),
    Instrument(Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE),
    Instrument(Symbol("NQ"), Decimal("0.25"), multiplier=Decimal(20), asset=AssetClass.FUTURE),
    Instrument(Symbol("BTC"), Decimal("0.5"), lot=Decimal("0.001"), asset=AssetClass.CRYPTO),
)
PRICES = {"SPY": "590", "QQQ": "510", "ES": "6000", "NQ": "21500", "BTC": "65000"}
QUOTES_PER_SECOND = 25
ABLE = Capabilities(request_lifetime=SECOND, visibility_delay=Span(500 * MILLISECOND))
ACCOUNTS = (
    AccountTerms(
        AccountId("bracket"),
        VENUE,
        CASH,
        order_timeout=Span(1500 * MILLISECOND),
        capabilities=ABLE,
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    ),
    AccountTerms(
        AccountId("engine"),
        VENUE,
        CASH,
        order_timeout=Span(1500 * MILLISECOND),
        capabilities=msgspec.structs.replace(
            ABLE, order_types=(OrderType.MARKET, OrderType.LIMIT), bracket=False, oco=False, reduce_only=False
        ),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    ),
    AccountTerms(
        AccountId("resting"),
        VENUE,
        CASH,
        order_timeout=Span(1500 * MILLISECOND),
        capabilities=msgspec.structs.replace(ABLE, bracket=False, oco=False, reduce_only=False),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    ),
    AccountTerms(
        AccountId("paired"),
        VENUE,
        CASH,
        order_timeout=Span(1500 * MILLISECOND),
        capabilities=msgspec.structs.replace(ABLE, bracket=False, reduce_only=False),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    ),
    AccountTerms(
        AccountId("holding"),
        VENUE,
        CASH,
        order_timeout=Span(1500 * MILLISECOND),
        capabilities=msgspec.structs.replace(
            ABLE, bracket=False, oco=False, reduce_only=False, hold=Holder.ENGINE
        ),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    ),
)
PATIENCE = RemoteSettings(answer_seconds=0.4, pause_seconds_first=0.02, pause_seconds_max=0.2)

_BUSY = SimSettings(
    slippage_bps=Decimal(1),
    commission_per_share=Decimal("0.005"),
    fill_delay=Span(20 * MILLISECOND),
    partial_fill_rate=Decimal("0.3"),
    reject_rate=Decimal("0.02"),
)
_CALM = SimSettings(slippage_bps=Decimal(1), commission_per_share=Decimal("0.005"))


def setup(faults: dict[str, float], *, calm: bool) -> dict[str, Any]:
    """The exchange server's setup document; a calm exchange does at once all that it does."""
    document = {
        "instruments": INSTRUMENTS,
        "accounts": {terms.id: terms.cash for terms in ACCOUNTS},
        "prices": PRICES,
        "walk": {"volatility_bps": "60"},
        "exchange": _CALM if calm else _BUSY,
        "faults": faults,
    }
    built: dict[str, Any] = msgspec.to_builtins(document, str_keys=True)
    return built
