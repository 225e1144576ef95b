"""The taking in of one parcel, inside one transaction: envelopes, signed words, the other's manifest.

Each part stands or falls by itself. An envelope or a word that does not hold is named with the
reason, and those beside it go on.
"""

from dataclasses import dataclass
from typing import Any

from sync import custody, epochs, journal, outstream, returned
from sync.canonical import canonical_json, read_json
from sync.chain import Place
from sync.errors import NotAddressed, RevokedPeer, SyncError, WrongKey
from sync.inbox import Inbox
from sync.incidents import Cause, report
from sync.keys import Statement, open_statement
from sync.limits import STREAMS_STATED_MAX
from sync.mailbox import Mailbox
from sync.manifest import MANIFEST_KIND, Manifest, Refusal
from sync.moments import read_moment
from sync.parcel import Parcel
from sync.register import find_key, peer
from sync.statements import prepared
from sync.tables import InStream, LastAsk, Witness

LINK = "link"


@dataclass(frozen=True)
class Taken:
    """What a parcel brought. acknowledged: letters of ours that are newly covered; receipts: new ones.

    parcel: as it came; its sections are not taken in yet (see `sync.carriage`). is_trusted: whether the
    words of its speaker count.
    """

    manifest: Manifest
    accepted: int
    repeated: int
    aside: int
    acknowledged: int
    receipts: int
    refused: tuple[Refusal, ...]
    incidents: tuple[str, ...]
    parcel: Parcel
    is_trusted: bool


def open_manifest(box: Mailbox, statement: Statement, sender: str | None) -> tuple[Manifest, bool]:
    """The manifest, verified, and whether its words count.

    Those of a withdrawn key do not; on a stick (sender None) its letters are still kept for a person.
    Raises BadForm, UnknownPeer, WrongKey, BadSignature, NotAddressed, RevokedPeer.
    """
    claimed = Manifest.from_dict(read_json(statement.body_bytes))
    if claimed.recipient != box.node_id or (sender is not None and claimed.sender != sender):
        raise NotAddressed("邮包")
    known = peer(claimed.sender)
    held = find_key(claimed.sender, statement.key_id)
    if held is None:
        raise WrongKey(known.record.key_id, statement.key_id)
    if held.revoked_at is not None and sender is not None:
        raise RevokedPeer(known.name)
    open_statement(statement, bytes(held.signing_key), MANIFEST_KIND)
    return claimed, held.revoked_at is None


class Intake:
    """One parcel being taken in, and its tally."""

    def __init__(self, box: Mailbox, path: str, manifest: Manifest, *, is_late: bool = False) -> None:
        """is_late: an answer to a question of long ago; it may tell what was, not what is not."""
        self._box = box
        self._is_late = is_late
        self._path = path
        self._manifest = manifest
        self._now = box.clock.now()
        self._accepted = 0
        self._places: list[Place] = []
        self._refused: list[Refusal] = []
        self._incidents: list[str] = []
        self._acknowledged = 0
        self._receipts = 0

    def run(self, parcel: Parcel, is_trusted: bool) -> Taken:
        """Take all of it in, inside the caller's transaction."""
        is_set_back = self._manifest.witness is not None and not journal.contains(self._manifest.witness)
        if is_trusted:
            if is_set_back:
                self._report(Cause.WE_SET_BACK)
            self._hear()  # before the letters: one that comes back has to find its stream closed
        self._take_envelopes(parcel)
        if is_trusted:
            self._take_words(parcel)
            self._take_manifest()
        return self._taken(parcel, is_trusted)

    def _take_envelopes(self, parcel: Parcel) -> None:
        if not parcel.envelopes:
            return
        inbox = Inbox(self._box, self._path, parcel.envelopes)
        for envelope in parcel.envelopes:
            try:
                self._places.append(inbox.take(envelope))
            except SyncError as error:
                self._refused.append(Refusal(envelope.hash[:16], error.why[:400]))
        self._accepted = inbox.close()

    def _take_words(self, parcel: Parcel) -> None:
        for ack in parcel.acks:
            try:
                self._acknowledged += custody.take_ack(self._box, ack)
            except SyncError as error:
                self._refused.append(Refusal("ack", error.why[:400]))
        for receipt in parcel.receipts:
            try:
                self._receipts += custody.take_receipt(receipt)
            except SyncError as error:
                self._refused.append(Refusal("receipt", error.why[:400]))

    def _hear(self) -> None:
        """How far the other holds our streams."""
        told, sender = self._manifest, outstream.Sender(self._box.node_id, self._box.keys)
        if self._is_late and not told.brief:
            self._incidents += outstream.hear_late(sender, told.sender, told.have, self._now)
            return
        if told.brief and not told.have:  # what it leaves out is unsaid, not empty
            return
        if told.contains is False:
            self._report(Cause.PEER_SET_BACK)
            outstream.forget_progress(told.sender)
        self._incidents += outstream.hear(sender, told.sender, told.have, self._now)

    def _take_manifest(self) -> None:
        told = self._manifest
        if told.brief or self._is_late:
            return
        self._incidents += epochs.hear(told.sender, told.epoch, self._now)
        returned.answer(self._box, told.sender, told.recall)
        outstream.agree_on_dictionary(told.sender, told.dictionaries)
        self._note_acked()
        self._keep_witness()
        if self._path != LINK:
            self._keep_ask()

    def _report(self, cause: Cause) -> None:
        self._incidents.append(report(cause, self._manifest.sender, self._now))

    def _note_acked(self) -> None:
        """Which acknowledgements the other has; of a stream it does not name it wants no more."""
        stated = {entry.instance: entry.acked for entry in self._manifest.mine}
        is_complete = len(stated) < STREAMS_STATED_MAX
        for stream in _streams_of.rows(self._manifest.sender):
            acked = stated.get(stream.instance, stream.ack_upto if is_complete else stream.peer_acked)
            if acked != stream.peer_acked:
                InStream.update(peer_acked=acked).where(InStream.id == stream.id).execute()

    def _keep_witness(self) -> None:
        """Remember the other's log head. One that says nothing of the witness we hold does not replace it."""
        told, held = self._manifest, journal.witness_of(self._manifest.sender)
        if told.log is None or (held is not None and told.contains is None):
            return
        if held is None or told.contains is False or told.log.size >= held.size:
            values = {"peer": told.sender, "size": told.log.size, "head": told.log.head}
            Witness.delete().where(Witness.peer == told.sender).execute()
            Witness.insert(values).execute()

    def _keep_ask(self) -> None:
        LastAsk.delete().where(LastAsk.peer == self._manifest.sender).execute()
        LastAsk.insert(peer=self._manifest.sender, body=canonical_json(self._manifest.to_dict())).execute()
        if custody.is_our_hall(self._box, self._manifest.sender):
            self._box.clock.learn(read_moment(self._manifest.at))

    def _taken(self, parcel: Parcel, is_trusted: bool) -> Taken:
        return Taken(
            manifest=self._manifest,
            accepted=self._accepted,
            repeated=self._places.count(Place.REPEAT),
            aside=self._places.count(Place.EARLY) + self._places.count(Place.FORK),
            acknowledged=self._acknowledged,
            receipts=self._receipts,
            refused=tuple(self._refused),
            incidents=tuple(self._incidents),
            parcel=parcel,
            is_trusted=is_trusted,
        )


@prepared
def _streams_of(sender: Any) -> Any:
    return InStream.select().where(InStream.sender == sender)
