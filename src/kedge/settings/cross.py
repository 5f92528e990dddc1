"""What one entry says of another: checked on the tree, so that these faults are told together with all others."""

from collections.abc import Iterator, Sequence

from kedge.settings.base_form import Form
from kedge.settings.catalogue import IDS
from kedge.settings.entries import entries, fault_at, meant, symbols_of
from kedge.settings.errors import Fault, shown
from kedge.settings.form import AccountForm, InstrumentForm
from kedge.settings.limits_form import GovernorForm
from kedge.settings.spots import Spot, Spots
from kedge.settings.tree import Route, Section, child, walk


def cross_checks(spots: Spots) -> Iterator[Fault]:
    """Every contradiction between entries."""
    yield from _keys_given_twice(spots)
    for table in IDS:
        yield from _ids_given_twice(spots, table)
    yield from _venues(spots)
    yield from _feeds(spots)
    yield from _currencies(spots)
    yield from _shared_accounts(spots)
    yield from _owners(spots)


def _keys_given_twice(spots: Spots) -> Iterator[Fault]:
    for route, section in walk(spots.root):
        first: dict[str, str] = {}
        for entry in section.entries:
            if entry.name in first:
                key = spots.at((*route, entry.name)).key
                yield Fault(entry.place, key, f"is given twice; the first time at {first[entry.name]}")
            else:
                first[entry.name] = str(entry.place)


def _ids_given_twice(spots: Spots, table: str) -> Iterator[Fault]:
    name = IDS[table]
    if name == "kind":
        return  # several feeds of a kind are several feeds
    seen: dict[str, Spot] = {}
    for route in entries(spots, table):
        spot = spots.at((*route, name))
        if spot.text is None:
            continue
        if spot.text in seen:
            first = seen[spot.text].place
            yield fault_at(spot, f"{shown(spot.text)} is given twice; the first time at {first}")
        else:
            seen[spot.text] = spot


def _venues(spots: Spots) -> Iterator[Fault]:
    venues = child(spots.root, "venues")
    names = [entry.name for entry in venues.entries] if isinstance(venues, Section) else []
    for route in entries(spots, "accounts"):
        spot = spots.at((*route, "venue"))
        if names and spot.text is not None and spot.text not in names:
            yield fault_at(spot, f"{shown(spot.text)} is not among the venues", meant(spot.text, names))


def _feeds(spots: Spots) -> Iterator[Fault]:
    symbols = symbols_of(spots)
    fed: dict[str, Spot] = {}
    for route in entries(spots, "feeds"):
        for inner in entries(spots, "instruments", route):
            spot = spots.at(inner)
            text = spot.text
            if text is None:
                continue
            if symbols and text not in symbols:
                yield fault_at(spot, f"{shown(text)} is not among the instruments", meant(text, symbols))
            if text in fed:
                first = fed[text].place
                yield fault_at(spot, f"{shown(text)} gets its prices already, by {fed[text].key} at {first}")
            else:
                fed[text] = spot


def _currencies(spots: Spots) -> Iterator[Fault]:
    quoted = dict.fromkeys(_currency(spots, route, InstrumentForm) for route in entries(spots, "instruments"))
    for route in entries(spots, "accounts"):
        held = _currency(spots, route, AccountForm)
        if quoted and held not in quoted:
            yield fault_at(
                spots.at((*route, "currency")),
                f"no instrument is quoted in {shown(held)}, so that the account could trade nothing",
                f"they are quoted in {', '.join(map(shown, quoted))}",
            )


def _shared_accounts(spots: Spots) -> Iterator[Fault]:
    """An account at a venue is at one venue and keeps one currency, whoever shares it."""
    first: dict[str, Route] = {}
    for route in entries(spots, "accounts"):
        own, named = spots.at((*route, "id")), spots.at((*route, "venue_account"))
        shared = named.text or own.text
        if shared is None:
            continue
        other = first.setdefault(shared, route)
        for name, of in (("venue", _venue), ("currency", _account_currency)):
            mine, theirs = of(spots, route), of(spots, other)
            if mine is not None and theirs is not None and mine != theirs:
                holder = spots.at((*other, "id"))
                yield fault_at(
                    named if named.text else own,
                    f"{shown(shared)} is the venue account of {shown(holder.text or '')} too, at {holder.place}, and "
                    f"the two differ in their {name}: {shown(mine)} and {shown(theirs)}",
                    f"accounts that share a venue account have one {name}; else name another venue_account",
                )


def _owners(spots: Spots) -> Iterator[Fault]:
    """Limits are over somebody's accounts, which keep one currency; a loss in a day needs one day."""
    for route in entries(spots, "owners"):
        named = spots.at((*route, "name"))
        own = [each for each in entries(spots, "accounts") if spots.at((*each, "owner")).text == named.text]
        if named.text is None:
            continue
        if not own:
            problem = f"no account is of the owner {shown(named.text)}"
            yield fault_at(named, problem, "accounts.*.owner says whose it is")
            continue
        alike: list[tuple[str, ...]] = [("currency",)]
        if any(spots.at((*route, *key)).text for key in (("daily_loss_limit",), ("daily_loss", "pct"))):
            alike += [("governor", "timezone"), ("governor", "day_starts")]
        for key in alike:
            yield from _differing(spots, own, key)


def _differing(spots: Spots, own: Sequence[Route], key: tuple[str, ...]) -> Iterator[Fault]:
    """The first account of an owner that has something else here than that owner's first one."""
    default = str((GovernorForm if len(key) > 1 else AccountForm).model_fields[key[-1]].default)
    given = [spots.at((*route, *key)).text or default for route in own]
    other = next((place for place, text in enumerate(given) if text != given[0]), None)
    if other is not None:
        first = shown(spots.at((*own[0], "id")).text or "")
        yield fault_at(
            spots.at((*own[other], *key)),
            f"{shown(given[other])} is not the {shown(given[0])} of {first}, which is the same owner's",
            "accounts whose limits are counted together (owners) have one currency, and one day for a daily loss",
        )


def _venue(spots: Spots, route: Route) -> str | None:
    return spots.at((*route, "venue")).text


def _account_currency(spots: Spots, route: Route) -> str:
    return _currency(spots, route, AccountForm)


def _currency(spots: Spots, route: Route, form: type[Form]) -> str:
    return spots.at((*route, "currency")).text or str(form.model_fields["currency"].default)
