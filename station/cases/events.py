"""One event of a case: written once by one node, signed by the mail that carries it, never changed.

On the wire an event is the payload of one envelope; the envelope's header holds its kind and the
case it is about. A kind this program does not know, or one written by a later version, is kept and
shown, but not understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from catalog_cache.errors import BadRecord
from catalog_cache.records import Record, many, one, whole, words
from station.cases import counter_events, hall_events
from station.cases.errors import OddEvent
from station.cases.parts import Actor, Body, FileRef
from station.cases.terms import HEX32, MOMENT, moment
from sync.canonical import canonical_json
from sync.clock import Proof, Stamp
from sync.errors import BadForm

VERSION = 1
EVENT_BYTES_MAX = 512 * 1024


def _kinds_of(module: Any) -> dict[str, type[Body]]:
    found = (value for value in vars(module).values() if isinstance(value, type))
    return {body.kind: body for body in found if issubclass(body, Body) and body is not Body}


KINDS: dict[str, type[Body]] = _kinds_of(counter_events) | _kinds_of(hall_events)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head(Record):
    """What every version of an event says beside its body."""

    title: ClassVar[str] = "办件记录"
    v: int = whole("版本", 1, 999)
    event: str = words("记录标识", 32, pattern=HEX32)
    at: str = moment("时间")
    proof: str = words("时钟核对", 5, pattern="hall|chain|none")
    by: Actor = one("经办人", Actor)
    files: tuple[FileRef, ...] = many("附件", FileRef, 100)


@dataclass(frozen=True)
class Event:
    """One event. body is None when this program does not understand it; `said` keeps its text then.

    at: when it happened, UTC, to the second. node_id: who wrote it, from the signed header.
    """

    event_id: str
    case_id: str
    kind: str
    at: datetime
    proof: Proof
    by: Actor
    body: Body | None
    said: Mapping[str, Any]
    node_id: str = ""
    files: tuple[FileRef, ...] = ()
    version: int = VERSION

    @property
    def stamp(self) -> Stamp:
        """When, and what proves it."""
        return Stamp(self.at, self.proof)

    def as_payload(self) -> dict[str, Any]:
        """What travels sealed in an envelope."""
        return {
            "v": self.version,
            "event": self.event_id,
            "at": self.at.strftime(MOMENT),
            "proof": self.proof.value,
            "by": self.by.to_dict(),
            "body": self.body.to_dict() if self.body is not None else dict(self.said),
            "files": [ref.to_dict() for ref in self.files],
        }


def new_event(event_id: str, case_id: str, stamp: Stamp, by: Actor, body: Body) -> Event:
    """An event that happens now. Its body was built from checked values; it is read back to be sure."""
    said = body.to_dict()
    sound = _read_body(type(body), said)
    return Event(event_id, case_id, sound.kind, _to_second(stamp.at), stamp.proof, by, sound, said)


def read_event(kind: str, case_id: str, payload: Mapping[str, Any], node_id: str = "") -> Event:
    """An event from a payload as it was carried or stored. Raises OddEvent; nothing is guessed."""
    said = payload.get("body")
    if not isinstance(said, dict):
        raise OddEvent(kind, "缺少内容。")
    _check_size(kind, payload)
    head = _read_head(kind, payload)
    cls = KINDS.get(kind)
    body = None if cls is None or head.v > VERSION else _read_body(cls, said)
    return Event(
        head.event,
        case_id,
        kind,
        datetime.strptime(head.at, MOMENT).replace(tzinfo=UTC),
        Proof(head.proof),
        head.by,
        body,
        said,
        node_id,
        head.files,
        head.v,
    )


def _read_head(kind: str, payload: Mapping[str, Any]) -> _Head:
    known = {name: payload[name] for name in ("v", "event", "at", "proof", "by", "files") if name in payload}
    try:
        return _Head.from_dict(known)
    except BadRecord as error:
        raise OddEvent(kind, error.why) from error


def _read_body(cls: type[Body], said: Mapping[str, Any]) -> Body:
    try:
        return cls.from_dict(said)
    except BadRecord as error:
        raise OddEvent(cls.kind, error.why) from error


def _check_size(kind: str, payload: Mapping[str, Any]) -> None:
    try:
        size = len(canonical_json(payload))
    except BadForm as error:
        raise OddEvent(kind, error.why) from error
    if size > EVENT_BYTES_MAX:
        raise OddEvent(kind, f"内容有 {size} 字节，最多 {EVENT_BYTES_MAX} 字节。")


def _to_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
