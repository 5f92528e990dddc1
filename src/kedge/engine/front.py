"""The contract that a future's root means now, as people are told of it."""

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import Instant


class Front(msgspec.Struct, frozen=True):
    """A root and its front contract."""

    root: Symbol
    contract: Symbol
    entries_until: Instant
    is_last: bool  # no contract behind it is listed by this run: a restart lists more
