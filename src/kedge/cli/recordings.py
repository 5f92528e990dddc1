"""The recorded files that settings name, looked at before an engine is started on them."""

from typing import TYPE_CHECKING

from kedge.cli.errors import Problem, Status, problem_of

if TYPE_CHECKING:
    from kedge.settings.values import Settings


def refuse_bad_recordings(settings: "Settings") -> None:
    """Every file can be opened, holds one kind of data, and is of an instrument of its feed; no row is read yet."""
    from kedge.settings.values import RecordedFeed

    recorded = [feed for feed in settings.feeds if isinstance(feed, RecordedFeed)]
    if not recorded:
        return
    from kedge.engine.clock import system_clock
    from kedge.engine.rolls import Rolls
    from kedge.feeds.errors import BadFileError
    from kedge.feeds.files.recorded_data import RecordedData

    rolls = Rolls(settings.roots, system_clock())
    listed = {each.symbol: each for each in (*settings.instruments, *rolls.instruments)}
    for feed in recorded:
        try:
            RecordedData(feed.paths, {symbol: listed[symbol] for symbol in rolls.expanded(feed.instruments)})
        except BadFileError as error:
            problem = problem_of(error)
            assert problem is not None, "it has words"
            raise Problem(
                problem.code, problem.message, status=Status.SETTINGS, facts=problem.facts
            ) from None
