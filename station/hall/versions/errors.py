"""What can go wrong when versions are looked at or taken back.

StationError
├── NotRestored        an earlier version cannot be brought again now
├── VersionUnreadable  a version of an older program, which this one does not understand
├── DutyGone           the line of who does what reads otherwise now, or is gone
└── NothingToPreview   a version cannot be shown as a station would see it
"""

from station.errors import StationError


class NotRestored(StationError):
    """An earlier version cannot be brought again now; the draft stays as it was."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("没有恢复早先的版本，草稿没有改动。", why, next_step)


class VersionUnreadable(StationError):
    """A version of an older program, which this one does not understand whole."""

    status = 409

    def __init__(self, number: int, detail: str) -> None:
        super().__init__(
            "第 %(number)d 版读不出来。",
            "它是较早的程序签发的，本机的程序认不全它的内容：%(detail)s",
            "文件仍原样保留；请另选一版，草稿和现行版本不受影响。",
            number=number,
            detail=detail,
        )


class DutyGone(StationError):
    """The line that was to be called done reads otherwise now, or is gone."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "没有标为完成。",
            "这条分工刚被改过或删去了。",
            "请重新打开“哪天变什么”，按现在的分工再标。",
        )


class NothingToPreview(StationError):
    """A version cannot be shown as a station would see it."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("这一版现在不能预览。", why, next_step)
