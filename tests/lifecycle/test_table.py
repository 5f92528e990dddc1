"""The life cycle's table against an expectation that was written on its own, cause by cause instead of state by state.

`MOVES` lists, for each report, the states that it moves or alarms; whatever is not listed changes nothing. The laws
below say what no table may do, however it is filled in.
"""

import re
from collections.abc import Iterator, Mapping

import pytest

from kedge.domain.lifecycle import (
    FINAL_STATES,
    TABLE,
    UNANSWERED_STATES,
    WORKING_STATES,
    Answer,
    Kind,
    OrderState,
    Report,
    _read_table,
    answer,
    is_final,
)

Answers = Mapping[tuple[OrderState, Report, bool], Answer]

REQUESTS = (Report.SEND, Report.CANCEL, Report.REPLACE)
FILLS = (Report.FILL, Report.FILL_ALL)
AT_THE_VENUE = "IN_DOUBT ACCEPTED PARTIALLY_FILLED PENDING_CANCEL PENDING_REPLACE"
LIVE = "PENDING_NEW " + AT_THE_VENUE
DEAD = "CANCELLED REJECTED EXPIRED"

# report: (states, where they go; "stays" keeps each where it is, "working" is ACCEPTED or PARTIALLY_FILLED, how)
MOVES: dict[Report, list[tuple[str, str, Kind]]] = {
    # --- what we ask ---
    Report.SEND: [("NEW", "PENDING_NEW", Kind.EXPECTED)],
    Report.CANCEL: [
        ("ACCEPTED PARTIALLY_FILLED PENDING_REPLACE", "PENDING_CANCEL", Kind.EXPECTED),
        ("PENDING_CANCEL", "stays", Kind.EXPECTED),
    ],
    Report.REPLACE: [("ACCEPTED PARTIALLY_FILLED", "PENDING_REPLACE", Kind.EXPECTED)],
    # --- what the venue does with an order ---
    Report.ACCEPT: [
        ("PENDING_NEW IN_DOUBT", "working", Kind.EXPECTED),
        ("NEW REJECTED", "working", Kind.ALARM),
    ],
    Report.REJECT: [
        ("NEW PENDING_NEW IN_DOUBT ACCEPTED PENDING_CANCEL PENDING_REPLACE", "REJECTED", Kind.EXPECTED),
        ("PARTIALLY_FILLED", "CANCELLED", Kind.ALARM),
        ("FILLED", "stays", Kind.ALARM),
    ],
    Report.FILL: [
        ("PENDING_NEW IN_DOUBT ACCEPTED", "working", Kind.EXPECTED),
        ("PARTIALLY_FILLED PENDING_CANCEL PENDING_REPLACE", "stays", Kind.EXPECTED),
        ("NEW", "working", Kind.ALARM),
        ("FILLED CANCELLED EXPIRED", "stays", Kind.ALARM),
        ("REJECTED", "IN_DOUBT", Kind.ALARM),
    ],
    Report.FILL_ALL: [
        (LIVE, "FILLED", Kind.EXPECTED),
        ("NEW CANCELLED REJECTED EXPIRED", "FILLED", Kind.ALARM),
        ("FILLED", "stays", Kind.ALARM),
    ],
    Report.CANCELLED: [
        ("NEW " + LIVE, "CANCELLED", Kind.EXPECTED),
        ("FILLED", "stays", Kind.ALARM),
    ],
    Report.EXPIRE: [
        ("NEW " + LIVE, "EXPIRED", Kind.EXPECTED),
        ("FILLED", "stays", Kind.ALARM),
    ],
    # --- what it answers to a request ---
    Report.CANCEL_REFUSED: [
        ("PENDING_CANCEL", "working", Kind.EXPECTED),
        ("NEW PENDING_NEW", "stays", Kind.ALARM),
    ],
    Report.REPLACED: [
        ("PENDING_REPLACE", "working", Kind.EXPECTED),
        ("PENDING_CANCEL", "stays", Kind.EXPECTED),
        ("PENDING_NEW IN_DOUBT", "working", Kind.ALARM),
        ("NEW ACCEPTED PARTIALLY_FILLED FILLED " + DEAD, "stays", Kind.ALARM),
    ],
    Report.REPLACE_REFUSED: [
        ("PENDING_REPLACE", "working", Kind.EXPECTED),
        ("PENDING_CANCEL", "stays", Kind.EXPECTED),
        ("NEW PENDING_NEW", "stays", Kind.ALARM),
    ],
    # --- what it does not say ---
    Report.SILENCE: [
        ("PENDING_NEW", "IN_DOUBT", Kind.EXPECTED),
        ("IN_DOUBT PENDING_CANCEL PENDING_REPLACE", "stays", Kind.EXPECTED),
    ],
    Report.ABSENT: [
        ("IN_DOUBT", "REJECTED", Kind.EXPECTED),
        ("ACCEPTED PARTIALLY_FILLED PENDING_CANCEL PENDING_REPLACE FILLED", "stays", Kind.ALARM),
        ("NEW PENDING_NEW", "stays", Kind.REFUSED),
    ],
    # --- what it takes back ---
    Report.BUST: [
        ("PARTIALLY_FILLED", "working", Kind.EXPECTED),
        (
            "PENDING_NEW IN_DOUBT ACCEPTED PENDING_CANCEL PENDING_REPLACE FILLED CANCELLED EXPIRED",
            "stays",
            Kind.EXPECTED,
        ),
        ("NEW REJECTED", "stays", Kind.ALARM),
    ],
    Report.CORRECT: [
        (LIVE + " FILLED CANCELLED EXPIRED", "stays", Kind.EXPECTED),
        ("NEW REJECTED", "stays", Kind.ALARM),
    ],
}


