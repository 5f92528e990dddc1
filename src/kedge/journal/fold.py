"""Going along the chain: every link is checked before the event behind it is used.

Rows come as plain tuples in the order of `Row`; making a `Row` of each would cost a third of the time.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kedge.domain.instants import Instant
from kedge.domain.steps import Step
from kedge.journal.base import Apply, Head, Verification
from kedge.journal.chain import link
from kedge.journal.codec import decode_cause, decode_event, decode_payload, undecodable
from kedge.journal.errors import CorruptError, JournalError

RawRow = tuple[Any, ...]


def fold(rows: Iterable[RawRow], start: Head, apply: Apply) -> Head:
    """Hand the events of the rows behind `start` to `apply`; the head that they lead to."""
    last, step, previous = start
    for row in rows:
        last += 1
        previous = link(previous, row[:8])
        if previous != row[8] or row[0] != last:
            raise broken(last, row[0])
        try:
            event = decode_payload(row[6])
        except (msgspec.MsgspecError, ValueError) as error:
            raise undecodable(last, row[3], row[4], error) from error
        step = row[1]
        apply(event, row[2], step)
    return Head(last, step, previous)


def steps_of(rows: Iterable[RawRow], start: Head) -> Iterator[Step]:
    """The steps that the rows behind `start` tell of."""
    step = Step(0, Instant(0), None, [])
    for seq, number, at, kind, version, _subject, payload, cause, _hash in checked(rows, start):
        if number != step.number:
            if step.events:
                yield step
            step = Step(number, Instant(at), decode_cause(seq, cause), [])
        step.events.append(decode_event(seq, kind, version, payload))
    if step.events:
        yield step


def checked(rows: Iterable[RawRow], start: Head) -> Iterator[RawRow]:
    """The rows, each one after its place and its link were found right."""
    last, last_step, previous = start
    for row in rows:
        last += 1
        previous = link(previous, row[:8])
        if previous != row[8] or row[0] != last:
            raise broken(last, row[0])
        step, cause = row[1], row[7]
        if step != last_step + 1 and (step != last_step or cause is not None):
            raise CorruptError(
                f"event {last} belongs to step {step}, which does not follow {last_step}", last
            )
        last_step = step
        yield row


def check(rows: Iterable[RawRow], start: Head, stored: Head) -> Verification:
    """Check all rows, each decoded, and that they lead to the head that is stored."""
    last, step, previous = start
    try:
        for row in checked(rows, start):
            last, step, _at, kind, version, _subject, payload, cause, previous = row
            decode_event(last, kind, version, payload)
            decode_cause(last, cause)
        agree(Head(last, step, previous), stored)
    except JournalError as error:
        seq = error.seq if isinstance(error, CorruptError) else last
        return Verification(False, last - start.seq, last, previous.hex(), seq, str(error))
    return Verification(True, last - start.seq, last, previous.hex())


def agree(found: Head, stored: Head) -> None:
    """Refuse a record whose rows do not lead to the head: its tail was cut off or something was put behind it."""
    if found != stored:
        raise CorruptError(
            f"the rows end with event {found.seq} of step {found.step}, the head tells of event {stored.seq} of "
            f"step {stored.step}" + ("" if found.seq != stored.seq else " with another hash"),
            min(found.seq, stored.seq) + 1,
        )


def broken(expected: int, found: int) -> CorruptError:
    """The error for a row that is missing, out of place or changed."""
    if found != expected:
        return CorruptError(f"event {expected} is missing: event {found} stands in its place", expected)
    return CorruptError(
        f"event {expected} was changed, or the one before it: its hash does not fit", expected
    )
