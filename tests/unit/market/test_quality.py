"""Data quality: each fault by its name, true gaps accepted in the end, and nothing refused for being quiet."""

from typing import Any

import msgspec
import pytest
from tests.unit.market.data import NEXT_SESSION, SESSION, after, bar, minutes, quote, trade

from kedge.domain.announcements import Split
from kedge.domain.instants import MILLISECOND, SECOND, Instant, Span
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.quotes import Bar, Print, Quote
from kedge.market.hours import ListedHours
from kedge.market.quality import Fault, Judge, QualityReport, QualityTerms

GOOD = quote(1, 1000, 1001)


def judged(judge: Judge, piece: Print | Quote | Bar, delay: int = 0) -> Fault | None:
    """The judgement on a piece that arrives so long after its stamp."""
    now = Instant(piece.at + delay)
    match piece:
        case Quote():
            return judge.quote(piece, now)
        case Print():
            return judge.print(piece, now)
        case Bar():
            return judge.bar(piece, now)


def changed(piece: Quote, **fields: Any) -> Quote:
    return msgspec.structs.replace(piece, **fields)


@pytest.mark.parametrize(
    ("piece", "delay", "fault"),
    [
        pytest.param(quote(2, 1000, 1001), 0, None, id="a good quote"),
        pytest.param(quote(2, 1001, 1001), 0, None, id="a locked quote"),
        pytest.param(quote(1, 1000, 1002), 0, None, id="another quote of the same stamp"),
        pytest.param(quote(2, 1001, 1000), 0, Fault.CROSSED, id="bid above ask"),
        pytest.param(quote(2, 0, 1001), 0, Fault.NOT_POSITIVE, id="no bid"),
        pytest.param(quote(2, -1, 0), 0, Fault.NOT_POSITIVE, id="below zero"),
        pytest.param(quote(2, 1000, 1001, size=-1), 0, Fault.NOT_POSITIVE, id="a size below zero"),
        pytest.param(quote(2, 1000, 1001), 5 * SECOND, None, id="as old as may be"),
        pytest.param(quote(2, 1000, 1001), 5 * SECOND + 1, Fault.STALE, id="too old when it arrives"),
        pytest.param(quote(2, 1000, 1001), -500 * MILLISECOND, None, id="as far ahead as may be"),
        pytest.param(quote(2, 1000, 1001), -500 * MILLISECOND - 1, Fault.FUTURE, id="from the future"),
        pytest.param(quote(0.99, 1000, 1001), 0, Fault.BACKWARD, id="before the last good one"),
        pytest.param(GOOD, 0, Fault.DOUBLED, id="the last good one again"),
        pytest.param(quote(2, 1100, 1101), 0, None, id="as far up as may be"),
        pytest.param(quote(2, 900, 901), 0, None, id="as far down as may be"),
        pytest.param(quote(2, 1101, 1102), 0, Fault.JUMP, id="too far up"),
        pytest.param(quote(2, 899, 900), 0, Fault.JUMP, id="too far down"),
        pytest.param(quote(2, 1000, 1102), 0, Fault.JUMP, id="only the ask too far"),
        pytest.param(quote(2, 899, 1001), 0, Fault.JUMP, id="only the bid too far"),
    ],
)
def test_quotes(piece: Quote, delay: int, fault: Fault | None) -> None:
    judge = Judge()
    assert judged(judge, GOOD) is None
    assert judged(judge, piece, delay) is fault
    assert judge.report.good == 1 + (fault is None)
    assert {each: count for each, count in judge.report.refused.items() if count} == (
        {fault: 1} if fault else {}
    )


@pytest.mark.parametrize(
    ("piece", "delay", "fault"),
    [
        pytest.param(trade(2, 1000), 0, None, id="a good trade"),
        pytest.param(trade(1, 1000), 0, None, id="one that equals the one before it"),
        pytest.param(trade(2, 0), 0, Fault.NOT_POSITIVE, id="for nothing"),
        pytest.param(trade(2, 1000, -1), 0, Fault.NOT_POSITIVE, id="a size below zero"),
        pytest.param(trade(2, 1000, 0), 0, None, id="a size that is not told"),
        pytest.param(trade(2, 1101), 0, Fault.JUMP, id="too far"),
        pytest.param(trade(0.5, 1000), 0, Fault.BACKWARD, id="before the last good one"),
        pytest.param(trade(2, 1000), minutes(1), Fault.STALE, id="too old when it arrives"),
        pytest.param(trade(2, 1000), -SECOND, Fault.FUTURE, id="from the future"),
    ],
)
def test_prints(piece: Print, delay: int, fault: Fault | None) -> None:
    judge = Judge()
    assert judged(judge, trade(1, 1000)) is None
    assert judged(judge, piece, delay) is fault


