"""A PDF searched for what acts instead of shows, also in its compressed parts.

No structure is trusted: the bytes as they lie are searched, and so is whatever unpacks. A part that may
hold objects and cannot be looked into is a reason to refuse, because readers differ in what they accept.
Names may have letters as #-codes; the search knows both, so nothing is copied to spell them out.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from station.hall.samples.errors import SampleRefused
from station.hall.samples.picture_parts import refuse_place

INFLATED_BYTES_MAX = 32 * 1024 * 1024
STREAMS_MAX = 20_000
_SAVE_AGAIN = "请在制作它的程序里用“打印为 PDF”或“另存为 PDF”重做一份，再上传。"
_UNREADABLE = "PDF 的一部分打不开，无法检查。"
_PLAYS = "PDF 里有会播放的内容。"
_CARRIES = "PDF 里夹带了别的文件。"

_ACTS = {
    b"Encrypt": "PDF 加了密码或使用限制，群众可能打不开、印不出。",
    b"JavaScript": "PDF 里有脚本。",
    b"Rendition": _PLAYS,
    b"RichMedia": _PLAYS,
    b"Movie": _PLAYS,
    b"Sound": _PLAYS,
    b"Launch": "PDF 会启动别的程序。",
    b"SubmitForm": "PDF 会向网上发送填写的内容。",
    b"ImportData": "PDF 会读取别的文件。",
    b"GoToR": "PDF 会打开别的文件。",
    b"GoToE": "PDF 会打开别的文件。",
    b"FileAttachment": _CARRIES,
    b"EmbeddedFile": _CARRIES,
    b"EmbeddedFiles": _CARRIES,
    b"XFA": "PDF 是动态表单，普通的阅读程序显示不了。",
}


def _letters(name: bytes) -> bytes:
    """A pattern for a name or a part of one, each letter as it is or as its #-code."""
    return b"".join(
        b"(?:%c|#%s)" % (letter, b"".join(_either_case(digit) for digit in b"%02x" % letter))
        for letter in name
    )


def _either_case(digit: int) -> bytes:
    return b"[%c%c]" % (digit, bytes([digit]).upper()[0])


def _names(names: Iterable[bytes]) -> bytes:
    """A pattern for any of these names, to its end."""
    return b"/(?=[#A-Z])(?:" + b"|".join(b"(%s)" % _letters(name) for name in names) + b")(?![A-Za-z0-9])"


_ACT = re.compile(_names(_ACTS))
_SPACE = rb"(?:[\0\s]|%[^\r\n]{0,40}[\r\n]){0,40}"
_REFERENCE = rb"\d{1,10}" + _SPACE + rb"\d{1,5}" + _SPACE + b"R"
_ATTACHED = re.compile(b"/" + _letters(b"EF") + _SPACE + b"(?:<<|" + _REFERENCE + b")")
"""EF is too short a name to be believed wherever it stands: it counts before a dictionary or a reference."""
_STREAM = re.compile(rb"(?<!end)stream(?:\r?\n)?")
_PAGE = re.compile(rb"/Type\s{0,99}/Page(?![A-Za-z])")
_OBJECTS, _FIRST = re.compile(_names([b"ObjStm"])), re.compile(_names([b"First"]))
_IMAGE, _FILTER = re.compile(_names([b"Image"])), re.compile(_names([b"Filter"]))
_DECODE, _FLATE = re.compile(_letters(b"Decode")), re.compile(_names([b"FlateDecode"]))
_ODD = re.compile(
    _names([b"Predictor", b"DP", b"Fl", b"LZW", b"AHx", b"A85", b"RL", b"CCF", b"DCT", b"Crypt"])
)
"""What changes a part in ways that are not followed here, and short names that some readers also take."""


class _Part(NamedTuple):
    """A stream, and all that stands between it and the one before."""

    before: bytes
    body: bytes


def count_pages(data: bytes) -> int:
    """The pages of a whole PDF that only shows, as far as they can be counted. Raises SampleRefused."""
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise SampleRefused("PDF 不完整，可能传输时断了。")
    pages = 0
    for part in _readable_parts(data):
        _refuse_acts(part)
        pages += len(_PAGE.findall(part))
    return max(1, min(pages, 999))


def _refuse_acts(part: bytes) -> None:
    found = _ACT.search(part)
    if found and found.lastindex:
        raise SampleRefused(list(_ACTS.values())[found.lastindex - 1], _SAVE_AGAIN)
    if _ATTACHED.search(part):
        raise SampleRefused(_CARRIES, _SAVE_AGAIN)


def _readable_parts(data: bytes) -> Iterator[bytes]:
    """The file as it stands, and each compressed part that may hold names."""
    yield data
    inflated, named = 0, 0
    for before, body in _parts(data):
        mentions = len(_OBJECTS.findall(before))
        named += mentions
        has_objects = bool(mentions or _FIRST.search(before))
        if _IMAGE.search(before) and not has_objects:
            _refuse_photo(body)
            continue
        is_packed = bool(_FILTER.search(before))
        part, is_sound = _inflated(body, INFLATED_BYTES_MAX - inflated, is_packed)
        inflated += len(part)
        if has_objects and not (is_sound and mentions <= 1 and _is_simply_packed(before, is_packed)):
            raise SampleRefused(_UNREADABLE, _SAVE_AGAIN)
        yield part
    if len(_OBJECTS.findall(data)) != named:
        raise SampleRefused(_UNREADABLE, _SAVE_AGAIN)


def _refuse_photo(body: bytes) -> None:
    """A photo lies in a paper as the camera wrote it. Raises SampleRefused where it says its place."""
    if body.startswith(b"\xff\xd8\xff"):
        refuse_place(body)


def _parts(data: bytes) -> Iterator[_Part]:
    """Each stream once; what stands before one belongs to no other."""
    begins = list(_STREAM.finditer(data))
    if len(begins) > STREAMS_MAX:
        raise SampleRefused("PDF 里的对象太多。", _SAVE_AGAIN)
    done = 0
    ends = [*(one.start() for one in begins), len(data)][1:]
    for begin, following in zip(begins, ends, strict=True):
        end = data.find(b"endstream", begin.end(), following)
        yield _Part(data[done : begin.start()], data[begin.end() : end if end >= 0 else following])
        done = end if end >= 0 else following


def _is_simply_packed(before: bytes, is_packed: bool) -> bool:
    """Objects are read only when packed once, by the usual method, or not packed at all."""
    if _ODD.search(before):
        return False
    return len(_DECODE.findall(before)) == len(_FLATE.findall(before)) == is_packed


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
