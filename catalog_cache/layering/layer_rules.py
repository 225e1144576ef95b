"""What a layer may say about an item of the layer above, and refusals that name both sides.

Six elements are the city's alone. Below, a limit may only become shorter, a material may only go or
become 容缺, places and hours and phones are free, and whatever the layer above left empty may be filled in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_cache.difference import spoken
from catalog_cache.layer import Change, Source
from catalog_cache.model import Item, Level, Limit, Status, Unit
from catalog_cache.records import label_of
from catalog_cache.trees import tree_faults

LOCKED = ("code", "name", "item_type", "department", "agency", "basis")
LIMITS = ("statutory", "promised")
TREE = ("materials", "questions", "first_question", "base_materials")
FREE: Mapping[Level, frozenset[str]] = {
    Level.COUNTY: frozenset(
        ("place", "hours", "phone", "complaint_phone", "counter_only", "counter_place")
        + ("negative_reason", "power")
    ),
    Level.TOWNSHIP: frozenset(("place", "hours")),
}
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two layers that do not fit. field: of `Item`; above_says, own_says: in words; rule: why, Chinese."""

    code: str
    name: str
    field: str
    label: str
    above: Source
    above_says: str
    own: Source
    own_says: str
    rule: str

    @property
    def message(self) -> str:
        """Everything in one sentence, as a publisher reads it."""
        return (
            f"{self.label}：{self.above.told}为“{self.above_says}”，"
            f"{self.own.told}改为“{self.own_says}”；{self.rule}"
        )


@dataclass(frozen=True, slots=True)
class Spoken:
    """An item as the layers above say it. sources: who said a field that is not `origin`'s word."""

    item: Item
    origin: Source
    sources: Mapping[str, Source]

    def source_of(self, name: str) -> Source:
        """Who said a field. name: of `Item`, or "materials." with a material's id."""
        return self.sources.get(name, self.origin)


def conflicts_of(above: Spoken, own: Source, change: Change) -> list[Conflict]:
    """Everything in a change that a layer of that level may not say; empty when it fits."""
    found = [
        _conflict(above, own, name, value, rule)
        for name, value in sorted(change.values.items())
        if (rule := _refusal(above.item, own.level, name, value))
    ]
    if change.is_on and own.level is not Level.TOWNSHIP:
        found.append(
            _said(above, own, "status", ("未列入清单", "列入清单"), "只有镇（街道）能把事项列入自己的清单。")
        )
    if own.level is not Level.COUNTY:
        found.extend(_material_conflicts(above, own, change))
    return found


def hole_in(above: Spoken, own: Source, result: Item) -> list[Conflict]:
    """Conflicts for an item in which somebody's answers would no longer end in a list of materials."""
    if not above.item.materials or tree_faults(above.item):
        return []
    faults = tree_faults(result)
    if not result.materials:
        return [_said(above, own, "materials", _materials(above.item, result), "去掉后没有任何材料。")]
    return [
        _said(above, own, "materials", _materials(above.item, result), f"{fault.label}{fault.message}。")
        for fault in faults[:1]
    ]


def clash(above: Spoken, own: Source, name: str, value: Any) -> Conflict:
    """Two publishers of one level that say different things about one field."""
    return _conflict(above, own, name, value, "同级的两方说法不同，须先商定一种。")


def taken_code(own: Source, name: str, held: str, above: Source, code: str) -> Conflict:
    """A whole entry of a layer under a code that the layer above uses. name, held: of both entries."""
    rule = "这个编码上级目录已经使用，下级只能对上级事项作改动，不能另立同码事项。"
    return Conflict(code, held, "code", label_of(Item, "code"), above, held, own, name, rule)


def foreign_entry(own: Source, code: str, name: str) -> Conflict:
    """A whole entry in the layer of a township, which may only list what is there."""
    rule = "镇（街道）只能从上级目录中列入事项，不能自己增加。"
    return Conflict(code, name, "code", label_of(Item, "code"), own, "（无）", own, name, rule)


def _refusal(item: Item, level: Level, name: str, value: Any) -> str:
    """Why this value may not stand here; "" when it may."""
    held = getattr(item, name)
    if value == held:
        return ""
    if name in LOCKED:
        return "这是全市统一的基本要素，下级不能改。"
    if name in TREE:
        return _tree_refusal(item, name, value)
    if name in FREE.get(level, frozenset()):
        return ""
    if level is not Level.COUNTY:
        return f"{level.label}只能改办理地点和办理时间、列入事项。"
    if name in LIMITS:
        return _limit_refusal(value, held)
    if name == "status" and (value in (Status.SUSPENDED, Status.WITHDRAWN) or held is Status.INCOMPLETE):
        return ""
    return "" if held in ("", (), None) else "上级已经填写，下级不能改。"


def _limit_refusal(value: Limit | None, held: Limit | None) -> str:
    return "" if held is None or is_within(value, held) else "时限只能缩短，不能延长或取消。"


def is_within(own: Limit | None, above: Limit) -> bool:
    """Whether a limit surely ends no later; n days never outlast n working days, the reverse is unsure."""
    if own is None or own.value > above.value:
        return False
    return own.unit is above.unit or own.unit is Unit.DAY or own.value == 0


def _tree_refusal(item: Item, name: str, value: Any) -> str:
    if name == "materials":
        held = {material.id for material in item.materials}
        added = [material.name for material in value if material.id not in held]
        if added:
            return f"增加了材料“{'”“'.join(added)}”，下级不能增加材料。"
    return "材料和情形由上级规定，下级只能去掉材料或标为可容缺。"


def _material_conflicts(above: Spoken, own: Source, change: Change) -> Iterator[Conflict]:
    names = {material.id: material for material in above.item.materials}
    for says, ids in (("不再要求", change.removed), ("可容缺", change.tolerant)):
        for held in (names[one] for one in ids if one in names):
            rule = "只有县（市、区）能去掉材料或标为可容缺。"
            pair = (f"{held.name}：{held.need.label}", says)
            yield _said(above, own, f"materials.{held.id}", pair, rule)


def _materials(above: Item, result: Item) -> tuple[str, str]:
    return tuple("、".join(m.name for m in one.materials)[:_SHOWN] or "（无）" for one in (above, result))  # type: ignore[return-value]


def _conflict(above: Spoken, own: Source, name: str, value: Any, rule: str) -> Conflict:
    held = getattr(above.item, name)
    return _said(above, own, name, (spoken(held)[:_SHOWN], spoken(value)[:_SHOWN]), rule)


def _said(above: Spoken, own: Source, name: str, says: tuple[str, str], rule: str) -> Conflict:
    label, item = label_of(Item, name.partition(".")[0]), above.item
    return Conflict(item.code, item.name, name, label, above.source_of(name), says[0], own, says[1], rule)
