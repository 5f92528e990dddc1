"""The last so many figures: highest, lowest, sum."""

from collections.abc import Callable

import pytest

from kedge.market.indicators.window import Highest, Lowest, Total, Window

FIGURES = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0]


@pytest.mark.parametrize("length", [1, 2, 3, 4, 10, 11])
@pytest.mark.parametrize(("kind", "join"), [(Highest, max), (Lowest, min), (Total, sum)])
def test_it_is_what_the_last_figures_make(
    kind: type[Window], join: Callable[[list[float]], float], length: int
) -> None:
    window = kind(length)
    for count, figure in enumerate(FIGURES, 1):
        expected = join(FIGURES[count - length : count]) if count >= length else None
        assert window.update(figure) == expected


def test_too_few_figures_have_no_value() -> None:
    window = Highest(12)
    assert [window.update(figure) for figure in FIGURES] == [None] * len(FIGURES)
