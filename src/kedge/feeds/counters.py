"""What a stream has been through, in numbers, for dashboards and metrics."""

import msgspec

from kedge.domain.instants import Instant


class Counters(msgspec.Struct):
    """They only grow, but for `missed`, which goes down again when a message comes late after all."""

    frames: int = 0  # messages of every kind
    delivered: int = 0  # quotes, trades and bars that were handed on
    doubled: int = 0  # told again, and dropped
    reordered: int = 0  # overtaken by a later one of the same instrument
    late: int = 0  # older than what was handed on before it, and dropped
    missed: int = 0  # left out in the source's own numbering
    absurd: int = 0  # cannot be true (no price above zero, high below low), and dropped
    undeclared: int = 0  # of an instrument that was not asked for, and dropped
    garbled: int = 0  # messages that nobody can read
    quotes_lost: int = 0  # old ones that gave way because the reader was too slow
    silences: int = 0  # connections that were given up because nothing came over them
    reconnects: int = 0
    filled: int = 0  # quotes, trades and bars that history gave back after a reconnect
    unfilled: int = 0  # times that it gave nothing back
    last_frame: Instant | None = None
    last_data: Instant | None = None
