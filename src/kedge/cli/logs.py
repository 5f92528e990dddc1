"""The log of a command that runs an engine: to standard error, or to a file where a dashboard has the terminal."""

import contextlib
import logging
import os
import sys
from pathlib import Path

from kedge.venues.base import Link
from kedge.wording.text import clean

LOG_FILE = "kedge.log"


class _OneLine(logging.Formatter):
    """Tells of an error by its last word; where it came from is for those who ask (KEDGE_DEBUG)."""

    def format(self, record: logging.LogRecord) -> str:
        text = f"kedge: {record.getMessage()}"
        if not record.exc_info or record.exc_info[1] is None:
            return clean(text)
        error = record.exc_info[1]
        text = clean(f"{text} ({type(error).__name__}: {error})")
        return f"{text}\n{self.formatException(record.exc_info)}" if os.environ.get("KEDGE_DEBUG") else text


class _ToStderr(logging.Handler):
    """Writes to whatever is standard error by then; to nothing where there is none."""

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError, AttributeError, ValueError):
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()


class _News(logging.Filter):
    """Lets through what a person wants to hear of: that a venue is up is news only when it was down."""

    def __init__(self) -> None:
        super().__init__()
        self._down: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "kedge.engine" or not isinstance(record.args, tuple) or len(record.args) != 3:
            return True
        venue, link, _why = record.args
        if link == Link.DOWN.value:
            self._down.add(venue)
        return link != Link.UP.value or venue in self._down


def log_to_stderr() -> None:
    """Show warnings and errors of all parts of the program."""
    handler = _ToStderr()
    handler.setFormatter(_OneLine())
    handler.addFilter(_News())
    _log_by(handler, logging.WARNING)


def log_to_file(path: Path) -> None:
    """Keep what happens to the program in a file, with the time of each entry."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log_by(handler, logging.INFO)


def _log_by(handler: logging.Handler, level: int) -> None:
    logger = logging.getLogger("kedge")
    if not logger.handlers:
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
