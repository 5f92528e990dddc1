"""The dashboard of the engine that has started it, on the same terminal: `python -m kedge.tui DATA_DIR`."""

import sys
from pathlib import Path

from kedge.tui.app import run

if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), owner=True))
