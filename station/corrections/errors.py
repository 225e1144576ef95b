"""Every refusal around a report that a guide is wrong.

StationError
└── CorrectionError
    ├── OddReport         a letter that does not fit the vocabulary
    ├── UnknownReport     no such report on this PC
    ├── NotYourReport     a letter about a report from a node that has no part in it
    ├── TooManyReports    more than a station may send in a day, or leave open
    ├── ReplyRefused      the hall has not asked anything, or not any more
    └── DecisionRefused   the report is not in a state in which this can be decided
"""

from station.errors import StationError


class CorrectionError(StationError):
    """Something about a report that the person at the counter or the desk can act upon."""


class OddReport(CorrectionError):
    """A letter about a report that does not fit the vocabulary; nothing of it was applied."""

    status = 422

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(
            "这封报错信件（%(kind)s）不能采用。",
            "%(detail)s",
            "原文已保留，请核对两端软件版本；仍不行请把编号报给上级大厅。",
            kind=kind[:60],
            detail=why,
        )


class UnknownReport(CorrectionError):
    """No such report on this PC."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "本机没有这条报错。",
            "地址可能输错了，也可能是已了结多时、到期删去的。",
            "请返回报错列表重新选择。",
        )


class NotYourReport(CorrectionError):
    """Mail about a report from a node that has no part in it, or may not say such a thing."""

    status = 403

    def __init__(self, kind: str, sender: str) -> None:
        super().__init__(
            "这封报错信件（%(kind)s）没有采用。",
            "发信的节点 %(sender)s 无权就这条报错说这样的话。",
            "原文已保留，请管理员核对发信节点的登记。",
            kind=kind[:60],
            sender=sender[:32],
        )


class TooManyReports(CorrectionError):
    """More than a station may send in a day, or leave open at the hall."""

    status = 429

    def __init__(self, most: int) -> None:
        super().__init__(
            "报错太多，这一条没有采用。",
            "一个站点一天最多报 %(most)d 条，大厅才看得过来。",
            "请明天再报；很急的请打电话给大厅的目录编辑。",
            most=most,
        )


class ReplyRefused(CorrectionError):
    """The hall has not asked anything, or not any more."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "现在不用回答。",
            "大厅没有问，或者问题已经答过了。",
            "请打开这条报错，看大厅最近的答复。",
        )


class DecisionRefused(CorrectionError):
    """The report is not in a state in which this can be decided."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__("没有处理这条报错。", why, "请重新打开这条报错，按现在的情况处理。")
