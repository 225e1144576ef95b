"""The canonical pack: one publisher's whole catalog as JSON lines, the bytes that get signed.

The first line says who published which version and when; then one item, package or change of an item
of the layer above a line, sorted by code, those with a name also with the pinyin of it. Every line is
canonical JSON: keys sorted, no spaces, UTF-8. Reading is strict and bounded, so that a pack is either
wholly sound or not touched at all.
"""

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from catalog_cache.errors import BadPack, BadRecord
from catalog_cache.finding.readings import syllables_of
from catalog_cache.layer import LAYER_KIND, Change, Layer, Source
from catalog_cache.model import Item, Level, Package
from catalog_cache.records import Record, lines, moment, one, whole, words

FORMAT = "yimen-catalog/1"
PACK_BYTES_MAX = 64 * 1024 * 1024
LINE_BYTES_MAX = 512 * 1024
ENTRIES_MAX = 50_000
_XZ_MEMORY_MAX = 256 * 1024 * 1024
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Record):
    """What a version says that takes another one back: which, whose content it brings again, and why."""

    title: ClassVar[str] = "撤回"
    version: int = whole("撤回的版本", 1, 10**9)
    restores: int = whole("恢复的版本", 1, 10**9)
    reason: str = words("撤回原因", 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMeta(Record):
    """First line of a pack. publisher: who signs for it, such as county-440205000000; base: SHA-256 of
    the city's pack that this one was checked against, "" where it stands alone; withdrawal: of an earlier
    version, by this one."""

    title: ClassVar[str] = "目录包"
    format: str = words("格式", 40, pattern=FORMAT, default=FORMAT)
    publisher: str = words("发布方", 80, pattern=r"[0-9a-z][0-9a-z\-]*")
    publisher_name: str = words("发布方名称", 100)
    version: int = whole("版本", 1, 10**9)
    published_at: datetime = moment("发布时间")
    valid_until: datetime = moment("有效期至")
    base: str = words("所依上级目录", 64, pattern="[0-9a-f]{64}", default="")
    withdrawal: Withdrawal | None = one("撤回", Withdrawal, default=None)

    @property
    def source(self) -> Source:
        """The publisher as those who read a field of its see it. Raises BadPack for an odd publisher."""
        level = self.publisher.partition("-")[0]
        if level not in (Level.CITY, Level.COUNTY, Level.TOWNSHIP):
            raise BadPack(f"发布方 {self.publisher} 不是市、县或镇（街道）。")
        return Source(
            level=Level(level), publisher=self.publisher, name=self.publisher_name, version=self.version
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchKeys(Record):
    """The readings of an entry's name and of each alias, in order, syllables parted by spaces."""

    title: ClassVar[str] = "检索键"
    pinyin: tuple[str, ...] = lines("拼音", 21, 2000, pattern=r"[^\W_]+( [^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item or package of a pack, with the readings of its name and aliases.

    sources: who said what that is not the word of the pack's own publisher; "" names the whole entry.
    """

    record: Item | Package
    pinyin: tuple[str, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def aliases(self) -> tuple[str, ...]:
        """What people really call it; packages have no aliases."""
        return self.record.aliases if isinstance(self.record, Item) else ()


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack in memory, for the publishing desk; a station reads entry by entry instead."""

    meta: PackMeta
    items: tuple[Item, ...]
    packages: tuple[Package, ...]
    changes: tuple[Change, ...] = ()

    @property
    def layer(self) -> Layer:
        """The pack as a layer of the catalog."""
        return Layer(
            self.meta.source,
            {item.code: item for item in self.items},
            {package.code: package for package in self.packages},
            {change.code: change for change in self.changes},
        )


class PackReader:
    """A pack whose first line has been read. Entries are checked while they are read."""

    def __init__(self, data: bytes) -> None:
        """data: the plain pack. Raises BadPack when its first line or its size is not sound."""
        if len(data) > PACK_BYTES_MAX:
            raise BadPack(f"目录包超过 {PACK_BYTES_MAX // 1024**2} MiB。")
        if not data.endswith(b"\n"):
            raise BadPack("目录包不完整，末行没有结束。")
        self._data = data
        head, self._start = self._line(0, 1)
        if head.get("format") != FORMAT:
            raise BadPack("目录包格式不是本程序认识的格式，请先升级本程序。")
        self.meta = _read(PackMeta, head, 1)
        if self.meta.valid_until <= self.meta.published_at:
            raise BadPack("目录包的有效期早于发布时间。")

    def entries(self) -> Iterator[Entry]:
        """Items and packages in code order. Raises BadPack at the first line that is not sound."""
        return (record for record in self.records() if isinstance(record, Entry))

    def changes(self) -> dict[str, Change]:
        """The changes to items of the layer above, by code. Raises BadPack."""
        return {record.code: record for record in self.records() if isinstance(record, Change)}

    def records(self) -> Iterator[Entry | Change]:
        """Every line after the first, in code order. Raises BadPack at the first that is not sound."""
        start, number, last_code = self._start, 2, ""
        while start < len(self._data):
            if number > ENTRIES_MAX + 1:
                raise BadPack(f"目录包超过 {ENTRIES_MAX} 条。")
            fields, start = self._line(start, number)
            record = _read_record(fields, number)
            code = record.code if isinstance(record, Change) else record.record.code
            if code <= last_code:
                raise BadPack(f"目录包第 {number} 行的编码 {code} 重复或没有按序排列。")
            last_code = code
            number += 1
            yield record

    def _line(self, start: int, number: int) -> tuple[dict[str, Any], int]:
        end = self._data.index(b"\n", start)
        if end - start > LINE_BYTES_MAX:
            raise BadPack(f"目录包第 {number} 行超过 {LINE_BYTES_MAX // 1024} KiB。")
        line = self._data[start:end]
        try:
            fields = json.loads(line)
            is_canonical = isinstance(fields, dict) and _canonical(fields) == line
        except (ValueError, RecursionError) as error:
            raise BadPack(f"目录包第 {number} 行不是有效的 JSON。") from error
        if not is_canonical:
            raise BadPack(f"目录包第 {number} 行不是规范写法。")
        return fields, end + 1


def open_pack(data: bytes) -> PackReader:
    """Start reading a pack. Raises BadPack; nothing of a bad pack is to be used."""
    return PackReader(data)


def read_pack(data: bytes) -> Pack:
    """A whole pack at once. Raises BadPack."""
    reader = open_pack(data)
    lines_read = list(reader.records())
    changes = tuple(record for record in lines_read if isinstance(record, Change))
    records = [record.record for record in lines_read if isinstance(record, Entry)]
    items = tuple(record for record in records if isinstance(record, Item))
    packages = tuple(record for record in records if isinstance(record, Package))
    return Pack(reader.meta, items, packages, changes)


def write_pack(
    meta: PackMeta,
    items: Iterable[Item],
    packages: Iterable[Package] = (),
    changes: Iterable[Change] = (),
) -> bytes:
    """The bytes to sign, readings included. The same catalog always gives the same bytes.

    Raises BadPack when two entries share a code or a limit is exceeded; `lint` tells it sooner.
    """
    head = meta.to_dict() | {"format": FORMAT}
    records: list[Item | Package | Change] = sorted(
        [*items, *packages, *changes], key=lambda record: record.code
    )
    written = [_canonical(head), *(_canonical(_with_readings(record)) for record in records)]
    data = b"\n".join(written) + b"\n"
    for _ in open_pack(data).records():
        pass
    return data


def compressed(data: bytes) -> bytes:
    """A pack as it is kept on disk (xz)."""
    return lzma.compress(data, preset=2)


def decompressed(data: bytes, size_max: int = PACK_BYTES_MAX) -> bytes:
    """The plain pack out of its xz form. Raises BadPack for broken data or more than `size_max` bytes."""
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_MAX)
        plain = decoder.decompress(data, max_length=size_max + 1)
    except lzma.LZMAError as error:
        raise BadPack("目录包解压失败，文件已损坏。") from error
    if len(plain) > size_max or not decoder.eof or decoder.unused_data:
        raise BadPack("目录包解压后大小不对。")
    return plain


def _canonical(fields: Mapping[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _with_readings(record: Item | Package | Change) -> dict[str, Any]:
    if isinstance(record, Change):
        return record.to_dict()
    aliases = record.aliases if isinstance(record, Item) else ()
    readings = [syllables_of(name) or "0" for name in (record.name, *aliases)]
    return record.to_dict() | {"pinyin": readings}


def _read_record(fields: dict[str, Any], number: int) -> Entry | Change:
    return _read_change(fields, number) if fields.get("kind") == LAYER_KIND else _read_entry(fields, number)


def _read_change(fields: dict[str, Any], number: int) -> Change:
    try:
        return Change.from_dict(fields)
    except BadRecord as error:
        raise BadPack(f"目录包第 {number} 行：{error.problems[0]}。") from error


def _read_entry(fields: dict[str, Any], number: int) -> Entry:
    keys = _read(SearchKeys, {"pinyin": fields.pop("pinyin", [])}, number)
    record = _read(Package, fields, number) if "kind" in fields else _read(Item, fields, number)
    entry = Entry(record, keys.pinyin)
    if len(entry.pinyin) != 1 + len(entry.aliases):
        raise BadPack(f"目录包第 {number} 行的拼音与名称、俗称数目不符。")
    return entry


def _read(kind: type[R], fields: dict[str, Any], number: int) -> R:
    try:
        return kind.from_dict(fields)
    except BadRecord as error:
        raise BadPack(f"目录包第 {number} 行：{error.problems[0]}。") from error
