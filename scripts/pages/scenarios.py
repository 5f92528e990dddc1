"""The page of scenarios: what went wrong for others, what Kedge does there, and the tests that play it.

The tests are found by their names (`test_s29_…`, `test_s33_s39_…`) or by the ids of their cases (`S-29`).
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.pages.markdown import page, table

ROOT = Path(__file__).parents[2]
DATA = "docs/scenarios.toml"
_IN_A_NAME = re.compile(r"^test_((?:s\d\d_)+)(.*)$")
_IN_A_CASE = re.compile(r"^S-\d\d(?:, S-\d\d)*$")


@dataclass(frozen=True)
class Found:
    """A test that names scenarios."""

    path: str
    name: str
    ids: tuple[str, ...]
    fails: bool  # it is known to fail: the scenario shows what Kedge does not do yet

    @property
    def link(self) -> str:
        """The name as people read it, leading to the file."""
        named = _IN_A_NAME.match(self.name)
        words = (named[2] if named else self.name.removeprefix("test_")).replace("_", " ")
        return f"[{words}](../../{self.path}){' (known to fail)' if self.fails else ''}"


def scenarios_page(root: Path = ROOT) -> str:
    """Every scenario with its answer and its tests."""
    classes = tomllib.loads((root / DATA).read_text("utf-8"))["class"]
    tests = list(tests_in(root / "tests", root))
    known = {id_: told for each in classes for id_, told in each["scenarios"].items()}
    wrong = faults(known, tests)
    if wrong:
        raise ValueError(f"{DATA} and the tests do not agree: {'; '.join(wrong)}")
    covered = sum(is_covered(told) for told in known.values())
    return page(
        "Scenarios",
        f"{DATA} and the names in tests",
        "What went wrong for people who traded with other programs, as they told it in public. Each is played by tests "
        "that carry its number; `pytest -k s29` runs those of one.",
        f"**{covered} of {len(known)} are covered.** Where something is missing the table says what.",
        *(_part(each, tests) for each in classes),
    )


def _part(part: Mapping[str, Any], tests: list[Found]) -> str:
    rows = [
        (id_, told["happened"], _answer(told), "; ".join(test.link for test in tests if id_ in test.ids))
        for id_, told in part["scenarios"].items()
    ]
    headings = ("", "what happened", "what Kedge does", "tests")
    return f"## {part['letter']}: {part['name']}\n\n{table(headings, rows)}"


def _answer(told: Mapping[str, str]) -> str:
    missing = [
        f"**{word}:** {told[key]}"
        for key, word in (("not_yet", "Not yet"), ("needs", "Needs"))
        if key in told
    ]
    return " ".join([told["answer"], *missing])


def is_covered(told: Mapping[str, str]) -> bool:
    """Whether nothing is missing."""
    return "not_yet" not in told and "needs" not in told


def faults(known: Mapping[str, Mapping[str, str]], tests: list[Found]) -> list[str]:
    """What does not fit together: scenarios without a test or a reason, tests of what is not known."""
    wrong = [
        f"{test.name} names {id_}, which is not there"
        for test in tests
        for id_ in test.ids
        if id_ not in known
    ]
    for id_, told in known.items():
        own = [test for test in tests if id_ in test.ids]
        if not own and is_covered(told):
            wrong.append(f"{id_} has neither a test nor a reason")
        if is_covered(told) and any(test.fails for test in own):
            wrong.append(f"{id_} has a test that fails and does not say what is missing")
    return wrong


def tests_in(folder: Path, root: Path) -> Iterator[Found]:
    """Every test under the folder that names a scenario, by file and place."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                ids = (*_ids_of_name(node.name), *_ids_of_cases(node))
                if ids:
                    fails = any("xfail" in ast.unparse(mark) for mark in node.decorator_list)
                    yield Found(path.relative_to(root).as_posix(), node.name, ids, fails)


def _ids_of_name(name: str) -> list[str]:
    named = _IN_A_NAME.match(name)
    return [] if named is None else [f"S-{number}" for number in re.findall(r"\d\d", named[1])]


def _ids_of_cases(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in test.decorator_list:
        for node in ast.walk(mark):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _IN_A_CASE.match(node.value)
            ):
                yield from node.value.split(", ")
