"""The way of a signal through its gates, in the forms that programs and people get."""

from collections.abc import Sequence

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.output import Column
from kedge.domain.events import Check
from kedge.domain.numbers import show_figure
from kedge.domain.signals import Outcome
from kedge.wording.gate_figures import tell_figures
from kedge.wording.text import Cell

PASSED, REFUSED, WAITS, HELD, NOT_REACHED = "passed", "refused", "waits", "held", "not reached"
_STYLES = {PASSED: "green", REFUSED: "red", WAITS: "yellow", HELD: "yellow", NOT_REACHED: "dim"}
_STOPPED = {Outcome.QUEUED: WAITS, Outcome.HELD: HELD}


def gate_items(checks: Sequence[Check], names: Sequence[str], outcome: Outcome | None) -> list[Item]:
    """Each gate as programs get it; those behind a no were not reached. `names`: all of this way."""
    stopped = REFUSED if outcome is None else _STOPPED.get(outcome, REFUSED)
    seen: list[Item] = [
        {
            "gate": check.gate,
            "verdict": stopped if check.code else PASSED,
            "code": check.code or None,
            "figures": {name: show_figure(figure) for name, figure in check.figures.items()},
        }
        for check in checks
    ]
    reached = {check.gate for check in checks}
    return seen + [
        {"gate": name, "verdict": NOT_REACHED, "code": None, "figures": {}}
        for name in names
        if name not in reached
    ]


def show_gates(gates: Sequence[Item]) -> None:
    """The table that people get."""
    output.show_table(
        (Column("Gate"), Column("Verdict"), Column("Figures", flexible=True)),
        (
            (
                str(gate["gate"]).replace("_", " "),
                Cell(str(gate["verdict"]), _STYLES[str(gate["verdict"])]),
                _figures(gate),
            )
            for gate in gates
        ),
    )


def _figures(gate: Item) -> str:
    figures = gate["figures"]
    assert isinstance(figures, dict)
    return tell_figures(str(gate["gate"]), figures)
