"""Reports about orders that the book has let go of: the archive's copy is put back, unless it knows the report."""

from tests.builders import Desk, account, execution

from kedge.domain import inputs as i
from kedge.domain.ids import BookId, OrderId
from kedge.domain.orders import Order
from kedge.engine.recovery import state_schema
from kedge.engine.writer import Writer
from kedge.journal.memory import MemoryJournal


class Archive(MemoryJournal):
    """A journal that has archived this order."""

    def __init__(self, order: Order) -> None:
        super().__init__(BookId("main"), "journal1")
        self._order = order

    def archived_order(self, order: OrderId) -> Order | None:
        return self._order if order == self._order.id else None


def archived() -> tuple[Desk, Order, Writer]:
    """An order of which a fill was annulled and the other corrected, and a writer whose book has forgotten it."""
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter(filled=4)[0]
    desk.fill(entry, 6)
    desk.give(i.VenueBusted(entry, "fill-1", at=desk.now))
    desk.give(i.VenueCorrected(entry, "fill-2", execution("fill-2", 6, 101), 2, at=desk.now))
    fresh = Desk(account(allow_unprotected=True))
    return fresh, desk.order(entry), Writer(fresh.book, Archive(desk.order(entry)), state_schema())


def test_what_is_told_again_of_a_forgotten_order_puts_nothing_back() -> None:
    desk, order, writer = archived()
    now = execution("fill-2", 6, 101)
    before = desk.book.state.seq
    writer.take_report(i.VenueBusted(order.id, "fill-1", at=desk.now))
    writer.take_report(i.VenueCorrected(order.id, "fill-2", now, 2, at=desk.now))
    assert desk.book.state.seq == before


def test_what_is_news_of_it_puts_it_back() -> None:
    desk, order, writer = archived()
    writer.take_report(i.VenueBusted(order.id, "fill-2", at=desk.now))
    assert desk.order(order.id).busted == {"fill-1": None, "fill-2": None}
