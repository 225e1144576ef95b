"""What goes into the next bundle for a node: all that is open, or what earlier sticks did not carry.

As long as the open letters fit into one bundle, each bundle has all of them: any single stick that
arrives is enough. Where they do not, and with files, what an earlier bundle of the last days carries
goes last, so that several sticks together carry what none of them could alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync import attachments, custody, exchange
from sync.bundle_file import PAYLOADS_BYTES_MAX, PIECE_BYTES
from sync.bundle_lines import FILES_MAX, SealedFileEntry, parcel_lines, sealed_payloads
from sync.errors import BundleNotWritten
from sync.exchange import Extras
from sync.limits import PARCEL_BYTES_MAX
from sync.mailbox import Mailbox
from sync.manifest import Manifest
from sync.parcel import Parcel
from sync.tables import FileReceipt, LetterFile, OutLetter, OutStream, SealedFile
from sync.tables_kept import StickLoad

CARRIED_DAYS = 7  # for so long a stick counts as on its way
INSTANCE_CHARACTERS = 16
OFFERS_MAX = 10 * FILES_MAX  # of these the next bundle takes what it can
RECEIPTS_MAX = 500  # the latest files of the other whose receipts go along
ENTRY_BYTES = 256  # at most what a file's entry and frame add to a bundle
FRAME_BYTES = 4096  # at most what head, label, cover and seal take


@dataclass
class Load:
    """Parcels and files for one bundle. is_all: nothing is left that would have to go as well."""

    parcels: list[Parcel] = field(default_factory=list)
    letter_ids: list[int] = field(default_factory=list)
    reached: dict[str, int] = field(default_factory=dict)
    files: tuple[SealedFileEntry, ...] = ()
    is_all: bool = False

    @property
    def size_bytes(self) -> int:
        """At most what the letters take."""
        return FRAME_BYTES + sum(map(_size_bytes, self.parcels))


def pack(box: Mailbox, peer: str, room: int, now: datetime, *, is_afresh: bool = False) -> Load:
    """Letters first, then files, into `room` bytes. is_afresh: as if no stick had been made before.

    Raises BundleNotWritten when not even the first letters fit.
    """
    carried = {} if is_afresh else _carried(peer, now)
    load = _pack_letters(box, peer, {}, room)
    if not load.is_all:
        streams = {name: upto for name, upto in carried.items() if len(name) == INSTANCE_CHARACTERS}
        later = _pack_letters(box, peer, streams, room)
        load = later if later.letter_ids else load
    if load.size_bytes > room:
        raise BundleNotWritten("U 盘空间不足")
    offers = sorted(_offers(peer), key=lambda entry: entry.sha256 in carried)
    load.files = tuple(_fitting(offers, room - load.size_bytes))
    load.is_all &= len(load.files) == len(offers)
    return load


def note_carried(peer: str, load: Load, now: datetime) -> None:
    """A bundle with this load was made; inside the caller's transaction."""
    carried = load.reached | {entry.sha256: entry.size for entry in load.files}
    StickLoad.delete().where(StickLoad.peer == peer, StickLoad.name.in_(list(carried))).execute()
    StickLoad.delete().where(StickLoad.at <= now - timedelta(days=CARRIED_DAYS)).execute()
    rows = [{"peer": peer, "name": name, "upto": upto, "at": now} for name, upto in carried.items()]
    for start in range(0, len(rows), 200):
        StickLoad.insert_many(rows[start : start + 200]).execute()


def sealed_pieces(entry: SealedFileEntry) -> Iterator[bytes]:
    """A file for the stick, at most 1 MiB at a time."""
    for start in range(0, entry.size, PIECE_BYTES):
        yield attachments.sealed_range(entry.sha256, start, PIECE_BYTES)


def _carried(peer: str, now: datetime) -> dict[str, int]:
    """How far sticks of the last days carry a stream, by its instance; and which files, by their hash."""
    recent = StickLoad.select().where(
        StickLoad.peer == peer, StickLoad.at > now - timedelta(days=CARRIED_DAYS)
    )
    return {row.name: row.upto for row in recent}


def _pack_letters(box: Mailbox, peer: str, after: Mapping[str, int], room: int) -> Load:
    """Parcels until nothing is left or the bundle is full; the first one goes in any case."""
    ask, extras = _ask_and_extras(box, peer)
    load = Load(reached=dict(after))
    size_bytes = FRAME_BYTES
    while not load.is_all and size_bytes + 2 * PARCEL_BYTES_MAX < PAYLOADS_BYTES_MAX:
        given = exchange.give(box, peer, ask, load.reached, extras)
        parcel = Parcel.from_bytes(given.data)
        size_bytes += _size_bytes(parcel)
        if load.parcels and size_bytes > room:
            break
        load.parcels.append(parcel)
        load.letter_ids += given.letter_ids
        load.reached, load.is_all = given.after, not given.more
        extras = Extras()  # the receipts went with the first parcel
    return load


def _ask_and_extras(box: Mailbox, peer: str) -> tuple[Manifest | None, Extras]:
    """Towards our hall we ask, so that our witness goes along; everybody else is answered.

    A stick may be weeks on its way, so our receipts are not only for what the other last asked about.
    """
    ask = None if custody.is_our_hall(box, peer) else exchange.last_ask(peer)
    whole = SealedFile.select().where(SealedFile.owner == peer, SealedFile.is_whole)
    latest = whole.order_by(SealedFile.id.desc()).limit(RECEIPTS_MAX)
    return ask, Extras(awaited=tuple(row.sha256 for row in latest))


def _offers(peer: str) -> list[SealedFileEntry]:
    """The sealed files `peer` has not confirmed, each once, in the order of their letters.

    One that is still on its way back to us, after our disk was set back, is not here to be given.
    """
    whole = SealedFile.select(SealedFile.sha256).where(SealedFile.is_whole)
    receipted = FileReceipt.select(FileReceipt.sha256).where(FileReceipt.by == peer)
    named = LetterFile.select().join(OutLetter).join(OutStream).where(OutStream.recipient == peer)
    lacking = named.where(OutLetter.moved_to.is_null(), LetterFile.sha256.not_in(receipted))
    rows = lacking.where(LetterFile.sha256.in_(whole)).order_by(LetterFile.id).limit(OFFERS_MAX)
    return list(dict.fromkeys(SealedFileEntry(row.sha256, row.size) for row in rows))


def _fitting(offers: list[SealedFileEntry], room: int) -> Iterator[SealedFileEntry]:
    """The files that fit into `room` bytes; what does not fit waits, and so does what comes after it."""
    for entry in offers[:FILES_MAX]:
        room -= entry.size + ENTRY_BYTES
        if room < 0:
            return
        yield entry


def _size_bytes(parcel: Parcel) -> int:
    return len(parcel_lines(parcel)) + sum(map(len, sealed_payloads([parcel])))
