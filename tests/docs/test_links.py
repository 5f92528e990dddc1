"""Links between the files lead somewhere."""

import re
from pathlib import Path

import pytest
from scripts.pages.markdown import anchor
from tests.docs.shell import ROOT, markdown_files

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(path: Path) -> list[str]:
    text = _FENCE.sub("", path.read_text("utf-8"))
    return [link for link in _LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_resolves(path: Path) -> None:
    broken = []
    for link in links(path):
        name, _, fragment = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (
            fragment
            and fragment not in {anchor(heading) for heading in _HEADING.findall(target.read_text("utf-8"))}
        ):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached: dict[Path, None] = {}
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop().resolve()
        if path in reached:
            continue
        reached[path] = None
        targets = [path.parent / link.partition("#")[0] for link in links(path) if link.partition("#")[0]]
        waiting += [target for target in targets if target.suffix == ".md"]
    lost = [str(path.relative_to(ROOT)) for path in markdown_files() if path.resolve() not in reached]
    assert lost == []
