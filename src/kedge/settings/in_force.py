"""What is in force, key by key, and where each value came from."""

from collections.abc import Iterator

import msgspec

from kedge.settings.base_form import Form
from kedge.settings.catalogue import show
from kedge.settings.form import SettingsForm
from kedge.settings.places import Place
from kedge.settings.spots import Spots
from kedge.settings.strategy_form import StrategyForm
from kedge.settings.tree import Route, Step
from kedge.strategies.catalogue import RULES
from kedge.strategies.parameters import parameters_of

_LENT = ("stop", "target", "partial_targets", "sizing")  # by its account, where a strategy says nothing


class InForce(msgspec.Struct, frozen=True):
    """One key with its value; without a place it is the default."""

    key: str
    value: str
    place: Place | None


def in_force(form: SettingsForm, spots: Spots) -> Iterator[InForce]:
    """Every key that has a value, in the order of the form."""
    yield from _section(form, spots, ())


def _section(form: Form, spots: Spots, route: Route) -> Iterator[InForce]:
    for name in type(form).model_fields:
        if isinstance(form, StrategyForm) and name in _LENT and name not in form.model_fields_set:
            yield InForce(spots.at((*route, name)).key, "the account's", None)
        else:
            yield from _value(getattr(form, name), spots, (*route, name))
    yield from _parameters(form, spots, route)


def _parameters(form: Form, spots: Spots, route: Route) -> Iterator[InForce]:
    """Of a rule all, of a class of a user's own those that are set: the others stand in its file."""
    values = {name: str(value) for name, value in (form.model_extra or {}).items()}
    if isinstance(form, StrategyForm) and form.rule is not None:
        known = parameters_of(RULES[form.rule])
        values = {each.name: each.show(each.default) for each in known} | values
    for name, value in values.items():
        spot = spots.at((*route, name))
        yield InForce(spot.key, value, None if spot.node is None else spot.place)


def _value(value: object, spots: Spots, route: Route) -> Iterator[InForce]:
    if isinstance(value, Form):
        yield from _section(value, spots, route)
        return
    entries: list[tuple[Step, object]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list) and any(isinstance(each, Form) for each in value):
        entries = list(enumerate(value))
    for step, each in entries:
        yield from _value(each, spots, (*route, step))
    if not entries:
        spot = spots.at(route)
        yield InForce(spot.key, show(value), None if spot.node is None else spot.place)
