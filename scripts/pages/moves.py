"""The moves of the life cycle's table, gathered for drawing.

A diagram of every single move would be a thicket, so what holds for a whole group of states is drawn once, from the
group: ACCEPTED and PARTIALLY_FILLED are WORKING, and all states in which an order may be at the venue are AT_VENUE.
An exception among a group is named in the label.
"""

from collections.abc import Collection
from typing import NamedTuple

from kedge.domain.lifecycle import FINAL_STATES, WORKING_STATES, Kind, OrderState, Report, answer

AT_VENUE = tuple(state for state in OrderState if state not in FINAL_STATES and state is not OrderState.NEW)


class Move(NamedTuple):
    """One arrow: from a state or group to a state or group."""

    source: str
    report: Report
    target: str
    besides: tuple[str, ...] = ()  # states of the group `source` to which it does not apply

    @property
    def label(self) -> str:
        """What is written on the arrow."""
        if not self.besides:
            return self.report.value
        return f"{self.report.value} (not {', '.join(self.besides)})"

    def is_between(self, places: Collection[str]) -> bool:
        """Whether it begins and ends among these."""
        return self.source in places and self.target in places


def moves() -> list[Move]:
    """The expected moves, gathered."""
    found: list[Move] = []
    for report in Report:
        targets = {state: _target(state, report, Kind.EXPECTED) for state in OrderState}
        for target in FINAL_STATES:
            group = [state for state in AT_VENUE if targets[state] == target]
            if len(group) > len(AT_VENUE) // 2:
                besides = tuple(state.value for state in AT_VENUE if state not in group)
                found.append(Move("AT_VENUE", report, target.value, besides))
                targets.update(dict.fromkeys(group))
        working = {targets[state] for state in WORKING_STATES}
        if len(working) == 1 and (target_of_both := working.pop()) is not None:
            found.append(Move("WORKING", report, target_of_both))
            targets.update(dict.fromkeys(WORKING_STATES))
        found += [Move(state.value, report, to) for state, to in targets.items() if to is not None]
    return found


def alarms() -> list[Move]:
    """The moves that raise an alarm."""
    return [
        Move(state.value, report, to)
        for state in OrderState
        for report in Report
        if (to := _target(state, report, Kind.ALARM)) is not None
    ]


def _target(state: OrderState, report: Report, kind: Kind) -> str | None:
    """Where a report leads, or None when it leads nowhere else (or is taken in another way)."""
    before, after = (answer(state, report, filled=filled) for filled in (False, True))
    if after.kind is not kind or (after.state is state and before.state is state):
        return None
    if {before.state, after.state} == set(WORKING_STATES):
        # `fill` always ends in PARTIALLY_FILLED: once it counts, something has filled.
        if report is Report.FILL:
            return None if state is OrderState.PARTIALLY_FILLED else OrderState.PARTIALLY_FILLED.value
        if report is Report.BUST:  # it leads somewhere when nothing has filled any more
            return OrderState.ACCEPTED.value
        return "WORKING"
    return after.state.value
