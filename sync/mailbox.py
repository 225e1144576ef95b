"""Who we are for the mail, and what we hand on to those who use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.clock import Clock, Proof, Stamp
from sync.envelope import Envelope
from sync.keys import NodeKeys
from sync.moments import read_moment


@dataclass(frozen=True)
class Arrived:
    """One verified and opened letter.

    files: as the header names them (sealed sizes and hashes); their
    keys are the payload's business. path: link, relay or usb. envelope_hash: of the envelope that
    first carried the letter, which is what its sender knows it by.
    """

    sender: str
    instance: str
    seq: int
    kind: str
    subject: str
    payload: dict[str, Any]
    files: list[dict[str, Any]]
    header: dict[str, Any]
    envelope_hash: str
    stamp_made: Stamp
    received_at: datetime
    path: str
    catalog_version: int

    @classmethod
    def of(
        cls, envelope: Envelope, payload: dict[str, Any], *, received_at: datetime, path: str
    ) -> "Arrived":
        """What came in a verified envelope. payload: as it was opened."""
        header = envelope.fields
        return cls(
            sender=header.sender,
            instance=header.instance,
            seq=header.seq,
            kind=header.kind,
            subject=header.subject,
            payload=payload,
            files=[entry.to_dict() for entry in header.files],
            header=header.to_dict(),
            envelope_hash=header.again or envelope.hash,
            stamp_made=Stamp(read_moment(header.made_at), Proof(header.proof)),
            received_at=received_at,
            path=path,
            catalog_version=header.catalog,
        )


Handler = Callable[[Arrived], None]
RETURNED = "returned:"  # before a kind: a handler of our own letters that came back; no kind begins so


@dataclass(frozen=True)
class Mailbox:
    """One node's mail. handlers: by the beginning of a kind, such as "case."; the longest one wins.

    latest: the versions that this node uses, by name, as each full manifest of ours says them.
    """

    keys: NodeKeys
    node_id: str
    clock: Clock
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    latest: Callable[[], Mapping[str, int]] = dict

    def handler_for_returned(self, kind: str) -> Handler | None:
        """Who takes up again our own letters of this kind that came back from their recipient, if anybody."""
        return self.handler_for(f"{RETURNED}{kind}")

    def handler_for(self, kind: str) -> Handler | None:
        """Who takes letters of this kind, if anybody."""
        fitting = [prefix for prefix in self.handlers if kind.startswith(prefix)]
        return self.handlers[max(fitting, key=len)] if fitting else None
