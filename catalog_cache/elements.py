"""The parts of an item: limits, laws, steps, fees, results, materials, questions, form fields.

Each is one table of an implementation list (GB/T 39046-2020 table 4 and the national exchange tables);
`docs/catalog-format.md` pairs every field with its Chinese element.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from catalog_cache.choices import (
    AgencyKind,
    CopyKind,
    DutyRole,
    FieldKind,
    Medium,
    Need,
    SpecialKind,
    Unit,
)
from catalog_cache.records import (
    Record,
    choice,
    flag,
    lines,
    many,
    one,
    optional_day,
    optional_words,
    whole,
    words,
)

CODE = r"[0-9A-Z][0-9A-Z\-]{2,49}"
ID = r"[\w.\-]{1,40}"
GUIDE_CHARS_MAX = 2000


FILE_NAME = r"[^/\\:*?\"<>|]+\.[0-9A-Za-z]{1,8}"
FILE_HASH = "[0-9a-f]{64}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage(Record):
    """What the first page of a PDF looks like: a PNG or JPEG beside the pack, like the file itself."""

    title: ClassVar[str] = "首页图"
    name: str = words("首页图文件名", 120, pattern=FILE_NAME)
    sha256: str = words("文件摘要", 64, pattern=FILE_HASH)
    size: int = whole("文件字节数", 1, 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(Record):
    """A sample or blank form; the file itself lies beside the pack under its SHA-256."""

    title: ClassVar[str] = "附件"
    name: str = words("文件名", 120, pattern=FILE_NAME)
    sha256: str = words("文件摘要", 64, pattern=FILE_HASH)
    size: int = whole("文件字节数", 1, 64 * 1024 * 1024)
    first_page: FirstPage | None = one("首页图", FirstPage, default=None)

    @property
    def page_picture(self) -> "Attachment | None":
        """The picture of its first page, as a file of its own."""
        page = self.first_page
        return Attachment(name=page.name, sha256=page.sha256, size=page.size) if page else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Record):
    """A time limit 办结时限; value 0 means on the spot."""

    title: ClassVar[str] = "时限"
    value: int = whole("时限", 0, 3650)
    unit: Unit = choice("单位", Unit)
    note: str = words("说明", 300, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency(Record):
    """实施主体. code: the 18-character credit code, "" while unknown."""

    title: ClassVar[str] = "实施主体"
    name: str = words("实施主体名称", 100)
    code: str = words("统一社会信用代码", 18, pattern="[0-9A-Z]{18}", default="")
    kind: AgencyKind = choice("实施主体性质", AgencyKind, default=AgencyKind.STATUTORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis(Record):
    """设定和实施依据: one article of one law."""

    title: ClassVar[str] = "依据"
    law: str = words("法律法规名称", 200)
    number: str = words("文号", 100, default="")
    article: str = words("条款", 100, default="")
    text: str = words("条文内容", GUIDE_CHARS_MAX, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Record):
    """One step of 办理流程."""

    title: ClassVar[str] = "办理环节"
    name: str = words("环节", 60)
    who: str = words("办理人员", 60, default="")
    limit: str = words("环节时限", 60, default="")
    standard: str = words("审查标准", GUIDE_CHARS_MAX, default="")
    result: str = words("环节结果", 200, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee(Record):
    """收费项目. reducible: to whom and how much 可否减免, "" for none."""

    title: ClassVar[str] = "收费"
    name: str = words("收费名称", 100)
    standard: str = words("收费标准", 300)
    basis: str = words("收费依据", 300, default="")
    reducible: str = words("减免", 300, default="")
    reduction_basis: str = words("减免依据", 300, default="")
    note: str = words("收费备注", 300, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Record):
    """办理结果."""

    title: ClassVar[str] = "结果"
    kind: str = words("结果类型", 40)
    name: str = words("结果名称", 100)
    validity: str = words("有效期", 100, default="")
    delivery: str = words("送达方式", 100, default="")
    delivery_limit: str = words("送达期限", 100, default="")
    sample: Attachment | None = one("结果样本", Attachment, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Record):
    """申请材料. spec: paper size; source: where the applicant gets it; standard: 受理标准;
    issued_within: how old it may be; place: where it is issued; the files: 空白表格, 示例样表.
    """

    title: ClassVar[str] = "材料"
    id: str = words("材料标识", 40, pattern=ID)
    name: str = words("材料名称", 120)
    need: Need = choice("是否必要", Need, default=Need.REQUIRED)
    kind: CopyKind = choice("材料类型", CopyKind, default=CopyKind.ORIGINAL)
    medium: Medium = choice("材料形式", Medium, default=Medium.PAPER)
    originals: int = whole("原件份数", default=0)
    copies: int = whole("复印件份数", default=0)
    spec: str = words("规格", 60, default="")
    source: str = words("来源渠道", 100, default="")
    issuer: str = words("出具机构", 100, default="")
    standard: str = words("受理标准", GUIDE_CHARS_MAX, default="")
    basis: str = words("材料依据", 300, default="")
    notes: str = words("填报须知", GUIDE_CHARS_MAX, default="")
    order: int = whole("排序", 0, 999, default=0)
    source_words: str = words("来源渠道说明", 300, default="")
    issued_within: str = words("出具时间要求", 200, default="")
    place: str = words("材料办理地点", 200, default="")
    remarks: str = words("材料备注", 500, default="")
    blank_form: Attachment | None = one("空白表格", Attachment, default=None)
    sample: Attachment | None = one("示例样表", Attachment, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Record):
    """One answer. then: the next question's id, null to stop; add: material ids it asks for."""

    title: ClassVar[str] = "选项"
    value: str = words("选项值", 40, pattern=ID)
    label: str = words("选项文字", 120)
    then: str | None = optional_words("下一题", 40, pattern=ID)
    add: tuple[str, ...] = lines("所需材料", 60, 40, pattern=ID)
    situation: str | None = optional_words("情形名称", 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Record):
    """One question that tells situations (情形) apart."""

    title: ClassVar[str] = "情形问题"
    id: str = words("问题标识", 40, pattern=ID)
    text: str = words("问题", 200)
    options: tuple[Option, ...] = many("选项", Option, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField(Record):
    """One field of the application form. shared: name of a field asked once for a whole basket."""

    title: ClassVar[str] = "表单字段"
    id: str = words("字段标识", 40, pattern=ID)
    label: str = words("字段名称", 60)
    kind: FieldKind = choice("字段类型", FieldKind, default=FieldKind.TEXT)
    required: bool = flag("必填", default=False)
    options: tuple[str, ...] = lines("可选值", 60, 60)
    shared: str | None = optional_words("共用字段", 60, pattern=r"[a-z_]+(\.[a-z_]+)*")
    section: str = words("字段分组", 60, default="")
    hint: str = words("填写提示", 200, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq(Record):
    """常见问题."""

    title: ClassVar[str] = "常见问题"
    q: str = words("问", 200)
    a: str = words("答", GUIDE_CHARS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Record):
    """A division that carries the item out: 乡镇街道 or 村居社区, with its 12-digit code."""

    title: ClassVar[str] = "区划"
    code: str = words("区划代码", 12, pattern="[1-9][0-9]{11}")
    name: str = words("区划名称", 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Special(Record):
    """特别程序: what stops the clock, by which rule, for how long."""

    title: ClassVar[str] = "特别程序"
    name: str = words("特别程序名称", 100)
    kind: SpecialKind = choice("特别程序种类", SpecialKind, default=SpecialKind.OTHER)
    basis: str = words("特别程序依据", 300, default="")
    limit: Limit | None = one("特别程序时限", Limit, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intermediary(Record):
    """中介服务. is_statutory: whether a law demands it."""

    title: ClassVar[str] = "中介服务"
    name: str = words("中介服务名称", 100)
    is_statutory: bool = flag("是否法定", default=False)
    basis: str = words("中介服务依据", 300, default="")
    note: str = words("中介服务说明", 300, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Record):
    """A power handed to the station or township (#14). until: its last day, null for open-ended."""

    title: ClassVar[str] = "下放"
    by: str = words("委托或授权机关", 100)
    basis: str = words("下放依据", 300)
    until: date | None = optional_day("下放截止日期")


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty(Record):
    """One line of who does what for the item (#94)."""

    title: ClassVar[str] = "分工"
    office: str = words("承担部门", 100)
    role: DutyRole = choice("分工角色", DutyRole, default=DutyRole.HELPER)
    task: str = words("任务", 300)
    due_on: date | None = optional_day("完成日期")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual(Record):
    """业务手册 (#22): for clerks only, never on a public guide."""

    title: ClassVar[str] = "业务手册"
    duties: str = words("岗位职责", GUIDE_CHARS_MAX, default="")
    authority: str = words("审批权限", GUIDE_CHARS_MAX, default="")
    review_points: tuple[str, ...] = lines("审查内容", 60, 500)
    methods: str = words("审查方法", GUIDE_CHARS_MAX, default="")
    discretion: str = words("裁量标准", GUIDE_CHARS_MAX, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Record):
    """One stage of a package: its members run side by side, the stages one after the other."""

    title: ClassVar[str] = "联办阶段"
    name: str = words("阶段名称", 60)
    members: tuple[str, ...] = lines("阶段成员", 40, 50, pattern=CODE)
