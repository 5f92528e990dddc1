"""What indicators may be fed: finite figures of a sane size, and lengths of at least one.

An indicator that has swallowed one NaN gives NaN for ever and compares false with every price, so that a filter would
stand open in silence. It is refused where it enters.
"""

from typing import NoReturn

LARGEST = 1e15  # of prices and sizes; squares and sums of such figures stay finite


def refuse(indicator: str, *figures: float) -> NoReturn:
    """Say which figure it was."""
    wrong = next(figure for figure in figures if not -LARGEST <= figure <= LARGEST)
    raise ValueError(f"{indicator}: {wrong} is not a figure between -1e15 and 1e15")


def check_length(indicator: str, length: int) -> None:
    """Refuse an indicator of nothing."""
    if length < 1:
        raise ValueError(f"{indicator}: its length must be 1 or more, not {length}")
