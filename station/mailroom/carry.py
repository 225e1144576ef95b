"""Mail on a stick, both ways: through the browser, or to and from a folder of this machine."""

import os
import shutil
import string
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from station import audit
from station.hall.fleet.service import note_contact
from station.lockfile import take_lock
from station.mailroom.errors import FolderRefused, NoHall, StickBusy
from sync import bundle
from sync.bundle import Exported, Imported
from sync.bundle_file import BUNDLE_BYTES_MAX, Watch, unwatched
from sync.errors import NoRoom, TooLarge, UnknownPeer
from sync.mailbox import Mailbox
from sync.manifest import Manifest
from sync.register import Peer, PeerState, hall_above, is_above, nodes_above, nodes_below, peer
from sync.rows import write

STICK_PLACES = ("/media", "/run/media", "/mnt")
WAITING_FOLDER = "sticks"
LOCK_FILE = "stick.lock"
OLD_SECONDS = 24 * 3600
COPY_BYTES = 1024 * 1024
BUNDLES_SHOWN_MAX = 50


def correspondents(node_id: str) -> list[Peer]:
    """Whom a stick can be made for: the hall first, then a station between, then those below, by name."""
    hall, above = hall_above(node_id), [one.node_id for one in nodes_above(node_id)]
    others = Peer.select().where(Peer.node_id != node_id, Peer.state == PeerState.ACTIVE)
    below = {one.node_id for one in nodes_below(node_id)}
    near = [one for one in others if one.node_id in above[:1] or one == hall or one.node_id in below]
    return sorted(near, key=lambda one: (one != hall, one.node_id not in above, one.name))


def recipient_of(node_id: str, asked: str) -> str:
    """The node a stick is for; the hall above when nothing was asked. Raises NoHall, UnknownPeer."""
    near = [one.node_id for one in correspondents(node_id)]
    if not near:
        raise NoHall
    if asked and asked not in near:
        raise UnknownPeer(asked)
    return asked or near[0]


@dataclass(frozen=True)
class Errand:
    """Who carries, for which node, and who watches how far it is. by: an account."""

    box: Mailbox
    data_folder: Path
    by: str
    now: datetime
    watch: Watch = unwatched

    def watched_by(self, watch: Watch) -> "Errand":
        """The same with somebody who watches."""
        return replace(self, watch=watch)


def export(errand: Errand, to: str, folder: Path, *, is_afresh: bool = False) -> Exported:
    """Write what waits for `to` into a folder. Raises StickBusy, and what `bundle.export_bundle` raises."""
    with stick_to_ourselves(errand.data_folder):
        done = bundle.export_bundle(folder, errand.box, to, watch=errand.watch, is_afresh=is_afresh)
    with write():
        figures = {"letters": done.letters, "files": done.files, "bytes": done.size_bytes}
        audit.record(errand.by, "mail.exported", done.path.name, now=errand.now, to=to, **figures)
    return done


def take(errand: Errand, path: Path) -> tuple[Imported, str]:
    """Take in a bundle and say who sent it. Raises StickBusy, and what `bundle.import_bundle` raises.

    The copy off the stick lies where the next try finds it, when this one is interrupted.
    """
    root, hear = _root(errand.data_folder), partial(_hear, errand.box.node_id, errand.now)
    with stick_to_ourselves(errand.data_folder):
        done = bundle.import_bundle(path, errand.box, root, hear, errand.watch)
    with write():
        figures = {"accepted": done.accepted, "repeated": done.repeated, "files": done.files}
        audit.record(errand.by, "mail.imported", path.name, now=errand.now, sender=done.sender, **figures)
    return done, peer(done.sender).name


def _hear(node_id: str, now: datetime, sender: str, manifest: Manifest) -> None:
    """A station below spoke through a stick."""
    if is_above(node_id, sender):
        with write():
            note_contact(sender, manifest, "usb", now)


@contextmanager
def stick_to_ourselves(data_folder: Path) -> Iterator[None]:
    """One export or import at a time, whichever process does it. Raises StickBusy."""
    with (data_folder / LOCK_FILE).open("ab+") as file:
        try:
            take_lock(file)
        except OSError as error:
            raise StickBusy from error
        yield


