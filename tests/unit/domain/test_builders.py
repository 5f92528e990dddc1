"""Signals out of Python are the JSON form, and mean what they say."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from kedge.domain.builders import Entry, Exit, StopAdjustment
from kedge.domain.instants import Instant, parse_instant
from kedge.domain.orders import OrderType, TimeInForce
from kedge.domain.signal_form import SignalFormError, read_signal
from kedge.domain.signals import Direction, Signal, SignalKind

NOW = Instant(1_772_461_860_000_000_000)


def read(document: dict[str, Any]) -> Signal:
    return read_signal(document, NOW, lambda: "minted")


def test_the_shortest_entry() -> None:
    signal = read(Entry("SPY", "LONG", account="alpha", strength=82))
    assert (signal.id, signal.ts, signal.account, signal.kind) == ("minted", NOW, "alpha", SignalKind.ENTRY)
    assert (signal.instrument, signal.direction, signal.strength) == ("SPY", Direction.LONG, 82 * 10**9)


def test_an_entry_with_everything_is_the_interfaces_example() -> None:
    entry = Entry(
        "SPY",
        "LONG",
        id="s-1",
        ts="2026-03-02T14:31:00Z",
        account="alpha",
        strength=82,
        expected_price="591.20",
        order={"type": "limit", "limit_price": "591.25", "tif": "day"},
        stop="588.00",
        targets=[{"price": "597.00", "pct": 100}],
        reason="orb",
        metadata={"regime": "trend"},
    )
    example = """{"id": "s-1", "ts": "2026-03-02T14:31:00Z", "account": "alpha", "kind": "ENTRY", "instrument": "SPY",
        "direction": "LONG", "strength": 82, "expected_price": "591.20", "quantity": null,
        "order": {"type": "limit", "limit_price": "591.25", "tif": "day"}, "stop": {"price": "588.00"},
        "targets": [{"price": "597.00", "pct": 100}], "reason": "orb", "metadata": {"regime": "trend"}}"""
    assert read(entry) == read_signal(example, NOW, lambda: "minted")
    assert read_signal(json.dumps(entry), NOW, lambda: "minted") == read(entry)


def test_one_target_has_a_short_form() -> None:
    short = Entry("SPY", "LONG", account="alpha", target=597)
    assert (
        read(short).targets == read(Entry("SPY", "LONG", account="alpha", targets=[{"price": 597}])).targets
    )
    with pytest.raises(ValueError, match="either target or targets"):
        Entry("SPY", "LONG", account="alpha", target=597, targets=[])


@pytest.mark.parametrize("number", [Decimal("588.10"), "588.10", 588.1])
def test_a_number_can_be_written_in_any_way(number: Decimal | str | float) -> None:
    assert read(Entry("SPY", "LONG", account="alpha", stop=number)).stop == 588_100_000_000


def test_no_stop_has_to_be_said() -> None:
    assert read(Entry("SPY", "LONG", account="alpha", stop="none")).unprotected
    assert not read(Entry("SPY", "LONG", account="alpha")).unprotected


def test_a_time_can_be_a_datetime_of_any_zone() -> None:
    local = datetime(2026, 3, 2, 9, 31, tzinfo=timezone(timedelta(hours=-5)))
    assert read(Exit("SPY", account="alpha", ts=local)).ts == parse_instant("2026-03-02T14:31:00Z")
    assert read(Exit("SPY", account="alpha", ts=local.astimezone(UTC))).ts == parse_instant(
        "2026-03-02T14:31:00Z"
    )
    with pytest.raises(SignalFormError, match="zone"):
        read(Exit("SPY", account="alpha", ts=datetime(2026, 3, 2)))  # noqa: DTZ001


def test_an_exit_may_name_a_part_and_a_way() -> None:
    signal = read(
        Exit("ES", account="alpha", direction="SHORT", quantity=2, order={"type": "market", "tif": "ioc"})
    )
    assert (signal.kind, signal.direction, signal.quantity) == (SignalKind.EXIT, Direction.SHORT, 2 * 10**9)
    assert (signal.order.type, signal.order.tif) == (OrderType.MARKET, TimeInForce.IOC)


def test_a_stop_is_moved() -> None:
    signal = read(StopAdjustment("SPY", "590.5", account="alpha", reason="break even"))
    assert (signal.kind, signal.stop, signal.reason) == (
        SignalKind.STOP_ADJUSTMENT,
        590_500_000_000,
        "break even",
    )


@pytest.mark.parametrize(
    ("signal", "complaint"),
    [
        (Entry("SPY", "UP", account="alpha"), "direction"),
        (Entry("SPY", "LONG", account=""), "account"),
        (Entry("SPY", "LONG", account="alpha", strength=101), "strength"),
        (Entry("SPY", "LONG", account="alpha", order={"tipe": "limit"}), "did you mean type"),
        (Entry("SPY", "LONG", account="alpha", stop=float("nan")), "stop"),
    ],
)
def test_what_is_wrong_is_refused_where_it_is_handed_in(signal: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SignalFormError, match=complaint):
        read(signal)
