"""The examples run, end by themselves, and open with a docstring that says what they show."""

import ast
from pathlib import Path

import pytest
from tests.docs.shell import ROOT, Shell

from kedge.journal.reader import open_reader

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_what_it_shows(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_a_signal_of_ones_own_becomes_a_trade(shell: Shell, tmp_path: Path) -> None:
    ended = shell.run(f"python -W error examples/01_send_a_signal.py {tmp_path}")
    assert ended.returncode == 0, ended.stderr
    assert "entry: ORDERED" in ended.stdout
    assert "exit: ORDERED" in ended.stdout
    with open_reader(tmp_path) as reader:
        trades, orders = reader.trades(), reader.orders()
    assert len(trades) == 1
    assert {order["state"] for order in orders} == {"FILLED", "CANCELLED"}, "nothing is left open"