@pytest.mark.parametrize(
    ("piece", "fault"),
    [
        pytest.param(bar(1, 1, (1000, 1010, 990, 1005)), None, id="a good bar"),
        pytest.param(bar(1, 1, (1000, 999, 990, 995)), Fault.MALFORMED, id="open above high"),
        pytest.param(bar(1, 1, (1000, 1010, 1001, 1005)), Fault.MALFORMED, id="open below low"),
        pytest.param(bar(1, 1, (1000, 1010, 990, 1011)), Fault.MALFORMED, id="close above high"),
        pytest.param(bar(1, 1, (1000, 1010, 990, 989)), Fault.MALFORMED, id="close below low"),
        pytest.param(bar(1, 0, (1000, 1000, 1000, 1000)), Fault.MALFORMED, id="no time"),
        pytest.param(bar(1, 1, (1000, 1010, 0, 1005)), Fault.NOT_POSITIVE, id="low of zero"),
        pytest.param(bar(1, 1, (1000, 1010, 990, 1005), -1), Fault.NOT_POSITIVE, id="volume below zero"),
        pytest.param(bar(0.5, 1, (1000, 1010, 990, 1005)), Fault.BACKWARD, id="begins within the one before"),
        pytest.param(bar(0, 1, (1000, 1000, 1000, 1000)), Fault.DOUBLED, id="the one before again"),
        pytest.param(
            bar(1, 1, (1000, 1101, 990, 1005)), Fault.JUMP, id="a high too far from the close before"
        ),
        pytest.param(
            bar(1, 1, (1000, 1010, 899, 1005)), Fault.JUMP, id="a low too far from the close before"
        ),
    ],
)
def test_bars(piece: Bar, fault: Fault | None) -> None:
    judge = Judge()
    assert judged(judge, bar(0, 1, (1000, 1000, 1000, 1000))) is None
    assert judged(judge, piece) is fault


def test_a_bar_is_held_against_the_close_before_it_not_against_the_range() -> None:
    judge = Judge()
    for piece in (bar(0, 1, (1000, 1000, 1000, 1000)), bar(1, 1, (1000, 1080, 920, 1000))):
        assert judged(judge, piece) is None
    assert judged(judge, bar(2, 1, (1090, 1090, 1090, 1090))) is None


def test_quiet_is_not_stale() -> None:
    judge = Judge()
    assert [judged(judge, quote(minute, 1000, 1001)) for minute in (1, 300, 301, 900)] == [None] * 4


JUMP, OK = Fault.JUMP, None


@pytest.mark.parametrize(
    ("pieces", "judgements"),
    [
        pytest.param([(1, 2000), (2, 1000)], [JUMP, OK], id="a slip, and back"),
        pytest.param([(1, 2000), (2, 2010), (3, 2005)], [JUMP, JUMP, OK], id="the third that agrees"),
        pytest.param(
            [(1, 2000), (2, 1000), (3, 2000), (4, 2000)], [JUMP, OK, JUMP, JUMP], id="only three in a row"
        ),
        pytest.param(
            [(1, 2000), (2, 3000), (3, 2000), (4, 3000)], [JUMP] * 4, id="claims that contradict each other"
        ),
        pytest.param(
            [(1, 2000), (1.4, 2000), (1.8, 2000), (2, 2000)],
            [JUMP, JUMP, JUMP, OK],
            id="a burst is not enough, it takes a second",
        ),
        pytest.param(
            [(1, 2000), (2, 2000), (3, 2000), (4, 1000)],
            [JUMP, JUMP, OK, JUMP],
            id="the old price is now far",
        ),
        pytest.param(
            [(1, 1200), (2, 1310), (3, 1430)],
            [JUMP, JUMP, OK],
            id="a market that runs on agrees step by step",
        ),
    ],
)
def test_a_far_price_is_believed_once_enough_pieces_in_a_row_agree(
    pieces: list[tuple[float, int]], judgements: list[Fault | None]
) -> None:
    judge = Judge()
    judged(judge, trade(0, 1000))
    assert [judged(judge, trade(second / 60, price)) for second, price in pieces] == judgements


def test_a_confirmed_jump_is_counted() -> None:
    judge = Judge()
    for second, price in enumerate([1000, 2000, 2000, 2000, 2001]):
        judged(judge, trade(second / 60, price))
    assert (judge.report.confirmed_jumps, judge.report.good) == (1, 3)


def test_a_quote_that_is_stuck_does_not_confirm_itself() -> None:
    judge = Judge()
    judged(judge, GOOD)
    assert [judged(judge, quote(2, 2000, 2001)) for _ in range(9)] == [JUMP] * 9


@pytest.mark.parametrize(("price", "fault"), [(1040, None), (1041, JUMP), (960, None), (959, JUMP)])
def test_a_typical_move_narrows_what_is_a_jump(price: int, fault: Fault | None) -> None:
    judge = Judge()
    judged(judge, trade(0, 1000))
    judge.typical_move(Ticks(2))
    assert judged(judge, trade(1, price)) is fault


