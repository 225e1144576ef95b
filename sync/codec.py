"""Bytes on the wire and at rest: compression with a bound."""

import re
import threading

import zstandard

from sync.errors import BadForm, TooLarge

LEVEL_STORED = 9  # paid once, when a letter is made
LEVEL_WIRE = 9  # paid at each sending, but only over the short text of a parcel
_HEX = re.compile(r"[0-9a-f]*")
_local = threading.local()


def compress(data: bytes, level: int = LEVEL_STORED) -> bytes:
    """One zstd frame that states its content size."""
    compressors: dict[int, zstandard.ZstdCompressor] = _local.__dict__.setdefault("compressors", {})
    if level not in compressors:
        compressors[level] = zstandard.ZstdCompressor(level=level)
    return compressors[level].compress(data)


def decompress(data: bytes, size_bytes_max: int, name: str) -> bytes:
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
        return zstandard.ZstdDecompressor().decompress(
            data, max_output_size=size_bytes_max, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise BadForm(f"{name}残缺或损坏") from error


def is_hex(value: object, chars: int) -> bool:
    """Whether `value` is exactly `chars` lower-case hexadecimal digits."""
    return isinstance(value, str) and len(value) == chars and _HEX.fullmatch(value) is not None
