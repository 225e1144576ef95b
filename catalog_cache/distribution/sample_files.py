"""Samples and blank forms: hundreds of files that the pack names by SHA-256, fetched in good order.

    <folder>/<sha256>         a file, whole and checked; usable at once, whatever else is still missing
    <folder>/<sha256>.part    the beginning of one that is on its way

They come piece by piece, those of the items this station uses first. Whatever cuts a transfer off, a
pulled stick, a thin line or a power cut, the next one goes on from there, and a file counts only when
its hash is the one in the signed pack.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from catalog_cache.errors import CatalogError, NotServed, SourceUnreachable, UpdateRefused
from catalog_cache.files import AlreadyHeld, only_one, sync_folder, write_whole
from catalog_cache.model import Attachment, Item
from catalog_cache.signatures.shelf import FILES

FILE_BYTES_MAX = 64 * 1024 * 1024
PIECE_BYTES = 256 * 1024
FILES_MAX = 20_000
RETRY_AFTER = timedelta(hours=6)
LACKING_RETRY_AFTER = timedelta(minutes=10)
"""A township that has not fetched a file itself will soon have it; a wrong file stays wrong for longer."""
_LOCK = ".fetching"
BUSY = "另一个程序正在取样表和空表。"


class PieceSource(Protocol):
    """What is needed of a `Source` here."""

    def piece(self, name: str, start: int, size: int) -> bytes:
        """At most `size` bytes of a sample file from `start` on."""


class Listing(Protocol):
    """What is needed of a `Catalog` here."""

    def items_with_files(self) -> Iterator[Item]:
        """The items that name samples or forms, those open for intake first."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the files of a catalog are here."""

    files: int
    files_all: int
    bytes: int
    bytes_all: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one round brought. why: Chinese, "" when all went well; is_complete: nothing is missing."""

    files: int
    bytes: int
    is_complete: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """How much one round may do. bytes_max: 0 for no bound; is_stopped: asked before each piece;
    refused_max: files in a row that may be wrong before the place is given up."""

    now: datetime
    bytes_max: int = 0
    tell: Callable[[Progress], None] = lambda _: None
    is_stopped: Callable[[], bool] = lambda: False
    refused_max: int = 5


def files_of(item: Item) -> list[Attachment]:
    """The samples and forms of one item, in the order in which its materials are listed.

    The picture of a PDF's first page goes before it: it is small, and something to look at meanwhile.
    """
    named = [file for material in item.materials for file in (material.blank_form, material.sample)]
    named += [result.sample for result in item.results]
    return [one for file in named if file for one in (file.page_picture, file) if one]


def wanted_files(catalog: Listing, used: Sequence[str] = ()) -> list[Attachment]:
    """Every file of a catalog once, first those of the items in `used` (codes, most used first)."""
    rank = {code: place for place, code in enumerate(used)}
    items = sorted(catalog.items_with_files(), key=lambda item: rank.get(item.code, len(rank)))
    found: dict[str, Attachment] = {}
    for item in items:
        for file in files_of(item):
            found.setdefault(file.sha256, file)
    return list(found.values())[:FILES_MAX]


class PackFiles:
    """The same listing for a pack that is not installed here, such as the one that goes onto a stick."""

    def __init__(self, pack: bytes) -> None:
        self._pack = pack

    def items_with_files(self) -> Iterator[Item]:
        """See Listing. Raises BadRecord for an item that is not sound."""
        for line in self._pack.split(b"\n")[1:]:
            if b'"sha256":' in line:
                fields = json.loads(line)
                fields.pop("pinyin", None)
                yield Item.from_dict(fields)


class FileStore:
    """The folder of samples and forms of one node. beside: where those lie that it publishes itself."""

    def __init__(self, folder: Path, beside: Path | None = None) -> None:
        self.folder, self._beside = folder, beside
        self._not_before: dict[str, datetime] = {}

    def path(self, digest: str) -> Path | None:
        """Where a file lies, whole; None while it is not here."""
        rooms = (self.folder, self._beside) if self._beside else (self.folder,)
        return next((room / digest for room in rooms if (room / digest).is_file()), None)

    def missing(self, wanted: Iterable[Attachment]) -> list[Attachment]:
        """Those not here yet, in their order."""
        held = _names(self.folder) | (_names(self._beside) if self._beside else set())
        return [file for file in wanted if file.sha256 not in held]

    def fetch(self, source: PieceSource, wanted: Sequence[Attachment], about: Round) -> Fetched:
        """Fetch what is missing, in the order given, until all is here, the round is over or nothing comes.

        A file that cannot be had is left out and tried again after some time. Raises OSError when this
        disk cannot be written.
        """
        try:
            with only_one(self.folder / _LOCK):
                return self._fetch_missing(source, wanted, about)
        except AlreadyHeld:
            return Fetched(0, 0, is_complete=False, why=BUSY)

    def _fetch_missing(self, source: PieceSource, wanted: Sequence[Attachment], about: Round) -> Fetched:
        missing = self.missing(wanted)
        tally = _Tally(wanted, missing, about)
        why, refused = "", 0
        for file in missing:
            if self._not_before.get(file.sha256, about.now) > about.now:
                continue
            try:
                if not self._fetch_twice(source, file, tally):
                    break
                refused = 0
            except SourceUnreachable as error:
                why = error.why
                break
            except CatalogError as error:
                why, refused = error.why, refused + 1
                is_lacking = isinstance(error, NotServed)
                self._not_before[file.sha256] = about.now + (
                    LACKING_RETRY_AFTER if is_lacking else RETRY_AFTER
                )
                if refused >= about.refused_max:
                    break
        return Fetched(tally.files, tally.bytes, tally.files == len(missing), why)

    def keep_only(self, wanted: Iterable[Attachment]) -> int:
        """Forget every file that none of these is; how many went."""
        kept, gone = {file.sha256 for file in wanted}, 0
        for path in list(self.folder.iterdir()) if self.folder.is_dir() else []:
            if path.name != _LOCK and path.name.removesuffix(".part") not in kept:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _fetch_twice(self, source: PieceSource, file: Attachment, tally: "_Tally") -> bool:
        """What a power cut left of a beginning may be no beginning: then once more from the first byte."""
        was_begun = (self.folder / f"{file.sha256}.part").exists()
        try:
            return self._fetch(source, file, tally)
        except UpdateRefused:
            if not was_begun:
                raise
            return self._fetch(source, file, tally)

    def _fetch(self, source: PieceSource, file: Attachment, tally: "_Tally") -> bool:
        """One file to its end; False when the round is over before."""
        if file.size > FILE_BYTES_MAX:
            raise UpdateRefused("limit", f"{file.name} 声明的长度过大。")
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{file.sha256}.part"
        held = part.stat().st_size if part.exists() else 0
        while held < file.size:
            if tally.is_over:
                return False
            piece = source.piece(file.sha256, held, min(PIECE_BYTES, file.size - held))
            if not piece or len(piece) > file.size - held:
                part.unlink(missing_ok=True)
                raise UpdateRefused("mismatch", f"{file.name} 的长度与目录不符。")
            with part.open("ab") as out:
                out.write(piece)
            held += len(piece)
            tally.took(len(piece))
        self._settle(part, file)
        tally.finished()
        return True

    def _settle(self, part: Path, file: Attachment) -> None:
        """Durable first, then checked as it lies on the disk, then under its own name."""
        with part.open("rb+") as whole:
            os.fsync(whole.fileno())
            data = whole.read(file.size + 1)
        if len(data) != file.size or sha256(data).hexdigest() != file.sha256:
            part.unlink()
            raise UpdateRefused("mismatch", f"{file.name} 的长度或摘要与目录不符。")
        part.replace(self.folder / file.sha256)
        sync_folder(self.folder)


class _Tally:
    """What a round did so far, told after each piece."""

    def __init__(self, wanted: Sequence[Attachment], missing: Sequence[Attachment], about: Round) -> None:
        self.files = self.bytes = 0
        self._about = about
        self._files_all, self._bytes_all = len(wanted), sum(file.size for file in wanted)
        self._files_before = len(wanted) - len(missing)
        self._bytes_before = self._bytes_all - sum(file.size for file in missing)

    @property
    def is_over(self) -> bool:
        most = self._about.bytes_max
        return bool(most and self.bytes >= most) or self._about.is_stopped()

    def took(self, size: int) -> None:
        self.bytes += size
        self._tell()

    def finished(self) -> None:
        self.files += 1
        self._tell()

    def _tell(self) -> None:
        files, size = self._files_before + self.files, self._bytes_before + self.bytes
        self._about.tell(Progress(files, self._files_all, min(size, self._bytes_all), self._bytes_all))


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()


def shelve_file(folder: Path, data: bytes, name: str) -> Attachment:
    """Put a sample or form where stations fetch it; what an item has to say to name it.

    folder: a published folder. The file is durable when this returns, before anything names it; one that
    lay there already counts as new again, so that nobody clears it away meanwhile. Raises BadRecord for a
    name that is none, or an empty or too large file.
    """
    digest = sha256(data).hexdigest()
    file = Attachment.from_dict({"name": name, "sha256": digest, "size": len(data)})
    path = folder / FILES / digest
    try:
        os.utime(path)
    except FileNotFoundError:
        write_whole(path, data)
    return file
