"""The terms events are written in: closed lists of values, times and days, and the shapes of ids."""

from datetime import date
from typing import Any

from catalog_cache.records import REQUIRED, Choice, words

HEX32 = "[0-9a-f]{32}"
RESIDENCE = r"city:[0-9]{12}|province|nation"
HEX64 = "[0-9a-f]{64}"
BASE64 = "[A-Za-z0-9+/]{0,86}={0,2}"
DIVISION = "[0-9]{12}"
ID = r"[\w.\-]{1,60}"
FILE_BYTES_MAX = 64 * 1024 * 1024
MOMENT = "%Y-%m-%dT%H:%M:%SZ"

_YEAR = "(?:19|20)[0-9]{2}"
_LEAP_YEAR = "(?:(?:19|20)(?:0[48]|[2468][048]|[13579][26])|2000)"
_MONTH_31 = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
_MONTH_30 = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
_FEBRUARY = "02-(?:0[1-9]|1[0-9]|2[0-8])"
DAY_FORM = f"(?:{_YEAR}-(?:{_MONTH_31}|{_MONTH_30}|{_FEBRUARY})|{_LEAP_YEAR}-02-29)"
MOMENT_FORM = DAY_FORM + "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"


def moment(label: str, *, default: Any = REQUIRED) -> Any:
    """A field holding a UTC time as text, such as 2026-11-22T09:41:00Z; only times that exist."""
    return words(label, 20, pattern=MOMENT_FORM, default=default)


def day(label: str, *, default: Any = REQUIRED) -> Any:
    """A field holding a day of 1900 to 2099 as text, such as 2026-12-07; only days that exist."""
    return words(label, 10, pattern=DAY_FORM, default=default)


def day_of(text: str) -> date | None:
    """The day a checked text stands for; None for ""."""
    return date.fromisoformat(text) if text else None


class PartyKind(Choice):
    """服务对象: a person or an organisation."""

    PERSON = "person", "个人"
    FIRM = "firm", "法人或其他组织"


class IdKind(Choice):
    """What somebody shows to say who they are."""

    IDCARD = "idcard", "居民身份证"
    IDCARD15 = "idcard15", "15 位旧号（仅作纸质依据）"
    USCC = "uscc", "统一社会信用代码"
    PASSPORT = "passport", "护照"
    OTHER = "other", "其他证件"


class Source(Choice):
    """How an identity came in."""

    CHIP = "chip", "读卡器"
    WEDGE = "wedge", "读卡键入"
    OCR = "ocr", "拍照识别"
    TYPED = "typed", "手工输入"


class Authority(Choice):
    """On what an agent acts."""

    KIN = "kin", "近亲属"
    GUARDIAN = "guardian", "监护人"
    WRITTEN = "written", "书面委托"
    STATION = "station", "委托本站代办"


class Held(Choice):
    """The state of one material line."""

    IN = "in", "已收"
    MISSING = "missing", "缺"
    PLEDGED = "pledged", "容缺"
    DEFECTIVE = "defective", "不符"


class Paper(Choice):
    """Which document was printed."""

    RECEIPT = "receipt", "收件凭证"
    ACCEPTANCE = "acceptance", "受理通知书"
    NOTICE = "notice", "一次性告知书"
    REFUSAL = "refusal", "不予受理通知书"
    SUPPLEMENT = "supplement", "补正材料接收凭证"
    PLEDGE = "pledge", "容缺承诺书"
    SPECIAL = "special", "特别程序告知书"
    HANDOUT = "handout", "送达回证"
    PROXY = "proxy", "代办委托书"
    BATCH = "batch", "物料流转单"
    GUIDE = "guide", "办事指南"
    DAY_END = "day_end", "日结单"


class Path(Choice):
    """How mail came."""

    LINK = "link", "联网"
    RELAY = "relay", "镇中转"
    USB = "usb", "U 盘"


class Outcome(Choice):
    """预受理结果."""

    PASS = "1", "预审通过"
    REFUSE = "2", "预审不通过"
    SUPPLEMENT = "3", "需要补正"


class StepKind(Choice):
    """审批环节."""

    HANDLE = "1", "承办"
    REVIEW = "2", "审核"
    APPROVE = "3", "批准"


class Action(Choice):
    """What a step ended with."""

    PASS = "pass", "通过"
    RETURN = "return", "退回"
    OTHER = "other", "其他"


class End(Choice):
    """办结代码."""

    LICENCE = "0", "出证"
    RETURNED = "1", "退回"
    VOID = "2", "作废"
    DELETED = "3", "删除"
    FORWARDED = "4", "转报"
    NOT_SUPPLEMENTED = "5", "补正不来"
    DONE = "6", "办结"


class Special(Choice):
    """特别程序."""

    HEARING = "hearing", "听证"
    TENDER = "tender", "招标拍卖"
    INSPECTION = "inspection", "检验检测检疫"
    EXPERT = "expert", "鉴定和专家评审"
    OTHER = "other", "其他"


class Way(Choice):
    """How a result travels."""

    WINDOW = "window", "本站领取"
    POST = "post", "邮寄"
    ELECTRONIC = "electronic", "电子件"
    HALL = "hall", "大厅领取"


class Signature(Choice):
    """How the receiver confirmed."""

    SIGNED = "signed", "签名"
    FINGERPRINT = "fingerprint", "按指印"
    REFUSED = "refused", "拒签"
