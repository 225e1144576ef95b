"""Which controls the form of an item or package has, in which order, and under which headings.

Labels, closed lists and optional fields are those of the model. The question tree has its own pages
(`station.hall.situations`), attached files are put in elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from catalog_cache.lint import MANDATORY
from catalog_cache.model import (
    ITEM_TYPES,
    Basis,
    Duty,
    Faq,
    Fee,
    FormField,
    Intermediary,
    Item,
    Limit,
    Material,
    Package,
    Result,
    Special,
    Stage,
    Step,
)
from catalog_cache.records import REQUIRED, Choice, FieldFacts, Record, fields_of
from station.hall.publishing.draft import Entry

Options = tuple[tuple[str, str], ...]
YES_NO: Options = (("1", "是"), ("0", "否"))
UNKNOWN = ("", "（没有填）")
LONG = {
    *("text", "standard", "notes", "remarks", "a", "power_division", "exercise", "duties", "authority"),
    *("methods", "discretion"),
}
HINTS = {
    "aliases": "群众口头的叫法，一行一个",
    "agency.code": "18 位",
    "power": "站点对这一事项可以做到哪一步",
    "promised.value": "0 表示当场办结；不填表示没有时限",
    "statutory.value": "0 表示当场办结；不填表示没有时限",
    "conditions": "一行一条",
    "receipt_notes": "印在收件凭证上的话，一行一条",
    "members": "成员事项的编码，一行一个",
    "code": "能不能改、怎么改，见本页的“编码”一栏",
    "related": "事项编码，一行一个",
    "prerequisites": "事项编码，一行一个",
    "effective_on": "如 2026-11-22",
    "ends_on": "如 2026-11-22",
}


@dataclass(frozen=True)
class Field:
    """One control. kind: text, area, lines (one value a line), number, choice, flag, choices, or fixed.

    above: what the label belongs to, such as 承诺办结时限 of 单位; is_null: an empty control means that
    nothing is known, not an empty text.
    """

    path: str
    label: str
    kind: str = "text"
    options: Options = ()
    hint: str = ""
    is_optional: bool = False
    is_null: bool = False
    above: str = ""

    @property
    def id(self) -> str:
        """Its name in the form and its id on the page."""
        return field_id(self.path)


@dataclass(frozen=True)
class Group:
    """Fields under one heading, the heading of a list, or one row of it (number counts from 1).

    is_folded: closed until somebody opens it or something in it has to be put right; words: what the
    row is about; is_new: the row is not there yet.
    """

    title: str
    fields: tuple[Field, ...] = ()
    id: str = ""
    is_folded: bool = False
    number: int = 0
    words: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class Rows:
    """A list of records in an entry. name: its field; one: what a row of it is called."""

    name: str
    label: str
    record: type[Record]
    one: str


def field_id(path: str) -> str:
    """materials[0].notes -> materials-0-notes."""
    return path.replace("[", "-").replace("]", "").replace(".", "-") or "form"


def _facts(record: type[Record], name: str) -> FieldFacts:
    return next(facts for facts in fields_of(record) if facts.name == name)


def controls(record: type[Record], name: str, prefix: str = "", above: str = "") -> Iterator[Field]:
    """The controls of one field; a record inside is its own fields, each named after it."""
    facts = _facts(record, name)
    path = prefix + name
    if facts.kind == "one" and facts.of is not None:
        for inner in fields_of(facts.of):
            yield from controls(facts.of, inner.name, f"{path}.", facts.label)
        return
    is_limit = record is Limit and name == "value"
    yield Field(
        path,
        above if is_limit else facts.label,
        _kind_of(facts),
        _options_of(facts),
        HINTS.get(path.rpartition("]")[2].lstrip("."), ""),
        is_optional=facts.default is not REQUIRED and not (record is Item and name in MANDATORY),
        is_null=facts.default is None,
        above="" if is_limit or facts.label.startswith(above) else above,
    )


def _kind_of(facts: FieldFacts) -> str:
    if facts.name == "item_type":
        return "choice"
    if facts.name == "code" and facts.label in ("事项编码", "编码"):
        return "fixed"
    if facts.kind == "text":
        return "area" if facts.name in LONG else "text"
    return {"whole": "number", "day": "text"}.get(facts.kind, facts.kind)


def _options_of(facts: FieldFacts) -> Options:
    if facts.name == "item_type":
        return tuple(ITEM_TYPES.items())
    if facts.kind == "flag":
        return YES_NO if facts.default is not None else (UNKNOWN, *YES_NO)
    if facts.of is None or not issubclass(facts.of, Choice):
        return ()
    named = tuple((member.value, member.label) for member in facts.of)
    return (UNKNOWN, *named) if facts.default is None else named


def _group(record: type[Record], title: str, names: str, *, is_folded: bool = False) -> Group:
    fields = (field for name in names.split() for field in controls(record, name))
    return Group(title, tuple(fields), is_folded=is_folded)


ITEM_GROUPS = (
    _group(
        Item,
        "名称与权限",
        "name aliases item_type theme department agency object_kinds case_type level power status",
    ),
    _group(Item, "时限与次数", "promised statutory visits visits_why"),
    _group(
        Item,
        "在哪里办",
        "place hours phone complaint_phone counter_only counter_place negative_reason scope channels",
    ),
    _group(Item, "条件与告知", "conditions receipt_notes source_note"),
)
ITEM_ROWS = (
    Rows("materials", "申请材料", Material, "材料"),
    Rows("basis", "设定依据", Basis, "依据"),
    Rows("steps", "办理流程", Step, "环节"),
    Rows("results", "办理结果", Result, "结果"),
    Rows("fees", "收费", Fee, "收费"),
    Rows("form", "表单", FormField, "表单字段"),
    Rows("faq", "常见问题", Faq, "问答"),
    Rows("specials", "特别程序", Special, "特别程序"),
    Rows("intermediaries", "中介服务", Intermediary, "中介服务"),
    Rows("duties", "分工", Duty, "分工"),
)
MORE_GROUPS = (
    _group(
        Item,
        "编码、生效与分类",
        "code base_code implementation_code local_code record_id version effective_on ends_on closed_why"
        " instead replaced_by main_item sub_item themes life_events person_themes company_themes"
        " local_themes related prerequisites",
        is_folded=True,
    ),
    _group(
        Item,
        "全国交换表的要素",
        "power_source has_special is_in_hall is_online has_online_payment has_courier has_fee"
        " has_appointment has_self_service online_depth power_division exercise quota",
        is_folded=True,
    ),
    _group(
        Item,
        "下放、委托与承办",
        "needs_second_clerk delegation entrusted_by joint_agencies handling_office township village"
        " form_title",
        is_folded=True,
    ),
    _group(Item, "业务手册（只给窗口人员看）", "manual", is_folded=True),
)
PACKAGE_GROUPS = (
    _group(
        Package,
        "联办事项",
        "code name life_event lead members voluntary helpers phone order limit notes",
    ),
)
PACKAGE_ROWS = (Rows("stages", "联办阶段", Stage, "阶段"),)
NAMING = ("name", "law", "label", "q", "office")
HIDDEN = {"id", "blank_form", "sample"}
"""Parts of a row that nobody types: what names it, and its files."""
BASE = Field("base", "要交的情形", "choice", (("1", "每种情形都要"), ("0", "看情形")))


def rows_of(entry: Entry) -> tuple[Rows, ...]:
    """The lists of an entry that the form shows."""
    return PACKAGE_ROWS if isinstance(entry, Package) else ITEM_ROWS


@lru_cache(maxsize=4000)
def row_fields(rows: Rows, index: int) -> tuple[Field, ...]:
    """The controls of one row."""
    prefix = f"{rows.name}[{index}]."
    names = [facts.name for facts in fields_of(rows.record) if facts.name not in HIDDEN]
    fields = [control for name in names for control in controls(rows.record, name, prefix)]
    if rows.record is Material:
        fields.insert(2, replace(BASE, path=f"{prefix}base"))
    return tuple(fields)


def is_typed(field: Field) -> bool:
    """Whether somebody types into it; a list to choose from always says something."""
    return field.kind not in ("choice", "flag", "choices", "fixed")


def groups_for(entry: Entry) -> list[Group]:
    """The form of an entry, its lists as one group a row and one more for a row to come."""
    is_package = isinstance(entry, Package)
    rows = [group for one in rows_of(entry) for group in _row_groups(entry, one)]
    if is_package:
        return [*PACKAGE_GROUPS, *rows]
    return [*ITEM_GROUPS, *rows, *MORE_GROUPS]


def _row_groups(entry: Entry, rows: Rows) -> Iterator[Group]:
    held = getattr(entry, rows.name)
    yield Group(rows.label, id=rows.name)
    for index, record in enumerate(held):
        words = next(getattr(record, part) for part in NAMING if hasattr(record, part))
        yield Group(rows.one, row_fields(rows, index), f"{rows.name}-{index}", True, index + 1, words)
    count = len(held)
    yield Group(rows.one, row_fields(rows, count), f"{rows.name}-{count}", True, count + 1, is_new=True)
