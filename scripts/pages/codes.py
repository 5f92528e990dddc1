"""The page of refusal codes: what each means and which gates give it, read from the gates' own source."""

import ast
import inspect
from collections.abc import Iterator

from scripts.pages.markdown import code, doc, page, table

from kedge.domain.codes import MEANING, Code
from kedge.gates import ADJUSTMENT_GATES, ENTRY_GATES, EXIT_GATES
from kedge.gates.gate import Gate

WAYS: dict[str, tuple[Gate, ...]] = {
    "ENTRY and BUY": ENTRY_GATES,
    "EXIT and SELL": EXIT_GATES,
    "STOP_ADJUSTMENT": ADJUSTMENT_GATES,
}


def codes_page() -> str:
    """Every code, in the order in which the gates look."""
    gates = {gate.__name__: gate for way in WAYS.values() for gate in way}
    given = {name: codes_of(gate) for name, gate in gates.items()}
    rows = []
    for each in Code:
        by = [code(name) for name in gates if each in given[name]]
        assert by, f"no gate gives {each}"
        rows.append((code(each.value), MEANING[each], ", ".join(by)))
    ways = [(kinds, " → ".join(code(gate.__name__) for gate in way)) for kinds, way in WAYS.items()]
    return page(
        "Refusal codes",
        "src/kedge/domain/codes.py and src/kedge/gates",
        "A signal that is refused carries one of these codes, with the figures that the gate compared. The first "
        "refusal ends the walk. Programs may rely on the codes; the texts may be bettered.",
        "## The gates, by kind of signal",
        "What takes risk away (an exit, a moved stop) skips the gates that guard against new risk.",
        table(("kind of signal", "gates, in order"), ways),
        table(("gate", "what it asks"), ((code(name), doc(gate)) for name, gate in gates.items())),
        "## The codes",
        table(("code", "meaning", "given by"), rows),
    )


def codes_of(gate: Gate) -> set[Code]:
    """The codes that a gate can give, itself or through the functions of its module that it calls."""
    module = inspect.getmodule(gate)
    assert module is not None
    functions = {
        node.name: node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef)
    }
    reached: dict[str, None] = {}
    waiting = [gate.__name__]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached[name] = None
        waiting += [called for called in _names(functions[name]) if called in functions]
    return {Code(attribute) for name in reached for attribute in _codes(functions[name])}


def _names(function: ast.FunctionDef) -> Iterator[str]:
    return (node.id for node in ast.walk(function) if isinstance(node, ast.Name))


def _codes(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
            yield node.attr
