"""Strict records: frozen dataclasses that read themselves from JSON and say in Chinese what misfits.

A field is declared with its Chinese label and its bounds; `from_dict` reads every field, collects
every problem, and refuses unknown names. `to_dict` leaves out fields that hold their default, so
that a field added later does not change the bytes of an old item.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from catalog_cache.errors import BadRecord, Problem


class Where(NamedTuple):
    """A place in a record; spelt out only when something is wrong there."""

    outer: "Where | None" = None
    name: str = ""
    label: str = ""

    def says(self, message: str) -> Problem:
        """A problem found here."""
        path, label = self.name, self.label
        place = self.outer
        while place is not None:
            separator = "." if path and path[0] != "[" and place.name else ""
            path, label = place.name + separator + path, place.label + label
            place = place.outer
        return Problem(path, label, message)


Reader = Callable[[object, Where, list[Problem]], Any]
REQUIRED: Any = dataclasses.MISSING
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff\ufffd]")
_UNKNOWN_SHOWN = 40
_PROBLEMS_MAX = 50
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_DAY_ADVICE = "应为日期，如 2026-11-22"


class Choice(StrEnum):
    """A closed list of values, each with the Chinese words people read."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member out of its stored value and its label; `Power("receive")` finds a member."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Record:
    """Base of the catalog's dataclasses. Subclasses are frozen, slotted and keyword-only."""

    __slots__ = ()
    title: ClassVar[str] = "记录"

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Read one record. Raises BadRecord with every problem, each naming its field."""
        problems: list[Problem] = []
        record = _read_record(cls, data, Where(), problems)
        if problems:
            raise BadRecord(cls.title, problems)
        assert isinstance(record, cls)
        return record

    def to_dict(self, *, full: bool = False) -> dict[str, Any]:
        """The record as JSON values. full: also the fields that hold their default."""
        values = ((name, getattr(self, name), default) for name, _, _, default in _fields(type(self)))
        return {name: _plain(value, full) for name, value, default in values if full or value != default}


def read_some(record: type[Record], data: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Values for some fields of a record, each read as in the whole. Raises BadRecord, named `title`."""
    problems: list[Problem] = []
    known = {name: (label, read) for name, label, read, _ in _fields(record)}
    values = {}
    for name, value in data.items():
        label, read = known.get(name, ("", None))
        if read is None:
            problems.append(Where(None, str(name)[:_UNKNOWN_SHOWN]).says("没有这个字段"))
        else:
            values[name] = read(value, Where(None, name, label), problems)
    if problems:
        raise BadRecord(title, problems[:_PROBLEMS_MAX])
    return values


def written_value(value: Any) -> Any:
    """One value of a field as it stands in JSON."""
    return _plain(value, full=False)


_known_fields: dict[type[Record], list[tuple[str, str, Reader, Any]]] = {}


def words(label: str, most: int = 200, *, pattern: str = "", default: Any = REQUIRED) -> Any:
    """A field of text. most: in characters; without a default it must not be empty."""
    return _field(label, _text_reader(most, pattern, may_be_empty=default == ""), default, "text")


def optional_words(label: str, most: int = 200, *, pattern: str = "") -> Any:
    """A field of text that may be null."""
    return _field(label, _or_none(_text_reader(most, pattern, may_be_empty=False)), None, "text")


def whole(label: str, least: int = 0, most: int = 99, *, default: Any = REQUIRED) -> Any:
    """A field holding a whole number, bounds included."""

    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        if type(value) is int and least <= value <= most:
            return value
        problems.append(where.says(f"应为 {least} 到 {most} 的整数"))
        return None

    return _field(label, read, default, "whole")


def flag(label: str, *, default: Any = REQUIRED) -> Any:
    """A yes-or-no field; it may be null, for unknown, when its default is None."""

    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        if type(value) is not bool:
            problems.append(where.says("应为 true 或 false"))
        return value

    return _field(label, _or_none(read) if default is None else read, default, "flag")


def choice(label: str, members: type[Choice], *, default: Any = REQUIRED) -> Any:
    """A field that takes one value of a closed list; it may be null when its default is None."""
    read = _choice_reader(members)
    return _field(label, _or_none(read) if default is None else read, default, "choice", members)


def choices(label: str, members: type[Choice]) -> Any:
    """A field that takes several values of a closed list."""
    return _field(label, _list_reader(_choice_reader(members), len(members)), (), "choices", members)


def lines(label: str, most_items: int = 50, most: int = 200, *, pattern: str = "") -> Any:
    """A list of texts, none of them empty."""
    return _field(
        label, _list_reader(_text_reader(most, pattern, may_be_empty=False), most_items), (), "lines"
    )


def moment(label: str) -> Any:
    """A UTC time to the second, written as 2026-11-22T09:41:00Z."""
    return _field(label, _parsed_reader(parse_moment, "应为 UTC 时间，如 2026-11-22T09:41:00Z"), REQUIRED)


def day(label: str) -> Any:
    """A date, written as 2026-11-22."""
    return _field(label, _parsed_reader(date.fromisoformat, _DAY_ADVICE), REQUIRED)


def optional_day(label: str) -> Any:
    """A date, written as 2026-11-22, that may be null."""
    return _field(label, _or_none(_parsed_reader(date.fromisoformat, _DAY_ADVICE)), None, "day")


def days(label: str, most_items: int) -> Any:
    """A list of dates, written as 2026-11-22."""
    return _field(label, _list_reader(_parsed_reader(date.fromisoformat, _DAY_ADVICE), most_items), ())


