"""The kinds of value that a setting can have, each read from text.

The form declares them with pydantic; what pydantic would make of a YAML float is never asked, since every value
arrives as the text that was written. A reader raises an error of the type `setting`, whose `problem` goes to people
as it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from kedge.domain.accounts import DISASTER_STOP_MAX
from kedge.domain.numbers import LARGEST, parse_decimal, plain
from kedge.market.length import LONGEST, SHORTEST, parse_length, show_length
from kedge.settings.errors import shown
from kedge.settings.secret import FORMS, Secret, SecretError, Vault

SINCE = "0.1"
_NUMBER = re.compile(r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d{1,20}", re.ASCII)
_DECIMALS_MAX = 9
OFF = "off"
_HOURS, _MINUTES = 24, 60
LENGTH = f"a length (such as 30s, 5m or 1h) from {show_length(SHORTEST)} to {show_length(LONGEST)}"


@dataclass(frozen=True)
class Reads:
    """How a text becomes a value, and what the value is called."""

    read: Callable[[str], Any]
    noun: str  # "a number": bounds are added to it
    choices: tuple[str, ...] = ()
    later: tuple[str, ...] = ()  # choices that are known, not built
    is_secret: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._before, handler(source))

    def _before(self, given: object) -> Any:
        if given is None:
            raise problem("has no value")
        if not isinstance(given, str):
            raise problem(f"a {'list' if isinstance(given, list) else 'section'} is not {self.noun}")
        return self.read(given)


def problem(text: str, at: Sequence[str | int] = (), needed: str = "") -> PydanticCustomError:
    """An error for people; `at` leads from the value that was checked to the one that is wrong.

    What is `needed` instead is what the form says of that key, unless it is told here.
    """
    return PydanticCustomError("setting", "{problem}", {"problem": text, "at": list(at), "needed": needed})


def setting(meaning: str, default: Any = ..., unit: str = "", **bounds: Any) -> Any:
    """One key: what it means, its default (none: it is required), its unit, its bounds."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "since": SINCE}, **bounds)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise problem(f"{shown(text)} is not a number")
    number = Decimal(plain(parse_decimal(text)))  # 1E+5 and 100000.00 are one value, and one digest
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if -exponent > _DECIMALS_MAX:
        raise problem(f"{shown(text)} has more than nine decimals")
    if abs(number) > LARGEST:
        raise problem(f"{shown(text)} is too large")
    return number


def _times_or_off(text: str) -> str:
    """How many times as far away, or nothing at all; in one way of writing it."""
    if text == OFF:
        return OFF
    times = _number(text)
    if not 1 < times <= DISASTER_STOP_MAX:
        raise problem(f"{shown(text)} is out of range")
    return plain(times)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise problem(f"{shown(text)} is not a whole number")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise problem(f"{shown(text)} is neither true nor false")
    return text.lower() == "true"


def _length(text: str) -> str:
    """In one way of writing it, so that 300s and 5m are one value, and one digest."""
    try:
        return show_length(parse_length(text))
    except ValueError:
        is_one = re.fullmatch(r"\d{1,6}[smhd]", text, re.ASCII)
        raise problem(
            f"{shown(text)} is {'out of range' if is_one else 'not a length'}", needed=f"{LENGTH} is needed"
        ) from None


def _minutes(text: str) -> int:
    """24:00 is the end of the day."""
    hours, minutes = int(text[:2]), int(text[3:])
    if hours > _HOURS or minutes >= _MINUTES or (hours == _HOURS and minutes):
        raise problem(f"{shown(text)} is no time of day")
    return minutes_of(text)


def minutes_of(text: str) -> int:
    """After midnight, of a time of day that was read."""
    return int(text[:2]) * _MINUTES + int(text[3:])


def _clock(text: str) -> str:
    if not re.fullmatch(r"\d\d:\d\d", text, re.ASCII):
        raise problem(f"{shown(text)} is no time of day")
    minutes = _minutes(text)
    if minutes == _HOURS * _MINUTES:
        raise problem(f"{shown(text)} is the next day's 00:00")
    return text


def _window(text: str) -> str:
    if not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", text, re.ASCII):
        raise problem(f"{shown(text)} is not two times of day")
    first, last = _minutes(text[:5]), _minutes(text[6:])
    if first == last or first == _HOURS * _MINUTES:
        raise problem(f"{shown(text)} has no length")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise problem(f"{shown(text)} is no time zone") from None
    return text


def _path(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise problem(f"{shown(text)} is not a path")
    try:
        Path(text).expanduser()
    except RuntimeError:
        raise problem(f"{shown(text)} begins with a home that nobody has") from None
    return text


def _matching(pattern: str, noun: str) -> Reads:
    expression = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        if not expression.fullmatch(text):
            raise problem(f"{shown(text)} is not {noun.partition(' (')[0]}")
        return text

    return Reads(read, noun)


def choice(words: type[StrEnum] | tuple[str, ...], later: tuple[str, ...] = ()) -> Reads:
    """One of these words; `later` are known and not built."""
    members: dict[str, Any] = {str(word): word for word in words}

    def read(text: str) -> Any:
        if text in members:
            return members[text]
        if text in later:
            raise problem(f"{shown(text)} is not built yet")
        raise problem(f"{shown(text)} is not known")

    return Reads(read, _one_of(tuple(members)), tuple(members), later)


def _one_of(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"one of {', '.join(words)}"


ZoneText = Annotated[str, Reads(_zone, "a time zone (such as America/New_York)")]
ClockText = Annotated[str, Reads(_clock, "a time of day (HH:MM)")]
WindowText = Annotated[str, Reads(_window, "two times of day (HH:MM-HH:MM)")]
Number = Annotated[Decimal, Reads(_number, "a number")]
TimesOrOff = Annotated[str, Reads(_times_or_off, f"{OFF}, or a number above 1 and up to {DISASTER_STOP_MAX}")]
Whole = Annotated[int, Reads(_whole, "a whole number")]
Flag = Annotated[bool, Reads(_flag, "true or false")]
LengthText = Annotated[str, Reads(_length, LENGTH)]
PathText = Annotated[str, Reads(_path, "a path")]
NAME = "a name (1 to 36 letters, digits, dots, dashes or underscores, the first a letter or digit)"
Name = Annotated[str, _matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,35}", NAME)]
OwnerText = Annotated[
    str,
    _matching(
        r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?",
        "a name (1 to 64 characters, on one line)",
    ),
]
UrlText = Annotated[
    str, _matching(r"https?://[A-Za-z0-9.\[\]:_-]{1,200}", "an address (http://HOST:PORT or https://HOST)")
]
MonthCodes = Annotated[str, _matching(r"[FGHJKMNQUVXZ]{1,12}", "month codes (such as HMUZ)")]
SymbolText = Annotated[str, _matching(r"[!-~]{1,64}", "a symbol (1 to 64 visible ASCII characters)")]
Currency = Annotated[
    str, _matching(r"[A-Z][A-Z0-9]{2,9}", "a currency (3 to 10 capitals or digits, such as USD)")
]


class _ReadsSecret(Reads):
    """Looks the reference up at once, in the vault that the check was given."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def fetch(given: object, info: ValidationInfo) -> Secret:
            reference = self._before(given)
            assert isinstance(info.context, Vault), "settings with secrets are checked with a vault"
            try:
                return info.context.fetch(reference)
            except SecretError as error:
                raise problem(str(error)) from None

        return core_schema.with_info_plain_validator_function(fetch)


SecretText = Annotated[Secret, _ReadsSecret(lambda text: text, FORMS.partition(": ")[2], is_secret=True)]
