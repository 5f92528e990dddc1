"""`kedge doctor`: whether this machine, these settings and this data directory are fit for trading."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.commands.check import DEFAULT_FILE, Config
from kedge.cli.interrupts import held_back
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, examples, read_directory
from kedge.cli.output import Column
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.cli.doctor.finding import Finding

EXAMPLES = examples("kedge doctor", "kedge doctor -c /etc/kedge/kedge.yaml", "kedge doctor --json")
_STYLES = {"fine": "green", "warning": "yellow", "failure": "bold red"}


def doctor(
    config: Config = DEFAULT_FILE,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            metavar="DIR",
            envvar="KEDGE_DATA_DIR",
            parser=read_directory,
            help="Look at this one; else at that of the settings.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether machine, settings and data are fit for trading.

    Nothing is changed. The status is 1 when something has to be mended before an engine can be trusted.
    """
    findings = _examine(config, data_dir)
    failures = sum(finding.verdict == "failure" for finding in findings)
    warnings = sum(finding.verdict == "warning" for finding in findings)
    if as_json:
        items = [dict(finding._asdict()) for finding in findings]
        output.emit({"ok": not failures, "items": items, "next": None})
    else:
        _show(findings)
        output.say()
        output.say(_sum(failures, warnings))
    if failures:
        raise typer.Exit(1)


def _examine(config: Path, data_dir: Path | None) -> "list[Finding]":
    from kedge.cli.doctor.machine import examine_machine
    from kedge.cli.doctor.place import examine_place
    from kedge.cli.doctor.record import examine_record

    with held_back():
        from kedge.cli.doctor.setup import read_settings

    settings, about_settings = read_settings(config)
    place = data_dir or (DEFAULT_DATA_DIR if settings is None else settings.data_dir)
    return [
        *examine_machine(),
        *about_settings,
        *examine_place(place),
        *examine_record(place),
    ]


def _show(findings: "list[Finding]") -> None:
    output.show_table(
        (Column("Check"), Column("Is"), Column("Seen", flexible=True), Column("What to do", flexible=True)),
        (
            (
                finding.check,
                Cell(finding.verdict, _STYLES[finding.verdict]),
                finding.seen,
                finding.advice,
            )
            for finding in findings
        ),
    )


def _sum(failures: int, warnings: int) -> str:
    if failures:
        return f"{failures} to be mended before an engine can be trusted, {warnings} to know of."
    return f"Nothing has to be mended; {warnings} to know of." if warnings else "All is fine."
