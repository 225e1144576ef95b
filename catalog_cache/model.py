"""Items, situations, materials and packages as the catalog holds them.

One item is one 业务办理项 with the elements of an implementation list (GB/T 39046-2020 table 4);
its situations (情形) differ only in materials. JSON names are the field names below. Everything a
reader can decide about one value alone is decided here; what needs two values is `lint`'s work.
"""

from dataclasses import dataclass
from typing import ClassVar

from catalog_cache.records import (
    Choice,
    Record,
    choice,
    choices,
    flag,
    lines,
    many,
    one,
    optional_words,
    whole,
    words,
)

CODE = r"[0-9A-Z][0-9A-Z\-]{2,49}"
ID = r"[\w.\-]{1,40}"
GUIDE_CHARS_MAX = 2000

ITEM_TYPES = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}


class Level(Choice):
    """行使层级 of an item, and the level of a node."""

    VILLAGE = "village", "村（社区）"
    TOWNSHIP = "township", "镇（街道）"
    COUNTY = "county", "县（市、区）"
    CITY = "city", "地市"


class Power(Choice):
    """What a station may do with the item, from least to most."""

    CONSULT = "consult", "咨询"
    RECEIVE = "receive", "收件"
    RECEIVE_ON_BEHALF = "receive_on_behalf", "代受理"
    ACCEPT = "accept", "受理"
    DECIDE = "decide", "当场办结"


class Status(Choice):
    """事项状态."""

    ACTIVE = "active", "在用"
    TRIAL = "trial", "试行"
    INCOMPLETE = "incomplete", "要素不全"
    SUSPENDED = "suspended", "暂停"


class ObjectKind(Choice):
    """服务对象."""

    PERSON = "1", "自然人"
    COMPANY = "2", "企业法人"
    INSTITUTION = "3", "事业法人"
    SOCIETY = "4", "社会组织法人"
    AGENCY = "5", "行政机关"
    OTHER = "6", "其他组织"


class AgencyKind(Choice):
    """实施主体性质."""

    STATUTORY = "1", "法定机关"
    AUTHORISED = "2", "授权组织"
    ENTRUSTED = "3", "受委托组织"
    OTHER = "9", "其他"


class CaseType(Choice):
    """办件类型."""

    ON_THE_SPOT = "1", "即办件"
    PROMISED = "2", "承诺件"


class Unit(Choice):
    """Unit of a time limit."""

    WORKDAY = "workday", "个工作日"
    DAY = "day", "日"


class Scope(Choice):
    """通办范围."""

    COUNTY = "county", "全县（区）"
    CITY = "city", "全市"
    PROVINCE = "province", "全省"
    NATION = "nation", "全国"


class Channel(Choice):
    """办理形式."""

    WINDOW = "1", "窗口"
    COMPUTER = "2", "网上"
    MOBILE = "3", "移动端"
    COURIER = "4", "邮寄"
    OTHER = "9", "其他"


class Need(Choice):
    """Whether a material is needed."""

    REQUIRED = "required", "必要"
    OPTIONAL = "optional", "非必要"
    TOLERANT = "tolerant", "可容缺"


class CopyKind(Choice):
    """材料类型."""

    ORIGINAL = "original", "原件"
    COPY = "copy", "复印件"
    BOTH = "both", "原件和复印件"
    CHECK_ORIGINAL = "check_original", "复印件（核对原件）"


class Medium(Choice):
    """材料形式."""

    PAPER = "paper", "纸质"
    ELECTRONIC = "electronic", "电子"
    BOTH = "both", "纸质或电子"


class FieldKind(Choice):
    """What a form field takes."""

    TEXT = "text", "文字"
    DATE = "date", "日期"
    NUMBER = "number", "数字"
    CHOICE = "choice", "选择"
    PHONE = "phone", "电话"
    IDNO = "idno", "证件号码"
    ADDRESS = "address", "地址"


