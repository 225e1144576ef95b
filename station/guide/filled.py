"""How an item's form looks when it is filled in: the sample beside the blank, from the same record.

Nobody's real particulars stand on it: numbers are crossed out, names are made up.
"""

from dataclasses import dataclass

from catalog_cache.model import FieldKind, FormField, Item

BY_REALITY = "（按实际情况写）"
NAME, PERSONS = (
    "李桂香",
    {
        ("儿童", "婴儿", "子女", "孩子", "学生"): "陈小满",
        ("死者", "逝者", "配偶"): "陈福根",
        ("代办", "经办", "代理", "联系人", "照料", "监护"): "陈建国",
        ("法定代表", "负责人", "经营者"): "陈建国",
    },
)
SHARED = {
    "applicant.name": NAME,
    "applicant.address": "马坝镇示例村委会第3村民小组12号",
    "applicant.bank_account": "6217××××××××××××",
    "organisation.name": "马坝镇桂香粉面店",
    "organisation.code": "92440205××××××××××",
    "organisation.legal_person": "陈建国",
    "organisation.address": "马坝镇示例路8号一楼",
}
BY_KIND = {
    FieldKind.IDNO: "440205××××××××××××",
    FieldKind.PHONE: "138××××××××",
    FieldKind.ADDRESS: "马坝镇示例村委会第3村民小组12号",
    FieldKind.DATE: "2026年3月1日",
}
NUMBERS = {"元": "1200", "平方米": "120", "亩": "2.5", "层": "2", "口": "4", "率": "10"}
HINTS = {
    "applicant.bank_account": "照卡上或存折上的号码写",
    "organisation.code": "照营业执照写18位",
    FieldKind.IDNO: "照身份证写18位",
}
TEXTS = {
    ("账号", "卡号"): "6217××××××××××××",
    ("证号", "号码", "编号", "代码", "车架", "文号"): "（照证件上的号码写）",
    ("学校",): "马坝镇中心小学",
    ("医院", "医疗机构"): "曲江区人民医院",
    ("单位", "公司", "企业"): "马坝镇桂香粉面店",
    ("村", "小组", "住所", "地点", "位置", "地址", "场所"): "马坝镇示例村委会第3村民小组",
    ("关系",): "母子",
    ("原因", "理由", "情况", "说明"): "家中只有我一人，靠耕种两亩田生活",
}


@dataclass(frozen=True)
class FilledField:
    """One line of the form. options: what may be ticked, () for words; hint: "" for none."""

    label: str
    is_required: bool
    sample: str
    options: tuple[str, ...]
    hint: str
    section: str


def filled_form(item: Item) -> list[FilledField]:
    """The fields of an item's form, each with what somebody might write; those of a section together."""
    sections = list(dict.fromkeys(field.section for field in item.form))
    return [
        FilledField(
            label=field.label,
            is_required=field.required,
            sample=sample_of(field),
            options=field.options,
            hint=field.hint or HINTS.get(field.shared or "") or HINTS.get(field.kind, ""),
            section=field.section,
        )
        for field in sorted(item.form, key=lambda field: sections.index(field.section))
    ]


def sample_of(field: FormField) -> str:
    """What stands in the sample: the first choice, a crossed-out number, a made-up name."""
    if field.options:
        return field.options[0]
    if field.shared in SHARED:
        return SHARED[field.shared]
    if field.kind in BY_KIND:
        return _date(field.label) if field.kind is FieldKind.DATE else BY_KIND[field.kind]
    if field.kind is FieldKind.NUMBER:
        return next((number for sign, number in NUMBERS.items() if sign in field.label), "1")
    return _words(field.label)


def _date(label: str) -> str:
    return "1943年5月6日" if "出生" in label else BY_KIND[FieldKind.DATE]


def _words(label: str) -> str:
    """Names by whose they are, other words by what they tell; what fits nothing is left to reality."""

    def holds(parts: tuple[str, ...]) -> bool:
        return any(part in label for part in parts)

    if label.endswith(("姓名", "联系人", "名字")):
        return next((name for whose, name in PERSONS.items() if holds(whose)), NAME)
    return next((text for parts, text in TEXTS.items() if holds(parts)), BY_REALITY)
