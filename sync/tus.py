"""tus 1.0 for files on their way up: core, creation, checksum, expiration, termination, concatenation.

/files/                   creates: an upload of a file that an accepted letter names (metadata `sha256`),
                          a partial upload, or a file out of partial uploads
/files/<sha256>           that file's upload
/files/parts/<name>       a partial upload

Beside it, for our own client: PUT /files/<sha256>/<start> keeps bytes wherever in the file they belong.
It knows headers and bytes, and no web framework.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import format_datetime

from sync.depot import PARTIAL, Depot, Upload
from sync.envelope import SEALED_FILE_BYTES_MAX
from sync.errors import BadForm, ChunkDamaged, FileHeld, SyncError, TooLarge, UploadConflict
from sync.limits import CHUNK_BYTES_TAKEN_MAX

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination,concatenation"
CHUNK_TYPE = "application/offset+octet-stream"
CHECKSUMS = ("sha256", "sha1")
METHODS = ("POST", "HEAD", "PATCH", "DELETE")
PARTS_PATH = "/files/parts/"
_JOIN = "final;"


@dataclass(frozen=True)
class Call:
    """One request of a node.

    header: a header's value, "" for none. body: reads it, at most so many bytes; raises TooLarge.
    """

    node_id: str
    header: Callable[[str], str]
    body: Callable[[str, int], bytes]

    def number(self, name: str) -> int:
        """A header that is a count. Raises BadForm."""
        text = self.header(name)
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise BadForm(f"请求缺少 {name}，或它不是数字")
        return int(text)

    def has_chunk(self) -> bool:
        """Whether the body is a piece of a file."""
        return self.header("Content-Type") == CHUNK_TYPE

    def chunk(self) -> bytes:
        """The piece, checked against its checksum where one is stated.

        Raises TooLarge, BadForm, ChunkDamaged.
        """
        data = self.body("上传的数据", CHUNK_BYTES_TAKEN_MAX)
        _check_sum(self.header("Upload-Checksum"), data)
        return data


@dataclass(frozen=True)
class Reply:
    """What goes back. refusal: said in words, with these headers beside it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    refusal: SyncError | None = None


def refusal_of_version(method: str, version: str | None) -> Reply | None:
    """What a client of another version is told before anything else."""
    if method in METHODS and version != VERSION:
        return Reply(412, {"Tus-Version": VERSION})
    return None


