"""The signed files on the web, to mount such as under /catalog. The only file here that knows Flask."""

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from catalog_cache.distribution.city import COUNTIES, is_county_code
from catalog_cache.distribution.delta import HASH
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.files import NotAFile, plain_path
from catalog_cache.signatures.shelf import DELTAS, FILES, METADATA, TARGETS, delta_name

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
# timestamp.json is asked for all day long by every station; what its own words are too few for is left out.
_OF_NO_USE = ("Content-Disposition", "Last-Modified", "ETag", "Accept-Ranges")
_TYPES = {".json": "application/json", ".xz": "application/x-xz", ".csv": "text/csv"}


def blueprint(folder: Path, name: str = "catalog_files", held: Path | None = None) -> Blueprint:
    """Serve a published folder: metadata/…, targets/…, deltas/…, files/…; GET and HEAD, with Range.

    held: samples and forms that this node fetched for itself; it hands them on from there. A city's
    folder holds one such folder for each county, below counties/<code>/.

    Nobody needs to sign in for signed public files; the frame's gate looks for `is_public`.
    """
    files = Blueprint(name, __name__)
    deltas = DeltaShelf(folder)
    county_deltas: dict[str, DeltaShelf] = {}

    @files.get(f"/{METADATA}/<path:name>")
    def metadata(name: str) -> Response:
        return _answer(folder, f"{METADATA}/{name}")

    @files.get(f"/{TARGETS}/<path:name>")
    def target(name: str) -> Response:
        return _answer(folder, f"{TARGETS}/{name}")

    @files.get(f"/{DELTAS}/<pack>/<base>.delta")
    def delta(pack: str, base: str) -> Response:
        if deltas.find(base, pack) is None:
            return _nothing()
        return _answer(folder, f"{DELTAS}/{delta_name(base, pack)}")

    @files.get(f"/{FILES}/<name>")
    def sample(name: str) -> Response:
        if not HASH.fullmatch(name):
            return _nothing()
        if held is not None and (held / name).exists():
            return _answer(held, name)
        return _answer(folder, f"{FILES}/{name}")

    @files.get(f"/{COUNTIES}/<code>/{METADATA}/<path:name>")
    def county_metadata(code: str, name: str) -> Response:
        return _answer(folder, f"{COUNTIES}/{code}/{METADATA}/{name}")

    @files.get(f"/{COUNTIES}/<code>/{TARGETS}/<path:name>")
    def county_target(code: str, name: str) -> Response:
        return _answer(folder, f"{COUNTIES}/{code}/{TARGETS}/{name}")

    @files.get(f"/{COUNTIES}/<code>/{DELTAS}/<pack>/<base>.delta")
    def county_delta(code: str, pack: str, base: str) -> Response:
        place = folder / COUNTIES / code
        if not is_county_code(code) or not place.is_dir():
            return _nothing()
        if county_deltas.setdefault(code, DeltaShelf(place)).find(base, pack) is None:
            return _nothing()
        return _answer(folder, f"{COUNTIES}/{code}/{DELTAS}/{delta_name(base, pack)}")

    views: tuple[Callable[..., Response], ...] = (metadata, target, delta, sample)
    views += (county_metadata, county_target, county_delta)
    for view in views:
        view.is_public = True  # type: ignore[attr-defined]
    return files


def _answer(folder: Path, name: str) -> Response:
    """One plain file below the folder, whole or in part; anything else is simply not there."""
    try:
        path = plain_path(folder, name)
        if path.name.startswith("."):
            raise NotAFile("a draft that is not in place yet")
        kind = _TYPES.get(path.suffix, "application/octet-stream")
        answer = send_file(path.absolute(), mimetype=kind, conditional=True, etag=True)
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{path.stat().st_size}"})
    except (NotAFile, OSError):
        return _nothing()
    answer.headers["Cache-Control"] = _ASK_AGAIN if path.name == "timestamp.json" else _FOREVER
    answer.headers["X-Content-Type-Options"] = "nosniff"
    for name in _OF_NO_USE if path.name == "timestamp.json" else ():
        answer.headers.pop(name, None)
    return answer


def _nothing() -> Response:
    return Response("没有这个文件。\n", status=404, mimetype="text/plain")
