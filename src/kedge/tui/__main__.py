"""The dashboard of the engine that has started it, on the same terminal: `python -m kedge.tui DATA_DIR`."""

import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Ctrl-C meets the engine too, which ends in order; while this still loads, there is nothing to put in order here.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kedge.tui.app import run

    sys.exit(run(Path(sys.argv[1]), owner=True))
