#!/usr/bin/env bash
# Writes requirements.lock and requirements-dev.lock. Use it through `make lock`; arguments go to pip-compile
# (`make lock ARGS=--upgrade` moves everything to the newest release that pyproject.toml allows).
#
# The oldest Python that Kedge supports makes the locks, so that back-ports which only that one needs are in them.
# Local pip settings are ignored: hashes must be those of the public index, whatever mirror is set up here.
set -euo pipefail
cd "$(dirname "$0")/.."
export PIP_CONFIG_FILE=/dev/null PIP_DISABLE_PIP_VERSION_CHECK=1
unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX
tools=.lock-venv

python=$(sh scripts/find_python.sh "${PYTHON:-python3.11}")
if [ "$("$python" -c 'import sys; print(*sys.version_info[:2])')" != "3 11" ]; then
    echo "The locks are made with Python 3.11, the oldest supported one: make lock PYTHON=/path/to/python3.11" >&2
    exit 1
fi
"$python" -m venv --clear "$tools"
"$tools/bin/pip" install -q 'pip==26.2' 'pip-tools==7.6.2'

compile() { # compile LOCK WHAT OPTION...
    local lock=$1 what=$2
    shift 2
    "$tools/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
        --output-file "$lock" "$@" pyproject.toml
    {
        echo "# $what, pinned and hashed. Made by \`make lock\`; do not edit."
        grep -v '^# .*pinned and hashed\. Made by' "$lock"
    } >"$lock.new"
    mv "$lock.new" "$lock"
}
compile requirements.lock "What Kedge needs to run" "$@"
compile requirements-dev.lock "What Kedge needs to run, to be built and to be tested" \
    --constraint requirements.lock --extra dev "$@"
rm -rf "$tools"