class Order(Choice):
    """How the members of a package run."""

    PARALLEL = "parallel", "并联办理"
    ORDERED = "ordered", "依次办理"


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
    """收费项目."""

    title: ClassVar[str] = "收费"
    name: str = words("收费名称", 100)
    standard: str = words("收费标准", 300)
    basis: str = words("收费依据", 300, default="")
    reducible: str = words("减免", 300, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Record):
    """办理结果."""

    title: ClassVar[str] = "结果"
    kind: str = words("结果类型", 40)
    name: str = words("结果名称", 100)
    validity: str = words("有效期", 100, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Record):
    """申请材料. spec: paper size; source: where the applicant gets it; standard: 受理标准."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq(Record):
    """常见问题."""

    title: ClassVar[str] = "常见问题"
    q: str = words("问", 200)
    a: str = words("答", GUIDE_CHARS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """One 业务办理项. Fields left empty are unknown; `lint` says which of them are mandatory."""

    title: ClassVar[str] = "事项"
    code: str = words("事项编码", 50, pattern=CODE)
    name: str = words("事项名称", 120)
    aliases: tuple[str, ...] = lines("俗称", 20, 40)
    item_type: str = words("事项类型", 2, pattern="0[1-9]|1[0-9]|2[0-9]")
    theme: str = words("主题", 40)
    themes: tuple[str, ...] = lines("其他主题", 20, 40)
    life_events: tuple[str, ...] = lines("人生事件", 20, 40)
    object_kinds: tuple[ObjectKind, ...] = choices("服务对象", ObjectKind)
    level: Level = choice("行使层级", Level)
    power: Power = choice("窗口权限", Power, default=Power.CONSULT)
    status: Status = choice("事项状态", Status, default=Status.INCOMPLETE)
    agency: Agency | None = one("实施主体", Agency, default=None)
    department: str = words("主管部门", 100, default="")
    basis: tuple[Basis, ...] = many("设定依据", Basis, 30)
    conditions: tuple[str, ...] = lines("受理条件", 40, GUIDE_CHARS_MAX)
    steps: tuple[Step, ...] = many("办理流程", Step, 30)
    case_type: CaseType | None = choice("办件类型", CaseType, default=None)
    statutory: Limit | None = one("法定办结时限", Limit, default=None)
    promised: Limit | None = one("承诺办结时限", Limit, default=None)
    visits: int = whole("到办事现场次数", 0, 20, default=1)
    visits_why: str = words("必须到现场原因", 300, default="")
    fees: tuple[Fee, ...] = many("收费", Fee, 30)
    place: str = words("办理地点", 200, default="")
    hours: str = words("办理时间", 200, default="")
    phone: str = words("咨询电话", 60, default="")
    complaint_phone: str = words("监督投诉电话", 60, default="")
    scope: Scope = choice("通办范围", Scope, default=Scope.COUNTY)
    channels: tuple[Channel, ...] = choices("办理形式", Channel)
    results: tuple[Result, ...] = many("办理结果", Result, 20)
    materials: tuple[Material, ...] = many("申请材料", Material, 120)
    questions: tuple[Question, ...] = many("情形问题", Question, 40)
    first_question: str | None = optional_words("第一题", 40, pattern=ID)
    base_materials: tuple[str, ...] = lines("各情形均需材料", 120, 40, pattern=ID)
    form: tuple[FormField, ...] = many("表单", FormField, 120)
    receipt_notes: tuple[str, ...] = lines("凭证告知", 20, 300)
    faq: tuple[Faq, ...] = many("常见问题", Faq, 40)
    related: tuple[str, ...] = lines("关联事项", 40, 50, pattern=CODE)
    counter_only: bool = flag("专窗办理", default=False)
    counter_place: str = words("专窗地点", 200, default="")
    negative_reason: str = words("不进综合窗口原因", 300, default="")
    source_note: str = words("来源说明", 300, default="")

    @property
    def type_label(self) -> str:
        """事项类型 in words; an extended code is shown as it is."""
        return ITEM_TYPES.get(self.item_type, f"类型 {self.item_type}")

    @property
    def is_open(self) -> bool:
        """Whether a station may take in a case: in force, within a power beyond consulting, not elsewhere."""
        in_force = self.status in (Status.ACTIVE, Status.TRIAL)
        return in_force and self.power is not Power.CONSULT and not self.counter_only

    def material(self, material_id: str) -> Material:
        """One material by its id. Raises KeyError; `lint` refuses items in which that can happen."""
        return {material.id: material for material in self.materials}[material_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(Record):
    """联办/一件事: items done together. lead: the lead department; members: item codes."""

    title: ClassVar[str] = "联办事项"
    kind: str = words("类别", 10, pattern="package")
    code: str = words("编码", 50, pattern=CODE)
    name: str = words("名称", 120)
    life_event: str = words("人生事件", 40, default="")
    lead: str = words("牵头部门", 100, default="")
    members: tuple[str, ...] = lines("成员事项", 40, 50, pattern=CODE)
    order: Order = choice("办理方式", Order, default=Order.PARALLEL)
    limit: Limit | None = one("总时限", Limit, default=None)
    notes: str = words("说明", GUIDE_CHARS_MAX, default="")
