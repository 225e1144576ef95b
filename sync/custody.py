"""Signed words about who holds what: acknowledgements of letters, receipts for files.

Only a key that our register holds for the node that should speak counts; what is verified here is
stored, and nothing else makes a letter green.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from peewee import fn

from sync import recall
from sync.canonical import read_json
from sync.codec import is_hex
from sync.errors import BadForm, BadSignature, NotAddressed, WrongKey
from sync.incidents import Cause, report
from sync.keys import NodeKeys, Statement, open_statement, sign_statement
from sync.limits import STREAMS_STATED_MAX
from sync.mailbox import Mailbox
from sync.manifest import Have, LogHead, Manifest
from sync.moments import moment_text, read_moment
from sync.outstream import letter_at
from sync.parcel import ACK_KIND, RECEIPT_KIND
from sync.register import find_key, is_above, peer
from sync.relay_tables import Custody
from sync.statements import prepared
from sync.tables import (
    Acknowledgement,
    FileReceipt,
    InStream,
    LetterFile,
    OutLetter,
    OutStream,
    SealedFile,
)

_ACK_FIELDS = {"by", "from", "instance", "to", "upto", "head", "log", "at"}
_RECEIPT_FIELDS = {"by", "sha256", "size", "at"}


def open_word(statement: Statement, kind: str, speaker: str) -> dict[str, Any]:
    """The body of a statement that `speaker` must have signed with a key that is not withdrawn.

    Raises UnknownPeer, WrongKey, WrongKind, BadSignature, BadForm.
    """
    held = find_key(speaker, statement.key_id)
    if held is None or held.revoked_at is not None:
        raise WrongKey(peer(speaker).record.key_id, statement.key_id)
    return open_statement(statement, bytes(held.signing_key), kind)


def sign_ack(box: Mailbox, stream: InStream, upto: int, head: str, log: LogHead) -> Statement:
    """Our word that we hold a stream up to `upto`, whose hash is `head`."""
    body = {
        "by": box.node_id,
        "from": stream.sender,
        "instance": stream.instance,
        "to": box.node_id,
        "upto": upto,
        "head": head,
        "log": log.to_dict(),
        "at": moment_text(box.clock.now()),
    }
    return sign_statement(box.keys, ACK_KIND, body)


def acknowledge(box: Mailbox, stream: InStream, log: LogHead) -> None:
    """Sign that we hold a stream as far as we do; asked again, the same bytes are given again."""
    statement = sign_ack(box, stream, stream.upto, stream.head, log)
    stream.ack_upto, stream.ack_key_id = stream.upto, statement.key_id
    stream.ack_body, stream.ack_signature = statement.body_bytes, statement.signature
    stream.save()


def acks_for(sender: str, limit: int) -> list[Statement]:
    """Our latest acknowledgements that `sender` has not said it has."""
    rows = _unheard.rows(sender, limit)
    return [Statement(ACK_KIND, bytes(r.ack_body), r.ack_key_id, bytes(r.ack_signature)) for r in rows]


def take_ack(box: Mailbox, statement: Statement) -> int:
    """Store an acknowledgement of our letters, whoever brought it; returns how many it newly covers.

    It must be signed by the recipient of the stream. Raises what `open_word` raises, NotAddressed for
    somebody else's stream, BadSignature when it vouches for a hash we never sent.
    """
    body = _read_ack(statement)
    stream = own_stream.first(body["instance"])
    if stream is None or body["from"] != box.node_id or {body["by"], body["to"]} != {stream.recipient}:
        raise NotAddressed("送达回执")
    open_word(statement, ACK_KIND, stream.recipient)
    letter = letter_at(stream, body["upto"])
    if _is_still_to_come(stream, letter, body):
        return 0
    if letter is None or letter.hash != body["head"]:
        raise BadSignature("送达回执所指的信封")
    covered = acked_upto(stream)
    _store_ack(stream, body, statement)
    return max(0, body["upto"] - covered)


def acked_upto(stream: OutStream) -> int:
    """The last number of a stream that a verified acknowledgement covers; 0 for none."""
    return int(_acked.value(stream) or 0)


def make_receipt(keys: NodeKeys, node_id: str, sha256: str, size: int, at: str) -> None:
    """Sign that we hold a file whole, once; inside the transaction in which it became whole."""
    if FileReceipt.select().where(FileReceipt.by == node_id, FileReceipt.sha256 == sha256).exists():
        return
    body = {"by": node_id, "sha256": sha256, "size": size, "at": at}
    _store_receipt(body, sign_statement(keys, RECEIPT_KIND, body))


def receipts_for(box: Mailbox, sender: str, awaited: Iterable[str]) -> list[Statement]:
    """Our receipts for those of the awaited files that came whole from `sender`."""
    names = list(awaited)
    if not names:
        return []
    theirs = SealedFile.select(SealedFile.sha256).where(SealedFile.owner == sender, SealedFile.is_whole)
    rows = FileReceipt.select().where(
        FileReceipt.by == box.node_id, FileReceipt.sha256.in_(names), FileReceipt.sha256.in_(theirs)
    )
    return [Statement(RECEIPT_KIND, bytes(r.body), r.key_id, bytes(r.signature)) for r in rows]


def take_receipt(statement: Statement) -> bool:
    """Store a receipt for a file we sent, whoever brought it; returns whether it was new.

    It must be signed by a node that a letter naming the file went to. Raises what `open_word`
    raises, and NotAddressed for any other file.
    """
    body = read_json(statement.body_bytes)
    is_formed = set(body) == _RECEIPT_FIELDS and is_hex(body["sha256"], 64) and is_hex(body["by"], 32)
    if not is_formed or not isinstance(body["size"], int):
        raise BadForm("附件回执的字段不对")
    speaker = body["by"]
    open_word(statement, RECEIPT_KIND, speaker)
    named = LetterFile.select().join(OutLetter).join(OutStream)
    ours = named.where(OutStream.recipient == speaker, LetterFile.sha256 == body["sha256"])
    if not ours.where(LetterFile.size == body["size"]).exists():
        raise NotAddressed("附件回执")
    is_known = FileReceipt.by == speaker, FileReceipt.sha256 == body["sha256"]
    if FileReceipt.select().where(*is_known).exists():
        return False
    _store_receipt(body, statement)
    return True


def take_carried(told: Manifest, statement: Statement, now: datetime) -> list[str]:
    """Keep a relay's signed word on what it holds of ours, where that is what we gave it.

    A word about another letter under our number counts for nothing, and a person is told: which of two
    disks is the right one, only the hall can say. Returns the causes of such incidents.
    """
    stated = {entry.instance: entry for entry in told.carried}
    kept, found = [], []
    for stream in OutStream.select().where(OutStream.instance.in_(list(stated))) if stated else ():
        entry = stated[stream.instance]
        ours = letter_at(stream, entry.upto)
        if ours is None or ours.hash != entry.head or stream.recipient != entry.recipient:
            detail = f"{told.sender} {stream.instance} {entry.upto}"
            found.append(report(Cause.CARRIED_FORK, detail, now))
        else:
            kept.append(stream.instance)
            _store_carried(told, statement, stream, entry.upto)
    if (
        len(told.carried) < STREAMS_STATED_MAX and _word_of.value(told.sender) is not None
    ):  # then these are all there are
        Custody.delete().where(Custody.relay == told.sender, Custody.instance.not_in(kept)).execute()
    return found


def carried_upto(relay: str, recipient: str) -> dict[str, int]:
    """instance -> up to where a relay has signed that it holds our stream to a node."""
    return {row.instance: row.upto for row in _carried.rows(relay, recipient)}


@prepared
def _carried(relay: Any, recipient: Any) -> Any:
    ours = OutStream.select(OutStream.instance).where(OutStream.recipient == recipient)
    return Custody.select().where(Custody.relay == relay, Custody.instance.in_(ours))


@prepared
def _unheard(sender: Any, limit: Any) -> Any:
    open_ones = (InStream.sender == sender) & (InStream.ack_upto > InStream.peer_acked)
    return InStream.select().where(open_ones).order_by(InStream.id.desc()).limit(limit)


@prepared
def own_stream(instance: Any) -> Any:
    """A stream of ours by its instance."""
    return OutStream.select().where(OutStream.instance == instance)


@prepared
def _acked(stream: Any) -> Any:
    return Acknowledgement.select(fn.MAX(Acknowledgement.upto)).where(Acknowledgement.stream == stream)


@prepared
def _word_of(relay: Any) -> Any:
    return Custody.select(Custody.upto).where(Custody.relay == relay)


def is_our_hall(box: Mailbox, node_id: str) -> bool:
    """Whether a node is above us, next or further up, so that its word on the time counts."""
    return is_above(node_id, box.node_id)


def _is_still_to_come(stream: OutStream, letter: OutLetter | None, body: dict[str, Any]) -> bool:
    """Whether an acknowledgement speaks of a letter that we lost, and that its recipient will give back."""
    is_missing = letter is None or (letter.moved_to is not None and letter.hash != body["head"])
    return is_missing and recall.was_noticed(stream.recipient, stream.instance)


def _read_ack(statement: Statement) -> dict[str, Any]:
    body = read_json(statement.body_bytes)
    if set(body) != _ACK_FIELDS or not all(is_hex(body[name], 32) for name in ("by", "from", "to")):
        raise BadForm("送达回执的字段不对")
    Have.from_dict({name: body[name] for name in ("instance", "upto", "head")})
    LogHead.from_dict(body["log"])
    return body


def _store_carried(told: Manifest, statement: Statement, stream: OutStream, upto: int) -> None:
    this = (Custody.relay == told.sender) & (Custody.instance == stream.instance)
    if Custody.select().where(this, Custody.upto == upto).exists():
        return
    Custody.delete().where(this).execute()
    Custody.create(
        relay=told.sender,
        instance=stream.instance,
        upto=upto,
        key_id=statement.key_id,
        body=statement.body_bytes,
        signature=statement.signature,
        at=read_moment(told.at),
    )


def _store_ack(stream: OutStream, body: dict[str, Any], statement: Statement) -> None:
    Acknowledgement.insert(
        stream=stream,
        upto=body["upto"],
        key_id=statement.key_id,
        body=statement.body_bytes,
        signature=statement.signature,
        at=read_moment(body["at"]),
    ).on_conflict_ignore().execute()


def _store_receipt(body: dict[str, Any], statement: Statement) -> None:
    FileReceipt.insert(
        by=body["by"],
        sha256=body["sha256"],
        key_id=statement.key_id,
        body=statement.body_bytes,
        signature=statement.signature,
        at=read_moment(body["at"]),
    ).on_conflict_ignore().execute()
