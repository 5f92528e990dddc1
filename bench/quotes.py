"""How many quotes a second go through: in process, and from JSON through the engine's public door.

In both cases a hundred positions are open whose stops and targets the engine itself holds, so every quote is compared
with armed prices. None is reached: that is what nearly all quotes are like. The floors are the bare loop over the same
quotes, and the decoder alone on the same bytes.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random
from time import perf_counter_ns

import msgspec

from bench.desk import ASK, BID, ENGINE_HELD, entry
from bench.measure import Aim, Measured, Scale, percentile
from bench.stage import Stage, running
from kedge.domain.ids import BookId, Symbol
from kedge.domain.instants import MILLISECOND, Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Quote
from kedge.engine.clock import system_clock
from kedge.journal.memory import MemoryJournal
from kedge.kernel.book import Book

POSITIONS = 100
_CHUNK = 1_000  # quotes in one call of the door
_DECODER = msgspec.json.Decoder(MarketData)


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Quotes by the piece and by the line."""
    return asyncio.run(_run(scale))


async def _run(scale: Scale) -> list[Measured]:
    async with running(
        MemoryJournal(BookId("bench"), "jbench00"), POSITIONS, capabilities=ENGINE_HELD
    ) as stage:
        await _arm(stage)
        quotes = _walk(stage.symbols, scale.of(200_000, 50_000, 1_000))
        rounds = scale.of(10, 4, 1)
        return [_in_process(stage.engine.book, quotes, rounds), _from_json(stage, quotes, rounds)]


async def _arm(stage: Stage) -> None:
    now = system_clock()
    await stage.send([entry(f"arm-{symbol}", symbol, now) for symbol in stage.symbols])
    await stage.until_open(POSITIONS)
    held = [order for order in stage.engine.book.state.orders.values() if order.state is OrderState.NEW]
    assert len(held) == 2 * POSITIONS, "each position has a stop and a target that the engine holds"


def _walk(symbols: Sequence[Symbol], count: int) -> list[Quote]:
    """Quotes that wander within the armed prices."""
    random, at = Random(7), Instant(system_clock())
    quotes = []
    for number in range(count):
        at = Instant(at + MILLISECOND)
        move = random.randint(-50, 50)
        quotes.append(Quote(symbols[number % len(symbols)], at, Ticks(BID + move), Ticks(ASK + move)))
    return quotes


def _in_process(book: Book, quotes: list[Quote], rounds: int) -> Measured:
    taken, floors = [], []
    for _ in range(rounds):
        start = perf_counter_ns()
        for quote in quotes:
            quote.instrument, quote.bid, quote.ask, quote.at  # noqa: B018 - the loop without the work
        floors.append(len(quotes) * 1e9 / (perf_counter_ns() - start))
        on_quote = book.on_quote
        start = perf_counter_ns()
        for quote in quotes:
            on_quote(quote.instrument, quote.bid, quote.ask, quote.at)
        taken.append(len(quotes) * 1e9 / (perf_counter_ns() - start))
    return Measured(
        key="quotes.in_process",
        what=f"quotes in process, {POSITIONS} positions with armed stops and targets",
        value=percentile(taken, 50),
        unit="quotes/s",
        floor=percentile(floors, 50),
        floor_is="the bare loop over the same quotes",
        aim=Aim(1_000_000, at_least=True),
        notes={"best": max(taken)},
    )


def _from_json(stage: Stage, quotes: list[Quote], rounds: int) -> Measured:
    encode = msgspec.json.Encoder().encode_lines
    chunks = [encode(quotes[first : first + _CHUNK]) for first in range(0, len(quotes), _CHUNK)]
    taken, floors = [], []
    for _ in range(rounds):
        feeding = decoding = 0
        for chunk in chunks:
            start = perf_counter_ns()
            _DECODER.decode_lines(chunk)
            middle = perf_counter_ns()
            stage.engine.feed(chunk)
            feeding += perf_counter_ns() - middle
            decoding += middle - start
        taken.append(len(quotes) * 1e9 / feeding)
        floors.append(len(quotes) * 1e9 / decoding)
    return Measured(
        key="quotes.from_json",
        what="quotes from JSON lines through Engine.feed, as above",
        value=percentile(taken, 50),
        unit="quotes/s",
        floor=percentile(floors, 50),
        floor_is="the decoder alone",
        aim=Aim(300_000, at_least=True),
        notes={"best": max(taken)},
    )
