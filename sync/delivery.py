"""Opening a letter and handing it on, once, in the transaction that stores it."""

import peewee

from sync import homecoming, introductions, rotation
from sync.canonical import read_json
from sync.envelope import RETURNED_KIND, Envelope
from sync.errors import SyncError
from sync.inkeys import stream_key
from sync.mailbox import Arrived, Handler, Mailbox
from sync.rows import write
from sync.sealing import Address, open_payload
from sync.tables import InStream

REASON_CHARACTERS_MAX = 1000


class Delivery:
    """Delivers the letters of one parcel; stream keys are unwrapped once.

    touched: subjects about which a letter took effect.
    """

    def __init__(self, box: Mailbox, path: str) -> None:
        self._box = box
        self._path = path
        self._keys: dict[tuple[int, int], bytes] = {}
        self.touched: set[str] = set()

    def deliver(self, stream: InStream, envelope: Envelope) -> str:
        """Hand a letter on; returns "" or, in Chinese, why it has to wait for a person.

        A handler's failure, of whatever kind, concerns its letter alone, and what it wrote is undone.
        Only when the database itself fails is the whole transaction given up, to be tried again.
        """
        try:
            arrived = self._open(stream, envelope)
            return self._take_back(arrived) if arrived.kind == RETURNED_KIND else self._hand_on(arrived)
        except Exception as problem:
            if isinstance(problem, (peewee.OperationalError, peewee.InterfaceError, MemoryError)):
                raise
            return _reason(problem)

    def read(self, stream: InStream, envelope: Envelope) -> Arrived | None:
        """The letter as it would be handed on; None when it cannot be opened here."""
        try:
            return self._open(stream, envelope)
        except SyncError:
            return None

    def _hand_on(self, arrived: Arrived) -> str:
        handler = self._own_handler(arrived.kind) or self._box.handler_for(arrived.kind)
        if handler is None:
            return f"本机的版本还不会处理“{arrived.kind}”类信件。"
        with write():
            handler(arrived)
        self.touched.add(arrived.subject)
        return ""

    def _own_handler(self, kind: str) -> Handler | None:
        """The mail itself takes the words of others about their keys, and about nodes they vouch for."""
        if kind == rotation.KEYS:
            return lambda arrived: rotation.take_change(self._box, arrived)
        if kind == rotation.USED:
            return lambda arrived: rotation.take_used(self._box, arrived)
        return introductions.handler_for(self._box, kind)

    def _take_back(self, arrived: Arrived) -> str:
        """A letter of our own: kept first, whatever becomes of its content afterwards."""
        with write():
            back = homecoming.take(self._box, arrived)
        ours = back.opened()
        handler = None if ours is None else self._box.handler_for_returned(ours.kind)
        if ours is not None and handler is not None:
            with write():
                handler(ours)
            self.touched.add(ours.subject)
        return ""

    def _open(self, stream: InStream, envelope: Envelope) -> Arrived:
        """Raises CannotOpen, TooLarge, BadForm."""
        header = envelope.fields
        address = Address(header.sender, header.instance, header.recipient, header.seal.epoch)
        key = self._key(stream, address)
        plain = open_payload(key, address, header.seq, envelope.sealed, header.size)
        received_at = self._box.clock.now()
        return Arrived.of(envelope, read_json(plain), received_at=received_at, path=self._path)

    def _key(self, stream: InStream, address: Address) -> bytes:
        name = (stream.id, address.epoch)
        if name not in self._keys:
            self._keys[name] = stream_key(self._box, stream, address.epoch)
        return self._keys[name]


def _reason(problem: Exception) -> str:
    text = str(problem) if hasattr(problem, "next_step") else f"{type(problem).__name__}: {problem}"
    return text[:REASON_CHARACTERS_MAX]
