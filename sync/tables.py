"""The tables of the mail. They stand in the node's one database, beside whatever the node keeps.

What can be derived (queued, in flight, acknowledged) is not stored: it follows from letters,
acknowledgements and receipts. A foreign key has no index of its own where another index begins with it.
"""

from typing import Any

import peewee

from sync.moments import MomentField
from sync.relay_tables import RELAY_TABLES
from sync.rows import Row, current
from sync.tables_history import PeerEpoch, Recall
from sync.tables_kept import DayBytes, KeptTime, StickLoad


class OutStream(Row):
    """A stream of letters to one recipient. Numbers are never used twice; a fork opens a new stream.

    epoch: of the key in use. peer_has: up to where the recipient last said it holds the stream, and
    our hashes agreed. dictionary: id of the newest one the recipient holds as well, 0 for none.
    """

    id = peewee.AutoField()
    recipient = peewee.CharField(max_length=32, index=True)
    instance = peewee.CharField(max_length=16, unique=True)
    is_current = peewee.BooleanField(default=True)
    epoch = peewee.IntegerField(default=0)
    last_seq = peewee.BigIntegerField(default=0)
    last_hash = peewee.CharField(max_length=64)
    peer_has = peewee.BigIntegerField(default=0)
    dictionary = peewee.BigIntegerField(default=0)
    opened_at = MomentField()


class OutKey(Row):
    """The stream key of one epoch, and its wrapped form, which travels in the letter `first_seq`.

    sealed_for: SHA-256 of the recipient's sealing key it was wrapped to.
    """

    id = peewee.AutoField()
    stream = peewee.ForeignKeyField(OutStream, index=False)
    stream_id: int
    epoch = peewee.IntegerField()
    first_seq = peewee.BigIntegerField()
    key = peewee.BlobField()
    kem = peewee.CharField(max_length=32)
    enc = peewee.BlobField()
    sealed_for = peewee.CharField(max_length=64)

    class Meta:
        indexes = ((("stream", "epoch"), True),)


class OutLetter(Row):
    """One sealed and signed letter, as it travels.

    origin: hash of the envelope that first carried it. moved_to: the envelope that carries it now,
    after its stream was opened anew. lease_until: until then it counts as in flight.
    settled_at, erased_at: see `sync.retention`; of an erased one `sealed` is empty.
    """

    id = peewee.AutoField()
    stream = peewee.ForeignKeyField(OutStream, index=False)
    stream_id: int
    seq = peewee.BigIntegerField()
    hash = peewee.CharField(max_length=64, unique=True)
    origin = peewee.CharField(max_length=64, index=True)
    kind = peewee.CharField(max_length=64)
    subject = peewee.CharField(max_length=64, index=True)
    epoch = peewee.IntegerField()
    header = peewee.BlobField()
    signature = peewee.BlobField()
    sealed = peewee.BlobField()
    made_at = MomentField()
    handed_at = MomentField(null=True)
    lease_until = MomentField(null=True)
    moved_to = peewee.CharField(max_length=64, null=True)
    settled_at = MomentField(null=True, index=True)
    erased_at = MomentField(null=True)

    class Meta:
        indexes = ((("stream", "seq"), True),)


class LetterFile(Row):
    """A sealed file that a letter names."""

    id = peewee.AutoField()
    letter = peewee.ForeignKeyField(OutLetter, index=False)
    letter_id: int
    sha256 = peewee.CharField(max_length=64, index=True)
    size = peewee.BigIntegerField()

    class Meta:
        indexes = ((("letter", "sha256"), True),)


class Acknowledgement(Row):
    """A verified, signed word of the recipient: it holds the stream up to `upto`."""

    id = peewee.AutoField()
    stream = peewee.ForeignKeyField(OutStream, index=False)
    stream_id: int
    upto = peewee.BigIntegerField()
    key_id = peewee.CharField(max_length=16)
    body = peewee.BlobField()
    signature = peewee.BlobField()
    at = MomentField()

    class Meta:
        indexes = ((("stream", "upto"), True),)


class FileReceipt(Row):
    """A verified, signed word of `by` (this node or another): it holds the sealed file, whole."""

    id = peewee.AutoField()
    by = peewee.CharField(max_length=32)
    sha256 = peewee.CharField(max_length=64)
    key_id = peewee.CharField(max_length=16)
    body = peewee.BlobField()
    signature = peewee.BlobField()
    at = MomentField()

    class Meta:
        indexes = ((("by", "sha256"), True),)


