"""The tables of a relay: what it holds of the mail between nodes below it and halls above it.

Nothing of it is opened. A node that is no relay has these tables, empty. The last three are of those
who write by way of a relay.
"""

import peewee

from sync.moments import MomentField
from sync.rows import Row


class CarriedLetter(Row):
    """One verified envelope on its way from `sender` to `recipient`.

    size: bytes it takes. handed_at: when the recipient took a parcel with it, and did not refuse it.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    recipient = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16)
    seq = peewee.BigIntegerField()
    hash = peewee.CharField(max_length=64, unique=True)
    prev = peewee.CharField(max_length=64)
    header = peewee.BlobField()
    signature = peewee.BlobField()
    sealed = peewee.BlobField()
    size = peewee.BigIntegerField()
    received_at = MomentField()
    handed_at = MomentField(null=True)

    class Meta:
        indexes = ((("sender", "recipient", "instance", "seq"), False), (("recipient", "sender"), False))


class CarriedStream(Row):
    """Up to where we answer for a stream: we hold each envelope of it that its recipient does not.

    base: up to where the recipient holds it, as far as we know.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    recipient = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16)
    base = peewee.BigIntegerField()
    upto = peewee.BigIntegerField()
    head = peewee.CharField(max_length=64)

    class Meta:
        indexes = ((("sender", "recipient", "instance"), True),)


class CarriedWord(Row):
    """A verified acknowledgement or file receipt of `sender` on its way to `recipient`.

    kind: of the statement. name: the stream's instance, or the file's SHA-256. upto: of an acknowledgement.
    is_handed: whether it went along in a parcel to the recipient.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    recipient = peewee.CharField(max_length=32)
    kind = peewee.CharField(max_length=64)
    name = peewee.CharField(max_length=64)
    upto = peewee.BigIntegerField(default=0)
    key_id = peewee.CharField(max_length=16)
    body = peewee.BlobField()
    signature = peewee.BlobField()
    is_handed = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("sender", "recipient", "kind", "name"), True),)


class CarriedManifest(Row):
    """The latest manifest of `sender` for `recipient`. Of several, only the latest one matters.

    content: SHA-256 of what it says beside its time and nonce; passed_content: of the one handed on last.
    """

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    recipient = peewee.CharField(max_length=32)
    key_id = peewee.CharField(max_length=16)
    body = peewee.BlobField()
    signature = peewee.BlobField()
    nonce = peewee.CharField(max_length=32)
    content = peewee.CharField(max_length=64)
    received_at = MomentField()
    passed_content = peewee.CharField(max_length=64, default="")
    passed_at = MomentField(null=True)

    class Meta:
        indexes = ((("sender", "recipient"), True),)


class CarriedFile(Row):
    """A sealed file that a carried letter names; its bytes stand in SealedFile under its sender."""

    id = peewee.AutoField()
    sender = peewee.CharField(max_length=32)
    recipient = peewee.CharField(max_length=32)
    sha256 = peewee.CharField(max_length=64)
    size = peewee.BigIntegerField()
    letter = peewee.CharField(max_length=64)

    class Meta:
        indexes = ((("sender", "recipient", "sha256"), True),)


class Custody(Row):
    """The latest signed word of a relay that it holds a stream of ours up to `upto`. Not a delivery.

    instance: of the stream. body: the manifest in which the relay says so.
    """

    id = peewee.AutoField()
    relay = peewee.CharField(max_length=32)
    instance = peewee.CharField(max_length=16, index=True)
    upto = peewee.BigIntegerField()
    key_id = peewee.CharField(max_length=16)
    body = peewee.BlobField()
    signature = peewee.BlobField()
    at = MomentField()

    class Meta:
        indexes = ((("relay", "instance"), True),)


class RelayAsk(Row):
    """The nonce of our question to a hall behind a relay; one that is answered is used no more."""

    peer = peewee.CharField(max_length=32, primary_key=True)
    nonce = peewee.CharField(max_length=32)


class OwedReceipt(Row):
    """A file of `owner` became whole by a relay's hand: our receipt goes along with the next section."""

    id = peewee.AutoField()
    owner = peewee.CharField(max_length=32, index=True)
    sha256 = peewee.CharField(max_length=64)


RELAY_TABLES: tuple[type[Row], ...] = (
    CarriedLetter,
    CarriedStream,
    CarriedWord,
    CarriedManifest,
    CarriedFile,
    Custody,
    RelayAsk,
    OwedReceipt,
)
