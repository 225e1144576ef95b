#!/bin/sh
# Runs inside the bare root: no network but loopback, no library but Debian's python3.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
fail() { echo "installer-test FAILED: $*" >&2; exit 1; }
as_service() { setpriv --reuid yimen --regid yimen --clear-groups env YIMEN_DIR=/var/lib/yimen HOME=/nonexistent "$@"; }
fetch() {
    python3 - "$1" <<'PY'
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
    print(answer.status)
    sys.stdout.buffer.write(answer.read())
PY
}

python3 - <<'PY' 2>/dev/null && fail "the namespace has a way out" || true
import socket
socket.create_connection(("192.0.2.1", 80), timeout=2)
PY

dpkg -i /tmp/package.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "dpkg -i"; }
yimen --version || fail "yimen --version"

password=$(python3 -c 'import secrets; print(secrets.token_urlsafe(18))')
umask 077
printf '%s\n' "$password" >/tmp/password
chown yimen /tmp/password
as_service yimen init --level village --name 装机测试站 --division 440205100202 \
    --account admin --password-file /tmp/password >/tmp/init.log 2>&1 || { cat /tmp/init.log; fail "yimen init"; }

as_service yimen serve --port 8600 >/tmp/serve.log 2>&1 &
server=$!
page=""
for _ in $(seq 60); do
    page=$(fetch http://127.0.0.1:8600/ 2>/dev/null || true)
    [ -n "$page" ] && break
    sleep 0.5
done
[ -n "$page" ] || { cat /tmp/serve.log; fail "no first page within 30 s"; }
echo "$page" | head -1 | grep -q 200 || fail "first page: $(echo "$page" | head -1)"
echo "$page" | grep -q 一门驿站 || fail "the first page is not ours"
kill "$server" && wait "$server" 2>/dev/null || true

as_service yimen doctor --account admin --password-file /tmp/password || fail "yimen doctor"
[ "$(stat -c %a /var/lib/yimen)" = 700 ] || fail "data folder is open to others"

dpkg -i /tmp/package.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "installing again"; }
dpkg -r yimen-station >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "dpkg -r"; }
[ -f /var/lib/yimen/node.json ] || fail "removal took the data"
echo "installer-test passed: installed without network, first page answered, doctor content, data kept on removal"
