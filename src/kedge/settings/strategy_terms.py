"""From the filled form to the terms of a strategy: what it does not say is as its account has it."""

from decimal import Decimal
from pathlib import Path

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import SECOND, Span
from kedge.domain.strategies import StrategyTerms
from kedge.market.length import parse_length
from kedge.settings.compiling import compiled
from kedge.settings.form import CALENDAR_OF, AccountForm, InstrumentForm, ProtectionForm
from kedge.settings.limits_form import SizingForm
from kedge.settings.limits_terms import sizing_of
from kedge.settings.protection_terms import percent_of, plan_of
from kedge.settings.python_strategies import digest_of
from kedge.settings.strategy_form import StrategyForm
from kedge.settings.strategy_hours import zone_of
from kedge.strategies.catalogue import shown


def strategy_of(
    form: StrategyForm, account: AccountForm, instrument: InstrumentForm, folder: Path
) -> StrategyTerms:
    """In the engine's own words, with every parameter that it goes by."""
    given = form.model_extra if form.rule else form.parameters.model_extra
    bare = StrategyTerms(
        id=form.id,
        account=AccountId(form.account),
        instrument=Symbol(form.instrument),
        rule=form.rule or form.python or "",
        bar=Span(parse_length(form.bar)),
        parameters={name: str(value) for name, value in (given or {}).items()},
    )
    strategy = compiled(bare, folder)
    protection = _protection(form, account.protection, getattr(strategy.terms, "range_minutes", None))
    sizing = _sizing(form)
    return StrategyTerms(
        id=bare.id,
        account=bare.account,
        instrument=bare.instrument,
        rule=bare.rule,
        bar=bare.bar,
        parameters=shown(strategy),
        source="" if form.python is None else digest_of(form.python, folder),
        plan=plan_of(protection),
        stop_percent=percent_of(protection.stop),
        sizing=None if sizing is None else sizing_of(sizing),
        quantity=None if sizing is None else sizing.quantity,
        between=form.between or "",
        timezone=form.timezone or zone_of(instrument.calendar or CALENDAR_OF[instrument.asset]),
        max_delay=Span(int(form.max_delay_seconds * SECOND)),
    )


def _protection(form: StrategyForm, account: ProtectionForm, opening: object) -> ProtectionForm:
    """The account's, with what the strategy has of its own; a target of its own is for all of the position."""
    own: dict[str, object] = {"bar": form.bar}
    if "stop" in form.model_fields_set:
        own["stop"] = form.stop
    if "target" in form.model_fields_set:
        own |= {"target": form.target, "partial_targets": ()}
    if "partial_targets" in form.model_fields_set:
        own["partial_targets"] = form.partial_targets
    if opening is not None:
        own["range_minutes"] = Decimal(str(opening))
    return account.model_copy(update=own)


def _sizing(form: StrategyForm) -> SizingForm | None:
    if form.quantity is not None:
        return SizingForm.model_construct(quantity=form.quantity)
    return form.sizing if "sizing" in form.model_fields_set else None
