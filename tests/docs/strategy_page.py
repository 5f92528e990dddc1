"""The page on strategies as data: the days on it with their settings, bars, and what it says of each bar."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import yaml
from tests.docs.by_hand import Line
from tests.docs.shell import ROOT

from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.numbers import Nano
from kedge.domain.quotes import Bar
from kedge.engine.hours import sessions_of
from kedge.market.bars import BuiltBar
from kedge.market.hours import HoursOf
from kedge.market.length import parse_length
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.strategy import Strategy

PAGE = (ROOT / "docs/explanation/strategy-days.md").read_text("utf-8")
INSTRUMENTS = {
    "SPY": Instrument(Symbol("SPY"), Decimal("0.01"), calendar="XNYS"),
    "FESX": Instrument(
        Symbol("FESX"),
        Decimal(1),
        multiplier=Decimal(10),
        asset=AssetClass.FUTURE,
        currency="EUR",
        margin=Decimal(3000),
        calendar="XEUR",
    ),
    "BTCUSDT": Instrument(Symbol("BTCUSDT"), Decimal("0.01"), asset=AssetClass.CRYPTO),
}
PLACES = {"New York": ZoneInfo("America/New_York"), "Frankfurt": ZoneInfo("Europe/Berlin")}
READINGS = {
    "range high": "high",
    "range low": "low",
}  # the names of the page, where they are not the rule's own
_DAY = re.compile(
    r"^## (?P<title>[^\n]+)\n(?:(?!^## ).)*?^```yaml\n(?P<settings>.*?)^```\n\n(?P<table>(?:\|[^\n]*\n)+)"
    r"\n(?P<setups>(?:- `[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
_SETUP = re.compile(r"^- `([\d:]+)` (\*\*\w+\*\*): (.+)$", re.MULTILINE)


class Setup(NamedTuple):
    """The close of its bar, as a time of day, the side and the reason."""

    at: str
    side: str
    reason: str


class Day:
    """One table of the page, with what stands around it."""

    def __init__(
        self, title: str, settings: dict[str, Any], table: list[dict[str, str]], setups: list[Setup]
    ) -> None:
        self.title = title
        self.instrument = INSTRUMENTS[settings.pop("instrument")]
        self.length = parse_length(settings.pop("bar"))
        self.rule = str(settings.pop("rule"))
        self.parameters = settings
        self.rows = table
        self.setups = setups
        self.hours_of: HoursOf = sessions_of(self.instrument.calendar)

    def strategy(self) -> Strategy:
        return build(RULES[self.rule], self.parameters, self.length)

    @property
    def columns(self) -> list[str]:
        """Those of the readings."""
        names = list(self.rows[0])
        return names[names.index("close") + 1 : -1]

    def bars(self) -> list[BuiltBar]:
        return [BuiltBar(self._bar(row), 1) for row in self.rows]

    def lines(self) -> list[Line]:
        return [line_of(self.instrument, built, self.hours_of) for built in self.bars()]

    def _bar(self, row: dict[str, str]) -> Bar:
        start = Instant(int(started(row).timestamp()) * SECOND)
        opened, high, low, close = (
            self.instrument.ticks(Decimal(row[name])) for name in ("open", "high", "low", "close")
        )
        return Bar(
            self.instrument.symbol, Instant(start + self.length), start, opened, high, low, close, Nano(0)
        )


def started(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["bar (UTC)"]).replace(tzinfo=UTC)


def line_of(instrument: Instrument, built: BuiltBar, hours_of: HoursOf) -> Line:
    bar, hours = built.bar, hours_of(built.bar.start)
    assert hours is not None
    opened, high, low, close = (instrument.price(each) for each in (bar.open, bar.high, bar.low, bar.close))
    return Line(moment(bar.start), opened, high, low, close, moment(hours.open))


def moment(at: Instant) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)


def shown_close(at: Instant, length: Span) -> str:
    """A time of day as the page has it."""
    return f"{moment(at):%H:%M:%S}" if length % (60 * SECOND) else f"{moment(at):%H:%M}"


def table_of(text: str) -> list[dict[str, str]]:
    head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def days() -> list[Day]:
    return [
        Day(
            found["title"],
            yaml.safe_load(found["settings"]),
            table_of(found["table"]),
            [Setup(*each) for each in _SETUP.findall(found["setups"])],
        )
        for found in _DAY.finditer(PAGE)
    ]


def summary_of_the_trade() -> dict[str, tuple[str, str]]:
    """The arithmetic and the figure of each step."""
    text = PAGE[PAGE.index("| step | by hand | figure |") :]
    rows = table_of(text[: text.index("\n\n")])
    return {row["step"].partition(",")[0]: (row["by hand"], row["figure"]) for row in rows}


def follows(day: Day, one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether these bars come one after the other, or lie in two sessions."""
    first, second = started(one), started(other)
    return second - first == timedelta(seconds=day.length / SECOND) or first.date() < second.date()
