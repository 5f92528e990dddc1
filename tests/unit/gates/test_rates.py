"""How many entries there have been in the last minute and hour: those after its beginning, not one at it."""

import pytest
from msgspec.structs import replace
from tests.builders import FREE, Desk, account, nano, signal

from kedge.domain import inputs as i
from kedge.domain.codes import Code
from kedge.domain.instants import MINUTE, Instant, Span

RATES = [("entries_per_minute", MINUTE), ("entries_per_hour", Span(60 * MINUTE))]


@pytest.mark.parametrize(("name", "span"), RATES, ids=[name for name, _ in RATES])
@pytest.mark.parametrize(("short", "code"), [(1, Code.TOO_MANY_ENTRIES), (0, "")])
def test_an_entry_counts_until_its_time_is_over(name: str, span: Span, short: int, code: str) -> None:
    desk = Desk(account(governor=replace(FREE, **{f"max_{name}": 2})))
    first = desk.enter("old")[0]
    desk.cancelled(first)
    desk.now = Instant(desk.now + 1)
    desk.cancelled(desk.enter("newer")[0])
    desk.now = Instant(desk.order(first).created + span - short)
    assert desk.judge(signal("new", at=desk.now, stop=95)).code == code


def test_no_more_are_counted_than_are_asked_for() -> None:
    desk = Desk()
    for number in range(4):
        desk.cancelled(desk.enter(f"old-{number}")[0])
    terms = account(governor=replace(FREE, max_entries_per_minute=3))
    desk.give(i.AccountDeclared(terms, at=desk.now))
    judged = desk.judge(signal("new", at=desk.now, stop=95))
    assert judged.checks[-1].figures["entries_per_minute"] == nano(3)
