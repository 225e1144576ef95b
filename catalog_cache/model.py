"""Items and packages as the catalog holds them.

One item is one 业务办理项 with the elements of an implementation list (GB/T 39046-2020 table 4);
its situations (情形) differ only in materials. JSON names are the field names below. Everything a
reader can decide about one value alone is decided here; what needs two values is `lint`'s work.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from catalog_cache.choices import (
    ITEM_TYPES,
    AgencyKind,
    CaseType,
    Channel,
    CopyKind,
    DutyRole,
    FieldKind,
    Level,
    Medium,
    Need,
    ObjectKind,
    OnlineDepth,
    Order,
    Power,
    PowerSource,
    Scope,
    SpecialKind,
    Status,
    Unit,
)
from catalog_cache.elements import (
    CODE,
    GUIDE_CHARS_MAX,
    ID,
    Agency,
    Attachment,
    Basis,
    Delegation,
    Duty,
    Faq,
    Fee,
    FirstPage,
    FormField,
    Intermediary,
    Limit,
    Manual,
    Material,
    Option,
    Place,
    Question,
    Result,
    Special,
    Stage,
    Step,
)
from catalog_cache.records import (
    Record,
    choice,
    choices,
    flag,
    lines,
    many,
    one,
    optional_day,
    optional_words,
    whole,
    words,
)

__all__ = [
    "Agency",
    "AgencyKind",
    "Attachment",
    "Basis",
    "CODE",
    "CaseType",
    "Channel",
    "CopyKind",
    "Delegation",
    "Duty",
    "DutyRole",
    "Faq",
    "Fee",
    "FirstPage",
    "FieldKind",
    "FormField",
    "GUIDE_CHARS_MAX",
    "ID",
    "ITEM_TYPES",
    "Intermediary",
    "Item",
    "Level",
    "Limit",
    "Manual",
    "Material",
    "Medium",
    "Need",
    "ObjectKind",
    "OnlineDepth",
    "Option",
    "Order",
    "Package",
    "Place",
    "Power",
    "PowerSource",
    "Question",
    "Result",
    "Scope",
    "Special",
    "SpecialKind",
    "Stage",
    "Status",
    "Step",
    "Unit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Record):
    """One 业务办理项. Fields left empty are unknown; `lint` says which of them are mandatory.

    code: what cases and packs name it by, 10, 12, 31 or 33 characters; base_code and implementation_code
    say what the code leaves open. version: 事项版本, also of its form. A yes-or-no that is null is unknown.
    effective_on: the first day it is done; ends_on: the first day it no longer is. closed_why, instead and
    replaced_by (a code): for an item that is withdrawn, suspended or about to end.
    """

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
    base_code: str = words("基本编码", 12, pattern="[0-9A-Z]{10}|[0-9A-Z]{12}", default="")
    implementation_code: str = words("实施编码", 31, pattern="[0-9A-Z]{11,24}|[0-9A-Z]{31}", default="")
    local_code: str = words("地方编码", 50, pattern=CODE, default="")
    record_id: str = words("记录唯一标识", 64, pattern=r"[0-9A-Za-z\-]{8,64}", default="")
    version: int = whole("事项版本", 1, 9999, default=1)
    effective_on: date | None = optional_day("计划生效日期")
    ends_on: date | None = optional_day("计划取消日期")
    main_item: str = words("主项名称", 120, default="")
    sub_item: str = words("子项名称", 120, default="")
    power_source: PowerSource | None = choice("权力来源", PowerSource, default=None)
    power_division: str = words("权限划分", GUIDE_CHARS_MAX, default="")
    exercise: str = words("行使内容", GUIDE_CHARS_MAX, default="")
    delegation: Delegation | None = one("下放", Delegation, default=None)
    needs_second_clerk: bool = flag("一审一核", default=False)
    entrusted_by: str = words("委托部门", 100, default="")
    joint_agencies: tuple[str, ...] = lines("共同实施机构", 20, 100)
    handling_office: str = words("承办机构", 100, default="")
    township: Place | None = one("乡镇街道", Place, default=None)
    village: Place | None = one("村居社区", Place, default=None)
    has_special: bool | None = flag("是否有特别程序", default=None)
    specials: tuple[Special, ...] = many("特别程序", Special, 20)
    quota: str = words("数量限制", 300, default="")
    intermediaries: tuple[Intermediary, ...] = many("中介服务", Intermediary, 20)
    online_depth: OnlineDepth | None = choice("网办深度", OnlineDepth, default=None)
    is_in_hall: bool | None = flag("是否进驻大厅", default=None)
    is_online: bool | None = flag("是否网办", default=None)
    has_online_payment: bool | None = flag("是否网上支付", default=None)
    has_courier: bool | None = flag("是否物流快递", default=None)
    has_appointment: bool | None = flag("是否支持预约", default=None)
    has_self_service: bool | None = flag("是否自助办理", default=None)
    has_fee: bool | None = flag("是否收费", default=None)
    person_themes: tuple[str, ...] = lines("自然人主题", 20, 40)
    company_themes: tuple[str, ...] = lines("法人主题", 20, 40)
    local_themes: tuple[str, ...] = lines("地方特色主题", 20, 40)
    prerequisites: tuple[str, ...] = lines("前置事项", 40, 50, pattern=CODE)
    form_title: str = words("表单名称", 120, default="")
    duties: tuple[Duty, ...] = many("分工", Duty, 40)
    manual: Manual | None = one("业务手册", Manual, default=None)
    closed_why: str = words("停用原因", 300, default="")
    instead: str = words("停用后去处", 300, default="")
    replaced_by: str = words("替代事项", 50, pattern=CODE, default="")

    @property
    def type_label(self) -> str:
        """事项类型 in words; an extended code is shown as it is."""
        return ITEM_TYPES.get(self.item_type, f"类型 {self.item_type}")

    @property
    def is_negative(self) -> bool:
        """Whether the item stands on the negative list (#35): not taken in at the general window."""
        return bool(self.negative_reason)

    @property
    def is_open(self) -> bool:
        """Whether a station may take in a case: in force, within a power beyond consulting, not elsewhere.

        Whatever the day: `opening.opening_of` also looks at the dates.
        """
        in_force = self.status in (Status.ACTIVE, Status.TRIAL)
        return in_force and self.power is not Power.CONSULT and not self.counter_only

    def material(self, material_id: str) -> Material:
        """One material by its id. Raises KeyError; `lint` refuses items in which that can happen."""
        return {material.id: material for material in self.materials}[material_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(Record):
    """联办/一件事: items done together. lead: the lead department; members: item codes.

    order: how the members run; stages, when given, replace it by groups one after the other; voluntary:
    members that an applicant may leave out (自愿选择).
    """

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
    stages: tuple[Stage, ...] = many("联办阶段", Stage, 20)
    voluntary: tuple[str, ...] = lines("可不选成员", 40, 50, pattern=CODE)
    helpers: tuple[str, ...] = lines("配合部门", 40, 100)
    phone: str = words("联办咨询电话", 60, default="")
