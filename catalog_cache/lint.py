"""What a catalog must not be published with (errors), and what somebody should look at (warnings).

An item in force is held to every mandatory element; an incomplete one is listed with what it lacks and
stays closed for intake. Findings are told per field, so that a desk can jump there.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog_cache.codes import (
    CodeForm,
    CodeParts,
    base_code_of,
    code_conflicts,
    form_of,
    implementation_code_of,
    is_credit_code,
    is_division_code,
)
from catalog_cache.divisions import Divisions
from catalog_cache.forms import Clash, shared_field_clashes
from catalog_cache.lint_dates import date_faults
from catalog_cache.model import CaseType, FieldKind, Item, Limit, Medium, Package, Power, Status
from catalog_cache.pack import LINE_BYTES_MAX
from catalog_cache.packages import Member, longest_way, stage_faults
from catalog_cache.plain_text import damage, texts_in
from catalog_cache.records import label_of
from catalog_cache.trees import tree_faults

VAGUE = re.compile("其他|其它|相关|有关|必要的|等(材料|证明|资料|文件)|(材料|证明|资料|文件)等$")
_VAGUE_CONDITION = re.compile("(规定|要求)的(其他|其它|相关|有关)")
MANDATORY = (
    *("agency", "department", "basis", "object_kinds", "case_type", "statutory", "promised", "conditions"),
    *("steps", "results", "place", "hours", "phone", "complaint_phone"),
)
EXCHANGE = (
    *("power_source", "has_special", "is_in_hall", "is_online", "has_online_payment", "has_courier"),
    *("has_fee", "record_id"),
)
"""Mandatory in the national exchange tables besides; a catalog can be published before they are filled."""
_OFFICIAL = (CodeForm.BASE_10, CodeForm.BASE_12, CodeForm.IMPLEMENTATION, CodeForm.HANDLING)


class Severity(StrEnum):
    """ERROR stops publishing; WARNING asks for a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. code: of the item or package, "" for the whole; field: path; message: Chinese."""

    code: str
    field: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Context:
    """What lint may compare with. base: the layer above by item code, named `base_name`.

    publisher: who publishes, such as county-440205000000; divisions: the table it must be in;
    inherited: items that the layer above brings and this one leaves as they are.
    """

    base: Mapping[str, Item] = field(default_factory=dict)
    base_name: str = "上级目录"
    publisher: str = ""
    divisions: Divisions | None = None
    inherited: Mapping[str, Item] = field(default_factory=dict)


def lint(
    items: Sequence[Item], packages: Sequence[Package] = (), context: Context | None = None
) -> list[Finding]:
    """Every finding, errors first, then by code."""
    context = context or Context()
    entries: list[Item | Package] = [*items, *packages]
    doubles = doubled_names((entry.code, entry.name) for entry in entries)
    found = [*publisher_findings(context), *doubled_codes(entries), *doubles]
    known = {**context.inherited, **{item.code: item for item in items}}
    for item in items:
        found += [*own_findings(item), *_limits_above(item, context)]
        found += [not_held(item.code, name, code) for name, code in mentions_of(item) if code not in known]
    found += [field_clash(clash) for clash in shared_field_clashes(items)]
    for package in packages:
        found += [*own_findings(package), *members_findings(package, known)]
    return sorted(found, key=lambda finding: (finding.severity, finding.code))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether publishing is refused."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def missing_names(item: Item) -> list[str]:
    """The mandatory elements that are empty, by field name."""
    return [name for name in MANDATORY if not getattr(item, name)]


def missing_elements(item: Item) -> list[str]:
    """The mandatory elements that are empty, by their Chinese names."""
    return [label_of(Item, name) for name in missing_names(item)]


def exchange_names(item: Item) -> list[str]:
    """The elements that only the national exchange tables demand and that are unknown, by field name."""
    missing = [name for name in EXCHANGE if getattr(item, name) in (None, "")]
    if not base_code_of(item):
        missing.append("base_code")
    return missing if implementation_code_of(item) else [*missing, "implementation_code"]


def missing_for_exchange(item: Item) -> list[str]:
    """The same by their Chinese names."""
    return [label_of(Item, name) for name in exchange_names(item)]


def completeness(item: Item) -> int:
    """Percent of the mandatory elements that are filled; 100 only when all are."""
    return 100 * (len(MANDATORY) - len(missing_names(item))) // len(MANDATORY)


class _Notes:
    """Findings of one entry in the making."""

    def __init__(self, code: str, *, is_lenient: bool = False) -> None:
        self.code = code
        self.found: list[Finding] = []
        self._worst = Severity.WARNING if is_lenient else Severity.ERROR

    def error(self, where: str, message: str) -> None:
        """An error whatever the state of the item."""
        self.found.append(Finding(self.code, where, Severity.ERROR, message))

    def fault(self, where: str, message: str) -> None:
        """An error for an item in force, a warning for one that is closed anyway."""
        self.found.append(Finding(self.code, where, self._worst, message))

    def warn(self, where: str, message: str) -> None:
        """Something to look at."""
        self.found.append(Finding(self.code, where, Severity.WARNING, message))


def own_findings(entry: Item | Package) -> tuple[Finding, ...]:
    """What is to be said of an entry whatever stands beside it; most of the work of `lint`."""
    return _own_of_package(entry) if isinstance(entry, Package) else _own_of_item(entry)


def _own_of_item(item: Item) -> tuple[Finding, ...]:
    notes = _notes_on(item)
    _elements(item, notes)
    _codes(item, notes)
    _limits(item, notes)
    _materials(item, notes)
    for fault in tree_faults(item):
        told = f"情形：{fault.label}：{fault.message}。"
        if fault.way:
            told = f"情形：{fault.label}：{fault.message}（答法：{fault.way}）。"
        notes.error(fault.field, told)
    _form(item, notes)
    _damaged(item.to_dict(), notes)
    _consistency(item, notes)
    for is_error, name, message in date_faults(item):
        (notes.error if is_error else notes.warn)(name, message)
    return tuple(notes.found)


def mentions_of(entry: Item | Package) -> list[tuple[str, str]]:
    """(field, code) of every other item that an entry names."""
    if isinstance(entry, Package):
        return [("members", code) for code in entry.members]
    found = [(name, code) for name in ("related", "prerequisites") for code in getattr(entry, name)]
    if entry.replaced_by and entry.replaced_by != entry.code:
        found.append(("replaced_by", entry.replaced_by))
    return found


def not_held(code: str, name: str, mentioned: str) -> Finding:
    """What is said where an entry names an item that the catalog lacks. name: one of `mentions_of`."""
    if name == "members":
        return Finding(code, name, Severity.ERROR, f"成员事项 {mentioned} 不在本目录。")
    severity = Severity.ERROR if name == "replaced_by" else Severity.WARNING
    return Finding(code, name, severity, f"{label_of(Item, name)} {mentioned} 不在本目录。")


def field_clash(clash: Clash) -> Finding:
    """Two forms that mean different things by one shared word."""
    return Finding(clash.code, clash.field, Severity.ERROR, clash.message)


def _notes_on(item: Item) -> _Notes:
    is_lenient = item.status in (Status.INCOMPLETE, Status.SUSPENDED, Status.WITHDRAWN)
    return _Notes(item.code, is_lenient=is_lenient)


def _consistency(item: Item, notes: _Notes) -> None:
    """Two elements of one item that contradict each other."""
    if item.has_fee is False and item.fees:
        notes.fault("has_fee", "写明不收费，却列有收费项目。")
    if item.has_fee and not item.fees:
        notes.fault("fees", "写明收费，却没有收费项目和标准。")
    if item.has_special is False and item.specials:
        notes.fault("has_special", "写明没有特别程序，却列有特别程序。")
    for place in ("township", "village"):
        held = getattr(item, place)
        if held and not is_division_code(held.code):
            notes.fault(f"{place}.code", f"区划代码“{held.code}”不是 12 位区划代码。")


def _elements(item: Item, notes: _Notes) -> None:
    missing = missing_names(item)
    if missing and item.status is Status.INCOMPLETE:
        told = "、".join(missing_elements(item))
        notes.warn("status", f"要素不全，不开放收件；缺少：{told}。")
    elif missing:
        for name in missing:
            notes.fault(name, f"缺少必备要素：{label_of(Item, name)}。")
    if not missing and (unknown := exchange_names(item)):
        told = "、".join(missing_for_exchange(item))
        notes.warn(unknown[0], f"全国交换表的必备要素还没有：{told}。")
    if item.is_negative and item.is_open:
        notes.error("negative_reason", "负面清单内的事项不能开放收件，请改为只供咨询或专窗办理。")
    if item.is_open and not item.materials:
        notes.error("materials", "开放收件的事项没有申请材料。")
    if item.counter_only and not (item.counter_place or item.place):
        notes.fault("counter_place", "专窗办理的事项要写明去哪里办。")
    if item.is_open and item.visits > 0 and not item.visits_why:
        notes.warn("visits_why", "要到现场，却没有写明原因。")
    for index, condition in enumerate(item.conditions):
        if _VAGUE_CONDITION.search(condition):
            notes.warn(f"conditions[{index}]", f"受理条件“{condition[:40]}”是兜底条款，请写明具体条件。")


def _codes(item: Item, notes: _Notes) -> None:
    form = form_of(item.code)
    if form is CodeForm.LOCAL:
        notes.fault("code", "在用事项要有正式编码，现为本地临时编码。")
    elif form not in _OFFICIAL:
        notes.fault("code", f"编码“{item.code}”不是 10、12、31 或 33 位的正式编码。")
    agency = item.agency.code if item.agency else ""
    if agency and not is_credit_code(agency):
        notes.fault("agency.code", f"实施主体的统一社会信用代码“{agency}”校验不对。")
    elif item.agency and not agency:
        notes.fault("agency.code", "缺少实施主体的统一社会信用代码，办件无法编号。")
    written = next((name for name in ("implementation_code", "base_code") if getattr(item, name)), "level")
    for conflict in code_conflicts(item):
        notes.fault(written, conflict)
    parts = CodeParts.of(item.code)
    if parts and not is_credit_code(parts.agency):
        notes.fault("code", f"编码中的信用代码“{parts.agency}”校验不对。")
    elif parts and agency and parts.agency != agency:
        notes.fault("agency.code", f"编码中的信用代码“{parts.agency}”与实施主体“{agency}”不一致。")


def _limits(item: Item, notes: _Notes) -> None:
    if is_longer(item.promised, item.statutory):
        notes.error("promised", f"承诺时限{told(item.promised)}长于法定时限{told(item.statutory)}。")
    if item.promised and item.statutory and item.promised.unit is not item.statutory.unit:
        notes.warn("promised.unit", "承诺时限与法定时限单位不同，请核对。")
    if item.case_type is CaseType.ON_THE_SPOT and item.promised and item.promised.value > 1:
        notes.warn("case_type", f"即办件的承诺时限是{told(item.promised)}，请核对。")


def _limits_above(item: Item, context: Context) -> list[Finding]:
    above, notes = context.base.get(item.code), _notes_on(item)
    if above is None:
        return []
    for name in ("statutory", "promised"):
        own, base = getattr(item, name), getattr(above, name)
        if is_longer(own, base):
            message = f"{label_of(Item, name)}{told(own)}，长于{context.base_name}的{told(base)}。"
            notes.error(name, message)
    return notes.found


def is_longer(own: Limit | None, other: Limit | None) -> bool:
    """Whether a limit is surely longer than another; n working days are never fewer than n days."""
    if own is None or other is None:
        return False
    has_sure_order = own.unit is other.unit or own.unit.value == "workday"
    return has_sure_order and own.value > other.value


def told(limit: Limit | None) -> str:
    """A limit in words: 20个工作日; on the spot is 当场."""
    if limit is None:
        return "未定"
    return f"{limit.value}{limit.unit.label}" if limit.value else "当场"


def _materials(item: Item, notes: _Notes) -> None:
    for index, material in enumerate(item.materials):
        where = f"materials[{index}]"
        vague = VAGUE.search(material.name)
        if vague:
            message = f"材料“{material.name}”含模糊用语“{vague.group()}”，请写明具体材料。"
            notes.fault(f"{where}.name", message)
        if item.status is Status.INCOMPLETE:
            continue
        if not material.basis:
            notes.warn(f"{where}.basis", f"材料“{material.name}”没有依据。")
        if material.medium is not Medium.ELECTRONIC and material.originals + material.copies == 0:
            notes.warn(f"{where}.originals", f"材料“{material.name}”没有份数。")


def _form(item: Item, notes: _Notes) -> None:
    for index, entry in enumerate(item.form):
        if (entry.kind is FieldKind.CHOICE) != bool(entry.options):
            message = "是选择题却没有可选值" if not entry.options else "不是选择题却有可选值"
            notes.error(f"form[{index}].options", f"表单字段“{entry.label}”{message}。")
    if item.power is Power.CONSULT and item.form:
        notes.warn("form", "只供咨询的事项用不到表单。")


def _damaged(fields: Mapping[str, Any], notes: _Notes) -> None:
    for where, text in texts_in(fields):
        wrong = damage(text)
        if wrong:
            notes.error(where, f"文字疑似损坏：{wrong}。")
    if len(json.dumps(fields, ensure_ascii=False).encode()) > LINE_BYTES_MAX * 9 // 10:
        notes.error("", f"内容超过 {LINE_BYTES_MAX // 1024} KiB，请精简。")


def _own_of_package(package: Package) -> tuple[Finding, ...]:
    notes = _Notes(package.code)
    if len(package.members) < 2:
        notes.error("members", "联办事项至少要有两个成员事项。")
    if len(set(package.members)) < len(package.members):
        notes.error("members", "成员事项有重复。")
    for fault in stage_faults(package):
        notes.error("stages", fault)
    if not package.lead:
        notes.error("lead", "缺少牵头部门。")
    if package.limit is None:
        notes.warn("limit", "没有写明总时限。")
    _damaged(package.to_dict(), notes)
    return tuple(notes.found)


def members_findings(package: Package, known: Mapping[str, Member]) -> list[Finding]:
    """What is to be said of a package beside its members. known: the items of the catalog by code."""
    notes = _Notes(package.code)
    for code in package.members:
        if code not in known:
            notes.found.append(not_held(package.code, "members", code))
        elif not known[code].is_open:
            notes.warn("members", f"成员事项“{known[code].name}”不开放收件。")
    if package.limit and is_longer(package.limit, way := longest_way(package, known)):
        notes.warn("limit", f"总时限{told(package.limit)}，长于各步承诺时限之和{told(way)}。")
    return notes.found


def publisher_findings(context: Context) -> list[Finding]:
    """Whether the publisher's division is known."""
    code = context.publisher.rpartition("-")[2]
    if not context.publisher or context.divisions is None or code in context.divisions:
        return []
    return [Finding("", "publisher", Severity.ERROR, f"发布方的区划 {code} 不在区划表中。")]


def doubled_codes(entries: Iterable[Item | Package]) -> Iterator[Finding]:
    """Entries under a code that an earlier one has."""
    names: dict[str, str] = {}
    for entry in entries:
        if entry.code in names:
            message = f"编码与“{names[entry.code]}”重复。"
            yield Finding(entry.code, "code", Severity.ERROR, message)
        names.setdefault(entry.code, entry.name)


def doubled_names(entries: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Entries, each a code and a name, under a name that an earlier one of another code has."""
    codes: dict[str, str] = {}
    for code, name in entries:
        held = codes.setdefault(name, code)
        if held != code:
            yield Finding(code, "name", Severity.WARNING, f"名称与 {held} 相同，请核对。")
