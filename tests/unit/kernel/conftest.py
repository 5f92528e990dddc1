"""A desk for each story; whatever the story told, the laws of the core must hold at its end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.builders import Desk


@pytest.fixture
def open_desk() -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(*args: Any, **others: Any) -> Desk:
        desks.append(Desk(*args, **others))
        return desks[-1]

    yield make
    for desk in desks:
        desk.check()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """An account at a venue that takes brackets."""
    return open_desk()
