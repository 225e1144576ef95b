"""What a node says about itself at the head of a parcel; signed, so that it holds on a stick as well.

The caller asks, the called answers; a bundle asks too. An asker shows the witness (the last head
of the other's log that it was told); an answerer says whether its log still contains it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from sync.codec import is_hex
from sync.envelope import FIRST_PREV
from sync.errors import BadForm
from sync.limits import (
    AWAITED_MAX,
    DICTIONARIES_STATED_MAX,
    LATER_SPANS_STATED_MAX,
    RECALLS_STATED_MAX,
    REFUSALS_STATED_MAX,
    STREAMS_STATED_MAX,
    WANTS_MAX,
)
from sync.moments import read_moment
from sync.spans import Span

MANIFEST_KIND = "application/vnd.yimen.parcel+json"
COUNT_MAX = 2**53 - 1
Part = TypeVar("Part")


@dataclass(frozen=True)
class LogHead:
    """How many envelopes a node has ever accepted, and the hash over all of them in order."""

    size: int
    head: str

    def to_dict(self) -> dict[str, Any]:
        """As it stands in manifests and acknowledgements."""
        return {"size": self.size, "head": self.head}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "size", "head")
        return cls(_count(fields["size"]), _hex64(fields["head"]))


EMPTY_LOG = LogHead(0, FIRST_PREV)


@dataclass(frozen=True)
class Have:
    """How far the speaker holds a stream of the other: every envelope up to `upto`, whose hash is `head`."""

    instance: str
    upto: int
    head: str

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"instance": self.instance, "upto": self.upto, "head": self.head}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "instance", "upto", "head")
        return cls(_instance(fields["instance"]), _count(fields["upto"]), _hex64(fields["head"]))


@dataclass(frozen=True)
class Mine:
    """A stream of the speaker to the other: its last number, and the last one acknowledged to the speaker."""

    instance: str
    last: int
    acked: int

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"instance": self.instance, "last": self.last, "acked": self.acked}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "instance", "last", "acked")
        return cls(_instance(fields["instance"]), _count(fields["last"]), _count(fields["acked"]))


@dataclass(frozen=True)
class RecallEntry:
    """A stream of the speaker of which it lacks its own letters after `after`: the other gives them back."""

    instance: str
    after: int

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"instance": self.instance, "after": self.after}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "instance", "after")
        return cls(_instance(fields["instance"]), _count(fields["after"]))


@dataclass(frozen=True)
class Want:
    """A sealed file the speaker still lacks, and how many bytes from its start it already holds.

    later: ranges (start, stop) it holds behind a gap, in order; not always all of them.
    """

    sha256: str
    held: int
    later: tuple[Span, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        fields = {"sha256": self.sha256, "held": self.held}
        return fields | ({"later": [list(span) for span in self.later]} if self.later else {})

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        has_later = isinstance(value, dict) and "later" in value
        fields = _object(value, "sha256", "held", *(["later"] if has_later else []))
        later = _list(fields.get("later", []), _span, LATER_SPANS_STATED_MAX)
        return cls(_hex64(fields["sha256"]), _count(fields["held"]), later)


@dataclass(frozen=True)
class Carried:
    """A relay's word of custody: of the listener's stream to `recipient` it holds, or knows that the
    recipient holds, every envelope up to `upto`, whose hash is `head`.
    """

    recipient: str
    instance: str
    upto: int
    head: str

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"to": self.recipient, "instance": self.instance, "upto": self.upto, "head": self.head}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "to", "instance", "upto", "head")
        recipient, instance = _node(fields["to"]), _instance(fields["instance"])
        return cls(recipient, instance, _count(fields["upto"]), _hex64(fields["head"]))


@dataclass(frozen=True)
class Refusal:
    """An envelope or statement that was not taken, and why, in Chinese."""

    name: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a manifest."""
        return {"name": self.name, "why": self.why}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        fields = _object(value, "name", "why")
        return cls(_text(fields["name"]), _text(fields["why"]))