def describe() -> Reply:
    """What uploads are like here; anybody may ask."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(SEALED_FILE_BYTES_MAX),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Reply(204, headers)


def create(depot: Depot, call: Call) -> Reply:
    """A new upload, one that is there already, a partial one, or a file put together."""
    concat = call.header("Upload-Concat")
    if concat.startswith(_JOIN):
        return _join(depot, call, concat)
    if concat not in ("", PARTIAL):
        raise BadForm("Upload-Concat 应为 partial 或 final;…")
    target = _new_part(depot, call) if concat else _new_upload(depot, call)
    has_room_for_more = call.has_chunk() and target.state().held == 0
    reply = target.append(0, call.chunk()) if has_room_for_more else Reply(204, _progress(target.state()))
    headers = {"Location": target.path} | reply.headers
    return Reply(201 if reply.status == 204 else reply.status, headers, reply.refusal)


def look(depot: Depot, call: Call, name: str, is_part: bool = False) -> Reply:
    """HEAD: how far an upload has come."""
    upload = _target(depot, call, name, is_part).state()
    kind = {"Upload-Concat": upload.concat} if upload.concat else {}
    return Reply(200, _progress(upload) | {"Upload-Length": str(upload.size)} | kind)


def append(depot: Depot, call: Call, name: str, is_part: bool = False) -> Reply:
    """PATCH: the next piece."""
    if not call.has_chunk():
        return Reply(415)
    target = _target(depot, call, name, is_part)
    if target.state().concat not in ("", PARTIAL):
        raise FileHeld(name)
    try:
        offset, data = call.number("Upload-Offset"), call.chunk()
    except ChunkDamaged as damage:
        return Reply(damage.status, _progress(target.state()), damage)
    return target.append(offset, data)


def place(depot: Depot, call: Call, sha256: str, start: int) -> Reply:
    """PUT of our own client: a piece from anywhere in the file.

    200 and not 204, as tus has it: after a 204 the web server closes the connection.
    """
    try:
        held = depot.place(call.node_id, sha256, start, call.chunk())
    except (ChunkDamaged, UploadConflict) as setback:
        return Reply(setback.status, {"Upload-Offset": str(depot.upload(call.node_id, sha256).held)}, setback)
    return Reply(200, {"Upload-Offset": str(held)})


def discard(depot: Depot, call: Call, name: str, is_part: bool = False) -> Reply:
    """DELETE: the client gives up."""
    (depot.discard_part if is_part else depot.discard)(call.node_id, name)
    return Reply(204)


@dataclass(frozen=True)
class _Target:
    """An upload of either kind, and what can be done with it."""

    path: str
    state: Callable[[], Upload]
    store: Callable[[int, bytes], int]

    def append(self, offset: int, data: bytes) -> Reply:
        """A refusal for a wrong place says the right one."""
        try:
            held = self.store(offset, data)
        except UploadConflict as conflict:
            return Reply(conflict.status, _progress(self.state()), conflict)
        refusal = None if held == offset + len(data) else ChunkDamaged()  # the whole was not the file
        return Reply(refusal.status if refusal else 204, _progress(self.state()), refusal)


def _target(depot: Depot, call: Call, name: str, is_part: bool) -> _Target:
    node_id = call.node_id
    if is_part:
        return _Target(
            PARTS_PATH + name,
            lambda: depot.part(node_id, name),
            lambda offset, data: depot.append_part(node_id, name, offset, data),
        )
    return _Target(
        f"/files/{name}",
        lambda: depot.upload(node_id, name),
        lambda offset, data: depot.append(node_id, name, offset, data),
    )


def _new_upload(depot: Depot, call: Call) -> _Target:
    sha256 = _metadata(call, "sha256")
    depot.open_upload(call.node_id, sha256, _length(call))
    return _target(depot, call, sha256, is_part=False)


def _new_part(depot: Depot, call: Call) -> _Target:
    name = depot.open_part(call.node_id, _length(call))
    return _target(depot, call, name, is_part=True)


def _join(depot: Depot, call: Call, concat: str) -> Reply:
    sha256, names = _metadata(call, "sha256"), []
    for address in concat.removeprefix(_JOIN).split():
        _, found, name = address.rpartition(PARTS_PATH)
        if not found or len(name) > 64:
            raise BadForm("Upload-Concat 列出的不是分段的地址")
        names.append(name)
    depot.join_parts(call.node_id, sha256, names, concat)
    return Reply(201, {"Location": f"/files/{sha256}"})


def _progress(upload: Upload) -> dict[str, str]:
    headers = {"Upload-Offset": str(upload.held)}
    if upload.expires_at is not None:
        headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return headers


def _length(call: Call) -> int:
    size = call.number("Upload-Length")
    if size > SEALED_FILE_BYTES_MAX:
        raise TooLarge("附件", size, SEALED_FILE_BYTES_MAX)
    return size


def _metadata(call: Call, name: str) -> str:
    """One value of tus's Upload-Metadata: comma-separated pairs of key and base64. Raises BadForm."""
    for pair in call.header("Upload-Metadata").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == name:
            try:
                return base64.b64decode(value, validate=True).decode()
            except (binascii.Error, ValueError) as error:
                raise BadForm("Upload-Metadata 不是 base64") from error
    raise BadForm(f"Upload-Metadata 缺少 {name}")


def _check_sum(stated: str, data: bytes) -> None:
    """Raises ChunkDamaged when the stated checksum of this chunk differs; stating none is allowed."""
    if not stated:
        return
    name, _, value = stated.partition(" ")
    if name not in CHECKSUMS:
        raise BadForm("Upload-Checksum 的算法应为 sha256 或 sha1")
    digest = hashlib.new(name, data, usedforsecurity=False).digest()
    if base64.b64encode(digest).decode() != value:
        raise ChunkDamaged()
