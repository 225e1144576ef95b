"""The side that answers: sessions, exchanges, files. It knows bytes and rows, and no web framework."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync import attachments, carriage, exchange, far_files, partials
from sync.clock import Clock
from sync.envelope import SEALED_FILE_BYTES_MAX
from sync.errors import BadForm, FileHeld, NoRoom, NoSuchFile
from sync.intake import LINK
from sync.keys import NodeKeys, Statement
from sync.limits import DISK_BYTES_KEPT, SESSION_SECONDS, UPLOAD_DAYS
from sync.mailbox import Handler, Mailbox
from sync.manifest import Manifest
from sync.rows import write
from sync.session import new_nonce, node_of, open_session

SESSION_BODY_BYTES_MAX = 8 * 1024
STALE = timedelta(days=UPLOAD_DAYS)
PARTIAL = "partial"
PLENTY_BYTES = 2**63
Heard = Callable[[Manifest, str], None]
"""Is told what a node said of itself, and on what way: link or relay."""


def unheard(_manifest: Manifest, _path: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Upload:
    """How far an upload has come, in bytes.

    expires_at: when an unfinished one is given up. concat: tus Upload-Concat, "" for an ordinary one.
    """

    held: int
    size: int
    expires_at: datetime | None
    concat: str


class Depot:
    """The mail counter of one node. Everything it answers is durable before the answer leaves."""

    def __init__(
        self,
        keys: NodeKeys,
        node_id: str,
        handlers: Mapping[str, Handler],
        clock: Clock,
        latest: Callable[[], Mapping[str, int]] = dict,
        retry_after: Callable[[], int] = lambda: 0,
        free_bytes: Callable[[], int] = lambda: PLENTY_BYTES,
    ) -> None:
        """latest: catalog versions in use, by name. retry_after: seconds a caller should stay away.

        free_bytes: what the disk under the database can still take.
        """
        self._box = Mailbox(keys, node_id, clock, handlers, latest)
        self._retry_after = retry_after
        self._free_bytes = free_bytes

    def challenge(self) -> dict[str, str]:
        """What an answer to a stranger says, so that it can log in."""
        return {"hall": self._box.node_id, "nonce": new_nonce(self._box.keys, self._box.clock.now())}

    def login(self, body: bytes) -> dict[str, str | int]:
        """body: the signed nonce, as DSSE JSON. Raises what `session.open_session` raises."""
        answer = Statement.from_json(body)
        token = open_session(self._box.keys, self._box.node_id, answer, self._box.clock.now())
        self._give_up_stale()
        return {"token": token, "expires_in": SESSION_SECONDS}

    def node_of(self, token: str) -> str:
        """Who calls. Raises NotAuthorised, UnknownPeer, RevokedPeer."""
        return node_of(token, self._box.clock.now())

    def exchange(self, node_id: str, body: bytes, heard: Heard = unheard) -> bytes:
        """One parcel in, one parcel back. Raises what `exchange.take` raises.

        heard: is told what the caller said of itself, and what each node behind it did; all verified.
        """
        taken = exchange.take(self._box, body, "link", node_id)
        brought = carriage.unload(self._box, taken, node_id)
        if taken.is_trusted:
            heard(taken.manifest, LINK)
        for told in brought.asks.values():
            heard(told, carriage.RELAY)
        is_brief = taken.manifest.brief
        load = carriage.Load() if is_brief else carriage.load_for(self._box, node_id, brought.asks)
        carriage.note_handed(self._box, load)
        extras = exchange.Extras(
            refused=(*taken.refused, *brought.refused),
            retry_after=self._retry_after(),
            carried=load.sections,
            custody=load.custody,
            more=load.more,
        )
        return exchange.give(self._box, node_id, taken.manifest, extras=extras).data

    def open_upload(self, node_id: str, sha256: str, size: int) -> Upload:
        """Where an upload stands; asking twice gives the same upload. Raises NoSuchFile, BadForm."""
        if size <= SEALED_FILE_BYTES_MAX:
            far_files.expect_wanted(node_id, sha256, size)
        upload = self.upload(node_id, sha256)
        if size != upload.size:
            raise BadForm(f"附件大小应为 {upload.size} 字节")
        return upload

    def upload(self, node_id: str, sha256: str) -> Upload:
        """How far an upload has come. Raises NoSuchFile for a file no accepted letter named."""
        row = attachments.expected(self._owner(node_id, sha256), sha256)
        return Upload(row.held, row.size, _expiry(row.moved_at), row.joined)

    def append(self, node_id: str, sha256: str, offset: int, data: bytes) -> int:
        """Store a piece; returns the new offset, 0 if the whole was not the file announced.

        Raises NoSuchFile, UploadConflict, TooLarge, NoRoom.
        """
        self._refuse_without_room(len(data))
        owner = self._owner(node_id, sha256)
        try:
            return exchange.receive_file(self._box, owner, sha256, offset, data)
        finally:  # also after a conflict: who sends a whole file again has not seen the receipt
            self._owe_receipt(node_id, owner, sha256)

    def place(self, node_id: str, sha256: str, start: int, data: bytes) -> int:
        """Store a piece from anywhere in a file; returns how much is held from its start.

        Raises NoSuchFile, UploadConflict, TooLarge, NoRoom.
        """
        self._refuse_without_room(len(data))
        owner = self._owner(node_id, sha256)
        held = exchange.place_piece(self._box, owner, sha256, start, data)
        self._owe_receipt(node_id, owner, sha256)
        return held

    def discard(self, node_id: str, sha256: str) -> None:
        """Throw away the part that came. Raises NoSuchFile, FileHeld for one we gave a receipt for."""
        with write():
            owner = self._owner(node_id, sha256)
            held, size = attachments.progress(owner, sha256)
            if held == size:
                raise FileHeld(sha256)
            attachments.restart(owner, sha256)

    def open_part(self, node_id: str, size: int) -> str:
        """The name of a new partial upload. Raises NoRoom."""
        with write():
            return str(partials.open_part(node_id, size, self._box.clock.now()).id)

    def part(self, node_id: str, name: str) -> Upload:
        """How far a partial upload has come. Raises NoSuchFile."""
        row = partials.progress(node_id, name)
        return Upload(row.held, row.size, _expiry(row.moved_at), PARTIAL)

    def append_part(self, node_id: str, name: str, offset: int, data: bytes) -> int:
        """Store a piece of a partial upload; the new offset. Raises as `append`."""
        self._refuse_without_room(len(data))
        with write():
            return partials.append(node_id, name, offset, data, self._box.clock.now())

    def discard_part(self, node_id: str, name: str) -> None:
        """Throw a partial upload away. Raises NoSuchFile."""
        with write():
            partials.drop(node_id, name)

    def join_parts(self, node_id: str, sha256: str, names: Sequence[str], joined: str) -> None:
        """Put an announced file together. Raises what `exchange.join_parts` raises."""
        exchange.join_parts(self._box, node_id, sha256, names, joined)

    def size_for(self, node_id: str, sha256: str) -> int:
        """Size of a file named by a letter to the caller or to a node it carries for. Raises NoSuchFile."""
        if not carriage.may_send(self._box, node_id, sha256):
            raise NoSuchFile(sha256)
        return attachments.sealed_size(sha256)

    def read(self, sha256: str, start: int, length: int) -> bytes:
        """Sealed bytes of a file the caller may have; ask `size_for` first."""
        return attachments.sealed_range(sha256, start, length)

    def _owner(self, node_id: str, sha256: str) -> str:
        """Whose file a caller brings: its own, or one of a node it carries for."""
        return carriage.owner_of(self._box, node_id, sha256)

    def _owe_receipt(self, node_id: str, owner: str, sha256: str) -> None:
        if owner != node_id and attachments.is_whole(sha256):
            carriage.owe_receipt(owner, sha256)

    def _refuse_without_room(self, size_bytes: int) -> None:
        if self._free_bytes() < DISK_BYTES_KEPT + size_bytes:
            raise NoRoom("接收方的磁盘快满了，只收信件，暂不收附件")

    def _give_up_stale(self) -> None:
        """Uploads nobody goes on with; asked at each login, so that nobody has to be appointed for it."""
        before = self._box.clock.now() - STALE
        with write():
            attachments.drop_stale(before)
            partials.drop_stale(before)


def _expiry(moved_at: datetime | None) -> datetime | None:
    return moved_at and moved_at + STALE
