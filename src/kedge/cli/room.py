"""The room that accounts have left: from a running engine, else out of the record; as a table, and as JSON."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kedge.cli import output
from kedge.cli.forms import Item
from kedge.cli.output import Column
from kedge.domain.headroom import Headroom
from kedge.domain.instants import NEVER, Instant, show_instant
from kedge.domain.numbers import plain
from kedge.engine.clock import system_clock
from kedge.wording.headroom import day_words, lock_words, nearest, rules
from kedge.wording.text import Cell
from kedge.wording.times import show_moment

if TYPE_CHECKING:
    from decimal import Decimal

    from kedge.engine.view import View
    from kedge.journal.reader import JournalReader


def rooms(reader: "JournalReader", view: "View | None") -> Mapping[str, Headroom]:
    """By account. Without an engine what is open counts as it was valued last."""
    if view is not None:
        return {each.id: each.room for each in view.accounts if each.room is not None}
    from kedge.engine.recovery import recover, state_schema
    from kedge.journal.errors import CorruptError

    try:
        book, now = recover(reader, state_schema()), system_clock()
    except CorruptError:  # what can be read is still told; `kedge journal verify` says what cannot
        return {}
    return {id_: book.headroom(id_, max(now, book.state.last_at)) for id_ in book.state.accounts}


def show_room(room: Headroom) -> None:
    """One account's rules with what is left of each, and the nearest of them in words."""
    by = f", by the rules of {room.profile}" if room.profile else ""
    output.say_parts(Cell(room.account, "bold"), f"{by}. {day_words(room)}")
    for lock in room.locks:
        output.say(lock_words(room, lock), "bold red")
    if room.cooling_until is not None:
        output.say(f"No entries until {show_moment(room.cooling_until)}: losses in a row.", "yellow")
    if not room.locks and (told := nearest(room)):
        output.say(told)
    columns = (
        Column("Rule"),
        Column("Limit", right=True),
        Column("Now", right=True),
        Column("Left", right=True),
        Column("Means", flexible=True),
    )
    output.show_table(
        columns,
        (
            (
                Cell(rule.name, "yellow" if rule.is_reached else ""),
                rule.limit,
                rule.now,
                rule.left,
                rule.words,
            )
            for rule in rules(room)
        ),
    )


def room_item(room: Headroom) -> Item:
    """The same for programs."""
    sample, day = room.sample, room.best_day
    return {
        "profile": room.profile or None,
        "day": room.day or None,
        "day_ends": None if not room.day else _moment(room.until),
        "equity": plain(room.equity),
        "balance": plain(room.balance),
        "began_with": plain(room.initial),
        "peak": _text(room.peak),
        "nearest": nearest(room) or None,
        "locks": [
            {
                "code": lock.code,
                "since": show_instant(lock.since),
                "ends": lock.ends,
                "flatten": lock.flatten,
                "words": lock_words(room, lock),
            }
            for lock in room.locks
        ],
        "cooling_until": None if room.cooling_until is None else show_instant(room.cooling_until),
        "measured_in": None
        if sample is None
        else {
            "instrument": sample.instrument,
            "side": sample.side,
            "quantity": plain(sample.quantity),
            "price": _text(sample.price),
            "open": sample.is_open,
        },
        "levels": [
            {
                "code": level.code,
                "kind": "floor" if level.is_floor else "goal",
                "level": plain(level.level),
                "left": plain(level.left),
                "owner": level.owner or None,
                "points": _text(level.points),
                "ends": level.ends,
                "flatten": level.flatten,
            }
            for level in room.levels
        ],
        "best_day": None
        if day is None
        else {
            "gained": plain(day.gained),
            "profit": plain(day.profit),
            "pct": _text(day.pct),
            "max_pct": plain(day.most_pct),
            "missing": plain(day.missing),
        },
        "limits": [
            {
                "name": left.name,
                "code": left.code,
                "limit": plain(left.limit),
                "used": plain(left.used),
                "left": plain(left.left),
                "fits": _text(left.fits),
            }
            for left in room.limits
        ],
    }


def _text(number: "Decimal | None") -> str | None:
    return None if number is None else plain(number)


def _moment(at: Instant) -> str | None:
    return None if at == NEVER else show_instant(at)
