"""Strategies that are classes of a user's own: found in their file, and every mistake in it told by its line.

The file is run as a program would import it. It sees the files beside it, but none of them stands before a module of
Python's own. What it prints goes to the log's side, since commands keep their own output for data.
"""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import msgspec

from kedge.settings.errors import shown
from kedge.strategies.strategy import Strategy, Terms

_FORM = "a path and a class are needed, as in my_strategies.py:Breakout"
_SAID_MAX = 200
_loaded: dict[tuple[Path, int], ModuleType] = {}


class ClassError(ValueError):
    """A class cannot be used: what is wrong, and what is needed."""

    def __init__(self, problem: str, needed: str = "") -> None:
        self.problem = problem
        self.needed = needed
        super().__init__(problem)


def load_class(text: str, folder: Path) -> type[Strategy]:
    """The class that a text such as `file.py:Class` names, from this folder on; raises `ClassError`."""
    place, _, name = text.rpartition(":")
    if not place.endswith(".py") or not name.isidentifier():
        raise ClassError(f"{shown(text)} is no class in a file", _FORM)
    path = folder / Path(place).expanduser()
    return _class_in(_module(path, place), name, path)


def digest_of(text: str, folder: Path) -> str:
    """Of the file that a text such as `file.py:Class` names; other files that it brings along are not in it."""
    place = text.rpartition(":")[0]
    return blake2b((folder / Path(place).expanduser()).read_bytes(), digest_size=16).hexdigest()


@contextmanager
def told_by_line(path: Path, doing: str, but: type[Exception] = ClassError) -> Iterator[None]:
    """What fails inside becomes a `ClassError` that names the line of the user's file, `but` what is one already."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (ClassError, but):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever a user's code raises is the user's to hear of)
        raise ClassError(f"{doing}: {_said(error, path)}") from None


def _module(path: Path, place: str) -> ModuleType:
    try:
        version = path.stat().st_mtime_ns
    except (OSError, ValueError) as error:
        why = "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise ClassError(f"{shown(place)}: {why}", "a path from the folder of the settings on") from None
    key = (path.resolve(), version)
    if key not in _loaded:
        _loaded[key] = _import(path)
    return _loaded[key]


def _import(path: Path) -> ModuleType:
    name = f"kedge_strategies_{path.stem}_{blake2b(str(path.resolve()).encode(), digest_size=4).hexdigest()}"
    spec = spec_from_file_location(name, path)
    assert spec is not None, "it is a .py file"
    assert spec.loader is not None, "so there is a loader"
    module = module_from_spec(spec)
    sys.modules[name] = module  # annotations of its classes are looked up there
    beside = str(path.resolve().parent)
    sys.path.append(beside)
    try:
        with told_by_line(path, "it does not load"):
            spec.loader.exec_module(module)
    except ClassError:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(beside)
    return module


def _class_in(module: ModuleType, name: str, path: Path) -> type[Strategy]:
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        there = [each for each, one in vars(module).items() if _is_strategy(one, module)]
        needed = f"there are: {', '.join(there)}" if there else "a subclass of kedge.Strategy is needed"
        what = f"has no class {name}" if found is None else f"{name} is no subclass of kedge.Strategy"
        raise ClassError(f"{path.name}: {what}", needed)
    if found.on_bar is Strategy.on_bar:
        raise ClassError(f"{path.name}: {name} has no on_bar", "it says what is done at the close of a bar")
    _check_parts(found, path)
    return found


def _is_strategy(one: object, module: ModuleType) -> bool:
    return _is(one, Strategy) and getattr(one, "__module__", "") == module.__name__


def _check_parts(found: type[Strategy], path: Path) -> None:
    """Its terms are such, and its state can be written down and read again."""
    if not _is(found.Terms, Terms):
        raise ClassError(f"{path.name}: {found.__name__}.Terms is no subclass of kedge.Strategy.Terms")
    if not _is(found.State, msgspec.Struct):
        raise ClassError(f"{path.name}: {found.__name__}.State is no msgspec.Struct")
    with told_by_line(path, f"{found.__name__}.State cannot be written down and read again"):
        msgspec.json.decode(msgspec.json.encode(found.State()), type=found.State)


def _is(found: object, kind: type) -> bool:
    return isinstance(found, type) and issubclass(found, kind)


def _said(error: BaseException, path: Path) -> str:
    """What happened, and on which line of the file, as far as the file is to blame."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(path):
            line = frame.lineno
    where = f"{path.name}:{line}: " if line else ""
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    said = " ".join(f"{type(error).__name__}: {message}".split()).rstrip(": ")
    return where + (said if len(said) <= _SAID_MAX else f"{said[:_SAID_MAX]}…")
