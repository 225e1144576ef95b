"""What can go wrong with a holiday notice.

StationError
├── YearDecidedAbove      the city has announced this year; a county cannot say otherwise
├── YearChanged           somebody else saved this year while this person edited it
└── YearRefused           that year cannot be entered or taken back
"""

from station.errors import StationError


class YearDecidedAbove(StationError):
    """The city has announced this year."""

    status = 409

    def __init__(self, year: int) -> None:
        super().__init__(
            "%(year)d 年的放假安排不能在这里改。",
            "市级签名的节假日表已经公布了这一年，各县一致。",
            "发现有误请报告市级，由市级重新签发。",
            year=year,
        )


class YearChanged(StationError):
    """Somebody else saved this year in between."""

    status = 409

    def __init__(self, by: str) -> None:
        super().__init__(
            "没有保存：这一年刚被别人改过。",
            "您打开页面之后，%(by)s 保存了新的内容。",
            "请重新打开这一年，在新内容上修改。",
            by=by,
        )


class YearRefused(StationError):
    """That year cannot be entered or taken back."""

    status = 404

    def __init__(self, why: str) -> None:
        super().__init__("节假日没有改动。", why, "请返回节假日表重新选择。")
