"""One layer of the catalog: who speaks, and what it changes in the items of the layer above.

The city's layer is whole items. A layer below may hold whole items of its own and, for items of the
layer above, changes: values it sets, materials it no longer asks for or lets follow later, and, for
a township, that the item is on its list. A change is one line of the publisher's pack.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from catalog_cache.errors import BadRecord, Problem
from catalog_cache.model import CODE, ID, Item, Level, Package
from catalog_cache.records import Record, choice, flag, lines, read_some, whole, words, written_value

LAYER_KIND = "layer"
TITLE = "下级改动"
RANK = {Level.CITY: 0, Level.COUNTY: 1, Level.TOWNSHIP: 2, Level.VILLAGE: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Record):
    """Who said something. publisher: such as county-440205000000; version: of that publisher's pack."""

    title: ClassVar[str] = "来源"
    level: Level = choice("级别", Level)
    publisher: str = words("发布方", 80)
    name: str = words("发布方名称", 100)
    version: int = whole("版本", 1, 10**9)

    @property
    def told(self) -> str:
        """In words: 曲江区政务服务中心（县（市、区）级第 7 版）."""
        return f"{self.name}（{self.level.label}，第 {self.version} 版）"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head(Record):
    """The plain fields of a change."""

    title: ClassVar[str] = TITLE
    kind: str = words("类别", 10, pattern=LAYER_KIND)
    code: str = words("事项编码", 50, pattern=CODE)
    removed: tuple[str, ...] = lines("不再要求的材料", 120, 40, pattern=ID)
    tolerant: tuple[str, ...] = lines("可容缺的材料", 120, 40, pattern=ID)
    is_on: bool = flag("列入本镇（街道）清单", default=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What a layer says about one item of the layer above.

    values: fields of `Item` by name, already read; removed, tolerant: material ids; is_on: a township
    puts the item on its list.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    tolerant: tuple[str, ...] = ()
    is_on: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.values or self.removed or self.tolerant or self.is_on)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON values; what it does not say is left out."""
        head = _Head(
            kind=LAYER_KIND,
            code=self.code,
            removed=self.removed,
            tolerant=self.tolerant,
            is_on=self.is_on,
        )
        values = {name: written_value(value) for name, value in self.values.items()}
        return head.to_dict() | ({"values": values} if values else {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read one change. Raises BadRecord."""
        given = dict(data)
        values = given.pop("values", {})
        head = _Head.from_dict(given)
        if not isinstance(values, dict):
            raise BadRecord(TITLE, [Problem("values", "改动的字段", "应为一组字段（对象）")])
        read = read_some(Item, values, TITLE)
        return cls(head.code, read, head.removed, head.tolerant, head.is_on)


@dataclass(frozen=True, slots=True)
class Layer:
    """Everything one publisher says. items, packages: whole and its own; changes: to the layer above."""

    source: Source
    items: Mapping[str, Item] = field(default_factory=dict)
    packages: Mapping[str, Package] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
