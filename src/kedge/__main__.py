"""`python -m kedge`: the same program as `kedge`."""

import sys

from kedge.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
