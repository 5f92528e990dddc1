r"""`.env`: lines of the form NAME=value, as shells and container tools take them.

    # a comment
    export KEDGE_ACCOUNTS__ALPHA__CASH=50000   # a comment needs a space before it
    KEDGE_DATA_DIR='/srv/kedge data'           # as it is
    PASSPHRASE="two\nlines"                    # with \n, \t, \" and \\

Nothing is filled in from other variables. A line that is wrong is never quoted: it may hold a secret.
"""

import re
from collections.abc import Iterable

import msgspec

from kedge.settings.errors import Fault
from kedge.settings.places import Place, Source

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.ASCII | re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'(?:\s+#.*)?", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\s+#.*)?', re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class Variable(msgspec.Struct, frozen=True):
    """A variable that is set, and where."""

    place: Place
    name: str
    value: str


def read_dotenv(text: str, file: str) -> tuple[list[Variable], list[Fault]]:
    """The variables in the text, and the lines that are none."""
    found: dict[str, Variable] = {}
    faults = []
    # Not `splitlines`: that ends a line at signs which editors do not count.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = None if match is None else _value(match[2])
        if match is None or value is None:
            faults.append(Fault(Place(Source.DOTENV, file, number, 1), "", "is not of the form NAME=value"))
            continue
        place = Place(Source.DOTENV, file, number, 1, match[1])
        if match[1] in found:
            first = found[match[1]].place.line
            faults.append(Fault(place, "", f"is set twice; the first time in line {first}"))
        else:
            found[match[1]] = Variable(place, match[1], value)
    return list(found.values()), faults


def _value(written: str) -> str | None:
    """What is meant by the right side of a line; None when its quotes do not end."""
    if written.startswith("'"):
        single = _SINGLE.fullmatch(written)
        return None if single is None else single[1]
    if written.startswith('"'):
        double = _DOUBLE.fullmatch(written)
        return None if double is None else re.sub(r"\\(.)", _unescape, double[1], flags=re.DOTALL)
    return re.split(r"(?:^|\s)#", written, maxsplit=1)[0].rstrip()


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])


def environment(variables: Iterable[tuple[str, str]]) -> list[Variable]:
    """The variables of a process."""
    return [Variable(Place(Source.ENVIRONMENT, variable=name), name, value) for name, value in variables]
