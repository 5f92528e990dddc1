"""What a strategy would do now."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from kedge.domain.signals import Direction


class Enter(msgspec.Struct, frozen=True, gc=False):
    """A setup is complete: go in. What is left out is found as the settings of the strategy or of its account say."""

    direction: Direction
    reason: str
    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()  # prices; each closes the same part
    limit: Decimal | None = None  # without one at the market
    strength: Decimal | None = None
    figures: Mapping[str, Decimal] = {}  # that it rests on, for who asks why
    metadata: Mapping[str, str] = {}


class Leave(msgspec.Struct, frozen=True, gc=False):
    """Close what is open."""

    reason: str


Idea = Enter | Leave
