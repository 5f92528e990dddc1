"""`kedge kill end`: the way that works when the engine hangs, from a process of its own."""

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.access import name_of, refuse_unusable
from kedge.cli.errors import Problem, Status
from kedge.cli.kill_outcome import Cancels, Flattens, mode_of
from kedge.cli.live import confirm
from kedge.cli.options import DEFAULT_DATA_DIR, DEFAULT_WHY, AsJson, DataDir, Why, Yes, examples, read_seconds
from kedge.cli.record import holder_of

if TYPE_CHECKING:
    from kedge.domain.kill import KillMode

EXAMPLES = examples("kedge kill end --why 'it hangs'", "kedge kill end --yes --flatten --json")
GRACE_SECONDS = 5.0
_GONE_SECONDS = 10.0  # a process that was killed is gone as soon as the system gets round to it
_LOOK_SECONDS = 0.05
Grace = Annotated[
    float | None,
    typer.Option(
        "--grace",
        metavar="SECONDS",
        parser=read_seconds,
        help="How long it may take to end in order before it is killed: 5 unless told.",
    ),
]


def end(
    cancel: Cancels = False,
    flatten: Flattens = False,
    grace: Grace = None,
    why: Why = DEFAULT_WHY,
    yes: Yes = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """End an engine that does not answer; the next one is halted.

    It asks the engine for nothing: its process is told to end, and is killed where it does not. Nothing leaves any
    more. What rests at a venue stays there, stops too; what only the engine held goes with it. The next start, before
    anything else, throws the switch as the options say. Asks first; where nobody can be asked it needs --yes.
    """
    refuse_unusable(data_dir)
    pid = holder_of(data_dir)
    mode = mode_of(cancel=cancel, flatten=flatten)
    if not pid:
        raise _nobody(data_dir, found=pid is not None)
    confirm(f"End the engine (process {pid})? What it holds itself goes with it.", yes=yes, elsewhere=False)
    _leave(data_dir, mode, why)
    killed = _end(pid, data_dir, GRACE_SECONDS if grace is None else grace)
    if as_json:
        output.emit({"ended": pid, "killed": killed, "next_start": mode})
        return
    how = "did not end in time and was killed" if killed else "ended in order"
    output.say(f"The engine (process {pid}) {how}. Nothing leaves any more.", "bold red")
    output.say("What rests at the venues stays there: `kedge orders --open`, `kedge positions`.")
    output.say(f"The next start has the kill switch on ({mode}), until `kedge kill off`.")


def _leave(data_dir: Path, mode: "KillMode", why: str) -> None:
    """First of all: whatever comes in between, the next start is halted."""
    from kedge.engine.kill_mark import KillMark, leave_mark

    try:
        leave_mark(data_dir, KillMark(mode, name_of(os.getuid()), why))
    except OSError as error:
        raise Problem(
            "SYSTEM",
            f"Nothing was done: the word to the next start cannot be left in {data_dir}: {error.strerror}.",
        ) from None


def _end(pid: int, data_dir: Path, grace: float) -> bool:
    """Whether it had to be killed. The lock tells that it is gone: a number of a process can be given anew."""
    _send(pid, signal.SIGTERM)
    if _is_gone(data_dir, pid, grace):
        return False
    _send(pid, signal.SIGKILL)
    if not _is_gone(data_dir, pid, _GONE_SECONDS):
        raise Problem(
            "NOT_ENDED", f"The engine's process {pid} was killed and is still there.", facts={"pid": pid}
        )
    return True


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it has just ended
    except PermissionError:
        raise Problem(
            "NOT_ENDED",
            f"The engine's process {pid} belongs to somebody else: end it as that user. "
            "The next start has the kill switch on all the same.",
            facts={"pid": pid},
        ) from None


def _is_gone(data_dir: Path, pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while holder_of(data_dir) == pid:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _nobody(data_dir: Path, *, found: bool) -> Problem:
    if found:
        return Problem(
            "NOT_ENDED", f"An engine has {data_dir}, and which process it is cannot be told: end it by hand."
        )
    return Problem(
        "NO_ENGINE",
        f"No engine is running on {data_dir}. `KEDGE_KILL=1 kedge run` starts one with the kill switch on.",
        status=Status.NO_ENGINE,
        facts={"data_dir": str(data_dir)},
    )
