"""What strangers and members can hand to a node as bytes, and what must hold for every input.

A target takes bytes and returns how it went: "refused" (an error of the mail's own tree) or "taken".
Anything else that is raised is a crash; `Breach` is a property that does not hold. A target whose name
ends in "_signed" signs the input with the village's own key first: a member may be hostile as well.
"""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from sync import custody, enrolment, exchange, tables
from sync.bundle import import_bundle, inspect_bundle
from sync.bundle_file import BundleReader
from sync.bundle_seal import seal_lines
from sync.bundle_write import Content, write_bundle
from sync.canonical import canonical_json, read_json
from sync.codec import decompress
from sync.envelope import ENVELOPE_KIND, Envelope, Header, check_envelope
from sync.errors import SyncError
from sync.inbox import Inbox
from sync.intake import open_manifest
from sync.keys import NodeKeys, Statement, open_statement, pae
from sync.manifest import MANIFEST_KIND, Manifest
from sync.parcel import ACK_KIND, RECEIPT_KIND, Parcel
from sync.rows import write
from tests.fuzz.world import NOW, Breach, undone, world

Target = Callable[[bytes], str]
TARGETS: dict[str, Target] = {}
FRAME_BYTES_MAX = 4096


def target(work: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Register `work` under its name; its refusals are ordinary answers."""

    def run(data: bytes) -> str:
        try:
            work(data)
        except SyncError as error:
            _check_refusal(error)
            return "refused"
        return "taken"

    TARGETS[work.__name__] = run
    return work


def must(holds: bool, what: str) -> None:
    """Raises Breach."""
    if not holds:
        raise Breach(what)


@target
def canonical(data: bytes) -> None:
    """What is read is written back to the same bytes."""
    must(canonical_json(read_json(data)) == data, "two writings of one value were taken")


@target
def frame(data: bytes) -> None:
    """A frame that lies about its size unpacks to no more than it may."""
    must(len(decompress(data, FRAME_BYTES_MAX, "帧")) <= FRAME_BYTES_MAX, "unpacked beyond its bound")


@target
def statement(data: bytes) -> None:
    """Only what was signed is opened."""
    read = Statement.from_json(data)
    for keys in (world().village.keys, world().hall.keys):
        if read.key_id == keys.key_id:
            open_statement(read, keys.signing_public, read.kind)
            bodies = {word.body_bytes for word in world().words}
            must(read.body_bytes in bodies, "a statement nobody made was opened")
            return
    open_statement(read, world().village.keys.signing_public, MANIFEST_KIND)


@target
def envelope(data: bytes) -> None:
    """First line: header; then 64 bytes of signature; then what is sealed."""
    header, _, rest = data.partition(b"\n")
    read = Envelope(header, rest[:64], rest[64:])
    check_envelope(read, world().village.keys.signing_public)
    must(header in world().true_headers, "an envelope nobody made was taken")


@target
def header_signed(data: bytes) -> None:
    """A member signs any header: it is refused or it is the canonical writing of what was understood."""
    here = world()
    is_second = here.envelopes[1].fields.seal.sha256.encode() in data
    signature = here.village.keys.sign(pae(ENVELOPE_KIND, data))
    made = Envelope(data, signature, here.envelopes[is_second].sealed)
    with undone(here.hall), write():
        inbox = Inbox(here.hall.box, "link", [made])
        inbox.take(made)
        inbox.close()
    fields = Header.from_dict(read_json(data))
    must(canonical_json(fields.to_dict()) == data, "a header means less than its bytes say")
    must(fields.sender == here.village.node_id, "a member wrote in the name of another one")


@target
def manifest(data: bytes) -> None:
    """What is understood of a manifest survives being written again."""
    told = Manifest.from_dict(read_json(data))
    again = Manifest.from_dict(read_json(canonical_json(told.to_dict())))
    must(again == told, "a manifest changes when it is written again")


@target
def word_signed(data: bytes) -> None:
    """A hostile hall signs any acknowledgement, receipt and manifest; the village survives them."""
    here = world()
    for kind in (ACK_KIND, RECEIPT_KIND, MANIFEST_KIND):
        signature = here.hall.keys.sign(pae(kind, data))
        said = Statement(kind, data, here.hall.keys.key_id, signature)
        with undone(here.village):
            green = _count_acked()
            try:
                _hear(said)
            except SyncError as error:
                _check_refusal(error)
                must(_count_acked() == green, "a refused word left something behind")


@target
def parcel(data: bytes) -> None:
    """Of a parcel by strangers' hands nothing is kept that its sender did not sign."""
    here = world()
    with undone(here.hall):
        exchange.take(here.hall.box, data, "usb")
        held = {bytes(row.header) for row in tables.Arrival.select()}
        held |= {bytes(row.header) for row in tables.Aside.select()}
        must(held <= here.true_headers, "an envelope nobody made was kept")


@target
def answer(data: bytes) -> None:
    """The same at the village, for what comes back from the hall's address."""
    here = world()
    with undone(here.village):
        exchange.take(here.village.box, data, "link", here.hall.node_id)
        held = {bytes(row.header) for row in tables.Arrival.select()}
        must(held <= here.true_headers, "an envelope nobody made was kept")


@target
def bundle(data: bytes) -> None:
    """Only the very bundle that was sealed is taken in."""
    here = world()
    path = here.folder / "fuzzed.ymb"
    path.write_bytes(data)
    _look_at(path)
    with undone(here.hall):
        import_bundle(path, here.hall.box, here.hall.folder)
    must(data == here.bundle, "an altered bundle was taken in")


@target
def bundle_lines_signed(data: bytes) -> None:
    """A member seals any lines into a bundle."""
    here = world()
    path = here.folder / "sealed.ymb"
    sealed = tuple(made.sealed for made in here.envelopes)
    hall, village = here.hall, here.village
    label, lines = seal_lines(data, village.node_id, hall.node_id, hall.keys.sealing_public)
    write_bundle(path, village.keys, Content(label, lines, sealed, _files_of_sample()))
    _look_at(path)
    with undone(here.hall):
        import_bundle(path, here.hall.box, here.hall.folder)
        held = {bytes(row.header) for row in tables.Arrival.select()}
        must(held <= here.true_headers, "an envelope nobody made was kept")


@target
def enrol_request(data: bytes) -> None:
    """Only the request of the one who knows the code is granted."""
    here = world()
    _, _, asked, _ = here.joining
    with undone(here.hall):
        enrolment.answer_request(here.hall.keys, here.hall.record, data, NOW)
    must(Statement.from_json(data).body_bytes == asked.body_bytes, "a request nobody made was granted")


@target
def enrol_request_signed(data: bytes) -> None:
    """Somebody with a key and without the code signs any request."""
    here = world()
    keys, _, asked, _ = here.joining
    signature = keys.sign(pae(enrolment.REQUEST_KIND, data))
    said = Statement(enrolment.REQUEST_KIND, data, keys.key_id, signature)
    with undone(here.hall):
        enrolment.grant(here.hall.keys, here.hall.record, said, NOW)
    must(data == asked.body_bytes, "a request was granted without the code")


@target
def enrol_grant(data: bytes) -> None:
    """A grant counts only as its hall gave it."""
    here = world()
    keys, _, _, granted = here.joining
    said = Statement.from_json(data)
    with undone(here.village):
        enrolment.accept(keys, said, NOW)
    must(said.body_bytes == granted.body_bytes, "a grant nobody gave was accepted")


@target
def enrol_grant_signed(data: bytes) -> None:
    """A hall that does not know the code signs any grant."""
    here = world()
    keys, _, _, granted = here.joining
    signature = here.hall.keys.sign(pae(enrolment.GRANT_KIND, data))
    said = Statement(enrolment.GRANT_KIND, data, here.hall.keys.key_id, signature)
    with undone(here.village):
        enrolment.accept(keys, said, NOW)
    must(data == granted.body_bytes, "a grant counted without the code")


@target
def key_file(data: bytes) -> None:
    """Keys from the vault are whole or refused."""
    must(NodeKeys.from_bytes(data).to_bytes() == data, "keys change when they are kept")


def forged() -> bytes:
    """For a test of the property itself: a parcel with a letter that is in no sample, truly signed."""
    here = world()
    first = here.envelopes[0]
    header = canonical_json(first.fields.to_dict() | {"subject": "forged"})
    made = Envelope(header, here.village.keys.sign(pae(ENVELOPE_KIND, header)), first.sealed)
    return Parcel(here.words[0], (made,)).to_bytes()


def _hear(said: Statement) -> None:
    box = world().village.box
    if said.kind == ACK_KIND:
        custody.take_ack(box, said)
    elif said.kind == RECEIPT_KIND:
        custody.take_receipt(said)
    else:
        open_manifest(box, said, world().hall.node_id)
        exchange.take(box, Parcel(said).to_bytes(), "link", world().hall.node_id)


def _count_acked() -> int:
    return int(tables.Acknowledgement.select().count() + tables.FileReceipt.select().count())


def _files_of_sample() -> tuple[tuple[int, list[bytes]], ...]:
    reader = BundleReader(BytesIO(world().bundle))
    return tuple((size_bytes, list(reader.file(at))) for at, size_bytes in enumerate(reader.file_sizes))


def _look_at(path: Path) -> None:
    try:
        inspect_bundle(path)
    except SyncError as error:
        _check_refusal(error)


def _check_refusal(error: SyncError) -> None:
    """A refusal can be shown and sent, and does not repeat megabytes of what was refused."""
    must(len(json.dumps(error.as_json())) < 8192, "a refusal is as long as what it refuses")
    must(400 <= error.status < 600, "a refusal without a status")
