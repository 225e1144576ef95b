"""Mail with nodes behind the one at the other end of the line: our own by way of a relay, and others'.

A parcel carries it in sections. Who relays and who is relayed for follows from the register alone: a
node asks the hall above its parent through the parent, a hall answers nodes below its children through
the child, and the one between holds what passes (`sync.relay`).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from sync import attachments, custody, exchange, outbox, relay, relay_out
from sync.canonical import read_json
from sync.errors import NotAddressed, SyncError
from sync.exchange import Extras
from sync.intake import Intake, Taken, open_manifest
from sync.limits import AWAITED_MAX, PARCEL_BYTES_TARGET, SECTIONS_PER_PARCEL_MAX
from sync.mailbox import Mailbox
from sync.manifest import Carried, Manifest, Refusal, Want
from sync.parcel import Parcel
from sync.register import HALL_LEVELS, LEVELS, Peer, find_peer, is_above, line_above
from sync.relay_out import Held
from sync.relay_tables import CarriedFile, CarriedManifest, Custody, OwedReceipt, RelayAsk
from sync.rows import write
from sync.statements import prepared
from sync.tables import (
    LetterFile,
    OutLetter,
    OutStream,
    SealedFile,
)

RELAY = "relay"


@dataclass(frozen=True)
class Load:
    """The sections of one parcel.

    letter_ids: of our own letters among them. owed: of the receipts that go along unasked. custody: our
    word on what we hold of the neighbour's.
    """

    sections: tuple[Parcel, ...] = ()
    letter_ids: tuple[int, ...] = ()
    held: tuple[Held, ...] = ()
    owed: tuple[int, ...] = ()
    custody: tuple[Carried, ...] = ()
    more: bool = False


@dataclass
class Unloaded:
    """What the sections of a parcel brought. asks: manifests for us, by sender.

    wants: files to pass on. far: files of ours that a hall behind the relay lacks.
    """

    accepted: int = 0
    acknowledged: int = 0
    held: int = 0
    asks: dict[str, Manifest] = field(default_factory=dict)
    wants: list[Want] = field(default_factory=list)
    far: tuple[Want, ...] = ()
    refused: list[Refusal] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)

    def has_moved(self) -> bool:
        """Whether it brought anything at all."""
        return self.accepted + self.acknowledged + self.held > 0


def behind(box: Mailbox, neighbour: str) -> tuple[str, ...]:
    """Whom we exchange mail with through a neighbour: the hall above a parent, or those below a child."""
    above = line_above(box.node_id)  # asked once: this is called several times in each exchange
    names = [node_id for node_id, _ in above]
    if neighbour in names:
        hall = next((node_id for node_id, level in above if level in HALL_LEVELS), neighbour)
        return (hall,) if names.index(hall) > names.index(neighbour) else ()
    known = find_peer(neighbour)
    if known is None or known.parent != box.node_id or known.level == LEVELS[-1]:
        return ()
    return tuple(row.node_id for row in _children.rows(neighbour))


def load_for(box: Mailbox, neighbour: str, asks: Mapping[str, Manifest] | None = None) -> Load:
    """What goes along to a neighbour now, beside our mail with itself.

    asks: the questions of nodes behind it that came a moment ago, to be answered.
    """
    size_bytes = PARCEL_BYTES_TARGET if outbox.waiting(neighbour) == 0 else PARCEL_BYTES_TARGET // 4
    far = behind(box, neighbour)
    owed = list(OwedReceipt.select().where(OwedReceipt.owner.in_(far)).limit(AWAITED_MAX)) if far else []
    own = _own_sections(box, neighbour, asks or {}, owed, size_bytes)
    room = SECTIONS_PER_PARCEL_MAX - len(own)
    held, more = relay_out.held_for(box.node_id, neighbour, box.clock.now(), size_bytes, room)
    return Load(
        sections=(*(given.parcel for given in own), *(one.parcel for one in held)),
        letter_ids=tuple(number for given in own for number in given.letter_ids),
        held=tuple(held),
        owed=tuple(row.id for row in owed),
        custody=relay.custody_of(neighbour),
        more=more or any(given.more for given in own),
    )


def note_handed(box: Mailbox, load: Load, refused: tuple[Refusal, ...] = ()) -> None:
    """The neighbour has these sections. refused: what it says it did not take."""
    if load.held or load.owed:
        with write():
            relay_out.note_handed(load.held, (entry.name for entry in refused), box.clock.now())
            OwedReceipt.delete().where(OwedReceipt.id.in_(load.owed)).execute()


def unload(box: Mailbox, taken: Taken, neighbour: str) -> Unloaded:
    """Take in the sections of a parcel whose own part was taken. Each one stands or falls by itself."""
    done = Unloaded()
    if taken.is_trusted and not taken.manifest.brief:
        with write():
            done.incidents += custody.take_carried(taken.manifest, taken.parcel.manifest, box.clock.now())
    for section in taken.parcel.carried:
        try:
            with write():
                _unload_one(box, section, neighbour, done)
        except SyncError as error:
            done.refused.append(Refusal("section", error.why[:400]))
    done.wants = _wants_of(neighbour)
    return done


def waiting(box: Mailbox, neighbour: str) -> int:
    """Letters that a neighbour does not hold yet and that it is to carry on, or that we hold for it."""
    return sum(_uncarried(neighbour, node_id) for node_id in behind(box, neighbour)) + relay_out.waiting_for(
        neighbour
    )


def may_send(box: Mailbox, neighbour: str, sha256: str) -> bool:
    """Whether a file is named by a letter of ours to or through the neighbour, or by one we carry to it."""
    ways = (neighbour, *behind(box, neighbour))
    named = LetterFile.select().join(OutLetter).join(OutStream)
    ours = named.where(OutStream.recipient.in_(ways), LetterFile.sha256 == sha256)
    carried = CarriedFile.select().where(CarriedFile.recipient == neighbour, CarriedFile.sha256 == sha256)
    return bool(ours.exists() or carried.exists())


def wanted(box: Mailbox, neighbour: str, limit: int) -> list[tuple[str, Want]]:
    """The files we lack that the neighbour may have, with the node each is from."""
    owners = (neighbour, *behind(box, neighbour)) if is_above(neighbour, box.node_id) else (neighbour,)
    return [(owner, want) for owner in owners for want in attachments.wanted(owner, limit)]


def owner_of(box: Mailbox, caller: str, sha256: str) -> str:
    """Whose file a caller may bring here: its own, or that of a node it relays for."""
    owners = SealedFile.select(SealedFile.owner).where(SealedFile.sha256 == sha256)
    announced = {row.owner for row in owners}
    return next((owner for owner in (caller, *behind(box, caller)) if owner in announced), caller)


def owe_receipt(owner: str, sha256: str) -> None:
    """A file became whole by a relay's hand: say so in the next section, before the owner can ask."""
    with write():
        is_owed = (OwedReceipt.owner == owner) & (OwedReceipt.sha256 == sha256)
        if not OwedReceipt.select().where(is_owed).exists():
            OwedReceipt.create(owner=owner, sha256=sha256)


