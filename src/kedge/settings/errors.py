"""What is wrong with settings: every fault with its place, its key, and what would be right."""

from collections.abc import Iterable

import msgspec

from kedge.settings.places import Place, Source

_SHOWN_MAX = 40


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong. `value` is left out where it might be a secret."""

    place: Place
    key: str
    problem: str
    allowed: str = ""
    value: str | None = None

    @property
    def text(self) -> str:
        """Place, key, problem, and what is allowed, on one line; names from the file are shown, never obeyed."""
        said = ": ".join(part for part in (str(self.place), self.key, self.problem) if part)
        whole = f"{said}; {self.allowed}" if self.allowed else said
        return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in whole)

    @property
    def document(self) -> dict[str, object]:
        """The form that programs get."""
        place = self.place
        return {
            "source": place.source.name.lower(),
            "file": place.file or None,
            "line": place.line or None,
            "column": place.column or None,
            "variable": place.variable or None,
            "key": self.key,
            "value": self.value,
            "problem": self.problem,
            "allowed": self.allowed or None,
            "message": self.text,
        }


class SettingsError(Exception):
    """The settings cannot be used. Nothing was started; `faults` names all that is wrong, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.place, fault.key, fault.problem)))
        super().__init__("\n".join(fault.text for fault in self.faults))


def file_fault(file: str, problem: str, source: Source = Source.FILE) -> SettingsError:
    """What is wrong with a file as a whole."""
    return SettingsError([Fault(Place(source, file), "", problem)])


def shown(text: str) -> str:
    """A value as it is quoted in a message: on one line, and not all of a long one."""
    return repr(text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…")
