"""How a dashboard was left, as its exit status tells whoever started it. It stands alone, so that an engine without a
screen can know it without loading what draws one.
"""

from enum import IntEnum


class Leaving(IntEnum):
    """How the dashboard was left."""

    ENGINE_GOES_ON = 0
    FAULT = 1
    END_ENGINE = 10
