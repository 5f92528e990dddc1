"""The room that is left, in words."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from kedge.domain.codes import Code
from kedge.domain.governor import Ends, Lock
from kedge.domain.headroom import BestDay, Headroom, Left, Level, Sample
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instants import NEVER, Instant, parse_instant
from kedge.domain.numbers import use_exact_arithmetic
from kedge.domain.orders import Side
from kedge.wording.headroom import day_words, lock_words, nearest, rules

NIGHT = parse_instant("2026-03-02T23:00:00Z")


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    use_exact_arithmetic()
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def sample(**others: Any) -> Sample:
    fields: dict[str, Any] = {
        "instrument": Symbol("ES"),
        "side": Side.BUY,
        "quantity": Decimal(1),
        "multiplier": Decimal(50),
        "price": Decimal(5000),
        "is_open": False,
        "is_future": True,
    }
    return Sample(**(fields | others))


def floor(left: int = 600, points: str | None = "12", **others: Any) -> Level:
    fields: dict[str, Any] = {
        "code": Code.DAILY_LOSS_LIMIT,
        "level": Decimal(49_000),
        "ends": Ends.DAY,
        "flatten": True,
        "is_floor": True,
    }
    return Level(left=Decimal(left), points=None if points is None else Decimal(points), **(fields | others))


def room(*levels: Level, **others: Any) -> Headroom:
    fields: dict[str, Any] = {
        "profile": "",
        "equity": Decimal(49_600),
        "balance": Decimal(49_600),
        "initial": Decimal(50_000),
        "peak": None,
        "day": "2026-03-01",
        "until": NIGHT,
        "cooling_until": None,
        "locks": (),
        "limits": (),
        "sample": sample(),
    }
    return Headroom(account=AccountId("alpha"), levels=levels, **(fields | others))


OPEN = sample(is_open=True, quantity=Decimal(2))
SHARES = sample(instrument=Symbol("SPY"), quantity=Decimal(100), multiplier=Decimal(1), is_future=False)


@pytest.mark.parametrize(
    ("of", "told"),
    [
        pytest.param(
            room(floor()),
            "One more 12-point ES loss (1 contract) locks this account for the day.",
            id="a future",
        ),
        pytest.param(
            room(floor(ends=Ends.PERSON, code=Code.DRAWDOWN_LIMIT)),
            "One more 12-point ES loss (1 contract) locks this account until a person lets it go on.",
            id="a person",
        ),
        pytest.param(
            room(floor(points="6"), sample=OPEN),
            "Another 6 points against the open 2 ES locks this account for the day.",
            id="what is open",
        ),
        pytest.param(
            room(floor(points="6"), sample=SHARES),
            "One more loss of 6.00 a piece on 100 SPY locks this account for the day.",
            id="shares",
        ),
        pytest.param(
            room(floor(points=None), sample=None),
            "A loss of 600.00 locks this account for the day.",
            id="nothing to trade",
        ),
        pytest.param(
            room(floor(left=0, points=None)),
            "Equity 49,000.00 has reached the daily loss limit of 49,000.00.",
            id="reached",
        ),
        pytest.param(
            room(floor(left=900, points="18"), floor(left=500, points="10", code=Code.DRAWDOWN_LIMIT)),
            "One more 10-point ES loss (1 contract) locks this account for the day.",
            id="the nearest of two floors",
        ),
        pytest.param(
            room(floor(is_floor=False, code=Code.PROFIT_TARGET_REACHED)), "", id="a goal is no loss"
        ),
        pytest.param(room(), "", id="no rule"),
    ],
)
def test_the_nearest_rule_is_one_sentence(of: Headroom, told: str) -> None:
    assert nearest(of) == told


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        (
            Lock("DAILY_LOSS_LIMIT", parse_instant("2026-03-02T15:00:00Z"), Ends.DAY),
            (
                "Locked by the daily loss limit since 2026-03-02 15:00:00 UTC, "
                "until the day ends at 2026-03-02 23:00:00 UTC."
            ),
        ),
        (
            Lock("DRAWDOWN_LIMIT", parse_instant("2026-03-02T15:00:00Z"), Ends.PERSON),
            (
                "Locked by the drawdown limit since 2026-03-02 15:00:00 UTC, "
                "until a person lets it go on (`kedge resume alpha --release DRAWDOWN_LIMIT`)."
            ),
        ),
    ],
)
def test_a_lock_says_since_when_and_what_ends_it(lock: Lock, told: str) -> None:
    of = room(floor(), locks=(lock,))
    assert lock_words(of, lock) == told
    assert nearest(of) == told, "what is locked comes before what could be"


@pytest.mark.parametrize(
    ("day", "until", "told"),
    [
        ("2026-03-01", NIGHT, "Day 2026-03-01 ends 2026-03-02 23:00:00 UTC."),
        ("2026-03-01", NEVER, "Day 2026-03-01."),
        ("", NEVER, "No day of it has begun yet."),
    ],
)
def test_the_day_says_when_it_ends(day: str, until: Instant, told: str) -> None:
    assert day_words(room(day=day, until=until)) == told


@pytest.mark.parametrize(
    ("of", "told"),
    [
        pytest.param(
            room(floor()),
            (
                "daily loss limit",
                "49,000.00",
                "49,600.00",
                "600.00",
                "-12 on 1 ES bought; then no entries until the day ends, all is closed",
            ),
            id="a floor",
        ),
        pytest.param(
            room(
                floor(code=Code.DRAWDOWN_LIMIT, ends=Ends.PERSON, flatten=False),
                peak=Decimal(51_000),
                sample=sample(side=Side.SELL, is_open=True),
            ),
            (
                "drawdown limit",
                "49,000.00",
                "49,600.00",
                "600.00",
                "+12 on 1 ES held; peak 51,000.00; then no entries until a person lets it go on",
            ),
            id="a floor that follows a peak, of what is sold short",
        ),
        pytest.param(
            room(best_day=BestDay(Decimal(1600), Decimal(2500), Decimal(50))),
            (
                "best day, of all profit",
                "50 %",
                "64.00 %",
                "",
                "+700.00 on other days, before the best one (+1,600.00) is 50 % of all profit",
            ),
            id="a best day that is too good",
        ),
        pytest.param(
            room(best_day=BestDay(Decimal(1000), Decimal(2500), Decimal(50))),
            ("best day, of all profit", "50 %", "40.00 %", "", "+1,000.00 of +2,500.00"),
            id="a best day that is not",
        ),
        pytest.param(
            room(
                limits=(Left("buying_power", Code.BUYING_POWER, Decimal(900), Decimal(300), fits=Decimal(3)),)
            ),
            ("buying power", "900.00", "300.00", "600.00", "3 more ES"),
            id="money",
        ),
        pytest.param(
            room(limits=(Left("tier", Code.TIER_EXCEEDED, Decimal(5), Decimal(2), fits=Decimal(3)),)),
            ("contracts by profit", "5", "2", "3", ""),
            id="contracts",
        ),
        pytest.param(
            room(limits=(Left("cooldown_losses", Code.COOLING_DOWN, Decimal(3), Decimal(2), "losses"),)),
            ("losses in a row", "3", "2", "1", "then a pause"),
            id="a count",
        ),
        pytest.param(
            room(limits=(Left("max_exposure_pct", Code.EXPOSURE_TOO_LARGE, Decimal(5), Decimal(7)),)),
            ("value in all", "5.00", "7.00", "0.00", ""),
            id="more than all of it",
        ),
    ],
)
def test_each_rule_is_a_line(of: Headroom, told: tuple[str, ...]) -> None:
    (rule,) = rules(of)
    assert rule[:5] == told
