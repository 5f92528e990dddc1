"""Writes the generated pages of the documentation: `docs/reference` and the pictures in `docs/images`.

    python scripts/build_docs.py           write what is out of date
    python scripts/build_docs.py --check   write nothing; say what is out of date, and fail

The pages are made from the repository alone, so the same code gives the same bytes. They are checked in, because people
read them where no Python is at hand; a test holds them to the code.
"""

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a script starts with its own folder on the path, not with the repository

from scripts.pages.anomalies import anomalies_page  # noqa: E402
from scripts.pages.codes import codes_page  # noqa: E402
from scripts.pages.command_line import cli_page  # noqa: E402
from scripts.pages.controls import controls_page  # noqa: E402
from scripts.pages.errors import errors_page  # noqa: E402
from scripts.pages.house import house_svg  # noqa: E402
from scripts.pages.lifecycle import lifecycle_page  # noqa: E402
from scripts.pages.lifecycle_drawing import lifecycle_svg  # noqa: E402
from scripts.pages.messages import commands_page, events_page, inputs_page, structures_page  # noqa: E402
from scripts.pages.rules import rules_page  # noqa: E402
from scripts.pages.scenarios import scenarios_page  # noqa: E402
from scripts.pages.settings import settings_page  # noqa: E402
from scripts.pages.signal_form import signal_page  # noqa: E402
from scripts.pages.tables import tables_page  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "docs/images/kedge.svg": house_svg,
    "docs/images/lifecycle.svg": lifecycle_svg,
    "docs/reference/anomalies.md": anomalies_page,
    "docs/reference/cli.md": cli_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/controls.md": controls_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/events.md": events_page,
    "docs/reference/inputs.md": inputs_page,
    "docs/reference/lifecycle.md": lifecycle_page,
    "docs/reference/refusal-codes.md": codes_page,
    "docs/reference/rules.md": rules_page,
    "docs/reference/scenarios.md": scenarios_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/signal.md": signal_page,
    "docs/reference/structures.md": structures_page,
    "docs/reference/tables.md": tables_page,
}
USAGE = 2


def out_of_date(root: Path) -> dict[Path, str]:
    """The pages that differ from what the code says, with what they should be."""
    wanted = {root / name: make() for name, make in PAGES.items()}
    return {
        path: text for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text
    }


def main(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: build_docs.py [--check]", file=sys.stderr)
        return USAGE
    stale = out_of_date(ROOT)
    for path, text in stale.items():
        name = path.relative_to(ROOT)
        if arguments:
            print(f"{name} is out of date: run `make docs`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    if arguments and stale:
        return 1
    if not stale:
        print(f"{len(PAGES)} pages are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
