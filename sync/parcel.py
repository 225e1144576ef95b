"""A run of mail as it travels, by link or stick: text that compresses, then bytes that do not.

    length of T (4 bytes) | T: one zstd frame of text lines | binary pieces of those lines, in order

    line                             binary piece
    M{the signed manifest}           key id (8) | signature (64); the first line, and of each section
    S{constants of a stream}         none; the E lines after it belong to that stream
    E{header fields that vary}       signature (64) | sealed payload
    A{a signed acknowledgement}      key id (8) | signature (64)
    R{a signed file receipt}         key id (8) | signature (64)

Each line is one letter, canonical JSON, and a line feed. An E line gives the length of its sealed
payload as "sealed". What S, the place in the run and the bytes themselves give (number, previous
hash, hash of the sealed bytes) is not sent; the receiver puts the header together again, and the
signature tells whether it is the same.

The first M line is that of the node that speaks. Each further one begins a section: a parcel by another
node, to another node, that the speaker carries.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from sync.canonical import canonical_json
from sync.codec import LEVEL_WIRE, Dictionary, compress, decompress, is_hex
from sync.envelope import SUITE, Envelope
from sync.errors import BadForm, TooLarge
from sync.keys import Statement
from sync.limits import (
    LETTERS_PER_PARCEL_MAX,
    PARCEL_BYTES_MAX,
    SECTIONS_PER_PARCEL_MAX,
    WORDS_PER_PARCEL_MAX,
)
from sync.manifest import MANIFEST_KIND
from sync.parcel_words import PARCEL_WORDS

ACK_KIND = "application/vnd.yimen.ack+json"
RECEIPT_KIND = "application/vnd.yimen.file-receipt+json"
_STATEMENT_KINDS = {"M": MANIFEST_KIND, "A": ACK_KIND, "R": RECEIPT_KIND}
LINES_MAX = 1 + 2 * LETTERS_PER_PARCEL_MAX + WORDS_PER_PARCEL_MAX
_LENGTH_BYTES = 4
_WORDS = Dictionary(0, PARCEL_WORDS)
_CONSTANT = ("from", "instance", "to", "suite", "key")
_DERIVED = ("v", *_CONSTANT, "seq", "prev", "seal")
_DEFAULTS: dict[str, Any] = {"files": [], "subject": "", "catalog": 0}
Line = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Parcel:
    """What one parcel holds. Nothing of it is verified: that is `exchange.take`'s work.

    carried: the sections of others, each a parcel that carries nothing itself.
    """

    manifest: Statement
    envelopes: tuple[Envelope, ...] = ()
    acks: tuple[Statement, ...] = ()
    receipts: tuple[Statement, ...] = ()
    carried: tuple["Parcel", ...] = ()

    def to_bytes(self) -> bytes:
        """The parcel as it travels. Envelopes of one stream should stand together, in order."""
        pairs = [pair for section in (self, *self.carried) for pair in _write_section(section)]
        text = compress(b"".join(line for line, _ in pairs), LEVEL_WIRE, _WORDS)
        return len(text).to_bytes(_LENGTH_BYTES) + text + b"".join(piece for _, piece in pairs)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read a parcel. Raises BadForm, TooLarge; of a damaged parcel nothing is read."""
        if len(data) > PARCEL_BYTES_MAX:
            raise TooLarge("邮包", len(data), PARCEL_BYTES_MAX)
        start = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES])
        text = decompress(data[_LENGTH_BYTES:start], PARCEL_BYTES_MAX, "邮包", _WORDS)
        lines, pieces = list(_read_lines(text)), _Pieces(data, start)
        _check_order(lines)
        own, *others = [cls._read_section(part, pieces.next) for part in _sections(lines)]
        pieces.end()
        return replace(own, carried=tuple(others))

    @classmethod
    def _read_section(cls, lines: list[Line], piece: Callable[[int], bytes]) -> Self:
        manifest = _read_statement(lines[0], piece)
        envelopes = tuple(_read_runs([line for line in lines if line[0] in "SE"], piece))
        words = [_read_statement(line, piece) for line in lines if line[0] in "AR"]
        acks = tuple(word for word in words if word.kind == ACK_KIND)
        return cls(manifest, envelopes, acks, tuple(word for word in words if word.kind == RECEIPT_KIND))


