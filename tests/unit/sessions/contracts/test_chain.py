"""The front contract: by days before its end, by volume, by told dates; never one that has ended, never back."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.sessions.instants import CHICAGO, local, utc

from kedge.domain.instants import MINUTE, Instant
from kedge.sessions.calendar import HorizonError
from kedge.sessions.contracts.chain import Chain, RollTerms
from kedge.sessions.contracts.contract import Contract, parse_contract
from kedge.sessions.contracts.products import PRODUCTS

TODAY = date(2026, 11, 25)
ROOTS = st.sampled_from(sorted(PRODUCTS))
TIMES = st.integers(utc("2016-06-01 00:00") // MINUTE, utc("2028-01-31 00:00") // MINUTE).map(
    lambda minute: Instant(minute * MINUTE)
)
TOLD = RollTerms(
    months="FN",
    calendar="CMES",
    days_before=3,
    expiries={"XYZF27": date(2027, 1, 15), "XYZN27": date(2027, 7, 16)},
)


def contract(symbol: str) -> Contract:
    return parse_contract(symbol, TODAY)


@pytest.mark.parametrize(
    ("root", "terms", "at", "front"),
    [
        pytest.param("ES", None, "2026-11-25 12:00", "ESZ26", id="three weeks before"),
        pytest.param("ES", None, "2026-12-10 16:59", "ESZ26", id="the evening before the seventh day"),
        pytest.param("ES", None, "2026-12-10 17:00", "ESH27", id="the seventh day begins in the evening"),
        pytest.param("ES", RollTerms(days_before=0), "2026-12-17 16:59", "ESZ26", id="left on the last day"),
        pytest.param("ES", RollTerms(days_before=0), "2026-12-17 17:00", "ESH27", id="not kept into its end"),
        pytest.param("ES", RollTerms(days_before=1), "2026-12-16 17:00", "ESH27", id="one day before"),
        pytest.param("ES", RollTerms(months="Z"), "2026-12-11 12:00", "ESZ27", id="Decembers alone"),
        pytest.param("ES", RollTerms(months="ZH"), "2026-12-11 12:00", "ESH27", id="months in any order"),
        pytest.param("ES", None, "2026-06-10 17:00", "ESU26", id="a holiday on the third Friday"),
        pytest.param("GC", None, "2025-11-20 16:59", "GCZ25", id="gold, before its notice"),
        pytest.param("GC", None, "2025-11-20 17:00", "GCG26", id="gold, a week before its notice"),
        pytest.param("CL", None, "2026-11-25 12:00", "CLF27", id="oil of the month after next"),
        pytest.param("6E", None, "2025-12-07 17:00", "6EH26", id="from a Monday on, which begins on Sunday"),
        pytest.param("XYZ", TOLD, "2026-11-25 12:00", "XYZF27", id="told, the first"),
        pytest.param("XYZ", TOLD, "2027-01-11 17:00", "XYZN27", id="told, the second"),
    ],
)
def test_the_front_contract(root: str, terms: RollTerms | None, at: str, front: str) -> None:
    assert Chain(root, terms).front(local(at, CHICAGO)).symbol(2) == front


def test_what_comes_next_and_when() -> None:
    chain, at = Chain("ES"), local("2026-11-25 12:00", CHICAGO)
    assert [one.symbol() for one in chain.upcoming(at, 5)] == ["ESZ6", "ESH7", "ESM7", "ESU7", "ESZ7"]
    assert chain.next_change(at) == local("2026-12-10 17:00", CHICAGO)


@pytest.mark.parametrize(
    ("at", "days", "expiring"),
    [
        pytest.param("2026-11-25 12:00", 23, False, id="weeks before"),
        pytest.param("2026-12-10 16:30", 7, False, id="in the maintenance before"),
        pytest.param("2026-12-10 17:00", 7, True, id="a week before"),
        pytest.param("2026-12-18 08:29", 0, True, id="on the last day"),
        pytest.param("2026-12-18 08:30", 0, True, id="at its end"),
        pytest.param("2026-12-21 12:00", -3, True, id="when it is over"),
    ],
)
def test_how_near_the_end_is(at: str, days: int, expiring: bool) -> None:
    chain, instant = Chain("ES"), local(at, CHICAGO)
    assert chain.days_to_expiry(contract("ESZ26"), instant) == days
    assert chain.is_expiring(contract("ESZ26"), instant) is expiring


@pytest.mark.parametrize(
    ("volumes", "held", "front"),
    [
        pytest.param({}, None, "ESZ26", id="no figures"),
        pytest.param({"ESZ26": 900, "ESH27": 100}, None, "ESZ26", id="the near one is traded more"),
        pytest.param({"ESZ26": 100, "ESH27": 900}, None, "ESH27", id="the next one is traded more"),
        pytest.param({"ESM27": 500, "ESZ26": 500, "ESH27": 500}, None, "ESZ26", id="of equals the nearest"),
        pytest.param({"ESM27": 700, "ESH27": 700, "ESZ26": 1}, None, "ESH27", id="of equals further off too"),
        pytest.param({"ESU26": 900, "ESZ26": 100}, None, "ESZ26", id="what has ended does not count"),
        pytest.param({"NQH27": 900, "ESZ26": 100}, None, "ESZ26", id="what is another root does not count"),
        pytest.param({"ESZ26": 900, "ESH27": 100}, "ESH27", "ESH27", id="it never goes back"),
        pytest.param({"ESZ26": 900}, "ESU26", "ESZ26", id="what was held has ended"),
    ],
)
def test_the_front_contract_by_volume(volumes: dict[str, int], held: str | None, front: str) -> None:
    figures = {contract(symbol): volume for symbol, volume in volumes.items()}
    found = Chain("ES").front_by_volume(
        local("2026-11-25 12:00", CHICAGO), figures, contract(held) if held else None
    )
    assert found.symbol(2) == front


@given(ROOTS, TIMES, st.integers(0, 30), st.integers(0, 200))
def test_the_front_contract_has_not_ended_and_time_only_moves_it_on(
    root: str, at: Instant, days_before: int, days: int
) -> None:
    chain = Chain(root, RollTerms(days_before=days_before))
    front, later = chain.front(at), chain.front(Instant(at + days * 24 * 60 * MINUTE))
    assert at < chain.expiry(front).at
    assert not later.comes_before(front)
    assert not chain.is_expiring(front, at)


@given(ROOTS, TIMES)
def test_the_front_contract_changes_exactly_when_it_was_told(root: str, at: Instant) -> None:
    chain = Chain(root)
    front, change = chain.front(at), chain.next_change(at)
    assert change > at
    assert chain.front(Instant(change - 1)) == front
    assert front.comes_before(chain.front(change))
    assert chain.calendar.session_at(change) is not None


@given(ROOTS, TIMES)
def test_contracts_come_and_end_in_order(root: str, at: Instant) -> None:
    chain = Chain(root)
    upcoming = chain.upcoming(at, 3)
    assert upcoming[0] == chain.front(at)
    for near, far in pairwise(upcoming):
        assert near.comes_before(far)
        assert chain.expiry(near).at < chain.expiry(far).at
        assert chain.rolls_at(near) < chain.rolls_at(far)


@given(ROOTS, TIMES, st.lists(st.integers(0, 5), min_size=4, max_size=4), st.integers(0, 40))
def test_by_volume_it_never_goes_back_either(root: str, at: Instant, figures: list[int], days: int) -> None:
    chain = Chain(root)
    volumes = dict(zip(chain.upcoming(at, 4), figures, strict=True))
    first = chain.front_by_volume(at, volumes)
    second = chain.front_by_volume(Instant(at + days * 24 * 60 * MINUTE), dict.fromkeys(volumes, 1), first)
    assert not second.comes_before(first)
    assert not first.comes_before(chain.front(at))


@pytest.mark.parametrize(
    ("root", "terms", "complaint"),
    [
        ("XYZ", RollTerms(), "roll: XYZ is no known product; give it a calendar, months and expiries"),
        ("XYZ", RollTerms(months="H"), "roll: XYZ is no known product"),
        ("ES", RollTerms(calendar="NOWHERE"), "'NOWHERE' is no known calendar"),
        (
            "ES",
            RollTerms(expiries={"ESZ6": TODAY}),
            "'ESZ6' among the expiries is no contract of ES such as ESZ26",
        ),
        ("ES", RollTerms(expiries={"NQZ26": TODAY}), "'NQZ26' among the expiries is no contract of ES"),
        ("ES", RollTerms(expiries={"ESF27": TODAY}), "'ESF27' among the expiries is no contract of ES"),
        ("ES", RollTerms(expiries={"soon": TODAY}), "'soon' is not a contract"),
        (
            "ES",
            RollTerms(expiries={"ESZ26": date(2026, 12, 19)}),
            "ESZ26 cannot end on 2026-12-19: CMES is closed on that day",
        ),
        (
            "ES",
            RollTerms(expiries={"ESZ26": date(2027, 1, 5)}),
            "ESZ26 cannot end on 2027-01-05: that is after its month",
        ),
    ],
)
def test_terms_that_lead_nowhere_are_refused(root: str, terms: RollTerms, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        Chain(root, terms)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"months": "HMA"}, "'A' in months 'HMA' is none of FGHJKMNQUVXZ"),
        ({"days_before": -1}, "days_before must be 0 or more, not -1"),
    ],
)
def test_wrong_terms_are_refused_as_they_are_written(values: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        RollTerms(**values)  # type: ignore[arg-type]
    assert complaint in str(caught.value)


def test_a_told_date_goes_before_the_rule() -> None:
    chain = Chain("ES", RollTerms(expiries={"ESZ26": date(2026, 12, 17)}))
    assert chain.expiry(contract("ESZ26")).at == local("2026-12-17 16:00", CHICAGO)
    assert chain.expiry(contract("ESH27")).at == local("2027-03-19 08:30", CHICAGO)


def test_after_the_last_told_date_the_next_is_asked_for() -> None:
    with pytest.raises(
        ValueError, match="when XYZF28 ends follows no known rule; give it among the expiries"
    ):
        Chain("XYZ", TOLD).front(local("2027-07-13 17:00", CHICAGO))


def test_where_the_calendar_ends_so_does_the_chain() -> None:
    with pytest.raises(HorizonError, match="CMES: sessions are known from 2016-01-01 to 2028-12-31"):
        Chain("ES").front(local("2028-12-20 12:00", CHICAGO))


def test_a_roll_lies_as_many_days_before_the_end_as_was_told_or_on_the_next_day_of_trading() -> None:
    for days_before in range(15):
        chain = Chain("ES", RollTerms(days_before=days_before))
        session = chain.calendar.session_at(chain.rolls_at(contract("ESZ26")))
        assert session is not None
        wanted = date(2026, 12, 18) - timedelta(days=days_before)
        assert timedelta() <= session.day - wanted <= timedelta(days=2)
