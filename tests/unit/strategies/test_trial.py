"""A strategy played over bars without an engine."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from tests.unit.strategies.data import ES, FIVE, LONG, as_it_said, bars, in_session, opening

from kedge.strategies.idea import Enter, Idea, Leave
from kedge.strategies.memory import restore, saved
from kedge.strategies.seen import Own, Seen
from kedge.strategies.strategy import Strategy
from kedge.strategies.trial import bars_of, play


class Count(msgspec.Struct):
    bars: int = 0


class InAndOut(Strategy):
    State = Count
    state: Count

    def on_bar(self, seen: Seen, own: Own) -> Iterable[Idea]:
        self.state.bars += 1
        if own.position is not None:
            yield Leave("something is open")
        elif self.state.bars % 2:
            yield Enter(direction=LONG, reason="nothing is")


def test_what_it_says_stands_at_the_close_of_the_bar() -> None:
    built = bars([100, 101, 102])
    spoken = play(InAndOut(), ES, built, in_session)
    assert [each.at for each in spoken] == [built[0].bar.at, built[2].bar.at]
    assert [each.seen.close for each in spoken] == [Decimal(100), Decimal(102)]
    assert all(each.seen.session == in_session(opening()) for each in spoken)


def test_the_caller_says_what_is_open() -> None:
    ideas = [each.ideas[0] for each in play(InAndOut(), ES, bars([100, 101, 102]), own=as_it_said)]
    assert [type(idea) for idea in ideas] == [Enter, Leave, Enter]


def test_without_hours_a_session_is_a_day() -> None:
    [spoken] = play(InAndOut(), ES, bars([100]))
    assert spoken.seen.session is not None
    assert spoken.seen.session.close - spoken.seen.session.open == 288 * FIVE


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("100", "99", "98", "99"), "bar 1: 100 99 98 99 are not open, high, low and close"),
        (("100", "101", "100.5", "101"), "are not open, high, low and close"),
        (("100.1", "101", "100", "101"), "100.1 is not a multiple of the tick 0.25"),
    ],
)
def test_bars_that_cannot_be(row: tuple[str, str, str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        bars_of(ES, opening(), FIVE, [row])


def test_bars_have_a_volume_where_it_is_said() -> None:
    [spoken] = play(InAndOut(), ES, bars_of(ES, opening(), FIVE, [("1", "1", "1", "1", "2.5")]))
    assert spoken.seen.volume == Decimal("2.5")


def test_state_is_kept_as_text() -> None:
    strategy, again = InAndOut(), InAndOut()
    play(strategy, ES, bars([100, 101, 102]))
    restore(again, saved(strategy))
    assert again.state == Count(3)
    restore(again, "")
    assert again.state == Count()
    for garbage in ("{", '{"bars":"x"}', "[]"):
        with pytest.raises(ValueError):
            restore(again, garbage)
