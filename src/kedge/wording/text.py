"""A piece of text as it is shown: with a style, and with nothing in it that a terminal would obey."""

from typing import NamedTuple


class Cell(NamedTuple):
    """A text with a style of its own."""

    text: str
    style: str = ""


def clean(text: str) -> str:
    """Text on one line, without anything that a terminal would obey."""
    return "".join(_visible(sign) for sign in text)


def _visible(sign: str) -> str:
    if sign.isprintable():
        return sign
    return " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"
