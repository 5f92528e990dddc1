"""EMA pullback: away, back to the average, and off it again in the trend's direction. Up and down are one."""

import pytest
from tests.unit.strategies.data import ES, FIVE, LONG, SHORT, bars, in_session, opening, said

from kedge.domain.instants import Instant
from kedge.domain.signals import Direction
from kedge.strategies.catalogue import build
from kedge.strategies.idea import Enter
from kedge.strategies.parameters import ParameterError
from kedge.strategies.rules.ema_pullback import EmaPullback
from kedge.strategies.trial import Row, bars_of, play

# Up by one with each bar, so that the averages of 2 and 4 bars lie half a point and one and a half below the close.
TREND = [(n + 0.25, n + 0.75, n + 0.25, n + 0.5) for n in range(100, 106)]
SHORTER = {"fast": 2, "slow": 4}
Price = tuple[float, float, float, float]


def rows(prices: list[Price], side: Direction) -> list[Row]:
    """The prices, or upside down."""
    if side is LONG:
        return [(str(first), str(high), str(low), str(last)) for first, high, low, last in prices]
    return [
        (str(300 - first), str(300 - low), str(300 - high), str(300 - last))
        for first, high, low, last in prices
    ]


@pytest.mark.parametrize("side", [LONG, SHORT])
@pytest.mark.parametrize(
    ("later", "parameters", "expected"),
    [
        pytest.param([(105.5, 107, 104, 106.75)], {}, [7], id="back and off in one bar"),
        pytest.param(
            [(105.5, 106, 104, 104.25), (104.25, 107, 104, 106.75)], {}, [8], id="off in the next bar"
        ),
        pytest.param([(105.5, 106, 104, 105.25)], {}, [], id="back only"),
        pytest.param(
            [(107, 107, 104, 106.75)], {}, [], id="off, but closed against the trend within the bar"
        ),
        pytest.param([(106.5, 107, 106.5, 107)], {}, [], id="never back"),
        pytest.param(
            [(105.5, 107, 104, 106.75), (106.75, 108, 105, 107.75)],
            {},
            [7],
            id="away has to come before back",
        ),
        pytest.param(
            [(105.5, 107, 104, 106.75), (107.5, 108, 107.5, 107.75), (107.75, 110, 106, 109.5)],
            {},
            [7, 9],
            id="away, and back again",
        ),
        pytest.param(
            [(105.5, 106, 104.5, 105), (105, 105.25, 104.75, 104.75), (104.75, 107, 104.75, 107)],
            {"within": 2},
            [],
            id="too slow",
        ),
        pytest.param(
            [(105.5, 106, 104.5, 105), (105, 105.25, 104.75, 104.75), (104.75, 107, 104.75, 107)],
            {"within": 3},
            [9],
            id="just quick enough",
        ),
        pytest.param(
            [(105.5, 107, 105.25, 106.75)], {"back_to": "slow"}, [], id="not as far as the slow one"
        ),
        pytest.param([(105.5, 107, 105, 106.75)], {"back_to": "slow"}, [7], id="as far as the slow one"),
        pytest.param(
            [(105.5, 105.5, 95, 95), (95, 107, 95, 107)], {}, [], id="the trend has turned in between"
        ),
    ],
)
def test_pullbacks(
    later: list[Price], parameters: dict[str, object], expected: list[int], side: Direction
) -> None:
    built = bars_of(ES, opening(), FIVE, rows([*TREND, *later], side))
    spoken = play(build(EmaPullback, SHORTER | parameters, FIVE), ES, built, in_session)
    assert said(spoken, opening()) == [(number, side) for number in expected]


@pytest.mark.parametrize(("sides", "own", "other"), [("long", LONG, SHORT), ("short", SHORT, LONG)])
def test_one_side_only(sides: str, own: Direction, other: Direction) -> None:
    prices: list[Price] = [*TREND, (105.5, 107, 104, 106.75)]
    for side, count in ((own, 1), (other, 0)):
        rule = build(EmaPullback, SHORTER | {"sides": sides}, FIVE)
        built = bars_of(ES, opening(), FIVE, rows(prices, side))
        assert len(play(rule, ES, built, in_session)) == count


def test_a_pullback_goes_on_over_the_night() -> None:
    prices: list[Price] = [*TREND, (105.5, 106, 104, 104.25)]
    built = [
        *bars_of(ES, opening(), FIVE, rows(prices, LONG)),
        *bars_of(ES, Instant(opening() + 288 * FIVE), FIVE, rows([(104.25, 107, 104, 106.75)], LONG)),
    ]
    spoken = play(build(EmaPullback, SHORTER, FIVE), ES, built, in_session)
    assert [each.at for each in spoken] == [built[-1].bar.at]


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        (LONG, "came back down to the average of 2 bars in an uptrend, and closed above it again at 106.75"),
        (SHORT, "came back up to the average of 2 bars in a downtrend, and closed below it again at 193.25"),
    ],
)
def test_it_tells_what_it_rests_on(side: Direction, reason: str) -> None:
    built = bars_of(ES, opening(), FIVE, rows([*TREND, (105.5, 107, 104, 106.75)], side))
    [spoken] = play(build(EmaPullback, SHORTER, FIVE), ES, built, in_session)
    [idea] = spoken.ideas
    assert isinstance(idea, Enter)
    assert idea.reason == reason
    assert list(idea.figures) == ["close", "fast", "slow"]


def test_nothing_before_the_averages_are_known() -> None:
    built = bars([*range(100, 130), 110, 131])
    assert play(build(EmaPullback, {}, FIVE), ES, built, in_session) == []
    assert play(build(EmaPullback, {"slow": 30}, FIVE), ES, built, in_session) != []


def test_fast_is_faster_than_slow() -> None:
    with pytest.raises(ParameterError, match=r"fast: '50' does not fit; it has to be below slow \(50\)"):
        build(EmaPullback, {"fast": "50"}, FIVE)
