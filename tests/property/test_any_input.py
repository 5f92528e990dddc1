"""No well-typed input, however absurd, gets an exception out of a book, and what follows is recorded like all else.

Values are drawn from the declared types of the inputs themselves; ids come from a small pool so that inputs meet.
"""

from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.builders import ALPHA, ENGINE_HELD, ES, NOON, SPY, Desk, account, check_indexes

from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.announcements import Split
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import DailyLoss
from kedge.domain.instants import NEVER, SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Order, OrderRequest
from kedge.domain.owners import OwnerTerms
from kedge.domain.signals import Signal
from kedge.domain.strategies import Missed, StrategyTerms, Told

ORB = StrategyTerms("orb", ALPHA, SPY.symbol, "orb")
_ORDERS = [f"journal1-r1-{number:x}" for number in range(1, 9)]
# Which values a field of this name may have, whatever its type allows: ids that exist, and some that do not.
_POOLS: dict[str, list[Any]] = {
    "order": [*_ORDERS, "ghost"],
    "parent": [None, *_ORDERS],
    "account": ["alpha", "alpha", "nobody"],
    "instrument": ["SPY", "ES", "NONE"],
    "new_symbol": ["SPY", "ES", "NONE"],
    "venue": ["paper", "elsewhere"],
    "nonce": ["r1", "r2"],
    "journal_id": ["journal1", "other"],
    "endpoint": ["by_id", "listing", ""],
    "length": [ORB.bar, 0],
    "strategy": ["orb", "nobody"],
    "close": [NOON, NOON + SECOND, NOON + 300 * SECOND, 0, -1],
    "atr": [None, 0, -1, 10**9],  # what charts tell is of a sane size
    "at": [NOON, NOON + SECOND, NOON + 6 * SECOND, NOON + 70 * SECOND, 0, -1, NEVER],
    "ts": [NOON, NOON + SECOND, NOON - 70 * SECOND, NOON + 70 * SECOND, 0],
}
_NUMBERS = [
    0,
    1,
    -1,
    10**9,
    4 * 10**9,
    10 * 10**9,
    95 * 10**9,
    100 * 10**9,
    105 * 10**9,
    10_000,
    5 * 10**6,
    2**63,
    -(2**63),
]
_TEXTS = ["", "a", "s-1", "s-2", "x1", "x2", "x3"]


