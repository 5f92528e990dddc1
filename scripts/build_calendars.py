"""Writes the tables of sessions in `src/kedge/sessions/tables`.

    python scripts/build_calendars.py           write what is out of date
    python scripts/build_calendars.py --check   write nothing; say what is out of date, and fail

The days come from pandas_market_calendars, a tool of development only. Where it is wrong, `CORRECTIONS` say what is
right and how we know. To move the horizon, raise `HORIZON`, run this, and look at the difference: the years that an
exchange has not announced yet follow from its rules alone.
"""

import sys
from collections.abc import Iterable
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas_market_calendars

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "src/kedge/sessions/tables"
HORIZON = "2028-12-31"
USAGE = 2
ONE_DAY = timedelta(days=1)


class Market(NamedTuple):
    """One market: what the library calls it, and what the library does not say."""

    name: str
    title: str
    zone: str
    zone_label: str
    first: str
    library: str  # empty: a plain rule without a horizon
    hours: dict[str, str]
    usual: str = ""  # what the library calls regular, where it is not the last of `hours`
    windows: tuple[str, dict[str, str]] = (
        "",
        {},
    )  # start of the pre-market; end of the after-hours by the close
    days_only: bool = False  # the library's times are not used
    week: str = "Mon Tue Wed Thu Fri"


class Correction(NamedTuple):
    """A day on which the library is wrong."""

    day: str
    hours: str  # empty: closed
    reason: str


GLOBEX = {"2016-01-01": "17:00-16:00"}
MARKETS = (
    Market(
        name="XNYS",
        title="New York Stock Exchange, and Nasdaq, which keeps the same days",
        zone="America/New_York",
        zone_label="ET",
        first="2000-01-01",
        library="NYSE",
        hours={"2000-01-01": "04:00 09:30-16:00 20:00"},
        usual="09:30-16:00",
        windows=("04:00", {"13:00": "17:00", "": "20:00"}),
    ),
    Market(
        name="CMES",
        title="CME Globex, equity index futures",
        zone="America/Chicago",
        zone_label="CT",
        first="2016-01-01",
        library="CME Globex Equity",
        # The halt in the afternoon was given up for the trade date of 2021-06-28. The library leaves it out.
        hours={"2016-01-01": "17:00-15:15 15:30-16:00", "2021-06-28": "17:00-16:00"},
    ),
    Market(
        name="CME_ENERGY",
        title="CME Globex, energy and metals (NYMEX, COMEX)",
        zone="America/Chicago",
        zone_label="CT",
        first="2016-01-01",
        library="CMEGlobex_EnergyAndMetals",
        hours=GLOBEX,
    ),
    Market(
        name="CME_FX",
        title="CME Globex, currency futures",
        zone="America/Chicago",
        zone_label="CT",
        first="2016-01-01",
        library="CMEGlobex_FX",
        hours=GLOBEX,
    ),
    Market(
        name="CME_RATES",
        title="CME Globex, interest rate futures (CBOT)",
        zone="America/Chicago",
        zone_label="CT",
        first="2016-01-01",
        library="CME Globex Interest Rate Products",
        hours=GLOBEX,
    ),
    Market(
        name="XEUR",
        title="Eurex, euro equity index futures",
        zone="Europe/Berlin",
        zone_label="CET",
        first="2006-01-01",
        library="XEUR",
        # Eurex: until 22:00 since 2005-11-21, from 08:00 since 2006-06-01, the Asian hours since 2018-12-10: 01:10,
        # in summer 02:10. The library has 08:00 to 22:00 throughout.
        hours={
            "2006-01-01": "09:00-22:00",
            "2006-06-01": "08:00-22:00",
            "2018-12-10": "00:10Z-22:00",
        },
        days_only=True,
    ),
    Market(
        name="XETR",
        title="Xetra",
        zone="Europe/Berlin",
        zone_label="CET",
        first="2004-01-01",
        library="XETR",
        hours={"2004-01-01": "09:00-17:30"},
    ),
    Market(
        name="XLON",
        title="London Stock Exchange",
        zone="Europe/London",
        zone_label="London",
        first="2000-01-01",
        library="XLON",
        hours={"2000-01-01": "08:00-16:30"},
    ),
    Market(
        name="FOREX",
        title="Currencies between banks, from Sunday evening to Friday evening",
        zone="America/New_York",
        zone_label="ET",
        first="2000-01-01",
        library="",
        hours={"2000-01-01": "17:00-17:00"},
    ),
    Market(
        name="CRYPTO",
        title="Coins, all day and every day",
        zone="UTC",
        zone_label="UTC",
        first="2000-01-01",
        library="",
        hours={"2000-01-01": "00:00-24:00"},
        week="Mon Tue Wed Thu Fri Sat Sun",
    ),
)