def _own_sections(
    box: Mailbox, neighbour: str, asks: Mapping[str, Manifest], owed: list[OwedReceipt], size_bytes: int
) -> list[exchange.Given]:
    """Our own mail with the nodes behind the neighbour that have something to hear from us."""
    far = behind(box, neighbour)
    if not is_above(neighbour, box.node_id):
        owners = {row.owner for row in owed}
        far = tuple(one for one in far if one in asks or one in owners or _uncarried(neighbour, one))
    sections = []
    for one in far[:SECTIONS_PER_PARCEL_MAX]:
        told = asks.get(one) or exchange.last_ask(one)
        awaited = tuple(row.sha256 for row in owed if row.owner == one)
        if is_above(neighbour, box.node_id):
            ask, extras = None, Extras(_open_nonce(one), (*awaited, *(told.awaits if told else ())))
        else:
            ask, extras = told, Extras(awaited=awaited)
        after = custody.carried_upto(neighbour, one)
        sections.append(exchange.give(box, one, ask, after, extras, size_bytes // len(far)))
    return sections


def _uncarried(neighbour: str, node_id: str) -> int:
    """Letters of ours to a node that neither it nor the neighbour holds, as far as they have told us."""
    return int(_uncarried_count.value(neighbour, node_id))


@prepared
def _uncarried_count(neighbour: Any, node_id: Any) -> Any:
    carried = Custody.select(Custody.upto).where(
        Custody.relay == neighbour, Custody.instance == OutStream.instance
    )
    beyond = (OutLetter.seq > OutStream.peer_has) & (OutLetter.seq > fn.COALESCE(carried, 0))
    ours: Any = OutLetter.select(fn.COUNT(OutLetter.id)).join(OutStream)
    return ours.where(OutStream.recipient == node_id, beyond, OutLetter.moved_to.is_null())


def _open_nonce(hall: str) -> str:
    """Our question's nonce; the same one until it is answered, however long the relay has it."""
    row = RelayAsk.get_or_none(RelayAsk.peer == hall)
    if row is None:
        with write():
            row = RelayAsk.create(peer=hall, nonce=os.urandom(16).hex())
    return str(row.nonce)


def _unload_one(box: Mailbox, section: Parcel, neighbour: str, done: Unloaded) -> None:
    told = Manifest.from_dict(read_json(section.manifest.body_bytes))
    if told.recipient != box.node_id:
        done.held += len(section.envelopes)
        done.refused += relay.hold(box, section, neighbour)
        return
    if told.sender not in behind(box, neighbour):
        raise NotAddressed("代转的邮包")
    manifest, is_trusted = open_manifest(box, section.manifest, None)
    intake = Intake(box, RELAY, manifest, is_late=_is_late(manifest))
    taken = intake.run(section, is_trusted)
    done.accepted += taken.accepted
    done.acknowledged += taken.acknowledged
    done.refused += taken.refused
    done.incidents += taken.incidents
    if is_trusted:
        done.asks[manifest.sender] = manifest
        done.far += manifest.wants if is_above(neighbour, box.node_id) else ()


def _is_late(told: Manifest) -> bool:
    """Whether an answer is one to another question than our open one; which it closes otherwise."""
    if told.contains is None and told.log is None:
        return False  # a question
    closed = RelayAsk.delete().where(RelayAsk.peer == told.sender, RelayAsk.nonce == told.nonce).execute()
    return int(closed) == 0


@prepared
def _children(parent: Any) -> Any:
    return Peer.select(Peer.node_id).where(Peer.parent == parent)


@prepared
def _manifests_of(sender: Any) -> Any:
    return CarriedManifest.select().where(CarriedManifest.sender == sender)


def _wants_of(neighbour: str) -> list[Want]:
    """Files that the neighbour, a hall, lacks of nodes below us, and that are here whole."""
    found = []
    for row in _manifests_of.rows(neighbour):
        for want in Manifest.from_dict(read_json(bytes(row.body))).wants:
            carried = (CarriedFile.sender == row.recipient) & (CarriedFile.sha256 == want.sha256)
            is_ours = CarriedFile.select().where(carried, CarriedFile.recipient == neighbour).exists()
            if is_ours and attachments.is_whole(want.sha256):
                found.append(want)
    return found
