"""`kedge check`: whether the settings can be used, and what is in force."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.errors import Problem, Status
from kedge.cli.interrupts import held_back
from kedge.cli.named_files import refuse_bad_files
from kedge.cli.options import AsJson, examples, read_path
from kedge.cli.output import Column
from kedge.wording.text import clean

if TYPE_CHECKING:
    from kedge.settings.reading import Reading

EXAMPLES = examples("kedge check", "kedge check -c /etc/kedge/kedge.yaml", "kedge check --json")
DEFAULT_FILE = Path("kedge.yaml")


def read_file(text: str | Path) -> Path:
    """A settings file's path; the default is one already."""
    return read_path(text, "file")


Config = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", parser=read_file, help="The settings file.")
]


def check(config: Config = DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Check the settings and show what is in force.

    They are the file, `.env` beside it, and KEDGE_ variables. Everything that is wrong is told at once, each with its
    place, its key and what is allowed; the status is 3 then. An instrument that was traded on paper in the data
    directory with another tick, lot or multiplier is such a fault, too. Recorded files that they name are opened, but
    not read to their ends.
    """
    reading, unread = _checked(config, as_json=as_json)
    refuse_bad_files(reading.settings)
    digest = reading.settings.digest()
    if as_json:
        items = [
            {
                "key": each.key,
                "value": each.value,
                "source": "default" if each.place is None else each.place.source.name.lower(),
                "place": None if each.place is None else str(each.place),
            }
            for each in reading.in_force
        ]
        output.emit(
            {
                "ok": True,
                "file": str(config),
                "digest": digest,
                "not_compared": unread or None,
                "items": items,
                "next": None,
            }
        )
        return
    columns = (Column("Setting"), Column("Value", flexible=True), Column("From", flexible=True))
    rows = [
        (each.key, each.value, "default" if each.place is None else str(each.place))
        for each in reading.in_force
    ]
    output.show_table(columns, rows)
    output.say()
    output.say(f"{config} is in order. Digest {digest}.")
    if unread:
        output.paragraph(f"It was not compared with what was traded: {unread}.", "yellow")


def read_settings(config: Path, *, as_json: bool) -> "Reading":
    """The settings, for every command that needs them; on faults each gets a line of its own before the ending."""
    return _checked(config, as_json=as_json)[0]


def _checked(config: Path, *, as_json: bool) -> "tuple[Reading, str]":
    """The settings, and why they could not be compared with what was traded, if so."""
    with held_back():
        from kedge.cli.traded import compare
        from kedge.settings.errors import SettingsError
        from kedge.settings.reading import read

    try:
        reading = read(config, os.environ)
        unread = compare(reading)
    except SettingsError as error:
        if not as_json and sys.stderr is not None:
            sys.stderr.writelines(f"{clean(fault.text)}\n" for fault in error.faults)
        count = len(error.faults)
        raise Problem(
            "SETTINGS",
            f"The settings in {config} have {count} fault{'s' if count > 1 else ''}; nothing was started.",
            status=Status.SETTINGS,
            facts={"file": str(config), "errors": [fault.document for fault in error.faults]},
        ) from None
    return reading, unread