def test_some_ticks_are_free_however_small_the_price() -> None:
    judge = Judge()
    judged(judge, trade(0, 3))
    assert judged(judge, trade(1, 13)) is None
    assert judged(judge, trade(2, 24)) is JUMP


@pytest.mark.parametrize("piece", [GOOD, trade(1, 1000), bar(1, 1, (1000, 1000, 1000, 1000))])
def test_the_first_piece_is_held_against_what_is_known_from_before(piece: Print | Quote | Bar) -> None:
    believing, knowing = Judge(), Judge()
    knowing.remember(Ticks(2000))
    assert judged(believing, piece) is None
    assert judged(knowing, piece) is JUMP


def test_after_a_split_its_prices_are_near_and_those_of_before_a_jump() -> None:
    judge = Judge()
    assert judged(judge, quote(1, 1000, 1001)) is None
    judge.split(Split(GOOD.instrument, GOOD.at, 4))
    assert judged(judge, quote(2, 1000, 1001)) is Fault.JUMP
    assert judged(judge, quote(3, 240, 241)) is None
    assert judged(judge, quote(4, 250, 251)) is None


def test_a_split_of_what_nobody_has_seen_yet_leaves_the_first_piece_to_be_believed() -> None:
    judge = Judge()
    judge.split(Split(GOOD.instrument, GOOD.at, 4))
    assert judged(judge, quote(2, 1000, 1001)) is None


def test_kinds_are_judged_apart() -> None:
    judge = Judge()
    assert judged(judge, trade(2, 1000)) is None
    assert judged(judge, GOOD) is None  # its stamp lies before that of the trade, which came by another way


def test_a_refused_piece_is_no_measure_for_the_next() -> None:
    judge = Judge()
    judged(judge, GOOD)
    judged(judge, quote(9, 1000, 1001), -minutes(1))
    judged(judge, quote(3, 9000, 9001))
    assert judged(judge, quote(2, 1000, 1001)) is None


def test_prices_below_zero_are_good_where_they_are_declared() -> None:
    judge = Judge(QualityTerms(negative_prices=True))
    assert judged(judge, quote(1, -3763, -3762)) is None
    assert judged(judge, quote(2, -3770, -3762)) is None
    assert judged(judge, quote(3, -3000, -2999)) is JUMP


@pytest.mark.parametrize(
    ("starts", "missing"),
    [
        pytest.param([0, 1, 2], 0, id="none"),
        pytest.param([0, 3], 2, id="two"),
        pytest.param([388, 1440], 1, id="the last of a session"),
        pytest.param([389, 1442], 2, id="the first of a session"),
        pytest.param([388, 1441], 2, id="at both ends"),
        pytest.param([-10, 0], 9, id="from before the open, where no hours are known"),
    ],
)
def test_missing_bars_are_counted_while_the_market_is_open(starts: list[int], missing: int) -> None:
    judge = Judge(hours_of=ListedHours([SESSION, NEXT_SESSION]))
    for start in starts:
        assert judged(judge, bar(start, 1, (1000, 1000, 1000, 1000))) is None
    assert judge.report.missing_bars == missing


def test_the_report_keeps_the_last_offender_and_what_it_was_held_against() -> None:
    judge = Judge()
    judged(judge, GOOD)
    judged(judge, quote(2, 5000, 5001), 7)
    offence = judge.report.last_offence
    assert offence is not None
    assert (offence.fault, offence.piece, offence.last) == (JUMP, quote(2, 5000, 5001), GOOD)
    assert offence.now == after(2) + 7


def test_what_is_good_but_odd_is_counted() -> None:
    judge = Judge()
    for piece in (quote(1, 1000, 1000), quote(2, 1000, 1000), trade(1, 1000), trade(1, 1000), trade(2, 1000)):
        assert judged(judge, piece) is None
    assert (judge.report.locked, judge.report.repeated) == (2, 1)


def test_a_report_can_be_shown_by_another_program() -> None:
    judge = Judge()
    judged(judge, GOOD)
    judged(judge, changed(GOOD, bid_size=Nano(-1)))
    shown = msgspec.json.encode(judge.report)
    assert b'"not_positive":1' in shown
    assert msgspec.json.decode(shown, type=QualityReport) == judge.report


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age_max", Span(0)),
        ("ahead_max", Span(-1)),
        ("jump_bps", 0),
        ("jump_typical", 0),
        ("jump_free", -1),
        ("confirmations", 0),
        ("confirmed_over", Span(-1)),
    ],
)
def test_terms_are_checked(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"data quality: {name} must be [01] or more, not {value}"):
        QualityTerms(**{name: value})  # type: ignore[arg-type]
