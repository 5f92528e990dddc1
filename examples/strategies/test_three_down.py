"""The strategy played over bars by hand, without an engine."""

from decimal import Decimal

from examples.strategies.three_down import DownTerms, ThreeDown

from kedge import Enter, Leave, Own, Seen
from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Span, parse_instant
from kedge.domain.instruments import Instrument
from kedge.domain.signals import Direction
from kedge.strategies.trial import Spoken, bars_of, play

SPY = Instrument(Symbol("SPY"), Decimal("0.01"))
OPEN = parse_instant("2026-03-02T14:30:00Z")


def said(*closes: str, held_from: int = 100) -> list[Spoken]:
    """What it says to bars with these closes; it holds something from the bar of this number on."""
    bars = bars_of(SPY, OPEN, Span(5 * MINUTE), ((close, close, close, close) for close in closes))

    def own(seen: Seen, _said: object) -> Own:
        number = (seen.end - OPEN) // (5 * MINUTE)
        return Own(Direction.LONG if number >= held_from else None, entries=0, trades=0, wins=0)

    return play(ThreeDown(DownTerms(down=2, average=5)), SPY, bars, own=own)


def test_it_buys_after_two_lower_closes_above_the_average() -> None:
    (spoken,) = said("100", "104", "109", "108", "107.50")
    (idea,) = spoken.ideas
    assert isinstance(idea, Enter)
    assert (idea.direction, idea.stop) == (Direction.LONG, Decimal("107.40"))


def test_below_the_average_it_does_not() -> None:
    assert said("110", "109", "120", "110", "100") == []


def test_it_leaves_at_the_first_higher_close() -> None:
    (spoken,) = said("109", "108", "108.01", held_from=2)
    assert isinstance(spoken.ideas[0], Leave)