def expected_answers() -> dict[tuple[OrderState, Report, bool], Answer]:
    """Every pair's answer: what is listed, and for the rest that nothing changes (requests: that they are refused)."""
    answers = {}
    for report in Report:
        rest = Kind.REFUSED if report in REQUESTS else Kind.STALE
        for state in OrderState:
            for filled in (False, True):
                answers[state, report, filled] = Answer(state, rest)
        for states, where, kind in MOVES[report]:
            for word in states.split():
                for filled in (False, True):
                    state = OrderState(word)
                    target = {
                        "stays": state,
                        "working": OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED,
                    }.get(where)
                    answers[state, report, filled] = Answer(target or OrderState(where), kind)
    return answers


EXPECTED = expected_answers()
ACTUAL = {
    (state, report, filled): answer(state, report, filled=filled)
    for state in OrderState
    for report in Report
    for filled in (False, True)
}


@pytest.mark.parametrize("report", Report)
@pytest.mark.parametrize("state", OrderState)
def test_every_state_answers_every_report_as_expected(state: OrderState, report: Report) -> None:
    for filled in (False, True):
        assert ACTUAL[state, report, filled] == EXPECTED[state, report, filled]


def test_no_state_is_listed_twice_for_one_report() -> None:
    for report, moves in MOVES.items():
        listed = [word for states, _, _ in moves for word in states.split()]
        assert len(listed) == len(set(listed)), report


def test_the_three_groups_of_states_and_the_held_one_are_all_there_is() -> None:
    groups = (*FINAL_STATES, *WORKING_STATES, *UNANSWERED_STATES, OrderState.NEW)
    assert sorted(groups) == sorted(OrderState)
    assert [state for state in OrderState if is_final(state)] == list(FINAL_STATES)


# --- laws ---


def _law_final_states_are_left_only_with_an_alarm(answers: Answers) -> None:
    for (state, report, _), (target, kind) in answers.items():
        if state in FINAL_STATES and target is not state:
            assert kind is Kind.ALARM, (state, report)
            # What was never believed to be live comes alive again; what has traded can only turn out to be filled.
            assert target is OrderState.FILLED or state is OrderState.REJECTED, (state, report)


def _law_a_filled_order_is_never_anything_else(answers: Answers) -> None:
    for (state, report, _), (target, _kind) in answers.items():
        if state is OrderState.FILLED:
            assert target is OrderState.FILLED, report


def _law_only_a_move_or_an_alarm_or_a_refusal_changes_anything(answers: Answers) -> None:
    for (state, report, _), (target, kind) in answers.items():
        if kind in (Kind.STALE, Kind.REFUSED):
            assert target is state, (state, report)


# How far along an order is. What is expected never leads back, but for a request that was answered.
_PROGRESS = {
    OrderState.NEW: 0,
    OrderState.PENDING_NEW: 1,
    OrderState.IN_DOUBT: 2,
    OrderState.ACCEPTED: 3,
    OrderState.PARTIALLY_FILLED: 3,
    OrderState.PENDING_REPLACE: 3,
    OrderState.PENDING_CANCEL: 3,
    OrderState.FILLED: 4,
    OrderState.CANCELLED: 4,
    OrderState.REJECTED: 4,
    OrderState.EXPIRED: 4,
}


