"""What an upload is by its bytes, and whether it may go out: a whole PDF, PNG or JPEG that only shows.

Nothing is changed or stripped: the file goes out byte for byte as it came, or not at all. Pictures are
walked through to their last byte without being drawn; a PDF is searched for what acts instead of shows,
also in its compressed parts. Every step is bounded by the size of the file or by a figure below.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from station.hall.samples.errors import SampleRefused

FILE_BYTES_MAX = 5 * 1024 * 1024
PIXELS_MAX, SIDE_MAX = 24_000_000, 12_000
INFLATED_BYTES_MAX = 64 * 1024 * 1024
STREAMS_MAX = 20_000
_PIECE = 1024 * 1024
_DICTIONARY_BYTES_MAX = 8192
PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
ENDINGS = {PDF: "pdf", PNG: "png", JPEG: "jpg"}
_SAVE_AGAIN = "请在制作它的程序里用“打印为 PDF”或“另存为 PDF”重做一份，再上传。"
_UNREADABLE = "PDF 的一部分打不开，无法检查。"
_SAVE_PICTURE = "请用看图软件另存为普通的 PNG 或 JPEG，再上传。"

_ACTS = {
    b"Encrypt": "PDF 加了密码或使用限制，群众可能打不开、印不出。",
    b"JavaScript": "PDF 里有脚本。",
    b"Rendition": "PDF 里有会播放的内容。",
    b"RichMedia": "PDF 里有会播放的内容。",
    b"Launch": "PDF 会启动别的程序。",
    b"SubmitForm": "PDF 会向网上发送填写的内容。",
    b"ImportData": "PDF 会读取别的文件。",
    b"GoToR": "PDF 会打开别的文件。",
    b"GoToE": "PDF 会打开别的文件。",
    b"EmbeddedFile": "PDF 里夹带了别的文件。",
    b"EmbeddedFiles": "PDF 里夹带了别的文件。",
    b"XFA": "PDF 是动态表单，普通的阅读程序显示不了。",
}
_ACT = re.compile(rb"/(" + b"|".join(sorted(_ACTS, reverse=True)) + rb")(?![A-Za-z0-9])")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_HIDDEN = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


@dataclass(frozen=True)
class Content:
    """What a file is. pages: of a PDF, as far as they can be counted; width, height: pixels, 0 for a PDF."""

    media_type: str
    pages: int = 1
    width: int = 0
    height: int = 0

    @property
    def ending(self) -> str:
        """The ending that its name has to have."""
        return ENDINGS[self.media_type]


class _Size(NamedTuple):
    width: int
    height: int


def examine(data: bytes) -> Content:
    """Look at the whole file. Raises SampleRefused, with the reason."""
    if not data:
        raise SampleRefused("文件是空的。")
    if len(data) > FILE_BYTES_MAX:
        raise SampleRefused(
            f"文件有 {len(data) / 2**20:.1f} MB，最多 {FILE_BYTES_MAX // 2**20} MB。",
            "请降低扫描分辨率（150 至 200 点就够清楚），或改成黑白，再上传。",
        )
    for head, examined in _BY_HEAD.items():
        if data.startswith(head):
            return examined(data)
    raise SampleRefused("内容不是 PDF、PNG 或 JPEG，只改扩展名没有用。")


def _pdf(data: bytes) -> Content:
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise SampleRefused("PDF 不完整，可能传输时断了。")
    pages = 0
    for part in _readable_parts(data):
        found = _ACT.search(part)
        if found:
            raise SampleRefused(_ACTS[found[1]], _SAVE_AGAIN)
        pages += len(_PAGE.findall(part))
    return Content(PDF, max(1, min(pages, 999)))


def _readable_parts(data: bytes) -> Iterator[bytes]:
    """The file as it stands, and each compressed part that may hold names, names spelled out."""
    plain = _spelled_out(data)
    yield plain
    inflated, packed_objects = 0, 0
    for start, end in _streams(data):
        about = _dictionary_before(data, start)
        is_objects = b"/ObjStm" in about
        packed_objects += is_objects
        if not is_objects and b"/Image" in about:
            continue
        part, is_sound = _inflated(data[start:end], INFLATED_BYTES_MAX - inflated, b"/Filter" in about)
        inflated += len(part)
        if is_objects and not (is_sound and _is_simply_packed(about)):
            raise SampleRefused(_UNREADABLE, _SAVE_AGAIN)
        yield _spelled_out(part)
    if plain.count(b"/ObjStm") != packed_objects:
        raise SampleRefused(_UNREADABLE, _SAVE_AGAIN)


def _streams(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of what each stream holds; none reaches into the next, so that all are read but once."""
    starts = [found.end() for found in _STREAM.finditer(data)]
    if len(starts) > STREAMS_MAX:
        raise SampleRefused("PDF 里的对象太多。", _SAVE_AGAIN)
    for start, following in zip(starts, [*starts, len(data)][1:], strict=True):
        end = data.find(b"endstream", start, following)
        yield start, end if end >= 0 else following


def _dictionary_before(data: bytes, end: int) -> bytes:
    start = data.rfind(b" obj", max(0, end - _DICTIONARY_BYTES_MAX), end)
    return _spelled_out(data[start:end]) if start >= 0 else b""