class _Pieces:
    """The binary part, taken piece by piece."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data, self._at = data, start

    def next(self, size_bytes: int) -> bytes:
        """The next piece. Raises BadForm where the parcel ends inside it."""
        stop = self._at + size_bytes
        if stop > len(self._data):
            raise BadForm("邮包在中间断了")
        piece, self._at = self._data[self._at : stop], stop
        return piece

    def end(self) -> None:
        """Raises BadForm when something is left."""
        if self._at != len(self._data):
            raise BadForm("邮包末尾有多余的内容")


def _write_section(parcel: Parcel) -> Iterator[tuple[bytes, bytes]]:
    """Lines and pieces of one speaker."""
    yield _write_statement("M", parcel.manifest)
    yield from _write_run(parcel.envelopes)
    yield from (_write_statement("A", ack) for ack in parcel.acks)
    yield from (_write_statement("R", receipt) for receipt in parcel.receipts)


def _write_statement(kind: str, statement: Statement) -> tuple[bytes, bytes]:
    line = kind.encode() + statement.body_bytes + b"\n"
    return line, bytes.fromhex(statement.key_id) + statement.signature


def _read_statement(line: Line, piece: Callable[[int], bytes]) -> Statement:
    key_id, signature = piece(8).hex(), piece(64)
    return Statement(_STATEMENT_KINDS[line[0]], canonical_json(line[1]), key_id, signature)


def _write_run(envelopes: tuple[Envelope, ...]) -> Iterator[tuple[bytes, bytes]]:
    expected: tuple[Any, ...] = ()
    for envelope in envelopes:
        header = envelope.fields.to_dict()
        constants = {name: header[name] for name in _CONSTANT}
        if expected != (constants, header["seq"], header["prev"]):
            place = {"seq": header["seq"], "prev": header["prev"]}
            yield b"S" + canonical_json(constants | place) + b"\n", b""
        yield _write_envelope(envelope, header)
        expected = (constants, header["seq"] + 1, envelope.hash)


def _write_envelope(envelope: Envelope, header: dict[str, Any]) -> tuple[bytes, bytes]:
    varying = {name: value for name, value in header.items() if name not in _DERIVED}
    varying = {name: value for name, value in varying.items() if value != _DEFAULTS.get(name)}
    varying |= {name: value for name, value in header["seal"].items() if name != "sha256"}
    varying["sealed"] = len(envelope.sealed)
    piece = envelope.signature + envelope.sealed
    return b"E" + canonical_json(varying) + b"\n", piece


def _read_lines(text: bytes) -> Iterator[Line]:
    """Kind and JSON object of each line. Raises BadForm."""
    if not text.endswith(b"\n"):
        raise BadForm("邮包的文字部分断了")
    if text.count(b"\n") > LINES_MAX:  # before a line is read: each becomes an object many times its size
        raise TooLarge("邮包的行数", text.count(b"\n"), LINES_MAX)
    for line in text[:-1].split(b"\n"):
        try:
            value = json.loads(line[1:])
        except (ValueError, RecursionError) as error:
            raise BadForm("邮包里有无效的 JSON") from error
        if not isinstance(value, dict):
            raise BadForm("邮包里的 JSON 应为对象")
        yield line[:1].decode("latin-1"), value


def _check_order(lines: list[Line]) -> None:
    """Of each speaker a manifest, then letters, then words; none of them without bound."""
    kinds = "".join(kind for kind, _ in lines)
    if not re.fullmatch("(M[SE]*[AR]*)+", kinds):
        raise BadForm("邮包应为一份清单，然后是信封，然后是回执")
    if kinds.count("M") > 1 + SECTIONS_PER_PARCEL_MAX:
        raise BadForm("邮包里代转的部分太多")
    if kinds.count("E") + kinds.count("S") > 2 * LETTERS_PER_PARCEL_MAX:
        raise TooLarge("邮包里的信封数", kinds.count("E"), LETTERS_PER_PARCEL_MAX)
    if kinds.count("A") + kinds.count("R") > WORDS_PER_PARCEL_MAX:
        raise BadForm("邮包里的回执太多")


def _sections(lines: list[Line]) -> list[list[Line]]:
    """The lines of each speaker, beginning with its manifest."""
    starts = [at for at, (kind, _) in enumerate(lines) if kind == "M"]
    return [lines[start:stop] for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _read_runs(lines: list[Line], piece: Callable[[int], bytes]) -> Iterator[Envelope]:
    """Every envelope, put together again; each S line starts a run."""
    start: dict[str, Any] | None = None
    for kind, value in lines:
        if kind == "S":
            start = _check_start(value)
        elif start is None:
            raise BadForm("邮包里的信封前面没有流的说明")
        else:
            envelope = _read_envelope(value, start, piece)
            start = start | {"seq": start["seq"] + 1, "prev": envelope.hash}
            yield envelope


def _check_start(start: dict[str, Any]) -> dict[str, Any]:
    if set(start) != {*_CONSTANT, "seq", "prev"} or start["suite"] != SUITE:
        raise BadForm("邮包里流的说明字段不对")
    if not isinstance(start["seq"], int) or not is_hex(start["prev"], 64):
        raise BadForm("邮包里流的位置不对")
    return start


def _read_envelope(value: dict[str, Any], start: dict[str, Any], piece: Callable[[int], bytes]) -> Envelope:
    size_bytes = value.pop("sealed", None)
    if not isinstance(size_bytes, int) or not 0 <= size_bytes <= PARCEL_BYTES_MAX:
        raise BadForm("邮包里的信封没有写明大小")
    signature, sealed = piece(64), piece(size_bytes)
    varying = _DEFAULTS | value
    seal: dict[str, Any] = {name: varying.pop(name) for name in ("epoch", "kem", "enc") if name in varying}
    seal["sha256"] = hashlib.sha256(sealed).hexdigest()
    header = varying | start | {"v": 1, "seal": seal}
    return Envelope(canonical_json(header), signature, sealed)
