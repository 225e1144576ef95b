"""Who somebody is, as far as a number can tell, and the one way in which private values are masked."""

import re
from dataclasses import dataclass
from datetime import date

from catalog_cache.codes import credit_check
from station.cases.errors import OddIdentity
from station.cases.numbers import ALPHABET, tidy
from station.cases.terms import IdKind, PartyKind

PROVINCES = frozenset(
    ("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42")
    + (
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    )
)
AGE_YEARS_MAX = 130
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ID18 = re.compile(r"\d{17}[\dX]", re.ASCII)
_ID15 = re.compile(r"\d{15}", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FIXED = re.compile(r"(0\d{2,3})?[2-9]\d{6,7}", re.ASCII)
_FREE = re.compile(r"[0-9A-Za-z()（）.\-/]{4,40}")
_NAME = re.compile(r"[^\W\d_]([^\W\d_]|[·.\- ’'])*", re.UNICODE)


@dataclass(frozen=True)
class Card:
    """What an 18-digit identity number says."""

    number: str
    birth: date


def read_card(text: str, today: date) -> Card:
    """An 18-digit resident identity number. Raises OddIdentity naming the first thing that is wrong."""
    number = tidy(text)
    if _ID15.fullmatch(number):
        raise OddIdentity(
            "身份证号码",
            "这是 15 位旧号，只能作为纸质依据。",
            "请改用 18 位号码；只有旧证时，证件类型选“15 位旧号”。",
        )
    if len(number) != 18:
        raise OddIdentity("身份证号码", f"应为 18 位，现有 {len(number)} 位。")
    if not _ID18.fullmatch(number):
        raise OddIdentity("身份证号码", "前 17 位应是数字，最后一位是数字或 X。")
    birth = _birth("身份证号码", number[6:14], today)
    if number[:2] not in PROVINCES:
        raise OddIdentity("身份证号码", f"开头的地区码 {number[:2]} 不存在。")
    if card_check(number[:17]) != number[17]:
        raise OddIdentity("身份证号码", "最后一位校验码对不上，有一位输错了。")
    return Card(number, birth)


def card_check(first17: str) -> str:
    """The ISO 7064 MOD 11-2 digit of an identity number."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def read_card15(text: str, today: date) -> str:
    """A 15-digit number of an old card: it has no check digit, so it is paper evidence only."""
    number = tidy(text)
    if not _ID15.fullmatch(number):
        raise OddIdentity("15 位旧身份证号", f"应为 15 位数字，现有 {len(number)} 位。")
    _birth("15 位旧身份证号", "19" + number[6:12], today)
    if number[:2] not in PROVINCES:
        raise OddIdentity("15 位旧身份证号", f"开头的地区码 {number[:2]} 不存在。")
    return number


def read_credit_code(text: str) -> str:
    """An 18-character unified social credit code (GB 32100). Raises OddIdentity."""
    code = tidy(text)
    if len(code) != 18:
        raise OddIdentity("统一社会信用代码", f"应为 18 位，现有 {len(code)} 位。")
    strange = next((letter for letter in code if letter not in ALPHABET), "")
    if strange:
        raise OddIdentity("统一社会信用代码", f"不会出现“{strange}”（代码里没有 I、O、S、V、Z）。")
    if credit_check(code[:17]) != code[17]:
        raise OddIdentity("统一社会信用代码", "最后一位校验码对不上，有一位输错了。")
    return code


def read_id(kind: IdKind, text: str, today: date) -> str:
    """The number of any kind of paper in its plain form. Raises OddIdentity."""
    if kind is IdKind.IDCARD:
        return read_card(text, today).number
    if kind is IdKind.IDCARD15:
        return read_card15(text, today)
    if kind is IdKind.USCC:
        return read_credit_code(text)
    number = text.strip().upper()
    if not _FREE.fullmatch(number):
        raise OddIdentity("证件号码", "应为 4 到 40 位的字母、数字。")
    return number


def read_phone(text: str) -> str:
    """A mobile or fixed number without dashes. Raises OddIdentity."""
    number = tidy(text).removeprefix("+86").replace("(", "").replace(")", "")
    if _MOBILE.fullmatch(number) or _FIXED.fullmatch(number):
        return number
    raise OddIdentity("联系电话", "应为 11 位手机号，或带区号的固定电话。", "请核对后重新输入。")


def read_name(text: str, kind: PartyKind = PartyKind.PERSON) -> str:
    """A person's or a firm's name, any Han character of any plane. Raises OddIdentity."""
    name = " ".join(text.split())
    if kind is PartyKind.FIRM:
        if not 2 <= len(name) <= 120:
            raise OddIdentity("单位名称", "应为 2 到 120 个字。")
        return name
    if not 1 <= len(name) <= 60:
        raise OddIdentity("姓名", "应为 1 到 60 个字。")
    if not _NAME.fullmatch(name):
        raise OddIdentity("姓名", "只能有文字和间隔号“·”，不能有数字或其他符号。")
    return name


def mask(kind: str, value: str) -> str:
    """A private value as lists and prints show it. kind: "name", "id" or "phone"; "" stays ""."""
    if not value:
        return ""
    if kind == "name":
        return value[0] + "*" * min(len(value) - 1, 2) if len(value) > 1 else value + "*"
    head, tail = {"id": (4, 4), "phone": (3, 4)}[kind]
    if len(value) <= head + tail:
        return value[:1] + "*" * (len(value) - 1)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def masked_party(kind: PartyKind, name: str) -> str:
    """A firm's name is public and stays; a person's is masked."""
    return name if kind is PartyKind.FIRM else mask("name", name)


def _birth(label: str, text: str, today: date) -> date:
    try:
        birth = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise OddIdentity(label, f"出生日期 {text[:4]}-{text[4:6]}-{text[6:]} 不存在。") from None
    if birth > today:
        raise OddIdentity(label, "出生日期在今天之后；本机日期也可能不对。")
    if today.year - birth.year > AGE_YEARS_MAX:
        raise OddIdentity(label, f"出生日期早于 {AGE_YEARS_MAX} 年前。")
    return birth
