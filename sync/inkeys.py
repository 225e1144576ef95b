"""Stream keys that came with letters: kept as they were wrapped, unwrapped when a letter is opened."""

from typing import Any

from sync.envelope import Header
from sync.errors import CannotOpen
from sync.mailbox import Mailbox
from sync.sealing import Address, unwrap_key
from sync.statements import prepared
from sync.tables import InKey, InStream


def keep_key(stream: InStream, header: Header) -> None:
    """The first envelope of an epoch brings its wrapped key; the first one to bring it counts."""
    if header.seal.kem is not None:
        facts = {"stream": stream, "epoch": header.seal.epoch, "kem": header.seal.kem, "enc": header.seal.enc}
        InKey.insert(facts).on_conflict_ignore().execute()


@prepared
def _key(stream: Any, epoch: Any) -> Any:
    return InKey.select().where(InKey.stream == stream, InKey.epoch == epoch)


def stream_key(box: Mailbox, stream: InStream, epoch: int) -> bytes:
    """The key of one epoch of a stream to us, 32 bytes. Raises CannotOpen."""
    held = _key.first(stream, epoch)
    if held is None:
        raise CannotOpen("信封里的内容")
    address = Address(stream.sender, stream.instance, box.node_id, epoch)
    return unwrap_key(box.keys, held.kem, bytes(held.enc), address)
