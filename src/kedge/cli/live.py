"""Talking to the engine that runs on a data directory, in plain calls."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kedge.cli.access import refuse_unusable
from kedge.cli.errors import Problem, Status
from kedge.cli.record import holder_of

if TYPE_CHECKING:
    import asyncio

    from kedge.engine.control.client import ControlClient
    from kedge.engine.control.messages import Answer, Done, Question
    from kedge.engine.view import View

_STATUS = {"ENGINE_STOPPED": Status.NO_ENGINE, "BAD_SIGNAL": Status.USAGE, "BAD_REQUEST": Status.USAGE}


class Line:
    """A connection to a running engine. What it says no to becomes a `Problem`."""

    def __init__(self, runner: "asyncio.Runner", client: "ControlClient") -> None:
        self._runner = runner
        self._client = client

    def ask(self, question: "Question") -> "Answer":
        """One question, one answer."""
        from kedge.engine.control.client import NoAnswerError
        from kedge.engine.control.messages import Failed

        try:
            answer = self._runner.run(self._client.ask(question))
        except NoAnswerError as error:
            raise Problem(
                "NO_ANSWER",
                f"{_sentence(str(error))} What was asked may have been done, or not: look with `kedge status`.",
            ) from None
        if isinstance(answer, Failed):
            raise Problem(
                answer.code,
                _sentence(answer.message),
                status=_STATUS.get(answer.code, Status.FAILED),
                facts=answer.facts,
            )
        return answer

    def do(self, question: "Question") -> "Done":
        """Something to be done."""
        from kedge.engine.control.messages import Done

        answer = self.ask(question)
        assert isinstance(answer, Done), "this question has no other answer"
        return answer

    def look(self) -> "tuple[View, int]":
        """What is there now, and the engine's process."""
        from kedge.engine.control.messages import Look, Seen

        answer = self.ask(Look())
        assert isinstance(answer, Seen), "this question has no other answer"
        return answer.view, answer.pid


@contextmanager
def calling(data_dir: Path) -> Iterator[Line]:
    """A line to the engine on a directory; without one the command ends with its own status."""
    import asyncio

    from kedge.engine.control.client import ControlClient, NoEngineError

    refuse_unusable(data_dir)
    with asyncio.Runner() as runner:
        try:
            client = runner.run(ControlClient.connect(data_dir))
        except NoEngineError as error:
            raise _no_engine(data_dir, str(error)) from None
        try:
            yield Line(runner, client)
        finally:
            runner.run(client.close())


def seen(data_dir: Path) -> "View | None":
    """What is there now where an engine runs and can be asked; None otherwise."""
    if holder_of(data_dir) is None:
        return None
    try:
        with calling(data_dir) as line:
            return line.look()[0]
    except Problem:
        return None


def confirm(question: str, *, yes: bool, elsewhere: bool) -> None:
    """Ask on a terminal. Where nobody can be asked, `elsewhere` says whether silence is consent."""
    if yes:
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        if elsewhere:
            return
        raise Problem(
            "NOT_CONFIRMED", "Nothing was done: there is nobody to ask. Give --yes.", status=Status.USAGE
        )
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Problem("NOT_CONFIRMED", "Nothing was done.")


def _no_engine(data_dir: Path, why: str) -> Problem:
    """Nobody answers; whether an engine runs all the same is told by its lock."""
    pid = holder_of(data_dir)
    if pid is None:
        return Problem(
            "NO_ENGINE",
            f"No engine is running on {data_dir}: start one, or name another directory with --data-dir.",
            status=Status.NO_ENGINE,
            facts={"data_dir": str(data_dir)},
        )
    return Problem(
        "NO_ENGINE",
        f"An engine has {data_dir} (process {pid}), but commands cannot reach it: {why}.",
        status=Status.NO_ENGINE,
        facts={"data_dir": str(data_dir), "pid": pid},
    )


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    first = text.split(" ", 1)[0]  # `why:` and `ts:` are names of fields, which stay as they are
    return ended[:1].upper() + ended[1:] if first.isalpha() else ended
