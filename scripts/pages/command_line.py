"""The page of the command line: every command with its arguments, options and examples, from the command tree."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer.main
from scripts.pages.markdown import anchor, code, page, table

from kedge.cli.errors import Status
from kedge.cli.main import app

_STATUS = {
    "DONE": "Done.",
    "FAILED": "The thing asked for failed.",
    "USAGE": "Wrong usage.",
    "SETTINGS": "The settings are invalid: `kedge check` says what is wrong.",
    "NO_ENGINE": "There is no engine to talk to: none runs on the data directory, or commands cannot reach it.",
    "INTERRUPTED": "Interrupted (Ctrl-C).",
    "READER_GONE": "Whoever read the output went away (`kedge orders | head -1`). "
    "An engine (`kedge run`) goes on without its lines.",
}


class Entry:
    """One command of the tree; `Any` where Typer gives no types."""

    def __init__(self, path: str, command: Any) -> None:
        self.path = path
        self.command = command

    @property
    def help(self) -> str:
        """The help text as running text."""
        return " ".join((self.command.help or "").split())

    @property
    def parameters(self) -> list[Any]:
        """Arguments first, then options; the built-in help option is left out."""
        shown = [each for each in self.command.params if not getattr(each, "hidden", False)]
        return sorted(shown, key=lambda each: each.param_type_name != "argument")


def entries() -> Iterator[Entry]:
    """Every command, in the order of the help, the groups' own ones below them."""
    yield from _walk("kedge", typer.main.get_command(app))


def names_of(parameter: Any) -> list[str]:
    """How a parameter is written."""
    if parameter.param_type_name == "argument":
        return [parameter.human_readable_name.upper()]
    return [*parameter.opts, *parameter.secondary_opts]


def cli_page() -> str:
    """The tree as tables."""
    rows, blocks = [], []
    for entry in entries():
        rows.append((f"[{code(entry.path)}](#{anchor(entry.path)})", entry.help))
        blocks += [
            f"## {entry.path}",
            entry.help,
            f"```text\n{_usage(entry)}\n```",
            _parameters(entry),
            _examples(entry),
        ]
    statuses = [(str(status.value), _STATUS[status.name]) for status in Status]
    return page(
        "The command line",
        "src/kedge/cli",
        "One program, `kedge`. `-h` or `--help` behind any command says what is told here.",
        table(("command", "does"), rows),
        "## Exit status",
        table(("status", "means"), statuses),
        "## JSON",
        "With `--json` a command prints one JSON document on standard output and nothing else there. Lists are "
        '`{"items": […], "next": …}`. Prices, quantities and money are strings, times are RFC 3339 in UTC. An error is '
        '`{"error": {"code": "…", "message": "…", "facts": {…}}}`; the exit status says the same.',
        *blocks,
    )


def _walk(path: str, command: Any) -> Iterator[Entry]:
    yield Entry(path, command)
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from _walk(f"{path} {name}", child)


def _usage(entry: Entry) -> str:
    pieces = [entry.path]
    if any(each.param_type_name == "option" for each in entry.parameters):
        pieces.append("[OPTIONS]")
    if getattr(entry.command, "commands", None):
        pieces.append("COMMAND")
    for each in entry.parameters:
        if each.param_type_name == "argument":
            name = names_of(each)[0]
            pieces.append(name if each.required else f"[{name}]")
    return " ".join(pieces)


def _parameters(entry: Entry) -> str:
    rows = [
        (" / ".join(code(name) for name in names_of(each)), _value(each), _default(each), _help(each))
        for each in entry.parameters
    ]
    return table(("option", "takes", "default", "meaning"), rows) if rows else ""


def _value(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.metavar:
        return code(parameter.metavar)
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return ", ".join(code(str(choice)) for choice in choices)
    return str(getattr(parameter.type, "name", "text"))


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default is None or default is False or default == ():
        return ""
    if isinstance(default, Enum):
        return code(str(default.value))
    return code("yes" if default is True else str(default))


def _help(parameter: Any) -> str:
    return " ".join((getattr(parameter, "help", None) or "").split())


def _examples(entry: Entry) -> str:
    lines = [line.strip() for line in (entry.command.epilog or "").splitlines()]
    calls = [line for line in lines if line.startswith("kedge ")]
    return "```text\n" + "\n".join(calls) + "\n```" if calls else ""
