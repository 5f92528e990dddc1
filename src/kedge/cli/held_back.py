"""What is held back now, in the forms that programs and people get: locks, pauses, cool-downs, signals that wait.

A running engine tells it; without one the record does, up to its end.
"""

from typing import TYPE_CHECKING

from kedge.cli.forms import Item
from kedge.domain.governing import (
    CooldownStarted,
    DayBegan,
    LimitBreached,
    LockReleased,
    SignalHeld,
    StrategyPaused,
    StrategyResumed,
)
from kedge.domain.governor import Ends
from kedge.domain.ids import AccountId
from kedge.domain.instants import Instant, show_instant
from kedge.domain.signals import Outcome
from kedge.wording.governing import LIMITS, UNTIL
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell
from kedge.wording.times import show_moment, show_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.engine.held_back import HeldBack, LockView, PausedView
    from kedge.journal.base import Recorded
    from kedge.journal.reader import JournalReader


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


def held_back_in(reader: "JournalReader", now: Instant) -> "HeldBack":
    """As the record has it, where no engine runs that could be asked."""
    from kedge.engine.held_back import CoolingView, HeldBack, HeldView, LockView

    locks: list[LockView] = []
    cooling: list[CoolingView] = []
    for row in reader.accounts():
        account = AccountId(str(row["id"]))
        told = reader.events_about(account)
        locks += _locks(account, told)
        until = max((e.event.until for e in told if isinstance(e.event, CooldownStarted)), default=now)
        cooling += [CoolingView(account, until)] if until > now else []
    heard = reader.strategies_heard()
    held = [
        HeldView.of(told.event, told.at)
        for row in reader.signals(outcome=Outcome.HELD)
        for told in reader.events_about(str(row["id"]))[-1:]
        if isinstance(told.event, SignalHeld)
    ]
    paused = [each for name in heard for each in _pause(name, reader.events_about(name))]
    return HeldBack(tuple(held), tuple(paused), tuple(locks), tuple(cooling), tuple(heard))


def _locks(account: AccountId, told: "Sequence[Recorded]") -> "list[LockView]":
    from kedge.engine.held_back import LockView

    day, locks = "", dict[str, LockView]()
    for each in told:
        match each.event:
            case DayBegan(day=begun) if begun != day:
                day = begun
                locks = {code: lock for code, lock in locks.items() if lock.ends is not Ends.DAY}
            case LimitBreached() as breached:
                locks[breached.code] = LockView(
                    account, breached.code, each.at, breached.ends, breached.flatten
                )
            case LockReleased(code=code):
                locks.pop(code, None)
            case _:
                pass
    return list(locks.values())


def paused_in(reader: "JournalReader", names: "Sequence[str]") -> "dict[str, PausedView]":
    """Those of these strategies that are paused, as the record has it."""
    return {name: each for name in names for each in _pause(name, reader.events_about(name))}


def _pause(name: str, told: "Sequence[Recorded]") -> "list[PausedView]":
    """The pause of a strategy, where it has not gone on since."""
    from kedge.engine.held_back import PausedView

    last = [each for each in told if isinstance(each.event, StrategyPaused | StrategyResumed)][-1:]
    return [
        PausedView(name, each.event.who, each.event.why, each.at)
        for each in last
        if isinstance(each.event, StrategyPaused) and each.event.strategy == name
    ]


def held_back_item(back: "HeldBack") -> Item:
    """All of it as programs get it."""
    return {
        "strategies_paused": [paused_item(each) for each in back.paused],
        "locks": [lock_item(lock) for lock in back.locks],
        "cooling_down": [
            {"account": each.account, "until": show_instant(each.until)} for each in back.cooling
        ],
        "signals_held": len(back.signals),
    }


def held_back_pairs(back: "HeldBack", now: Instant) -> list[tuple[str, str | Cell]]:
    """All of it as people get it, one line for each."""
    pairs: list[tuple[str, str | Cell]] = []
    if back.signals:
        left = min(each.until for each in back.signals) - now
        soonest = f"the first for {show_span(left)} more" if left > 0 else "the first for too long"
        count = f"{len(back.signals)} signal{'' if len(back.signals) == 1 else 's'}"
        told = f"{count} for a yes or no, {soonest} (`kedge signals --held` lists them)"
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
