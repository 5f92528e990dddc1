"""What a run came to, also when some of it never was."""

from tests.builders import Desk, account, execution

from kedge.cli.running.tally import Tally
from kedge.domain import inputs as i
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant
from kedge.domain.numbers import from_nano
from kedge.domain.steps import Step


def tally_of(desk: Desk) -> Tally:
    tally = Tally()
    tally.take(Step(1, Instant(0), None, desk.events))
    return tally


def closed() -> tuple[Desk, OrderId]:
    """Ten bought at 100 and sold at 98, each with a fee of 1."""
    desk = Desk(account(allow_unprotected=True))
    entry = desk.enter()[0]
    desk.fill(entry, 10, 100, id_="in", fee=1)
    (out,) = desk.exit()
    desk.fill(out, 10, 98, id_="out", fee=1)
    return desk, out


def test_a_round_trip_counts() -> None:
    tally = tally_of(closed()[0])
    assert (tally.fills, tally.trades, tally.wins, tally.losses) == (2, 1, 0, 1)
    assert [str(tally.fees.normalize()), str(tally.pnl.normalize())] == ["2", "-22"]


def test_one_that_never_was_does_not() -> None:
    desk, out = closed()
    desk.give(i.VenueBusted(out, "out", at=desk.now))
    tally = tally_of(desk)
    assert (tally.fills, tally.trades, tally.wins, tally.losses) == (1, 0, 0, 0)
    assert (tally.fees, tally.pnl) == (1, 0)  # type: ignore[comparison-overlap]


def test_one_that_was_another_counts_as_that() -> None:
    desk, out = closed()
    desk.give(i.VenueCorrected(out, "out", execution("out", 10, 103, 3), at=desk.now))
    tally = tally_of(desk)
    assert (tally.fills, tally.trades, tally.wins, tally.losses) == (2, 1, 1, 0)
    account_ = next(iter(desk.book.state.accounts.values()))
    assert tally.fees == account_.fees == 4
    assert tally.pnl == account_.realised - account_.fees == from_nano(execution("", 26, 1).quantity)
