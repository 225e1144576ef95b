"""The papers of one case: each material line with its scans, and what may be handed to a browser."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from catalog_cache.model import Item, Material
from station.cases.errors import FileRefused, UnknownFile
from station.cases.fold import CaseView
from station.cases.parts import FileRef, MaterialLine
from station.cases.terms import Held
from station.cases.uploads import read_upload
from sync import attachments
from sync.errors import FileIncomplete, NoSuchFile
from sync.tables import SealedFile

STATE_TONES = {Held.IN: "g", Held.MISSING: "r", Held.PLEDGED: "a", Held.DEFECTIVE: "r"}
UNSAFE = "application/octet-stream"


@dataclass(frozen=True)
class Scan:
    """One file of a line. percent: how much of it is here; is_picture: can be shown in the page."""

    sha256: str
    name: str
    size_kib: int
    is_picture: bool
    is_whole: bool
    percent: int


@dataclass(frozen=True)
class Paper:
    """One material as the reviewer checks it; `asked` is what the catalog says, if it is known."""

    line: MaterialLine
    tone: str
    asked: Material | None
    scans: tuple[Scan, ...]


def papers_of(view: CaseView, item: Item | None) -> list[Paper]:
    """The material lines of a case in their order."""
    asked = {material.id: material for material in item.materials} if item else {}
    return [
        Paper(line, STATE_TONES[line.state], asked.get(line.id), tuple(scans_of(view, line.files)))
        for line in view.materials.values()
    ]


def scans_of(view: CaseView, names: Iterable[str]) -> list[Scan]:
    """The files under these names that the case knows."""
    refs = [view.files[name] for name in names if name in view.files]
    held = _held([ref.sha256 for ref in refs])
    return [_scan(ref, held.get(ref.sha256)) for ref in refs]


def open_scan(view: CaseView, sha256: str) -> tuple[bytes, str, str]:
    """(plain bytes, media type, name) of a file of this case, fit for a browser.

    The type is read from the bytes; whatever is no PDF, JPEG or PNG is only a download.
    Raises UnknownFile.
    """
    ref = view.files.get(sha256)
    if ref is None:
        raise UnknownFile
    try:
        data = attachments.read(ref.sha256, ref.key_b64)
    except (NoSuchFile, FileIncomplete) as error:
        raise UnknownFile from error
    if hashlib.sha256(data).hexdigest() != ref.plain_sha256:
        raise UnknownFile
    try:
        sound = read_upload(data, ref.name)
    except FileRefused:
        return data, UNSAFE, "attachment.bin"
    return data, sound.media_type, sound.name


def _scan(ref: FileRef, row: SealedFile | None) -> Scan:
    is_whole = bool(row is not None and row.is_whole)
    share = 0 if row is None else 100 * row.held // max(1, row.size)
    is_picture = ref.media_type in ("image/jpeg", "image/png")
    return Scan(
        ref.sha256, ref.name, max(1, ref.plain_size // 1024), is_picture, is_whole, 100 if is_whole else share
    )


def _held(names: list[str]) -> dict[str, SealedFile]:
    rows = SealedFile.select().where(SealedFile.sha256.in_(names)).order_by(SealedFile.is_whole)
    return {row.sha256: row for row in rows}
