"""One value of the catalog as the text of one cell, and back without loss.

A text that a spreadsheet or our own reading would change (spaces at its ends, a sign that starts a
formula) is written as a JSON string in quotes; a list whose texts hold separators as a JSON list.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from catalog_cache.choices import ITEM_TYPES
from catalog_cache.records import Choice, FieldFacts

LIST_SIGNS = re.compile(r"[;；\n]+")
KINDS_SIGNS = re.compile(r"[、,，;；/\s]+")
FORMULA_SIGNS = ("=", "+", "@", "\t")
_QUOTED_STARTS = ('"', "[", "-", *FORMULA_SIGNS)
_YES = {"是", "有", "true", "1", "yes"}
_NO = {"否", "无", "false", "0", "no"}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SERIAL_START = date(1899, 12, 30)
_SERIAL = re.compile(r"[1-9]\d{4}")
_SHOWN = 20


def cell_of(value: Any, facts: FieldFacts) -> str:
    """A JSON value (as `to_dict` gives it) as a cell; "" for null."""
    if value is None:
        return ""
    if facts.kind == "flag":
        return "是" if value else "否"
    if facts.kind == "lines":
        return _joined(value)
    if facts.kind == "choices":
        return "、".join(_label(facts, one) for one in value)
    if facts.kind == "choice":
        return _label(facts, value)
    if facts.name == "item_type":
        return ITEM_TYPES.get(value, value)
    return _quoted(value) if isinstance(value, str) else str(value)


def value_of(cell: str, facts: FieldFacts) -> Any:
    """The JSON value of a cell that is not empty. Raises ValueError with the reason in Chinese."""
    if facts.kind == "whole":
        return whole_of(cell)
    if facts.kind == "flag":
        return _flag(cell)
    if facts.kind == "day":
        return day_of(cell)
    if facts.kind == "lines":
        return list_of(cell)
    if facts.kind == "choice":
        return known_of(cell, words_of(facts.of))
    if facts.kind == "choices":
        known = words_of(facts.of)
        return [known_of(word, known) for word in KINDS_SIGNS.split(cell) if word]
    return text_of(cell)


def text_of(cell: str) -> str:
    """A text; one in quotes that reads as a JSON string stands for exactly that string."""
    if cell.startswith('"'):
        try:
            found = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
        return found if isinstance(found, str) else cell
    return cell


def list_of(cell: str) -> list[str]:
    """Texts parted by line breaks when there is one, else by semicolons; or a JSON list of texts."""
    if cell.startswith("["):
        try:
            found = json.loads(cell)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(one, str) for one in found):
            return found
    parts = cell.split("\n") if "\n" in cell else LIST_SIGNS.split(cell)
    return [part.strip() for part in parts if part.strip()]


def whole_of(cell: str) -> int:
    """A whole number, also one that a spreadsheet wrote as 5.0."""
    if not re.fullmatch(r"[0-9]{1,9}(\.0+)?", cell):
        raise ValueError(f"“{cell[:_SHOWN]}”不是整数")
    return int(cell.partition(".")[0])


def day_of(cell: str) -> str:
    """A date as 2026-11-22, from that form, 2026/11/22, 2026年11月22日, or a spreadsheet's day number."""
    found = _DAY.fullmatch(cell)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
        if _SERIAL.fullmatch(cell):
            return (_SERIAL_START + timedelta(days=int(cell))).isoformat()
    except ValueError:
        pass
    raise ValueError(f"“{cell[:_SHOWN]}”不是日期，应如 2026-11-22")


def words_of(members: Any) -> dict[str, str]:
    """What may stand for the members of a closed list: their labels and their codes."""
    return {member.value: member.value for member in members} | {
        member.label: member.value for member in members
    }


def known_of(cell: str, known: dict[str, str]) -> str:
    """The code that a word of a closed list stands for. Raises ValueError naming the words."""
    if cell not in known:
        words = [word for word in known if not word.isascii()]
        raise ValueError(f"“{cell[:_SHOWN]}”不认识，应为：{'、'.join(words)}")
    return known[cell]


def _flag(cell: str) -> bool:
    if cell.lower() in _YES | _NO:
        return cell.lower() in _YES
    raise ValueError(f"“{cell[:_SHOWN]}”不认识，应为：是、否")


def _label(facts: FieldFacts, value: str) -> str:
    members: type[Choice] = facts.of  # type: ignore[assignment]
    return members(value).label


def _quoted(text: str) -> str:
    is_plain = text == text.strip() and not text.startswith(_QUOTED_STARTS)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _joined(texts: Sequence[str]) -> str:
    is_clean = all(text == text.strip() and text and not text.startswith(_QUOTED_STARTS) for text in texts)
    if is_clean and not any(LIST_SIGNS.search(text) for text in texts):
        return "；".join(texts)
    if is_clean and len(texts) > 1 and not any("\n" in text for text in texts):
        return "\n".join(texts)
    return json.dumps(list(texts), ensure_ascii=False)
