"""The page of settings: every key, those that are not built yet too."""

from collections.abc import Iterator

from scripts.pages.markdown import code, page, table

from kedge.settings.catalogue import Key, Shape, catalogue
from kedge.settings.overlay import PREFIX
from kedge.settings.starting import starting_files

_HEADINGS = ("key", "type", "default", "unit", "meaning", "since")
_LATER = "not built yet"


def settings_page() -> str:
    """The rules of writing, then the keys by section."""
    blocks = []
    for section, keys in _sections():
        blocks += [f"## {section}", table(_HEADINGS, map(_row, keys))]
    return page(
        "Settings",
        "src/kedge/settings/form.py and unbuilt.py",
        "What stands in `kedge.yaml`. How to work with it: [Configure Kedge](../how-to/configure.md).",
        "`*` stands for a name of your own (`venues`) or for an entry of a list (`accounts`, `feeds`, `instruments`, "
        "`strategies`). A key without a default is required. A key that is *not built yet* is refused, and so is one "
        "that is not here at all.",
        "Numbers are read as decimals, exactly as they are written, with at most nine decimals; no float ever stands "
        f"between. Every key can be set by a variable: `{variable_of('accounts.*.cash')}` sets the `cash` of account "
        "`alpha`.",
        *blocks,
        "## An example",
        "This is what `kedge init` writes.",
        f"```yaml\n{starting_files()['kedge.yaml']}```",
    )


def variable_of(path: str) -> str:
    """The variable that sets a key, for an entry called alpha."""
    return PREFIX + "__".join(part.replace("*", "alpha").upper() for part in path.split("."))


def _sections() -> Iterator[tuple[str, list[Key]]]:
    keys = list(catalogue().values())
    tops = [key for key in keys if "." not in key.path]
    yield "Top level", tops
    for top in tops:
        inside = [key for key in keys if key.path.startswith(f"{top.path}.")]
        if inside:
            yield top.path, inside


def _row(key: Key) -> tuple[str, ...]:
    default = "required" if key.default is None else key.default
    choices = f"{key.words}; not built yet: {', '.join(key.later)}" if key.later else key.words
    return (
        code(key.path),
        choices,
        "its defaults" if key.shape is Shape.SECTION else default,
        key.unit,
        key.meaning,
        _LATER if key.since is None else key.since,
    )
