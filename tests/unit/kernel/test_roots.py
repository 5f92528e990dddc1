"""A root means the contract of it that the account holds, of several the first that was opened, else the front one."""

import pytest
from msgspec.structs import replace
from tests.builders import ALPHA, ES, Desk, account

from kedge.domain import inputs as i
from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.kernel.book import Book

ROOT = Symbol("ES")


def contract(symbol: str, root: str = ROOT) -> Instrument:
    return replace(ES, symbol=Symbol(symbol), root=root)


H, M, U, OTHER = contract("ESH7"), contract("ESM7"), contract("ESU7"), contract("NQH7", "NQ")


def _desk(*held: Instrument) -> Desk:
    desk = Desk(account(), instruments=(H, M, U, OTHER))
    desk.give(i.FrontDeclared(ROOT, H.symbol, at=desk.now))
    for each in held:
        desk.fill(desk.enter(f"in-{each.symbol}", instrument=each.symbol, quantity=1)[0], 1)
    return desk


@pytest.mark.parametrize(
    ("held", "meant"),
    [((), H), ((OTHER,), H), ((M,), M), ((U, M), U), ((OTHER, M, U), M)],
    ids=lambda value: value.symbol if isinstance(value, Instrument) else [each.symbol for each in value],
)
def test_what_a_root_means(held: tuple[Instrument, ...], meant: Instrument) -> None:
    state = _desk(*held).book.state
    assert state.contract_of(ALPHA, ROOT) == meant.symbol
    assert state.contract_of(ALPHA, M.symbol) == M.symbol


def test_a_contract_that_is_declared_under_another_root_is_none_of_the_first_any_more() -> None:
    desk = _desk(M)
    desk.give(i.InstrumentDeclared(replace(M, root="MES"), at=desk.now))
    assert desk.book.state.contract_of(ALPHA, ROOT) == H.symbol


def test_the_contracts_of_a_root_outlive_a_snapshot_and_are_those_of_the_record() -> None:
    desk = _desk(M)
    assert Book.restored(desk.book.snapshot()).state.contract_of(ALPHA, ROOT) == M.symbol
    by_root: dict[str, dict[Symbol, None]] = {}
    for each in desk.book.state.instruments.values():
        by_root.setdefault(each.root, {})[each.symbol] = None
    assert desk.book.state.contracts == by_root
