"""The settings: whether an engine could start on them, and whether what they name is there."""

import os
from collections.abc import Iterator
from pathlib import Path

from kedge.cli.doctor.finding import Finding, failure, fine, warning
from kedge.cli.traded import compare
from kedge.domain.instants import SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.kill import KillMode
from kedge.engine.clock import system_clock
from kedge.sessions.markets import running_out
from kedge.settings.errors import SettingsError
from kedge.settings.kill import KILL_VARIABLE, asks_for_kill
from kedge.settings.reading import DOTENV, read
from kedge.settings.values import Settings

_CALENDAR_WARNING = Span(90 * 86_400 * SECOND)


def read_settings(config: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, and what is to be said of them."""
    kill = asks_for_kill(os.environ.get(KILL_VARIABLE, ""))
    if not config.exists():
        advice = "`kedge init` writes one; `-c FILE` names another."
        return None, [warning("Settings", f"there is no {config}", advice), *_kill(kill)]
    try:
        reading = read(config, os.environ)
        compare(reading)
    except SettingsError as error:
        return None, [*(failure("Settings", fault.text, "") for fault in error.faults), *_kill(kill)]
    about = (*_dotenv(config), *_kill(reading.kill), *_contents(reading.settings))
    return reading.settings, [fine("Settings", f"{config} is in order"), *about]


def _kill(asked: KillMode | None) -> Iterator[Finding]:
    if asked is not None:
        seen = f"{KILL_VARIABLE} is set: the next engine starts with the kill switch on"
        yield warning("Environment", seen, "Take it out of the environment, or of `.env`, once all is well.")


def _dotenv(config: Path) -> Iterator[Finding]:
    file = config.parent / DOTENV
    if file.exists() and file.stat().st_mode & 0o077:
        yield warning(
            "Secrets",
            f"others may read {file} (mode {file.stat().st_mode & 0o777:o})",
            f"chmod 600 {file}",
        )


def _calendars(settings: Settings) -> Iterator[Finding]:
    """Calendars end: what lies beyond is not guessed at, so that nothing new would be traded there."""
    names = [each.calendar for each in _traded(settings)]
    names += [each.calendar for each in settings.accounts if each.calendar]
    ending = running_out(names, system_clock(), _CALENDAR_WARNING)
    for one in ending:
        yield warning(
            f"Calendar {one.name}",
            f"its sessions are known until {one.horizon}",
            "Install a newer kedge before then: no new position is opened in a market whose hours are not known.",
        )
    if names and not ending:
        yield fine("Calendars", f"{', '.join(dict.fromkeys(names))}: known for more than 90 days ahead")


def _contents(settings: Settings) -> Iterator[Finding]:
    for name in settings.venues:
        yield fine(f"Venue {name}", "simulated, in the engine's own process: nothing to reach")
    yield from _calendars(settings)
    fed = [symbol for feed in settings.feeds for symbol in feed.instruments]
    for instrument in _traded(settings):
        if instrument.symbol not in fed:
            yield warning(
                f"Prices {instrument.symbol}",
                "no feed brings any",
                "Orders in it wait for a price. Add it to a feed in the settings.",
            )


def _traded(settings: Settings) -> tuple[Instrument, ...]:
    """All instruments, and the futures that are traded by their root."""
    return (*settings.instruments, *(root.instrument for root in settings.roots))
