"""Pauses between tries grow, differ, and begin anew only after a healthy minute."""

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.feeds.pauses import Pauses, PauseTerms

NONE = Span(0)
TERMS = PauseTerms(first=Span(SECOND), longest=Span(10 * SECOND), healthy=Span(MINUTE))


def test_each_pause_is_twice_the_last_until_the_longest() -> None:
    pauses = Pauses(TERMS, chance=lambda: 1.0)
    assert [pauses.next(NONE) // SECOND for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_chance_takes_up_to_half_of_a_pause_away() -> None:
    pauses = Pauses(TERMS, chance=lambda: 0.0)
    assert [pauses.next(NONE) * 2 // SECOND for _ in range(3)] == [1, 2, 4]
    assert pauses.longest() == 5 * SECOND


def test_only_a_connection_that_held_for_a_minute_lets_the_pauses_begin_anew() -> None:
    pauses = Pauses(TERMS, chance=lambda: 1.0)
    held = [NONE, Span(MINUTE - 1), Span(MINUTE), Span(MINUTE - 1)]
    assert [pauses.next(span) // SECOND for span in held] == [1, 2, 1, 2]


@given(st.lists(st.integers(0, 2 * MINUTE).map(Span), max_size=200), st.floats(0, 1, exclude_max=True))
def test_no_pause_is_ever_longer_than_the_longest_or_shorter_than_half_the_first(
    held: list[Span], chance: float
) -> None:
    pauses = Pauses(TERMS, lambda: chance)
    for span in held:
        assert TERMS.first / 2 <= pauses.next(span) <= TERMS.longest
