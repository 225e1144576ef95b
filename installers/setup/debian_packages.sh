#!/bin/sh
# The programs the tests use beside Python. Installs what is missing when root; else lists it.
set -eu
missing=""
need() { # need COMMAND-OR-FILE PACKAGE
    if [ ! -e "$1" ] && ! command -v "$1" >/dev/null 2>&1; then missing="$missing $2"; fi
}
need chromium chromium
need pdftoppm poppler-utils
need zbarimg zbar-tools
need openssl openssl
need zstd zstd
need jq jq
need node nodejs
need npm npm
need /usr/share/fonts/truetype/wqy/wqy-microhei.ttc fonts-wqy-microhei
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"

[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing with apt-get:$missing"
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
else
    echo "The tests need these Debian packages; ask an administrator to run:" >&2
    echo "  apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
