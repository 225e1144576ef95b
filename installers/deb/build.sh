#!/bin/sh
# Builds dist/yimen-station_<version>_<arch>.deb for Debian 12: Debian's python3, every library inside.
#
# What dpkg owns is only <root>/payload; the maintainer script links it into a slot
# <root>/releases/<version> and moves <root>/current there. The self-contained package and the online
# updater of later versions fill the same slots, so nothing of this layout has to change.
set -eu
out=${1:?usage: build.sh OUTPUT-FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
python=${PYTHON:-$top/.venv/bin/python}
cd "$top"

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "The package for Debian 12 has to be built with Python 3.11 (libraries are compiled for it)." >&2
    exit 1
}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/pkg
slot=$root/opt/yimen-station/payload
mkdir -p "$slot" "$root/DEBIAN" "$root/usr/bin" "$root/lib/systemd/system" \
    "$root/usr/share/applications" "$root/etc/yimen" "$root/usr/share/doc/yimen-station"

echo "Collecting the locked libraries"
"$python" -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
    --target "$slot/packages" -r requirements.lock
rm -rf "$slot"/packages/setuptools* "$slot"/packages/pkg_resources "$slot"/packages/_distutils_hack \
    "$slot"/packages/distutils-precedence.pth "$slot"/packages/bin
find "$slot/packages" -type d -name __pycache__ -prune -exec rm -rf {} +

echo "Collecting the program"
git ls-files -z pyproject.toml README.md LICENSE station sync catalog_cache |
    tar --create --null --files-from=- | { mkdir "$work/src" && tar --extract --directory "$work/src"; }
PYTHONWARNINGS=ignore "$python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation \
    --target "$slot/app" "$work/src"
rm -rf "$slot/app/bin"
echo "$version" >"$slot/VERSION"

cp "$here/files/yimen" "$root/usr/bin/yimen"
cp "$here/files/yimen-station.service" "$root/lib/systemd/system/"
cp "$here/files/yimen-station.desktop" "$root/usr/share/applications/"
cp "$here/files/station.env" "$root/etc/yimen/station.env"
cp LICENSE "$root/usr/share/doc/yimen-station/copyright"
chmod 755 "$root/usr/bin/yimen"
for script in postinst prerm postrm; do install -m 755 "$here/files/$script" "$root/DEBIAN/$script"; done
echo /etc/yimen/station.env >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<CONTROL
Package: yimen-station
Version: $version
Architecture: $arch
Maintainer: Yimen Station team <team@yimen.example>
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: python3 (>= 3.11), python3 (<< 3.12), adduser
Recommends: fonts-noto-cjk
Section: misc
Priority: optional
Description: offline-capable government service station
 One PC, an unreliable link: a signed catalog of items, intake with printed receipts, and
 every case forwarded to the county hall exactly once, over the link or on a USB stick.
CONTROL

find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
package=$out/yimen-station_${version}_${arch}.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package: $(du -h "$package" | cut -f1)"
