#!/bin/sh
# Installs the package in a minimal Debian 12 root inside an empty network namespace, then asks it for
# its first page and its own health. Root only; the bare root is kept in the cache folder for the next run.
set -eu
out=${1:?usage: test_install.sh FOLDER-WITH-THE-PACKAGE}
package=$(ls -t "$out"/yimen-station_*.deb | head -1)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/yimen-installer-test
[ "$(id -u)" = 0 ] || { echo "This test needs root (debootstrap, chroot, network namespace)." >&2; exit 1; }
missing=""
command -v debootstrap >/dev/null || missing="$missing debootstrap"
command -v ip >/dev/null || missing="$missing iproute2"
[ -z "$missing" ] || { echo "Installing with apt-get:$missing"; apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null; }

mkdir -p "$cache"
if [ ! -f "$cache/bookworm.tar" ]; then
    echo "Making a minimal Debian 12 root (once)"
    rm -rf "$cache/root"
    debootstrap --variant=minbase --include=python3,adduser bookworm "$cache/root" >"$cache/debootstrap.log" 2>&1 ||
        { tail -5 "$cache/debootstrap.log" >&2; exit 1; }
    tar --create --one-file-system --directory "$cache/root" --file "$cache/bookworm.tar.part" .
    mv "$cache/bookworm.tar.part" "$cache/bookworm.tar"
    rm -rf "$cache/root"
fi

root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
tar --extract --directory "$root" --file "$cache/bookworm.tar"
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
for device in null zero random urandom; do [ -e "$root/dev/$device" ] || cp -a "/dev/$device" "$root/dev/"; done
cp "$package" "$root/tmp/package.deb"
cp "$(dirname "$0")/inside_the_root.sh" "$root/tmp/check.sh"
unshare --net sh -c "ip link set lo up && exec chroot '$root' sh /tmp/check.sh"
