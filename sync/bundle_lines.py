"""The lines of a bundle: JSON that anybody who has its key can read, and verify without opening a letter.

    {"cover": ...}     how much there is; the first line
    {"manifest": ...}  a statement; begins a parcel
    {"envelope": ...}  header as exact text, signature, and the length of its sealed payload
    {"ack": ...}, {"receipt": ...}  statements

The sealed payloads lie in a part of their own, in the order of the envelope lines.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from sync.canonical import canonical_json, read_json
from sync.codec import from_base64, is_hex
from sync.envelope import SEALED_FILE_BYTES_MAX, Envelope
from sync.errors import BadForm
from sync.keys import Statement
from sync.limits import PARCEL_BYTES_MAX
from sync.moments import read_moment
from sync.parcel import Parcel

FILES_MAX = 20_000
LINES_MAX = 200_000


@dataclass(frozen=True)
class SealedFileEntry:
    """One sealed file of the bundle: SHA-256 and size in bytes of the sealed form."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Cover:
    """What the bundle says of itself. at: UTC text; proof: what proves it to the sender."""

    sender: str
    recipient: str
    at: str
    proof: str
    parcels: int
    envelopes: int
    files: tuple[SealedFileEntry, ...]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the first line."""
        names = ("at", "proof", "parcels", "envelopes")
        fields = {name: getattr(self, name) for name in names}
        files = [{"sha256": entry.sha256, "size": entry.size} for entry in self.files]
        return fields | {"v": 1, "from": self.sender, "to": self.recipient, "files": files}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Raises BadForm."""
        names = {"v", "from", "to", "at", "proof", "parcels", "envelopes", "files"}
        if not isinstance(value, dict) or set(value) != names or value["v"] != 1:
            raise BadForm("U 盘包首行的字段或版本不对")
        if not is_hex(value["from"], 32) or not is_hex(value["to"], 32):
            raise BadForm("U 盘包首行的收发方不对")
        if not isinstance(value["files"], list) or len(value["files"]) > FILES_MAX:
            raise BadForm("U 盘包首行的附件清单不对")
        read_moment(value["at"])
        return cls(
            sender=value["from"],
            recipient=value["to"],
            at=value["at"],
            proof=str(value["proof"]),
            parcels=_count(value["parcels"], LINES_MAX),
            envelopes=_count(value["envelopes"], LINES_MAX),
            files=tuple(_read_file(entry) for entry in value["files"]),
        )


def write_lines(cover: Cover, parcels: list[Parcel]) -> bytes:
    """The lines of cover and parcels."""
    return canonical_json({"cover": cover.to_dict()}) + b"\n" + b"".join(map(parcel_lines, parcels))


def parcel_lines(parcel: Parcel) -> bytes:
    """The lines of one parcel."""
    lines: list[dict[str, Any]] = [{"manifest": parcel.manifest.to_dict()}]
    lines += [{"envelope": _write_envelope(envelope)} for envelope in parcel.envelopes]
    lines += [{"ack": ack.to_dict()} for ack in parcel.acks]
    lines += [{"receipt": receipt.to_dict()} for receipt in parcel.receipts]
    return b"".join(canonical_json(line) + b"\n" for line in lines)


def sealed_payloads(parcels: list[Parcel]) -> tuple[bytes, ...]:
    """The payloads that belong to `write_lines` of the same parcels."""
    return tuple(envelope.sealed for parcel in parcels for envelope in parcel.envelopes)


def read_cover(text: bytes) -> Cover:
    """The first line. Raises BadForm."""
    return Cover.from_dict(read_json(text.partition(b"\n")[0]).get("cover"))


def read_parcels(text: bytes, sealed_bytes: int, sealed_at: Callable[[int, int], bytes]) -> Iterator[Parcel]:
    """The parcels one by one, once every line and every length was found to fit.

    sealed_at(start, size) gives sealed payloads, all of them sealed_bytes long. Raises BadForm.
    """
    if not text.endswith(b"\n") or text.count(b"\n") > LINES_MAX:
        raise BadForm("U 盘包的信件清单残缺或太长")
    lines = [read_json(line) for line in text[:-1].split(b"\n")]
    cover, groups = read_cover(text), _group(lines[1:])
    sizes = [_sealed_size(line) for line in lines[1:] if "envelope" in line]
    if (len(groups), len(sizes), sum(sizes)) != (cover.parcels, cover.envelopes, sealed_bytes):
        raise BadForm("U 盘包首行写的数目与内容不符")
    return _parcels(groups, sealed_at)


def _group(lines: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The lines of each parcel; every one begins with a manifest."""
    groups: list[list[dict[str, Any]]] = []
    for line in lines:
        if len(line) != 1 or not set(line) <= {"manifest", "envelope", "ack", "receipt"}:
            raise BadForm("U 盘包里有不认识的行")
        if "manifest" in line:
            groups.append([])
        if not groups:
            raise BadForm("U 盘包的邮包应以一份清单开头")
        groups[-1].append(line)
    return groups


def _parcels(groups: list[list[dict[str, Any]]], sealed_at: Callable[[int, int], bytes]) -> Iterator[Parcel]:
    start = 0
    for group in groups:
        envelopes = []
        for fields in (line["envelope"] for line in group if "envelope" in line):
            envelopes.append(_read_envelope(fields, sealed_at(start, fields["sealed"])))
            start += fields["sealed"]
        statements = {
            name: tuple(Statement.from_dict(line[name]) for line in group if name in line)
            for name in ("manifest", "ack", "receipt")
        }
        [manifest] = statements["manifest"]
        yield Parcel(manifest, tuple(envelopes), statements["ack"], statements["receipt"])


def _write_envelope(envelope: Envelope) -> dict[str, Any]:
    signature = base64.b64encode(envelope.signature).decode()
    return {"header": envelope.header.decode(), "sig": signature, "sealed": len(envelope.sealed)}


def _sealed_size(line: dict[str, Any]) -> int:
    fields = line["envelope"]
    if not isinstance(fields, dict) or set(fields) != {"header", "sig", "sealed"}:
        raise BadForm("U 盘包里信封行的字段不对")
    return _count(fields["sealed"], PARCEL_BYTES_MAX)


def _read_envelope(fields: dict[str, Any], sealed: bytes) -> Envelope:
    header, signature = fields["header"], fields["sig"]
    if not isinstance(header, str) or not isinstance(signature, str):
        raise BadForm("U 盘包里信封行的字段应为文字")
    return Envelope(header.encode(), from_base64(signature), sealed)


def _read_file(value: Any) -> SealedFileEntry:
    if not isinstance(value, dict) or set(value) != {"sha256", "size"} or not is_hex(value["sha256"], 64):
        raise BadForm("U 盘包首行的附件清单不对")
    return SealedFileEntry(value["sha256"], _count(value["size"], SEALED_FILE_BYTES_MAX))


def _count(value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadForm("U 盘包里的数目不对")
    return value