def _is_simply_packed(about: bytes) -> bool:
    """Objects are read only when packed once, by the usual method, or not packed at all."""
    is_packed = b"/Filter" in about
    return about.count(b"Decode") == about.count(b"/FlateDecode") == is_packed


def _inflated(stream: bytes, most: int, is_packed: bool) -> tuple[bytes, bool]:
    """What a stream holds, unpacked, and whether it could be read to its end; b"" for one left as it is."""
    head = int.from_bytes(stream[:2], "big")
    if head % 31 or head >> 8 & 15 != 8:
        return b"", not is_packed
    unpacker = zlib.decompressobj()
    try:
        part = unpacker.decompress(stream, most + 1)
    except zlib.error:
        return b"", False
    if len(part) > most:
        raise SampleRefused("PDF 展开以后太大。", _SAVE_AGAIN)
    return part, unpacker.eof


def _spelled_out(data: bytes) -> bytes:
    """Names may be written with #-codes; here they stand in letters."""
    return _HIDDEN.sub(lambda found: bytes([int(found[1], 16)]), data)


def _png(data: bytes) -> Content:
    place, size, packed = 8, None, zlib.decompressobj()
    room = 0
    while place < len(data):
        kind, body = _png_chunk(data, place)
        place += len(body) + 12
        if size is None:
            size, room = _png_head(kind, body)
        elif kind == b"acTL":
            raise SampleRefused("这是会动的图片。", _SAVE_PICTURE)
        elif kind == b"IDAT":
            room = _unpack(packed, body, room)
        elif kind == b"IEND":
            break
    if size is None or place != len(data) or kind != b"IEND" or not packed.eof:
        raise SampleRefused("图片不完整，或后面还带着别的内容。", _SAVE_PICTURE)
    return Content(PNG, 1, *size)


def _png_chunk(data: bytes, place: int) -> tuple[bytes, bytes]:
    """(kind, body) of the chunk there, once its check value is right."""
    length, kind = struct.unpack(">I4s", data[place : place + 8].ljust(8, b"\0"))
    body = data[place + 8 : place + 8 + length]
    check = data[place + 8 + length : place + 12 + length]
    if len(body) != length or zlib.crc32(kind + body).to_bytes(4, "big") != check:
        raise SampleRefused("图片损坏了，可能传输时断了。", _SAVE_PICTURE)
    return kind, body


def _png_head(kind: bytes, body: bytes) -> tuple[_Size, int]:
    """The size, and how many bytes the picture may unpack to."""
    if kind != b"IHDR" or len(body) != 13:
        raise SampleRefused("图片损坏了，可能传输时断了。", _SAVE_PICTURE)
    width, height, depth, colours = struct.unpack(">IIBB", body[:10])
    size = _bounded(width, height)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colours, 4)
    row = (width * channels * min(depth, 16) + 7) // 8 + 1
    return size, row * height + 14 * (width + height)


def _unpack(packed: "zlib._Decompress", body: bytes, room: int) -> int:
    """Unpack and forget; what room is left. Raises SampleRefused when there is more than the size says."""
    rest = body
    while rest and not packed.eof:
        try:
            room -= len(packed.decompress(rest, _PIECE))
        except zlib.error:
            raise SampleRefused("图片损坏了，可能传输时断了。", _SAVE_PICTURE) from None
        if room < 0:
            raise SampleRefused("图片展开以后比它声明的大。", _SAVE_PICTURE)
        rest = packed.unconsumed_tail
    return room


def _jpeg(data: bytes) -> Content:
    place, size = 2, None
    while True:
        marker, place = _jpeg_marker(data, place)
        if marker == 0xD9:
            break
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or place + length > len(data):
            raise SampleRefused("图片损坏了，可能传输时断了。", _SAVE_PICTURE)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 3 : place + 7].ljust(4, b"\0"))
            size = _bounded(width, height)
        place += length
        if marker == 0xDA:
            place = _after_scan(data, place)
    if size is None or place != len(data):
        raise SampleRefused("图片不完整，或后面还带着别的内容（手机动态照片会这样）。", _SAVE_PICTURE)
    return Content(JPEG, 1, *size)


def _jpeg_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker there, and the place behind it; bytes of 255 before one are filling."""
    begun = place
    while data[place : place + 1] == b"\xff":
        place += 1
    if place == begun or place >= len(data):
        raise SampleRefused("图片不完整，可能传输时断了。", _SAVE_PICTURE)
    return data[place], place + 1


_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _after_scan(data: bytes, place: int) -> int:
    found = _SCAN_END.search(data, place)
    if found is None:
        raise SampleRefused("图片不完整，可能传输时断了。", _SAVE_PICTURE)
    return found.start()


def _bounded(width: int, height: int) -> _Size:
    if not width or not height:
        raise SampleRefused("图片没有大小。", _SAVE_PICTURE)
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise SampleRefused(
            f"图片有 {width} × {height} 点，太大；最多 {PIXELS_MAX // 10_000} 万点。",
            "请降低扫描分辨率（150 至 200 点就够清楚），再上传。",
        )
    return _Size(width, height)


_BY_HEAD: dict[bytes, Callable[[bytes], Content]] = {
    b"%PDF-": _pdf,
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
}
