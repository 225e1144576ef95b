"""A delta: what turns the pack that somebody holds into the one that is signed.

    "yimen-delta/1" LF | SHA-256 of the base, 32 bytes | SHA-256 of the pack, 32 bytes
    | the number of hunks, then for each: lines kept, lines dropped, lines added
    | one zstd frame: the added lines, under the lines they replace as dictionary
    | CRC-32 of everything before it, 4 bytes

Numbers are LEB128, lines those of the packs, in their order. A delta is transport and never believed:
whoever applies it knows the signed hash and length of the pack, and takes the whole pack on any doubt.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import zstandard

from catalog_cache.errors import BadDelta
from catalog_cache.pack import ENTRIES_MAX

MAGIC = b"yimen-delta/1\n"
DELTA_BYTES_MAX = 8 * 1024 * 1024
ADDED_BYTES_MAX = 16 * 1024 * 1024
HUNKS_MAX = ENTRIES_MAX + 1
HASH = re.compile(r"[0-9a-f]{64}")
_HEAD_BYTES = len(MAGIC) + 64
_CHECK = struct.Struct(">I")
_NUMBER_BYTES_MAX = 4
# Level 19 is some 10 % smaller than 12 and twenty times slower; above this size the time would be felt.
_THOROUGH_BYTES_MAX = 1024 * 1024
_THOROUGH, _QUICK = 19, 12


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of change: how many lines of the base stay before it, how many go, how many come."""

    kept: int
    dropped: int
    added: int


def make_delta(base: bytes, pack: bytes, added_bytes_max: int = ADDED_BYTES_MAX) -> bytes | None:
    """The delta from `base` to `pack`, both plain packs; None where it would be too large to be worth it.

    added_bytes_max: of new text, and never more than readers take.
    """
    old, new = _lines(base), _lines(pack)
    compared = _compare(old, new)
    if compared is None:
        return None
    hunks, added = compared
    text = b"".join(added)
    if len(hunks) > HUNKS_MAX or len(text) > added_bytes_max:
        return None
    head = [MAGIC, sha256(base).digest(), sha256(pack).digest(), _number(len(hunks))]
    head += [_number(n) for hunk in hunks for n in (hunk.kept, hunk.dropped, hunk.added)]
    body = b"".join(head) + _squeezed(text, _dictionary(old, hunks))
    return body + _CHECK.pack(zlib.crc32(body)) if len(body) < DELTA_BYTES_MAX else None


def apply_delta(delta: bytes, base: bytes, digest: str, length: int) -> bytes:
    """The pack that a delta makes of `base`.

    digest, length: SHA-256 (hex) and bytes of the pack as they were signed. Raises BadDelta on any doubt.
    """
    hunks, frame = _read(delta, base, bytes.fromhex(digest))
    old = _lines(base)
    _require_lines(hunks, len(old))
    text = _unsqueezed(frame, _dictionary(old, hunks), min(length, ADDED_BYTES_MAX))
    added = _lines(text)
    if len(added) != sum(hunk.added for hunk in hunks) or (text and not text.endswith(b"\n")):
        raise BadDelta("行数与说明不符")
    pack = b"".join(_joined(old, hunks, added))
    if len(pack) != length or sha256(pack).hexdigest() != digest:
        raise BadDelta("拼出的目录包与签名不符")
    return pack


def _read(delta: bytes, base: bytes, digest: bytes) -> tuple[list[Hunk], bytes]:
    """The hunks and the frame, once it is certain that the delta is whole and meant for this base."""
    if not delta.startswith(MAGIC) or not _HEAD_BYTES + _CHECK.size < len(delta) <= DELTA_BYTES_MAX:
        raise BadDelta("格式不对")
    body, check = delta[: -_CHECK.size], delta[-_CHECK.size :]
    if _CHECK.pack(zlib.crc32(body)) != check:
        raise BadDelta("传输中有损坏")
    if delta[len(MAGIC) : _HEAD_BYTES] != sha256(base).digest() + digest:
        raise BadDelta("不是为本机现有目录包做的")
    count, at = _read_number(body, _HEAD_BYTES)
    if count > HUNKS_MAX:
        raise BadDelta("改动处过多")
    numbers = []
    for _ in range(3 * count):
        number, at = _read_number(body, at)
        numbers.append(number)
    hunks = [Hunk(*numbers[first : first + 3]) for first in range(0, len(numbers), 3)]
    return hunks, body[at:]


