"""The first lines: what is looked at, what time it is, and whether the engine is there."""

from datetime import UTC, datetime

from rich.text import Text

from kedge import __version__
from kedge.domain.instants import SECOND, Instant
from kedge.tui.orders import age
from kedge.tui.picture import Picture
from kedge.wording.text import clean
from kedge.wording.times import show_clock, show_moment


def header(picture: Picture, place: str, now: Instant) -> Text:
    """Two lines; `place` is the data directory."""
    seen = picture.seen
    text = Text(f"kedge {__version__ if seen is None else seen.version}", "bold", no_wrap=True)
    text.append(f"  {clean(place)}", "not bold")
    if seen is not None:
        text.append(f"  journal {seen.journal}  process {seen.pid}", "not bold")
    utc = datetime.fromtimestamp(now // SECOND, UTC).strftime("%H:%M:%S")
    text.append(f"\n{show_moment(now)}  ({utc} UTC)  ", "not bold")
    text.append(*_link(picture, now))
    return text


def banner(picture: Picture) -> str:
    """What to say across the screen while there is no engine; empty while there is one."""
    gone = picture.gone
    if gone is None:
        return ""
    again = f"calling again every {gone.pause:g} s"
    if picture.seen is None:
        return f"NO ENGINE: {gone.why}; {again}."
    return f"NO ENGINE: {gone.why}; {again}. This is the OLD picture of {show_clock(picture.looked)}."


def _link(picture: Picture, now: Instant) -> tuple[str, str]:
    if picture.seen is None:
        return "calling the engine", "yellow"
    passed = age(now - picture.looked)
    if picture.gone is not None:
        return f"NO ENGINE, picture {passed} old", "bold red"
    if picture.is_old(now):
        return f"ENGINE SLOW, picture {passed} old", "bold yellow"
    return "attached", "green"
