"""`kedge init`: the files to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from kedge.cli import output
from kedge.cli.errors import Problem
from kedge.cli.options import AsJson, examples, read_directory

EXAMPLES = examples("kedge init", "kedge init ~/trading", "kedge init && kedge check")


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", parser=read_directory, help="Where they are written.")
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a commented kedge.yaml and .env.example.

    The settings run as they are: two accounts on paper, on a simulated market. Nothing is ever written over.
    """
    from kedge.settings.starting import write_starting_files

    if directory.exists() and not directory.is_dir():
        raise Problem("NO_DIRECTORY", f"{directory} is a file; kedge init takes a directory.")
    try:
        written = write_starting_files(directory)
    except FileExistsError as error:
        path = error.filename or error
        raise Problem(
            "ALREADY_THERE",
            f"{path} is there already and stays as it is; nothing was written. Name another directory.",
            facts={"file": str(path)},
        ) from None
    if as_json:
        output.emit({"written": [str(path) for path in written]})
        return
    for path in written:
        output.say(f"wrote {path}")
    where = "" if directory == Path() else f" -c {directory / 'kedge.yaml'}"
    output.paragraph(f"`kedge check{where}` says what is in force, `kedge run{where}` runs the engine on it.")
