"""Moving-average cross: in with a cross, out with the opposite one, and round where that is wanted."""

from collections.abc import Callable, Sequence

import pytest
from tests.unit.strategies.data import (
    ES,
    FIVE,
    LONG,
    SHORT,
    as_it_said,
    bars,
    holds,
    in_session,
    opening,
    said,
)

from kedge.domain.instants import Instant
from kedge.domain.signals import Direction
from kedge.strategies.catalogue import build
from kedge.strategies.idea import Enter, Leave
from kedge.strategies.parameters import ParameterError
from kedge.strategies.rules.ema_cross import EmaCross
from kedge.strategies.seen import Own, Seen
from kedge.strategies.trial import Spoken, always_flat, play

FAST = {"fast": 1, "slow": 3}  # the fast average is the close
DOWN = [104, 102, 100]  # the averages lie down at the third bar


def stood(*positions: tuple[int, Direction | None]) -> Callable[[Seen, Sequence[Spoken]], Own]:
    """What is open from which bar on."""

    def own(seen: Seen, spoken: Sequence[Spoken]) -> Own:
        number = (seen.end - opening()) // FIVE
        return holds(next((open_ for since, open_ in reversed(positions) if number >= since), None))

    return own


@pytest.mark.parametrize(
    ("later", "parameters", "own", "expected"),
    [
        pytest.param([110], {}, always_flat, [(4, LONG)], id="up: long"),
        pytest.param([110, 90], {}, always_flat, [(4, LONG), (5, SHORT)], id="down: short"),
        pytest.param([110, 111, 112], {}, always_flat, [(4, LONG)], id="once for each cross"),
        pytest.param([99, 98], {}, always_flat, [], id="no cross, no word"),
        pytest.param([110, 90], {"sides": "long"}, always_flat, [(4, LONG)], id="long only"),
        pytest.param([110, 90], {"sides": "short"}, always_flat, [(5, SHORT)], id="short only"),
        pytest.param([110, 90, 89], {}, as_it_said, [(4, LONG), (5, None)], id="the opposite cross leaves"),
        pytest.param(
            [110, 90, 120], {}, as_it_said, [(4, LONG), (5, None), (6, LONG)], id="the next one goes in again"
        ),
        pytest.param(
            [110, 90, 89, 88],
            {"reverse": True},
            as_it_said,
            [(4, LONG), (5, None), (6, SHORT)],
            id="reverse: the other way once it is flat",
        ),
        pytest.param(
            [110, 90, 120, 121],
            {"reverse": True},
            stood((5, LONG), (6, None)),
            [(4, LONG), (5, None), (6, LONG)],
            id="reverse: not where the averages have turned again",
        ),
        pytest.param(
            [110, 90, 89, 88, 87, 86],
            {"reverse": True},
            stood((5, LONG), (8, None)),
            [(4, LONG), (5, None), (6, None), (7, None), (8, SHORT)],
            id="it goes on leaving until it is flat; three bars later it still turns",
        ),
        pytest.param(
            [110, 90, 89, 88, 87, 86],
            {"reverse": True},
            stood((5, LONG), (9, None)),
            [(4, LONG), (5, None), (6, None), (7, None), (8, None)],
            id="after three bars it does not turn any more",
        ),
        pytest.param(
            [110, 90, 89],
            {"reverse": True, "sides": "long"},
            as_it_said,
            [(4, LONG), (5, None)],
            id="long only leaves, and does not turn",
        ),
        pytest.param([110], {}, stood((4, LONG)), [], id="what lies with the cross is not added to"),
        pytest.param([110], {}, stood((4, SHORT)), [(4, None)], id="what lies against it is left"),
        pytest.param([110, 111], {}, stood((5, SHORT)), [(4, LONG)], id="what is opened later is not"),
    ],
)
def test_crosses(
    later: list[float],
    parameters: dict[str, object],
    own: Callable[[Seen, Sequence[Spoken]], Own],
    expected: list[tuple[int, Direction | None]],
) -> None:
    rule = build(EmaCross, FAST | parameters, FIVE)
    spoken = play(rule, ES, bars([*DOWN, *later]), in_session, own)
    assert said(spoken, opening()) == expected


def test_averages_that_only_meet_have_not_crossed() -> None:
    rule = build(EmaCross, FAST, FIVE)
    built = bars([100, 101, 102, 101.5, 101.5, 101.5])  # at the third bar 101, then 101.25 …
    level = bars([100, 100, 100, 102, 101, 101, 102], skip=1)
    assert said(play(rule, ES, built, in_session), opening()) == []
    assert said(play(build(EmaCross, FAST, FIVE), ES, level, in_session), opening()) == []


def test_the_first_averages_are_no_cross() -> None:
    rule = build(EmaCross, {"fast": 2, "slow": 3}, FIVE)
    assert play(rule, ES, bars([100, 101, 102, 103]), in_session) == []


def test_a_rule_that_begins_on_a_warm_panel_knows_a_cross() -> None:
    terms = build(EmaCross, FAST, FIVE).terms
    begins = Instant(opening() + 4 * FIVE)

    class Late(EmaCross):
        def on_bar(self, seen, own):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            return () if seen.end < begins else super().on_bar(seen, own)

    assert said(play(Late(terms), ES, bars([*DOWN, 110, 111]), in_session), opening()) == [(4, LONG)]
    assert said(play(Late(terms), ES, bars([104, 102, 110, 111]), in_session), opening()) == []


def test_the_default_is_nine_over_twenty_one() -> None:
    rule = build(EmaCross, {}, FIVE)
    built = bars([*[100] * 20, *[99] * 10, 110])
    [spoken] = play(rule, ES, built, in_session)
    [idea] = spoken.ideas
    assert isinstance(idea, Enter)
    assert spoken.at == built[-1].bar.at
    assert idea.reason == "the average of 9 bars has crossed above that of 21 bars"
    fast, slow = spoken.seen.number("fast"), spoken.seen.number("slow")
    assert fast is not None
    assert slow is not None
    assert float(idea.figures["fast"]) == pytest.approx(fast, abs=0.00125)
    assert float(idea.figures["slow"]) == pytest.approx(slow, abs=0.00125)
    assert idea.figures["close"] == 110


def test_why_it_leaves() -> None:
    spoken = play(build(EmaCross, FAST, FIVE), ES, bars([*DOWN, 110, 90]), in_session, as_it_said)
    assert spoken[-1].ideas == (Leave("the average of 1 bars has crossed below that of 3 bars"),)


@pytest.mark.parametrize("fast", [21, 22])
def test_fast_is_faster_than_slow(fast: int) -> None:
    with pytest.raises(ParameterError, match=rf"fast: '{fast}' does not fit; it has to be below slow \(21\)"):
        build(EmaCross, {"fast": fast}, FIVE)
