"""The files that settings name, looked at before an engine is started on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kedge.cli.errors import Problem, Status, problem_of

if TYPE_CHECKING:
    from kedge.settings.values import Settings


def refuse_bad_files(settings: "Settings") -> None:
    """What companies did can be read; every recording can be opened, holds one kind of data, and is of an instrument
    of its feed. No row of a recording is read yet.
    """
    from kedge.settings.values import RecordedFeed

    if settings.actions is not None:
        from kedge.feeds.files.actions import read_actions

        with _faults_of_settings():
            read_actions(settings.actions)
    recorded = [feed for feed in settings.feeds if isinstance(feed, RecordedFeed)]
    if not recorded:
        return
    from kedge.engine.clock import system_clock
    from kedge.engine.rolls import Rolls
    from kedge.feeds.files.recorded_data import RecordedData

    rolls = Rolls(settings.roots, system_clock())
    listed = {each.symbol: each for each in (*settings.instruments, *rolls.instruments)}
    for feed in recorded:
        with _faults_of_settings():
            RecordedData(feed.paths, {symbol: listed[symbol] for symbol in rolls.expanded(feed.instruments)})


@contextmanager
def _faults_of_settings() -> Iterator[None]:
    from kedge.feeds.errors import BadFileError

    try:
        yield
    except BadFileError as error:
        problem = problem_of(error)
        assert problem is not None, "it has words"
        raise Problem(problem.code, problem.message, status=Status.SETTINGS, facts=problem.facts) from None
