"""How long a decision takes: an entry with stop and target in, events out, with 0, 50 and 200 positions open.

The floor is the least that such a decision has to make: the messages that came out of it, as bare structs.
"""

from pathlib import Path
from time import perf_counter_ns, thread_time_ns

from bench.desk import ALPHA, ASK, BID, OPENING, Desk, entry
from bench.measure import Aim, Measured, Scale, call_ns, percentile, spread, struct_ns
from kedge.domain.events import Event, OrderSubmitted, SignalJudged
from kedge.domain.ids import BookId, Symbol
from kedge.domain.inputs import SignalArrived, VenueAccepted, VenueCancelled, VenueFilled
from kedge.domain.instants import MILLISECOND, SECOND, Instant
from kedge.domain.numbers import Nano
from kedge.domain.orders import Execution
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.journal.memory import MemoryJournal
from kedge.kernel.book import Book

OPEN = (0, 50, 200)


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Rounds of one book after the other, in turns, so that all of them see the same machine."""
    rounds = scale.of(40, 10, 1)
    books = {count: _book(count) for count in OPEN}
    taken: dict[int, list[float]] = {count: [] for count in OPEN}
    own_times: dict[int, list[float]] = {count: [] for count in OPEN}
    calls: list[float] = []
    structs: list[float] = []
    made = 0
    for number in range(rounds):
        for count, book in books.items():
            samples, own, made = _decide(book, number)
            taken[count] += samples
            own_times[count] += own
        calls.append(call_ns())
        structs.append(struct_ns())
    floor = percentile(structs, 50) * made / 1_000
    floor_is = f"making the {made} messages of the decision as structs"
    return [
        _figure(count, part, taken[count], own_times[count], (floor, floor_is), percentile(calls, 50))
        for count in OPEN
        for part in ("p50", "p99")
    ]


def _figure(
    count: int, part: str, samples: list[float], own: list[float], floor: tuple[float, str], call: float
) -> Measured:
    shown = spread(samples)
    own_time = {f"own_{name}": value for name, value in spread(own).items() if name in ("p50", "p99")}
    return Measured(
        key=f"decision.{count}.{part}",
        what=f"entry with stop and target, {count} positions open, {part}",
        value=shown[part],
        unit="us",
        floor=floor[0],
        floor_is=floor[1],
        aim=Aim(30 if part == "p50" else 80),
        notes=shown | own_time | {"call_ns": call, "in_calls": shown[part] * 1_000 / call},
    )


def _book(positions: int) -> Book:
    """A book with so many open positions, each with a stop and a target at the venue, and one flat instrument."""
    book = Book.empty(BookId("bench"))
    desk = Desk(book, Writer(book, MemoryJournal(BookId("bench"), "jbench00"), state_schema()), positions + 1)
    flat = desk.symbols.pop()
    desk.open_all()
    assert sum(map(len, book.state.positions.values())) == positions, "every entry has filled"
    book.on_quote(flat, BID, ASK, desk.now)
    return book


def _decide(book: Book, number: int, entries: int = 100) -> tuple[list[float], list[float], int]:
    """So many entries one after the other, each closed before the next; only the decision itself is timed.

    By the clock, and by the thread's own time, which leaves out what other programs took from it.
    """
    samples: list[float] = []
    own: list[float] = []
    flat = Symbol(f"I{sum(map(len, book.state.positions.values())):03}")
    at, made = Instant(OPENING + (number + 1) * 100 * SECOND), 0
    for index in range(entries):
        at = Instant(at + MILLISECOND)
        arrived = SignalArrived(entry(f"d{number}-{index}", flat, at), *book.quote(flat), at=at)
        own_start, start = thread_time_ns(), perf_counter_ns()
        events = book.handle(arrived)
        end, own_end = perf_counter_ns(), thread_time_ns()
        samples.append(end - start)
        own.append(own_end - own_start)
        made = _messages(events)
        _close(book, flat, at)
    return samples, own, made


def _messages(events: list[Event]) -> int:
    """How many structs there are in the events of a decision."""
    count = 0
    for event in events:
        count += 1
        if isinstance(event, SignalJudged):
            count += len(event.checks)
        elif isinstance(event, OrderSubmitted):
            count += 1 + len(event.legs)
    return count


def _close(book: Book, symbol: Symbol, at: Instant) -> None:
    """The venue accepts all, fills the entry and the stop, and withdraws the target."""
    order, stop, target = book.state.open_orders(ALPHA, symbol)
    for accepted in (order, stop, target):
        book.handle(VenueAccepted(accepted.id, f"v-{accepted.id}", at=at))
    for filled, price in ((order, 100_010_000_000), (stop, 98_000_000_000)):
        execution = Execution(f"x-{filled.id}", Nano(10_000_000_000), Nano(price))
        book.handle(VenueFilled(filled.id, execution, at=at))
    book.handle(VenueCancelled(target.id, "oco", at=at))
