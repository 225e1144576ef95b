"""Canonical JSON: the one writing of a value, so that a signature over it means one thing."""

import json
from collections.abc import Iterable
from typing import Any

from sync.errors import BadForm

INTEGER_MAX = 2**53 - 1  # what every JSON reader keeps exactly
DEPTH_MAX = 32
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_json(value: Any) -> bytes:
    """The one UTF-8 writing of `value`: sorted keys, no spaces, no floats. Raises BadForm."""
    _check(value, 0)
    try:
        return _WRITER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise BadForm("文字里有无法编码的字符") from error


def read_json(data: bytes) -> dict[str, Any]:
    """A dict from bytes that must be its canonical writing. Raises BadForm."""
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadForm("不是有效的 JSON") from error
    if not isinstance(value, dict) or canonical_json(value) != data:
        raise BadForm("JSON 不是规范写法")
    return value


def _check(value: Any, depth: int) -> None:
    if type(value) is str:  # most values are texts, and every letter passes here
        return
    if depth > DEPTH_MAX:
        raise BadForm("JSON 嵌套太深")
    if isinstance(value, dict):
        if set(map(type, value)) != {str} and not all(isinstance(key, str) for key in value):
            raise BadForm("JSON 的键应为文字")
        _check_all(value.values(), depth)
    elif isinstance(value, (list, tuple)):
        _check_all(value, depth)
    elif isinstance(value, float) or not isinstance(value, (str, int, type(None))):
        raise BadForm(f"JSON 里不能放 {type(value).__name__}，请写成整数或文字")
    elif isinstance(value, int) and abs(value) > INTEGER_MAX:
        raise BadForm("JSON 里的整数太大")


def _check_all(values: Iterable[Any], depth: int) -> None:
    for value in values:
        if type(value) is not str:
            _check(value, depth + 1)
