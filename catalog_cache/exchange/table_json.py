"""JSON files of entries, one value at a time: a list, items and packages, lines, or national tables."""

import json
import re
from collections.abc import Iterator
from typing import Any

from catalog_cache.errors import BadTable

_TABLES = re.compile(r'\s*\{\s*"(items|packages|UP_TASK_[A-Z_]{1,40})"\s*:', re.IGNORECASE)
_BLANK = re.compile(r"[ \t\r\n]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def is_json(text: str) -> bool:
    """Whether a text can only be JSON."""
    return text.lstrip()[:1] in ("{", "[")


def json_values(text: str) -> Iterator[tuple[str, Any]]:
    """Each entry with the name of the table it stands in ("" for our own). Raises BadTable."""
    try:
        has_halves = _HALF.search(text) is not None
        for table, value in _entries(text):
            yield table, (_whole(value) if has_halves else value)
    except json.JSONDecodeError as error:
        why = f"第 {error.lineno} 行第 {error.colno} 列附近写法有误"
        raise BadTable(f"不是有效的 JSON：{why}。") from error
    except RecursionError as error:
        raise BadTable("不是有效的 JSON：嵌套过深。") from error
    except _Double as error:
        raise BadTable(f"不是有效的 JSON：字段“{_whole(error.args[0])[:40]}”写了两次。") from error
    except ValueError as error:
        raise BadTable("不是有效的 JSON：有一个数字过长。") from error


def _entries(text: str) -> Iterator[tuple[str, Any]]:
    if _TABLES.match(text):
        yield from _tables(text)
    elif text.lstrip().startswith("["):
        yield from (("", value) for value in _Walk(text, text.index("[")).listed())
    else:
        yield from (("", value) for value in _Walk(text, 0).in_a_row())


def _whole(value: Any) -> Any:
    """The same with U+FFFD for each half of a character, which the reader of the field then refuses."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value


class _Double(Exception):
    """A field that stands twice in one object."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Double(next(name for name in names if names.count(name) > 1))
    return fields


class _Walk:
    """A place in the text that moves on value by value."""

    _decoder = json.JSONDecoder(object_pairs_hook=_no_doubles)

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def value(self) -> Any:
        """The value at the place."""
        found, self.at = self._decoder.raw_decode(self.text, self._skip(_BLANK))
        return found

    def listed(self) -> Iterator[Any]:
        """The values of the list that begins at the place; nothing may follow the outermost one."""
        self.at = self._skip(_BLANK) + 1
        is_first = True
        while not self._takes("]"):
            if not is_first:
                self._needs(",")
            is_first = False
            yield self.value()

    def in_a_row(self) -> Iterator[Any]:
        """Values one after the other up to the end."""
        while self._skip(_BLANK) < len(self.text):
            yield self.value()

    def _skip(self, blank: re.Pattern[str]) -> int:
        found = blank.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.at

    def _takes(self, sign: str) -> bool:
        has_sign = self.text.startswith(sign, self._skip(_BLANK))
        self.at += has_sign
        return has_sign

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise json.JSONDecodeError(f"expected {sign}", self.text, self.at)


def _tables(text: str) -> Iterator[tuple[str, Any]]:
    walk = _Walk(text, text.index("{") + 1)
    seen: set[str] = set()
    is_first = True
    while not walk._takes("}"):
        if not is_first:
            walk._needs(",")
        is_first = False
        name = walk.value()
        walk._needs(":")
        if not isinstance(name, str) or not _TABLES.match(f'{{"{name}":') or name in seen:
            raise BadTable(f"JSON 中的“{_whole(str(name))[:40]}”不认识，或写了两次。")
        seen.add(name)
        if not text.startswith("[", walk._skip(_BLANK)):
            raise BadTable(f"JSON 中的 {name} 应为列表。")
        table = "" if name.lower() in ("items", "packages") else name.upper()
        yield from ((table, value) for value in walk.listed())
    if walk._skip(_BLANK) < len(text):
        raise json.JSONDecodeError("extra data", text, walk.at)
