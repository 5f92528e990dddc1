"""The hash chain."""

from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.ids import BookId
from kedge.journal.chain import HASH_SIZE, Cells, genesis, link

INTEGERS = st.integers(0, 2**62)
CELLS = st.tuples(
    INTEGERS,
    INTEGERS,
    INTEGERS,
    st.text(max_size=8),
    st.integers(1, 9),
    st.none() | st.text(max_size=8),
    st.binary(max_size=20),
    st.none() | st.binary(max_size=20),
)
PREVIOUS = bytes(range(32))


def test_the_form_is_kept_for_ever() -> None:
    """Whoever changes this makes every journal in the world look forged."""
    start = genesis("j0urna", BookId("main"))
    first = link(start, (1, 1, 1_767_225_600_000_000_000, "OrderEnded", 1, "o-1", b'{"a":1}', b"{}"))
    second = link(first, (2, 1, 1_767_225_600_000_000_000, "Anomaly", 1, None, b"{}", None))
    assert start.hex() == "99ca035e4b922cd795c74a9bf98c786c42f85b4d24d4ca6acdcb0d29375c3c03"
    assert first.hex() == "73dee847f6cb454493c46e32d257bf27b47f4eb37996c9713785af191d25b6ad"
    assert second.hex() == "d91504ed8b664226fd8c6ae7b02710234a501eab8cdaac6cdf6c5b0a115a4435"


@given(one=CELLS, other=CELLS)
def test_different_rows_have_different_hashes(one: Cells, other: Cells) -> None:
    assert (link(PREVIOUS, one) == link(PREVIOUS, other)) == (one == other)


@given(cells=CELLS, at=st.integers(0, 7), data=st.data())
def test_every_column_counts(cells: Cells, at: int, data: st.DataObject) -> None:
    columns: list[Any] = list(cells)
    kinds: list[st.SearchStrategy[Any]] = [INTEGERS] * 3 + [
        st.text(max_size=8),
        st.integers(1, 9),
        st.none() | st.text(max_size=8),
        st.binary(max_size=20),
        st.none() | st.binary(max_size=20),
    ]
    columns[at] = data.draw(kinds[at].filter(lambda value: value != cells[at]))
    assert link(PREVIOUS, tuple(columns)) != link(PREVIOUS, cells)


def test_texts_cannot_flow_from_one_column_into_the_next() -> None:
    rows: list[Cells] = [
        (1, 1, 1, "ab", 1, "cd", b"ef", b"gh"),
        (1, 1, 1, "abc", 1, "d", b"ef", b"gh"),
        (1, 1, 1, "ab", 1, "cde", b"f", b"gh"),
        (1, 1, 1, "ab", 1, "cd", b"efg", b"h"),
        (1, 1, 1, "ab", 1, "", b"cdef", b"gh"),
        (1, 1, 1, "ab", 1, None, b"cdef", b"gh"),
        (1, 1, 1, "ab", 1, "cd", b"efgh", b""),
        (1, 1, 1, "ab", 1, "cd", b"efgh", None),
    ]
    hashes = [link(PREVIOUS, row) for row in rows]
    assert all(one != other for one, other in combinations(hashes, 2))


def test_the_hash_before_counts() -> None:
    cells: Cells = (1, 1, 1, "a", 1, None, b"", None)
    assert link(PREVIOUS, cells) != link(bytes(32), cells)
    assert len(link(PREVIOUS, cells)) == HASH_SIZE


def test_records_begin_differently() -> None:
    starts = [
        genesis(journal, BookId(book))
        for journal, book in [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")]
    ]
    assert len(set(starts)) == 4
