"""Bytes on the wire and at rest: compression with a bound, and how bytes stand in text."""

import base64
import binascii
import re
import threading
from dataclasses import dataclass
from typing import Any, Self

import zstandard

from sync.errors import BadForm, TooLarge

LEVEL_STORED = 15  # paid once, when a letter is made; with a dictionary it costs less than signing
LEVEL_WIRE = 9  # paid at each sending, but only over the short text of a parcel
_CACHED_MAX = 16
_HEX = re.compile(r"[0-9a-f]*")
_local = threading.local()


@dataclass(frozen=True)
class Dictionary:
    """A zstd dictionary. number: its id, which stands in each frame written with it.

    Number 0: no trained one but plain text put before the content; frames do not name it.
    """

    number: int
    content: bytes

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Raises BadForm for bytes that are not a trained dictionary with an id."""
        try:
            number = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT).dict_id()
        except (zstandard.ZstdError, ValueError, MemoryError) as error:
            raise BadForm("不是 zstd 词典") from error
        if number == 0:
            raise BadForm("词典没有编号")
        try:
            zstandard.ZstdCompressor(dict_data=_loaded(cls(number, data))).compress(b"")
        except zstandard.ZstdError as error:
            raise BadForm("不是 zstd 词典") from error
        return cls(number, data)


def compress(data: bytes, level: int = LEVEL_STORED, dictionary: Dictionary | None = None) -> bytes:
    """One zstd frame that states its content size, and its dictionary where one was used."""
    compressors = _cache("compressors")
    name = (level, dictionary and dictionary.content)
    if name not in compressors:
        words = _loaded(dictionary)
        if words is not None:
            words.precompute_compress(level=level)
        compressors[name] = zstandard.ZstdCompressor(level=level, dict_data=words)
    result: bytes = compressors[name].compress(data)
    return result


def decompress(data: bytes, size_bytes_max: int, name: str, dictionary: Dictionary | None = None) -> bytes:
    """The content of exactly one zstd frame. Raises TooLarge, BadForm.

    The frame has to state its content size, so that the bound is checked before a byte is written.
    name: what it is, in Chinese, for the message.
    """
    try:
        size_bytes = zstandard.frame_content_size(data)
    except zstandard.ZstdError as error:
        raise BadForm(f"{name}不是 zstd 数据") from error
    if size_bytes < 0:
        raise BadForm(f"{name}没有写明解压后的大小")
    if size_bytes > size_bytes_max:
        raise TooLarge(name, size_bytes, size_bytes_max)
    try:
        plain: bytes = _decompressor(dictionary).decompress(
            data, max_output_size=size_bytes_max, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise BadForm(f"{name}残缺或损坏") from error
    return plain


def frame_dictionary_id(data: bytes) -> int:
    """Which dictionary a zstd frame was written with; 0 for none. Raises BadForm."""
    try:
        return int(zstandard.get_frame_parameters(data).dict_id)
    except zstandard.ZstdError as error:
        raise BadForm("不是 zstd 数据") from error


def _decompressor(dictionary: Dictionary | None) -> Any:
    decompressors = _cache("decompressors")
    name = dictionary and dictionary.content
    if name not in decompressors:
        words = _loaded(dictionary)
        decompressors[name] = zstandard.ZstdDecompressor(dict_data=words)
    return decompressors[name]


def _loaded(dictionary: Dictionary | None) -> Any:
    if dictionary is None:
        return None
    kind = zstandard.DICT_TYPE_FULLDICT if dictionary.number else zstandard.DICT_TYPE_RAWCONTENT
    return zstandard.ZstdCompressionDict(dictionary.content, dict_type=kind)


def _cache(name: str) -> dict[Any, Any]:
    """What this thread made earlier: zstd's contexts serve one thread at a time. Emptied when it grows."""
    kept: dict[Any, Any] = _local.__dict__.setdefault(name, {})
    if len(kept) > _CACHED_MAX:
        kept.clear()
    return kept


def is_hex(value: object, chars: int) -> bool:
    """Whether `value` is exactly `chars` lower-case hexadecimal digits."""
    return isinstance(value, str) and len(value) == chars and _HEX.fullmatch(value) is not None


def from_base64(text: object) -> bytes:
    """Bytes out of a field that says them in base64. Raises BadForm."""
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadForm("不是有效的 base64 文字") from error
