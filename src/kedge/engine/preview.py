"""What would come of a signal, as whoever asks is told: how each gate would judge it, and what would leave."""

from decimal import Decimal

import msgspec

from kedge.domain.events import Check
from kedge.domain.ids import Symbol
from kedge.domain.inputs import SignalArrived
from kedge.domain.numbers import Nano, from_nano
from kedge.domain.orders import OrderType, Side
from kedge.domain.signals import Outcome, Signal, SignalKind
from kedge.engine.answers import Repeat, SignalAnswer
from kedge.kernel.book import Book
from kedge.kernel.on_signal import gates_for


class PreviewTarget(msgspec.Struct, frozen=True):
    """Where a part would be closed at a gain."""

    price: Decimal
    quantity: Decimal


class PreviewOrder(msgspec.Struct, frozen=True):
    """The order that would leave, with its exits."""

    instrument: Symbol
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    stop: Decimal | None = None
    targets: tuple[PreviewTarget, ...] = ()


class Preview(msgspec.Struct, frozen=True):
    """A signal's outcome if it were sent now; `gates` names all on its way, `checks` those that it came to."""

    answer: SignalAnswer
    signal: Signal | None = None
    checks: tuple[Check, ...] = ()
    gates: tuple[str, ...] = ()
    order: PreviewOrder | None = None


def preview_of(book: Book, signal: Signal, arrived: SignalArrived) -> Preview:
    """Ask the book, which stays as it is."""
    found = book.what_if(arrived)
    draft, order = found.draft, None
    if found.outcome in (Outcome.ORDERED, Outcome.HELD) and signal.kind is not SignalKind.STOP_ADJUSTMENT:
        wanted = signal.order
        order = PreviewOrder(
            draft.signal.instrument,
            draft.side,
            wanted.type,
            draft.quantity,
            _price(wanted.limit_price),
            _price(wanted.stop_price),
            draft.stop,
            tuple(PreviewTarget(target.price, target.quantity) for target in draft.targets),
        )
    return Preview(
        SignalAnswer(signal.id, found.outcome, Repeat.NEW, found.code),
        signal,
        found.checks,
        tuple(gate.__name__ for gate in gates_for(draft)),
        order,
    )


def _price(number: Nano | None) -> Decimal | None:
    return None if number is None else from_nano(number)
