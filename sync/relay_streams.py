"""The streams that a relay holds letters of: how far each goes without a gap, and where it begins.

What a recipient says it holds moves the beginning; letters that come in move the end, along the chain.
"""

from typing import Any

from sync.envelope import Header
from sync.errors import NoRoom
from sync.limits import STREAMS_PER_SENDER_MAX
from sync.manifest import Have
from sync.relay_tables import CarriedLetter, CarriedStream
from sync.statements import prepared


def rebase(stream: CarriedStream, have: Have) -> None:
    """The recipient holds a stream that far. Where that is another chain than ours, only what it was
    handed goes: it keeps both versions for a person.
    """
    at, after = _letter_at(stream, have.upto), _letter_at(stream, have.upto + 1)
    differs = (at is not None and at.hash != have.head) or (after is not None and after.prev != have.head)
    arrived = _letters_of(stream) & (CarriedLetter.seq <= have.upto)
    if differs:
        arrived &= CarriedLetter.handed_at.is_null(False)
    CarriedLetter.delete().where(arrived).execute()
    is_lost = have.upto < stream.upto and after is None  # the recipient was set back; we have let go of these
    if have.upto > stream.upto or is_lost:
        stream.upto, stream.head = have.upto, have.head
    stream.base = have.upto
    advance(stream, 0)


def advance(stream: CarriedStream, acked: int) -> None:
    """Follow the chain through the letters we hold, and store how far it goes.

    acked: what the sender says its recipient has signed for; a gap below that needs no filling.
    """
    for letter in _letters_beyond.rows(stream.sender, stream.recipient, stream.instance, stream.upto):
        if letter.seq == acked + 1 and letter.seq > stream.upto + 1:
            stream.base, stream.upto, stream.head = acked, acked, letter.prev
        if letter.seq > stream.upto + 1:
            break
        if letter.seq == stream.upto + 1 and letter.prev == stream.head:
            stream.upto, stream.head = letter.seq, letter.hash
    _reach.change(stream.base, stream.upto, stream.head, stream.id)


def new_stream(header: Header) -> CarriedStream:
    """A stream we meet for the first time: its sender begins after what the recipient told it to have.

    Raises NoRoom for a sender with too many streams whose letters are still here.
    """
    theirs = (CarriedStream.sender == header.sender) & (CarriedStream.recipient == header.recipient)
    if CarriedStream.select().where(theirs).count() >= STREAMS_PER_SENDER_MAX:
        done = CarriedStream.select(CarriedStream.id).where(theirs, CarriedStream.base >= CarriedStream.upto)
        oldest = done.order_by(CarriedStream.id).first()
        if oldest is None:
            raise NoRoom("该站点开过的信件流太多，请管理员核对")
        oldest.delete_instance()
    before = header.seq - 1
    facts = {"sender": header.sender, "recipient": header.recipient, "instance": header.instance}
    return CarriedStream.create(**facts, base=before, upto=before, head=header.prev)


def stream_of(sender: str, recipient: str, instance: str) -> CarriedStream | None:
    between = (one for one in streams_between.rows(sender, recipient) if one.instance == instance)
    return next(between, None)


def _letters_of(stream: CarriedStream) -> Any:
    between = (CarriedLetter.sender == stream.sender) & (CarriedLetter.recipient == stream.recipient)
    return between & (CarriedLetter.instance == stream.instance)


def _letter_at(stream: CarriedStream, seq: int) -> CarriedLetter | None:
    found: CarriedLetter | None = _letters_numbered.first(
        stream.sender, stream.recipient, stream.instance, seq
    )
    return found


@prepared
def _letters_beyond(sender: Any, recipient: Any, instance: Any, seq: Any) -> Any:
    of_stream = (CarriedLetter.sender == sender) & (CarriedLetter.recipient == recipient)
    facts = (CarriedLetter.seq, CarriedLetter.hash, CarriedLetter.prev)
    beyond = of_stream & (CarriedLetter.instance == instance) & (CarriedLetter.seq > seq)
    return CarriedLetter.select(*facts).where(beyond).order_by(CarriedLetter.seq, CarriedLetter.id)


@prepared
def _letters_numbered(sender: Any, recipient: Any, instance: Any, seq: Any) -> Any:
    of_stream = (CarriedLetter.sender == sender) & (CarriedLetter.recipient == recipient)
    this = of_stream & (CarriedLetter.instance == instance) & (CarriedLetter.seq == seq)
    return CarriedLetter.select().where(this).order_by(CarriedLetter.id)


@prepared
def streams_between(sender: Any, recipient: Any) -> Any:
    """The query of the streams from one node to another that pass here."""
    return CarriedStream.select().where(CarriedStream.sender == sender, CarriedStream.recipient == recipient)


@prepared
def _reach(base: Any, upto: Any, head: Any, number: Any) -> Any:
    return CarriedStream.update(base=base, upto=upto, head=head).where(CarriedStream.id == number)
