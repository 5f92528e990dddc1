"""Everything that goes wrong on a real socket is noticed, told, counted and got over."""

from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp
import pytest
from tests.conformance.feed_exam import ES, SPY, bar, quote, trade
from tests.unit.feeds.socket_stage import SocketStage

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, SECOND, Instant, Span
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Bar, MarketData, Print, Quote
from kedge.feeds.base import Link
from kedge.feeds.dialect import Heard
from kedge.feeds.errors import FeedError, RefusedError, UnreachableError
from kedge.feeds.socket import SocketDialect
from kedge.feeds.stream import StreamTerms
from kedge.lab.feed_client import Silence
from kedge.lab.feed_faults import FeedFaults
from kedge.lab.feed_server import FeedServer

BRISK = StreamTerms(connect_seconds=0.2, heartbeat_seconds=0.05, silent_seconds=None)


@pytest.fixture
async def stage() -> AsyncIterator[SocketStage]:
    stage = SocketStage()
    yield stage
    await stage.close()


async def test_a_lost_connection_is_made_anew_and_the_gap_filled_from_history(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.tell(bar(1))
    assert await stage.hear(1) == [bar(1)]
    stage.server.cut()
    assert await stage.link(Link.DOWN)
    await stage.server.tell(bar(2), bar(3))
    assert await stage.link(Link.UP)
    await stage.server.subscribers()
    await stage.server.tell(bar(4))
    assert await stage.hear(3) == [bar(2), bar(3), bar(4)]
    assert (stage.feed.counters.reconnects, stage.feed.counters.delivered) == (1, 4)


async def test_what_history_and_the_stream_both_tell_is_told_once(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.tell(quote(0), bar(1))
    await stage.hear(2)
    stage.server.cut()
    await stage.link(Link.DOWN)
    stage.server._bars.append(bar(2))  # history has it before it is told
    assert await stage.link(Link.UP)
    await stage.server.subscribers()
    await stage.server.tell(bar(2), bar(3))
    assert await stage.hear(2) == [bar(2), bar(3)]
    assert (stage.feed.counters.filled, stage.feed.counters.doubled) == (1, 1)
    assert stage.words[-1][1].endswith("again; 1 missed items came from history")


async def test_a_gap_that_history_cannot_fill_is_said(stage: SocketStage) -> None:
    class WithoutHistory(SocketDialect):
        async def missed(
            self, session: aiohttp.ClientSession, since: Mapping[Symbol, Instant]
        ) -> Sequence[MarketData]:
            raise UnreachableError("nobody keeps it")

    await stage.begin()
    stage.feed._dialect = WithoutHistory(stage.feed._words._address, tuple(stage.feed.instruments))
    await stage.feed.connect()
    await stage.server.subscribers()
    await stage.server.tell(bar(1))
    await stage.hear(1)
    await stage.link(Link.UP)
    stage.server.cut()
    assert (await stage.link(Link.UP)).endswith("what was missed could not be had: nobody keeps it")
    assert stage.feed.counters.unfilled == 1


async def test_a_socket_that_does_not_even_answer_is_noticed(stage: SocketStage) -> None:
    await stage.connect(BRISK)
    stage.server.silence = Silence.ALL
    assert await stage.link(Link.DOWN) == "no sign of life within 0.05 s"
    stage.server.silence = Silence.NONE
    await stage.link(Link.UP)
    await stage.server.subscribers()
    await stage.server.tell(quote(5))
    assert await stage.hear(1) == [quote(5)]


async def test_a_socket_that_answers_but_says_nothing_is_noticed(stage: SocketStage) -> None:
    await stage.connect(StreamTerms(heartbeat_seconds=0.05, silent_seconds=0.3))
    stage.server.silence = Silence.DATA
    assert await stage.link(Link.SILENT) == "nothing came for 0.3 s"
    assert await stage.link(Link.DOWN) == "nothing came for 0.3 s"
    stage.server.silence = Silence.NONE
    await stage.link(Link.UP)
    assert stage.feed.counters.silences == 1


async def test_a_connection_that_grows_old_falls_silent_and_the_next_one_is_told_again(
    stage: SocketStage,
) -> None:
    stage.bend(silent_seconds=0.1)
    await stage.connect(StreamTerms(heartbeat_seconds=0.05, silent_seconds=0.3))
    assert await stage.link(Link.SILENT) == "nothing came for 0.3 s"
    stage.bend()
    await stage.link(Link.UP)
    await stage.server.subscribers()
    await stage.server.tell(quote(5))
    assert await stage.hear(1) == [quote(5)]
    assert stage.server.mischief.struck == {"silent": 1}


async def test_a_connection_that_grows_old_dies_without_a_word(stage: SocketStage) -> None:
    stage.bend(dead_seconds=0.01)
    await stage.connect(BRISK)
    assert await stage.link(Link.DOWN) == "no sign of life within 0.05 s"
    assert stage.server.mischief.struck["dead"] == 1


async def test_connections_that_are_cut_whenever_they_grow_old_are_a_storm(stage: SocketStage) -> None:
    stage.bend(cut_seconds=0.01)
    await stage.connect()
    for _ in range(5):
        assert (await stage.link(Link.DOWN)).startswith("the far end hung up")
        await stage.link(Link.UP)
    assert stage.server.mischief.struck["cut"] >= 5


async def test_what_strikes_is_counted_once_for_each_message(stage: SocketStage) -> None:
    await stage.connect()
    stage.bend(drop=1.0, double=1.0)
    await stage.server.tell(quote(0))
    stage.bend(double=1.0, reorder=1.0)
    await stage.server.tell(quote(1), quote(2))
    await stage.hear(1)
    assert stage.server.mischief.struck == {"drop": 1, "double": 2, "reorder": 1}
    assert (stage.server.told, stage.server.sent) == (3, 4)


async def test_a_sign_of_life_is_a_message_without_data(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.alive()
    await stage.until(lambda: stage.feed.counters.frames == 1)
    assert (stage.feed.counters.delivered, stage.feed.counters.garbled) == (0, 0)
    assert stage.feed.counters.last_frame == stage.now and stage.feed.counters.last_data is None


async def test_doubled_messages_are_handed_on_once(stage: SocketStage) -> None:
    await stage.connect()
    stage.bend(double=1.0)
    await stage.server.tell(quote(0), trade(0), trade(0), bar(1))
    assert await stage.hear(4) == [quote(0), trade(0), trade(0), bar(1)]
    await stage.until(lambda: stage.feed.counters.doubled == 4)


async def test_overtaken_messages_are_handed_on_only_when_they_are_not_older(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.tell(trade(0))
    stage.bend(reorder=1.0)
    await stage.server.tell(quote(0), quote(1), trade(1, price=7), trade(1, price=8))
    assert await stage.hear(4) == [trade(0), quote(1), trade(1, price=8), trade(1, price=7)]
    counters = stage.feed.counters
    assert (counters.reordered, counters.late, counters.missed) == (2, 1, 0)


async def test_messages_that_were_left_out_are_counted_by_their_numbers(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.tell(quote(0))
    stage.bend(drop=1.0)
    await stage.server.tell(trade(1), trade(2))
    stage.bend()
    await stage.server.tell(quote(3), quote(3, bid=23648, symbol=ES.symbol))
    await stage.hear(3)
    assert stage.feed.counters.missed == 2


async def test_a_bar_whose_second_half_is_missing_is_counted_and_passed_over(stage: SocketStage) -> None:
    await stage.connect()
    await stage.server.tell(bar(1))
    stage.bend(halve=1.0)
    await stage.server.tell(bar(2))
    stage.bend()
    await stage.server.tell(bar(3))
    assert await stage.hear(2) == [bar(1), bar(3)]
    assert (stage.feed.counters.garbled, stage.feed.counters.missed) == (1, 1)


async def test_garbage_between_messages_is_counted_and_passed_over(stage: SocketStage) -> None:
    await stage.connect()
    stage.bend(garbage=1.0)
    await stage.server.tell(*(quote(second) for second in range(30)))
    assert await stage.hear(30) == [quote(second) for second in range(30)]
    assert stage.feed.counters.garbled == 30
    assert stage.words[1:] == []


async def test_a_line_that_brings_nothing_but_garbage_is_given_up(stage: SocketStage) -> None:
    await stage.connect(StreamTerms(garbled_max=3))
    stage.bend(halve=1.0)
    await stage.server.tell(*(quote(second) for second in range(3)))
    assert (await stage.link(Link.DOWN)).startswith("3 messages in a row cannot be read, the last because")
    assert await stage.link(Link.UP)


async def test_a_huge_frame_costs_the_connection_and_no_memory(stage: SocketStage) -> None:
    await stage.connect()
    stage.bend(huge=1.0)
    await stage.server.tell(quote(0))
    assert (await stage.link(Link.DOWN)).startswith("a frame that cannot be taken: ")
    stage.bend()
    await stage.link(Link.UP)
    await stage.server.subscribers()
    await stage.server.tell(quote(1))
    assert await stage.hear(1) == [quote(1)]


async def test_a_slow_source_is_only_slow(stage: SocketStage) -> None:
    await stage.connect()
    stage.bend(slow_seconds=0.02)
    await stage.server.tell(quote(0), quote(1))
    assert await stage.hear(2) == [quote(0), quote(1)]
    assert stage.words[1:] == []


async def test_pauses_grow_while_connections_are_turned_away(stage: SocketStage) -> None:
    await stage.connect()
    stage.server.refusals = 9
    stage.server.cut()
    await stage.link(Link.UP)
    assert stage.server.connections == 11
    whole = [min(SECOND // 2 * 2**number, MINUTE) for number in range(10)]
    assert len(stage.pauses) == 10
    assert all(pause / 2 <= taken <= pause for taken, pause in zip(stage.pauses, whole, strict=True))


async def test_a_server_that_takes_connections_and_drops_them_is_not_hammered(stage: SocketStage) -> None:
    await stage.connect()
    for _ in range(8):
        stage.server.cut()
        await stage.link(Link.UP)
        await stage.server.subscribers()
    assert stage.pauses[-1] >= MINUTE / 2
    stage.now = Instant(stage.now + MINUTE)
    stage.server.cut()
    await stage.link(Link.UP)
    assert stage.pauses[-1] <= SECOND / 2


async def test_a_refusal_of_a_stream_that_was_up_is_tried_again_at_the_longest_pause(
    stage: SocketStage,
) -> None:
    await stage.connect()
    stage.server._token = "another"
    stage.server.cut()
    await stage.until(lambda: len(stage.pauses) >= 3)
    assert stage.words[-1][1].endswith("refuses: the token is not known here")
    assert all(pause >= MINUTE / 2 for pause in stage.pauses[1:])


@pytest.mark.parametrize("kind", ["quotes", "trades"])
async def test_a_slow_reader_loses_old_quotes_and_nothing_else(stage: SocketStage, kind: str) -> None:
    await stage.connect(StreamTerms(keep=4))
    told: list[Quote] | list[Print] = (
        [quote(second) for second in range(10)]
        if kind == "quotes"
        else [trade(second) for second in range(10)]
    )
    await stage.server.tell(trade(0), *told)
    if kind == "quotes":
        await stage.until(lambda: stage.feed.counters.frames == 11)
        assert await stage.hear(4) == [trade(0), *told[-3:]]
        assert stage.feed.counters.quotes_lost == 7
    else:
        assert await stage.hear(11) == [trade(0), *told]
        assert stage.feed.counters.quotes_lost == 0


async def test_what_cannot_be_true_or_was_not_asked_for_is_counted_and_dropped(stage: SocketStage) -> None:
    await stage.connect()
    last = bar(2)
    upside_down = Bar(SPY.symbol, last.at, last.start, last.open, last.low, last.high, last.close)
    no_bid = Quote(SPY.symbol, quote(1).at, Ticks(0), Ticks(59121))
    await stage.server.tell(no_bid, trade(1, price=-1), upside_down, trade(2))
    assert await stage.hear(1) == [trade(2)]
    assert stage.feed.counters.absurd == 3
    stage.server._numbers[Symbol("QQQ")] = 0
    for client in stage.server._clients:
        client.symbols = {Symbol("QQQ"): None}
    await stage.server.tell(trade(3, symbol=Symbol("QQQ")))
    await stage.until(lambda: stage.feed.counters.undeclared == 1)


async def test_a_first_connection_that_is_turned_away_may_be_tried_again(stage: SocketStage) -> None:
    stage.server.refusals = 1
    await stage.begin()
    with pytest.raises(UnreachableError, match="answers with status 503"):
        await stage.feed.connect()
    await stage.feed.connect()
    assert stage.server.connections == 2


async def test_a_wrong_token_is_refused(stage: SocketStage) -> None:
    await stage.begin(token="wrong")
    with pytest.raises(RefusedError, match="refuses: the token is not known here"):
        await stage.feed.connect()


async def test_an_instrument_that_the_source_does_not_have_is_refused(stage: SocketStage) -> None:
    stage.server = FeedServer((SPY.symbol,), FeedFaults())
    await stage.begin()
    with pytest.raises(RefusedError, match="refuses: there is no ES here"):
        await stage.feed.connect()


async def test_a_source_that_does_not_greet_is_not_waited_for(stage: SocketStage) -> None:
    stage.server.silence = Silence.ALL
    await stage.begin(StreamTerms(connect_seconds=0.2))
    with pytest.raises(UnreachableError, match=r"does not answer within 0\.2 s"):
        await stage.feed.connect()


async def test_where_nobody_listens_nobody_is_reached(stage: SocketStage) -> None:
    await stage.begin()
    await stage.server.close()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await stage.feed.connect()
    with pytest.raises(UnreachableError, match="history of SPY cannot be had"):
        await stage.feed.history(SPY.symbol, Span(MINUTE), 1, stage.now)


async def test_history_of_what_the_source_does_not_have_is_refused(stage: SocketStage) -> None:
    await stage.begin()
    with pytest.raises(FeedError, match="history of QQQ is refused with status 404"):
        await stage.feed.history(Symbol("QQQ"), Span(MINUTE), 1, stage.now)


async def test_a_fault_of_our_own_reaches_the_reader(stage: SocketStage) -> None:
    class Broken(SocketDialect):
        def read(self, message: str | bytes) -> Sequence[Heard]:
            raise ZeroDivisionError("ours")

    await stage.begin()
    stage.feed._dialect = Broken(stage.feed._words._address, tuple(stage.feed.instruments))
    await stage.feed.connect()
    await stage.server.subscribers()
    await stage.server.tell(quote(0))
    with pytest.raises(ZeroDivisionError, match="ours"):
        await stage.hear(1)


@pytest.mark.parametrize(
    "faults",
    [
        {"drop": -0.1},
        {"halve": 1.5},
        {"slow_seconds": -1.0},
        {"cut_seconds": 1e9},
        {"refuse_connections": -1},
    ],
)
def test_rates_that_are_none_are_refused(faults: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="feed faults: "):
        FeedFaults(**faults)  # type: ignore[arg-type]
