"""No file of the repository names a package registry or holds a path of one machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Put together here, so that this file does not hold them itself.
REGISTRIES = [
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("repo1", "maven", "org"),
    )
]

# Folders that hold checkouts everywhere; their names say nothing about one machine.
COMMON = {Path(name) for name in ("/", "/home", "/mnt", "/opt", "/srv", "/tmp", "/usr/src")}  # noqa: S108


def texts() -> Iterator[tuple[str, str]]:
    """Each text file that git tracks or would take, as (name, text)."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in listing.split("\0"):
        path = ROOT / name
        if not name or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")


def test_no_file_names_a_package_registry() -> None:
    found = [(name, host) for name, text in texts() for host in REGISTRIES if host in text]
    assert found == []


def test_no_file_holds_a_path_of_this_machine() -> None:
    places = {ROOT, ROOT.parent, Path.home(), *Path.home().parents} - COMMON
    path = re.compile("|".join(rf"(?<![\w.-]){re.escape(str(place))}/" for place in sorted(places)))
    found = [(name, match[0]) for name, text in texts() if (match := path.search(text))]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_pins_and_hashes_and_nothing_of_where_they_came_from(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    requirements = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert requirements
    for requirement in requirements:
        assert "==" in requirement and requirement.endswith("\\"), f"neither pinned nor hashed: {requirement}"
    assert not [line for line in lines if "://" in line or "@ file" in line]
