"""The form held against the tree: pydantic finds what is wrong, this says it in people's words, with its place."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from kedge.settings.catalogue import Key, advice, find
from kedge.settings.errors import Fault
from kedge.settings.fields import NAME
from kedge.settings.form import SettingsForm
from kedge.settings.secret import Vault
from kedge.settings.spots import Spot, Spots
from kedge.settings.tree import Items, Node, Route, Scalar, Section, plain_value

_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_WRONG_SHAPES = ("model_type", "dict_type", "list_type")


def check_form(spots: Spots, vault: Vault) -> tuple[SettingsForm | None, list[Fault]]:
    """The filled form, or why there is none."""
    try:
        return SettingsForm.model_validate(plain_value(spots.root), context=vault), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, _without_foreign(spots, [_fault(spots, each) for each in found])


def _fault(spots: Spots, error: Mapping[str, Any]) -> tuple[Route, Fault]:
    context = error.get("ctx", {})
    route: Route = tuple(error["loc"])
    if route and route[-1] == "[key]":
        return route[:-1], _wrong_name(spots.at(route[:-1]), str(context.get("problem")))
    route = (*route, *context.get("at", ()))
    spot = spots.at(route)
    if error["type"] == "extra_forbidden":
        return route, _unknown(spot)
    key = find(spot.path)
    if key is not None and key.is_secret:
        return route, Fault(spot.place, spot.key, str(context.get("problem") or "missing"))
    allowed = context.get("needed") or (
        "a section is needed" if error["type"] == "model_type" else _allowed(key, spot)
    )
    return route, Fault(spot.place, spot.key, _problem(error, context, spot), allowed, spot.text)


def _allowed(key: Key | None, spot: Spot) -> str:
    if key is None:
        return ""
    if spot.text in key.later:
        return f"{' or '.join(key.choices)} is what there is"
    return f"{key.words} is needed"


def _problem(error: Mapping[str, Any], context: Mapping[str, Any], spot: Spot) -> str:
    kind = error["type"]
    if kind == "setting":
        return str(context["problem"])
    if kind == "missing":
        return "missing"
    if kind == "too_short":
        return "is empty"
    if kind in _BOUNDS:
        return f"{spot.text} is out of range"
    if kind in _WRONG_SHAPES:
        return _wrong_shape(spot.node)
    return str(error["msg"])


def _wrong_shape(node: Node | None) -> str:
    match node:
        case Scalar():
            return "has no value" if node.is_nothing else "a text stands here"
        case Items():
            return "a list stands here"
        case Section():
            return "a section stands here"
        case None:
            return "missing"


def _unknown(spot: Spot) -> Fault:
    """A key that is not in the form. Its value is not told: whoever mistypes `token` has written a secret."""
    key = find(spot.path)
    if key is None:
        section, _, name = spot.path.rpartition(".")
        return Fault(spot.key_place, spot.key, "unknown key", advice(section, name))
    problem = "not built yet"
    if _holds_secret(key, spot.node):
        problem += ", and a secret is never written into the settings themselves (not shown)"
    return Fault(spot.key_place, spot.key, problem, "remove it")


def _holds_secret(key: Key, node: Node | None) -> bool:
    return (
        key.is_secret
        and isinstance(node, Scalar)
        and node.text.partition(":")[0] not in ("env", "file", "keyring")
    )


def _wrong_name(spot: Spot, problem: str) -> Fault:
    return Fault(spot.key_place, spot.key, problem, f"{NAME} is needed")


def _without_foreign(spots: Spots, faults: list[tuple[Route, Fault]]) -> list[Fault]:
    """Nothing is said of the other keys of an entry whose kind is not built: they are that kind's."""
    foreign = [
        route[:-1]
        for route, _ in faults
        if route and route[-1] == "kind" and spots.at(route).text is not None
    ]
    return [
        fault
        for route, fault in faults
        if (route and route[-1] == "kind") or not any(route[: len(each)] == each for each in foreign)
    ]
