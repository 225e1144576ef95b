"""Files whose letters went past the relay: directly or on a stick, so that it knows nothing of them.

What the far end still wants of them stands in its manifests, which the relay has; the size is told by
the one who has the file. From then on they travel like the files of carried letters.
"""

import base64

from sync import attachments, carriage
from sync.canonical import read_json
from sync.envelope import SEALED_FILE_BYTES_MAX, FileEntry
from sync.errors import SyncError
from sync.limits import WANTS_MAX
from sync.line import Line
from sync.mailbox import Mailbox
from sync.manifest import Manifest, Want
from sync.relay import expect_file
from sync.relay_out import manifests_to
from sync.relay_tables import CarriedManifest
from sync.rows import write
from sync.tables import SealedFile

TUS = {"Tus-Resumable": "1.0.0"}
CREATED = 201
PARTIAL = 206


def expect_wanted(node_id: str, sha256: str, size: int) -> None:
    """A node offers a file; take it if somebody above us wants it of that node. Raises NoRoom."""
    with write():
        for row in CarriedManifest.select().where(CarriedManifest.recipient == node_id):
            if sha256 in _wanted_in(row) and not _is_known(node_id, sha256):
                expect_file(node_id, node_id, row.sender, FileEntry("1", size, sha256))


def announce(box: Mailbox, neighbour: str, line: Line, wants: tuple[Want, ...]) -> tuple[Want, ...]:
    """Offer the neighbour files that the hall behind it wants of us; from where on it will take them."""
    found = []
    for want in wants:
        if carriage.may_send(box, neighbour, want.sha256) and attachments.is_whole(want.sha256):
            size_bytes = attachments.sealed_size(want.sha256)
            name = base64.b64encode(want.sha256.encode()).decode()
            headers = {"Upload-Length": str(size_bytes), "Upload-Metadata": f"sha256 {name}"}
            answer = line.request("POST", "/files/", TUS | headers)
            offset = answer.headers.get("upload-offset", "")
            if answer.status == CREATED and offset.isdecimal() and len(offset) < 16:
                found.append(Want(want.sha256, int(offset)))
    return tuple(want for want in found if want.held < attachments.sealed_size(want.sha256))


def seek(neighbour: str, line: Line) -> None:
    """Ask the hall above for the sizes of files that nodes below us want of it, and expect them."""
    unknown = [
        (row.sender, sha256)
        for row in manifests_to.rows(neighbour)
        for sha256 in _wanted_in(row)
        if not _is_known(neighbour, sha256)
    ]
    for child, sha256 in unknown[:WANTS_MAX]:
        answer = line.request("GET", f"/files/{sha256}", {"Range": "bytes=0-0"})
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        if answer.status != PARTIAL or not total.isdecimal() or len(total) > 10:
            continue
        if 0 < int(total) <= SEALED_FILE_BYTES_MAX:
            try:
                with write():
                    expect_file(child, neighbour, child, FileEntry("1", int(total), sha256))
            except SyncError:  # no room for it now; the child asks again
                return


def _wanted_in(row: CarriedManifest) -> set[str]:
    told = Manifest.from_dict(read_json(bytes(row.body)))
    return {want.sha256 for want in told.wants}


def _is_known(owner: str, sha256: str) -> bool:
    return bool(SealedFile.select().where(SealedFile.owner == owner, SealedFile.sha256 == sha256).exists())
