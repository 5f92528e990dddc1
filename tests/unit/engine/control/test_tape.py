"""The tape: prices are kept when they have changed, and no more of them than a chart needs."""

from decimal import Decimal

from tests.builders import SPY, Desk
from tests.unit.engine.stage import NOON, HandClock

from kedge.domain.instants import SECOND
from kedge.engine.control.messages import Sample
from kedge.engine.control.tape import SAMPLES_KEPT, Tape


def test_a_price_is_kept_once_however_often_it_is_looked_at() -> None:
    desk, clock = Desk(), HandClock()
    tape = Tape(desk.book, clock)
    tape.look()
    assert tape.prices() == {}, "without a quote there is no price"
    desk.quote("100.00", "100.01")
    for _ in range(3):
        tape.look()
        clock.pass_seconds(1)
    desk.quote("100.02", "100.04")
    tape.look()
    assert tape.prices() == {
        SPY.symbol: (Sample(NOON, Decimal("100.005")), Sample(clock.now, Decimal("100.03")))
    }
    assert clock.now == NOON + 3 * SECOND


def test_the_oldest_prices_make_room() -> None:
    desk, clock = Desk(), HandClock()
    tape = Tape(desk.book, clock)
    for cents in range(SAMPLES_KEPT + 10):
        desk.quote(f"{100 + cents}.00", f"{100 + cents}.00")
        tape.look()
    (samples,) = tape.prices().values()
    assert len(samples) == SAMPLES_KEPT
    assert samples[0].price == 110
