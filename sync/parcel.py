"""A run of mail as it travels, by link or stick: one zstd frame that holds length-prefixed frames.

    M  statement   the manifest; exactly one, and first
    S  JSON        the constants of a stream for the E frames that follow it
    E  envelope    length of J (2 bytes) | J: the header fields that vary | signature (64) |
                   SHA-256 of the plain payload (32) | sealed payload
    A  statement   an acknowledgement
    R  statement   a file receipt

A statement frame is key id (8 bytes) | signature (64) | canonical JSON. What S, the place in the
run and the bytes themselves give (number, previous hash, hash of the sealed bytes) is not sent;
the receiver puts the header together again, and the signature tells whether it is the same.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from sync.canonical import canonical_json
from sync.codec import LEVEL_WIRE, compress, decompress, is_hex, read_frames, write_frame
from sync.envelope import SUITE, Envelope
from sync.errors import BadForm, TooLarge
from sync.keys import Statement
from sync.limits import HEADER_BYTES_MAX, PARCEL_BYTES_MAX, STATEMENT_FRAME_BYTES_MAX
from sync.manifest import MANIFEST_KIND

ACK_KIND = "application/vnd.yimen.ack+json"
RECEIPT_KIND = "application/vnd.yimen.file-receipt+json"
_STATEMENT_KINDS = {b"M": MANIFEST_KIND, b"A": ACK_KIND, b"R": RECEIPT_KIND}
_CONSTANT = ("from", "instance", "to", "suite", "key")
_DERIVED = ("v", *_CONSTANT, "seq", "prev", "sha256", "seal")
_DEFAULTS: dict[str, Any] = {"files": [], "subject": "", "catalog": 0}


@dataclass(frozen=True)
class Parcel:
    """What one frame sequence holds. Nothing of it is verified: that is `exchange.take`'s work."""

    manifest: Statement
    envelopes: tuple[Envelope, ...] = ()
    acks: tuple[Statement, ...] = ()
    receipts: tuple[Statement, ...] = ()

    def to_bytes(self) -> bytes:
        """The parcel as it travels. Envelopes of one stream should stand together, in order."""
        frames = [_write_statement(b"M", self.manifest)]
        frames += _write_run(self.envelopes)
        frames += [_write_statement(b"A", ack) for ack in self.acks]
        frames += [_write_statement(b"R", receipt) for receipt in self.receipts]
        return compress(b"".join(frames), LEVEL_WIRE)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a parcel. Raises BadForm, TooLarge; of a damaged parcel nothing is read."""
        if len(data) > PARCEL_BYTES_MAX:
            raise TooLarge("邮包", len(data), PARCEL_BYTES_MAX)
        frames = list(read_frames(decompress(data, PARCEL_BYTES_MAX, "邮包")))
        if not frames or [kind for kind, _ in frames].count(b"M") != 1 or frames[0][0] != b"M":
            raise BadForm("邮包应以一份清单开头")
        if {kind for kind, _ in frames} - set(b"M S E A R".split()):
            raise BadForm("邮包里有不认识的帧")
        return cls(
            _read_statement(b"M", frames[0][1]),
            tuple(_read_runs(frames)),
            tuple(_read_statement(kind, body) for kind, body in frames if kind == b"A"),
            tuple(_read_statement(kind, body) for kind, body in frames if kind == b"R"),
        )


def _write_statement(kind: bytes, statement: Statement) -> bytes:
    body = bytes.fromhex(statement.key_id) + statement.signature + statement.body_bytes
    return write_frame(kind, body)


def _read_statement(kind: bytes, body: bytes) -> Statement:
    if len(body) > STATEMENT_FRAME_BYTES_MAX:
        raise TooLarge("邮包里的签名文件", len(body), STATEMENT_FRAME_BYTES_MAX)
    if len(body) < 72:
        raise BadForm("邮包里的签名文件太短")
    return Statement(_STATEMENT_KINDS[kind], body[72:], body[:8].hex(), body[8:72])


def _write_run(envelopes: tuple[Envelope, ...]) -> Iterator[bytes]:
    expected: tuple[Any, ...] = ()
    for envelope in envelopes:
        header = envelope.fields.to_dict()
        constants = {name: header[name] for name in _CONSTANT}
        if expected != (constants, header["seq"], header["prev"]):
            place = {"seq": header["seq"], "prev": header["prev"]}
            yield write_frame(b"S", canonical_json(constants | place))
        yield write_frame(b"E", _write_envelope(envelope, header))
        expected = (constants, header["seq"] + 1, envelope.hash)


def _write_envelope(envelope: Envelope, header: dict[str, Any]) -> bytes:
    varying = {name: value for name, value in header.items() if name not in _DERIVED}
    varying = {name: value for name, value in varying.items() if value != _DEFAULTS.get(name)}
    varying |= {name: value for name, value in header["seal"].items() if name != "sha256"}
    text = canonical_json(varying)
    digest = bytes.fromhex(header["sha256"])
    return len(text).to_bytes(2) + text + envelope.signature + digest + envelope.sealed


def _read_runs(frames: list[tuple[bytes, bytes]]) -> Iterator[Envelope]:
    """Every envelope, put together again; each S frame starts a run."""
    start: dict[str, Any] | None = None
    for kind, body in frames:
        if kind == b"S":
            start = _read_start(body)
        elif kind == b"E":
            if start is None:
                raise BadForm("邮包里的信封前面没有流的说明")
            envelope = _read_envelope(body, start)
            start = start | {"seq": start["seq"] + 1, "prev": envelope.hash}
            yield envelope


def _read_start(body: bytes) -> dict[str, Any]:
    start = _json_object(body)
    if set(start) != {*_CONSTANT, "seq", "prev"} or start["suite"] != SUITE:
        raise BadForm("邮包里流的说明字段不对")
    if not isinstance(start["seq"], int) or not is_hex(start["prev"], 64):
        raise BadForm("邮包里流的位置不对")
    return start


def _read_envelope(body: bytes, start: dict[str, Any]) -> Envelope:
    length = int.from_bytes(body[:2])
    rest = body[2 + length :]
    if len(rest) < 96 or length > HEADER_BYTES_MAX:
        raise BadForm("邮包里的信封太短或太长")
    varying = _DEFAULTS | _json_object(body[2 : 2 + length])
    seal: dict[str, Any] = {name: varying.pop(name) for name in ("epoch", "kem", "enc") if name in varying}
    seal["sha256"] = hashlib.sha256(rest[96:]).hexdigest()
    header = varying | start | {"v": 1, "sha256": rest[64:96].hex(), "seal": seal}
    return Envelope(canonical_json(header), rest[:64], rest[96:])


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadForm("邮包里有无效的 JSON") from error
    if not isinstance(value, dict):
        raise BadForm("邮包里的 JSON 应为对象")
    return value