@dataclass(frozen=True)
class Manifest:
    """The head of a parcel.

    at: UTC text; in an answer that repeats our nonce it is attested time.
    epoch: of the speaker's database, "" in its first life.
    have: the speaker's whole list when shorter than STREAMS_STATED_MAX.
    contains: whether the speaker's log holds the asker's witness; None when none was shown.
    recall: own streams of which the speaker lost letters that the other has.
    wants: files of the other that the speaker lacks. awaits: its own files whose receipts it lacks.
    latest: versions the speaker uses, by name; a parent has them on offer.
    retry_after: seconds. more: another parcel is ready.
    brief: one of several parcels under way; an asker says nothing of itself but its letters, and is
    answered by `have` and acknowledgements alone. dictionaries: the newest it holds, latest first.
    """

    sender: str
    recipient: str
    at: str
    nonce: str = ""
    epoch: str = ""
    witness: LogHead | None = None
    log: LogHead | None = None
    contains: bool | None = None
    have: tuple[Have, ...] = ()
    mine: tuple[Mine, ...] = ()
    recall: tuple[RecallEntry, ...] = ()
    wants: tuple[Want, ...] = ()
    awaits: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    latest: dict[str, int] = field(default_factory=dict)
    retry_after: int = 0
    more: bool = False
    brief: bool = False
    dictionaries: tuple[int, ...] = ()
    carried: tuple[Carried, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON that is signed; what is empty is left out."""
        fields: dict[str, Any] = {"v": 1, "from": self.sender, "to": self.recipient, "at": self.at}
        optional: dict[str, Any] = {
            "nonce": self.nonce,
            "epoch": self.epoch,
            "witness": self.witness and self.witness.to_dict(),
            "log": self.log and self.log.to_dict(),
            "have": [entry.to_dict() for entry in self.have],
            "mine": [entry.to_dict() for entry in self.mine],
            "recall": [entry.to_dict() for entry in self.recall],
            "wants": [entry.to_dict() for entry in self.wants],
            "awaits": list(self.awaits),
            "refused": [entry.to_dict() for entry in self.refused],
            "latest": self.latest,
            "retry_after": self.retry_after,
            "more": self.more,
            "brief": self.brief,
            "dictionaries": list(self.dictionaries),
            "carried": [entry.to_dict() for entry in self.carried],
        }
        fields |= {name: value for name, value in optional.items() if value}
        return fields if self.contains is None else fields | {"contains": self.contains}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        """Read and check every field. Raises BadForm."""
        if value.get("v") != 1 or not is_hex(value.get("from"), 32) or not is_hex(value.get("to"), 32):
            raise BadForm("邮包清单的版本或收发方不对")
        read_moment(value.get("at"))
        return cls(
            sender=value["from"],
            recipient=value["to"],
            at=value["at"],
            nonce=_nonce(value.get("nonce", "")),
            epoch=_epoch(value.get("epoch", "")),
            witness=_optional(value.get("witness"), LogHead.from_dict),
            log=_optional(value.get("log"), LogHead.from_dict),
            contains=_optional(value.get("contains"), _flag),
            have=_list(value.get("have", []), Have.from_dict, STREAMS_STATED_MAX),
            mine=_list(value.get("mine", []), Mine.from_dict, STREAMS_STATED_MAX),
            recall=_list(value.get("recall", []), RecallEntry.from_dict, RECALLS_STATED_MAX),
            wants=_list(value.get("wants", []), Want.from_dict, WANTS_MAX),
            awaits=_list(value.get("awaits", []), _hex64, AWAITED_MAX),
            refused=_list(value.get("refused", []), Refusal.from_dict, REFUSALS_STATED_MAX),
            latest=_latest(value.get("latest", {})),
            retry_after=_count(value.get("retry_after", 0)),
            more=_flag(value.get("more", False)),
            brief=_flag(value.get("brief", False)),
            dictionaries=_list(value.get("dictionaries", []), _count, DICTIONARIES_STATED_MAX),
            carried=_list(value.get("carried", []), Carried.from_dict, STREAMS_STATED_MAX),
        )


def _object(value: Any, *names: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise BadForm(f"邮包清单里应有 {'、'.join(names)}")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= COUNT_MAX:
        raise BadForm("邮包清单里的数目不对")
    return value


def _span(value: Any) -> Span:
    if not isinstance(value, list) or len(value) != 2 or not _count(value[0]) < _count(value[1]):
        raise BadForm("邮包清单里的范围不对")
    return value[0], value[1]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadForm("邮包清单里的是非项不对")
    return value


def _hex64(value: Any) -> str:
    if not is_hex(value, 64):
        raise BadForm("邮包清单里的哈希不对")
    return str(value)


def _instance(value: Any) -> str:
    if not is_hex(value, 16):
        raise BadForm("邮包清单里的实例号不对")
    return str(value)


def _node(value: Any) -> str:
    if not is_hex(value, 32):
        raise BadForm("邮包清单里的机器编号不对")
    return str(value)


def _nonce(value: Any) -> str:
    if value != "" and not is_hex(value, 32):
        raise BadForm("邮包清单里的随机数不对")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 400:
        raise BadForm("邮包清单里的文字不对")
    return value


def _optional(value: Any, read: Callable[[Any], Part]) -> Part | None:
    return None if value is None else read(value)


def _epoch(value: Any) -> str:
    return str(value) if value == "" else _instance(value)


def _list(value: Any, read: Callable[[Any], Part], most: int) -> tuple[Part, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise BadForm("邮包清单里的列表不对或太长")
    return tuple(read(entry) for entry in value)


def _latest(value: Any) -> dict[str, int]:
    if not isinstance(value, dict) or len(value) > 16:
        raise BadForm("邮包清单里的版本表不对")
    return {_text(name): _count(version) for name, version in value.items()}
