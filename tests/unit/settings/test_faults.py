"""Wrong settings: each with the exact words that people get. All of a file's faults are told, in its order."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.unit.settings.builders import GOOD, changed, faults, read_text

from kedge.settings.errors import SettingsError


class Wrong(NamedTuple):
    """One case of the table beside this file."""

    name: str
    old: str
    new: str
    said: list[str]


def cases() -> Iterator[Wrong]:
    table = (Path(__file__).parent / "wrong.txt").read_text("utf-8")
    for block in table.split("\n\n")[1:]:
        name, old, new, *said = block.rstrip("\n").split("\n")
        signs = [line[:4] for line in (old, new, *said)]
        assert signs == ["  - ", "  + ", *(["  ! "] * len(said))], name
        yield Wrong(name, ast.literal_eval(old[4:]), ast.literal_eval(new[4:]), [line[4:] for line in said])


WRONG = list(cases())


@pytest.mark.parametrize("case", WRONG, ids=[case.name for case in WRONG])
def test_what_is_wrong_is_told_with_its_place_its_key_and_what_is_allowed(
    case: Wrong, tmp_path: Path
) -> None:
    assert faults(tmp_path, changed(case.old, case.new)) == case.said


def test_the_table_is_not_short() -> None:
    assert len(WRONG) > 70
    assert all(case.said for case in WRONG)


def test_the_good_file_is_in_order(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("cash: 100000", "cash: lots").replace(
        "venue: paper\n    cash: 50000", "venue: papr\n    csh: 1"
    )
    said = faults(
        tmp_path,
        text.replace("tick: 0.25", "tick: 0"),
        variables={"KEDGE_DATADIR": "x"},
        dotenv="KEDGE_DATA_DIR=\nnonsense\n",
    )
    assert said == [
        "kedge.yaml:7:11: accounts.alpha.cash: 'lots' is not a number; a number of 0 or more is needed",
        "kedge.yaml:13:5: accounts.beta.cash: missing; a number of 0 or more is needed",
        "kedge.yaml:14:12: accounts.beta.venue: 'papr' is not among the venues; did you mean paper?",
        "kedge.yaml:15:5: accounts.beta.csh: unknown key; did you mean cash?",
        "kedge.yaml:20:24: instruments.ES.tick: 0 is out of range; a number above 0 is needed",
        ".env:1: KEDGE_DATA_DIR: data_dir: has no value; a path is needed",
        ".env:2: is not of the form NAME=value",
        "environment variable KEDGE_DATADIR: datadir: unknown key; did you mean data_dir?",
    ]


def test_an_empty_file_misses_what_is_required(tmp_path: Path) -> None:
    assert faults(tmp_path, "# nothing yet\n") == [
        "kedge.yaml:1:1: accounts: missing; a list of sections (one at least) is needed",
        "kedge.yaml:1:1: instruments: missing; a list of sections (one at least) is needed",
        "kedge.yaml:1:1: venues: missing; a section with a section for each name (one at least) is needed",
    ]


def test_a_list_is_no_settings_file(tmp_path: Path) -> None:
    assert faults(tmp_path, "- 1\n") == ["kedge.yaml:1:1: a list stands here; a section is needed"]


def test_a_name_that_is_told_again_cannot_break_the_line(tmp_path: Path) -> None:
    said = faults(tmp_path, changed("  paper: {kind", '  "paper\\n\\e[2J": {kind'))
    assert said[-1] == (
        r"kedge.yaml:14:12: accounts.beta.venue: 'paper' is not among the venues; did you mean paper\n\x1b[2J?"
    )


def test_a_long_value_is_not_quoted_in_full(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, changed("cash: 100000", "cash: " + "x" * 1000))
    assert said == (
        f"kedge.yaml:7:11: accounts.alpha.cash: '{'x' * 40}…' is not a number; a number of 0 or more is needed"
    )


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    from kedge.settings.reading import read

    with pytest.raises(SettingsError) as caught:
        read(Path("nowhere/kedge.yaml"), {})
    assert str(caught.value) == (
        "nowhere/kedge.yaml: there is no such file; `kedge init` writes one, `-c FILE` names another"
    )
    with pytest.raises(SettingsError, match="Is a directory"):
        read(tmp_path, {})
    with pytest.raises(SettingsError, match="is no name of a file"):
        read(Path("a\0b"), {})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "kedge.yaml:1: is not text in UTF-8"),
        (b"a: 1\nb: \xc3\x28\n", "kedge.yaml:2: is not text in UTF-8"),
        (b"#" * 4_000_001, "kedge.yaml: is longer than 1000000 characters"),
        (b"#" * 1_000_001, "kedge.yaml:1:1: is longer than 1000000 characters"),
        (b"[" * 30, "kedge.yaml:1:25: is nested more than 24 levels deep"),
    ],
)
def test_a_file_that_is_no_sane_text_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    assert faults(tmp_path, content) == [said]


def test_the_document_of_a_fault_holds_its_parts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_text(tmp_path, changed("cash: 100000", "cash: lots"))
    (fault,) = caught.value.faults
    file = str(tmp_path / "kedge.yaml")
    assert fault.document == {
        "source": "file",
        "file": file,
        "line": 7,
        "column": 11,
        "variable": None,
        "key": "accounts.alpha.cash",
        "value": "lots",
        "problem": "'lots' is not a number",
        "allowed": "a number of 0 or more is needed",
        "message": f"{file}:7:11: accounts.alpha.cash: 'lots' is not a number; a number of 0 or more is needed",
    }


CANARY = "hunter2-canary"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("data_dir: ./data", f"api: {{token: {CANARY}}}"),
        ("slippage_bps: 1", f"secret: {CANARY}"),
        ("slippage_bps: 1", f"secert: {CANARY}"),
        ("slippage_bps: 1", f"key: [{CANARY}]"),
        ("kind: paper, seed: 7, slippage_bps: 1", f"kind: alpaca, secret: {CANARY}"),
        ("data_dir: ./data", f"database_url: postgresql://me:{CANARY}@host"),
    ],
)
def test_a_secret_in_clear_is_never_shown(old: str, new: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_text(tmp_path, changed(old, new))
    told = [str(caught.value), repr(caught.value), *(str(fault.document) for fault in caught.value.faults)]
    assert CANARY not in "".join(told)


@pytest.mark.parametrize(
    "variables",
    [{"KEDGE_API__TOKEN": CANARY}, {"KEDGE_TOKEN": CANARY}, {"KEDGE_VENUES__PAPER__SECRET": CANARY}],
)
def test_a_secret_in_a_variable_is_never_shown(variables: dict[str, str], tmp_path: Path) -> None:
    (said,) = faults(tmp_path, GOOD, variables)
    assert CANARY not in said


def test_a_secret_on_a_broken_line_of_the_dotenv_is_never_shown(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, dotenv=f'TOKEN="{CANARY}\n') == [".env:1: is not of the form NAME=value"]
