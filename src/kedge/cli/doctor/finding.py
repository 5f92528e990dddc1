"""One thing that was looked at, and what was seen."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How it is."""

    FINE = "fine"
    WARNING = "warning"  # trading is possible; a person should know
    FAILURE = "failure"  # an engine would not start, or could not be trusted


class Finding(NamedTuple):
    """What was seen, and what to do about it when it is not fine."""

    check: str
    verdict: Verdict
    seen: str
    advice: str = ""


def fine(check: str, seen: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Verdict.FINE, seen)


def warning(check: str, seen: str, advice: str) -> Finding:
    """Something that a person should know."""
    return Finding(check, Verdict.WARNING, seen, advice)


def failure(check: str, seen: str, advice: str) -> Finding:
    """Something that has to be mended first."""
    return Finding(check, Verdict.FAILURE, seen, advice)
