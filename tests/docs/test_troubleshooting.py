"""Every error that a person can meet is in the list of what to do about it."""

import ast
import re
from collections.abc import Iterator

import pytest
from scripts.pages.errors import error_classes
from tests.docs.shell import ROOT

from kedge.cli.errors import code_of
from kedge.journal import errors as journal_errors
from kedge.venues import errors as venue_errors

TEXT = (ROOT / "docs/troubleshooting.md").read_text("utf-8")
BASES = ("JOURNAL", "VENUE")  # never raised themselves
# Inside the engine they turn into inputs; no command lets them out.
KERNEL_S_BUSINESS = ("DUPLICATE", "UNKNOWN_OUTCOME")


def codes_of_errors() -> list[str]:
    classes = [
        *error_classes(journal_errors, journal_errors.JournalError),
        *error_classes(venue_errors, venue_errors.VenueError),
    ]
    codes = [code_of(each("")) for each in classes]
    return [code for code in codes if code not in (*BASES, *KERNEL_S_BUSINESS)]


def codes_of_the_command_line() -> Iterator[str]:
    """The first argument of each `Problem(…)`; a part that is filled in is one of the nouns."""
    for path in sorted((ROOT / "src/kedge/cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield str(code.value)
                elif isinstance(code, ast.JoinedStr):
                    yield "".join(str(part.value) for part in code.values if isinstance(part, ast.Constant))


@pytest.mark.parametrize("code", sorted({*codes_of_errors(), *codes_of_the_command_line()}))
def test_every_code_is_explained(code: str) -> None:
    assert f"`{code}" in TEXT


RAISED = {
    *(each.__name__ for each in error_classes(journal_errors, journal_errors.JournalError)),
    "EngineStoppedError",
    "Problem",
}


def messages() -> Iterator[str]:
    """The words of every error that is raised by name, with … for what is filled in."""
    for package in ("journal", "engine", "cli"):
        for path in sorted((ROOT / "src/kedge" / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
                    words = node.args[1:] if node.func.id == "Problem" else node.args
                    yield from (text for each in words if len(plain(text := words_of(each))) > 8)


def words_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return words_of(node.left) + words_of(node.right)
    return "…"


def plain(text: str) -> str:
    return re.sub(r"[^a-z]+", " ", text.lower()).strip()


@pytest.mark.parametrize("message", sorted(set(messages())))
def test_every_message_is_explained(message: str) -> None:
    text = plain(TEXT)
    missing = [piece for piece in message.split("…") if len(plain(piece)) > 8 and plain(piece) not in text]
    assert missing == [], "docs/troubleshooting.md does not have these words"
