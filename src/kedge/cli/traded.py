"""The settings beside what was traded on them: what the record in the data directory lets no engine start on."""

from typing import TYPE_CHECKING

from kedge.engine.clock import system_clock

if TYPE_CHECKING:
    from kedge.settings.places import Place
    from kedge.settings.reading import Reading


def compare(reading: "Reading") -> str:
    """Hold the instruments against those that were traded; nothing is locked, so an engine may run.

    Returns why that cannot be done, or nothing; raises `SettingsError` with all that differs.
    """
    from kedge.engine.listed import listed_otherwise
    from kedge.settings.errors import Fault, SettingsError
    from kedge.venues.simulated.ledger import LedgerError

    data_dir = reading.settings.data_dir
    faults: dict[str, Fault] = {}
    try:
        for symbol, change in listed_otherwise(reading.settings, system_clock()):
            key = f"instruments.{symbol}.{change.name}"
            faults[key] = Fault(
                _place(reading, key, f"instruments.{symbol}.symbol"),
                key,
                f"{change.after} is not the {change.before} with which it has traded under {data_dir}",
                "put it back, or begin in another data directory once nothing is open",
                change.after,
            )
    except OSError as error:
        return f"{error.filename or data_dir}: {error.strerror}"
    except LedgerError as error:
        return str(error)
    if faults:
        raise SettingsError(faults.values())
    return ""


def _place(reading: "Reading", *keys: str) -> "Place":
    """Where the first of these keys that was written stands; a default stands nowhere."""
    places = {each.key: each.place for each in reading.in_force}
    return next(place for key in keys if (place := places.get(key)) is not None)
