"""What is kept so that nothing has to be looped over is, after every step, what counting it all anew would give."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import ALPHA, ENGINE_HELD, FREE, account, signal
from tests.property.test_inside_limits import INSTRUMENTS, LIMITS, SIZINGS, STEP, Player

from kedge.domain.accounts import AccountTerms, Follow
from kedge.domain.capabilities import Capabilities
from kedge.domain.instants import SECOND, Span
from kedge.domain.numbers import ZERO
from kedge.domain.stakes import NO_STAKE
from kedge.gates import ENTRY_GATES, walk
from kedge.gates.room import rooms
from kedge.kernel.book import Book
from kedge.kernel.holding import next_time_out
from kedge.kernel.on_signal import draft_of
from kedge.kernel.sums import Sums, stake_of
from kedge.kernel.turn import Turn


def check_sums(book: Book) -> None:
    """The stakes are those of the state as it is, and their sum is that of all of them."""
    kept, anew = book._sums, Sums(book.state)
    stakes = {each.symbol: kept.stake(ALPHA, each.symbol) for each in INSTRUMENTS}
    assert stakes == {symbol: stake_of(book.state, ALPHA, symbol) for symbol in stakes}
    total = NO_STAKE
    for stake in stakes.values():
        total = total.changed(NO_STAKE, stake)
    assert kept.total(ALPHA) == anew.total(ALPHA) == total


def check_shares(book: Book) -> None:
    """What has been dealt is the sum of the shares, each of an open position."""
    marks = book._marks
    shares = marks._shares.get(ALPHA, {})
    assert shares.keys() == book.state.positions.get(ALPHA, {}).keys()
    down, up = marks._dealt.get(ALPHA, (ZERO, ZERO))
    assert down == sum((share.down for share in shares.values()), ZERO)
    assert up == sum((share.up for share in shares.values()), ZERO)


def check_rooms(player: Player) -> None:
    """The rooms that the size was cut by are those that the last gate would find itself."""
    desk = player.desk
    for instrument in INSTRUMENTS:
        price = player.price[instrument.symbol]
        wanted = signal("rooms", at=desk.now, instrument=instrument.symbol, stop=price - 3)
        bid = instrument.ticks(Decimal(price))
        draft = draft_of(Turn(desk.book.state, desk.now, desk.book._sums), wanted, bid, bid, None)
        walk(ENTRY_GATES, draft)
        if draft.rooms:
            assert draft.reference is not None
            assert draft.rooms == rooms(draft, draft.reference)


@settings(deadline=None)
@given(
    limits=LIMITS,
    sizing=SIZINGS,
    capabilities=st.sampled_from([Capabilities(), ENGINE_HELD]),
    time_exit=st.sampled_from([None, Span(20 * SECOND)]),
    steps=st.lists(STEP, min_size=4, max_size=40),
)
def test_what_is_kept_is_what_would_be_counted_anew(
    limits: Any, sizing: Any, capabilities: Capabilities, time_exit: Span | None, steps: list[Any]
) -> None:
    terms: AccountTerms = account(
        limits=limits,
        sizing=sizing,
        capabilities=capabilities,
        governor=FREE,
        quantity=50,
        follow=Follow(time_exit=time_exit),
    )
    player = Player(terms)
    for step in steps:
        player.act(*step)
        check_sums(player.desk.book)
        check_shares(player.desk.book)
        check_rooms(player)
        assert player.desk.book._next_time_out() == next_time_out(player.desk.book.state)
