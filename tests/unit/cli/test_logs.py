"""The log of a command that runs an engine."""

import logging
from collections.abc import Iterator

import pytest

from kedge.cli.logs import log_to_stderr


@pytest.fixture
def engine_log(capfd: pytest.CaptureFixture[str]) -> Iterator[logging.Logger]:
    """The engine's log, shown as the demo shows it; what was set up is taken away again."""
    logger = logging.getLogger("kedge")
    before = (list(logger.handlers), logger.level, logger.propagate)
    logger.handlers = []
    log_to_stderr()
    yield logging.getLogger("kedge.engine")
    logger.handlers, logger.level, logger.propagate = before


def test_a_warning_is_one_line(engine_log: logging.Logger, capfd: pytest.CaptureFixture[str]) -> None:
    engine_log.warning("venue %s is %s: %s", "paper", "down", "no\nanswer\x1b")
    assert capfd.readouterr().err == "kedge: venue paper is down: no answer\N{REPLACEMENT CHARACTER}\n"


def test_an_error_is_told_by_its_last_word(
    engine_log: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    engine_log.error("a subscriber failed", exc_info=KeyError("x"))
    assert capfd.readouterr().err == "kedge: a subscriber failed (KeyError: 'x')\n"


def test_whoever_looks_for_a_fault_gets_the_traceback(
    engine_log: logging.Logger, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDGE_DEBUG", "1")
    engine_log.error("a subscriber failed", exc_info=KeyError("x"))
    told = capfd.readouterr().err
    assert told.startswith("kedge: a subscriber failed (KeyError: 'x')\n")
    assert told.endswith("\nKeyError: 'x'\n")


def test_a_venue_that_is_up_is_news_only_when_it_was_down(
    engine_log: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    engine_log.info("all is well")
    engine_log.warning("venue %s is %s: %s", "paper", "up", "connected")
    assert capfd.readouterr().err == ""
    engine_log.warning("venue %s is %s: %s", "paper", "down", "hung up")
    engine_log.warning("venue %s is %s: %s", "paper", "up", "connected")
    assert (
        capfd.readouterr().err == "kedge: venue paper is down: hung up\nkedge: venue paper is up: connected\n"
    )
