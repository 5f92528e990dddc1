#!/bin/sh
# Prints the first Python that really runs, is 3.11 or newer and can make virtual environments.
# Names given as arguments are tried instead of the usual ones. The Makefile's rule for .venv uses this.
set -u
[ "$#" -gt 0 ] || set -- python3 python3.13 python3.12 python3.11

# Exit status 3: too old. 4: venv or ensurepip missing, as on Debian without the package python3-venv.
probe='
import sys
if sys.version_info < (3, 11):
    sys.exit(3)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(4)
'
seen=""
for python in "$@"; do
    "$python" -c "$probe" >/dev/null 2>&1
    case $? in
        0) printf '%s\n' "$python"; exit 0 ;;
        3) seen="$seen
  $python: older than 3.11" ;;
        4) seen="$seen
  $python: cannot make virtual environments (venv or ensurepip is missing; on Debian and Ubuntu: apt install python3-venv)" ;;
        *) seen="$seen
  $python: does not run" ;;
    esac
done
printf 'Kedge needs Python 3.11 or newer with the venv module. Tried:%s\n' "$seen" >&2
printf 'Install one, or name yours: make PYTHON=/path/to/python3\n' >&2
exit 1
