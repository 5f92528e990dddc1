"""Strategies at a running engine: one day of minutes, with the engine down for a while or not."""

import asyncio
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.strategy_day import (
    LAST,
    M5,
    OPEN,
    SPY,
    Run,
    breakout,
    cross,
    line,
    orb,
    parse_close,
    pullback,
    walk,
    whole,
)

from kedge.domain.instants import MINUTE, SECOND, Instant
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import Quote
from kedge.domain.setups import SetupFound
from kedge.domain.strategies import Missed
from kedge.engine.strategies.host import Hosted
from kedge.settings.values import Bars


@pytest.mark.parametrize("make", [orb, cross, breakout, pullback])
@pytest.mark.parametrize(
    ("at", "gap"), [(7, 1), (33, 1), (35, 1), (41, 20 * 60), (60, 20 * 60), (62, 300), (34, 62)]
)
async def test_a_restart_loses_no_setup_and_trades_none_late(make: Any, at: int, gap: int) -> None:
    """The same setups as without, and the same are acted on, less those that are told to be missed."""
    day = walk(17)
    calm = await whole(day, make)
    run = Run(day, make)
    await run.begin()
    await run.play(0, at)
    down = run.clock()
    await run.restart(gap)
    up = run.clock()
    await run.play(at + (gap // 60 if gap >= 60 else 0), LAST)
    await run.engine.stop()
    assert run.found == calm.found
    assert calm.found, "a day on which nothing is found shows nothing"
    assert run.traded == [each for each in calm.traded if each not in run.missed]
    closes = {event.signal.id: event.close for event in run.events(SetupFound)}
    while_down = [id_ for id_, close in closes.items() if down < close <= up]
    assert run.missed == dict.fromkeys(while_down, Missed.DOWN)
    assert calm.missed == {}


async def test_what_was_before_the_first_start_is_known_to_indicators_and_is_nothing_that_was_missed() -> (
    None
):
    run = Run(walk(17), everything)
    await run.begin()
    await run.play(0, 10)
    await run.engine.stop()
    assert run.found, "with the indicators of the week before"
    assert all(parse_close(id_) > OPEN for id_ in run.found)
    assert run.missed == {}


@given(st.integers(0, 50), st.integers(1, LAST - 30), st.integers(1, 30 * 60))
def test_wherever_it_is_cut_the_same_is_found_and_nothing_is_acted_on_twice(
    seed: int, at: int, gap: int
) -> None:
    async def both() -> None:
        day = walk(seed)
        calm = await whole(day, everything)
        run = Run(day, everything)
        await run.begin()
        await run.play(0, at)
        await run.restart(gap)
        await run.play(at + gap // 60, LAST)
        await run.engine.stop()
        assert sorted(run.found) == sorted(calm.found)
        assert len(set(run.found)) == len(run.found)
        assert set(run.traded) == set(calm.traded) - set(run.missed)
        down, up = OPEN + at * MINUTE, OPEN + at * MINUTE + gap * SECOND
        assert list(run.missed) == [id_ for id_ in run.found if down < parse_close(id_) <= up]

    asyncio.run(both())


def everything() -> list[Hosted]:
    """All rules at once, each of its own name."""
    return [orb(), cross(), breakout(), pullback()]


async def test_a_start_in_a_session_asks_for_all_of_it_however_few_bars_the_settings_ask_for() -> None:
    run = Run(walk(17), orb)
    run.clock.now = Instant(OPEN + 100 * MINUTE)
    run.bars = Bars((M5,), history=1)
    run.start()
    await run.begin()
    assert run.found, "the range is there, and what has happened since"
    assert dict.fromkeys(run.found, Missed.DOWN) == run.missed
    await run.engine.stop()


async def test_indicators_that_cannot_be_read_begin_anew_and_the_engine_starts() -> None:
    """As of a program whose indicators keep other figures."""
    run = Run(walk(17), cross)
    await run.begin()
    await run.play(0, 40)
    await run.engine.stop()
    run.start()
    panels = run.engine.book.state.panels
    panels.update({key: msgspec.structs.replace(panel, state="{}") for key, panel in panels.items()})
    await run.begin()
    await run.play(40, LAST)
    await run.engine.stop()
    assert run.found == (await whole(walk(17), cross)).found, "history has brought them back"


async def test_indicators_go_on_from_the_record_where_there_is_no_history() -> None:
    async def day_with(restarts: tuple[int, ...]) -> list[str]:
        run = Run(walk(17), cross, knows=False)
        await run.begin()
        for begin, end in pairwise((0, *restarts, LAST)):
            if begin:
                await run.restart(1)
            await run.play(begin, end)
        await run.engine.stop()
        return run.found

    assert await day_with((40, 62)) == await day_with(()) != []


# -- what is not traded --


async def test_a_range_of_which_a_part_was_not_heard_is_void_where_history_does_not_fill_it() -> None:
    for knows in (True, False):
        run = Run(walk(17), orb, knows=knows)
        await run.begin()
        await run.play(0, 7)
        await run.restart(61)
        await run.play(8, LAST)
        await run.engine.stop()
        assert bool(run.found) is knows


async def test_a_setup_in_a_bar_with_a_hole_is_missed_where_history_does_not_fill_it() -> None:
    day = walk(17)
    found = (await whole(day, breakout)).found
    first = next(id_ for id_ in found if parse_close(id_) >= OPEN + 25 * MINUTE)
    minute = (parse_close(first) - OPEN) // MINUTE
    for knows in (True, False):
        run = Run(day, breakout, knows=knows)
        await run.begin()
        await run.play(0, minute - 3)
        await run.play(minute - 2, LAST)  # one minute was lost on the way
        await run.engine.stop()
        assert run.missed.get(first) == (None if knows else Missed.HOLE)
        assert (first in run.traded) is knows


async def test_a_bar_that_becomes_known_too_late_is_missed() -> None:
    run = Run(walk(17), orb)
    await run.begin()
    clock = run.clock
    for number, minute in enumerate(run.day):
        clock.now = max(clock.now, Instant(minute.at + 6 * SECOND))
        run.engine.on_quote(Quote(SPY.symbol, clock(), minute.close, Ticks(minute.close + 1)))
        if number:
            run.engine.feed(line(run.day[number - 1]))
        await run.engine.recorded()
    await run.engine.stop()
    assert run.found
    assert dict.fromkeys(run.found, Missed.LATE) == run.missed
    assert run.traded == []


async def test_setups_outside_of_its_hours_are_missed() -> None:
    def early() -> Hosted:
        made = orb()
        hours = msgspec.structs.replace(made.terms, between="09:30-09:50", timezone="America/New_York")
        return Hosted(hours, made.strategy)

    run = await whole(walk(17), early)
    assert run.found
    assert dict.fromkeys(run.found, Missed.OUTSIDE_HOURS) == run.missed


@pytest.mark.parametrize("first", [list, lambda: [cross()]], ids=["the first one", "beside another one"])
async def test_a_strategy_that_is_new_in_a_session_knows_what_has_happened_and_trades_none_of_it(
    first: Any,
) -> None:
    day = walk(17)
    calm = await whole(day, orb)
    run = Run(day, first)
    await run.begin()
    await run.play(0, 60)
    run.make = lambda: [*first(), orb()]
    await run.restart(1)
    await run.play(60, LAST)
    await run.engine.stop()
    assert [id_ for id_ in run.found if id_.startswith("orb")] == calm.found
    before = [id_ for id_ in calm.found if parse_close(id_) <= OPEN + 60 * MINUTE]
    assert before
    assert run.missed == dict.fromkeys(before, Missed.DOWN)
