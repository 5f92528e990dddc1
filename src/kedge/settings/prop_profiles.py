"""Profiles: the rules of prop firms as dated data, laid under an account's own settings by `prop_profile: NAME`.

    the account's own settings  over  the profile  over  the defaults

What the account says itself always counts. Where a rule can be given in two ways (in money, or in percent), the
account's way replaces the profile's.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from kedge.settings.document import read_document
from kedge.settings.errors import Fault, shown
from kedge.settings.places import Place, Source
from kedge.settings.spots import Spots
from kedge.settings.tree import Entry, Items, Node, Route, Scalar, Section, child, put, text_at

KEY = "prop_profile"
# What an account gives, and what of the profile means nothing beside it: there are two ways of giving one rule.
_REPLACES: tuple[tuple[Route, tuple[Route, ...]], ...] = (
    (("governor", "daily_loss_limit"), (("governor", "daily_loss", "pct"), ("governor", "daily_loss", "of"))),
    (("governor", "daily_loss", "pct"), (("governor", "daily_loss_limit"),)),
    (("governor", "trailing_drawdown", "amount"), (("governor", "trailing_drawdown", "pct"),)),
    (("governor", "trailing_drawdown", "pct"), (("governor", "trailing_drawdown", "amount"),)),
    (("governor", "profit_target"), (("governor", "profit_target_pct"),)),
    (("governor", "profit_target_pct"), (("governor", "profit_target"),)),
)


class Profile(msgspec.Struct, frozen=True):
    """The rules of one programme of a firm, as somebody has found them on a day."""

    name: str
    firm: str
    title: str
    as_of: str
    source: str
    notes: tuple[str, ...]
    account: Section  # settings of an account

    @property
    def dated(self) -> str:
        """Its name, and of when its rules are."""
        return f"{self.name} of {self.as_of}"

    def rules(self) -> list[tuple[str, str]]:
        """Its settings, key by key."""
        return list(_leaves(self.account))


@cache
def profiles() -> Mapping[str, Profile]:
    """All there are, by name."""
    folder = files("kedge.settings") / "profiles"
    found: dict[str, Profile] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            found |= {each.name: each for each in _of_firm(file.name, file.read_text("utf-8"))}
    return MappingProxyType(dict(sorted(found.items())))


def underlay(root: Node) -> tuple[Node, list[Fault], list[str]]:
    """The tree with the profiles in it, what is wrong with some, and the accounts that lack theirs for that."""
    accounts, spots = child(root, "accounts"), Spots(root)
    faults: list[Fault] = []
    lacking: list[str] = []
    for index, account in enumerate(accounts.nodes if isinstance(accounts, Items) else ()):
        named = text_at(account, KEY)
        if named is None or not isinstance(account, Section):
            continue
        profile = profiles().get(named.text)
        if profile is None:
            spot = spots.at(("accounts", index, KEY))
            problem = f"there is no profile {shown(named.text)}"
            faults.append(Fault(spot.place, spot.key, problem, _meant(named.text), named.text))
            lacking.append(spots.at(("accounts", index)).key)
            continue
        root = put(root, ("accounts", index), laid_under(account, profile.account))
    return root, faults, lacking


def laid_under(own: Section, below: Section) -> Section:
    """What is given, and below it what is not."""
    for given, replaced in _REPLACES:
        if text_at(own, *given) is not None:
            for route in replaced:
                below = _without(below, route)
    return _merged(own, below)


def _merged(own: Section, below: Section) -> Section:
    names = {entry.name for entry in own.entries}
    merged = [
        msgspec.structs.replace(entry, value=_merged(entry.value, under))
        if isinstance(entry.value, Section) and isinstance(under := child(below, entry.name), Section)
        else entry
        for entry in own.entries
    ]
    return Section(own.place, (*merged, *(entry for entry in below.entries if entry.name not in names)))


def _without(section: Section, route: Route) -> Section:
    step, rest = route[0], route[1:]
    entries = []
    for entry in section.entries:
        if entry.name != step:
            entries.append(entry)
        elif rest:
            value = _without(entry.value, rest) if isinstance(entry.value, Section) else entry.value
            entries.append(msgspec.structs.replace(entry, value=value))
    return Section(section.place, tuple(entries))


def _of_firm(file: str, text: str) -> list[Profile]:
    root = read_document(text, lambda line, column: Place(Source.PROFILE, file, line, column))
    about = {name: _text(root, name) for name in ("firm", "as_of", "source")}
    notes = child(root, "notes")
    common, of_name = child(root, "common"), child(root, "profiles")
    assert isinstance(of_name, Section), f"{file} has no profiles"
    found = []
    for entry in of_name.entries:
        own = child(entry.value, "account")
        assert isinstance(own, Section), f"{entry.name} in {file} has no account"
        account = _merged(own, common) if isinstance(common, Section) else own
        place = Place(Source.PROFILE, profile=f"{entry.name} of {about['as_of']}")
        found.append(
            Profile(
                name=entry.name,
                title=_text(entry.value, "title"),
                notes=tuple(each.text for each in notes.nodes if isinstance(each, Scalar))
                if isinstance(notes, Items)
                else (),
                account=_placed(account, place),
                **about,
            )
        )
    return found


def _text(node: Node, name: str) -> str:
    found = text_at(node, name)
    assert found is not None, f"a file of profiles lacks {name}"
    return found.text


def _placed(section: Section, place: Place) -> Section:
    """With the profile as the place of everything: its file lies inside the program, where nobody looks."""

    def moved(node: Node) -> Node:
        match node:
            case Scalar():
                return msgspec.structs.replace(node, place=place)
            case Items(nodes=nodes):
                return Items(place, tuple(map(moved, nodes)))
            case Section():
                return _placed(node, place)

    return Section(place, tuple(Entry(place, entry.name, moved(entry.value)) for entry in section.entries))


def _leaves(node: Node, key: str = "") -> list[tuple[str, str]]:
    if isinstance(node, Section):
        return [
            leaf
            for entry in node.entries
            for leaf in _leaves(entry.value, f"{key}.{entry.name}" if key else entry.name)
        ]
    return [(key, _shown(node))]


def _shown(node: Node) -> str:
    match node:
        case Scalar(text=text):
            return text
        case Items(nodes=nodes):
            return ", ".join(map(_shown, nodes))
        case Section(entries=entries):
            return ", ".join(f"{entry.name} {_shown(entry.value)}" for entry in entries)


def _meant(name: str) -> str:
    near = get_close_matches(name.lower(), profiles(), 3)
    known = f"there are: {', '.join(profiles())}"
    return f"did you mean {' or '.join(near)}? {known}" if near else known