class InStream(Row):
    """A stream of another node to this one, and the last acknowledgement we signed for it.

    peer_acked: the last number whose acknowledgement the sender says it has.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16)
    upto = peewee.BigIntegerField(default=0)
    head = peewee.CharField(max_length=64)
    peer_acked = peewee.BigIntegerField(default=0)
    ack_upto = peewee.BigIntegerField(default=0)
    ack_key_id = peewee.CharField(max_length=16, default="")
    ack_body = peewee.BlobField(default=b"")
    ack_signature = peewee.BlobField(default=b"")

    class Meta:
        indexes = ((("sender", "instance"), True),)


class InKey(Row):
    """The wrapped stream key of one epoch, as its first envelope brought it."""

    id = peewee.AutoField()
    stream = peewee.ForeignKeyField(InStream, index=False)
    stream_id: int
    epoch = peewee.IntegerField()
    kem = peewee.CharField(max_length=32)
    enc = peewee.BlobField()

    class Meta:
        indexes = ((("stream", "epoch"), True),)


class Arrival(Row):
    """One accepted envelope. Quarantined ones keep their reason and wait for a person.

    origin: hash of the envelope that first carried the letter; log_size, log_head: its place in our log.
    settled_at, erased_at: see `sync.retention`; of an erased one `sealed` is empty.
    """

    id = peewee.AutoField()
    stream = peewee.ForeignKeyField(InStream, index=False)
    stream_id: int
    seq = peewee.BigIntegerField()
    hash = peewee.CharField(max_length=64, unique=True)
    origin = peewee.CharField(max_length=64, index=True)
    kind = peewee.CharField(max_length=64)
    subject = peewee.CharField(max_length=64, index=True)
    header = peewee.BlobField()
    signature = peewee.BlobField()
    sealed = peewee.BlobField()
    state = peewee.CharField(max_length=12, index=True)
    reason = peewee.TextField(default="")
    path = peewee.CharField(max_length=8)
    received_at = MomentField()
    log_size = peewee.BigIntegerField(unique=True)
    log_head = peewee.CharField(max_length=64)
    settled_at = MomentField(null=True, index=True)
    erased_at = MomentField(null=True)

    class Meta:
        indexes = ((("stream", "seq"), True),)


class Aside(Row):
    """A verified envelope that is not in its stream: early (its predecessor is missing) or a fork.

    origin: as in Arrival. decision, reason, decided_at: what a person said of a fork, "" for not yet.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16)
    seq = peewee.BigIntegerField()
    hash = peewee.CharField(max_length=64, unique=True)
    origin = peewee.CharField(max_length=64, default="", index=True)
    why = peewee.CharField(max_length=8)
    decision = peewee.CharField(max_length=8, default="")
    reason = peewee.TextField(default="")
    decided_at = MomentField(null=True)
    header = peewee.BlobField()
    signature = peewee.BlobField()
    sealed = peewee.BlobField()
    received_at = MomentField()

    class Meta:
        indexes = ((("sender", "instance", "seq"), False),)


class HeldDictionary(Row):
    """A dictionary that letters may be written with. Never deleted: a letter kept may need it."""

    id = peewee.AutoField()
    number = peewee.BigIntegerField(unique=True)
    content = peewee.BlobField()
    held_at = MomentField()


class AgreedDictionary(Row):
    """The newest dictionary that another node said it holds and that we hold as well; for new streams."""

    peer = peewee.CharField(max_length=32, primary_key=True)
    number = peewee.BigIntegerField()


class LogTip(Row):
    """The one row that says how long our log is and what its head is.

    epoch: of this database, new with each restore, "" in its first life; epoch_at: when it was restored.
    """

    id = peewee.AutoField()
    size = peewee.BigIntegerField()
    head = peewee.CharField(max_length=64)
    epoch = peewee.CharField(max_length=16, default="")
    epoch_at = MomentField(null=True)


class Witness(Row):
    """The last log head another node told us."""

    peer = peewee.CharField(max_length=32, primary_key=True)
    size = peewee.BigIntegerField()
    head = peewee.CharField(max_length=64)


