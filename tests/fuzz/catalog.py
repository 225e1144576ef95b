"""A catalog from a mirror or a stick in anybody's hands: each of its signed files replaced by the input.

The input's first line names the file, as `targets.json` or `pack`; the rest is what stands there instead.
"""

import shutil
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zlib import crc32

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.delta import apply_delta, make_delta
from catalog_cache.distribution.update import open_source
from catalog_cache.errors import CatalogError
from catalog_cache.pack import compressed, decompressed, open_pack
from sync.errors import BadForm
from tests.catalog_cache.press import PACK_PATH, Press, pack_of
from tests.fuzz.mutate import change_bytes, change_text
from tests.fuzz.targets import must, target

PACK_BYTES_MAX = 64 * 1024


class Shelf:
    """What a county published, a station's belief in it before the first update, and the true pack."""

    def __init__(self, folder: Path) -> None:
        press = Press(folder / "press")
        press.publishes(1)
        self.folder = folder
        self.source = open_source(press.folder)
        TufClient(folder / "belief", self.source, None).init(press.root)
        self.files: dict[str, bytes] = {}
        self.pack = self.client(b"").download(PACK_PATH)

    def client(self, data: bytes) -> TufClient:
        """A fresh station at a mirror that gives `data` for the file it names."""
        name, _, body = data.partition(b"\n")
        shutil.rmtree(self.folder / "now", ignore_errors=True)
        shutil.copytree(self.folder / "belief", self.folder / "now")
        return TufClient(self.folder / "now", _Mirror(self, name.decode("latin-1"), body), None)


class _Mirror:
    """True but for one file. What it gives is remembered, as samples."""

    def __init__(self, shelf: Shelf, name: str, body: bytes) -> None:
        self._shelf, self._name, self._body = shelf, name, body

    def metadata(self, name: str, size_max: int) -> bytes:
        data = self._shelf.source.metadata(name, size_max)
        self._shelf.files.setdefault(name, data)
        return self._body[:size_max] if name == self._name else data

    def target(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        data = self._shelf.source.target(name, size_max, part)
        return self._body[:size_max] if self._name == "pack" else data

    def piece(self, name: str, start: int, size: int) -> bytes:
        return self._body[:size]

    def delta(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        return self._body[:size_max]


@cache
def shelf() -> Shelf:
    """The one of this process; its folder goes when the process ends."""
    folder = TemporaryDirectory(prefix="fuzz-")
    made = Shelf(Path(folder.name))
    made.keeps = folder  # type: ignore[attr-defined]
    return made


@target
def catalog(data: bytes) -> None:
    """Whatever a mirror gives: the very pack that was signed, or a refusal."""
    try:
        taken = shelf().client(data).download(PACK_PATH)
    except CatalogError as error:
        raise BadForm(str(error)[:300]) from error
    must(taken == shelf().pack, "a pack nobody signed was taken")


@target
def pack(data: bytes) -> None:
    """A pack is wholly sound or refused; its packed form has a bound."""
    try:
        list(open_pack(decompressed(data, PACK_BYTES_MAX) if data[:6] == b"\xfd7zXZ\0" else data).entries())
    except CatalogError as error:
        raise BadForm(str(error)[:300]) from error


@target
def delta(data: bytes) -> None:
    """A delta whose check value is right, whatever else is wrong with it: the signed pack, or a refusal."""
    base, new = two_packs()
    try:
        made = apply_delta(data + crc32(data).to_bytes(4, "big"), base, sha256(new).hexdigest(), len(new))
    except CatalogError as error:
        raise BadForm(str(error)[:300]) from error
    must(made == new, "a pack nobody signed was made")


@cache
def two_packs() -> tuple[bytes, bytes]:
    """A pack, and the next version of it."""
    names = [f"事项{number}" for number in range(40)]
    return pack_of(1, *names), pack_of(2, *names[:9], "残疾人证", *names[10:], "新事项")


def samples() -> dict[str, list[bytes]]:
    """Every signed file of the county, and its pack in both forms."""
    here = shelf()
    signed = [name.encode() + b"\n" + data for name, data in sorted(here.files.items())]
    return {
        "catalog": [*signed, b"pack\n" + here.pack],
        "delta": [body for body in _deltas() if body],
        "pack": [here.pack, compressed(here.pack), compressed(bytes(PACK_BYTES_MAX + 1))],
    }


def _deltas() -> Iterator[bytes]:
    """Both ways, without the check value that the target puts behind."""
    base, new = two_packs()
    for old, young in ((base, new), (new, base), (base, base)):
        yield (make_delta(old, young) or b"")[:-4]


def change(data: bytes, chance: Random) -> bytes:
    """The file behind its name, as JSON or as bytes."""
    name, _, body = data.partition(b"\n")
    return name + b"\n" + (change_text(body, chance) if chance.random() < 0.8 else change_bytes(body, chance))
