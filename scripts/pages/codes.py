"""The page of refusal codes: what each means and which gates give it, read from the gates' own source."""

import ast
import inspect
from collections.abc import Callable, Iterator

from scripts.pages.markdown import code, doc, page, table

from kedge.domain.codes import MEANING, Code
from kedge.gates import ADJUSTMENT_GATES, ENTRY_GATES, EXIT_GATES, LEAVING_GATES
from kedge.gates.gate import Gate

WAYS: dict[str, tuple[Gate, ...]] = {
    "ENTRY and BUY": ENTRY_GATES,
    "an entry, once more when it leaves": LEAVING_GATES,
    "EXIT and SELL": EXIT_GATES,
    "STOP_ADJUSTMENT": ADJUSTMENT_GATES,
}

# What becomes of a signal that a gate has made wait.
LATER: dict[str, tuple[Code, ...]] = {"approval": (Code.APPROVAL_DECLINED, Code.APPROVAL_EXPIRED)}


def codes_page() -> str:
    """Every code, in the order in which the gates look."""
    gates = {gate.__name__: gate for way in WAYS.values() for gate in way}
    given = {name: codes_of(gate) for name, gate in gates.items()}
    rows = []
    for each in Code:
        by = [code(name) for name in gates if each in given[name] or each in LATER.get(name, ())]
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
    """The codes that a gate can give, itself or through what it calls on the floor of the gates."""
    given: set[Code] = set()
    reached: set[tuple[str, str]] = set()
    waiting: list[Callable[..., object]] = [gate]
    while waiting:
        function = waiting.pop()
        module = inspect.getmodule(function)
        assert module is not None
        if (module.__name__, function.__name__) in reached or not module.__name__.startswith("kedge.gates."):
            continue
        reached.add((module.__name__, function.__name__))
        tree = ast.parse(inspect.getsource(function))
        given |= {Code(attribute) for attribute in _codes(tree)}
        for named in (getattr(module, name, None) for name in _names(tree)):
            # What another file works out is this gate's answer only where the gate hands its code on.
            if inspect.isfunction(named) and (named.__module__ == gate.__module__ or _hands_on(gate)):
                waiting.append(named)
            for told in named.values() if isinstance(named, dict) else (named,):
                if isinstance(told, tuple):
                    given |= {each for each in told if isinstance(each, Code)}
    return given


def _hands_on(gate: Gate) -> bool:
    nodes = ast.walk(ast.parse(inspect.getsource(gate)))
    return any(isinstance(node, ast.Attribute) and node.attr == "code" for node in nodes)


def _names(function: ast.AST) -> Iterator[str]:
    return (node.id for node in ast.walk(function) if isinstance(node, ast.Name))


def _codes(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
            yield node.attr
