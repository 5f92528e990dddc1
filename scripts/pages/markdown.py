"""The few forms of Markdown that the generated pages are made of."""

import inspect
from collections.abc import Iterable, Sequence


def page(title: str, source: str, *blocks: str) -> str:
    """A whole page; `source` says what it was made from, so that nobody edits the copy."""
    note = f"<!-- Made by scripts/build_docs.py from {source}. Do not edit: change the source, then `make docs`. -->"
    return "\n\n".join((f"# {title}", note, *(block.strip("\n") for block in blocks if block))) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside a cell are escaped, and a cell is one line."""
    lines = [_row(headings), _row(["---"] * len(headings))]
    lines += [_row([" ".join(cell.replace("|", "\\|").split("\n\n")) for cell in row]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def anchor(heading: str) -> str:
    """The fragment by which a heading is linked to."""
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")


def doc(thing: object) -> str:
    """A docstring as running text: one line for each paragraph."""
    text = inspect.getdoc(thing)
    assert text, f"{thing!r} has no docstring"
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def sentence(thing: object) -> str:
    """A docstring on one line, for a cell of a table."""
    return doc(thing).replace("\n\n", " ")


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"