class LastAsk(Row):
    """What another node asked on its last stick, for the bundle that answers it."""

    peer = peewee.CharField(max_length=32, primary_key=True)
    body = peewee.BlobField()


class Meta:
    indexes = ((("peer", "name"), True),)


class SealedFile(Row):
    """A sealed file: our own (owner "") or one that an accepted envelope of `owner` names.

    held: bytes stored so far, from the start; parts may lie ahead of a gap. moved_at: when the last
    bytes came, while some are there and some are missing. joined: the tus Upload-Concat value of a
    file that was put together from partial uploads. name, media_type: of our own files only.
    is_carried: none of the letters that name it is for us; it goes on, and then away.
    erased_at: of one whose time was over; then nothing of it is here.
    """

    id = peewee.AutoField()
    owner = peewee.CharField(max_length=32)
    sha256 = peewee.CharField(max_length=64, index=True)
    size = peewee.BigIntegerField()
    held = peewee.BigIntegerField(default=0)
    is_whole = peewee.BooleanField(default=False)
    moved_at = MomentField(null=True, index=True)
    joined = peewee.TextField(default="")
    is_carried = peewee.BooleanField(default=False)
    name = peewee.CharField(max_length=255, default="")
    media_type = peewee.CharField(max_length=100, default="")
    erased_at = MomentField(null=True)

    class Meta:
        indexes = ((("owner", "sha256"), True), (("owner", "is_whole"), False))


class FileChunk(Row):
    """A part of a sealed file: its bytes from `start` up to, not including, `stop`."""

    id = peewee.AutoField()
    file = peewee.ForeignKeyField(SealedFile, index=False, on_delete="CASCADE")
    file_id: int
    start = peewee.BigIntegerField()
    stop = peewee.BigIntegerField()
    data = peewee.BlobField()

    class Meta:
        indexes = ((("file", "start"), True),)


class PartialUpload(Row):
    """A tus partial upload of `owner`: bytes that become part of a file when they are put together.

    id: 32 random hex characters. held: bytes stored so far. moved_at: when the last ones came.
    """

    id = peewee.CharField(max_length=32, primary_key=True)
    owner = peewee.CharField(max_length=32, index=True)
    size = peewee.BigIntegerField()
    held = peewee.BigIntegerField(default=0)
    moved_at = MomentField(index=True)


class PartialChunk(Row):
    """A part of a partial upload, as FileChunk."""

    id = peewee.AutoField()
    upload = peewee.ForeignKeyField(PartialUpload, index=False, on_delete="CASCADE")
    upload_id: str
    start = peewee.BigIntegerField()
    stop = peewee.BigIntegerField()
    data = peewee.BlobField()

    class Meta:
        indexes = ((("upload", "start"), True),)


class Incident(Row):
    """Something a person should look at: a fork, a restored backup. kind: see `sync.incidents`."""

    id = peewee.AutoField()
    kind = peewee.CharField(max_length=32)
    detail = peewee.CharField(max_length=255)
    at = MomentField()
    resolved_at = MomentField(null=True)


class Session(Row):
    """A short right to exchange. Of the token only the SHA-256 is kept; a nonce opens one session."""

    token_sha256 = peewee.CharField(max_length=64, primary_key=True)
    node_id = peewee.CharField(max_length=32, index=True)
    nonce = peewee.CharField(max_length=80, unique=True)
    expires_at = MomentField(index=True)


TABLES: tuple[type[Row], ...] = (
    OutStream,
    OutKey,
    OutLetter,
    LetterFile,
    Acknowledgement,
    FileReceipt,
    InStream,
    InKey,
    Arrival,
    Aside,
    HeldDictionary,
    AgreedDictionary,
    LogTip,
    PeerEpoch,
    Witness,
    LastAsk,
    StickLoad,
    SealedFile,
    FileChunk,
    KeptTime,
    DayBytes,
    Recall,
    PartialUpload,
    PartialChunk,
    Incident,
    Session,
    *RELAY_TABLES,
)


def locked(query: Any, of: type[Row] | None = None) -> Any:
    """`query`, with a lock on its rows until the transaction ends where the database knows such locks.

    of: in a join, the table whose rows are locked. SQLite has no such locks and needs none: its
    writers already follow one another.
    """
    return query.for_update(of=of) if getattr(current.obj, "for_update", False) else query
