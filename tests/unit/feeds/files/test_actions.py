"""Splits and new names are read from CSV and from JSON lines, and nothing is guessed."""

from pathlib import Path

import pytest
from tests.unit.feeds.files.samples import at, written

from kedge.domain.announcements import Split, SymbolChange
from kedge.domain.ids import Symbol
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.actions import read_actions

HEADER = "ts_utc,symbol,kind,ratio,new_symbol\n"
CSV = HEADER + (
    "2026-03-02T14:30:00Z,SPY,symbol_change,,SPYX\n"
    "2026-03-02T10:00:00Z,SPY,split,4,\n"
    "2026-03-02T14:30:00Z,QQQ,split,0.1,\n"
)
JSON = """{"ts_utc": "2026-03-02T14:30:00Z", "symbol": "SPY", "kind": "symbol_change", "new_symbol": "SPYX"}
{"ts_utc": "2026-03-02T10:00:00Z", "symbol": "SPY", "kind": "split", "ratio": 4, "new_symbol": null}
{"ts_utc": "2026-03-02T14:30:00Z", "symbol": "QQQ", "kind": "split", "ratio": "0.1"}
"""
ACTIONS = [
    Split(Symbol("SPY"), at("10:00:00"), 4),
    SymbolChange(Symbol("SPY"), at("14:30:00"), Symbol("SPYX")),
    Split(Symbol("QQQ"), at("14:30:00"), 1, 10),
]


@pytest.mark.parametrize(
    ("ratio", "new", "old"),
    [("4", 4, 1), ("4:1", 4, 1), ("1:3", 1, 3), ("1.5", 3, 2), ("6:4", 3, 2), ("0.05", 1, 20)],
)
def test_a_ratio_in_whole_shares(tmp_path: Path, ratio: str, new: int, old: int) -> None:
    path = written(tmp_path, "actions", HEADER + f"2026-03-02T14:30:00Z,SPY,split,{ratio},\n")
    assert read_actions(path) == [Split(Symbol("SPY"), at("14:30:00"), new, old)]


@pytest.mark.parametrize("content", [pytest.param(CSV, id="CSV"), pytest.param(JSON, id="JSON lines")])
def test_actions_come_in_the_order_of_time(tmp_path: Path, content: str) -> None:
    assert read_actions(written(tmp_path, "actions", content)) == ACTIONS


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        pytest.param("", ":", "is empty", id="empty"),
        pytest.param(b"\xff\xfe", ":", "is not in UTF-8", id="not UTF-8"),
        pytest.param(
            "symbol,ratio\n", ":",
            "actions need the columns ts_utc, symbol, kind; missing: ts_utc, kind", id="columns missing",
        ),
        pytest.param(HEADER + "2026-03-02T14:30:00Z,SPY\n", ", row 1:", "has 2 values for 5 columns", id="cut short"),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,merger,,\n", ", row 1:",
            "kind 'merger' is not one of split, symbol_change", id="another kind",
        ),
        pytest.param(HEADER + "2026-03-02T14:30:00Z,SPY,split,,\n", ", row 1:", "ratio is missing", id="no ratio"),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,split,-4,\n", ", row 1:",
            "ratio -4 is none of a split: NEW:OLD is needed, such as 4:1 or 1:3", id="a negative ratio",
        ),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,split,4:x,\n", ", row 1:",
            "ratio '4:x' is not a number, and not NEW:OLD such as 1:3", id="half a ratio",
        ),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,split,1:0,\n", ", row 1:",
            "ratio '1:0' is not a number, and not NEW:OLD such as 1:3", id="of nothing",
        ),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,split,0.333333333,\n", ", row 1:",
            "ratio 0.333333333 is none of a split: NEW:OLD is needed, such as 4:1 or 1:3", id="a rounded ratio",
        ),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,split,1,\n", ", row 1:",
            "ratio 1 is none of a split: NEW:OLD is needed, such as 4:1 or 1:3", id="one to one",
        ),
        pytest.param(
            HEADER + "2026-03-02T14:30:00Z,SPY,symbol_change,,SPY\n", ", row 1:",
            "new_symbol SPY is the old one", id="no change",
        ),
        pytest.param(
            HEADER + "2026-03-02,SPY,split,4,\n", ", row 1:",
            "'2026-03-02' is not a time such as 2026-03-02T14:31:00Z (the zone is needed)", id="a day",
        ),
        pytest.param(
            '{"ts_utc": "2026-03-02T14:30:00Z", "symbol": "SPY", "kind": "split", "raito": 4}', ", row 1:",
            "'raito' is not known; there are: ts_utc, symbol, kind, ratio, new_symbol", id="an unknown name",
        ),
        pytest.param(JSON + "{", ", row 4:", "is no object of texts: Input data was truncated", id="half a line"),
    ],
)  # fmt: skip
def test_a_bad_file_gets_one_error_that_says_what_and_where(
    tmp_path: Path, content: str | bytes, place: str, problem: str
) -> None:
    path = written(tmp_path, "actions", content)
    with pytest.raises(BadFileError) as caught:
        read_actions(path)
    assert str(caught.value) == f"{path}{place} {problem}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="cannot be opened: No such file or directory"):
        read_actions(tmp_path / "actions.csv")
