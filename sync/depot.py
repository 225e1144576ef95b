"""The side that answers: sessions, exchanges, files. It knows bytes and rows, and no web framework."""

from collections.abc import Callable, Mapping

from sync import attachments, exchange
from sync.clock import Clock
from sync.errors import BadForm, FileHeld, NoSuchFile
from sync.keys import NodeKeys, Statement
from sync.limits import SESSION_SECONDS
from sync.mailbox import Handler, Mailbox
from sync.rows import write
from sync.session import new_nonce, node_of, open_session

SESSION_BODY_BYTES_MAX = 8 * 1024


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
    ) -> None:
        """latest: catalog versions on offer, by name. retry_after: seconds a caller should stay away."""
        self._box = Mailbox(keys, node_id, clock, handlers)
        self._latest = latest
        self._retry_after = retry_after

    def challenge(self) -> dict[str, str]:
        """What an answer to a stranger says, so that it can log in."""
        return {"hall": self._box.node_id, "nonce": new_nonce(self._box.keys, self._box.clock.now())}

    def login(self, body: bytes) -> dict[str, str | int]:
        """body: the signed nonce, as DSSE JSON. Raises what `session.open_session` raises."""
        answer = Statement.from_json(body)
        token = open_session(self._box.keys, self._box.node_id, answer, self._box.clock.now())
        return {"token": token, "expires_in": SESSION_SECONDS}

    def node_of(self, token: str) -> str:
        """Who calls. Raises NotAuthorised, UnknownPeer, RevokedPeer."""
        return node_of(token, self._box.clock.now())

    def exchange(self, node_id: str, body: bytes) -> bytes:
        """One parcel in, one parcel back. Raises what `exchange.take` raises."""
        taken = exchange.take(self._box, body, "link", node_id)
        extras = exchange.Extras(
            refused=taken.refused, latest=self._latest(), retry_after=self._retry_after()
        )
        return exchange.give(self._box, node_id, taken.manifest, extras=extras).data

    def open_upload(self, node_id: str, sha256: str, size: int) -> int:
        """Where an upload stands; asking twice gives the same upload. Raises NoSuchFile, BadForm."""
        held, announced = attachments.progress(node_id, sha256)
        if size != announced:
            raise BadForm(f"附件大小应为 {announced} 字节")
        return held

    def progress(self, node_id: str, sha256: str) -> tuple[int, int]:
        """(bytes held, bytes in all). Raises NoSuchFile for a file no accepted letter named."""
        return attachments.progress(node_id, sha256)

    def append(self, node_id: str, sha256: str, offset: int, data: bytes) -> int:
        """Store a piece; returns the new offset, 0 if the whole was not the file announced.

        Raises NoSuchFile, UploadConflict, TooLarge.
        """
        return exchange.receive_file(self._box, node_id, sha256, offset, data)

    def discard(self, node_id: str, sha256: str) -> None:
        """Throw away the part that came. Raises NoSuchFile, FileHeld for one we gave a receipt for."""
        with write():
            held, size = attachments.progress(node_id, sha256)
            if held == size:
                raise FileHeld(sha256)
            attachments.restart(node_id, sha256)

    def size_for(self, node_id: str, sha256: str) -> int:
        """Size of a file that a letter of ours to the caller names. Raises NoSuchFile."""
        if not attachments.may_fetch(node_id, sha256):
            raise NoSuchFile(sha256)
        return attachments.sealed_size(sha256)

    def read(self, sha256: str, start: int, length: int) -> bytes:
        """Sealed bytes of a file the caller may have; ask `size_for` first."""
        return attachments.sealed_range(sha256, start, length)