_MOURNING_BUSH = "CME Group, 2 December 2018: day of mourning for President Bush"
_MOURNING_CARTER = "CME Group, 30 December 2024: day of mourning for President Carter"
_GOOD_FRIDAY = (
    "Good Friday without a jobs report: closed; the library has an early close on each one since 2023"
)
_LABOR_DAY = "13:30 as on the other holidays since 2022, and as the library itself has it for 2026"
_CHRISTMAS_EVE = "12:45 (13:45 New York) as on the day after Thanksgiving; the library has it for 2026 only"
_GOOD_FRIDAYS = tuple(
    Correction(day, "", _GOOD_FRIDAY) for day in ("2024-03-29", "2025-04-18", "2027-03-26", "2028-04-14")
)
CORRECTIONS: dict[str, tuple[Correction, ...]] = {
    "CMES": (
        Correction("2018-12-05", "17:00-08:30", _MOURNING_BUSH),
        Correction("2025-01-09", "17:00-08:30", _MOURNING_CARTER),
        *_GOOD_FRIDAYS,
    ),
    "CME_ENERGY": (
        *(
            Correction(day, "17:00-13:30", _LABOR_DAY)
            for day in ("2022-09-05", "2023-09-04", "2024-09-02", "2025-09-01", "2027-09-06", "2028-09-04")
        ),
        *(
            Correction(day, "17:00-12:45", _CHRISTMAS_EVE)
            for day in ("2018-12-24", "2019-12-24", "2020-12-24", "2024-12-24", "2025-12-24")
        ),
        Correction("2026-11-27", "17:00-12:45", "as every year; 13:45 is the same time in New York"),
    ),
    "CME_FX": _GOOD_FRIDAYS,
    "CME_RATES": (
        Correction("2018-12-05", "", _MOURNING_BUSH),
        Correction("2025-01-09", "17:00-12:15", _MOURNING_CARTER),
        *_GOOD_FRIDAYS,
    ),
}
# The holidays on which Globex trades until about noon: what is traded then counts for the next trading day.
HOLIDAY_HALT = time(12, 0)


class Listed(NamedTuple):
    """A session as the library has it, in the market's own time."""

    day: date
    open: time
    close: time


@cache
def listed(name: str) -> tuple[Listed, ...]:
    """The library's sessions of a market."""
    market = next(market for market in MARKETS if market.name == name)
    calendar = pandas_market_calendars.get_calendar(market.library)
    days = calendar.schedule(market.first, HORIZON, tz=market.zone).iterrows()
    return tuple(
        Listed(day.date(), row["market_open"].time(), row["market_close"].time()) for day, row in days
    )


