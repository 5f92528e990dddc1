"""The page of errors: the two trees, and what the engine does next, which is what each docstring says."""

import ast
import inspect
from types import ModuleType

from scripts.pages.markdown import code, page, sentence, table

from kedge.domain.signal_form import SignalFormError
from kedge.engine.errors import EngineStoppedError
from kedge.journal import errors as journal_errors
from kedge.venues import errors as venue_errors


def errors_page() -> str:
    """Both trees, and the two errors that callers of the engine meet."""
    doors: tuple[type[Exception], ...] = (SignalFormError, EngineStoppedError)
    return page(
        "Errors",
        "src/kedge/journal/errors.py and src/kedge/venues/errors.py",
        "Foreign exceptions stop at the edge of the journal and of a venue's adapter. What comes out is one of these, "
        "and each says what happens next.",
        "## The journal's",
        *_tree(journal_errors, journal_errors.JournalError),
        "## A venue's",
        "`NotSentError`, `RefusedError` and `DuplicateError` say something certain; whatever cannot be placed there is "
        "`UnknownOutcomeError`. See [unknown outcomes](../explanation/unknown-outcomes.md).",
        *_tree(venue_errors, venue_errors.VenueError),
        "## At the engine's doors",
        table(("error", "meaning"), ((code(each.__name__), sentence(each)) for each in doors)),
    )


def error_classes(module: ModuleType, base: type[Exception]) -> list[type[Exception]]:
    """The error classes of a module, in the order of the file."""
    names = [
        node.name for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)
    ]
    classes = [vars(module)[name] for name in names]
    return [each for each in classes if issubclass(each, base)]


def _tree(module: ModuleType, base: type[Exception]) -> tuple[str, str]:
    classes = error_classes(module, base)
    drawn = "```text\n" + "\n".join(_branch(base, classes, "")) + "\n```"
    return drawn, table(
        ("error", "what it means, and what happens next"),
        ((code(each.__name__), sentence(each)) for each in classes),
    )


def _branch(error: type[Exception], classes: list[type[Exception]], indent: str) -> list[str]:
    lines = [error.__name__] if not indent else []
    children = [each for each in classes if error in each.__bases__]
    for child in children:
        last = child is children[-1]
        lines.append(f"{indent}{'└── ' if last else '├── '}{child.__name__}")
        lines += (
            _branch(child, classes, indent + ("    " if last else "│   "))
            if _has_children(child, classes)
            else []
        )
    return lines


def _has_children(error: type[Exception], classes: list[type[Exception]]) -> bool:
    return any(error in each.__bases__ for each in classes)
