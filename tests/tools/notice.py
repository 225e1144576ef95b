"""A holiday notice as a person types it into the form of the desk."""

# An invented notice for 2027 that is sound and whole.
LINES = (
    ("元旦", "1月1日（周五）", "1月3日（周日）", ""),
    ("春节", "2月5日（周五）", "2月11日（周四）", "2月20日（周六）"),
    ("清明节", "4月3日", "4月5日", ""),
    ("劳动节", "2027-05-01", "2027-05-05", "2027-05-08"),
    ("端午节", "6月9日（周三）", "", ""),
    ("中秋节", "9月15日（周三）", "", ""),
    ("国庆节", "10月1日（周五）", "10月7日（周四）", "9月26日（周日）上班、10月9日（周六）上班"),
)


def notice(**changes: str) -> dict[str, str]:
    """What a person types; changes: by field, dashes written as double underscores."""
    typed = {"source": "国务院办公厅关于2027年部分节假日安排的通知", "seen": ""}
    for index, parts in enumerate(LINES):
        for part, text in zip(("name", "first", "last", "work"), parts, strict=True):
            typed[f"holidays-{index}-{part}"] = text
    return typed | {name.replace("__", "-"): text for name, text in changes.items()}
