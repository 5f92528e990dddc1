"""From the filled form to frozen values."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from msgspec import structs

from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import AccountId, Symbol, VenueName
from kedge.domain.instants import MILLISECOND, SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.messages import MessageBudget
from kedge.domain.strategies import StrategyTerms
from kedge.market.length import parse_length
from kedge.sessions.contracts import RollTerms
from kedge.settings.errors import Fault, SettingsError
from kedge.settings.fields import OFF
from kedge.settings.form import (
    CALENDAR_OF,
    AccountForm,
    FeedForm,
    InstrumentForm,
    PaperForm,
    SettingsForm,
)
from kedge.settings.limits_terms import (
    clock_of,
    filters_of,
    governor_of,
    limits_of,
    routing_of,
    sizing_of,
    trials_of,
)
from kedge.settings.owner_form import owner_of
from kedge.settings.protection_terms import adapt_of, follow_of, percent_of, plan_of
from kedge.settings.spots import Spots
from kedge.settings.strategy_form import StrategyForm
from kedge.settings.strategy_terms import strategy_of
from kedge.settings.tree import Route
from kedge.settings.values import (
    Bars,
    Feed,
    PaperVenue,
    RecordedFeed,
    Root,
    Settings,
    SimulatedFeed,
    SocketFeed,
)
from kedge.sim.abilities import Abilities
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms

T = TypeVar("T")


def assemble(form: SettingsForm, spots: Spots, folder: Path, own: Path) -> Settings:
    """The settings in force; raises `SettingsError` where a domain value refuses what the form let through.

    `folder`: where the data directory counts from; `own`: where the settings file lies.
    """
    venues = {
        VenueName(name): _made(spots, ("venues", name), lambda: _paper(name, venue))  # noqa: B023 (called at once)
        for name, venue in form.venues.items()
    }
    strategies = tuple(
        _made(spots, ("strategies", index), lambda: _strategy(each, form, own))  # noqa: B023
        for index, each in enumerate(form.strategies)
    )
    return Settings(
        data_dir=folder / Path(form.data_dir).expanduser(),
        venues=MappingProxyType(venues),
        accounts=tuple(
            _made(spots, ("accounts", index), lambda: _account(each, venues))  # noqa: B023
            for index, each in enumerate(form.accounts)
        ),
        instruments=tuple(
            _made(spots, ("instruments", index), lambda: _instrument(each))  # noqa: B023
            for index, each in enumerate(form.instruments)
            if each.roll.months is None
        ),
        roots=tuple(
            Root(
                _instrument(each),
                RollTerms(months=each.roll.months, days_before=each.roll.days_before),
                each.roll.by,
            )
            for each in form.instruments
            if each.roll.months is not None
        ),
        owners=tuple(
            _made(spots, ("owners", index), lambda: owner_of(each))  # noqa: B023
            for index, each in enumerate(form.owners)
        ),
        feeds=tuple(_feed(each, folder) for each in form.feeds),
        actions=None
        if form.corporate_actions is None
        else folder / Path(form.corporate_actions).expanduser(),
        starts=MappingProxyType(
            {
                Symbol(each.symbol): each.start_price
                for each in form.instruments
                if each.start_price is not None
            }
        ),
        record_market_data=form.record_market_data,
        bars=Bars(_lengths(form, strategies), form.bars.history),
        strategies=strategies,
        folder=own,
    )


def _made(spots: Spots, route: Route, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        spot = spots.at(route)
        raise SettingsError([Fault(spot.place, spot.key, str(error))]) from None


def _strategy(each: StrategyForm, form: SettingsForm, folder: Path) -> StrategyTerms:
    account = next(account for account in form.accounts if account.id == each.account)
    instrument = next(one for one in form.instruments if one.symbol == each.instrument)
    return strategy_of(each, account, instrument, folder)


def _lengths(form: SettingsForm, strategies: Iterable[StrategyTerms]) -> tuple[Span, ...]:
    """Those of the settings, then those that strategies look at beside them."""
    own = (parse_length(text) for text in form.bars.lengths)
    return tuple(dict.fromkeys((*own, *(each.bar for each in strategies))))


def _paper(name: str, form: PaperForm) -> PaperVenue:
    terms = SimSettings(
        slippage_bps=form.slippage_bps,
        commission_flat=form.commission_flat,
        commission_per_share=form.commission_per_share,
        commission_percent=form.commission_percent,
        commission_minimum=form.commission_minimum,
        fill_delay=Span(form.fill_delay_ms * MILLISECOND),
        partial_fill_rate=form.partial_fill_rate,
        reject_rate=form.reject_rate,
        spread_ticks=form.spread_ticks,
        fill_on=form.fill_on,
        limit_fill=form.limit_fill,
        same_bar=form.same_bar,
        respect_size=form.respect_size,
        commission_in=form.commission_in,
        check_cash=form.check_cash,
        abilities=Abilities(**form.abilities.model_dump()),
    )
    budget = MessageBudget(form.max_messages_per_second, form.max_messages_per_minute, form.reserve_pct)
    return PaperVenue(VenueName(name), form.seed, terms, budget)


def _account(form: AccountForm, venues: Mapping[VenueName, PaperVenue]) -> AccountTerms:
    venue = venues.get(VenueName(form.venue))
    able = Capabilities() if venue is None else venue.terms.abilities.capabilities
    wider = form.protection.disaster_stop
    early = form.session.flatten_before_close_min
    return AccountTerms(
        id=AccountId(form.id),
        venue=VenueName(form.venue),
        cash=form.cash,
        currency=form.currency,
        quantity=form.sizing.quantity,
        max_position_size=form.risk.max_position_size,
        stop_percent=percent_of(form.protection.stop),
        stop_limit_percent=form.protection.stop_limit_pct,
        disaster_stop=None if wider == OFF else Decimal(wider),
        allow_unprotected=form.protection.allow_unprotected,
        order_timeout=_span(form.orders.timeout_seconds),
        signal_ttl=_span(form.signal_ttl_seconds),
        retry_attempts=form.orders.retry_attempts,
        retry_delay=_span(form.orders.retry_delay_seconds),
        collar_percent=form.orders.collar_pct,
        calendar=form.session.calendar or "",
        premarket=form.session.premarket,
        afterhours=form.session.afterhours,
        queue_when_closed=form.session.queue_when_closed,
        cancel_at_close=form.session.cancel_at_close,
        flatten_before_close=None if early is None else _span(60 * early),
        plan=plan_of(form.protection),
        follow=follow_of(form.protection),
        capabilities=structs.replace(able, hold=form.protection.hold),
        adapt=adapt_of(form.protection),
        max_adds=form.scale_in.max_adds if form.scale_in.allow else 0,
        messages=MessageBudget() if venue is None else venue.messages,
        venue_account=form.venue_account or "",
        owner=form.owner or "",
        trials=trials_of(form.risk),
        reduce_on_anomaly=form.reduce_on_anomaly,
        sizing=sizing_of(form.sizing),
        routing=routing_of(form),
        limits=limits_of(form.risk),
        governor=governor_of(form),
        filters=filters_of(form.filters),
        clock=clock_of(form),
    )


def _instrument(form: InstrumentForm) -> Instrument:
    return Instrument(
        symbol=Symbol(form.symbol),
        tick=form.tick,
        lot=form.lot,
        multiplier=form.multiplier,
        asset=form.asset,
        currency=form.currency,
        margin=form.margin,
        calendar=form.calendar or CALENDAR_OF[form.asset],
        min_quantity=form.min_quantity,
        min_value=form.min_value,
        shortable=form.shortable,
    )


def _feed(form: FeedForm, folder: Path) -> Feed:
    symbols = tuple(Symbol(symbol) for symbol in form.instruments)
    if form.kind == "recorded":
        paths = tuple(folder / Path(path).expanduser() for path in form.paths)
        return RecordedFeed(symbols, paths, form.stamps)
    if form.kind == "socket":
        assert form.url is not None, "the form sees to it"
        return SocketFeed(symbols, form.url)
    walk = WalkTerms(volatility_bps=form.volatility_bps, spread_ticks=form.spread_ticks)
    return SimulatedFeed(symbols, form.quotes_per_second, form.seed, walk)


def _span(seconds: Decimal) -> Span:
    return Span(int(seconds * SECOND))  # whole: a setting has nine decimals at most
