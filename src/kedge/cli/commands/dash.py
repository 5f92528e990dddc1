"""`kedge dash`: the dashboard on a running engine."""

import sys

from kedge.cli import output
from kedge.cli.errors import Problem, Status
from kedge.cli.live import calling
from kedge.cli.options import DEFAULT_DATA_DIR, DataDir, examples

EXAMPLES = examples("kedge dash", "kedge dash --data-dir /srv/kedge", "NO_COLOR=1 kedge dash")


def dash(data_dir: DataDir = DEFAULT_DATA_DIR) -> int:
    """Look at a running engine on this terminal, and act on it.

    Leaving the dashboard leaves the engine running, and any number of dashboards may look at once. Each key that acts
    asks first, and who and why go into the record.
    """
    from kedge.cli.running.screen import has_screen

    with calling(data_dir) as line:
        line.look()
    if not has_screen() or sys.stderr is None or not sys.stderr.isatty():
        raise Problem(
            "NO_TERMINAL",
            "The dashboard needs a terminal, and a TERM other than dumb. `kedge status` tells the same in plain lines.",
            status=Status.USAGE,
        )
    from kedge.tui.app import run
    from kedge.tui.leaving import Leaving

    left = run(data_dir, owner=False)
    if left == Leaving.ENGINE_GOES_ON:
        output.say(f"The dashboard is closed. An engine that runs on {data_dir} goes on.")
    return left
