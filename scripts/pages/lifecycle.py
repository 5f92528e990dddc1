"""The page of the order life cycle: the table as it stands in the code, and two diagrams drawn from it."""

from collections.abc import Iterable

from scripts.pages.markdown import code, page, table
from scripts.pages.moves import AT_VENUE, Move, alarms, moves
from scripts.pages.structs import comments_of

from kedge.domain.lifecycle import FINAL_STATES, TABLE, WORKING_STATES, Kind, OrderState, Report, answer

_READING = """A cell says what becomes of an order in the row's state when it hears the column's report:

- a state: move there, as expected (`WORKING` is ACCEPTED, or PARTIALLY_FILLED once something has filled);
- `=`: recorded, the state stays; `-`: stale, an echo that changes nothing;
- `!`: an alarm, an event `Anomaly`; with a state behind it the order moves there too;
- `x`: a request that makes no sense here and is never made.

`send`, `cancel` and `replace` are requests of the engine's own. `fill` leaves a rest, `fill_all` does not. `silence`
is a request that got no answer in time. `absent` is the venue's proven word that it never had the order. `bust` and
`correct` are its word that a fill was annulled, or was another one; neither brings an order back that is over. A fill
counts in every state, whatever the table says of the state: quantity is kept outside it."""


def lifecycle_page() -> str:
    """States, table and diagrams."""
    comments = comments_of(OrderState)
    states = [
        (code(state.value), comments.get(state.name, ""), "yes" if state in FINAL_STATES else "")
        for state in OrderState
    ]
    return page(
        "The life cycle of an order",
        "src/kedge/domain/lifecycle.py",
        "Every (state, report) pair has an answer here; nothing else in the program decides what state an order is in. "
        "[The explanation](../explanation/order-lifecycle.md) says why the table is as it is.",
        "## States",
        table(("state", "meaning", "final"), states),
        "## The table",
        _READING,
        *_tables(),
        "## Drawn",
        "Expected moves only. ACCEPTED and PARTIALLY_FILLED together are WORKING.",
        "![The states of an order and the moves between them](../images/lifecycle.svg)",
        "The same for Mermaid:",
        "```mermaid\n" + "\n".join(_mermaid()) + "\n```",
        "## Moves that raise an alarm",
        "They happen at real venues; each is taken in and a person is told.",
        table(
            ("state", "report", "becomes"),
            ((code(move.source), code(move.report.value), code(move.target)) for move in alarms()),
        ),
        "## Reports that raise an alarm and move nothing",
        table(("state", "reports"), _bare_alarms()),
    )


def _tables() -> Iterable[str]:
    for block in TABLE.strip().split("\n\n"):
        header, *rows = block.splitlines()
        yield table(
            ["state", *(code(word) for word in header.partition("|")[2].split())],
            [[code(row.partition("|")[0].strip()), *row.partition("|")[2].split()] for row in rows],
        )


def _mermaid() -> Iterable[str]:
    yield "stateDiagram-v2"
    yield "    [*] --> NEW : held by the engine"
    yield "    [*] --> PENDING_NEW : submitted"
    yield '    state "may be at the venue" as AT_VENUE {'
    yield "        state WORKING {"
    inside = [move for move in moves() if move.is_between(WORKING_STATES)]
    yield from (f"            {line}" for line in _arrows(inside))
    yield "        }"
    within = [move for move in moves() if move.is_between((*AT_VENUE, "WORKING")) and move not in inside]
    yield from (f"        {line}" for line in _arrows(within))
    yield "    }"
    rest = [move for move in moves() if move not in inside and move not in within]
    yield from (f"    {line}" for line in _arrows(rest))


def _arrows(chosen: list[Move]) -> Iterable[str]:
    labels: dict[tuple[str, str], list[str]] = {}
    for move in chosen:
        labels.setdefault((move.source, move.target), []).append(move.label)
    for (source, target), words in labels.items():
        yield f"{source} --> {target} : {', '.join(words)}"


def _bare_alarms() -> Iterable[tuple[str, str]]:
    for state in OrderState:
        found = []
        for report in Report:
            answers = [answer(state, report, filled=filled) for filled in (False, True)]
            if all(each.kind is Kind.ALARM and each.state is state for each in answers):
                found.append(code(report.value))
        if found:
            yield code(state.value), ", ".join(found)
