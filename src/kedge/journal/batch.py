"""Steps as the rows that they become: encoded, numbered and chained, before any storage is touched."""

from collections.abc import Sequence
from typing import NamedTuple

from kedge.domain.steps import Step
from kedge.journal.base import Head
from kedge.journal.chain import link
from kedge.journal.codec import FORMS, encode_event, encode_input
from kedge.journal.errors import OutOfOrderError
from kedge.journal.fold import RawRow


class Batch(NamedTuple):
    """Rows that are ready to be stored, and the head that they lead to."""

    rows: list[RawRow]
    head: Head


def prepare(steps: Sequence[Step], head: Head) -> Batch:
    """The rows of the steps that follow `head`. A step without events changed nothing and leaves no row."""
    rows: list[RawRow] = []
    seq, last, previous = head
    for number, at, cause, events in steps:
        if not events:
            continue
        if number != last + 1:
            raise OutOfOrderError(f"step {number} cannot follow step {last}")
        last = number
        cause_bytes = None if cause is None else encode_input(cause)
        for event in events:
            seq += 1
            kind, version, subject_of = FORMS[type(event)]
            subject = subject_of(event)
            payload = encode_event(event)
            cells = (seq, number, at, kind, version, subject, payload, cause_bytes)
            previous = link(previous, cells)
            rows.append((*cells, previous))
            cause_bytes = None
    return Batch(rows, Head(seq, last, previous))