def special_days(market: Market) -> dict[str, list[date]]:
    """The days with hours of their own; those under the empty text are closed."""
    usual = market.usual or list(market.hours.values())[-1]
    found = {date.fromisoformat(one.day): one.hours for one in CORRECTIONS.get(market.name, ())}
    for session in listed(market.name):
        hours = f"{session.open:%H:%M}-{session.close:%H:%M}"
        if session.day not in found and hours != usual and not market.days_only:
            found[session.day] = hours
    open_days = {session.day for session in listed(market.name)}
    first, last = date.fromisoformat(market.first), date.fromisoformat(HORIZON)
    for day in (first + count * ONE_DAY for count in range((last - first).days + 1)):
        if day.weekday() < 5 and day not in open_days:
            found[day] = ""
    groups: dict[str, list[date]] = {}
    for day, hours in sorted(found.items()):
        groups.setdefault(windowed(market, hours) if hours else "", []).append(day)
    return groups


def windowed(market: Market, hours: str) -> str:
    """Hours with the pre-market before them and the after-hours behind, where the market has such."""
    start, ends = market.windows
    end = ends.get(hours.rpartition("-")[2], ends.get("", ""))
    return f"{start} {hours} {end}".strip()


def carried_days(market: Market) -> list[date]:
    """The holidays whose trades count for the next trading day: the same in all of Globex."""
    if not market.name.startswith("CME"):
        return []
    return [session.day for session in listed("CMES") if session.close == HOLIDAY_HALT]


def module(market: Market) -> str:
    """The Python module that holds a market's table."""
    special = special_days(market) if market.library else {}
    closed = special.pop("", [])
    lines = [
        f'"""{market.title}. Made by scripts/build_calendars.py."""',
        "",
        "from kedge.sessions.table import Table",
        "",
    ]
    if market.name in CORRECTIONS:
        lines.append("# Not as in the library that the rest is from:")
        lines += [f"# {one.day} {one.hours or 'closed'}: {one.reason}" for one in CORRECTIONS[market.name]]
    lines += [
        f"{market.name} = Table(",
        f'    name="{market.name}",',
        f'    title="{market.title}",',
        f'    zone="{market.zone}",',
        f'    zone_label="{market.zone_label}",',
        f'    week="{market.week}",',
        f'    first="{market.first}",',
        f'    horizon="{HORIZON}",' if market.library else "    horizon=None,",
        "    hours={",
        *(f'        "{since}": "{hours}",' for since, hours in market.hours.items()),
        "    },",
    ]
    if closed:
        lines += days_as_tuple("    closed=", closed)
    if special:
        lines.append("    special={")
        for hours, days in special.items():
            lines += days_as_tuple(f'        "{hours}": ', days)
        lines.append("    },")
    if carried := carried_days(market):
        lines += days_as_tuple("    carried=", carried)
    return "\n".join([*lines, ")", ""])


def days_as_tuple(name: str, days: list[date]) -> list[str]:
    """Source text for a tuple of dates, laid out as the formatter would."""
    years = write_days(days)
    if len(years) == 1:
        return [f'{name}("{years[0]}",),']
    indent = " " * (len(name) - len(name.lstrip()))
    return [f"{name}(", *(f'{indent}    "{line}",' for line in years), f"{indent}),"]


def write_days(days: Iterable[date]) -> list[str]:
    """Dates in lines such as `2026 01-01 01-19`, a year each."""
    years: dict[int, list[str]] = {}
    for day in sorted(days):
        years.setdefault(day.year, [str(day.year)]).append(f"{day:%m-%d}")
    return [" ".join(words) for words in years.values()]


def out_of_date() -> dict[Path, str]:
    """The tables that differ from what the library and the corrections say, with what they should be."""
    wanted = {TABLES / f"{market.name.lower()}.py": module(market) for market in MARKETS}
    return {
        path: text for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text
    }


def main(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: build_calendars.py [--check]", file=sys.stderr)
        return USAGE
    stale = out_of_date()
    for path, text in stale.items():
        name = path.relative_to(ROOT)
        if arguments:
            print(f"{name} is out of date: run scripts/build_calendars.py", file=sys.stderr)
        else:
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    if arguments and stale:
        return 1
    if not stale:
        print(f"{len(MARKETS)} tables are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
