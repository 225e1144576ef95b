"""A PNG or JPEG walked through to its last byte: whole, bounded, still, and silent about where it was taken.

The walk comes first, because it knows the bounds; then Pillow reads the picture once, as a browser will.
"""

import re
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from station.hall.samples.errors import SampleRefused

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

PIXELS_MAX, SIDE_MAX = 24_000_000, 12_000
SCANS_MAX = 64
"""A progressive JPEG has about ten; each further one makes a browser go over all of it once more."""
_PIECE = 1024 * 1024
_SAVE_PICTURE = "请用看图软件另存为普通的 PNG 或 JPEG，再上传。"
_DAMAGED = "图片损坏了，可能传输时断了。"
_CUT = "图片不完整，可能传输时断了。"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SHOWN_FRAMES, _FRAMES = (0xC0, 0xC1, 0xC2), {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_GPS, _LATITUDE_TO_LONGITUDE = 0x8825, {1, 2, 3, 4}
_UNREADABLE = (OSError, ValueError, SyntaxError, struct.error, zlib.error)
_PLACE_WORDS = (b"GPSLatitude", b"GPSLongitude")


class Size(NamedTuple):
    """In pixels."""

    width: int
    height: int


class _Head(NamedTuple):
    """size, and the bytes that the rows unpack to."""

    size: Size
    rows: int


def examine_png(data: bytes) -> Size:
    """The size of a PNG that may go out. Raises SampleRefused."""
    place, head, packed, got, kind = 8, None, zlib.decompressobj(), 0, b""
    while place < len(data) and kind != b"IEND":
        kind, body = _png_chunk(data, place)
        place += len(body) + 12
        if head is None:
            head = _png_head(kind, body)
        elif kind == b"acTL":
            raise SampleRefused("这是会动的图片。", _SAVE_PICTURE)
        elif kind == b"IDAT":
            got += _unpack(packed, body, head.rows - got)
    if head is None or place != len(data) or kind != b"IEND":
        raise SampleRefused("图片不完整，或后面还带着别的内容。", _SAVE_PICTURE)
    if not packed.eof or got < head.rows:
        raise SampleRefused(_CUT, _SAVE_PICTURE)
    _read_once(data, "PNG")
    return head.size


def examine_jpeg(data: bytes) -> Size:
    """The size of a JPEG that may go out. Raises SampleRefused."""
    place, size, scans = 2, None, 0
    while True:
        marker, place = _jpeg_marker(data, place)
        if marker == 0xD9:
            break
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or place + length > len(data):
            raise SampleRefused(_DAMAGED, _SAVE_PICTURE)
        if marker in _FRAMES:
            size = _jpeg_frame(marker, data[place : place + length])
        place += length
        if marker == 0xDA:
            place, scans = _after_scan(data, place), scans + 1
        if scans > SCANS_MAX:
            raise SampleRefused("图片要反复画太多遍，会卡住旧电脑。", _SAVE_PICTURE)
    if size is None or not scans or place != len(data):
        raise SampleRefused("图片不完整，或后面还带着别的内容（手机动态照片会这样）。", _SAVE_PICTURE)
    _read_once(data, "JPEG")
    return size


def _png_chunk(data: bytes, place: int) -> tuple[bytes, bytes]:
    """(kind, body) of the chunk there, once its check value is right."""
    length, kind = struct.unpack(">I4s", data[place : place + 8].ljust(8, b"\0"))
    body = data[place + 8 : place + 8 + length]
    check = data[place + 8 + length : place + 12 + length]
    if len(body) != length or zlib.crc32(kind + body).to_bytes(4, "big") != check:
        raise SampleRefused(_DAMAGED, _SAVE_PICTURE)
    return kind, body


def _png_head(kind: bytes, body: bytes) -> _Head:
    if kind != b"IHDR" or len(body) != 13:
        raise SampleRefused(_DAMAGED, _SAVE_PICTURE)
    width, height, depth, colours, packing, filtering, interlacing = struct.unpack(">IIBBBBB", body)
    size = _bounded(width, height)
    if depth not in _DEPTHS.get(colours, ()) or packing or filtering or interlacing > 1:
        raise SampleRefused(_DAMAGED, _SAVE_PICTURE)
    bits = _CHANNELS[colours] * depth
    if not interlacing:
        return _Head(size, _row_bytes(width, height, bits))
    passes = (
        (-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in _PASSES
    )
    return _Head(size, sum(_row_bytes(*one, bits) for one in passes))


def _row_bytes(width: int, height: int, bits: int) -> int:
    """What so many rows come to, each with its filter byte; a pass without pixels has no rows."""
    return ((width * bits + 7) // 8 + 1) * height if width > 0 and height > 0 else 0


def _unpack(packed: "zlib._Decompress", body: bytes, room: int) -> int:
    """Unpack and forget; how many bytes it was. Raises SampleRefused when there are more than `room`."""
    rest, got = body, 0
    while rest and not packed.eof:
        try:
            got += len(packed.decompress(rest, _PIECE))
        except zlib.error:
            raise SampleRefused(_DAMAGED, _SAVE_PICTURE) from None
        if got > room:
            raise SampleRefused("图片展开以后比它声明的大。", _SAVE_PICTURE)
        rest = packed.unconsumed_tail
    return got


def _jpeg_frame(marker: int, segment: bytes) -> Size:
    """The size that a frame declares. segment: from its length on."""
    bits, height, width, parts = struct.unpack(">BHHB", segment[2:8].ljust(6, b"\0"))
    size = _bounded(width, height)
    if marker not in _SHOWN_FRAMES or bits != 8 or parts not in (1, 3, 4):
        raise SampleRefused("浏览器显示不了这一种 JPEG。", _SAVE_PICTURE)
    return size


def _jpeg_marker(data: bytes, place: int) -> tuple[int, int]:
    """The marker there, and the place behind it; bytes of 255 before one are filling."""
    begun = place
    while data[place : place + 1] == b"\xff":
        place += 1
    if place == begun or place >= len(data):
        raise SampleRefused(_CUT, _SAVE_PICTURE)
    return data[place], place + 1


def _after_scan(data: bytes, place: int) -> int:
    found = _SCAN_END.search(data, place)
    if found is None:
        raise SampleRefused(_CUT, _SAVE_PICTURE)
    return found.start()


def _bounded(width: int, height: int) -> Size:
    if not width or not height:
        raise SampleRefused("图片没有大小。", _SAVE_PICTURE)
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise SampleRefused(
            f"图片有 {width} × {height} 点，太大；最多 {PIXELS_MAX // 10_000} 万点。",
            "请降低扫描分辨率（150 至 200 点就够清楚），再上传。",
        )
    return Size(width, height)


def refuse_place(data: bytes, kinds: tuple[str, ...] = ("JPEG",)) -> None:
    """Raises SampleRefused for a picture that says where it was taken; one that cannot be read does not."""
    try:
        with _opened(data, kinds) as picture:
            tells = bool(_LATITUDE_TO_LONGITUDE & set(picture.getexif().get_ifd(_GPS)))
    except _UNREADABLE:
        tells = False
    if tells or any(words in data for words in _PLACE_WORDS):
        raise SampleRefused(
            "图片里记着拍摄地点（GPS 位置）。",
            "请在照片文件上按右键，选“属性”“详细信息”“删除属性和个人信息”，再上传。",
        )


def _read_once(data: bytes, kind: str) -> None:
    """As a reader does. Raises SampleRefused where it cannot be drawn, or says where it was taken."""
    try:
        with _opened(data, (kind,)) as picture:
            picture.load()
    except _UNREADABLE:
        raise SampleRefused(_DAMAGED, _SAVE_PICTURE) from None
    refuse_place(data, (kind,))


def _opened(data: bytes, kinds: tuple[str, ...]) -> "ImageFile":
    # Pillow is imported by the first upload, not at start: it would cost every start 40 ms.
    from PIL import Image  # noqa: PLC0415

    return Image.open(BytesIO(data), formats=kinds)
