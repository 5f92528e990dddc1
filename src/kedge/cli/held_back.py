"""What is held back now, in the forms that programs and people get: locks, pauses, cool-downs."""

from typing import TYPE_CHECKING

from kedge.cli.forms import Item
from kedge.domain.governor import Ends
from kedge.domain.instants import show_instant
from kedge.wording.governing import LIMITS, UNTIL
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell
from kedge.wording.times import show_moment, show_span

if TYPE_CHECKING:
    from kedge.engine.held_back import LockView, PausedView
    from kedge.engine.view import View


def lock_item(lock: "LockView") -> Item:
    """A lock as programs get it."""
    return {
        "account": lock.account,
        "code": lock.code,
        "meaning": meaning(lock.code),
        "since": show_instant(lock.since),
        "ends": lock.ends,
        "flatten": lock.flatten,
    }


def lock_line(lock: "LockView") -> str:
    """What locks an account, and what ends that; behind a subject."""
    how = f"; `kedge resume {lock.account} --release {lock.code}` ends it" if lock.ends is Ends.PERSON else ""
    name = LIMITS.get(lock.code, lock.code)
    return f"locked by {name} since {show_moment(lock.since)}, {UNTIL[lock.ends]}{how}"


def paused_item(paused: "PausedView") -> Item:
    """A paused strategy as programs get it."""
    since = show_instant(paused.since)
    return {"strategy": paused.strategy, "who": paused.who, "why": paused.why, "since": since}


def held_back_item(view: "View | None") -> Item:
    """All of it as programs get it; null where no engine runs that could be asked."""
    if view is None:
        return {"strategies_paused": None, "locks": None, "cooling_down": None, "signals_held": None}
    back = view.held_back
    return {
        "strategies_paused": [paused_item(each) for each in back.paused],
        "locks": [lock_item(lock) for lock in back.locks],
        "cooling_down": [
            {"account": each.account, "until": show_instant(each.until)} for each in back.cooling
        ],
        "signals_held": len(back.signals),
    }


def held_back_pairs(view: "View | None") -> list[tuple[str, str | Cell]]:
    """All of it as people get it, one line for each."""
    if view is None:
        return []
    back = view.held_back
    pairs: list[tuple[str, str | Cell]] = []
    if back.signals:
        soonest = show_span(min(each.until for each in back.signals) - view.at)
        count = f"{len(back.signals)} signal{'' if len(back.signals) == 1 else 's'}"
        told = f"{count} for a yes or no, the first for {soonest} more (`kedge signals --held` lists them)"
        pairs.append(("For you", Cell(told, "yellow")))
    pairs += [("Locked", Cell(f"{each.account} is {lock_line(each)}", "bold red")) for each in back.locks]
    pairs += [
        ("Cooling", Cell(f"{each.account} takes no entries until {show_moment(each.until)}", "yellow"))
        for each in back.cooling
    ]
    pairs += [
        (
            "Paused",
            Cell(
                f"strategy {each.strategy} since {show_moment(each.since)} ({each.who}: {each.why}); "
                f"`kedge resume {each.strategy}` lets it go on",
                "yellow",
            ),
        )
        for each in back.paused
    ]
    return pairs