def values(type_: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Any value of a type."""
    if name in _POOLS and not (isinstance(type_, type) and issubclass(type_, msgspec.Struct)):
        return st.sampled_from(_POOLS[name])
    if type_ is Instrument:
        odd = Instrument(SPY.symbol, Decimal("0.07"), multiplier=Decimal(3))
        return st.sampled_from([SPY, ES, odd])
    if type_ is AccountTerms:
        return st.sampled_from(
            [
                account(),
                account(owner="ann"),
                account(capabilities=ENGINE_HELD),
                account(quantity=None, cash="0.000000001"),
            ]
        )
    if type_ is OwnerTerms:
        tight = OwnerTerms("ann", daily_loss=DailyLoss(Decimal(1)))
        return st.sampled_from([tight, OwnerTerms("ann", max_exposure=Decimal(1)), OwnerTerms("nobody")])
    if type_ is StrategyTerms:
        return st.sampled_from(
            [ORB, replace(ORB, bar=Span(0)), replace(ORB, account="nobody", quantity=Decimal(3))]
        )
    if type_ is Told:
        return st.builds(
            Told,
            strategy=st.sampled_from(["orb", "nobody"]),
            state=st.sampled_from([None, "{}"]),
            setups=st.lists(_struct(Signal), max_size=2).map(tuple),
            exits=st.lists(_struct(Signal), max_size=1).map(tuple),
            missed=st.sampled_from([None, None, *Missed]),
            error=st.sampled_from(["", "", "boom"]),
        )
    if type_ is Split:
        ratios = st.sampled_from([(4, 1), (1, 10), (3, 2), (1, 10**6), (10**6, 1)])
        symbols = st.sampled_from(_POOLS["instrument"])
        return st.builds(lambda symbol, ratio: Split(symbol, NOON, *ratio), symbols, ratios)
    if type_ is Capabilities:
        return st.just(Capabilities())
    info = msgspec.inspect.type_info(type_)
    return _by_info(info, type_)


def _by_info(info: Any, type_: Any) -> st.SearchStrategy[Any]:
    match info:
        case msgspec.inspect.StructType(cls=cls):
            return _struct(cls)
        case msgspec.inspect.EnumType(cls=cls):
            return st.sampled_from([*cls])
        case msgspec.inspect.UnionType(types=types):
            return st.one_of(*(_by_info(one, None) for one in types))
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.IntType():
            return st.sampled_from(_NUMBERS)
        case msgspec.inspect.StrType():
            return st.sampled_from(_TEXTS)
        case msgspec.inspect.DecimalType():
            return st.sampled_from([Decimal(0), Decimal(1), Decimal(10), Decimal("99.99")])
        case msgspec.inspect.VarTupleType(item_type=item):
            return st.lists(_by_info(item, None), max_size=2).map(tuple)
        case msgspec.inspect.ListType(item_type=item):
            return st.lists(_by_info(item, None), max_size=2)
        case msgspec.inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(_by_info(key, None), _by_info(value, None), max_size=2)
    raise NotImplementedError(f"{type_}: {info}")


def _struct(cls: type[Any]) -> st.SearchStrategy[Any]:
    if cls in (Instrument, AccountTerms, Capabilities, Split, OwnerTerms, StrategyTerms, Told):
        return values(cls)
    fields = msgspec.structs.fields(cls)
    made = {field.name: _field(cls, field) for field in fields}
    return st.fixed_dictionaries(made).map(lambda found: cls(**found))


def _field(cls: type[Any], field: Any) -> st.SearchStrategy[Any]:
    if cls is OrderRequest and field.name == "id":
        return st.sampled_from([*_ORDERS, "archived"])
    if cls is Order and field.name == "executions":
        return st.dictionaries(st.sampled_from(_TEXTS), st.none(), max_size=2)
    return values(field.type, field.name)


ANY_INPUT = st.one_of(*(values(cls) for cls in get_args(i.Input)))


@pytest.mark.parametrize("capabilities", [Capabilities(), ENGINE_HELD], ids=["at the venue", "engine-held"])
@settings(suppress_health_check=list(HealthCheck), max_examples=settings().max_examples * 3)
@given(data=st.data())
def test_no_input_gets_an_exception_out_of_a_book(capabilities: Capabilities, data: st.DataObject) -> None:
    desk = Desk(account(capabilities=capabilities))
    desk.give(i.StrategiesDeclared((ORB,), at=NOON))
    if data.draw(st.booleans()):
        desk.enter(accept=data.draw(st.booleans()), filled=data.draw(st.sampled_from([None, 4, 10])))
    for input_ in data.draw(st.lists(ANY_INPUT, max_size=12)):
        desk.give(input_)
        desk.book.on_quote(SPY.symbol, Ticks(9_400), Ticks(9_401), NOON)
    check_indexes(desk.book)


@settings(suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_absurd_inputs_led_to_is_recorded_like_all_else(data: st.DataObject) -> None:
    desk = Desk()
    desk.give(i.StrategiesDeclared((ORB,), at=NOON))
    desk.enter()
    for input_ in data.draw(st.lists(ANY_INPUT, max_size=8)):
        desk.give(input_)
    desk.check_record()


@pytest.mark.parametrize("kind", get_args(i.Input))
def test_every_kind_of_input_is_made(kind: type) -> None:
    made = find(values(kind), lambda _: True, settings=settings(database=None, max_examples=10))
    assert type(made) is kind