def _require_lines(hunks: Sequence[Hunk], lines: int) -> None:
    """Every hunk changes something and stands apart from the one before, so no line is named twice."""
    if any(hunk.dropped + hunk.added == 0 for hunk in hunks) or any(hunk.kept == 0 for hunk in hunks[1:]):
        raise BadDelta("改动处重复")
    if sum(hunk.kept + hunk.dropped for hunk in hunks) > lines:
        raise BadDelta("所指的行超出现有目录包")
    if sum(hunk.added for hunk in hunks) > ENTRIES_MAX + 1:
        raise BadDelta("新增的行过多")


def _compare(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[list[Hunk], list[bytes]] | None:
    """Where two packs differ, and the lines that only the newer one has; None if their order differs."""
    places = {line: place for place, line in enumerate(old)}
    hunks: list[Hunk] = []
    added: list[bytes] = []
    done = kept = fresh = 0
    for line in [*new, None]:
        place = len(old) if line is None else places.get(line)
        if line is not None and place is None:
            added.append(line)
            fresh += 1
            continue
        assert place is not None, "the end and every known line have one"
        if place < done:
            return None
        if fresh or place > done:
            hunks.append(Hunk(kept, place - done, fresh))
            kept = fresh = 0
        kept += 1
        done = place + 1
    return hunks, added


def _joined(old: Sequence[bytes], hunks: Sequence[Hunk], added: Sequence[bytes]) -> Iterator[bytes]:
    done = used = 0
    for hunk in hunks:
        yield from old[done : done + hunk.kept]
        yield from added[used : used + hunk.added]
        done += hunk.kept + hunk.dropped
        used += hunk.added
    yield from old[done:]


def _dictionary(old: Sequence[bytes], hunks: Sequence[Hunk]) -> bytes:
    """What the added lines most resemble: the lines they replace, or else the one they come after."""
    found: list[bytes] = []
    done = 0
    for hunk in hunks:
        first = done + hunk.kept
        done = first + hunk.dropped
        found += old[first:done] or old[max(first - 1, 0) : first]
    return b"".join(found)


def _squeezed(text: bytes, dictionary: bytes) -> bytes:
    size = len(text) + len(dictionary)
    settings = zstandard.ZstdCompressionParameters.from_level(
        _THOROUGH if len(text) <= _THOROUGH_BYTES_MAX else _QUICK,
        source_size=size,
        window_log=max(size.bit_length(), 10),
        write_content_size=True,
        write_checksum=False,
        write_dict_id=False,
    )
    return zstandard.ZstdCompressor(dict_data=_raw(dictionary), compression_params=settings).compress(text)


def _unsqueezed(frame: bytes, dictionary: bytes, size_max: int) -> bytes:
    """The frame's content, never more than `size_max` bytes: it says its size before anything is unpacked."""
    try:
        about = zstandard.get_frame_parameters(frame)
        if about.content_size > size_max:
            raise BadDelta("解压后过大")
        decoder = zstandard.ZstdDecompressor(dict_data=_raw(dictionary))
        text: bytes = decoder.decompress(frame, allow_extra_data=False) if about.content_size else b""
    except (zstandard.ZstdError, ValueError) as error:
        raise BadDelta("解压失败") from error
    return text


def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary or b"\n", dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _lines(text: bytes) -> list[bytes]:
    """The lines with their ends; bytes after the last end are a line too."""
    lines = [line + b"\n" for line in text.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _number(value: int) -> bytes:
    """LEB128: seven bits a byte, the low ones first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_NUMBER_BYTES_MAX):
        if at + place >= len(data):
            raise BadDelta("内容不完整")
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise BadDelta("数字过大")
