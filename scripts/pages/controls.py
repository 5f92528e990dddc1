"""The page of risk controls: each with where it is enforced, and the tests that fail when it is gone."""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scripts.pages.markdown import page, table

ROOT = Path(__file__).parents[2]
DATA = "docs/controls.toml"
MAY_NOT_APPLY = ("B9", "D7", "E1", "F1", "F6", "F7", "F8", "F9")
COUNTS = {"A": 12, "B": 13, "C": 4, "D": 11, "E": 6, "F": 9}


def controls_page(root: Path = ROOT) -> str:
    """Every control in its class."""
    classes = tomllib.loads((root / DATA).read_text("utf-8"))["class"]
    known = {id_: told for each in classes for id_, told in each["controls"].items()}
    wrong = list(faults(known, root))
    if wrong:
        raise ValueError(f"{DATA} does not hold: {'; '.join(wrong)}")
    applied = sum("na" not in told for told in known.values())
    return page(
        "Risk controls",
        f"{DATA} and the tests that it names",
        "What regulators (SEC 15c3-5, MiFID II RTS 6, CFTC), the FIA's practices and venues ask of who trades by "
        "program, control by control.",
        f"**{applied} of {len(known)} are enforced**; the others do not apply to an engine behind a broker, and say "
        "why. Each row leads to the code that holds it, and to tests that fail without it.",
        *(_part(each) for each in classes),
    )


def _part(part: Mapping[str, Any]) -> str:
    rows = [_row(id_, told) for id_, told in part["controls"].items()]
    headings = ("", "control", "in Kedge", "enforced in", "tests")
    return f"## {part['letter']}: {part['name']}\n\n{table(headings, rows)}"


def _row(id_: str, told: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    if "na" in told:
        return (id_, told["control"], f"Does not apply. {told['na']}", "—", "—")
    where = ", ".join(f"[{Path(path).stem}](../../{path})" for path in told["where"])
    tests = "; ".join(_link(test) for test in told["tests"])
    return (id_, told["control"], told["answer"], where, tests)


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../../{path})"


def faults(known: Mapping[str, Mapping[str, Any]], root: Path) -> Iterator[str]:
    """Controls that are missing or claim what is not there."""
    expected = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
    yield from (f"{id_} is missing" for id_ in expected if id_ not in known)
    yield from (f"there is no control {id_}" for id_ in known if id_ not in expected)
    for id_, told in known.items():
        if "na" in told:
            if id_ not in MAY_NOT_APPLY:
                yield f"{id_} has to apply"
            continue
        yield from (f"{id_}: there is no {path}" for path in told["where"] if not (root / path).exists())
        yield from (f"{id_}: there is no test {test}" for test in told["tests"] if not _is_there(test, root))


def _is_there(test: str, root: Path) -> bool:
    path, _, name = test.partition("::")
    file = root / path
    return file.exists() and name in _names(file)


@cache
def _names(file: Path) -> frozenset[str]:
    """Functions and names of cases: texts of a Python file, lines of another."""
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        return frozenset(text.split("\n"))
    nodes = list(ast.walk(ast.parse(text)))
    functions = {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return frozenset(functions | texts)
