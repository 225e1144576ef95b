"""What can go wrong when versions are looked at or taken back.

StationError
├── NotRestored        an earlier version cannot be brought again now
├── DutyGone           the line of who does what reads otherwise now, or is gone
└── NothingToPreview   a version cannot be shown as a station would see it
"""

from station.errors import StationError


class NotRestored(StationError):
    """An earlier version cannot be brought again now; the draft stays as it was."""

    status = 409

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__("没有恢复早先的版本，草稿没有改动。", why, next_step)


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
