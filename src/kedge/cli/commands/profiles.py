"""`kedge profiles`: the rules of prop firms that an account can be laid over."""

from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.interrupts import held_back
from kedge.cli.options import AsJson, examples
from kedge.cli.output import Column
from kedge.cli.record import unknown

if TYPE_CHECKING:
    from kedge.settings.prop_profiles import Profile

EXAMPLES = examples("kedge profiles", "kedge profiles topstep-50k", "kedge profiles topstep-50k --json")


def profiles(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show this one with all its rules.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the profiles of prop firms, or show one with its rules.

    `prop_profile: NAME` lays one under an account's settings. Each says of when it is and where it is from: firms
    change their rules, so compare them with yours.
    """
    with held_back():
        from kedge.settings.prop_profiles import profiles as known

    found = known()
    if name is None:
        _list(list(found.values()), as_json=as_json)
        return
    if name not in found:
        raise unknown("profile", name, list(found))
    profile = found[name]
    if as_json:
        output.emit(_item(profile))
    else:
        _show(profile)


def _list(found: "list[Profile]", *, as_json: bool) -> None:
    if as_json:
        output.emit({"items": [_item(each) for each in found], "next": None})
        return
    columns = (Column("Profile"), Column("Firm"), Column("Programme", flexible=True), Column("As of"))
    output.show_table(columns, ((each.name, each.firm, each.title, each.as_of) for each in found))


def _show(profile: "Profile") -> None:
    output.show_pairs(
        (
            ("Profile", profile.name),
            ("Firm", profile.firm),
            ("Programme", profile.title),
            ("As of", profile.as_of),
            ("Source", profile.source),
        )
    )
    output.say()
    output.show_table((Column("Setting"), Column("Value", flexible=True)), profile.rules())
    output.say()
    for note in profile.notes:
        output.paragraph(f"- {note}")


def _item(profile: "Profile") -> Item:
    return {
        "name": profile.name,
        "firm": profile.firm,
        "title": profile.title,
        "as_of": profile.as_of,
        "source": profile.source,
        "rules": dict(profile.rules()),
        "notes": list(profile.notes),
    }