def one(label: str, record: type[Record], *, default: Any = REQUIRED) -> Any:
    """A field that holds one record; it may be null when its default is None."""
    read = _record_reader(record)
    return _field(label, _or_none(read) if default is None else read, default, "one", record)


def many(label: str, record: type[Record], most_items: int = 100) -> Any:
    """A list of records."""
    return _field(label, _list_reader(_record_reader(record), most_items), (), "many", record)


def parse_moment(value: str) -> datetime:
    """Read the one form of time used in signed data. Raises ValueError for any other."""
    return datetime.strptime(value, _MOMENT).replace(tzinfo=UTC)


def written_moment(value: datetime) -> str:
    """A UTC time to the second in the one form used in signed data."""
    assert value.tzinfo is not None, "times are UTC"
    return value.astimezone(UTC).strftime(_MOMENT)


def label_of(record: type[Record], name: str) -> str:
    """The Chinese label of a field, for messages and table headers."""
    return next(label for known, label, _, _ in _fields(record) if known == name)


class FieldFacts(NamedTuple):
    """A field as a table or a page sees it.

    kind: text, whole, flag, choice, choices, lines, day, one or many; of: its Choice or Record.
    """

    name: str
    label: str
    kind: str
    of: type | None
    default: Any


def fields_of(record: type[Record]) -> list[FieldFacts]:
    """Every field of a record class, in its order."""
    fields = dataclasses.fields(record)  # type: ignore[arg-type]
    return [
        FieldFacts(f.name, f.metadata["label"], f.metadata["kind"], f.metadata["of"], f.default)
        for f in fields
    ]


def misfit(value: str, most: int) -> str:
    """What is wrong with a text, in Chinese; "" when nothing is."""
    if len(value) > most:
        return f"最多 {most} 个字，现有 {len(value)} 个"
    found = _UNPRINTABLE.search(value)
    return f"第 {found.start() + 1} 个字是不可显示的字符（U+{ord(found.group()):04X}）" if found else ""


def _field(label: str, read: Reader, default: Any, kind: str = "text", of: type | None = None) -> Any:
    return dataclasses.field(default=default, metadata={"label": label, "read": read, "kind": kind, "of": of})


def _or_none(read: Reader) -> Reader:
    return lambda value, where, problems: None if value is None else read(value, where, problems)


def _text_reader(most: int, pattern: str, *, may_be_empty: bool) -> Reader:
    shape = re.compile(pattern) if pattern else None

    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        if not isinstance(value, str):
            problems.append(where.says("应为文字"))
        elif not value.strip():
            if value or not may_be_empty:
                problems.append(where.says("不能为空"))
        elif wrong := misfit(value, most):
            problems.append(where.says(wrong))
        elif shape and not shape.fullmatch(value):
            problems.append(where.says(f"“{value[:_UNKNOWN_SHOWN]}”的写法不对"))
        return value

    return read


def _parsed_reader(parse: Callable[[str], Any], advice: str) -> Reader:
    """Read with `parse`, and insist that writing the value gives the same text again."""

    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        try:
            parsed = parse(value) if isinstance(value, str) else None
        except ValueError:
            parsed = None
        if parsed is None or _plain(parsed, full=False) != value:
            problems.append(where.says(advice))
        return parsed

    return read


def _choice_reader(members: type[Choice]) -> Reader:
    known = {str(member): member for member in members}

    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        if isinstance(value, str) and value in known:
            return known[value]
        accepted = "、".join(f"{m.value}（{m.label}）" for m in members)
        problems.append(where.says(f"应为下列之一：{accepted}"))
        return None

    return read


def _list_reader(read_one: Reader, most_items: int) -> Reader:
    def read(value: object, where: Where, problems: list[Problem]) -> Any:
        if not isinstance(value, list):
            problems.append(where.says("应为列表"))
            return ()
        if len(value) > most_items:
            problems.append(where.says(f"最多 {most_items} 项，现有 {len(value)} 项"))
            return ()
        return tuple(
            read_one(entry, Where(where, f"[{i}]", f"第{i + 1}项"), problems) for i, entry in enumerate(value)
        )

    return read


def _record_reader(record: type[Record]) -> Reader:
    return lambda value, where, problems: _read_record(record, value, where, problems)


def _read_record(record: type[Record], data: object, where: Where, problems: list[Problem]) -> Record | None:
    if not isinstance(data, dict):
        problems.append(where.says("应为一组字段（对象）"))
        return None
    before = len(problems)
    values = {}
    for name, label, read, default in _fields(record):
        if name in data:
            values[name] = read(data[name], Where(where, name, label), problems)
        elif default is REQUIRED:
            problems.append(Where(where, name, label).says("没有填写"))
    if len(data) > len(values):
        known = {name for name, *_ in _fields(record)}
        unknown = [str(name)[:_UNKNOWN_SHOWN] for name in data if name not in known]
        problems.extend(Where(where, name).says("没有这个字段") for name in unknown[:10])
    return None if len(problems) > before else record(**values)


def _fields(record: type[Record]) -> list[tuple[str, str, Reader, Any]]:
    """Name, label, reader and default of each field, worked out once a class."""
    if record not in _known_fields:
        fields = dataclasses.fields(record)  # type: ignore[arg-type]
        known = [(f.name, f.metadata["label"], f.metadata["read"], f.default) for f in fields]
        _known_fields[record] = known
    return _known_fields[record]


def _plain(value: Any, full: bool) -> Any:
    if isinstance(value, Record):
        return value.to_dict(full=full)
    if isinstance(value, tuple):
        return [_plain(entry, full) for entry in value]
    if isinstance(value, datetime):
        return written_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Choice) else value
