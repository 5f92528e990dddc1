"""`kedge strategies`: what strategies of our own have found, for people and for programs."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.conformance.journal_story import START
from tests.unit.cli.calls import Call
from tests.unit.journal.test_projection import ES, Day

from kedge.domain import inputs as i
from kedge.domain.ids import AccountId, SignalId
from kedge.domain.instants import SECOND, Instant
from kedge.domain.signals import Direction, Signal, SignalKind
from kedge.domain.strategies import Missed, StrategyTerms, Told

ORB = StrategyTerms("orb-es", AccountId("alpha"), ES.symbol, "orb", quantity=Decimal(1))


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record with two strategies, one of which has found two setups and is paused."""
    day = Day(tmp_path)
    other = StrategyTerms("ema-es", AccountId("beta"), ES.symbol, "ema_pullback")
    day.tells(i.StrategiesDeclared((ORB, other), at=day.now))
    ticks = ES.ticks(Decimal(100))
    for name, missed in (("first", None), ("second", Missed.DOWN)):
        close = Instant(day.now - SECOND)
        setup = Signal(
            SignalId(name),
            close,
            ORB.account,
            SignalKind.ENTRY,
            ES.symbol,
            Direction.LONG,
            strategy=ORB.id,
            reason="above the range",
        )
        told = (Told(ORB.id, setups=(setup,), missed=missed),)
        day.tells(
            i.BarJudged(
                ES.symbol, ORB.bar, close, START, Instant(2 * START), "{}", told, ticks, ticks, at=day.now
            )
        )
    day.tells(i.StrategyAsked(ORB.id, paused=True, who="ann", why="news", at=day.now))
    day.journal.close()
    return tmp_path


def test_strategies_are_listed_with_their_session(kedge: Call, record: Path) -> None:
    told = kedge("strategies", "--data-dir", record, "--json")
    assert told.status == 0
    ema, orb = told.document["items"]
    assert (ema["id"], ema["paused"], ema["last_setup"], ema["session_found"]) == ("ema-es", None, None, 0)
    assert (orb["session_found"], orb["session_taken"], orb["session_missed"]) == (2, 1, 1)
    assert (orb["paused"]["who"], orb["paused"]["why"]) == ("ann", "news")
    assert (orb["last_setup"]["id"], orb["last_setup"]["code"]) == ("second", "DOWN")
    shown = kedge("strategies", "--data-dir", record)
    assert shown.status == 0
    assert "orb-es is paused (ann: news)" in shown.out
    only = kedge("strategies", "--data-dir", record, "--account", "beta", "--json")
    assert [item["id"] for item in only.document["items"]] == ["ema-es"]


@pytest.mark.parametrize("words", [["orb-es"], ["--setups"]])
def test_setups_are_listed_the_newest_first(words: list[str], kedge: Call, record: Path) -> None:
    told = kedge("strategies", *words, "--data-dir", record, "--json")
    assert [(item["id"], item["fate"]) for item in told.document["items"]] == [
        ("second", "missed"),
        ("first", "taken"),
    ]
    shown = kedge("strategies", *words, "--data-dir", record)
    assert "missed DOWN" in shown.out
    assert kedge("strategies", "ema-es", "--data-dir", record).out == "No setups.\n"


def test_a_strategy_that_is_not_known_is_one_clear_error(kedge: Call, record: Path) -> None:
    told = kedge("strategies", "orb", "--data-dir", record)
    assert told.status != 0
    assert told.err == "kedge: There is no strategy orb; there are: ema-es, orb-es.\n"


def test_a_missed_setup_is_explained_by_why_and_when_it_was_seen(kedge: Call, record: Path) -> None:
    told = kedge("explain", "second", "--data-dir", record)
    assert told.status == 0
    assert "MISSED DOWN" in told.out
    assert "It was never tried: the engine did not run when it was complete." in told.out
    document = kedge("explain", "second", "--data-dir", record, "--json").document
    assert (document["outcome"], document["setup"]["delay"]) == ("MISSED", SECOND)
    assert kedge("explain", "first", "--data-dir", record, "--json").document["outcome"] == "ORDERED"