@contextmanager
def waiting_folder(data_folder: Path) -> Iterator[Path]:
    """A private folder on this node's disk, gone afterwards; what an earlier crash left goes too."""
    folder = Path(mkdtemp(dir=_root(data_folder)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_upload(stream: IO[bytes], folder: Path) -> Path:
    """An uploaded bundle as a file. Raises TooLarge, NoRoom; nothing is left in either case."""
    path, size_bytes = folder / f"uploaded{bundle.SUFFIX}", 0
    try:
        with path.open("wb") as file:
            while piece := stream.read(COPY_BYTES):
                size_bytes += len(piece)
                if size_bytes > BUNDLE_BYTES_MAX:
                    raise TooLarge("U 盘包", size_bytes, BUNDLE_BYTES_MAX)
                file.write(piece)
    except OSError as error:
        raise NoRoom(f"上传的文件写不进本机磁盘（{error.strerror}）") from error
    return path


def sticks() -> list[Path]:
    """Folders that look like a plugged-in stick and have a name that can be shown, by name."""
    if os.name == "nt":
        drives = [Path(f"{letter}:/") for letter in string.ascii_uppercase[3:]]
        return [drive for drive in drives if drive.exists()]
    found: list[Path] = []
    for place in map(Path, STICK_PLACES):
        found += [path for path in (*_folders(place), *_inner_folders(place)) if os.path.ismount(path)]
    return sorted(showable(found))


def bundles_on(folder: Path) -> list[Path]:
    """The bundles in a folder, newest name first."""
    try:
        found = [path for path in folder.iterdir() if path.suffix == bundle.SUFFIX and path.is_file()]
    except OSError:
        return []
    return sorted(showable(found), key=lambda path: path.name, reverse=True)[:BUNDLES_SHOWN_MAX]


def showable(paths: Iterable[Path]) -> list[Path]:
    """Those whose names are text: one written in another encoding can stand on no page."""
    return [path for path in paths if _is_text(str(path))]


def usable_folder(text: str, data_folder: Path) -> Path:
    """The folder somebody named. Raises FolderRefused for what is no folder, or is the node's own."""
    try:
        folder = Path(text.strip()).resolve()
        is_folder = bool(text.strip()) and Path(text.strip()).is_absolute() and folder.is_dir()
    except (OSError, ValueError) as error:
        raise FolderRefused("路径写得不对。") from error
    if not is_folder:
        raise FolderRefused("没有这个文件夹，U 盘可能已经拔出。")
    if folder.is_relative_to(data_folder.resolve()):
        raise FolderRefused("这是本站自己的数据文件夹，不能放 U 盘包。")
    return folder


def usable_bundle(text: str) -> Path:
    """The bundle somebody named. Raises FolderRefused for anything but an existing .ymb file."""
    try:
        path = Path(text.strip())
        is_bundle = path.is_absolute() and path.suffix == bundle.SUFFIX and path.is_file()
    except (OSError, ValueError) as error:
        raise FolderRefused("路径写得不对。") from error
    if not is_bundle:
        raise FolderRefused("没有这个 .ymb 文件，U 盘可能已经拔出。")
    return path


def _is_text(name: str) -> bool:
    with suppress(UnicodeEncodeError):
        return bool(name.encode())
    return False


def _folders(place: Path) -> list[Path]:
    try:
        return [path for path in place.iterdir() if path.is_dir()]
    except OSError:
        return []


def _inner_folders(place: Path) -> list[Path]:
    return [inner for outer in _folders(place) for inner in _folders(outer)]


def _root(data_folder: Path) -> Path:
    """The folder for what is under way, without what lies there for longer than a day."""
    root = data_folder / WAITING_FOLDER
    root.mkdir(mode=0o700, exist_ok=True)
    newest = max((path.stat().st_mtime for path in root.iterdir()), default=0.0)
    for path in root.iterdir():
        if newest - path.stat().st_mtime > OLD_SECONDS:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return root
