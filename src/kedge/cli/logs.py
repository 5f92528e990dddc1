"""The log of a command that runs an engine: to standard error, a line an entry."""

import logging
import os
import sys

from kedge.cli.output import clean


class _OneLine(logging.Formatter):
    """Tells of an error by its last word; where it came from is for those who ask (KEDGE_DEBUG)."""

    def format(self, record: logging.LogRecord) -> str:
        text = f"kedge: {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            text += f" ({type(error).__name__}: {error})"
            if os.environ.get("KEDGE_DEBUG"):
                return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text
        return clean(text)


def log_to_stderr() -> None:
    """Show warnings and errors of all parts of the program."""
    logger = logging.getLogger("kedge")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLine())
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
