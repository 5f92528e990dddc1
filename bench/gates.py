"""How long all gates of an entry take, alone: with 0, 100 and 500 positions open and as many working orders.

From the signal to the last gate's verdict, with everything that a gate may look at gathered for it; nothing is
recorded. Price and equity are others each time, so that no figure is there already from the time before. The floor is
the least that the gates have to make: a check each, as bare structs.
"""

from pathlib import Path
from time import perf_counter_ns, thread_time_ns

from bench.desk import ALPHA, ASK, OPENING, Desk, entry
from bench.measure import Aim, Measured, Scale, percentile, spread, struct_ns
from kedge.domain.ids import BookId
from kedge.domain.instants import MILLISECOND, SECOND, Instant
from kedge.domain.numbers import NANO, Ticks, use_exact_arithmetic
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.gates import ENTRY_GATES, Approved, walk
from kedge.journal.memory import MemoryJournal
from kedge.kernel.book import Book
from kedge.kernel.on_signal import draft_of
from kedge.kernel.sums import Sums
from kedge.kernel.turn import Turn

OPEN = (0, 100, 500)
AIMS = {"p50": Aim(40), "p99": Aim(100)}
FLAT = Aim(1.2)
PRICES = 150  # so many one after the other, a tick apart: the stop is below all of them
Sample = tuple[int, int]  # nanoseconds by the clock, and of the thread's own


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Rounds of one book after the other, in turns, so that all of them see the same machine."""
    tables = {count: _Table(count) for count in OPEN}
    taken: dict[int, list[Sample]] = {count: [] for count in OPEN}
    structs: list[float] = []
    for _ in range(scale.of(100, 25, 1)):
        for count, table in tables.items():
            taken[count] += table.walks(100)
        structs.append(struct_ns())
    floor = percentile(structs, 50) * len(ENTRY_GATES) / 1_000
    figures = [_figure(count, part, taken[count], floor) for count in OPEN for part in AIMS]
    least, most = (percentile([clock for clock, _ in taken[count]], 50) for count in (OPEN[0], OPEN[-1]))
    what = f"all gates, {OPEN[-1]} positions against none, p50"
    return [*figures, Measured(key="gates.flat", what=what, value=most / least, unit="x", aim=FLAT)]


def _figure(count: int, part: str, samples: list[Sample], floor: float) -> Measured:
    shown, own = spread([clock for clock, _ in samples]), spread([own for _, own in samples])
    return Measured(
        key=f"gates.{count}.{part}",
        what=f"all gates, {count} positions open and as many working orders, {part}",
        value=shown[part],
        unit="us",
        floor=floor,
        floor_is=f"making the {len(ENTRY_GATES)} checks as structs",
        aim=AIMS[part],
        notes=shown | {f"own_{name}": own[name] for name in ("p50", "p99")},
    )


class _Table:
    """A book with so many positions, whose stops and targets work at the venue, and one flat instrument."""

    def __init__(self, positions: int) -> None:
        book = Book.empty(BookId("bench"))
        desk = Desk(
            book, Writer(book, MemoryJournal(BookId("bench"), "jbench00"), state_schema()), positions + 1
        )
        self._flat = desk.symbols.pop()
        desk.open_all()
        state = book.state
        assert len(state.positions.get(ALPHA, {})) == positions, "every entry has filled"
        assert sum(map(len, state.open.get(ALPHA, {}).values())) >= positions, "their exits are working"
        self._state = state
        self._sums = Sums(state)
        self._number = 0

    def walks(self, count: int) -> list[Sample]:
        """So many walks, each of which the gates let pass."""
        use_exact_arithmetic()
        samples: list[Sample] = []
        for _ in range(count):
            self._number += 1
            at = Instant(OPENING + SECOND + self._number * MILLISECOND)
            signal = entry(f"g{self._number}", self._flat, at)
            ask = Ticks(ASK - self._number % PRICES)
            self._state.accounts[ALPHA].cash += self._number * NANO  # as if a trade had been closed
            own, start = thread_time_ns(), perf_counter_ns()
            draft = draft_of(Turn(self._state, at, self._sums), signal, Ticks(ask - 1), ask, None)
            verdict = walk(ENTRY_GATES, draft)
            end, own_end = perf_counter_ns(), thread_time_ns()
            samples.append((end - start, own_end - own))
            assert isinstance(verdict, Approved), "what is refused takes less"
        return samples
