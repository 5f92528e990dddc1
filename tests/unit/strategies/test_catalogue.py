"""The catalogue: what parameters there are, and what is said to one that is wrong."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
import pytest
from tests.unit.strategies.data import FIVE

from kedge.domain.instants import Span
from kedge.strategies.catalogue import RULES, build, shown
from kedge.strategies.idea import Idea
from kedge.strategies.needs import Kind, Need
from kedge.strategies.parameters import Parameter, ParameterError, ParameterKind, parameters_of, value_of
from kedge.strategies.seen import Own, Seen
from kedge.strategies.strategy import Strategy, Terms

ORB = RULES["opening_range_breakout"]


class OwnTerms(Terms, frozen=True):
    symbol: str
    share: Annotated[float, msgspec.Meta(gt=0, lt=1, description="of something")] = 0.5
    money: Decimal = Decimal("1.50")
    word: Literal["a", "b"] = "a"
    most: Annotated[int, msgspec.Meta(ge=1)] | None = None
    list: tuple[int, ...] = (1, 2)

    def __post_init__(self) -> None:
        if self.word == "b" and self.money > 100:
            raise ValueError("money: 100 is the most for b")


class OwnStrategy(Strategy):
    Terms = OwnTerms
    terms: OwnTerms

    def needs(self) -> Mapping[str, Need]:
        return {"average": Need(Kind.SMA, int(self.terms.money))}

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        return ()


def test_the_rules() -> None:
    assert list(RULES) == [
        "opening_range_breakout",
        "ema_pullback",
        "n_bar_breakout",
        "ema_cross",
        "rsi_turn",
    ]


EVERY = [(rule, parameter) for rule in RULES.values() for parameter in parameters_of(rule)]
WHOLE = [(rule, parameter) for rule, parameter in EVERY if parameter.kind is ParameterKind.WHOLE]


@pytest.mark.parametrize(("rule", "parameter"), EVERY)
def test_every_parameter_is_documented_and_has_a_default_that_does(
    rule: type[Strategy], parameter: Parameter
) -> None:
    assert parameter.meaning
    assert not parameter.is_required
    assert getattr(build(rule, {}, FIVE).terms, parameter.name) == parameter.default
    if parameter.kind is ParameterKind.WHOLE:
        assert parameter.least is not None
        assert parameter.most is not None


@pytest.mark.parametrize(("rule", "parameter"), WHOLE)
def test_every_whole_number_has_bounds_that_hold(rule: type[Strategy], parameter: Parameter) -> None:
    assert parameter.least is not None
    assert parameter.most is not None
    for beyond in (parameter.least - 1, parameter.most + 1):
        with pytest.raises(ParameterError) as raised:
            build(rule, {parameter.name: beyond}, FIVE)
        assert raised.value.name == parameter.name
        assert raised.value.said == f"'{beyond}' is out of range"
        assert f"from {parameter.least} to {parameter.most}" in raised.value.needed
    for edge in (parameter.least, parameter.most):
        assert value_of(parameter, str(edge)) == edge


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param(
            {"range": 15},
            "range: is not known; one of range_minutes, sides, again, beyond_ticks is needed",
            id="an unknown key",
        ),
        pytest.param(
            {"range_minutes": "x"},
            "range_minutes: 'x' is not a whole number; a whole number from 1 to 360 (minutes) is needed",
            id="no number",
        ),
        pytest.param(
            {"range_minutes": "1.5"},
            "range_minutes: '1.5' is not a whole number; a whole number from 1 to 360 (minutes) is needed",
            id="no whole number",
        ),
        pytest.param(
            {"range_minutes": True},
            "range_minutes: 'true' is not a whole number; a whole number from 1 to 360 (minutes) is needed",
            id="a flag for a number",
        ),
        pytest.param(
            {"range_minutes": 0},
            "range_minutes: '0' is out of range; a whole number from 1 to 360 (minutes) is needed",
            id="out of bounds",
        ),
        pytest.param(
            {"sides": "up"}, "sides: 'up' is not known; one of both, long, short is needed", id="no such word"
        ),
        pytest.param(
            {"again": "yes"}, "again: 'yes' is not true or false; true or false is needed", id="no flag"
        ),
        pytest.param({"again": 1}, "again: '1' is not true or false; true or false is needed", id="a number"),
        pytest.param(
            {"range_minutes": 7},
            "range_minutes: '7' does not fit; it has to be a whole number of bars of 5m",
            id="not for these bars",
        ),
        pytest.param(
            {"sides": "x" * 90},
            f"sides: '{'x' * 40}…' is not known; one of both, long, short is needed",
            id="a long one is not quoted in full",
        ),
    ],
)
def test_what_is_wrong_is_said(said: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as raised:
        build(ORB, said, FIVE)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "said", [{"range_minutes": "30", "again": "true"}, {"range_minutes": 30, "again": True}]
)
def test_text_will_do(said: dict[str, object]) -> None:
    strategy = build(ORB, said, FIVE)
    assert shown(strategy) == {"range_minutes": "30", "sides": "both", "again": "true", "beyond_ticks": "0"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_is_shown_makes_the_same_again(rule: type[Strategy]) -> None:
    strategy = build(rule, {}, FIVE)
    assert build(rule, shown(strategy), FIVE).terms == strategy.terms


def test_equal_parameters_share_their_terms_and_nothing_else() -> None:
    one, other = build(ORB, {"range_minutes": 30}, FIVE), build(ORB, {"range_minutes": "30"}, FIVE)
    assert one.terms is other.terms
    assert one.state is not other.state
    assert build(ORB, {"range_minutes": 45}, FIVE).terms is not one.terms


def test_a_class_of_a_users_own_has_parameters_too() -> None:
    words = {parameter.name: parameter.words for parameter in parameters_of(OwnStrategy)}
    assert words == {
        "symbol": "text",
        "share": "a number above 0 and below 1",
        "money": "a number",
        "word": "one of a, b",
        "most": "a whole number from 1, or none",
        "list": "a value of its type",
    }
    strategy = build(OwnStrategy, {"symbol": "x", "money": "2.50", "list": "[3]", "most": "4"}, FIVE)
    assert strategy.terms == OwnTerms("x", 0.5, Decimal("2.5"), "a", 4, (3,))
    assert build(OwnStrategy, shown(strategy), FIVE).terms == strategy.terms


@pytest.mark.parametrize(
    ("said", "message"),
    [
        pytest.param({}, "symbol: is missing; text is needed", id="a parameter without a default"),
        pytest.param(
            {"share": "1"},
            "share: '1' is out of range; a number above 0 and below 1 is needed",
            id="open bounds",
        ),
        pytest.param({"share": "nan"}, "share: 'nan' is not a number", id="nan"),
        pytest.param({"money": "Infinity"}, "money: 'Infinity' is not a number", id="infinity"),
        pytest.param({"symbol": 5}, "symbol: '5' is not text", id="a number for text"),
        pytest.param({"most": "0"}, "most: '0' is out of range", id="bounds of what may be none"),
        pytest.param({"list": "x"}, "list: 'x' is not of its type", id="another type"),
        pytest.param({"word": "b", "money": 200}, "parameters: money: 100 is the most for b", id="together"),
        pytest.param({"money": 0}, "needs: average: a length of 0 is out of range", id="an impossible need"),
    ],
)
def test_what_is_wrong_for_a_class_of_a_users_own_is_said(said: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError) as raised:
        build(OwnStrategy, said if not said else {"symbol": "x", **said}, FIVE)
    assert str(raised.value).startswith(message)


def test_one_without_parameters_takes_none() -> None:
    class Bare(Strategy):
        pass

    assert parameters_of(Bare) == ()
    with pytest.raises(ParameterError, match="x: is not known; it has no parameters"):
        build(Bare, {"x": 1}, FIVE)


def test_a_fault_of_several_parameters_is_said_as_it_is() -> None:
    class Odd(Strategy):
        def fault(self, bar: Span) -> str:
            return "these do not go together"

    with pytest.raises(ParameterError, match="parameters: these do not go together"):
        build(Odd, {}, FIVE)