def _law_nothing_expected_leads_back(answers: Answers) -> None:
    for (state, report, _), (target, kind) in answers.items():
        if kind is not Kind.ALARM:
            assert _PROGRESS[target] >= _PROGRESS[state], (state, report)


def _law_fills_are_never_refused_nor_called_stale(answers: Answers) -> None:
    for (state, report, _), (target, kind) in answers.items():
        if report in FILLS:
            assert kind in (Kind.EXPECTED, Kind.ALARM), state
        if report is Report.FILL_ALL:
            assert target is OrderState.FILLED, state


def _law_what_is_taken_back_ends_nothing_and_brings_nothing_back(answers: Answers) -> None:
    for (state, report, _), (target, _) in answers.items():
        if report in (Report.BUST, Report.CORRECT):
            assert target is state or (state in WORKING_STATES and target in WORKING_STATES), (state, report)


def _law_a_fill_keeps_a_request_under_way(answers: Answers) -> None:
    for state in (OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE):
        assert answers[state, Report.FILL, True] == Answer(state, Kind.EXPECTED)


def _law_requests_are_refused_in_final_states(answers: Answers) -> None:
    for (state, report, _), (_target, kind) in answers.items():
        if report in REQUESTS and state in FINAL_STATES:
            assert kind is Kind.REFUSED, (state, report)


def _law_an_order_is_sent_once(answers: Answers) -> None:
    sent = [
        state
        for (state, report, _), (_, kind) in answers.items()
        if report is Report.SEND and kind is Kind.EXPECTED
    ]
    assert set(sent) == {OrderState.NEW}


def _law_only_evidence_leads_out_of_doubt(answers: Answers) -> None:
    for report in (Report.SILENCE, Report.CANCEL_REFUSED, Report.REPLACE_REFUSED, *REQUESTS):
        for filled in (False, True):
            assert answers[OrderState.IN_DOUBT, report, filled].state is OrderState.IN_DOUBT, report


def _law_silence_never_ends_nor_accepts_an_order(answers: Answers) -> None:
    for (state, report, _), (target, _) in answers.items():
        if report is Report.SILENCE:
            assert target in (state, OrderState.IN_DOUBT)


def _law_what_has_filled_is_not_called_accepted(answers: Answers) -> None:
    for (state, _, filled), (target, kind) in answers.items():
        if target is not state and kind is not Kind.REFUSED:
            assert target is not (OrderState.ACCEPTED if filled else OrderState.PARTIALLY_FILLED)


LAWS = [value for name, value in sorted(globals().items()) if name.startswith("_law_")]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("_law_"))
def test_law(law: object) -> None:
    assert callable(law)
    law(ACTUAL)


# --- the expectation notices every change of the table ---

_WORD = re.compile(r"[^\s|]+")


def _cells(table: str) -> Iterator[tuple[int, int, str]]:
    """Where each answer stands in the text, and what it is."""
    start = 0
    for line in table.splitlines(keepends=True):
        head, bar, cells = line.partition("|")
        if bar and head.strip() != "state":
            for word in _WORD.finditer(cells):
                place = start + len(head) + 1
                yield place + word.start(), place + word.end(), word.group()
        start += len(line)


MUTANTS = ("=", "-", "!", "x", "WORKING", "!WORKING", *OrderState, *(f"!{state}" for state in OrderState))


def test_every_change_of_any_cell_is_noticed() -> None:
    cells = list(_cells(TABLE))
    assert len(cells) == len(OrderState) * len(Report)
    tried = noticed = 0
    for start, end, _ in cells:
        for mutant in MUTANTS:
            changed = _read_table(TABLE[:start] + mutant + TABLE[end:])
            if changed == ACTUAL:
                continue  # another spelling of the same answer
            tried += 1
            noticed += changed != EXPECTED
    assert tried > 3_000
    assert noticed == tried


def test_a_table_with_a_missing_or_an_unknown_word_is_not_read() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        _read_table(TABLE.replace("x           WORKING", "WORKING", 1))
    with pytest.raises(ValueError, match="WORKNG"):
        _read_table(TABLE.replace("WORKING", "WORKNG", 1))
