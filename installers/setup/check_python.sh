#!/bin/sh
# Says clearly what is missing before a virtual environment can be made; installs it when allowed.
set -eu
python=$1

if ! command -v "$python" >/dev/null 2>&1; then
    echo "No $python found. Install Python 3.11 or newer, or run: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$("$python" --version) is too old: Yimen Station needs Python 3.11 or newer." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing python3-venv with apt-get"
        apt-get update -q >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing. Install it: apt-get install python3-venv" >&2
        exit 1
    fi
fi
