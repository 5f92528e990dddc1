"""The way in, for the script `kedge` and for `python -m kedge`.

Loading the program takes a moment, and whoever presses Ctrl-C in it changed their mind: that is no error to be told
with a traceback. So nothing is loaded here before it is settled how Ctrl-C ends. What Python does before it gets here
(some hundredths of a second) it does in its own way.
"""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130  # as shells count it; the table of all of them (`Status`) is not loaded yet


def main() -> int:
    """Run the program; returns its exit status."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # under nohup it is not
    if heard:
        signal.signal(signal.SIGINT, _leave)
    from kedge.cli import main as program  # noqa: PLC0415 (see above)

    try:
        if heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return program.main()
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        if heard:  # Python's own end is no place for tracebacks either
            signal.signal(signal.SIGINT, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Nothing has been begun yet, or all is done and said: there is nothing to put in order."""
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
