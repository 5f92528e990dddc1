"""What is in force, key by key, and where each value came from."""

from collections.abc import Iterator

import msgspec

from kedge.settings.base_form import Form
from kedge.settings.catalogue import show
from kedge.settings.form import SettingsForm
from kedge.settings.places import Place
from kedge.settings.spots import Spots
from kedge.settings.tree import Route, Step


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
        yield from _value(getattr(form, name), spots, (*route, name))


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
