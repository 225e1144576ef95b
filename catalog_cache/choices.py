"""The closed lists of an implementation list: each value with its code and the Chinese words people read."""

from catalog_cache.records import Choice

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
    PROVINCE = "province", "省"
    NATION = "nation", "国家"
    GRADED = "graded", "分级管理"


class Power(Choice):
    """What a station may do with the item, from least to most."""

    CONSULT = "consult", "咨询"
    RECEIVE = "receive", "收件"
    RECEIVE_ON_BEHALF = "receive_on_behalf", "代受理"
    ACCEPT = "accept", "受理"
    DECIDE = "decide", "当场办结"


class Status(Choice):
    """事项状态. Suspended may come back; withdrawn is taken back for good, with a reason."""

    ACTIVE = "active", "在用"
    TRIAL = "trial", "试行"
    INCOMPLETE = "incomplete", "要素不全"
    SUSPENDED = "suspended", "暂停"
    WITHDRAWN = "withdrawn", "停用"


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
    OTHER = "9", "其他办件"


class Unit(Choice):
    """Unit of a time limit."""

    WORKDAY = "workday", "个工作日"
    DAY = "day", "日"


class Scope(Choice):
    """通办范围: county is none beyond the own county, city 跨县, province 跨市, then 跨省 and 全国."""

    COUNTY = "county", "全县（区）"
    CITY = "city", "全市"
    PROVINCE = "province", "全省"
    CROSS_PROVINCE = "cross_province", "跨省"
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


class PowerSource(Choice):
    """权力来源: whose power the agency exercises."""

    OWN = "1", "法定本级行使"
    HANDED_DOWN = "2", "上级下放"
    AUTHORISED_ABOVE = "3", "上级授权"
    AUTHORISED_BESIDE = "4", "同级授权"
    ENTRUSTED_ABOVE = "5", "上级委托"
    ENTRUSTED_BESIDE = "6", "同级委托"


class OnlineDepth(Choice):
    """网办深度, from reading to the electronic licence."""

    CONSULT = "1", "互联网咨询"
    RECEIVE = "2", "互联网收件"
    PREVIEW = "3", "互联网预审"
    ACCEPT = "4", "互联网受理"
    HANDLE = "5", "互联网办理"
    RESULT = "6", "互联网反馈办理结果"
    LICENCE = "7", "互联网反馈电子证照"


class SpecialKind(Choice):
    """特别程序种类."""

    EXTENSION = "1", "延长审批"
    OTHER = "2", "其他特别程序"


class DutyRole(Choice):
    """Who does what for an item (#94)."""

    LEAD = "lead", "牵头"
    HELPER = "helper", "配合"
