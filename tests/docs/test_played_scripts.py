"""The page on scripts shows what really comes of them: the script in its file, and every output to the last letter."""

import re
from typing import NamedTuple

import pytest
from tests.docs.shell import ROOT, Shell

from kedge.lab.script import KINDS

PAGE = (ROOT / "docs/how-to/play-the-life-of-an-order.md").read_text("utf-8")
SCRIPT = ROOT / "examples/life_of_an_order.jsonl"
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"\s+# exit \d+$")


class Played(NamedTuple):
    """A command, and what the page shows below it."""

    command: str
    output: str


def played() -> list[Played]:
    shown = []
    for block in _CONSOLE.findall(PAGE):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            shown.append(Played(_STATUS.sub("", command), output))
    return shown


def test_every_output_is_the_real_one(shell: Shell) -> None:
    outputs = 0
    for one in played():  # a reader types them in this order
        ended = shell.run(one.command)
        if one.output:
            outputs += 1
            assert ended.stdout + ended.stderr == one.output, one.command
    assert outputs >= 3


def test_the_script_on_the_page_is_the_one_in_the_file() -> None:
    assert f"```text\n{SCRIPT.read_text('utf-8')}```" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_line_has_its_row(kind: str) -> None:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(f"`{kind}`" in row for row in rows)
